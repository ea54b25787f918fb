"""Whose word lets a step begin: by six people over the real app, socket, Redis and engine, in both languages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from bot.language import LANGUAGES, Language, _, speaking
from bot.local.workspace.kinds import Json
from bot.local.workspace.person import Person
from bot.local.workspace.words import action_ids, text_of
from bot.model.events import ActionRefused, GateExpired, GateGranted, GateOpened, GlassBroken, StepNeedsPerson
from bot.model.events import Fact as AnyFact
from bot.model.records import Record
from tests.journeys.cast import PARTS, a_cast
from tests.journeys.test_wrong_people import ROSTER, Scene, served

PHRASE = "orders-api us-west-2"
WHY = "the whole board is on one plane over the sea"
GLASS = '  min: { name: Park Min, slack: U06MIN0000, groups: ["@glass", "@vps"] }'
HOUSE = ROSTER.replace(
    "\nroles:", f'\n{GLASS}\nbreak_glass: {{ groups: ["@glass"], channel: "#status-internal" }}\nroles:'
)
NEXT = """8s
      on_expiry: escalate
      escalate_to: [{ ask: "@vps", tell: "@orders-sre" }]"""
PATIENCE = 40.0
F = TypeVar("F", bound=AnyFact)


@dataclass(frozen=True)
class Stage:
    """A house that serves, and the cast in it."""

    scene: Scene
    people: dict[str, Person]
    language: Language

    async def story(self) -> Sequence[Record]:
        runs = await self.scene.desk.journals.recent_runs()
        return await self.scene.desk.records(next(iter(runs)))

    async def told(self, kind: type[F], holds: Callable[[F], bool] = lambda fact: True) -> F:
        """The first such fact, once the journal has it."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            for record in await self.story():
                if isinstance(record.fact, kind) and holds(record.fact):
                    return record.fact
            assert asyncio.get_running_loop().time() < deadline, kind.__name__
            await asyncio.sleep(0.05)

    async def refused(self, reason: str) -> str:
        """Who was refused for this reason, once somebody was."""
        await self.told(ActionRefused, lambda fact: fact.reason == reason)
        who = (each for each in await self.story() if isinstance(each.fact, ActionRefused))
        return next(
            each.actor.person for each in who if isinstance(each.fact, ActionRefused) and each.fact.reason == reason
        )

    def says(self, text: str, **values: object) -> str:
        with speaking(self.language):
            return _(text, **values)

    async def starts(self) -> Json:
        """Carol starts a failover; the request for approval as it appears in the channel."""
        carol = self.people["carol"]
        await carol.command("/dr failover orders-api")
        await carol.wait_for_view(lambda view: view["callback_id"] == "start.submit")
        await carol.submit({"in:impact_started_at": int(time.time()) - 60})
        await carol.wait_for_view(lambda view: view["callback_id"] == "plan.start")
        await carol.submit({})
        return await carol.wait_for(lambda message: "gate.approve" in action_ids(message), PATIENCE)

    async def votes(self, who: str, ask: Json, does: str = "gate.approve", **values: str) -> None:
        """Press the button and send the form."""
        person = self.people[who]
        await person.click(ask["ts"], does)
        await person.wait_for_view(lambda view: view["callback_id"] == "gate.submit")
        await person.submit(values)

    async def presses(self, who: str, ask: Json) -> None:
        """Press Approve, and be told why not."""
        await self.people[who].click(ask["ts"], "gate.approve")
        await self.people[who].wait_for(lambda message: bool(message.get("is_ephemeral")))
        await self.people[who].close_view(everything=True)

    def keep(self, ask: Json) -> Json:
        """An old copy of a card, as somebody's phone still shows it."""
        stale = {**ask, "ts": ask["ts"] + "0"}
        self.scene.slack.world.channel("C0INCIDENTS").messages[stale["ts"]] = stale
        return stale


