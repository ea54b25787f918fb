"""One vote: whether it counts, and whether the gate is now decided.

A vote is bound to the plan's hash. Nobody approves their own request; one decision per person; deny by
anybody wins; for a confirmation every role is filled by a different person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.approval.policy import asked_of
from bot.model.errors import Refused
from bot.model.people import Person
from bot.model.plan import GatePlan
from bot.model.run import Phase, Run, Vote

Decision = Literal["approve", "deny"]


@dataclass(frozen=True)
class Ballot:
    """What a person handed in."""

    step: str
    person: Person
    decision: Decision
    plan_hash: str
    """Full hash or a prefix of at least 12 characters, as a button carries it."""
    typed: str = ""
    comment: str = ""
    round: int | None = None
    """The round shown on the card; None when it was not given on a card."""


@dataclass(frozen=True)
class Tally:
    """Where a gate stands."""

    approved_by: tuple[str, ...]
    denied_by: tuple[str, ...]
    wanted: int
    open_roles: tuple[str, ...] = ()

    @property
    def granted(self) -> bool:
        return not self.denied_by and len(self.approved_by) >= self.wanted and not self.open_roles


def judge(run: Run, ballot: Ballot, now: datetime) -> str:
    """The role this vote fills (empty for approvals). Raises Refused, with the reason, when it does not count."""
    gate = _open_gate(run, ballot, now)
    state = run.steps[ballot.step]
    person = ballot.person
    if ballot.decision == "approve" and gate.kind == "approve" and person.id == run.plan.requester.id:
        raise Refused(
            "You started this run, so your approval does not count. Ask another approver.", reason="self-approval"
        )
    if any(vote.person == person.id for vote in state.votes):
        raise Refused(f"You have voted on this already; it needs {asked_of(gate)}.", reason="second-vote")
    if not person.is_in(gate.voters):
        raise Refused(f"This needs {asked_of(gate)}; {person.name} is not among them.", reason="not-an-approver")
    if ballot.decision == "deny":
        return ""
    if state.gate_typed and ballot.typed.strip() != state.gate_typed:
        raise Refused(f"Type exactly: {state.gate_typed}", reason="phrase-mismatch")
    if gate.kind == "approve":
        return ""
    role = _role_for(gate, {vote.role for vote in state.votes}, person)
    if role is None and (missing := tally(gate, state.votes).open_roles):
        raise Refused(f"Still open: {' and '.join(missing)}; {person.name} cannot fill that.", reason="role-taken")
    if role is None and person.id == run.plan.requester.id:
        raise Refused("What is still missing is somebody besides you, who started this run.", reason="self-approval")
    return role or ""  # the risk asks for more people than the roles name


def tally(gate: GatePlan, votes: Iterable[Vote]) -> Tally:
    """Count distinct people."""
    cast = tuple(votes)
    approved = tuple(dict.fromkeys(vote.person for vote in cast if vote.decision == "approve"))
    denied = tuple(dict.fromkeys(vote.person for vote in cast if vote.decision == "deny"))
    filled = {vote.role for vote in cast if vote.decision == "approve"}
    open_roles = tuple(role for role, _ in gate.roles if role not in filled)
    return Tally(approved, denied, gate.count, open_roles)


def _open_gate(run: Run, ballot: Ballot, now: datetime) -> GatePlan:
    planned = run.plan.by_id.get(ballot.step)
    if planned is None or planned.gate is None:
        raise Refused(f"{ballot.step} is not a gate of this run.", reason="not-a-gate")
    state = run.steps[ballot.step]
    if run.status.is_over or run.aborting is not None:
        raise Refused("This run is over; nothing is left to approve.", reason="run-over")
    if state.phase is not Phase.GATE:
        raise Refused("This gate is not open; see the run card for what is.", reason="gate-closed")
    if state.due is not None and now >= state.due:
        raise Refused("This request has expired. A fresh one will be posted.", reason="expired")
    if ballot.round is not None and ballot.round != state.round:
        raise Refused("This request was replaced by a newer one.", reason="stale-card")
    if len(ballot.plan_hash) < 12 or not run.plan.hash.startswith(ballot.plan_hash):
        raise Refused("This approval belongs to another plan; look at the current one.", reason="plan-changed")
    return planned.gate


def _role_for(gate: GatePlan, taken: set[str], person: Person) -> str | None:
    roles: Mapping[str, tuple[str, ...]] = dict(gate.roles)
    return next((role for role, groups in roles.items() if role not in taken and person.is_in(groups)), None)
