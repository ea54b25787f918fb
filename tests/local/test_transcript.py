"""The channel's messages read well as plain lines."""

from __future__ import annotations

import pytest

from bot.local.transcript import line_of, plain


@pytest.mark.parametrize(
    ("marked", "read"),
    [
        ("*Approved* by <@U01ALICE00>", "Approved by Alice Kim"),
        ("open until <!date^1767229200^{time}|19:04 UTC>", "open until 19:04 UTC"),
        ("see <http://127.0.0.1/x|the report>", "see the report"),
        ("`a &lt;b&gt; &amp; c`", "a <b> & c"),
        ("two\nlines", "two ↵ lines"),
        ("\x1b[2Jgone", "⟨U+001B⟩[2Jgone"),
    ],
)
def test_markup_is_read_not_shown(marked: str, read: str) -> None:
    """Mentions are names, dates their fallback, and nothing can move the cursor."""
    assert plain(marked) == read


def test_replies_are_indented_and_files_named() -> None:
    """A reply of the bot with a file stands under its message."""
    message = {"ts": "2.0", "thread_ts": "1.0", "bot_id": "B1", "text": "Exports", "files": [{"name": "run.md"}]}

    line = line_of(message)

    assert line[10:] == "    DR bot: Exports [run.md]"
