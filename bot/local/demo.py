"""The demo: starts every part, then plays the story or leaves the page to a person, and cleans up.

Promises: exit code 0 only when AWS, asked over its own API, is as a failover should leave it; every process it started
is gone afterwards, also after Ctrl-C. Refuses to know how commands are parsed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
import time
import webbrowser
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.local import story
from bot.local.outside import Outside
from bot.local.parts import Parts, open_parts, terminal
from bot.local.workspace.kinds import Json
from bot.local.workspace.seed import PEOPLE
from bot.model.errors import BotError
from bot.model.service import Catalog
from bot.runbook.library import Library

QUIET_BEFORE = 12.0  # seconds in which a person can look around before the region goes down


@dataclass(frozen=True)
class Wishes:
    """How somebody wants it."""

    unattended: bool
    kill: bool
    port: int
    out: Path
    home: Path | None
    browser: bool
    runbooks: Path | None = None
    """Somebody's own, instead of those that the story is about."""
    world: Path | None = None
    """What their services consist of, planted in the local AWS."""

    @property
    def tells_a_story(self) -> bool:
        return self.runbooks is None


def play(wishes: Wishes, manifest: Json) -> int:
    """Run the demo; 0 when everything went as it should, 1 when it did not."""
    with _home(wishes) as home:
        return asyncio.run(_play(wishes, manifest, home))


async def _play(wishes: Wishes, manifest: Json, home: Path) -> int:
    began = time.monotonic()
    more = {"DR_LEASE": "4"} if wishes.kill else {}
    more |= {"DR_RUNBOOKS": str(wishes.runbooks.resolve())} if wishes.runbooks else {}
    opened = open_parts(home, port=wishes.port, manifest=manifest, world=wishes.world, more=more)
    async with _stoppable(), opened as parts:
        await parts.bot_is_ready()
        for line in introduction(parts, time.monotonic() - began):
            tell(line)
        outside = Outside(parts.cloud.url)
        if not wishes.unattended:
            return await _leave_to_a_person(parts, outside, wishes)
        return await _unattended(parts, outside, wishes)
    return 0  # stopped by a person


async def _unattended(parts: Parts, outside: Outside, wishes: Wishes) -> int:
    began = time.monotonic()
    try:
        paths = await story.play(parts, outside, tell, kill=wishes.kill, out=wishes.out)
    except (BotError, TimeoutError, ExceptionGroup) as broke:
        tell(f"The story went another way: {_reason(broke)}")
        tell(f"The bot's last words:\n{parts.bot.last_words()}")
        return 1
    wrong = await outside.wrong()
    promotes = await outside.received(story.PROMOTE)
    if promotes != 1:
        wrong.append(f"AWS received the promotion {promotes} times.")
    tell("")
    for line in wrong or ["AWS agrees: writer, tasks, workers, records and alarm are as a failover should leave them."]:
        tell(line)
    times = "once" if promotes == 1 else f"{promotes} times"
    tell(f"AWS received the promotion {times}. The story took {time.monotonic() - began:.0f} s.")
    report = next(path for path in paths if path.suffix == ".json")
    tell(story.measures(json.loads(await asyncio.to_thread(report.read_text))))
    for path in paths:
        tell(str(path))
    return 1 if wrong else 0


