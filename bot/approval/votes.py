"""One vote: whether it counts, and whether the gate is now decided.

A vote is bound to the plan's hash. Nobody approves their own request; one decision per person; deny by anybody wins;
every place of a gate is filled by a different person. Who lifted the quorum is enough alone, while that holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.approval.authorize import Principal, Situation, must_be_allowed
from bot.approval.policy import asked_of, fits, groups_of
from bot.approval.quorum import matched, places
from bot.language import _
from bot.model.errors import Refused
from bot.model.people import Person
from bot.model.plan import GatePlan
from bot.model.roll import NOTHING, Lent, Roll, account_of
from bot.model.run import Glass, Run
from bot.model.step_run import Phase, Vote

Decision = Literal["approve", "deny"]
GLASS = "break-glass"
"""The role of a vote that is enough alone."""
Objection = Callable[[str, tuple[str, ...], bool], str]
"""Why a person (`{name}`) may not decide as a member of one of these groups, as things stand now; empty when they may.
The last argument says that the roster alone decides, whatever Slack says."""


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
    signature: str = ""
    """SSH signature over `signed.text_of`, from a terminal."""


@dataclass(frozen=True)
class Counted:
    """What a ballot that counts is worth."""

    role: str
    """The place it fills for now; empty for one of many, `break-glass` for one that is enough alone."""
    fits: tuple[str, ...]
    lent: Lent | None = None
    """What it rests on besides the roster."""


@dataclass(frozen=True)
class Tally:
    """Where a gate stands."""

    approved_by: tuple[str, ...]
    denied_by: tuple[str, ...]
    wanted: int
    open_roles: tuple[str, ...] = ()
    roles: tuple[tuple[str, str], ...] = ()
    """Person and the role that they fill, as it stands now."""
    lifted: bool = False
    """One of them broke the glass."""

    @property
    def granted(self) -> bool:
        enough = len(self.approved_by) >= self.wanted and not self.open_roles
        return not self.denied_by and (enough or self.lifted)


def judge(run: Run, ballot: Ballot, now: datetime, roll: Roll = NOTHING) -> Counted:
    """What this vote is worth. Raises Refused, with the reason, when it does not count.

    `roll` is what Slack last said; a strict gate takes the roster's word alone for who is in a group.
    """
    gate = open_gate(run, ballot, now)
    state, listed = run.steps[ballot.step], ballot.person
    person = listed if gate.strict else roll.with_lent(listed, gate.voters, now)
    requester = person.id if is_same(person, run.plan.requester) else run.plan.requester.id
    alone = glass_of(run, person.id, now) is not None
    must_be_allowed(
        Principal(person, "deactivated" if roll.is_gone(person) else "member"),
        "vote",
        Situation(gate=gate, requester=requester, approves=ballot.decision == "approve", holds_glass=alone),
    )
    if any(_is_by(vote, person) for vote in state.votes):
        raise Refused(
            _("You have voted on this already; it needs {asked}.", asked=asked_of(gate)), reason="second-vote"
        )
    if ballot.decision == "deny":
        return Counted("", ())
    if state.gate_typed and ballot.typed.strip() != state.gate_typed:
        raise Refused(_("Type exactly: {phrase}", phrase=state.gate_typed), reason="phrase-mismatch")
    if alone:
        return Counted(GLASS, ())
    counted = _placed(gate, state.votes, person, requester)
    needs_slack = counted.fits != fits(gate, listed, requester)
    return replace(counted, lent=roll.lent(listed, gate.voters, now)) if needs_slack else counted


def is_same(person: Person, other: Person) -> bool:
    """Whether both are one person, by id or by account: somebody who has left the roster is still who they were."""
    return person.id == other.id or (person.slack is not None and person.slack == other.slack)


def _is_by(vote: Vote, person: Person) -> bool:
    """Also of somebody who came onto the roster after they had voted."""
    return vote.person == person.id or (person.slack is not None and account_of(vote.person) == person.slack)


def tally(gate: GatePlan, votes: Iterable[Vote]) -> Tally:
    """Count distinct people, each in the place that leaves the fewest others open."""
    cast = tuple(votes)
    denied = tuple(dict.fromkeys(vote.person for vote in cast if vote.decision == "deny"))
    yes = approvals(cast)
    seats, wanted = seated(gate, [fits_of(vote) for vote in yes]), places(gate)
    counted = [vote.person for number, vote in enumerate(yes) if number in seats or vote.role == GLASS]
    open_roles = tuple(role for place, role in enumerate(wanted) if role and place not in seats.values())
    roles = tuple((yes[number].person, wanted[place]) for number, place in seats.items() if wanted[place])
    lifted = any(vote.role == GLASS for vote in yes)
    return Tally(tuple(counted), denied, gate.count, open_roles, roles, lifted)


def approvals(votes: Iterable[Vote]) -> list[Vote]:
    """Each person's first yes; whoever broke the glass after it is counted for that."""
    first: dict[str, Vote] = {}
    for vote in votes:
        if vote.decision == "approve" and (vote.role == GLASS or vote.person not in first):
            first[vote.person] = vote
    return list(first.values())


