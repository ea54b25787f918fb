"""The story that the demo plays: us-east-1 stops answering, and five people bring orders-api back.

Promises: everything happens through the page's own API, as the people there would do it. Refuses to assume the end: the
caller looks at AWS.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.local.hands import PATIENCE, Hands, StoryBroke
from bot.local.outside import Outside
from bot.local.parts import ALARMS, Parts
from bot.local.transcript import Tell, Transcript
from bot.local.workspace.kinds import Json
from bot.model.base import format_duration, parse_duration

SERVICE = "orders-api"
TITLE = "Orders"
"""As the case card calls it."""
CAST = ("alice", "bob", "carol", "dave")
PROMOTE = "rds.failover_global_cluster"
FORMATS = ("md", "json", "csv", "html")
ALARM_WITHIN = 30.0  # seconds
ENDS_WITHIN = 180.0  # seconds; it usually takes a quarter of that


async def outage(parts: Parts, outside: Outside) -> None:
    """us-east-1 stops answering; once CloudWatch sees it, the alarm is in #incidents, and in the bot's own queue."""
    await outside.region("us-east-1", "down")
    since = await _alarm(outside)
    async with parts.slack.person(ALARMS.handle) as alarms:
        await alarms.say(
            f":rotating_light: *ALARM* {SERVICE}-success-ratio in us-west-2 since {since:%H:%M:%S} UTC: "
            "customers of orders-api get errors. us-east-1 does not answer."
        )


async def play(parts: Parts, outside: Outside, tell: Tell, *, kill: bool, out: Path) -> list[Path]:
    """The whole story; answers the paths of the exports. Raises StoryBroke or TimeoutError when it goes another way."""
    async with _people(parts) as people, Transcript(people["dave"].person, tell):
        await outage(parts, outside)
        await people["carol"].answer_case(TITLE, {"reason": "us-east-1 does not answer"})
        async with asyncio.timeout(ENDS_WITHIN), asyncio.TaskGroup() as group:
            group.create_task(_decide(people))
            group.create_task(_by_hand(people))
            if kill:
                group.create_task(kill_in_the_middle(parts, outside, tell))
        files = await _exports(people["carol"])
        return [await _download(people["carol"], file, out) for file in files]


async def kill_in_the_middle(parts: Parts, outside: Outside, tell: Tell) -> None:
    """SIGKILL the bot once AWS has received the promotion, and start it again."""
    while not await outside.received(PROMOTE):  # noqa: ASYNC110 - what AWS received is found by looking
        await asyncio.sleep(0.05)
    victim = parts.bot.pid
    parts.bot.kill()
    tell(f"--- kill -9 {victim}: the bot is dead in the middle of the promotion ---")
    parts.bot.start()
    tell(f"--- the bot starts again as {parts.bot.pid} ---")


async def _decide(people: dict[str, Hands]) -> None:
    await people["alice"].approve("Go or no go", "The standby is ready")
    await people["bob"].approve("Go or no go")
    await people["alice"].approve("Promote the database")
    await people["bob"].approve("Promote the database")
    await people["bob"].approve("Move customers")


async def _by_hand(people: dict[str, Hands]) -> None:
    await people["carol"].answer("payment provider", "PSP-4821")
    await people["dave"].person.command(f"/dr note {SERVICE} Status page says: orders are delayed, we are on it")


async def _alarm(outside: Outside) -> datetime:
    deadline = asyncio.get_running_loop().time() + ALARM_WITHIN
    while (since := await outside.alarm(f"{SERVICE}-success-ratio")) is None:
        if asyncio.get_running_loop().time() > deadline:
            raise StoryBroke("CloudWatch saw no alarm after us-east-1 went down.")
        await asyncio.sleep(0.2)
    return since


async def _exports(hands: Hands) -> list[Json]:
    """The four files that the bot leaves in the run's thread when it is over."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while True:
        files = [file for file in await hands.person.files() if file["name"].startswith(SERVICE)]
        if {file["name"].rpartition(".")[2] for file in files} >= set(FORMATS):
            return files
        if asyncio.get_running_loop().time() > deadline:
            raise StoryBroke(f"The exports did not arrive; there are {[file['name'] for file in files]}.")
        await asyncio.sleep(0.1)


async def _download(hands: Hands, file: Json, out: Path) -> Path:
    content = await hands.person.download(file)
    return await asyncio.to_thread(_write, out / str(file["name"]), content)


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@contextlib.asynccontextmanager
async def _people(parts: Parts) -> AsyncIterator[dict[str, Hands]]:
    async with contextlib.AsyncExitStack() as stack:
        yield {who: Hands(await stack.enter_async_context(parts.slack.person(who))) for who in CAST}


def measures(report: Any) -> str:
    """Achieved RTO and RPO against target, from the JSON export."""
    lines = []
    for name in ("rto", "rpo"):
        measured = report["timeline"][name]
        achieved = _span(measured["achieved"]) if measured["achieved"] else "UNKNOWN"
        unjudged = "not judged, the old side is UNFENCED" if measured["achieved"] else "not judged"
        met = {True: "met", False: "MISSED", None: unjudged}[measured["met"]]
        lines.append(f"{name.upper()} {achieved}, target {_span(measured['target'])}: {met}")
    return "\n".join(lines)


def _span(text: str) -> str:
    return format_duration(parse_duration(text))
