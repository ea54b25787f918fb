"""Slack's limits table, row by row: the largest thing it takes, and the smallest it refuses, with the place."""

from __future__ import annotations

from typing import Any

import pytest

from bot.local.workspace.blocks import check_message_blocks, check_view
from bot.local.workspace.kinds import Json


def plain(size: int | str) -> Json:
    return {"type": "plain_text", "text": size if isinstance(size, str) else "x" * size}


def mrkdwn(size: int) -> Json:
    return {"type": "mrkdwn", "text": "x" * size}


def section(size: int = 3, **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(size), **more}


def options(count: int, text: int = 3, value: int | None = None) -> list[Json]:
    return [{"text": plain(f"{n}".rjust(text, "x")), "value": f"{n}".rjust(value or 1, "v")} for n in range(count)]


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def button(text: int = 3, **more: Any) -> Json:
    return {"type": "button", "text": plain(text), **more}


def select(count: int, text: int = 3, **more: Any) -> Json:
    return actions({"type": "static_select", "options": options(count, text), **more})


def confirm(title: int = 5, text: int = 5, yes: int = 3, no: int = 3) -> Json:
    return {"title": plain(title), "text": mrkdwn(text), "confirm": plain(yes), "deny": plain(no)}


def ask(label: int = 5, hint: int = 5, **element: Any) -> Json:
    inner = {"type": "plain_text_input", **element}
    return {"type": "input", "label": plain(label), "hint": plain(hint), "element": inner}


def table(rows: int, cells: int) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * cells] * rows}


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain(5), "submit": plain(4), "blocks": [], **more}


IN_MESSAGES = [
    ("section text", section(3000), section(3001), "/text/text"),
    ("section text empty", section(1), section(0), "/text/text"),
    ("section fields", section(fields=[mrkdwn(2)] * 10), section(fields=[mrkdwn(2)] * 11), "/fields"),
    ("field text", section(fields=[mrkdwn(2000)]), section(fields=[mrkdwn(2001)]), "/fields/0/text"),
    ("header", {"type": "header", "text": plain(150)}, {"type": "header", "text": plain(151)}, "/text/text"),
    ("header kind", {"type": "header", "text": plain(9)}, {"type": "header", "text": mrkdwn(9)}, "/text/type"),
    (
        "context",
        {"type": "context", "elements": [mrkdwn(2)] * 10},
        {"type": "context", "elements": [mrkdwn(2)] * 11},
        "/elements",
    ),
    ("actions", actions(*[button()] * 25), actions(*[button()] * 26), "/elements"),
    ("actions empty", actions(button()), actions(), "/elements"),
    ("button text", actions(button(75)), actions(button(76)), "/elements/0/text/text"),
    ("button value", actions(button(value="v" * 2000)), actions(button(value="v" * 2001)), "/elements/0/value"),
    (
        "button url",
        actions(button(url="https://x/" + "y" * 2990)),
        actions(button(url="https://x/" + "y" * 2991)),
        "/elements/0/url",
    ),
    ("button style", actions(button(style="danger")), actions(button(style="warning")), "/elements/0/style"),
    ("action_id", actions(button(action_id="a" * 255)), actions(button(action_id="a" * 256)), "/elements/0/action_id"),
    ("block_id", section(block_id="b" * 255), section(block_id="b" * 256), "/block_id"),
    ("select options", select(100), select(101), "/elements/0/options"),
    ("select empty", select(1), select(0), "/elements/0/options"),
    ("option text", select(1, 75), select(1, 76), "/elements/0/options/0/text/text"),
    (
        "placeholder",
        select(1, placeholder=plain(150)),
        select(1, placeholder=plain(151)),
        "/elements/0/placeholder/text",
    ),
    (
        "option value",
        actions({"type": "static_select", "options": options(1, 3, 150)}),
        actions({"type": "static_select", "options": options(1, 3, 151)}),
        "/elements/0/options/0/value",
    ),
    (
        "option groups",
        actions({"type": "static_select", "option_groups": [{"label": plain(75), "options": options(1)}] * 100}),
        actions({"type": "static_select", "option_groups": [{"label": plain(75), "options": options(1)}] * 101}),
        "/elements/0/option_groups",
    ),
    (
        "group label",
        actions({"type": "static_select", "option_groups": [{"label": plain(75), "options": options(1)}]}),
        actions({"type": "static_select", "option_groups": [{"label": plain(76), "options": options(1)}]}),
        "/elements/0/option_groups/0/label/text",
    ),
    (
        "options or groups",
        select(1),
        select(1, option_groups=[{"label": plain(5), "options": options(1)}]),
        "/elements/0",
    ),
    (
        "initial option",
        select(2, initial_option=options(2)[1]),
        select(2, initial_option=options(3)[2]),
        "/elements/0",
    ),
    (
        "overflow",
        section(accessory={"type": "overflow", "options": options(5)}),
        section(accessory={"type": "overflow", "options": options(6)}),
        "/accessory/options",
    ),
    (
        "radio buttons",
        actions({"type": "radio_buttons", "options": options(10)}),
        actions({"type": "radio_buttons", "options": options(11)}),
        "/elements/0/options",
    ),
    (
        "checkboxes",
        actions({"type": "checkboxes", "options": options(10)}),
        actions({"type": "checkboxes", "options": options(11)}),
        "/elements/0/options",
    ),
    (
        "confirm title",
        actions(button(confirm=confirm(100))),
        actions(button(confirm=confirm(101))),
        "/elements/0/confirm/title/text",
    ),
    (
        "confirm text",
        actions(button(confirm=confirm(text=300))),
        actions(button(confirm=confirm(text=301))),
        "/elements/0/confirm/text/text",
    ),
    (
        "confirm yes",
        actions(button(confirm=confirm(yes=30))),
        actions(button(confirm=confirm(yes=31))),
        "/elements/0/confirm/confirm/text",
    ),
    (
        "confirm no",
        actions(button(confirm=confirm(no=30))),
        actions(button(confirm=confirm(no=31))),
        "/elements/0/confirm/deny/text",
    ),
    (
        "date",
        actions({"type": "datepicker", "initial_date": "2026-08-13"}),
        actions({"type": "datepicker", "initial_date": "13.8."}),
        "/elements/0/initial_date",
    ),
    (
        "time",
        actions({"type": "timepicker", "initial_time": "23:59"}),
        actions({"type": "timepicker", "initial_time": "24:00"}),
        "/elements/0/initial_time",
    ),
    (
        "date and time",
        actions({"type": "datetimepicker", "initial_date_time": 1786000000}),
        actions({"type": "datetimepicker", "initial_date_time": 178600000}),
        "/elements/0/initial_date_time",
    ),
    ("input label", ask(label=2000), ask(label=2001), "/label/text"),
    ("input hint", ask(hint=2000), ask(hint=2001), "/hint/text"),
    ("input length", ask(max_length=3000), ask(max_length=3001), "/element/max_length"),
    ("input initial", ask(initial_value="x" * 3000), ask(initial_value="x" * 3001), "/element/initial_value"),
    ("markdown", {"type": "markdown", "text": "x" * 12000}, {"type": "markdown", "text": "x" * 12001}, "/text"),
    ("table rows", table(100, 2), table(101, 2), "/rows"),
    ("table cells", table(1, 20), table(1, 21), "/rows/0"),
    (
        "image alt",
        {"type": "image", "image_url": "https://x/y.png", "alt_text": "x" * 2000},
        {"type": "image", "image_url": "https://x/y.png", "alt_text": "x" * 2001},
        "/alt_text",
    ),
    ("block kind", {"type": "divider"}, {"type": "banner"}, "/type"),
    ("element kind", actions(button()), actions({"type": "slider"}), "/elements/0/type"),
    ("element place", actions(button()), actions({"type": "plain_text_input"}), "/elements/0/type"),
    ("unknown property", {"type": "divider"}, {"type": "divider", "colour": "red"}, ""),
    ("missing text", section(), {"type": "section"}, ""),
    ("missing label", ask(), {"type": "input", "element": {"type": "plain_text_input"}}, ""),
    (
        "same action_id",
        actions(button(action_id="a"), button(action_id="b")),
        actions(*[button(action_id="a")] * 2),
        "/elements/1/action_id",
    ),
]

