"""One thing that one person did in Slack, and the ways to answer them.

Promises: an answer arrives by the best way still open: the modal, the response URL, an ephemeral or a direct message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.models.views import View
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.language import _
from bot.model.errors import Refused, Unavailable, UserError
from bot.model.people import Person
from bot.model.run import Run
from bot.slack.answers import code_of, retry_after, status_of
from bot.slack.door import Door
from bot.slack.kit import Json, Message, Ref, message, text
from bot.usecases.current import refuse
from bot.usecases.desk import Caller

log = structlog.get_logger()

SLACK_DOWN = (SlackApiError, aiohttp.ClientError, asyncio.TimeoutError)
Shown: TypeAlias = Literal["shown", "gone", "refused"]
"""What became of a modal's update; `gone`: the person closed the modal, or it shows something newer."""
_TOO_LATE = frozenset({"expired_trigger_id", "exchanged_trigger_id", "internal_error", "fatal_error"})
_GONE = frozenset({"not_found", "hash_conflict"})
_PAUSES = (0.3, 1.0)
"""Seconds before a modal's update is tried again; a form that says `Loading…` would otherwise say so for ever."""
_LONGEST_PAUSE = 3.0


@dataclass
class Turn:
    """Who did what where."""

    door: Door
    body: Json
    user: str
    team: str
    channel: str = ""
    thread: str = ""
    """The thread in which it was said; an answer belongs there."""
    trigger: str = ""
    response_url: str = ""
    view_id: str = ""
    """The modal this turn may write into, once there is one."""
    view_hash: str = ""
    """How that modal stood when it was opened: what became of it since is never overwritten."""
    run: str = ""
    """The run it is about, once known; a refusal then points at its card."""

    @classmethod
    def of(cls, door: Door, body: Json) -> Turn:
        """Read any of Slack's payloads: command, click, submission, shortcut, event."""
        event: Json = body.get("event") or {}
        item: Json = event.get("item") or {}
        user = body.get("user_id") or _id(body.get("user")) or _id(event.get("user"))
        team = _id(body.get("user"), "team_id") or event.get("user_team") or _team(body)
        view: Json = body.get("view") or {}
        channel = body.get("channel_id") or body.get("channel") or event.get("channel") or item.get("channel")
        return cls(
            door, body, str(user), str(team), _id(channel), str(event.get("thread_ts") or ""),
            str(body.get("trigger_id") or ""), str(body.get("response_url") or ""),
            str(view.get("id") or "") if view.get("type") != "home" else "",
        )  # fmt: skip

    @property
    def metadata(self) -> str:
        return str((self.body.get("view") or {}).get("private_metadata") or "")

    @property
    def action(self) -> Json:
        action: Json = (self.body.get("actions") or [{}])[0]
        return action

    @property
    def values(self) -> Mapping[str, Mapping[str, Json]]:
        """What was filled in, by block and action."""
        state: Mapping[str, Mapping[str, Json]] = ((self.body.get("view") or {}).get("state") or {}).get("values") or {}
        return state

    def ref(self, packed: str | None = None) -> Ref:
        """What the click is about. Raises UserError for a value that is not ours."""
        try:
            ref = Ref.parse(packed if packed is not None else str(self.action.get("value") or ""))
        except ValueError:
            raise UserError(_("This button is too old to be understood. Use the newest card, or: /dr status")) from None
        self.run = ref.run
        return ref

    async def caller(self, what: str = "act") -> Caller:
        """The person on the roster; a refusal goes on record when the turn is about a run."""
        try:
            return await self.door.identities.caller(self.user, self.team, what)
        except Refused as refusal:
            if self.run:
                await refuse(self.door.desk, self.run, self.door.identities.stranger(self.user), what, refusal)
            raise

    async def reader(self) -> Person | None:
        """Somebody who may look."""
        return await self.door.identities.reader(self.user, self.team)

    async def find(self, hint: str) -> Run:
        """The run that is meant, which refusals are about from here on. A slip tells outsiders of no other run."""
        try:
            run = await self.door.desk.find_run(hint)
        except UserError:
            await self.reader()
            raise
        self.run = run.id
        return run

    async def open(self, view: View) -> None:
        """Open a modal now, before anything slow. Raises Unavailable when Slack has forgotten the click already, and
        SlackApiError when trying again would not help."""
        try:
            answer = await self.door.client.views_open(trigger_id=self.trigger, view=view.to_dict())
        except SLACK_DOWN as error:
            log.warning("modal-not-opened", error=str(error)[:200])
            if isinstance(error, SlackApiError) and status_of(error) == 200 and code_of(error) not in _TOO_LATE:
                raise
            raise Unavailable(
                _("Slack did not open the form in time; nothing was done. Please do that again.")
            ) from error
        self._know(answer.get("view") or {})

    async def show(self, view: View) -> None:
        """Replace what the modal shows; when the person closed it meanwhile, nothing is lost but the sight of it.

        When Slack does not take it, they are told so: the modal shows still what it showed.
        """
        if await self.try_to_show(view) == "refused":
            words = _(
                "Slack does not take what belongs into the form. Close it; whether something took effect shows on the "
                "run card, or with: /dr status"
            )
            await self.whisper(message([text(words)], words))

    async def try_to_show(self, view: View) -> Shown:
        """Replace what the modal shows; tries again for as long as Slack may only have stumbled."""
        for pause in (*_PAUSES, None):
            try:
                answer = await self.door.client.views_update(
                    view_id=self.view_id, hash=self.view_hash or None, view=view.to_dict()
                )
                self._know(answer.get("view") or {})
                return "shown"
            except SlackApiError as error:
                log.warning("modal-not-updated", error=str(error)[:300])
                if code_of(error) in _GONE:
                    return "gone"
                if status_of(error) < 500 and status_of(error) != 429:
                    return "refused"
                again = retry_after(error) if status_of(error) == 429 else 0.0
            except (aiohttp.ClientError, TimeoutError) as error:
                log.warning("modal-not-updated", error=type(error).__name__)
                self.view_hash, again = "", 0.0  # it may have been taken, and then it stands otherwise
            if pause is None or again > _LONGEST_PAUSE:
                break
            await asyncio.sleep(max(pause, again))
        return "refused"

    def _know(self, view: Json) -> None:
        self.view_id, self.view_hash = str(view.get("id") or ""), str(view.get("hash") or "")

    async def whisper(self, said: Message) -> None:
        """Tell them alone; tries every way before it gives up."""
        for way in (self._by_response_url, self._by_ephemeral, self._by_direct_message):
            try:
                if await way(said):
                    return
            except SLACK_DOWN as error:
                log.info("whisper-failed", way=way.__name__, error=str(error)[:200])
        log.warning("nobody-told", slack_user=self.user, text=said.text[:200])

    async def _by_response_url(self, said: Message) -> bool:
        if not self.response_url:
            return False
        webhook = AsyncWebhookClient(self.response_url, timeout=5)
        webhook.proxy = self.door.client.proxy  # left alone, it would take whatever the environment says
        answer = await webhook.send(
            text=said.text, blocks=said.body, response_type="ephemeral", replace_original=False,
            unfurl_links=False, unfurl_media=False,
        )  # fmt: skip
        return answer.status_code == 200

    async def _by_ephemeral(self, said: Message) -> bool:
        if not self.channel:
            return False
        await self.door.client.chat_postEphemeral(channel=self.channel, user=self.user, thread_ts=self.thread or None,
                                                    **said.payload())  # fmt: skip
        return True

    async def _by_direct_message(self, said: Message) -> bool:
        client = self.door.client
        await client.chat_postMessage(channel=self.user, unfurl_links=False, unfurl_media=False, **said.payload())
        return True


def _id(value: object, key: str = "id") -> str:
    if isinstance(value, dict):
        return str(value.get(key) or "")
    return str(value or "") if key == "id" else ""


def _team(body: Json) -> str:
    return str(body.get("team_id") or _id(body.get("team")))
