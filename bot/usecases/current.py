"""Check, on record, that what a person clicked still means what it said, and that they may click it at all.

Cards outlive the moment they were drawn for. A refusal made here stands in the run's timeline like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from bot.approval.votes import Ballot, judge
from bot.language import _, later
from bot.model.errors import Refused
from bot.model.events import Fact
from bot.model.run import Run
from bot.usecases.decide import roll_for
from bot.usecases.desk import Caller, Desk

OLD = later("This card is old: the run has moved on since it was drawn. Look at the current one before you decide.")


async def must_hold(desk: Desk, run_id: str, caller: Caller, what: str, holds: Callable[[Run], bool]) -> Run:
    """The run as it is. Raises Refused, on record, when what the card showed no longer holds."""

    def look(run: Run) -> list[Fact]:
        if not holds(run):
            raise Refused(_(OLD), reason="stale-card")
        return []

    look.__name__ = what
    return await desk.tell(run_id, caller, look)


async def must_count(desk: Desk, run_id: str, caller: Caller, ballot: Ballot) -> Run:
    """The run as it is. Raises Refused, on record, when this ballot would not be counted; casts nothing.

    Asked before the form is shown, so that nobody types a phrase in vain; a phrase not typed yet is no reason.
    """

    roll = await roll_for(desk, run_id, ballot)

    def ask_to_vote(run: Run) -> list[Fact]:
        try:
            judge(run, ballot, desk.clock.now(), roll)
        except Refused as refusal:
            if refusal.reason != "phrase-mismatch":
                raise
        return []

    return await desk.tell(run_id, caller, ask_to_vote)


async def refuse_unless(desk: Desk, run_id: str, caller: Caller, what: str, check: Callable[[], None]) -> None:
    """Let `check` decide at the door; a refusal goes on the run's record before it is raised."""
    try:
        check()
    except Refused as refusal:
        await refuse(desk, run_id, caller, what, refusal)


async def refuse(desk: Desk, run_id: str, caller: Caller, what: str, refusal: Refused) -> NoReturn:
    """Put a refusal that was decided at the door on the run's record, and raise it."""

    def attempt(run: Run) -> list[Fact]:
        raise refusal

    attempt.__name__ = what
    await desk.tell(run_id, caller, attempt)
    raise refusal
