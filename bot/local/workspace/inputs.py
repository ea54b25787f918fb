"""What a person put into an element, as Slack reports it: initial, typed and chosen values, and what is missing.

Pure: an element and a plain Python value in, the entry of `state.values` out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.local.workspace.blocks import elements_of
from bot.local.workspace.elements import offered_options
from bot.local.workspace.kinds import Json

REQUIRED = "Please complete this required field."
CHOICES = {
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "overflow": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "file_input": ("files", "initial_files"),
}
STATELESS = frozenset({"button", "workflow_button", "overflow", "image", "feedback_buttons", "icon_button"})


class NoSuchOption(ValueError):
    """The element does not offer what was chosen."""


def initial_state(blocks: list[Json]) -> Json:
    """`state.values` of blocks nobody has touched: every stateful element, with its initial value or null."""
    values: Json = {}
    for block in blocks:
        for element, _ in elements_of(block):
            if element["type"] not in STATELESS:
                values.setdefault(block["block_id"], {})[element["action_id"]] = initial_value(element)
    return values


def initial_value(element: Json) -> Json:
    """The entry of an element nobody has touched."""
    field, initial = CHOICES[element["type"]]
    return {"type": element["type"], field: element.get(initial, _nothing(field))}


def chosen_value(element: Json, value: Any) -> Json:
    """The entry after a person put `value` in: option values for selects, ids, text, epoch seconds for a moment."""
    kind = element["type"]
    field, _ = CHOICES[kind]
    if value is None:
        return {"type": kind, field: _nothing(field)}
    if field == "selected_option":
        return {"type": kind, field: option_of(element, value)}
    if field == "selected_options":
        return {"type": kind, field: [option_of(element, one) for one in value]}
    if kind == "datetimepicker":
        return {"type": kind, field: int(value)}
    if field == "value":
        return {"type": kind, field: str(value) if str(value) != "" else None}
    return {"type": kind, field: value}


def _nothing(field: str) -> list[Any] | None:
    return [] if field.endswith("s") else None


def option_of(element: Json, value: Any) -> Json:
    """The offered option with that value or label, as the app wrote it; external selects take any option object."""
    if isinstance(value, dict):
        if element["type"].endswith("external_select"):
            return value
        value = value.get("value")
    for option in offered_options(element):
        if value in (option["value"], option["text"]["text"]):
            return {name: option[name] for name in ("text", "value", "description") if name in option}
    offered = ", ".join(option["value"] for option in offered_options(element))
    raise NoSuchOption(f"{value!r} is not offered; there is {offered or 'nothing'}.")


def merge_values(blocks: list[Json], state: Json, given: Mapping[str, Any]) -> Json:
    """`state.values` with what was given, keyed by block_id or action_id; raises KeyError for a key no element has."""
    merged = {block_id: dict(entries) for block_id, entries in state.items()}
    for key, value in given.items():
        block, element = find_input(blocks, key)
        merged.setdefault(block["block_id"], {})[element["action_id"]] = chosen_value(element, value)
    return merged


def find_input(blocks: list[Json], key: str) -> tuple[Json, Json]:
    """The block and stateful element that a block_id, an action_id or `block_id.action_id` names."""
    stateful = [(b, e) for b in blocks for e, _ in elements_of(b) if e["type"] not in STATELESS]
    for block, element in stateful:
        if key in (block["block_id"], element["action_id"], f"{block['block_id']}.{element['action_id']}"):
            return block, element
    known = ", ".join(f"{b['block_id']}.{e['action_id']}" for b, e in stateful)
    raise KeyError(f"no input is called {key!r}; there is {known or 'none'}")


def complaints(blocks: list[Json], state: Json) -> dict[str, str]:
    """What the client refuses before asking the app, by block_id: required, too short, too long, not a number."""
    found: dict[str, str] = {}
    for block in blocks:
        if block["type"] == "input":
            element = block["element"]
            field, _ = CHOICES[element["type"]]
            entry = state.get(block["block_id"], {}).get(element["action_id"], {})
            complaint = _complaint(element, entry.get(field), bool(block.get("optional")))
            if complaint:
                found[block["block_id"]] = complaint
    return found


def _complaint(element: Json, value: Any, optional: bool) -> str | None:
    if value in (None, "", []):
        return None if optional else REQUIRED
    match element["type"]:
        case "plain_text_input":
            return _length_complaint(element, value)
        case "number_input":
            return _number_complaint(element, value)
        case "email_text_input" if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
            return "Please enter a valid email address."
        case "url_text_input" if not re.match(r"https?://\S+$", value):
            return "Please enter a valid URL."
        case _:
            return None


def _length_complaint(element: Json, value: str) -> str | None:
    if len(value) < element.get("min_length", 0):
        return f"Please enter at least {element['min_length']} characters."
    limit = element.get("max_length", 3000)
    return f"Please enter no more than {limit} characters." if len(value) > limit else None


def _number_complaint(element: Json, value: str) -> str | None:
    pattern = r"-?\d+(\.\d+)?" if element.get("is_decimal_allowed") else r"-?\d+"
    if not re.fullmatch(pattern, value):
        return "Please enter a number." if element.get("is_decimal_allowed") else "Please enter a whole number."
    low, high = element.get("min_value"), element.get("max_value")
    if low is not None and float(value) < float(low):
        return f"Please enter a number of at least {low}."
    if high is not None and float(value) > float(high):
        return f"Please enter a number of at most {high}."
    return None
