"""The second look, right before sending: does the same thing stand there that was approved, and do the rules allow it?

Promises: pure; a mere change of state is no difference, another target, account or region is one, and so is another
entry of the service in the catalogue. What differs is named, its approval is void, and those who gave it are asked
anew. Refuses to look by itself and to lift a rule: what the house forbids goes to a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from bot.approval.house_rules import denied, frozen
from bot.approval.votes import approvals
from bot.engine import gates
from bot.engine.asking import choices
from bot.engine.leaning import about_one_step, gates_above
from bot.language import together, told
from bot.model.base import digest
from bot.model.events import ChangeFound, Fact, StepNeedsPerson, VoteVoided
from bot.model.people import BOT
from bot.model.plan import GatePlan, Plan, PlannedStep
from bot.model.run import Run
from bot.model.service import Catalog, Service
from bot.model.step_run import Phase

TOLD = frozenset({"title", "channel", "language", "alarms", "notify", "drill_every", "costs"})
"""Fields of a service that say how people hear of it; every other one is part of what was approved."""
GONE = "gone"
"""Stands for the entry of a service that has left the catalogue."""
_MOST = 300
"""Characters of one value in a question."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not as it was approved."""

    why: str
    targets: tuple[str, ...] = ()
    entry: str = ""


def objection(
    run: Run, planned: PlannedStep, attempt: int, targets: tuple[str, ...], catalog: Catalog | None, now: datetime
) -> Sequence[Fact]:
    """The facts that stand in place of a call that was approved; empty when nothing speaks against sending it."""
    why = forbids(run.plan, planned, catalog, now) if catalog is not None else ""
    if why:  # a person decides how to go on; trying again meets the same rule for as long as it stands
        said = told("Not sent: {why}", why=why)
        return [StepNeedsPerson(step=planned.id, why=said, choices=choices(run, still_moving=False))]
    found = difference(run, planned, targets, catalog)
    return asked_anew(run, planned, attempt, found, now) if found is not None else ()


def forbids(plan: Plan, planned: PlannedStep, catalog: Catalog, now: datetime) -> str:
    """The rules of the house that this step would break if it were sent now; empty when it may be."""
    rules = (*frozen(plan.service, plan.kind, catalog, now), *denied([planned], plan.service, catalog.deny))
    return together((rule.text for rule in rules), " ")


def forbids_way_back(plan: Plan, planned: PlannedStep, catalog: Catalog) -> str:
    """The rules that stand against the author's way back; a freeze does not: it keeps changes from beginning."""
    only_back = planned.model_copy(update={"action": None})
    return together((rule.text for rule in denied([only_back], plan.service, catalog.deny)), " ")


def difference(run: Run, planned: PlannedStep, targets: tuple[str, ...], catalog: Catalog | None) -> Difference | None:
    """What differs from what people agreed to; None when they would agree to the same thing again."""
    state = run.steps[planned.id]
    approved = state.targets or (planned.look.targets if planned.look is not None else ())
    moved = targets if approved and targets and not _same(approved, targets) else ()
    why: list[str] = [told("Approved: {approved}. There now: {now}.", approved=approved, now=moved)] if moved else []
    entry = ""
    if catalog is not None:
        current = catalog.services.get(run.plan.service.name)
        if entry_of(current) not in _known_entries(run, planned):
            entry = entry_of(current)
            why.append(_edited(run.plan.service, current))
    return Difference(together(why, " "), moved, entry) if why else None


def asked_anew(run: Run, planned: PlannedStep, attempt: int, found: Difference, now: datetime) -> list[Fact]:
    """Nothing is sent: what was approved is void, and whoever approved it is asked about what is there now."""
    state = run.steps[planned.id]
    why = told(
        "Right before sending, something else stood there than was approved. {what} Nothing was sent.", what=found.why
    )
    borrowed = None if planned.gate is not None else state.gate or _gate_above(run, planned)
    change = ChangeFound(
        step=planned.id, attempt=attempt, why=why, targets=found.targets, entry=found.entry, gate=borrowed
    )
    void = [
        VoteVoided(step=planned.id, round=state.round, person=vote.person, why=told("something else stands there now"))
        for vote in approvals(state.votes)
    ]
    if planned.gate is None and borrowed is None:
        return [change, StepNeedsPerson(step=planned.id, why=why, choices=choices(run, still_moving=False))]
    after = run.foreseen(change, now, run.epoch, BOT, seq=run.seq + 1)
    return [change, *void, gates.ask(after, planned, round_=state.round + 1, now=now)]


def entry_of(service: Service | None) -> str:
    """Digest of what a service's entry makes the bot do."""
    return GONE if service is None else digest(_bound(service))


def _bound(service: Service) -> dict[str, JsonValue]:
    said: dict[str, JsonValue] = service.model_dump(mode="json", exclude=set(TOLD))
    return said


def _known_entries(run: Run, planned: PlannedStep) -> set[str]:
    """The entry that was planned with, and those that the people of this step's gate have been shown since."""
    state = run.steps[planned.id]
    known = {entry_of(run.plan.service), state.entry}
    above = _gate_above(run, planned) if planned.gate is None else None
    if above is not None:
        others = (each for each in run.steps.values() if each.gate is not None and not each.changed)
        known |= {each.entry for each in others if each.gate is not None and _asks(each.gate) == _asks(above)}
    return known


def _asks(gate: GatePlan) -> tuple[object, ...]:
    """Who decides at a gate."""
    return gate.kind, gate.groups, gate.roles, gate.count


def _edited(approved: Service, current: Service | None) -> str:
    """Field by field, what the catalogue said when this was approved and what it says now."""
    if current is None:
        return told("{service} was approved as the catalogue had it; it no longer has it.", service=approved.name)
    was, now = _bound(approved), _bound(current)
    names = [name for name in sorted(was.keys() | now.keys()) if was.get(name) != now.get(name)]
    values = ((name, _clipped(was.get(name)), _clipped(now.get(name))) for name in names)
    fields = [told("{field} was {old} and is {new}", field=name, old=old, new=new) for name, old, new in values]
    return told(
        "The catalogue's entry of {service} has changed: {fields}. The run goes on as it was planned.",
        service=approved.name, fields=together(fields),
    )  # fmt: skip


def _clipped(value: JsonValue) -> str:
    text = told("not set") if value is None else str(value)
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"


def _same(approved: Iterable[str], now: Iterable[str]) -> bool:
    """Whether both name the same things. What had no ARN yet when it was approved is known by its name."""
    first, second = list(approved), list(now)
    return all(any(_is(a, b) for b in second) for a in first) and all(any(_is(a, b) for a in first) for b in second)


def _is(approved: str, now: str) -> bool:
    if approved == now:
        return True
    made_since = not approved.startswith("arn:") and now.startswith("arn:")
    return made_since and now.rpartition(":")[2].rpartition("/")[2] == approved


def _gate_above(run: Run, planned: PlannedStep) -> GatePlan | None:
    """The gate further up that let this step pass and asks the most people; as a question about this one step."""
    passed = [gate for step, gate in gates_above(run, planned) if run.steps[step].phase is not Phase.SKIPPED]
    return about_one_step(max(passed, key=lambda gate: gate.count), planned) if passed else None
