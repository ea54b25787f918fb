"""A span is said in the reader's language, also when it was kept in a text long ago."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.language import again, speaking, told
from bot.language.told import restored, stored
from bot.model.spans import span_told

LONG = timedelta(minutes=5, seconds=46)


@pytest.mark.parametrize(
    ("span", "words"), [(LONG, "5m 46s"), (timedelta(0), "0s"), (timedelta(days=-2), "-2d"), (timedelta(hours=1), "1h")]
)
def test_a_span_is_told_in_units(span: timedelta, words: str) -> None:
    """Every unit that is not zero, the sign before the first."""
    assert span_told(span) == words


def test_a_kept_span_is_said_in_the_readers_language() -> None:
    """Through the journal and back, inside a sentence."""
    kept = restored(stored(told("waited {span}", span=span_told(LONG))))

    with speaking("ko"):
        said = again(kept)
    assert kept == "waited 5m 46s"
    assert "5분 46초" in said
