"""The channel as plain lines, while it happens: for a terminal that shows no page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Self

from bot.local.workspace.kinds import Json
from bot.local.workspace.person import Person
from bot.local.workspace.seed import PEOPLE
from bot.timeline.visible import visible

Tell = Callable[[str], None]
LOOK_EVERY = 0.2  # seconds
NAMES = {member.id: member.name for member in PEOPLE}
DATE = re.compile(r"<!date\^\d+\^[^|>]*\|([^>]*)>")
USER = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")
LINK = re.compile(r"<(?:https?|mailto|#)[^|>]*\|([^>]*)>")
ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


class Transcript:
    """Tells each message of #incidents once, as `person` sees it; replies are indented."""

    def __init__(self, person: Person, tell: Tell) -> None:
        self._person = person
        self._tell = tell
        self._told: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._follow())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if kind is None:
            await self._look()

    async def _follow(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(LOOK_EVERY)

    async def _look(self) -> None:
        for message in await self._person.messages():
            if message["ts"] not in self._told and (message.get("text") or message.get("files")):
                self._told.add(message["ts"])
                self._tell(line_of(message))


def line_of(message: Json) -> str:
    """`03:07:12  Carol Díaz: …`"""
    at = datetime.fromtimestamp(float(message["ts"])).astimezone()
    indent = "    " if message.get("thread_ts") not in (None, message["ts"]) else ""
    files = ", ".join(file["name"] for file in message.get("files", []))
    words = " ".join(part for part in (plain(message.get("text") or ""), f"[{files}]" if files else "") if part)
    return f"{at:%H:%M:%S}  {indent}{_who(message)}: {words}"


def plain(text: str) -> str:
    """Slack's markup as a reader sees it, on one line."""
    text = DATE.sub(r"\1", text)
    text = USER.sub(lambda found: NAMES.get(found[1], found[1]), text)
    text = LINK.sub(r"\1", text).replace("*", "").replace("`", "").replace(":rotating_light: ", "")
    for entity, sign in ENTITIES:
        text = text.replace(entity, sign)
    return visible(text)


def _who(message: Json) -> str:
    if message.get("bot_id"):
        return "DR bot"
    user = str(message.get("user", ""))
    return NAMES.get(user, "CloudWatch")
