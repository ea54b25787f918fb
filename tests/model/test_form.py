"""What authors may ask of a typed text, and what neither they nor a value can do with it."""

from __future__ import annotations

import time

import pytest

from bot.model.form import fits, mistake


@pytest.mark.parametrize(
    ("form", "text", "fit"),
    [
        ("^PSP-[0-9]+$", "PSP-4821", True),
        ("^PSP-[0-9]+$", "PSP-4821\n", False),
        ("^PSP-[0-9]+$", "see PSP-4821", False),
        ("PSP-[0-9]+", "see PSP-4821", True),
        (r"^\d{4}-\d{2}$", "2026-11", True),
        ("(?i)^yes$", "Yes", True),
    ],
)
def test_a_form_is_found_anywhere_unless_it_is_anchored(form: str, text: str, fit: bool) -> None:
    """`^` and `$` are the text's own ends: nothing may hide behind a line break."""
    assert fits(form, text) is fit


@pytest.mark.parametrize("form", ["(a+)+$", "^(a|a)*$", "(.*a){20}$", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_no_form_and_no_value_holds_the_bot_up(form: str) -> None:
    """Each of these takes a backtracking engine longer than an incident lasts."""
    began = time.perf_counter()

    assert not fits(form, "a" * 3000 + "!")

    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("(PSP", "unclosed group"),
        ("(?=x)y", "look-around"),
        (r"(a)\1", "backreferences are not supported"),
        ("(a{1000}){1000}", "size limit"),
    ],
)
def test_what_is_no_form_is_said(form: str, words: str) -> None:
    """In a few words, for the lint to put beside line and column."""
    assert words in mistake(form)
    assert "\n" not in mistake(form)
    with pytest.raises(ValueError, match=words):
        fits(form, "x")
