"""What a message shows, its text tells: to a screen reader, a notification, a watch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.language import LANGUAGES, Language, speaking
from bot.local.workspace.words import elements, text_of
from bot.model.action import HARMS
from bot.slack.kit import Message
from bot.slack.views.words import PHASES
from tests.pictures.incident_samples import INCIDENT
from tests.pictures.samples import SAMPLES, Sample

ALL = (*SAMPLES, *INCIDENT)
MESSAGES = [sample for sample in ALL if sample.place == "message" and sample.name not in ("help", "runs")]
"""Lists are read by asking for them; nobody is told of them by their text alone."""
MENTION = re.compile(r"<@[UW][A-Z0-9]+>")
DEADLINE = re.compile(r"\*<!date\^(\d+)\^[^>]*>\*")
"""A moment in bold is one that somebody must keep."""
FIGURE = re.compile(r"\*(\d[^*<>\n]{0,12})\*")
OUR_LINK = re.compile(r"<(?![@!#]|https?://)")
SIGNS = re.compile(r"[\W_]+")


def drawn(sample: Sample, language: Language) -> tuple[str, str]:
    """All words of a message's blocks, and its text."""
    said = sample.drawn(language)
    assert isinstance(said, Message)
    return text_of({"blocks": said.body}), said.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sample", MESSAGES, ids=lambda sample: sample.name)
def test_the_text_names_the_people_the_deadlines_and_the_figures(sample: Sample, language: Language) -> None:
    """Whoever hears only the text knows who is meant, until when, and how much."""
    shown, text = drawn(sample, language)

    clocks = {f"{datetime.fromtimestamp(int(at), UTC):%H:%M} UTC" for at in DEADLINE.findall(shown)}
    assert set(MENTION.findall(shown)) - set(MENTION.findall(text)) == set()
    assert {clock for clock in clocks if clock not in text} == set()
    assert {figure for figure in FIGURE.findall(shown) if figure not in text} == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_place_to_fill_in_is_no_link(sample: Sample, language: Language) -> None:
    """`<what you found>` in a text of ours reads as it is written; Slack would make a link of it."""
    said = sample.drawn(language)
    marked = list(_marked(said.body if isinstance(said, Message) else said.to_dict()))

    assert [words for words in marked if OUR_LINK.search(words)] == []


def _marked(value: object) -> Iterator[str]:
    """Every text that Slack reads as markup."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield str(value["text"])
        for each in value.values():
            yield from _marked(each)
    elif isinstance(value, list):
        for each in value:
            yield from _marked(each)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", [PHASES, HARMS], ids=["phases", "harms"])
def test_no_sign_stands_for_a_meaning_alone(table: dict[object, str | tuple[str, str]], language: Language) -> None:
    """Each state has words of its own beside its sign; two states with two signs never share their words."""
    with speaking(language):
        signs: dict[str, set[str]] = {}
        for entry in table.values():
            sign, words = entry if isinstance(entry, tuple) else ("", entry)
            signs.setdefault(words, set()).add(sign)

    assert all(SIGNS.sub("", words) for words in signs)
    assert {words: found for words, found in signs.items() if len(found) > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sample", ALL, ids=lambda sample: sample.name)
def test_what_can_be_pressed_says_what_it_does(sample: Sample, language: Language) -> None:
    """A button's colour is never its only word."""
    said = sample.drawn(language)
    view = {"blocks": said.body} if isinstance(said, Message) else said.to_dict()

    labels = [element["text"]["text"] for element in elements(view) if element["type"] == "button"]

    assert all(SIGNS.sub("", label) for label in labels)
