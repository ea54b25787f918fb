"""Somebody at the workspace, for scripts: speaks, runs commands, clicks, fills in modals, waits for what comes back.

    async with slack.person("alice") as alice:
        await alice.command("/dr failover orders-api", channel="incidents")
        await alice.submit({"reason": "us-east-1 is down"})
        card = await alice.wait_for(lambda m: "orders-api" in text_of(m))
        await alice.click(card["ts"], "pause_run")

It speaks HTTP to the workspace's page and knows nothing of its inside.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

import aiohttp

from bot.local.workspace.kinds import Json
from bot.local.workspace.words import text_of

POLL = 5.0


class Refused(Exception):
    """The workspace or the app said no: `error` is Slack's code, `complaints` say more, `answer` is everything."""

    def __init__(self, answer: Json) -> None:
        self.error = str(answer.get("error"))
        self.complaints: list[str] = answer.get("complaints", [])
        self.answer = answer
        super().__init__(": ".join([self.error, *self.complaints]))


class Person:
    """Their hands and eyes. Channels go by name or id, inputs by block_id or action_id, options by value or label."""

    def __init__(self, page_url: str, who: str, channel: str = "incidents") -> None:
        self.who = who
        self.channel = channel
        self.did: list[str] = []
        """What they did, in order; looking is not doing."""
        self._base = f"{page_url}people/{who}/"
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Person:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Leave."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def say(
        self, text: str, channel: str | None = None, thread: str | None = None, files: Mapping[str, bytes] | None = None
    ) -> Json:
        """Send a message, in a thread when given one, with files by name; returns it as stored."""
        attached = {name: base64.b64encode(content).decode() for name, content in (files or {}).items()}
        body = {"channel": channel or self.channel, "text": text, "thread_ts": thread, "files": attached}
        message: Json = (await self._act("say", body))["message"]
        return message

    async def edit(self, ts: str, text: str, channel: str | None = None) -> None:
        """Change one's own message."""
        await self._act("edit", {"channel": channel or self.channel, "ts": ts, "text": text})

    async def delete(self, ts: str, channel: str | None = None) -> None:
        """Delete one's own message."""
        await self._act("delete", {"channel": channel or self.channel, "ts": ts})

    async def react(self, ts: str, name: str, channel: str | None = None, take_back: bool = False) -> None:
        """Add a reaction, or take it back."""
        body = {"channel": channel or self.channel, "ts": ts, "name": name, "take_back": take_back}
        await self._act("react", body)

    async def command(self, text: str, channel: str | None = None) -> Json:
        """Run a slash command; returns the app's ack, empty when it said nothing. Raises Refused without an ack."""
        ack: Json = (await self._act("command", {"channel": channel or self.channel, "text": text}))["ack"]
        return ack

    async def click(
        self, ts: str, action_id: str, value: Any = None, channel: str | None = None, block_id: str | None = None
    ) -> Json:
        """Press a button, or choose `value` in a select or menu, on a message; returns the ack."""
        body = {"ts": ts, "action_id": action_id, "value": value, "block_id": block_id}
        ack: Json = (await self._act("click", body | {"channel": channel or self.channel}))["ack"]
        return ack

    async def press(
        self,
        action_id: str,
        value: Any = None,
        *,
        view_id: str | None = None,
        block_id: str | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> Json:
        """The same on the open modal, or on the view with that id (Home too); `values` were filled in before."""
        body = {"action_id": action_id, "value": value, "view_id": view_id, "block_id": block_id, "values": values}
        ack: Json = (await self._act("click", body))["ack"]
        return ack

    async def submit(self, values: Mapping[str, Any] | None = None, view_id: str | None = None) -> Json:
        """Fill in and submit the open modal.

        Returns `{"action": "close" | "update" | "push" | "clear" | "errors", "errors": {block_id: sentence}}`; refused
        inputs are an answer, an app that does not ack raises Refused.
        """
        answer = await self._act("submit", {"values": dict(values or {}), "view_id": view_id}, lenient=True)
        if not answer["ok"] and answer["error"] != "errors":
            raise Refused(answer)
        return answer

    async def close_view(self, everything: bool = False) -> None:
        """Close the modal on top, or all of them."""
        await self._act("close", {"all": everything})

    async def shortcut(self, callback_id: str, ts: str | None = None, channel: str | None = None) -> Json:
        """Use a shortcut, on a message when given its timestamp; returns the ack."""
        place = (channel or self.channel) if ts else None
        ack: Json = (await self._act("shortcut", {"callback_id": callback_id, "ts": ts, "channel": place}))["ack"]
        return ack

    async def suggestions(self, action_id: str, typed: str) -> list[Json]:
        """The options that the app offers for what was typed into an external select of the open modal."""
        options: list[Json] = (await self._act("suggest", {"action_id": action_id, "typed": typed}))["options"]
        return options

    async def open_home(self) -> None:
        """Look at the app's Home; `home()` shows it once the app has published it."""
        await self._act("home", {})

    async def home(self) -> Json | None:
        """The published Home view."""
        home: Json | None = (await self._read("views"))["home"]
        return home

    async def view(self) -> Json | None:
        """The modal on top, with `errors` by block_id; None when none is open."""
        modals: list[Json] = (await self._read("views"))["modals"]
        return modals[-1] if modals else None

    async def messages(self, channel: str | None = None) -> list[Json]:
        """Everything this person sees in a channel, replies and ephemerals included, oldest first."""
        messages: list[Json] = (await self._read(f"channels/{channel or self.channel}"))["messages"]
        return messages

    async def ephemerals(self, channel: str | None = None) -> list[Json]:
        """What only this person sees in a channel."""
        return [message for message in await self.messages(channel) if message.get("is_ephemeral")]

    async def thread(self, ts: str, channel: str | None = None) -> list[Json]:
        """A message and its replies, oldest first."""
        return [m for m in await self.messages(channel) if ts in (m["ts"], m.get("thread_ts"))]

    async def message(self, ts: str, channel: str | None = None) -> Json:
        """One message as it stands now; raises KeyError when it is gone."""
        for message in await self.messages(channel):
            if message["ts"] == ts:
                return message
        raise KeyError(ts)

    async def files(self) -> list[Json]:
        """The files shared where this person is, oldest first."""
        files: list[Json] = (await self._read("files"))["files"]
        return files

    async def download(self, file: Json) -> bytes:
        """A file's bytes."""
        async with self._http.get(file["url_private"]) as answer:
            answer.raise_for_status()
            return await answer.read()

    async def wait_for(
        self,
        predicate: Callable[[Json], bool],
        timeout: float = 10.0,  # noqa: ASYNC109 (scripts read better with it)
        channel: str | None = None,
    ) -> Json:
        """The first message, reply or ephemeral in a channel that fits; raises TimeoutError saying what was there."""

        async def look() -> tuple[Json | None, str]:
            messages = await self.messages(channel)
            seen = "\n".join(f"  {m['ts']} {text_of(m)[:200]!r}" for m in messages[-10:])
            return next((message for message in messages if predicate(message)), None), f"messages:\n{seen}"

        return await self._until(look, timeout)

    async def wait_for_text(
        self,
        text: str,
        timeout: float = 10.0,  # noqa: ASYNC109 (scripts read better with it)
        channel: str | None = None,
    ) -> Json:
        """The first message whose text or blocks contain `text`."""
        return await self.wait_for(lambda message: text in text_of(message), timeout, channel)

    async def wait_for_view(
        self,
        predicate: Callable[[Json], bool] | None = None,
        timeout: float = 10.0,  # noqa: ASYNC109 (scripts read better with it)
    ) -> Json:
        """The modal on top as soon as there is one that fits."""

        async def look() -> tuple[Json | None, str]:
            view = await self.view()
            fits = view is not None and (predicate is None or predicate(view))
            return view if fits else None, f"the view: {text_of(view)[:500] if view else None!r}"

        return await self._until(look, timeout)

    async def wait_for_home(
        self,
        predicate: Callable[[Json], bool] | None = None,
        timeout: float = 10.0,  # noqa: ASYNC109 (scripts read better with it)
    ) -> Json:
        """The Home view as soon as there is one that fits."""

        async def look() -> tuple[Json | None, str]:
            home = await self.home()
            fits = home is not None and (predicate is None or predicate(home))
            return home if fits else None, f"home: {text_of(home)[:500] if home else None!r}"

        return await self._until(look, timeout)

    async def _until(self, look: Callable[[], Any], seconds: float) -> Json:
        deadline = asyncio.get_running_loop().time() + seconds
        last = int((await self._read("changes"))["last"])
        while True:
            found, there = await look()
            if found is not None:
                result: Json = found
                return result
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                raise TimeoutError(f"{self.who} waited {seconds:g} s in vain; {there}")
            last = int((await self._read(f"changes?after={last}&timeout={min(left, POLL):.3f}"))["last"])

    async def _act(self, act: str, body: Json, lenient: bool = False) -> Json:
        self.did.append(act)
        async with self._http.post(self._base + act, json=body) as response:
            answer: Json = await response.json()
        if not answer["ok"] and not lenient:
            raise Refused(answer)
        return answer

    async def _read(self, what: str) -> Json:
        async with self._http.get(self._base + what) as response:
            answer: Json = await response.json()
        if not answer["ok"]:
            raise Refused(answer)
        return answer

    @property
    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        return self._session
