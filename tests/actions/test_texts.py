"""What an action says to people can be said again in their language: it is `told`, or only names and numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from bot.actions.base import AnyAction, Rehearsal
from bot.language import Told
from bot.model.action import Look, Observation, Settled
from bot.model.errors import StepError
from tests.actions.scripted import play
from tests.actions.test_every_action import CATALOGUE, TOKEN, every_performance

_WORDS = re.compile(r"(?<![\w:./-])[a-z]{2,} [a-z]{2,}(?![\w:./-])")
"""Two plain words in a row are a phrase; names, ids and states stand alone."""
_OF_OTHERS = {"no button", "systemctl restart api"}
"""What the rehearsals have AWS answer, and a command of a runbook: shown as they are."""


def _phrases(text: str) -> Iterator[str]:
    """The pieces of a text that nobody could say in another language."""
    if isinstance(text, Told):
        for value in text.of.values():
            if isinstance(value, str):
                yield from _phrases(value)
    elif text not in _OF_OTHERS and _WORDS.search(text):
        yield text


def _said(look: Look) -> Iterator[str]:
    yield look.change
    yield from (finding.text for finding in look.findings)


@every_performance
def test_everything_seen_can_be_said_again(each: AnyAction, script: Rehearsal) -> None:
    """Before, meanwhile, afterwards and undone: no English phrase is glued into a text."""
    aws = play((*script.calls, *script.undo))
    params = each.Params.model_validate(script.params)

    said = [*_said(each.preflight(aws, params))]
    before = each.remember(aws, params)
    each.execute(aws, params, TOKEN)
    said += _until_settled(lambda: each.verify(aws, params, before))
    if script.undo:
        each.rollback(aws, params, before, TOKEN)
        said += _until_settled(lambda: each.undone(aws, params, before))

    assert [phrase for text in said for phrase in _phrases(text)] == []


@pytest.mark.parametrize("each", CATALOGUE.values(), ids=lambda each: each.spec.name)
def test_why_there_is_no_way_back_and_what_it_costs_are_told(each: AnyAction) -> None:
    """Both are kept in the plan and read by people of two languages, as is how a change is taken back."""
    fixed = [text for text in (each.spec.irreversible, each.spec.costs, each.spec.taken_back) if text]

    assert all(isinstance(text, Told) for text in fixed), fixed


@every_performance
def test_a_thing_that_is_not_there_is_told(each: AnyAction, script: Rehearsal) -> None:
    """Where nothing of ours is, the look or its refusal can be said again."""
    if not script.idle:
        return
    params = each.Params.model_validate(script.params)
    try:
        seen = each.verify(play(script.idle), params, {}).seen
    except StepError as refused:
        seen = str(refused)

    assert list(_phrases(seen)) == []


def _until_settled(look: Callable[[], Observation]) -> list[str]:
    said = []
    for _ in range(20):
        seen = look()
        said.append(seen.seen)
        if isinstance(seen, Settled):
            return said
    raise AssertionError("the rehearsal never settled")
