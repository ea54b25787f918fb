"""What a person puts into an element, in Slack's words, and what the client refuses before asking the app."""

from __future__ import annotations

from typing import Any

import pytest

from bot.local.workspace.inputs import (
    NoSuchOption,
    chosen_value,
    complaints,
    initial_value,
    merge_values,
)
from bot.local.workspace.kinds import Json
from tests.local.workspace.kit import plain

OPTIONS = [{"text": plain("Real run"), "value": "real"}, {"text": plain("Dry run"), "value": "dry"}]


def ask(element: Json, **more: Any) -> Json:
    return {"type": "input", "block_id": "b", "label": plain("x"), "element": {"action_id": "a", **element}, **more}


@pytest.mark.parametrize(
    ("element", "value", "entry"),
    [
        ({"type": "plain_text_input"}, "words", {"value": "words"}),
        ({"type": "plain_text_input"}, "", {"value": None}),
        ({"type": "number_input"}, 8, {"value": "8"}),
        ({"type": "static_select", "options": OPTIONS}, "dry", {"selected_option": OPTIONS[1]}),
        ({"type": "static_select", "options": OPTIONS}, "Dry run", {"selected_option": OPTIONS[1]}),
        ({"type": "static_select", "options": OPTIONS}, None, {"selected_option": None}),
        ({"type": "static_select", "option_groups": [{"options": OPTIONS}]}, "real", {"selected_option": OPTIONS[0]}),
        ({"type": "checkboxes", "options": OPTIONS}, ["real", "dry"], {"selected_options": OPTIONS}),
        ({"type": "checkboxes", "options": OPTIONS}, None, {"selected_options": []}),
        ({"type": "radio_buttons", "options": OPTIONS}, "real", {"selected_option": OPTIONS[0]}),
        ({"type": "users_select"}, "U01ALICE00", {"selected_user": "U01ALICE00"}),
        ({"type": "multi_users_select"}, ["U01ALICE00"], {"selected_users": ["U01ALICE00"]}),
        ({"type": "datetimepicker"}, "1786000000", {"selected_date_time": 1786000000}),
        ({"type": "datepicker"}, "2026-08-13", {"selected_date": "2026-08-13"}),
    ],
)
def test_a_value_becomes_the_entry_slack_would_report(element: Json, value: Any, entry: Json) -> None:
    """Values, labels, ids, text and moments all find their field."""
    assert chosen_value(element, value) == {"type": element["type"], **entry}


def test_an_option_that_is_not_offered_is_refused_with_what_there_is() -> None:
    """The sentence names the options."""
    with pytest.raises(NoSuchOption, match="'wet' is not offered; there is real, dry"):
        chosen_value({"type": "static_select", "options": OPTIONS}, "wet")


@pytest.mark.parametrize(
    ("element", "entry"),
    [
        ({"type": "plain_text_input", "initial_value": "x"}, {"value": "x"}),
        ({"type": "plain_text_input"}, {"value": None}),
        ({"type": "static_select", "initial_option": OPTIONS[0]}, {"selected_option": OPTIONS[0]}),
        ({"type": "multi_users_select"}, {"selected_users": []}),
        ({"type": "datetimepicker", "initial_date_time": 1786000000}, {"selected_date_time": 1786000000}),
    ],
)
def test_an_untouched_element_reports_its_initial_value(element: Json, entry: Json) -> None:
    """Or nothing, in the shape of nothing that its kind has."""
    assert initial_value(element) == {"type": element["type"], **entry}


@pytest.mark.parametrize("key", ["a", "b", "b.a"])
def test_an_input_goes_by_action_block_or_both(key: str) -> None:
    """All three names fill in the same element."""
    merged = merge_values([ask({"type": "plain_text_input"})], {}, {key: "words"})

    assert merged == {"b": {"a": {"type": "plain_text_input", "value": "words"}}}


def test_an_unknown_input_is_named_with_the_known_ones() -> None:
    """A typo in a script says what there is."""
    with pytest.raises(KeyError, match=r"no input is called 'reson'; there is b\.a"):
        merge_values([ask({"type": "plain_text_input"})], {}, {"reson": "x"})


@pytest.mark.parametrize(
    ("block", "value", "sentence"),
    [
        (ask({"type": "plain_text_input"}), None, "Please complete this required field."),
        (ask({"type": "plain_text_input"}, optional=True), None, None),
        (ask({"type": "checkboxes", "options": OPTIONS}), [], "Please complete this required field."),
        (ask({"type": "plain_text_input", "min_length": 5}), "abc", "Please enter at least 5 characters."),
        (ask({"type": "plain_text_input", "max_length": 2}), "abc", "Please enter no more than 2 characters."),
        (ask({"type": "number_input", "is_decimal_allowed": False}), "1.5", "Please enter a whole number."),
        (ask({"type": "number_input", "is_decimal_allowed": True}), "1.5", None),
        (ask({"type": "number_input", "is_decimal_allowed": True}), "many", "Please enter a number."),
        (ask({"type": "number_input", "min_value": "3"}), "2", "Please enter a number of at least 3."),
        (ask({"type": "number_input", "max_value": "3"}), "4", "Please enter a number of at most 3."),
        (ask({"type": "email_text_input"}), "nobody", "Please enter a valid email address."),
        (ask({"type": "url_text_input"}), "nowhere", "Please enter a valid URL."),
    ],
)
def test_the_client_refuses_what_cannot_be_submitted(block: Json, value: Any, sentence: str | None) -> None:
    """Required, too short, too long, not a number, not an address."""
    state = merge_values([block], {}, {"b": value})

    assert complaints([block], state) == ({"b": sentence} if sentence else {})