IN_VIEWS = [
    ("title", modal(title=plain(24)), modal(title=plain(25)), "/title/text"),
    ("submit", modal(submit=plain(24)), modal(submit=plain(25)), "/submit/text"),
    ("close", modal(close=plain(24)), modal(close=plain(25)), "/close/text"),
    ("private_metadata", modal(private_metadata="x" * 3000), modal(private_metadata="x" * 3001), "/private_metadata"),
    ("callback_id", modal(callback_id="x" * 255), modal(callback_id="x" * 256), "/callback_id"),
    ("external_id", modal(external_id="x" * 255), modal(external_id="x" * 256), "/external_id"),
    ("blocks", modal(blocks=[section()] * 100), modal(blocks=[section()] * 101), "/blocks"),
    ("submit for inputs", modal(blocks=[ask()]), modal(blocks=[ask()], submit=None), ""),
    ("place", modal(blocks=[section()]), modal(blocks=[{"type": "markdown", "text": "x"}]), "/blocks/0/type"),
    ("kind", {"type": "home", "blocks": []}, {"type": "popup", "blocks": []}, "/type"),
    ("home title", {"type": "home", "blocks": []}, {"type": "home", "blocks": [], "title": plain(3)}, ""),
]


@pytest.mark.parametrize(
    ("good", "bad", "place"), [row[1:] for row in IN_MESSAGES], ids=[row[0] for row in IN_MESSAGES]
)
def test_a_block_may_be_this_large_and_no_larger(good: Json, bad: Json, place: str) -> None:
    """The limit itself passes; one more is refused, pointing at it."""
    complaints = check_message_blocks([bad])

    assert check_message_blocks([good]) == []
    assert len(complaints) == 1
    assert complaints[0].endswith(f"[json-pointer:/blocks/0{place}]")


@pytest.mark.parametrize(("good", "bad", "place"), [row[1:] for row in IN_VIEWS], ids=[row[0] for row in IN_VIEWS])
def test_a_view_may_be_this_large_and_no_larger(good: Json, bad: Json, place: str) -> None:
    """The same for modals and Home."""
    complaints = check_view(bad)

    assert check_view(good) == []
    assert len(complaints) == 1
    assert complaints[0].endswith(f"[json-pointer:/view{place}]")


@pytest.mark.parametrize("count", [50, 51])
def test_a_message_holds_fifty_blocks(count: int) -> None:
    """The fifty-first is refused in Slack's words."""
    complaints = check_message_blocks([{"type": "divider"}] * count)

    assert complaints == ([] if count == 50 else ["no more than 50 items allowed [json-pointer:/blocks]"])


def test_a_block_id_is_used_once() -> None:
    """Two blocks of one message may not share one."""
    [complaint] = check_message_blocks([section(block_id="b"), section(block_id="b")])

    assert complaint.endswith("[json-pointer:/blocks/1/block_id]")


@pytest.mark.parametrize(
    "hostile", [None, 7, "text", {}, [None], [7], [{"type": 7}], [{"type": "section", "text": "x"}]]
)
def test_whatever_is_not_block_kit_is_refused_and_never_raises(hostile: Any) -> None:
    """Garbage gets a complaint."""
    assert check_message_blocks(hostile)
