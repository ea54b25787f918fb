"""Somebody at the workspace who does their part: finds the message that asks for it, clicks, fills in, submits.

Promises: acts on what a person would see (words and buttons), one thing at a time. Refuses to look into the bot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bot.local.workspace.kinds import Json
from bot.local.workspace.person import Person
from bot.local.workspace.words import action_ids, text_of
from bot.model.errors import BotError

PATIENCE = 60.0  # seconds until somebody gives up waiting for a message
VIEW = 15.0  # seconds until somebody gives up waiting for a form
TYPED = "Type exactly: "


class StoryBroke(BotError):
    """The bot did not do what a person at the page would expect."""


class Hands:
    """One person's hands; two things asked of the same person are done one after the other."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self._busy = asyncio.Lock()

    async def answer_case(self, service: str, values: Mapping[str, str]) -> None:
        """Press Start failover on the card that asks whether this is a disaster, and follow the forms."""
        card = await self.person.wait_for(
            lambda message: service in text_of(message) and "case.failover" in action_ids(message), PATIENCE
        )
        async with self._busy:
            await self.person.click(card["ts"], "case.failover")
            await self._view_with_inputs()
            await self._submit(values)
            await self.person.wait_for_view(_is_plan, VIEW)
            await self._submit({})
            await self.person.wait_for_view(lambda view: "was started" in text_of(view), VIEW)
            await self.person.close_view(everything=True)

    async def approve(self, title: str, remark: str = "") -> None:
        """Press Approve or Confirm on the gate with this title, type the phrase it asks for, submit."""
        await self._press(title, "gate.approve", {"comment": remark} if remark else {})

    async def answer(self, title: str, value: str) -> None:
        """Press Done on the manual step with this title and read the value back."""
        await self._press(title, "manual.answer", {"answer": value})

    async def _press(self, title: str, action_id: str, values: Mapping[str, str]) -> None:
        asked = await self.person.wait_for(
            lambda message: title in text_of(message) and action_id in action_ids(message), PATIENCE
        )
        async with self._busy:
            await self.person.click(asked["ts"], action_id)
            view = await self._view_with_inputs()
            await self._submit({**_phrases(view), **values})

    async def _view_with_inputs(self) -> Json:
        view = await self.person.wait_for_view(lambda view: any(_inputs(view)) or not _is_loading(view), VIEW)
        if not any(_inputs(view)):
            raise StoryBroke(f"{self.person.who} was told: {text_of(view)}")
        return view

    async def _submit(self, values: Mapping[str, str]) -> None:
        answer = await self.person.submit(values)
        if answer.get("errors"):
            raise StoryBroke(f"{self.person.who}'s form was refused: {answer['errors']}")


def _inputs(view: Json) -> list[Json]:
    return [block for block in view.get("blocks", []) if block["type"] == "input"]


def _is_loading(view: Json) -> bool:
    return "Loading" in text_of(view) or "Planning" in text_of(view)


def _is_plan(view: Json) -> bool:
    return not _inputs(view) and not _is_loading(view) and bool(view.get("submit"))


def _phrases(view: Json) -> dict[str, str]:
    """What the form asks to be typed word by word."""
    labels = {block["block_id"]: block["label"]["text"] for block in _inputs(view)}
    return {block: label.removeprefix(TYPED) for block, label in labels.items() if label.startswith(TYPED)}
