"""What a terminal asks before an abort is what happens afterwards, or nothing does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from bot.cli import steering
from bot.cli.app import run
from bot.cli.rooms import Rooms
from bot.model.events import Fact, StepSettled, StepStarted
from bot.settings import Settings
from bot.usecases.desk import Desk
from tests.builders import ANA, a_plan, a_step
from tests.usecases.desks import Office

PLAN = a_plan(a_step("scale"), a_step("promote", point_of_no_return=True))
SCALED: tuple[Fact, ...] = (StepStarted(step="scale", attempt=1), StepSettled(step="scale", seen="done"))
PROMOTED: tuple[Fact, ...] = (*SCALED, StepStarted(step="promote", attempt=1))


class _Rooms:
    """A house whose desk stands in memory."""

    def __init__(self) -> None:
        self.office: Office | None = None

    @asynccontextmanager
    async def open_desk(self, settings: Settings) -> AsyncIterator[Desk]:
        self.office = await Office.open(PLAN)
        yield self.office.desk

    def happens(self, *facts: Fact) -> None:
        """The engine goes on while a person thinks; memory answers without waiting."""
        assert self.office is not None
        telling = self.office.tell(*facts)
        with pytest.raises(StopIteration):
            telling.send(None)

    @property
    def told(self) -> list[str]:
        """Kinds of all facts of the run."""
        assert self.office is not None
        reading = self.office.records()
        with pytest.raises(StopIteration) as answer:
            reading.send(None)
        return [record.fact.kind for record in answer.value.value]


@pytest.mark.parametrize(
    ("meanwhile", "yes", "code", "aborted"),
    [
        ((), [], 0, True),
        (SCALED, [], 1, False),
        (PROMOTED, [], 1, False),
        (PROMOTED, ["--yes"], 0, True),
    ],
    ids=["nothing", "another change", "the point of no return", "nobody was asked"],
)
def test_an_abort_is_bound_to_the_consequence_that_was_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    meanwhile: tuple[Fact, ...], yes: list[str], code: int, aborted: bool,
) -> None:  # fmt: skip
    """Somebody who said yes to "nothing has been changed" does not leave half a failover behind."""
    rooms = _Rooms()

    def answer(question: str, **more: Any) -> bool:
        rooms.happens(*meanwhile)
        return True

    monkeypatch.setattr(steering, "ask", answer)
    ended = run(["abort", PLAN.run, "--as", ANA.id, *yes], cast(Rooms, rooms))

    said = capsys.readouterr().err
    assert (ended, "abort_asked" in rooms.told) == (code, aborted)
    assert ("the run has moved on" in said) == (not aborted)


def test_a_no_to_an_abort_changes_nothing_and_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script can tell it from an abort."""
    rooms = _Rooms()
    monkeypatch.setattr(steering, "ask", lambda question, **more: False)

    ended = run(["abort", PLAN.run, "--as", ANA.id], cast(Rooms, rooms))

    assert (ended, capsys.readouterr().out) == (1, "Nothing was aborted.\n")
    assert "abort_asked" not in rooms.told
