"""The report can be read: in both languages, by weak eyes, by ear, and in the reader's own zone."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.language import LANGUAGES, Language, speaking
from bot.timeline import export as room
from bot.timeline.build import build_timeline
from bot.timeline.export import EXPORTS, export
from tests.builders import a_finished_failover
from tests.colours import LEGIBLE, Theme, contrast, themes

CSS = (Path(room.__file__).parent / "report.css").read_text(encoding="utf-8")
HANGUL = re.compile("[가-힣]")
TEXTS = ("ink", "soft", "accent", "good", "warn", "bad", "ask")
ON = {"good": "good-wash", "warn": "warn-wash", "bad": "bad-wash", "ask": "ask-wash"}
"""Colours that stand on a wash of their own, in badges and notices."""


class _Outline(HTMLParser):
    """Headings, table headers, the page's language and moments."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.unscoped: list[str] = []
        self.language = ""
        self.moments: list[str | None] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "th" and given.get("scope") not in ("col", "row"):
            self.unscoped.append(str(given))
        if tag == "html":
            self.language = given.get("lang") or ""
        if tag == "time":
            self.moments.append(given.get("datetime"))


def made(name: str, language: Language) -> str:
    """One export in one language."""
    records = a_finished_failover()
    with speaking(language):
        return export(name, build_timeline(records, as_of=records[-1].at), records)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_its_language_and_has_an_outline(language: Language) -> None:
    """A screen reader picks the right voice, jumps by headings without gaps, and knows each column's name."""
    outline = _Outline(made("html", language))

    assert outline.language == language
    assert outline.levels[0] == 1
    assert outline.levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(outline.levels, outline.levels[1:], strict=False))
    assert outline.unscoped == []


def test_every_moment_of_the_page_can_be_shown_in_another_zone() -> None:
    """Times are marked up with their zone; the script needs nothing else."""
    outline = _Outline(made("html", "en"))

    assert len(outline.moments) > 60
    assert all(moment and moment.endswith("+00:00") for moment in outline.moments)


@pytest.mark.parametrize("name", ["html", "md"])
def test_an_export_is_in_one_language(name: str) -> None:
    """Korean where the bot speaks, the same figures; no Korean in the English one."""
    english, korean = made(name, "en"), made(name, "ko")

    assert not HANGUL.search(english)
    assert len(HANGUL.findall(korean)) > 500
    for word in ("Timeline", "Objectives", "Left to do", "Decisions", "stated"):
        assert word not in re.sub(r"<style>.*?</style>", "", korean, flags=re.S), word
    told = re.sub(r"<[^>]+>", "", korean)
    assert "26분 25초" in told
    assert "42초" in told


@pytest.mark.parametrize("name", EXPORTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_format_can_be_made_in_every_language(name: str, language: Language) -> None:
    """No place of a translation breaks an export."""
    assert len(made(name, language)) > 1000


@pytest.mark.parametrize("theme", themes(CSS), ids=["light", "dark"])
def test_text_stands_out_from_its_ground(theme: Theme) -> None:
    """Every colour of text on every ground that it stands on."""
    grounds = [(text, ground) for text in TEXTS for ground in ("paper", "card", ON.get(text, "paper"))]
    dim = {pair: found for pair in grounds if (found := contrast(theme[pair[0]], theme[pair[1]])) < LEGIBLE}

    assert dim == {}


def test_what_is_too_faint_for_text_colours_no_text() -> None:
    """`faint` is for rules and marks that repeat what words say."""
    rules = re.findall(r"([^{}]+)\{[^{}]*\bcolor: var\(--faint\)[^{}]*\}", CSS)

    assert [rule.strip() for rule in rules if ".tone" not in rule] == []
