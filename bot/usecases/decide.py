"""Vote on an open gate."""

from __future__ import annotations

from bot.approval.votes import Ballot, judge
from bot.model.events import Fact, VoteCast
from bot.model.run import Run
from bot.usecases.desk import Caller, Desk


async def vote(desk: Desk, run_id: str, caller: Caller, ballot: Ballot) -> Run:
    """Count the ballot. Raises Refused, on record, when it does not count."""

    def approve(run: Run) -> list[Fact]:
        counted = judge(run, ballot, desk.clock.now())
        return [
            VoteCast(
                step=ballot.step,
                round=run.steps[ballot.step].round,
                person=ballot.person.id,
                decision=ballot.decision,
                role=counted.role,
                comment=ballot.comment,
                plan_hash=run.plan.hash,
                fits=counted.fits,
                signature=ballot.signature,
            )
        ]

    return await desk.tell(run_id, caller, approve)
