"""What `dr status` does with the ways in which it may be asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.cli import looking
from bot.cli.app import run
from bot.cli.rooms import Rooms
from bot.model.events import Fact, GateOpened
from bot.settings import Settings
from bot.usecases.desk import Desk
from tests.builders import NOW, a_gate, a_plan, a_step
from tests.usecases.desks import Bell, Office

PLAN = a_plan(a_step("scale", gate=a_gate(1)))


@dataclass
class _Rooms:
    """A house whose desk stands in memory."""

    attended: bool = True
    facts: Sequence[Fact] = ()

    @asynccontextmanager
    async def open_desk(self, settings: Settings) -> AsyncIterator[Desk]:
        office = await Office.open(PLAN)
        await office.tell(*self.facts)
        cast(Bell, office.desk.dispatcher).attended = self.attended
        yield office.desk


@pytest.mark.parametrize("words", [["--follow"], ["--follow", "--json"]])
def test_a_run_is_followed_as_it_was_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """A script that reads along gets objects, and no page before them."""
    followed = []

    def follow(rooms: Rooms, settings: Settings, run_id: str, **how: Any) -> int:
        followed.append((run_id, how["as_json"]))
        return 0

    monkeypatch.setattr(looking, "drive_and_follow", follow)

    ended = run(["status", PLAN.run, *words], cast(Rooms, _Rooms()))

    assert (ended, followed) == (0, [(PLAN.run, "--json" in words)])
    assert capsys.readouterr().out == ""


ASKED = GateOpened(step="scale", text="Scale?", typed="orders-api us-west-2", expires_at=NOW + timedelta(minutes=5))


@pytest.mark.parametrize("words", [["status"], ["runs"], ["pause", "--as", "ana"]])
@pytest.mark.parametrize("attended", [True, False])
def test_nobody_waits_for_a_run_that_no_bot_drives(
    capsys: pytest.CaptureFixture[str], words: list[str], attended: bool
) -> None:
    """What is said or decided is kept, but nothing follows from it; so that is said, with what to do."""
    assert run(words, cast(Rooms, _Rooms(attended))) == 0

    assert ("NO BOT IS AT WORK" in capsys.readouterr().out) is not attended


def test_whoever_names_no_step_is_told_what_waits_and_what_to_type(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody decides about a step that they did not name, however few there are."""
    code = run(["approve", "--as", "ben"], cast(Rooms, _Rooms(facts=[ASKED])))

    assert code == 1
    assert f'dr approve {PLAN.run} scale --typed "orders-api us-west-2"' in capsys.readouterr().err