async def _leave_to_a_person(parts: Parts, outside: Outside, wishes: Wishes) -> int:
    for line in HINTS if wishes.runbooks is None else own_hints(parts, Library.load(wishes.runbooks, {}).catalog):
        tell(line)
    if wishes.browser and (sys.platform != "linux" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        await asyncio.to_thread(webbrowser.open, parts.slack.page_url)
    if wishes.tells_a_story:
        await asyncio.sleep(QUIET_BEFORE)
        await story.outage(parts, outside)
        tell("us-east-1 has stopped answering; the alarm is in #incidents.")
    while parts.bot.ended is None:  # noqa: ASYNC110 - the end of a process is found by looking
        await asyncio.sleep(0.5)
    tell(f"The bot has ended:\n{parts.bot.last_words()}")
    return 1


def introduction(parts: Parts, seconds: float) -> Iterator[str]:
    """Where everything is, and who is who."""
    yield f"Ready in {seconds:.1f} s; nothing here leaves this machine."
    yield ""
    yield f"  Slack page   {parts.slack.page_url}"
    yield f"  AWS          {parts.cloud.url}  (what it received: {parts.cloud.url}/_cloud/ledger)"
    yield f"  Redis        {parts.redis.url}"
    yield f"  terminal     . {terminal(parts.home)}   and `dr` there is part of this"
    yield f"  bot          process {parts.bot.pid}, log {parts.home / 'bot.log'}"
    yield ""


HINTS = (
    "  Carol Díaz   on call for orders, starts the failover (ops)",
    "  Alice Kim    SRE lead, approves, incident commander (ic, ops)",
    "  Bob Osei     engineering director, approves (ic)",
    "  Dave Lund    communications, keeps everybody informed (comms)",
    "  Erin Wu      a guest, who may look but not decide",
    "",
    "Open the page. In a few seconds us-east-1 stops answering and an alarm appears in #incidents. The bot hears it,",
    "too, and asks whether this is a disaster. Then:",
    "  1. As Carol, press Start failover… on that card (or type  /dr failover orders-api ) and follow the forms",
    "  2. As Alice, then as Bob: approve (type the phrase)",
    "  3. As Carol: do the step by hand, ticket PSP-4821; add a note with  /dr note orders-api …",
    "  4. As Carol and Alice: confirm the promotion, the point of no return",
    "  5. As Alice or Bob: approve moving customers, and watch the run card",
    "Ctrl-C stops everything and removes it.",
    "",
)


def own_hints(parts: Parts, catalog: Catalog) -> Iterator[str]:
    """Who can act, and what to do with runbooks of one's own: nothing happens here by itself."""
    here = {each.id for each in PEOPLE}
    for name, person in catalog.people.items():
        page = "" if person.slack in here else "   not on the page: nobody there has this slack id"
        yield f"  {person.name:<12} --as {name:<8} {', '.join(person.groups)}{page}"
    service, who = next(iter(catalog.services), "SERVICE"), next(iter(catalog.people), "NAME")
    region = f"curl {parts.cloud.url}/_cloud/regions/us-east-1 -d"
    yield ""
    yield "Your runbooks are read anew whenever you save them. In Slack, as /dr …, or in the terminal:"
    yield f"  dr plan {service} --as {who}                what would happen, with every target looked at"
    yield f"  dr failover {service} --as {who} --dry-run  reads run, writes are simulated, nobody is asked"
    yield f"  dr failover {service} --as {who} --follow   for real, in the local AWS"
    yield f'A region goes down with   {region} \'{{"state": "down"}}\''
    yield f'and comes back with       {region} \'{{"state": "up"}}\''
    yield "Ctrl-C stops everything and removes it."
    yield ""


def tell(line: str) -> None:
    """Print now, also into a pipe."""
    print(line, flush=True)


@contextlib.contextmanager
def _home(wishes: Wishes) -> Iterator[Path]:
    if wishes.home is not None:
        yield wishes.home
        return
    with tempfile.TemporaryDirectory(prefix="dr-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextlib.asynccontextmanager
async def _stoppable() -> AsyncIterator[None]:
    """Ctrl-C and SIGTERM end the block calmly; everything inside is taken down in order."""
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    asked: list[int] = []

    def stop(number: int) -> None:
        asked.append(number)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    try:
        yield
    except asyncio.CancelledError:
        if not asked:
            raise
        tell("Stopped; everything that was started is gone.")


def _reason(broke: BaseException) -> str:
    if isinstance(broke, BaseExceptionGroup):
        return "; ".join(_reason(each) for each in broke.exceptions)
    return str(broke) or type(broke).__name__
