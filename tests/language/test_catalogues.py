"""The catalogues say everything that the bot says, and nothing else. `make messages` brings them in line."""

from __future__ import annotations

from string import Formatter

import pytest
from babel.messages.pofile import read_po

from bot.actions.catalogue import Catalogue
from bot.language import ENGLISH, FOLDER, LANGUAGES
from bot.language.particles import is_pair
from tests.language.messages import Unreadable, everything, told, wanted

OTHERS = [language for language in LANGUAGES if language != ENGLISH]


def test_every_text_can_be_found_by_a_translator() -> None:
    """A text is written where it is said, or in a table by `later`; never put together on the way."""
    made_up = [each for each in everything() if isinstance(each, Unreadable)]

    assert made_up == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated_and_no_other(language: str) -> None:
    """What is missing would be said in English, what is left over is nobody's."""
    said, known = set(wanted()), told(language)

    assert sorted(text[0] for text in said if not known.get(text)) == []
    assert sorted(text[0] for text in set(known) - said) == []


def test_where_a_person_looks_is_a_command_or_a_text() -> None:
    """A place in words that no translator sees would be English to every reader."""
    said = {text[0] for text in wanted()}
    words = {spec.by_hand for spec in Catalogue.discover().specs.values() if spec.by_hand}

    assert {each for each in words if not each.startswith("aws ")} <= said


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_a_guess(language: str) -> None:
    """A fuzzy entry is a machine's guess; readers would get English without knowing why."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)

    assert [message.id for message in catalogue if message.fuzzy and message.id] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_places_of_its_text(language: str) -> None:
    """A place that is missing loses a fact, one too many breaks the sentence; a format is a pair of particles."""
    wrong = {
        text: translation
        for text, translation in told(language).items()
        if translation and (_places(translation) != set().union(*map(_places, text)) or not _formats(translation))
    }

    assert wrong == {}


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _formats(text: str) -> bool:
    return all(not form or is_pair(form) for _, _, form, _ in Formatter().parse(text))
