"""The recovery debt of a run: what it changed and who did not take it back, as its journal tells.

Promises: pure and complete; what was there before the run, what was simulated and what was undone owes nothing; a
change whose outcome is unknown is a debt until somebody has looked. Refuses to know AWS and what is true there now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import JsonValue

from bot.language import _, again
from bot.model.debt import Debt, PayBack, Payment
from bot.model.plan import Mode, PlannedStep
from bot.model.run import Run
from bot.model.step_run import Phase, StepRun
from bot.timeline.terms import sentence

_MADE = frozenset({"executed", "adopted", "undo_failed"})
"""How a settled step came to be so, where it was this run that did it."""


def debts_of(run: Run) -> tuple[Debt, ...]:
    """What the run owes, oldest change first. A failback pays debts and makes none."""
    if run.plan.mode is Mode.DRY_RUN or run.plan.kind == "failback":
        return ()
    steps = (run.plan.step(step_id) for step_id in run.undo_of)
    return tuple(_debt(run, step, run.steps[step.id]) for step in steps if _owes(step, run.steps[step.id]))


def standing(runs: Iterable[Run]) -> tuple[Debt, ...]:
    """What several runs, oldest first, owe together: a later change of the same thing takes an earlier one over."""
    open_: list[tuple[Debt, Run]] = []
    for run in runs:
        if run.plan.mode is Mode.DRY_RUN:
            continue
        open_ = [(debt, maker) for debt, maker in open_ if not _is_taken_over(debt, maker, run)]
        open_ += [(debt, run) for debt in debts_of(run)]
    return tuple(debt for debt, _maker in open_)


def payments(debts: Sequence[Debt], steps: Sequence[PlannedStep]) -> tuple[Payment, ...]:
    """Each debt with the first of the planned steps that changes the same thing, or whose people are told its name."""
    return tuple(Payment(debt=debt, step=next(_payers(debt, steps), "")) for debt in debts)


def sentence_of(debt: Debt) -> str:
    """What stands and how it is paid, in a line or two."""
    told = _("{step}: {change}.", step=debt.title, change=debt.change or _("changed by {action}", action=debt.action))
    costs = " " + sentence(_("It costs money meanwhile: {what}", what=debt.costs)) if debt.costs else ""
    return f"{_unsure(debt)}{told} {way_back(debt)}{costs}"


def way_back(debt: Debt) -> str:
    """How it is paid back, in one sentence."""
    if debt.pay_back is None:
        return again(debt.instead)
    before = {name: value for name, value in debt.pay_back.before.items() if value not in (None, "")}
    if before and all(map(_is_plain, before.values())):  # a part of what it was would mislead
        former = ", ".join(f"{name} {value}" for name, value in before.items())
        return _("Set it back with {action}; it was {former}.", action=debt.pay_back.action, former=former)
    return _("Set it back with {action}.", action=debt.pay_back.action)


def keys_of(step: PlannedStep, params: Mapping[str, JsonValue] | None = None) -> frozenset[str]:
    """Names of what a step touches: those that its look saw, and its own words for it where nobody could look."""
    targets = step.look.targets if step.look is not None else ()
    seen = {each if ":" in each else f"{step.region}/{each}" for each in targets}
    words = sorted(str(value) for value in (params or step.params).values() if isinstance(value, str))
    said = {f"{step.action} {step.region} {' '.join(words)}"} if words else set()
    return frozenset(seen | said)


def _owes(step: PlannedStep, known: StepRun) -> bool:
    if not step.owes or known.phase is Phase.UNDONE:
        return False
    if step.passes and known.phase is Phase.SETTLED:
        return False
    return known.phase.is_in_flight or (known.phase is Phase.SETTLED and known.how in _MADE) or _is_unsure(known)


def _is_unsure(known: StepRun) -> bool:
    """Sent perhaps, and nobody saw what became of it."""
    return known.phase is Phase.UNKNOWN or known.adrift


def _debt(run: Run, step: PlannedStep, known: StepRun) -> Debt:
    return Debt(
        run=run.id,
        step=step.id,
        title=known.title or step.title,
        action=step.action or "",
        region=step.region,
        change=step.look.change if step.look is not None else "",
        keys=tuple(sorted(keys_of(step, known.params or None) | _named_after(run, step, known))),
        since=known.intent_at or run.created_at,
        pay_back=_pay_back(step, known),
        instead=step.no_way_back or _taken_back(step),
        costs="" if _is_less(known) else step.costs,
        unsure=_is_unsure(known) or known.phase.is_in_flight,
    )


def _named_after(run: Run, step: PlannedStep, known: StepRun) -> frozenset[str]:
    """What a step makes under the run's own name is found by that name."""
    params = known.params or step.params
    return frozenset({f"{step.region}/{run.id}"} if run.id in _words(params) else ())


