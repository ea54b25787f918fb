"""Tells the channels that the store of all runs is in trouble, from memory, since the outbox needs that very store.

Promises: within ten seconds, once at the beginning and once at the end, in the channel of each open run: what is done,
what is in doubt, what comes next. Refuses to decide anything; losing these lines loses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.language import ENGLISH, Language, _, again, later, speaking
from bot.model.records import first_break
from bot.model.run import Run
from bot.model.step_run import Phase
from bot.ports.clock import Clock
from bot.ports.witness import Health, Memory, Trouble
from bot.slack.kit import Message, code, escape, message, note, text

log = structlog.get_logger()

GRACE = 4.0
"""Seconds a silence may last before people hear of it."""
LOOK_EVERY = 0.5
_BRING_BACK = later(
    "Nobody restarts it. Bring Redis's data back, or on the bot's host: dr rebuild --from DR_HOME/journal"
)
_NEXT = {
    "away": later("It goes on by itself when Redis is back; what AWS answers meanwhile is kept on the bot's host."),
    "refuses": later("It goes on by itself when Redis takes writes again; AWS's answers are kept meanwhile."),
    "wiped": _BRING_BACK,
    "lost": _BRING_BACK,
    "disk": later("Nothing new begins until the bot's disk takes writes again."),
}


class Crier:
    """`await crier.run()` until cancelled. Speaks only while `leads()`, so that one of several replicas does."""

    def __init__(
        self, client: AsyncWebClient, store: Health, clock: Clock, leads: Callable[[], bool], fallback: str = "",
        language_of: Callable[[str], Language] = lambda service: ENGLISH,
    ):  # fmt: skip
        self._client, self._store, self._clock, self._leads, self._fallback = client, store, clock, leads, fallback
        self._language_of = language_of
        self._told: dict[str, tuple[Run, str]] = {}
        """Where it was said, by run: as it was known, and the channel."""

    async def run(self) -> None:
        """Watch, and speak at the beginning and at the end."""
        while True:
            trouble = self._store.trouble
            if trouble is None and self._told:
                await self._tell_end()
            elif trouble is not None and not self._told and self._lasts(trouble) and self._leads():
                await self._tell_begin(trouble)
            await asyncio.sleep(LOOK_EVERY)

    def _lasts(self, trouble: Trouble) -> bool:
        return (self._clock.now() - trouble.since).total_seconds() >= GRACE

    async def _tell_begin(self, trouble: Trouble) -> None:
        for memory in self._store.last_known():
            run = folded(memory)
            channel = run.plan.service.channel or self._fallback
            with speaking(self._language_of(run.plan.service.name)):
                said = beginning(run, trouble)
            if await self._post(channel, said):
                self._told[run.id] = (run, channel)

    async def _tell_end(self) -> None:
        told, self._told = self._told, {}
        for run, channel in told.values():
            with speaking(self._language_of(run.plan.service.name)):
                words = _(
                    "{run}: the store of all runs answers again. The run card shows how it stands.", run=code(run.id)
                )
            await self._post(channel, message([text(words)], words))

    async def _post(self, channel: str, said: Message) -> bool:
        try:
            await self._client.chat_postMessage(
                channel=channel, unfurl_links=False, unfurl_media=False, **said.payload()
            )
        except (SlackApiError, TimeoutError, aiohttp.ClientError, OSError) as error:
            log.warning("trouble-not-told", channel=channel, error=str(error)[:200])
            return False
        return True


def folded(memory: Memory) -> Run:
    """The run as it was last known; facts that the journal has not confirmed are not in it."""
    whole = memory.records[: (first_break(memory.records) or len(memory.records) + 1) - 1]
    return Run.of(whole)


def beginning(run: Run, trouble: Trouble) -> Message:
    """What people should know when nothing new begins any more."""
    head = _(
        "{trouble} Nothing new begins in {run} since {when}.",
        trouble=escape(again(trouble.why)[:300]), run=code(run.id), when=_when(trouble.since),
    )  # fmt: skip
    lines = [f"*{label}:* {', '.join(map(code, steps))}" for label, steps in _standing(run) if steps]
    return message([text("\n".join([f":warning: {head}", *lines])), note(escape(_(_NEXT[trouble.kind])))], head)


def _standing(run: Run) -> Iterator[tuple[str, list[str]]]:
    yield _("Done"), [id for id, step in run.steps.items() if step.phase is Phase.SETTLED]
    yield _("In flight or in doubt"), [id for id, step in run.steps.items() if step.phase.is_in_flight]
    asks = (Phase.GATE, Phase.MANUAL, Phase.ASKING)
    yield _("Waiting for people (answers cannot be stored now)"), [i for i, s in run.steps.items() if s.phase in asks]


def _when(at: datetime) -> str:
    return f"<!date^{int(at.timestamp())}^{{time_secs}}|{at:%H:%M:%S} UTC>"
