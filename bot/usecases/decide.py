"""Vote on an open gate, break the glass, and review that afterwards."""

from __future__ import annotations

from dataclasses import replace

from bot.approval.glass import broken, open_glasses, reviewed
from bot.approval.review import written_down
from bot.approval.signed import must_prove_itself
from bot.approval.votes import GLASS, Ballot, Counted, judge
from bot.model.events import Fact, VoteCast
from bot.model.roll import NOTHING, Roll
from bot.model.run import Run
from bot.usecases.attendance import roll_of
from bot.usecases.desk import Caller, Desk


async def vote(desk: Desk, run_id: str, caller: Caller, ballot: Ballot) -> Run:
    """Count the ballot. Raises Refused, on record, when it does not count."""
    roll = await roll_for(desk, run_id, ballot)

    def approve(run: Run) -> list[Fact]:
        counted = judge(run, ballot, desk.clock.now(), roll)
        _must_prove_itself(desk, run, caller, ballot)
        return [_cast(run, ballot, counted)]

    return await desk.tell(run_id, caller, approve)


async def break_glass(desk: Desk, run_id: str, caller: Caller, ballot: Ballot, reason: str) -> Run:
    """Lift this run's quorum alone, and approve the step with it; announced at once, reviewed by somebody else later.

    Raises Refused, on record, for everybody but the group that the catalogue names, a short reason or a wrong phrase.
    """

    def break_the_glass(run: Run) -> list[Fact]:
        now, catalog = desk.clock.now(), desk.library().catalog
        fact = broken(run, ballot, reason, catalog, now)
        _must_prove_itself(desk, run, caller, ballot)
        opened: list[Fact] = [fact] if fact is not None else []
        spoken = replace(ballot, comment=ballot.comment or reason.strip())
        return [*opened, _cast(run, spoken, Counted(GLASS, ()))]

    return await desk.tell(run_id, caller, break_the_glass)


async def review(desk: Desk, run_id: str, caller: Caller, comment: str) -> Run:
    """Close what somebody else's broken glass left open; where none is, write down the review of a run that is over."""

    def review_the_run(run: Run) -> list[Fact]:
        judge = reviewed if open_glasses(run) else written_down
        return [judge(run, caller.person, comment, desk.library().catalog)]

    return await desk.tell(run_id, caller, review_the_run)


async def roll_for(desk: Desk, run_id: str, ballot: Ballot) -> Roll:
    """What Slack says, or said last, of the groups that this ballot's gate asks and of who cast it."""
    if desk.standing is None:
        return NOTHING
    run = await desk.run(run_id)
    gate = run.gate(ballot.step) if ballot.step in run.steps else None
    return await roll_of(desk.standing, desk.library().catalog, [gate], [ballot.person])


def _must_prove_itself(desk: Desk, run: Run, caller: Caller, ballot: Ballot) -> None:
    if caller.via == "cli":
        must_prove_itself(run, ballot, desk.library().catalog, named=caller.named)


def _cast(run: Run, ballot: Ballot, counted: Counted) -> VoteCast:
    return VoteCast(
        step=ballot.step,
        round=run.steps[ballot.step].round,
        person=ballot.person.id,
        decision=ballot.decision,
        role=counted.role,
        comment=ballot.comment,
        plan_hash=run.plan.hash,
        fits=counted.fits,
        signature=ballot.signature,
        lent=counted.lent,
    )