def _words(value: JsonValue) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _words(each)
        case list():
            for each in value:
                yield from _words(each)


def _pay_back(step: PlannedStep, known: StepRun) -> PayBack | None:
    """The author's own way back, else the action's, with what it remembered."""
    if step.undo is not None:
        return PayBack(action=step.undo.action, region=step.undo.region, params=step.undo.params)
    if step.no_way_back is not None or _taken_back(step):
        return None
    params = known.params or step.params
    return PayBack(action=step.action or "", region=step.region, params=params, before=known.before or {})


def _taken_back(step: PlannedStep) -> str:
    """The action's own words for it, where the author wrote no other way."""
    return step.taken_back if step.undo is None else ""


def _is_less(known: StepRun) -> bool:
    """Whether less stands than before: a number that was remembered and was lowered."""
    before = known.before or {}
    pairs = [(before.get(name), value) for name, value in known.params.items()]
    numbers = [(was, now) for was, now in pairs if _is_number(was) and _is_number(now)]
    return bool(numbers) and all(float(str(now)) < float(str(was)) for was, now in numbers)


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_taken_over(debt: Debt, maker: Run, later: Run) -> bool:
    """Whether a later run settled the same thing, or had people do so."""
    keys = set(debt.keys)
    touched = (step for step in _done(later) if keys & keys_of(step, later.steps[step.id].params))
    return any(not _found_as_made(step, later, debt, maker) for step in touched) or _by_hand(later, debt)


def _found_as_made(step: PlannedStep, later: Run, debt: Debt, maker: Run) -> bool:
    """Whether the later run only found the very change that is owed for: nobody has taken that back."""
    known, made = later.steps[step.id], maker.steps[debt.step]
    same = (step.action, step.region, known.params) == (debt.action, debt.region, made.params)
    return known.how == "already" and same


def _done(run: Run) -> Iterator[PlannedStep]:
    """Steps of the run after which their thing is as the run wanted it, whoever made it so."""
    for step in run.plan.steps:
        if step.changes and run.steps[step.id].phase is Phase.SETTLED:
            yield step


def _by_hand(run: Run, debt: Debt) -> bool:
    settled = [step for step in run.plan.steps if run.steps[step.id].phase is Phase.SETTLED]
    return any(_names(step, debt) for step in settled)


def _payers(debt: Debt, steps: Sequence[PlannedStep]) -> Iterator[str]:
    for step in steps:
        if (step.changes and keys_of(step) & set(debt.keys)) or _names(step, debt):
            yield step.id


def _names(step: PlannedStep, debt: Debt) -> bool:
    """Whether people are told to do something about the very thing, in its region."""
    lines = " ".join(step.manual.do) if step.manual is not None else ""
    things = {key.removeprefix(f"{debt.region}/") for key in debt.keys if key.startswith(f"{debt.region}/")}
    return debt.region in lines and any(thing in lines.split() for thing in things)


def _is_plain(value: JsonValue) -> bool:
    return isinstance(value, str | int | float)


def _unsure(debt: Debt) -> str:
    return _("Look first, its outcome is UNKNOWN.") + " " if debt.unsure else ""
