"""A text is told once, stored, and said in the language of whoever reads it."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language import _, again, speaking, together, told, told_n
from bot.language.told import Told, restored, stored
from bot.model.errors import StepBroke

values = st.one_of(
    st.integers(), st.floats(allow_nan=False), st.text(), st.text().map(lambda word: told("<{w}>", w=word))
)
texts = st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), values, max_size=4).map(
    lambda places: told(" and ".join(f"{{{name}}} is there" for name in places) or "nothing", **places)
)


def test_a_told_text_is_its_english_and_is_said_again() -> None:
    """Wherever a string goes it goes as English; a reader of another language gets theirs, whole."""
    text = told("Blocked: {why}", why=told("the run is paused"))

    assert text == "Blocked: the run is paused"
    assert again(text) == text
    with speaking("ko"):
        assert again(text) == "차단됨: 실행이 일시 정지되어 있습니다"
        assert _("Blocked: {why}", why=told("the run is paused")) == again(text)


def test_what_nobody_translated_is_said_again_in_english() -> None:
    """A message that the catalogue does not know, of another version perhaps, loses nothing."""
    with speaking("ko"):
        said = again(told("{table} was there {count} times", table="orders", count=3))

    assert said == "orders was there 3 times"


@given(texts)
def test_what_was_stored_says_the_same_when_it_is_read(text: Told) -> None:
    """Message, values and English come back, texts within texts too."""
    read = restored(stored(text))

    assert isinstance(read, Told)
    assert (read, read.says, dict(read.of)) == (text, text.says, dict(text.of))


@pytest.mark.parametrize(
    "strange",
    [
        {"en": "as it was", "says": "{x.__class__}", "of": {"x": "y"}},
        {"en": "as it was", "says": "{x:>999999999}", "of": {"x": "y"}},
        {"en": "as it was", "says": "{x!r}", "of": {"x": "as it was"}},
        {"en": "as it was", "says": "{broken", "of": {}},
        {"en": "as it was", "says": "as {it} was", "of": {}},
        {"en": "as it was", "says": "something {else}", "of": {"else": "else"}},
    ],
)
def test_a_message_that_is_none_of_ours_is_only_its_english(strange: dict[str, str | dict[str, str]]) -> None:
    """A journal is data: what it holds reaches no attribute, no format, and cannot say two things in two languages."""
    read = restored(strange)  # type: ignore[arg-type]  # as a store may hold it

    assert (read, type(read)) == ("as it was", str)


def test_errors_states_and_copies_do_not_forget_what_was_told() -> None:
    """`str()` of an error, of a state in a place, and a pickle keep message and values."""

    class State:
        def __str__(self) -> str:
            return told("the run is paused")

    text = told("Blocked: {why}", why=State())

    assert isinstance(text.of["why"], Told)
    assert isinstance(str(StepBroke(text)), Told)
    assert pickle.loads(pickle.dumps(text)).says == "Blocked: {why}"


def test_lists_and_parts_are_said_again_too() -> None:
    """A place may hold several texts; texts may stand beside each other. Plain ones stay plain."""
    names = told("Blocked: {why}", why=[told("the run is paused"), "x"])
    both = together([told("the run is paused"), "x"])

    assert (names, both) == ("Blocked: the run is paused, x", "the run is paused; x")
    assert type(together(["a", "b"])) is str
    with speaking("ko"):
        assert again(names) == "차단됨: 실행이 일시 정지되어 있습니다, x"
        assert again(both) == "실행이 일시 정지되어 있습니다; x"


def test_what_was_said_in_another_language_is_kept_in_english() -> None:
    """A text that a person read becomes a value in English."""
    with speaking("ko"):
        text = told("It says: {what}", what=_("the run is paused"))

    assert text == "It says: the run is paused"


def test_one_is_told_as_one_in_every_language() -> None:
    """The count is a place like any other, and both forms are one entry of a catalogue."""
    one, many = (told_n("{count} object is readable", "{count} objects are readable", count) for count in (1, 2))

    assert (one, many) == ("1 object is readable", "2 objects are readable")
    with speaking("ko"):
        assert (again(one), again(restored(stored(many)))) == ("객체 1개 읽기 가능", "객체 2개 읽기 가능")
