"""Slack's limits: the judge knows them, and no view ever breaks one."""

from __future__ import annotations

from typing import Any

import pytest

from bot.local.workspace.blocks import check_message_blocks, check_view
from tests.slack.limits import play

CASES = 600


def plain(length: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": "x" * length}


def option(text: int, value: int = 3) -> dict[str, Any]:
    return {"text": plain(text), "value": "v" * value}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": "a", "text": plain(5), **more}


def acting(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def asking(element: dict[str, Any], label: int = 5) -> dict[str, Any]:
    return {"type": "input", "label": plain(label), "element": element}


def confirm(title: int = 5, text: int = 5, yes: int = 5) -> dict[str, Any]:
    return button(confirm={"title": plain(title), "text": plain(text), "confirm": plain(yes), "deny": plain(yes)})


LIMITS: dict[str, tuple[int, Any]] = {
    "blocks of a message": (50, lambda n: [{"type": "divider"}] * n),
    "header": (150, lambda n: [{"type": "header", "text": plain(n)}]),
    "section": (3000, lambda n: [{"type": "section", "text": plain(n)}]),
    "fields": (10, lambda n: [{"type": "section", "fields": [plain(5)] * n}]),
    "field": (2000, lambda n: [{"type": "section", "fields": [plain(n)]}]),
    "context": (10, lambda n: [{"type": "context", "elements": [plain(5)] * n}]),
    "actions": (25, lambda n: [acting(*(button(action_id=str(at)) for at in range(n)))]),
    "button": (75, lambda n: [acting(button(text=plain(n)))]),
    "button's value": (2000, lambda n: [acting(button(value="v" * n))]),
    "action_id": (255, lambda n: [acting(button(action_id="a" * n))]),
    "block_id": (255, lambda n: [{"type": "divider", "block_id": "b" * n}]),
    "overflow": (5, lambda n: [acting({"type": "overflow", "options": [option(5)] * n})]),
    "radio": (10, lambda n: [acting({"type": "radio_buttons", "options": [option(5)] * n})]),
    "options": (100, lambda n: [acting({"type": "static_select", "options": [option(5)] * n})]),
    "option": (75, lambda n: [acting({"type": "static_select", "options": [option(n)]})]),
    "placeholder": (
        150, lambda n: [acting({"type": "static_select", "options": [option(5)], "placeholder": plain(n)})],
    ),
    "confirm's title": (100, lambda n: [acting(confirm(title=n))]),
    "confirm's text": (300, lambda n: [acting(confirm(text=n))]),
    "confirm's button": (30, lambda n: [acting(confirm(yes=n))]),
    "input's label": (2000, lambda n: [asking({"type": "plain_text_input"}, label=n)]),
    "typed at first": (
        10, lambda n: [asking({"type": "plain_text_input", "initial_value": "x" * n, "max_length": 10})]
    ),
    "typed": (3000, lambda n: [asking({"type": "plain_text_input", "initial_value": "x" * n})]),
}  # fmt: skip
VIEWS: dict[str, tuple[int, Any]] = {
    "blocks of a view": (100, lambda n: {"blocks": [{"type": "divider"}] * n}),
    "title": (24, lambda n: {"title": plain(n)}),
    "submit": (24, lambda n: {"submit": plain(n)}),
    "private_metadata": (3000, lambda n: {"private_metadata": "x" * n}),
    "callback_id": (255, lambda n: {"callback_id": "x" * n}),
}


@pytest.mark.parametrize("what", LIMITS)
def test_the_judge_knows_the_limits_of_messages(what: str) -> None:
    """At the limit it is silent, one beyond it complains."""
    most, made = LIMITS[what]

    assert check_message_blocks(made(most)) == []
    assert check_message_blocks(made(most + 1)) != []


@pytest.mark.parametrize("what", VIEWS)
def test_the_judge_knows_the_limits_of_views(what: str) -> None:
    """The same for modals."""
    most, made = VIEWS[what]
    blank = {"type": "modal", "title": plain(5), "blocks": []}

    assert check_view(blank | made(most)) == []
    assert check_view(blank | made(most + 1)) != []


def test_no_view_breaks_a_limit_whatever_it_is_made_of() -> None:
    """A slice of what `make test-faults FAULTS=limits` draws at length."""
    count, wrong = play(CASES)

    assert wrong == []
    assert count >= CASES