def seated(gate: GatePlan, may_fill: Sequence[Sequence[str]]) -> dict[int, int]:
    """Which vote fills which place, by position."""
    return matched(places(gate), may_fill)


def fits_of(vote: Vote) -> tuple[str, ...]:
    """The places that a counted vote may fill."""
    if vote.role == GLASS:
        return ()
    return vote.fits or (vote.role,)


def fallen(
    gate: GatePlan,
    votes: Sequence[Vote],
    glasses: Sequence[Glass],
    now: datetime,
    objection: Objection,
) -> list[Vote]:
    """The approvals that count no longer, since their people may not decide this any more."""
    yes = approvals(votes)
    still = [
        tuple(place for place in fits_of(vote) if not objection(vote.person, groups_of(gate, place), gate.strict))
        for vote in yes
    ]
    seats = seated(gate, still)
    return [
        vote
        for number, vote in enumerate(yes)
        if (not _still_alone(vote, glasses, now, objection) if vote.role == GLASS else number not in seats)
    ]


def withdrawn(gate: GatePlan, votes: Sequence[Vote], glasses: Sequence[Glass], objection: Objection) -> list[Vote]:
    """Of a gate that was granted: the approvals whose people may not decide any more, when the others are too few.

    Time takes none of them back: what lifted the quorum then has lifted it for what follows too.
    """
    granted_at = max((vote.at for vote in approvals(votes)), default=None)
    if granted_at is None:
        return []
    gone = fallen(gate, votes, glasses, granted_at, objection)
    return [] if tally(gate, [vote for vote in votes if vote not in gone]).granted else gone


def _still_alone(vote: Vote, glasses: Sequence[Glass], now: datetime, objection: Objection) -> bool:
    return any(glass.holds(vote.person, now) and not objection(vote.person, glass.groups, True) for glass in glasses)


def glass_of(run: Run, person: str, now: datetime) -> Glass | None:
    """The glass that this person broke in this run, while it counts."""
    return next((glass for glass in run.glasses if glass.holds(person, now)), None)


def _placed(gate: GatePlan, votes: Sequence[Vote], person: Person, requester: str) -> Counted:
    own = fits(gate, person, requester)
    may_fill = [*(fits_of(vote) for vote in approvals(votes)), own]
    seats, last = seated(gate, may_fill), len(may_fill) - 1
    if last in seats:
        return Counted(places(gate)[seats[last]], own)
    missing = tally(gate, votes).open_roles
    if missing:
        still = _("Still open: {roles}; {who} cannot fill that.", roles=", ".join(missing), who=person.name)
        raise Refused(still, reason="role-taken")
    if person.id == requester:
        text = _("What is still missing is somebody besides you, who started this run.")
        raise Refused(text, reason="self-approval")
    raise Refused(_("Everybody this asks for has agreed already."), reason="role-taken")


def open_gate(run: Run, ballot: Ballot, now: datetime) -> GatePlan:
    """The gate that this ballot is about. Raises Refused when it is not open, or not as the ballot shows it."""
    planned = run.plan.by_id.get(ballot.step)
    gate = run.gate(ballot.step) if planned is not None else None
    if gate is None:
        raise Refused(_("{step} is not a gate of this run.", step=ballot.step), reason="not-a-gate")
    state = run.steps[ballot.step]
    if run.status.is_over or run.aborting is not None:
        raise Refused(_("This run is over; nothing is left to approve."), reason="run-over")
    if state.phase is not Phase.GATE:
        raise Refused(_("This gate is not open; see the run card for what is."), reason="gate-closed")
    if state.due is not None and now >= state.due:
        raise Refused(_("This request has expired. A fresh one will be posted."), reason="expired")
    if ballot.round is not None and ballot.round != state.round:
        raise Refused(_("This request was replaced by a newer one."), reason="stale-card")
    if len(ballot.plan_hash) < 12 or not run.plan.hash.startswith(ballot.plan_hash):
        raise Refused(_("This approval belongs to another plan; look at the current one."), reason="plan-changed")
    return gate
