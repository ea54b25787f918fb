"""What Slack accepts inside a block: text, options, confirmations and every interactive element, with their limits.

Limits are Slack's as published with Block Kit and in its SDKs (python-slack-sdk, @slack/types).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bot.local.workspace.kinds import Json
from bot.local.workspace.shapes import (
    Check,
    Report,
    anything,
    boolean,
    by_type,
    choice,
    every,
    integer,
    items,
    matching,
    shape,
    string,
)

DATE = matching(re.compile(r"\d{4}-\d{2}-\d{2}\Z").match, "must be a valid date")
TIME = matching(re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z").match, "must be a valid time")
URL = every(string(3000), matching(re.compile(r"[a-z][a-z0-9+.-]*:", re.I).match, "must be a valid url"))
STYLE = choice("primary", "danger")
TYPE = {"type": anything}


def plain(high: int, low: int = 1) -> Check:
    """A `plain_text` object."""
    return by_type({"plain_text": shape(TYPE | {"text": string(high, low)}, {"emoji": boolean})})


def rich(high: int, low: int = 1) -> Check:
    """A `plain_text` or `mrkdwn` object."""
    return by_type(
        {
            "plain_text": shape(TYPE | {"text": string(high, low)}, {"emoji": boolean}),
            "mrkdwn": shape(TYPE | {"text": string(high, low)}, {"verbatim": boolean}),
        }
    )


CONFIRM = shape(
    {"title": plain(100), "text": rich(300), "confirm": plain(30), "deny": plain(30)},
    {"style": STYLE},
)
OPTION = shape({"text": rich(75), "value": string(150)}, {"description": rich(75), "url": URL})
PLAIN_OPTION = shape({"text": plain(75), "value": string(150)}, {"description": plain(75), "url": URL})
OPTION_GROUP = shape({"label": plain(75), "options": items(PLAIN_OPTION, 100)})
SLACK_FILE = shape({}, {"id": string(255), "url": URL})
FILTER = shape({}, {"include": anything, "exclude_external_shared_channels": boolean, "exclude_bot_users": boolean})
DISPATCH = shape({}, {"trigger_actions_on": items(choice("on_enter_pressed", "on_character_entered"), 2)})
IMAGE_SOURCE = {"alt_text": string(2000)}
IMAGE_FIELDS = {"image_url": URL, "slack_file": SLACK_FILE}


def element(required: dict[str, Check], optional: dict[str, Check]) -> Check:
    """An interactive element: any of them may carry an action_id and ask to be confirmed."""
    return shape(TYPE | required, {"action_id": string(255), "confirm": CONFIRM, "focus_on_load": boolean} | optional)


def one_source(value: Any, pointer: str, report: Report) -> None:
    """Options or groups of options, one and not both."""
    if ("options" in value) == ("option_groups" in value):
        report.add("must provide either options or option_groups", pointer)


def initials_offered(value: Any, pointer: str, report: Report) -> None:
    """What is chosen at first must be, to the letter, one of the options."""
    offered = list(offered_options(value))
    chosen = [value["initial_option"]] if value.get("initial_option") else value.get("initial_options") or []
    for option in chosen:
        if option not in offered:
            report.add("initial_option must exactly match one of the provided options", pointer)


def initial_fits(value: Any, pointer: str, report: Report) -> None:
    """What stands in a field at first is no longer than what may be typed there."""
    initial, most = value.get("initial_value"), value.get("max_length")
    if isinstance(initial, str) and isinstance(most, int) and len(initial) > most:
        report.add(f"must be less than {most + 1} characters", f"{pointer}/initial_value")


def offered_options(element: Json) -> Iterator[Json]:
    """Every option an element offers, groups flattened."""
    yield from element.get("options") or []
    for group in element.get("option_groups") or []:
        if isinstance(group, dict):
            yield from group.get("options") or []


PLACEHOLDER = {"placeholder": plain(150)}
MULTI = {"max_selected_items": integer(1, 100)}
OPTIONS = {"options": items(PLAIN_OPTION, 100), "option_groups": items(OPTION_GROUP, 100)}
IDS = items(string(255), 100, 0)
ONE_CONVERSATION = {"initial_conversation": string(255), "default_to_current_conversation": boolean, "filter": FILTER}
MANY_CONVERSATIONS = {"initial_conversations": IDS, "default_to_current_conversation": boolean, "filter": FILTER}
IN_MESSAGES = {"response_url_enabled": boolean}
LENGTHS = {"min_length": integer(0, 3000), "max_length": integer(1, 3000)}
TYPED = PLACEHOLDER | {"initial_value": string(3000, 0), "dispatch_action_config": DISPATCH}
BUTTON = element(
    {"text": plain(75)},
    {"url": URL, "value": string(2000), "style": STYLE, "accessibility_label": string(75)},
)
FEEDBACK_BUTTON = shape({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)})
BOXES = every(
    element({"options": items(OPTION, 10)}, {"initial_options": items(OPTION, 10)}),
    initials_offered,
)

ELEMENTS: dict[str, Check] = {
    "button": BUTTON,
    "workflow_button": element(
        {"text": plain(75), "workflow": anything}, {"style": STYLE, "accessibility_label": string(75)}
    ),
    "checkboxes": BOXES,
    "radio_buttons": every(element({"options": items(OPTION, 10)}, {"initial_option": OPTION}), initials_offered),
    "overflow": element({"options": items(PLAIN_OPTION, 5)}, {}),
    "datepicker": element({}, PLACEHOLDER | {"initial_date": DATE}),
    "timepicker": element({}, PLACEHOLDER | {"initial_time": TIME, "timezone": string(64)}),
    "datetimepicker": element({}, {"initial_date_time": integer(1_000_000_000, 9_999_999_999)}),
    "static_select": every(
        element({}, PLACEHOLDER | OPTIONS | {"initial_option": PLAIN_OPTION}), one_source, initials_offered
    ),
    "multi_static_select": every(
        element({}, PLACEHOLDER | OPTIONS | MULTI | {"initial_options": items(PLAIN_OPTION, 100)}),
        one_source,
        initials_offered,
    ),
    "external_select": element({}, PLACEHOLDER | {"initial_option": PLAIN_OPTION, "min_query_length": integer(0)}),
    "multi_external_select": element(
        {}, PLACEHOLDER | MULTI | {"initial_options": items(PLAIN_OPTION, 100), "min_query_length": integer(0)}
    ),
    "users_select": element({}, PLACEHOLDER | {"initial_user": string(255)}),
    "multi_users_select": element({}, PLACEHOLDER | MULTI | {"initial_users": IDS}),
    "channels_select": element({}, PLACEHOLDER | IN_MESSAGES | {"initial_channel": string(255)}),
    "multi_channels_select": element({}, PLACEHOLDER | MULTI | {"initial_channels": IDS}),
    "conversations_select": element({}, PLACEHOLDER | IN_MESSAGES | ONE_CONVERSATION),
    "multi_conversations_select": element({}, PLACEHOLDER | MULTI | MANY_CONVERSATIONS),
    "plain_text_input": every(element({}, TYPED | LENGTHS | {"multiline": boolean}), initial_fits),
    "email_text_input": element({}, TYPED),
    "url_text_input": element({}, TYPED),
    "number_input": element({"is_decimal_allowed": boolean}, TYPED | {"min_value": anything, "max_value": anything}),
    "rich_text_input": element({}, PLACEHOLDER | {"initial_value": anything, "dispatch_action_config": DISPATCH}),
    "file_input": element({}, {"filetypes": items(string(32), 100), "max_files": integer(1, 10)}),
    "image": shape(TYPE | IMAGE_SOURCE, IMAGE_FIELDS | {"image_width": integer(), "image_height": integer()}),
    "feedback_buttons": element({"positive_button": FEEDBACK_BUTTON, "negative_button": FEEDBACK_BUTTON}, {}),
    "icon_button": element(
        {"icon": choice("trash"), "text": plain(75)},
        {"value": string(2000), "visible_to_user_ids": IDS, "accessibility_label": string(75)},
    ),
}

SELECTS = frozenset(
    f"{many}{what}_select"
    for many in ("", "multi_")
    for what in ("static", "external", "users", "channels", "conversations")
)
PICKERS = frozenset({"checkboxes", "radio_buttons", "datepicker", "timepicker"}) | SELECTS
TYPED_INPUTS = frozenset(
    {"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input"}
)
IN_ACTIONS = PICKERS | {"button", "workflow_button", "overflow", "datetimepicker"}
IN_SECTION = PICKERS | {"button", "workflow_button", "overflow", "image"}
IN_INPUT = PICKERS | TYPED_INPUTS | {"datetimepicker"}
IN_CONTEXT_ACTIONS = frozenset({"feedback_buttons", "icon_button"})
