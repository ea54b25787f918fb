"""What rests on an approval further up: it is weighed again before each disruptive step that it let pass.

Promises: pure; such a step begins only while those who agreed further up may still decide; when they are no quorum
any more, the people of that gate are asked once for everything that rests on it. Nobody is asked for nothing: time
alone takes no approval of a whole plan back. Refuses to weigh the gate of the step itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.approval.floor import tier
from bot.approval.votes import Objection, tally, withdrawn
from bot.engine.gates import ask, why_gone
from bot.engine.scope import rendered
from bot.language import together, told
from bot.model.events import ChangeFound, Fact, VoteVoided
from bot.model.people import BOT
from bot.model.plan import GatePlan, Mode, PlannedStep
from bot.model.run import Run
from bot.model.step_run import Phase, StepRun
from bot.model.tiers import Tier

_NOT_BEGUN = (Phase.WAITING, Phase.RETRYING, Phase.ASKING)


@dataclass(frozen=True, slots=True)
class Lapse:
    """A gate further up whose approval does not stand, and what is written in place of beginning."""

    gate: str
    facts: tuple[Fact, ...] = ()
    """Empty while its people are asked already, because of another step."""


def gates_above(run: Run, planned: PlannedStep) -> Iterator[tuple[str, GatePlan]]:
    """Every gate of the plan on the way to this step, with the step that it stands on, nearest first."""
    seen: set[str] = set()
    ahead = list(planned.needs)
    while ahead:
        each = run.plan.by_id[ahead.pop(0)]
        if each.id not in seen:
            seen.add(each.id)
            ahead.extend(each.needs)
            if each.gate is not None:
                yield each.id, each.gate


def rests_on(run: Run, planned: PlannedStep) -> tuple[str, ...]:
    """The steps further up at which people were asked whether this one may go ahead; none when it asks by itself."""
    if not planned.changes or tier(planned) is not Tier.R2 or run.gate(planned.id) is not None:
        return ()
    return tuple(step for step, _gate in gates_above(run, planned) if run.steps[step].round)


def weighed(run: Run) -> tuple[str, ...]:
    """The steps whose votes are looked at again for the sake of those that may begin now."""
    found: dict[str, None] = {}
    for step in run.ready:
        if run.steps[step].phase in _NOT_BEGUN:
            for above in rests_on(run, run.plan.by_id[step]):
                found |= dict.fromkeys((above, *(each for each, _state in _asked_instead(run, above))))
    return tuple(found)


def lapse(run: Run, planned: PlannedStep, attempt: int, now: datetime, objection: Objection) -> Lapse | None:
    """What stands against beginning this step on the word of others; None when nothing does."""
    if run.plan.mode is Mode.DRY_RUN:
        return None
    above = rests_on(run, planned)
    if not above:
        return None
    passed = [step for step in above if not _was_left_out(run, step)] or above
    broken = [step for step in passed if not _stands(run, step, objection)]
    if not broken:
        return None
    gravest = max(broken, key=lambda step: _gate(run, step).count)
    if any(_is_asking(state) for _step, state in _asked_instead(run, gravest)):
        return Lapse(gravest)
    return Lapse(gravest, tuple(_asked_anew(run, planned, gravest, attempt, now, objection)))


def about_one_step(gate: GatePlan, planned: PlannedStep) -> GatePlan:
    """A gate of somebody further up as a question about this step; a phrase that reads results is theirs alone."""
    typed = gate.typed if gate.typed and "${{" not in gate.typed else None
    return gate.model_copy(update={"text": planned.title, "typed": typed})


def _asked_anew(
    run: Run, planned: PlannedStep, above: str, attempt: int, now: datetime, objection: Objection
) -> Iterator[Fact]:
    """The votes that are void, why, and the question to those who decide there."""
    gate, state = _gate(run, above), run.steps[above]
    void = withdrawn(gate, state.votes, run.glasses, objection)
    why = [why_gone(gate, vote, objection) for vote in void]
    for vote, reason in zip(void, why, strict=True):
        yield VoteVoided(step=above, round=state.round, person=vote.person, why=reason)
    change = ChangeFound(
        step=planned.id,
        attempt=attempt,
        why=_why(run, above, why),
        gate=about_one_step(gate, planned),
        instead_of=above,
    )
    yield change
    after = run.foreseen(change, now, run.epoch, BOT, seq=run.seq + 1)
    yield ask(after, planned, round_=run.steps[planned.id].round + 1, now=now)


def _why(run: Run, above: str, gone: list[str]) -> str:
    planned = run.plan.by_id[above]
    name = rendered(run, planned, planned.title or above)
    if _was_left_out(run, above):
        return told("“{gate}” was left out unapproved. The answer counts for everything that rests on it.", gate=name)
    if not gone:
        return told("“{gate}” has no quorum any more. The answer counts for everything that rests on it.", gate=name)
    return told(
        "“{gate}” has no quorum any more: {why}. The answer counts for everything that rests on it.",
        gate=name, why=together(gone),
    )  # fmt: skip


def _gate(run: Run, step: str) -> GatePlan:
    gate = run.gate(step)
    assert gate is not None  # people were asked there
    return gate


def _stands(run: Run, above: str, objection: Objection) -> bool:
    """Whether those who agreed at this gate, or in its place since, may still decide, and are enough."""
    instead = [(step, state) for step, state in _asked_instead(run, above) if state.phase is not Phase.GATE]
    return any(_agreed(run, step, state, objection) for step, state in ((above, run.steps[above]), *instead))


def _agreed(run: Run, step: str, state: StepRun, objection: Objection) -> bool:
    gate = _gate(run, step)
    return tally(gate, state.votes).granted and not withdrawn(gate, state.votes, run.glasses, objection)


def _was_left_out(run: Run, step: str) -> bool:
    """Skipped by a person while nobody had agreed: what lies below was never let pass."""
    state = run.steps[step]
    return state.phase is Phase.SKIPPED and not tally(_gate(run, step), state.votes).granted


def _asked_instead(run: Run, above: str) -> Iterator[tuple[str, StepRun]]:
    return ((step, state) for step, state in run.steps.items() if state.instead_of == above)


def _is_asking(state: StepRun) -> bool:
    """The question is open, or was denied and a person has yet to say what follows."""
    return state.phase is Phase.GATE or (state.phase is Phase.ASKING and state.changed != "")
