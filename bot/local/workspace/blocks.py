"""Judges Block Kit as Slack does: `check_message_blocks` and `check_view` return every complaint, with its place.

Pure: JSON in, sentences out. What is drawn on the page, or done on a click, is no concern of this module.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bot.local.workspace.elements import (
    BUTTON,
    ELEMENTS,
    IMAGE_FIELDS,
    IMAGE_SOURCE,
    IN_ACTIONS,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    TYPE,
    URL,
    plain,
    rich,
)
from bot.local.workspace.kinds import Json
from bot.local.workspace.shapes import Check, Report, anything, boolean, by_type, choice, every, items, shape, string

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
VIEW_BYTES = 250_000
MESSAGE_CHARACTERS = 13_200


def check_message_blocks(blocks: Any) -> list[str]:
    """What is wrong with a message's blocks; an empty list when Slack would take them."""
    report = Report()
    items(by_type(BLOCKS, IN_MESSAGES), MESSAGE_BLOCKS, 0)(blocks, "/blocks", report)
    if isinstance(blocks, list):
        check_ids(blocks, "/blocks", report)
        if sum(isinstance(block, dict) and block.get("type") == "table" for block in blocks) > 1:
            report.add("only_one_table_allowed", "/blocks")
    return report.complaints


def check_view(view: Any) -> list[str]:
    """What is wrong with a modal or Home view; an empty list when Slack would take it."""
    report = Report()
    by_type(VIEWS)(view, "/view", report)
    if isinstance(view, dict) and isinstance(blocks := view.get("blocks"), list):
        check_ids(blocks, "/view/blocks", report)
        asks = any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)
        if asks and view.get("type") == "modal" and not view.get("submit"):
            report.add("missing required field: submit", "/view")
    return report.complaints


def view_size(view: Json) -> int:
    """The bytes of a view on the wire."""
    return len(json.dumps(view).encode())


def characters(blocks: list[Json]) -> int:
    """How much text a message's blocks carry, every string counted."""
    return sum(len(text) for text in _strings(blocks))


def elements_of(block: Json) -> Iterator[tuple[Json, str]]:
    """The interactive elements of a block, each with its pointer below the block."""
    if isinstance(accessory := block.get("accessory"), dict):
        yield accessory, "accessory"
    if isinstance(element := block.get("element"), dict):
        yield element, "element"
    if block.get("type") in ("actions", "context_actions"):
        for index, one in enumerate(block.get("elements") or []):
            if isinstance(one, dict):
                yield one, f"elements/{index}"
    if block.get("type") == "card":
        for index, one in enumerate(block.get("actions") or []):
            if isinstance(one, dict):
                yield one, f"actions/{index}"


