"""One text, the reader's language."""

from __future__ import annotations

import pytest

from bot.language import _, _n, in_english, nearest, speaking, spoken


def test_a_text_is_said_in_the_language_around_it() -> None:
    """English unless somebody asks for another; afterwards English again."""
    with speaking("ko"):
        korean = _("Failover")

    assert (korean, _("Failover"), spoken()) == ("장애 조치", "Failover", "en")


def test_what_nobody_translated_is_said_in_english() -> None:
    """A gap in a catalogue hides no fact."""
    with speaking("ko"):
        said = _("{who} wrote this just now", who="Alice")

    assert said == "Alice wrote this just now"


@pytest.mark.parametrize(("count", "said"), [(1, "1 odd step"), (0, "0 odd steps"), (7, "7 odd steps")])
def test_a_number_finds_its_form(count: int, said: str) -> None:
    """One step, seven steps."""
    assert _n("{count} odd step", "{count} odd steps", count) == said


@pytest.mark.parametrize(
    ("locale", "language"),
    [("ko-KR", "ko"), ("ko", "ko"), ("en-GB", "en"), ("fr-FR", "en"), ("", "en"), (None, "en")],
)
def test_a_locale_finds_its_language(locale: str | None, language: str) -> None:
    """A language we do not speak is answered in English."""
    assert nearest(locale) == language


def test_what_is_said_remembers_its_english() -> None:
    """Journals keep English, whoever was spoken to; texts within a text are remembered too."""
    with speaking("ko"):
        said = _("Blocked: {why}", why=_("the run is paused"))

    assert (said, in_english(said)) == ("차단됨: 실행이 일시 정지되어 있습니다", "Blocked: the run is paused")
    assert in_english("as it is") == "as it is"
