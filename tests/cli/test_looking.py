"""What `dr status` does with the ways in which it may be asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from bot.cli import looking
from bot.cli.app import run
from bot.cli.rooms import Rooms
from bot.settings import Settings
from bot.usecases.desk import Desk
from tests.builders import a_plan, a_step
from tests.usecases.desks import Office

PLAN = a_plan(a_step("scale"))


class _Rooms:
    """A house whose desk stands in memory."""

    @asynccontextmanager
    async def open_desk(self, settings: Settings) -> AsyncIterator[Desk]:
        yield (await Office.open(PLAN)).desk


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