@asynccontextmanager
async def a_stage(home: Path, language: Language, expires: str = "10m") -> AsyncIterator[Stage]:
    """Everybody's Slack and the channel speak this language."""
    async with served(home, expires) as scene, a_cast(scene.slack, language) as cast:
        (home / "runbooks" / "catalog.yaml").write_text(f"language: {language}\n{HOUSE}")
        yield Stage(scene, {who: getattr(cast, who) for who in PARTS}, language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_two_approve_and_nobody_else_counts(tmp_path: Path, language: Language) -> None:
    """Not the one who asked, not a colleague outside the group; afterwards an old card is answered, not obeyed."""
    async with a_stage(tmp_path, language) as stage:
        ask = await stage.starts()
        stale = stage.keep(ask)

        await stage.presses("carol", ask)
        await stage.presses("dave", ask)
        await stage.votes("alice", ask, typed=PHRASE, comment="go")
        await stage.votes("bob", ask, typed=PHRASE)
        granted = await stage.told(GateGranted)
        await stage.presses("bob", stale)

        whispers = " ".join(text_of(each) for each in await stage.people["dave"].ephemerals())
        assert await stage.refused("self-approval") == "carol"
        assert await stage.refused("not-an-approver") == "dave"
        assert await stage.refused("gate-closed") == "bob"
        assert set(granted.by) == {"alice", "bob"}
        assert "Dave Lund" in whispers


@pytest.mark.parametrize("language", LANGUAGES)
async def test_one_no_stops_it(tmp_path: Path, language: Language) -> None:
    """Dave is not asked, Bob says no with a reason; Alice's yes comes too late and begins nothing."""
    async with a_stage(tmp_path, language) as stage:
        ask = await stage.starts()
        stale = stage.keep(ask)

        await stage.presses("dave", ask)
        await stage.votes("bob", ask, "gate.deny", comment="us-east-1 is coming back")
        needs = await stage.told(StepNeedsPerson)
        await stage.presses("alice", stale)

        assert await stage.refused("gate-closed") == "alice"
        assert "retry" in needs.choices
        assert "skip" not in needs.choices
        assert not any(isinstance(each.fact, GateGranted) for each in await stage.story())


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_expired_request_is_asked_again_louder(tmp_path: Path, language: Language) -> None:
    """Nobody answers in time: a new round, a new message with buttons, and the old card counts for nothing."""
    async with a_stage(tmp_path, language, expires="3s\n      on_expiry: escalate") as stage:
        ask = await stage.starts()
        stale = stage.keep(ask)

        expired = await stage.told(GateExpired)
        again = await stage.told(GateOpened, lambda fact: fact.round == 2)
        for who in ("alice", "bob", "dave"):
            await stage.presses(who, stale)

        assert (expired.then, again.step) == ("escalate", "declare")
        refused = await stage.told(ActionRefused)
        assert refused.reason in ("stale-card", "expired"), "the next round may run out meanwhile"
        assert not any(isinstance(each.fact, GateGranted) for each in await stage.story())


@pytest.mark.parametrize("language", LANGUAGES)
async def test_when_nobody_decides_the_next_ones_are_asked_and_decide(tmp_path: Path, language: Language) -> None:
    """Min is next and is told so; when the time is up he is asked, Dave only told, and Alice and Min let it pass."""
    async with a_stage(tmp_path, language, expires=NEXT) as stage:
        ask = await stage.starts()
        first = text_of(ask)
        await stage.presses("min", ask)
        expired = await stage.told(GateExpired)
        alice = stage.people["alice"]
        again = await alice.wait_for(lambda m: "gate.approve" in action_ids(m) and m["ts"] != ask["ts"], PATIENCE)
        second = text_of(again)
        await stage.presses("dave", again)
        await stage.votes("min", again, typed=PHRASE, comment="go")
        await stage.votes("alice", again, typed=PHRASE)
        granted = await stage.told(GateGranted)
        old = text_of(await alice.message(ask["ts"]))

        assert await stage.refused("not-asked-yet") == "min"
        assert await stage.refused("not-an-approver") == "dave"
        assert (expired.asks, expired.tells) == (("@vps",), ("@orders-sre",))
        assert set(granted.by) == {"alice", "min"}, "as many as before, of more people"
        assert "@vps" in first
        assert "U06MIN0000" not in first, "who is next is named and not yet called"
        assert stage.says("Nobody decided in time, so {groups} may decide too.", groups="@vps") in second
        assert stage.says("Nobody decided in time, so it was told to {groups}.", groups="@orders-sre") in second
        assert all(f"<@{account}>" in second for account in ("U01ALICE00", "U02BOB0000", "U06MIN0000", "U04DAVE000"))
        assert stage.says("*EXPIRED.* A newer request has taken its place.") in old


@pytest.mark.parametrize("language", LANGUAGES)
async def test_one_person_breaks_the_glass_and_another_reviews_it(tmp_path: Path, language: Language) -> None:
    """With the reason and the phrase; the second channel reads it at once, and it stays red until Bob has looked."""
    async with a_stage(tmp_path, language) as stage:
        await stage.starts()
        gus, bob, elsewhere = stage.people["min"], stage.people["bob"], stage.scene.slack.world.channel("C0STATUSINT")

        await stage.people["dave"].command("/dr glass orders-api declare")
        assert await stage.refused("no-break-glass") == "dave"
        await gus.command(f"/dr glass orders-api declare {WHY}")
        form = await gus.wait_for_view(lambda view: view["callback_id"] == "glass.submit")
        await gus.submit({"typed": f"break glass {PHRASE}", "reason": WHY})
        broken = await stage.told(GlassBroken)
        granted = await stage.told(GateGranted)
        await _until(lambda: any(WHY in text_of(each) for each in elsewhere.messages.values()))
        await gus.command("/dr review orders-api it was right")
        assert await stage.refused("own-glass") == "min"
        red = (await stage.scene.desk.find_run("orders-api")).glasses[0].is_open
        await bob.command("/dr review orders-api nobody could be reached, it was right")
        await _until(lambda: any("Bob Osei" in text_of(each) for each in elsewhere.messages.values()))
        after = (await stage.scene.desk.find_run("orders-api")).glasses[0]

        assert stage.says("Break the glass?") == form["title"]["text"]
        assert (broken.person, broken.channel, granted.by) == ("min", "#status-internal", ("min",))
        assert red
        assert (after.reviewed_by, after.is_open) == ("Bob Osei", False)


async def _until(true: Callable[[], bool]) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not true():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.05)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
