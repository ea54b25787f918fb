"""A Korean reader has the shipped failover of orders-api in Korean: the plan, the card, the story, the export."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from bot.actions.catalogue import Catalogue
from bot.cli.plan_page import plan_page
from bot.cli.run_page import timeline_page
from bot.language import speaking
from bot.local.workspace.words import text_of
from bot.model.events import GateOpened
from bot.model.plan import Plan
from bot.runbook.library import Library
from bot.slack.views.plan_view import plan_message
from bot.slack.views.run_card import run_card
from bot.timeline.export.markdown import to_markdown
from bot.usecases.look import view_run
from bot.usecases.rehearse import rehearse
from bot.wiring.stage import theatre

RUNBOOKS = Path(__file__).parents[2] / "runbooks"
_SENTENCE = re.compile(r"[A-Za-z]{2,}(?:[ ,;]+[A-Za-z]{2,}){3,}")
"""Four Latin words in a row: in a Korean text nothing but a sentence that nobody said in Korean."""
_CODE = re.compile(r"`[^`]*`")


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    """What each door shows, without the texts of the runbook, which are shown as they are written."""
    return asyncio.run(_play())


@pytest.mark.parametrize("where", ["plan in Slack", "plan in a terminal", "card", "story", "export"])
def test_no_english_sentence_is_left(told: dict[str, str], where: str) -> None:
    """Names, ids, code and what the runbook's author wrote are left out; everything else is the bot's."""
    shown = told[where]

    assert re.search("[가-힣]", shown)
    assert _SENTENCE.findall(shown) == []


async def _play() -> dict[str, str]:
    actions = Catalogue.discover()
    library = Library.load(RUNBOOKS, actions.specs)
    stage = theatre(library, actions)
    played = await rehearse(stage, "orders-api")
    assert not played.stuck
    with speaking("ko"):
        view, records = await view_run(stage.desk, played.plan.run), await stage.desk.records(played.plan.run)
        plan, facts = view.run.plan, [record.fact for record in records]
        shown = {
            "plan in Slack": text_of(plan_message(plan).payload()),
            "plan in a terminal": _printed(plan_page(plan)),
            "card": text_of(run_card(view, library.catalog).payload()),
            "story": _printed(timeline_page(view.timeline, stage.clock.now())),
            "export": to_markdown(view.timeline, records),
        }
    foreign = {*_of_the_author(plan), *(each.text for each in facts if isinstance(each, GateOpened)),
               *(person.name for person in library.catalog.people.values())}  # fmt: skip
    return {where: _without(text, foreign) for where, text in shown.items()}


def _printed(parts: Iterator[RenderableType]) -> str:
    console = Console(width=10_000, color_system=None)
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    return captured.get()


def _without(shown: str, foreign: Iterable[str]) -> str:
    """`shown` without code and without words that are nobody's of the bot's."""
    shown = _CODE.sub("", shown)
    for words in sorted(foreign, key=len, reverse=True):
        shown = shown.replace(words, "…")
    return shown


def _of_the_author(plan: Plan) -> Iterator[str]:
    yield plan.title
    yield from plan.memory_items
    for step in plan.steps:
        yield step.title
        if step.gate is not None and step.gate.text:
            yield step.gate.text
        if step.manual is not None:
            yield from step.manual.do
