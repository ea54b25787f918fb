"""Gates: people are asked, their votes are weighed, and what follows is a fact.

Pure, as the machine that asks here. A gate never opens by itself, and a vote counts only for as long as its person
is in the group that decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pydantic import JsonValue

from bot.approval.policy import asked_of
from bot.approval.votes import Objection, approvals, fallen, tally
from bot.engine.scope import rendered, rendered_params
from bot.language import later, together, told
from bot.model.base import digest
from bot.model.errors import UserError
from bot.model.events import (
    AbortAsked,
    Choice,
    Fact,
    GateExpired,
    GateGranted,
    GateOpened,
    StepNeedsPerson,
    StepSettled,
    VoteVoided,
)
from bot.model.plan import GatePlan, NextLevel, PlannedStep
from bot.model.run import Run
from bot.model.step_run import Phase, StepRun, Vote

_UNTOUCHED = StepRun()
_NO_PLACE = later("{name} may not fill the place that is left")


def no_objection(person: str, groups: tuple[str, ...], by_roster: bool) -> str:
    """A roster that nobody ever leaves."""
    return ""


def ask(run: Run, planned: PlannedStep, *, round_: int, now: datetime) -> GateOpened:
    """The question, rendered with what is known now; what has changed since it was agreed to comes first."""
    gate = run.gate(planned.id)
    assert gate is not None  # callers looked
    text, changed = _question(run, planned, gate), run.steps.get(planned.id, _UNTOUCHED).changed
    return GateOpened(
        step=planned.id,
        round=round_,
        text=together([changed, text], " ") if changed else text,
        typed=_phrase(run, planned, gate.typed) if gate.typed else None,
        expires_at=now + gate.expires,
        bound=binding(run, planned),
    )


def _question(run: Run, planned: PlannedStep, gate: GatePlan) -> str:
    """What the author wrote; where nobody was to be asked, that it is the bot's own question."""
    asked = rendered(run, planned, gate.text or planned.title)
    own = gate.implied and not gate.text
    return told("“{step}”: the runbook asks nobody, so the bot does.", step=asked) if own else asked


def _phrase(run: Run, planned: PlannedStep, written: str) -> str:
    """What is typed, as it can be typed; where a result that it reads is empty, the step's own name and region."""
    return rendered(run, planned, written).strip() or f"{planned.id} {planned.region}".strip()


def after_votes(run: Run, planned: PlannedStep, state: StepRun, now: datetime) -> Iterator[Fact]:
    """Granted, denied, expired; nothing while people still think."""
    gate = run.gate(planned.id)
    if gate is None:
        return
    count = tally(gate, state.votes)
    if count.denied_by:
        why = told("denied by {names}", names=[vote.name for vote in state.votes if vote.decision == "deny"])
        yield StepNeedsPerson(step=planned.id, why=why, choices=("retry", *way_out(planned)))
    elif count.granted:
        yield GateGranted(step=planned.id, by=count.approved_by)
    elif state.due is not None and now >= state.due:
        yield _expired(gate, planned, state)
        match gate.on_expiry:
            case "escalate":
                yield ask(run, planned, round_=state.round + 1, now=now)
            case "abort":
                yield AbortAsked(why=told("nobody decided on {step} in time", step=planned.id))
            case _:
                why = told("expired: {people} did not decide in time", people=asked_of(gate))
                yield StepNeedsPerson(step=planned.id, why=why, choices=("retry", "abort"))


def _expired(gate: GatePlan, planned: PlannedStep, state: StepRun) -> GateExpired:
    """With those who come in now, where somebody does."""
    asks = next(iter(gate.escalation), NextLevel()) if gate.on_expiry == "escalate" else NextLevel()
    return GateExpired(step=planned.id, round=state.round, then=gate.on_expiry, asks=asks.groups, tells=asks.hears)


def voided(run: Run, planned: PlannedStep, state: StepRun, now: datetime, objection: Objection) -> list[Fact]:
    """Approvals of people who left the group since; a gate that was granted with one is asked anew."""
    gate = run.gate(planned.id)
    if gate is None or not state.votes or not _rests_on_votes(state):
        return []
    why = _why_void(run, planned, state, now)
    gone = approvals(state.votes) if why else fallen(gate, state.votes, run.glasses, now, objection)
    void: list[Fact] = [
        VoteVoided(step=planned.id, round=state.round, person=vote.person, why=why or why_gone(gate, vote, objection))
        for vote in gone
    ]
    if gone and (why or state.phase is not Phase.GATE):
        void.append(ask(run, planned, round_=state.round + 1, now=now))
    return void


def _rests_on_votes(state: StepRun) -> bool:
    """Votes are awaited, or the step may begin on their word: for the first time, or since a person wants it again."""
    match state.phase:
        case Phase.GATE | Phase.CLEARED:
            return True
        case Phase.RETRYING:
            return not state.attempt
        case Phase.ASKING:
            return state.chosen in ("retry", "not_sent")
        case _:
            return False


def why_gone(gate: GatePlan, vote: Vote, objection: Objection) -> str:
    """An objection to the person, or else to the place that they would have to fill."""
    text = objection(vote.person, gate.voters, gate.strict) or _NO_PLACE
    return told(text, name=vote.name)


def _why_void(run: Run, planned: PlannedStep, state: StepRun, now: datetime) -> str:
    """What changed about the whole question since it was asked; empty when it still stands as it was."""
    if state.gate_bound and state.gate_bound != binding(run, planned):
        return "what would be sent has changed since"
    newest = max((vote.at for vote in approvals(state.votes)), default=now)
    gate = run.gate(planned.id)
    if gate is not None and state.phase is not Phase.GATE and now >= newest + gate.expires:
        return "the approval is too old"
    return ""


def binding(run: Run, planned: PlannedStep) -> str:
    """Digest of the plan and of the call as it would be sent now, and of what people were shown besides."""
    try:
        params = rendered_params(run, planned, planned.params)
    except UserError as unknown:  # it cannot be sent like this either
        params = {"unknown": str(unknown)}
    said: dict[str, JsonValue] = {"plan": run.plan.hash, "action": planned.action, "region": planned.region}
    state = run.steps.get(planned.id, _UNTOUCHED)
    if state.targets or state.entry:
        said |= {"targets": list(state.targets), "entry": state.entry}
    return digest({**said, "params": params})


def way_out(planned: PlannedStep) -> tuple[Choice, ...]:
    """An approval guards the steps below it, so leaving it out would let them begin unapproved."""
    return ("abort",) if planned.kind == "approve" else ("skip", "abort")


def is_asking(run: Run, planned: PlannedStep, state: StepRun) -> bool:
    """The step waits for people to agree: nobody was asked yet, or they said no, or in vain."""
    gate = run.gate(planned.id)
    return gate is not None and not tally(gate, state.votes).granted


def granted_by(state: StepRun) -> str:
    """Who agreed, in words."""
    names = [vote.name for vote in state.votes if vote.decision == "approve"]
    return told("granted by {names}", names=names) if names else told("granted")


def would_ask(planned: PlannedStep) -> StepSettled | None:
    """In a dry run nobody is asked; whom it would have asked is said. None for a step that is more than a question."""
    if planned.kind == "manual" and planned.manual is not None:
        return StepSettled(
            step=planned.id,
            seen=told("dry run: {people} would be asked", people=planned.manual.assignee),
            how="simulated",
        )
    if planned.kind == "approve" and planned.gate is not None:
        return StepSettled(
            step=planned.id,
            seen=told("dry run: {people} would be asked", people=asked_of(planned.gate)),
            how="simulated",
        )
    return None
