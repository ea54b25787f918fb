"""A rehearsal plays the real thing without any account, and says why when the end is not reached."""

from __future__ import annotations

import re
import socket
import time
from pathlib import Path

import pytest

from bot.actions.base import AnyAction
from bot.actions.catalogue import Catalogue
from bot.actions.examples import example_runbook
from bot.language import speaking
from bot.model.errors import NotFound
from bot.runbook.library import Library
from bot.usecases.rehearse import Rehearsed, rehearse
from bot.wiring.stage import theatre
from tests.runbook.test_docs import first_hour

ACTIONS = Catalogue.discover()
SHIPPED = Library.load(Path("runbooks"), ACTIONS.specs)
USES = "uses: ecs.set_desired_count\n"
CATALOG = """\
tiers: { tier-1: { rto: 30m, rpo: 1m } }
people:
  ann: { name: Ann, slack: U01ANN0000, groups: ["@sre"] }
  ben: { name: Ben, slack: U02BEN0000, groups: ["@sre"] }
  cat: { name: Cat, slack: U03CAT0000, groups: ["@ops"] }
  dan: { name: Dan, slack: U04DAN0000, groups: ["@ops"] }
roles: { ic: { groups: ["@sre"] }, ops: { groups: ["@ops"] } }
services:
  shop:
    tier: tier-1
    strategy: warm
    primary_region: us-east-1
    recovery_region: us-west-2
    owners: ["@ops"]
    channel: "#incidents"
    runbooks: { drill: example }
"""

HANGUL = re.compile("[가-힣]")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rehearsal that connects anywhere fails."""

    def refuse(*_: object) -> None:
        raise AssertionError("the rehearsal connected somewhere")

    monkeypatch.setattr(socket.socket, "connect", refuse)


async def test_the_shipped_failover_reaches_its_end() -> None:
    """Every step is done, by the people it asks for, in the time the field takes; in seconds of ours."""
    began = time.process_time()
    played = await rehearse(theatre(SHIPPED, ACTIONS), "orders-api")

    assert played.stuck == ""
    assert {each.state for each in played.timeline.spans} == {"done"}
    assert played.timeline.status == "completed"
    assert played.timeline.rto.achieved is not None
    assert played.timeline.rto.achieved.total_seconds() > 300
    assert time.process_time() - began < 15  # alone it is 2 s


async def test_a_journal_is_english_whoever_drives_and_decides() -> None:
    """Planned, approved, driven and told in Korean: the story is Korean, what is kept is not."""
    stage = theatre(SHIPPED, ACTIONS)
    with speaking("ko"):
        played = await rehearse(stage, "orders-api")
    records = await stage.desk.journals.read(played.plan.run)

    assert played.stuck == ""
    assert [record.fact for record in records if HANGUL.search(record.model_dump_json())] == []
    assert all(HANGUL.search(entry.text) for entry in played.timeline.entries if entry.kind == "step_settled")


async def test_the_first_runbook_of_the_guide_reaches_its_end(tmp_path: Path) -> None:
    """An author's first hour ends well."""
    first_hour(tmp_path)

    played = await rehearse(theatre(Library.load(tmp_path, ACTIONS.specs), ACTIONS), "shop.failover")

    assert played.stuck == ""


@pytest.mark.parametrize("name", sorted(SHIPPED.runbooks))
async def test_every_shipped_runbook_can_be_played(name: str) -> None:
    """What is shipped reaches its end."""
    played = await rehearse(theatre(SHIPPED, ACTIONS), name)

    assert played.stuck == ""


@pytest.mark.parametrize("each", ACTIONS.values(), ids=lambda each: each.spec.name)
async def test_every_action_plays_its_part(each: AnyAction, tmp_path: Path) -> None:
    """The example of each action's page, played to the end."""
    played = await play(tmp_path, example_runbook(each))

    assert played.stuck == ""


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (
            USES,
            f"{USES}    confirm: {{ text: Ok, by: [ops, ops, ops] }}\n",
            "needs operations and operations and operations and nobody is left",
        ),
        ("text: Shall we?", "expires: 1m, text: Shall we?", "declare needs a person: expired"),
        (USES, f"{USES}    timeout: 20s\n", "not there after 20s"),
        ('"https://example.com/health"', '"${{ steps.set_desired_count.state }}"', "users_are_served needs a person"),
    ],
)
async def test_what_would_not_work_is_told(old: str, new: str, why: str, tmp_path: Path) -> None:
    """Too few people, too little time, parameters that come to nothing: the rehearsal stands still and says why."""
    text = example_runbook(ACTIONS["ecs.set_desired_count"])
    assert text.count(old) == 1

    played = await play(tmp_path, text.replace(old, new))

    assert why in played.stuck


async def test_inputs_can_be_set() -> None:
    """Another mode takes another way through the runbook."""
    played = await rehearse(theatre(SHIPPED, ACTIONS), "orders-api.failover", inputs={"mode": "planned"})

    assert played.stuck == ""
    assert played.timeline.inputs["mode"] == "planned"


async def test_an_unknown_runbook_gets_the_nearest() -> None:
    """A typo is answered with the right name."""
    with pytest.raises(NotFound, match=r"orders-api\.failover"):
        await rehearse(theatre(SHIPPED, ACTIONS), "orders-api.failovr")


async def play(folder: Path, runbook: str) -> Rehearsed:
    """A rehearsal of one runbook beside the small catalogue."""
    (folder / "catalog.yaml").write_text(CATALOG)
    (folder / "example.yaml").write_text(runbook)
    return await rehearse(theatre(Library.load(folder, ACTIONS.specs), ACTIONS), "example")