def check_ids(blocks: list[Any], pointer: str, report: Report) -> None:
    """A block_id is unique in its surface; an action_id is unique in its block."""
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        if not isinstance(block, dict):
            continue
        if (block_id := block.get("block_id")) is not None:
            if block_id in seen:
                report.add(f"block_id `{block_id}` already exists", f"{pointer}/{index}/block_id")
            seen.add(str(block_id))
        actions: set[str] = set()
        for element, place in elements_of(block):
            if (action_id := element.get("action_id")) is None:
                continue
            if action_id in actions:
                report.add(f"`action_id` {action_id} already exists", f"{pointer}/{index}/{place}/action_id")
            actions.add(str(action_id))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("text", "title", "alt_text", "label") and isinstance(inner, str):
                yield inner
            else:
                yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _block(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    return shape(TYPE | required, {"block_id": string(255)} | (optional or {}))


def _text_or_fields(value: Any, pointer: str, report: Report) -> None:
    if not value.get("text") and not value.get("fields"):
        report.add("missing required field: text or fields", pointer)


def _one_image(value: Any, pointer: str, report: Report) -> None:
    if bool(value.get("image_url")) == bool(value.get("slack_file")):
        report.add("must provide either image_url or slack_file", pointer)


RICH_TEXT = shape(TYPE | {"elements": items(shape(TYPE, closed=False), 1000, 0)}, {"block_id": string(255)})
RAW_TEXT = shape(TYPE | {"text": string(3000, 0)})
RAW_NUMBER = shape(TYPE | {"value": anything}, {"text": anything})
CELL = by_type({"raw_text": RAW_TEXT, "rich_text": RICH_TEXT, "raw_number": RAW_NUMBER})
TASK = shape(
    TYPE | {"task_id": string(255), "title": string(256)},
    {
        "block_id": string(255),
        "status": choice("pending", "in_progress", "complete", "error"),
        "details": RICH_TEXT,
        "output": RICH_TEXT,
        "sources": anything,
    },
)
VIDEO = {"alt_text": string(2000), "title": plain(200), "thumbnail_url": URL, "video_url": URL}
VIDEO_EXTRAS = {
    "title_url": URL,
    "description": plain(200),
    "provider_icon_url": URL,
    "provider_name": string(50),
    "author_name": string(50),
}
IMAGE_ELEMENT = ELEMENTS["image"]
CARD = {
    "hero_image": IMAGE_ELEMENT,
    "icon": IMAGE_ELEMENT,
    "title": rich(150),
    "subtitle": rich(150),
    "body": rich(200),
    "actions": items(BUTTON, 5),
}

BLOCKS: dict[str, Check] = {
    "section": every(
        _block(
            {},
            {
                "text": rich(3000),
                "fields": items(rich(2000), 10),
                "accessory": by_type(ELEMENTS, IN_SECTION),
                "expand": boolean,
            },
        ),
        _text_or_fields,
    ),
    "divider": _block({}),
    "header": _block({"text": plain(150)}),
    "image": every(_block(IMAGE_SOURCE, IMAGE_FIELDS | {"title": plain(2000)}), _one_image),
    "actions": _block({"elements": items(by_type(ELEMENTS, IN_ACTIONS), 25)}),
    "context": _block(
        {"elements": items(by_type({"image": IMAGE_ELEMENT, "plain_text": rich(3000), "mrkdwn": rich(3000)}), 10)}
    ),
    "context_actions": _block({"elements": items(by_type(ELEMENTS, IN_CONTEXT_ACTIONS), 5)}),
    "input": _block(
        {"label": plain(2000), "element": by_type(ELEMENTS, IN_INPUT)},
        {"hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "markdown": _block({"text": string(12_000)}),
    "rich_text": RICH_TEXT,
    "table": _block({"rows": items(items(CELL, 20), 100)}, {"column_settings": items(anything, 20)}),
    "video": _block(VIDEO, VIDEO_EXTRAS),
    "plan": _block({"title": string(256)}, {"tasks": items(TASK, 50)}),
    "task_card": TASK,
    "alert": _block({"text": rich(3000)}, {"level": choice("default", "info", "warning", "error", "success")}),
    "card": _block({}, CARD),
    "carousel": _block({"elements": items(shape(TYPE, CARD | {"block_id": string(255)}), 10)}),
}

IN_MESSAGES = frozenset(BLOCKS)
IN_VIEWS = IN_MESSAGES - {"context_actions", "plan", "task_card", "table", "card", "carousel", "markdown"}
VIEW_EXTRAS: dict[str, Check] = {
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
    "private_metadata": string(3000, 0),
}
VIEWS: dict[str, Check] = {
    "modal": shape(
        TYPE | {"title": plain(24), "blocks": items(by_type(BLOCKS, IN_VIEWS), VIEW_BLOCKS, 0)},
        VIEW_EXTRAS
        | {
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
    ),
    "home": shape(TYPE | {"blocks": items(by_type(BLOCKS, IN_VIEWS), VIEW_BLOCKS, 0)}, VIEW_EXTRAS),
}
