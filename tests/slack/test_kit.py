"""The words that views are made of, and the limits they keep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.local.workspace.blocks import check_message_blocks
from bot.slack.as_json import as_json
from bot.slack.kit import (
    MAX_BLOCKS,
    Ref,
    Style,
    button,
    buttons,
    clip,
    escape,
    header,
    message,
    note,
    paragraphs,
    place,
    text,
    when,
    when_over,
)
from bot.slack.pace import Bucket, Pace

ID = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=80)


@given(
    run=ID,
    step=st.one_of(st.just(""), ID),
    revision=st.integers(0, 2**32),
    plan=st.text("0123456789abcdef", max_size=16),
)
def test_a_reference_survives_the_button(run: str, step: str, revision: int, plan: str) -> None:
    """What is packed is read back, and fits in a block's id, too."""
    ref = Ref(run, step, revision, plan)

    assert Ref.parse(ref.pack()) == ref
    assert len(ref.pack()) <= 255


@pytest.mark.parametrize("value", ["", "x", "[]", "{}", '{"r":1}', '{"r":"a","v":"1"}', '{"r":"a","s":2}', "null"])
def test_a_value_that_is_not_ours_is_refused(value: str) -> None:
    """Buttons of other apps and of older days are not guessed at."""
    with pytest.raises(ValueError, match=r"reference|Expecting"):
        Ref.parse(value)


@given(st.text(max_size=300), st.integers(2, 100))
def test_clipping_keeps_the_limit_and_never_cuts_an_escape(words: str, limit: int) -> None:
    """No half of `&amp;` is left at the end."""
    cut = clip(escape(words), limit)

    assert len(cut) <= limit
    assert "&" not in cut.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")


@given(st.text(max_size=300))
def test_outside_words_cannot_mention_link_or_hide(words: str) -> None:
    """Nothing that Slack would interpret is left."""
    safe = escape(words)

    assert "<" not in safe
    assert ">" not in safe
    assert "\u202e" not in safe


def test_a_moment_is_absolute_and_has_a_fallback() -> None:
    """A date token, so that nobody edits a countdown."""
    assert when(datetime(2026, 3, 14, 3, 2, tzinfo=UTC)) == "<!date^1773457320^{time}|03:02 UTC>"


@pytest.mark.parametrize(("hours", "form"), [(0.25, "{time}"), (11, "{time}"), (12, "{date_short_pretty} {time}")])
def test_the_end_of_a_long_span_names_its_day(hours: float, form: str) -> None:
    """A gate that is open until tomorrow would read as one that closed this morning."""
    assert f"^{form}|" in when_over(datetime(2026, 3, 14, 3, 2, tzinfo=UTC), timedelta(hours=hours))


def test_a_message_of_many_small_blocks_is_cut_visibly() -> None:
    """Fifty blocks, the last of which counts the rest."""
    said = message([text("x") for _ in range(80)], "words")

    assert len(said.body) == MAX_BLOCKS
    assert said.body[-1]["elements"][0]["text"] == "_31 more; see the thread_"


def test_a_message_that_is_too_long_keeps_its_buttons_and_says_what_is_missing() -> None:
    """The body gives way, visibly."""
    row = buttons(button("Approve", does="gate.approve", about=Ref("run")))
    said = message([header("H"), *(text("x" * 900) for _ in range(80))], "words", tail=[row])

    assert len(said.body) <= MAX_BLOCKS
    assert said.body[-1]["type"] == "actions"
    assert "more; see the thread" in said.body[-2]["elements"][0]["text"]
    assert check_message_blocks(said.body) == []


@given(st.lists(st.text(min_size=1, max_size=4000), max_size=30))
def test_paragraphs_hold_every_line(lines: list[str]) -> None:
    """No section is too long and no line is torn."""
    blocks = [block.to_dict() for block in paragraphs(escape(line) or "x" for line in lines)]

    assert check_message_blocks(blocks[:50]) == []
    assert sum(block["text"]["text"].count("\n") + 1 for block in blocks) == len(lines)


def test_an_empty_text_does_not_break_a_block() -> None:
    """Slack refuses empty texts; we send a mark instead."""
    assert check_message_blocks([text("").to_dict(), note("").to_dict(), header("").to_dict()]) == []


def test_a_bucket_gives_a_burst_and_then_one_at_a_time() -> None:
    """Three at once, then one a second; idleness refills it, never beyond its size."""
    bucket = Bucket(3, 1.0, now=0.0)
    for _ in range(3):
        assert bucket.wait(0.0) == 0
        bucket.take(0.0)

    assert bucket.wait(0.0) == pytest.approx(1.0)
    assert bucket.wait(0.4) == pytest.approx(0.6)
    assert bucket.wait(100.0) == 0
    for _ in range(3):
        bucket.take(100.0)
    assert bucket.wait(100.0) == pytest.approx(1.0)


def test_patience_doubles_and_ends_somewhere() -> None:
    """Half a second, one, two … eight, so that a returned Slack is caught up with in half a minute."""
    pace = Pace()

    assert [pace.retry_after(times) for times in (1, 2, 3, 20)] == [0.5, 1.0, 2.0, 8.0]


NAMED = [("C0ORDERS", "<#C0ORDERS>"), ("G0OLD", "<#G0OLD>"), ("#orders", "#orders"), ("C<!here>", "C&lt;!here&gt;")]


@pytest.mark.parametrize(("channel", "drawn"), NAMED)
def test_a_channel_is_called_by_its_name(channel: str, drawn: str) -> None:
    """Nobody reads ids; Slack draws them as names, and a name stays one."""
    assert place(channel) == drawn


@pytest.mark.parametrize(("style", "danger"), [("danger", True), ("primary", False), (None, False)])
def test_a_button_that_asks_shows_the_consequence_before_it_does_anything(style: Style | None, danger: bool) -> None:
    """Its question is the consequence; one that does not ask has none."""
    asking = as_json(button("Abort", does="ask.abort", about=Ref("run-1"), style=style, asks="Nothing is rolled back."))
    plainly = as_json(button("Pause", does="run.pause", about=Ref("run-1"), style=style))

    assert asking["confirm"]["text"]["text"] == "Nothing is rolled back."
    assert ("style" in asking["confirm"]) is danger
    assert "confirm" not in plainly
