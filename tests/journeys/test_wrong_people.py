"""Everybody who may not approve tries to: over the real app, socket, Redis and engine; refused, told why, on record."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.local.redis import EmbeddedRedis
from bot.local.workspace.kinds import Json
from bot.local.workspace.person import Person
from bot.local.workspace.server import Workspace
from bot.local.workspace.words import text_of
from bot.model.events import ActionRefused
from bot.model.records import Record
from bot.settings import Settings, SlackSettings
from bot.slack.manifest import manifest
from bot.usecases.desk import Desk
from bot.wiring.opening import open_house
from tests.slack.conftest import CATALOG, RUNBOOK

PHRASE = {"typed": "orders-api us-west-2"}
DAVE = '  dave: { name: Dave Lund, slack: U04DAVE000, groups: ["@orders-sre"] }'
ROSTER = CATALOG.replace("\nroles:", f"\n{DAVE}\nroles:")


@dataclass(frozen=True)
class Scene:
    """A bot that serves, and the workspace it serves."""

    slack: Workspace
    desk: Desk

    async def story(self) -> Sequence[Record]:
        run = await self.desk.find_run()
        return await self.desk.records(run.id)

    async def refusals(self) -> list[tuple[str, str]]:
        """Who was refused and why, as the journal has it."""
        story = await self.story()
        return [(each.actor.person, each.fact.reason) for each in story if isinstance(each.fact, ActionRefused)]


@asynccontextmanager
async def served(
    home: Path, expires: str = "10m", roster: str = ROSTER, runbook: str = RUNBOOK
) -> AsyncIterator[Scene]:
    """`dr serve` in this process, with an embedded Redis and a local workspace."""
    books = home / "runbooks"
    books.mkdir()
    (books / "catalog.yaml").write_text(roster)
    (books / "failover.yaml").write_text(runbook.replace("expires: 10m", f"expires: {expires}"))
    async with Workspace(manifest=manifest()) as slack:
        door = SlackSettings(bot_token=slack.bot_token, app_token=slack.app_token, api_url=slack.api_url)
        with EmbeddedRedis(home / "redis", tied_to_parent=True) as redis:
            settings = Settings(slack=door, redis_url=redis.url, runbooks=books, home=home)
            async with open_house(settings) as house:
                stop = asyncio.Event()
                serving = asyncio.create_task(house.serve(stop))
                await slack.links.connected()
                yield Scene(slack, house.desk)
                stop.set()
                await serving


async def started(carol: Person) -> Json:
    """Carol starts a failover from the form; the request for approval, as it appears in the channel."""
    await carol.command("/dr failover orders-api")
    await carol.wait_for_view(lambda view: view["callback_id"] == "start.submit")
    await carol.submit({"in:impact_started_at": int(time.time()) - 60})
    await carol.wait_for_view(lambda view: view["callback_id"] == "plan.start")
    await carol.submit({})
    await carol.wait_for_view(lambda view: "Its card is in" in text_of(view))
    await carol.close_view()
    return await carol.wait_for_text("Approval needed", timeout=20)


async def told(person: Person, ask: Json, words: str) -> None:
    """They press Approve, and read why not, in the form and beside it."""
    await person.click(ask["ts"], "gate.approve")
    await person.wait_for_view(lambda view: words in text_of(view))
    await person.close_view()
    await person.wait_for(lambda m: bool(m.get("is_ephemeral")) and words in text_of(m))


async def approve(person: Person, ask: Json) -> None:
    await person.click(ask["ts"], "gate.approve")
    await person.wait_for_view(lambda view: view["callback_id"] == "gate.submit")
    await person.submit(PHRASE)


async def test_wrong_people_are_refused_told_why_and_on_record(tmp_path: Path) -> None:
    """The requester, a colleague outside the group, a guest, a second vote, a card that is over: none counts."""
    async with served(tmp_path) as scene:
        slack = scene.slack
        async with (
            slack.person("alice") as alice, slack.person("bob") as bob, slack.person("carol") as carol,
            slack.person("dave") as dave, slack.person("erin") as guest,
        ):  # fmt: skip
            slack.world.channel("C0INCIDENTS").members.add("U05ERIN000")
            ask = await started(carol)

            await told(carol, ask, "your approval does not count")
            await told(dave, ask, "Dave Lund is not among them")
            await told(guest, ask, "Guests may not use this bot")
            await approve(alice, ask)
            await alice.wait_for_text("1 of 2")
            await told(alice, ask, "You have voted on this already")
            waiting = text_of(await carol.message(ask["ts"]))
            slack.world.channel("C0INCIDENTS").messages[ask["ts"] + "0"] = {**ask, "ts": ask["ts"] + "0"}
            await approve(bob, ask)
            await bob.wait_for_text("By hand: The payment provider", timeout=20)
            await told(bob, {"ts": ask["ts"] + "0"}, "This gate is not open")
            refused = await scene.refusals()
            card = await carol.wait_for_text("RTO, time to be back")
            lines = " ".join(text_of(m) for m in await carol.thread(card["ts"]))

    assert "1 of 2" in waiting
    assert refused == [
        ("carol", "self-approval"), ("dave", "not-an-approver"), ("slack:U05ERIN000", "guest-account"),
        ("alice", "second-vote"), ("bob", "gate-closed"),
    ]  # fmt: skip
    assert "does not count" in lines, "the thread tells it too"


async def test_an_expired_gate_approves_nobody_and_asks_a_person(tmp_path: Path) -> None:
    """Four seconds pass with one vote of two: the click that comes late is refused, and nothing began."""
    async with served(tmp_path, expires="4s") as scene:
        slack = scene.slack
        async with slack.person("alice") as alice, slack.person("bob") as bob, slack.person("carol") as carol:
            ask = await started(carol)
            await approve(alice, ask)
            stale = {**ask, "ts": ask["ts"] + "0"}
            slack.world.channel("C0INCIDENTS").messages[stale["ts"]] = stale
            await carol.wait_for_text("EXPIRED", timeout=20)

            await bob.click(stale["ts"], "gate.approve")
            await bob.wait_for_view(lambda view: "Not done" in str(view.get("title")))
            refused = await scene.refusals()
            kinds = [record.fact.kind for record in await scene.story()]

    assert [who for who, _ in refused] == ["bob"]
    assert refused[0][1] in ("expired", "gate-closed", "stale-card")
    assert "gate_granted" not in kinds
    assert "gate_expired" in kinds
    assert "manual_opened" not in kinds


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
