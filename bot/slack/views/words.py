"""The words that several views share: marks of a step's state, spans of time, whom we wait for.

Promises: nothing is told by colour or shape alone; an unknown is called UNKNOWN, never zero or ok.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from bot.approval.policy import asked_of, eligible, responders
from bot.model.action import Risk
from bot.model.people import Person
from bot.model.plan import DataLoss, Forecast, GatePlan, Mode, Plan, PlannedStep
from bot.model.run import Phase, Run, StepRun
from bot.model.service import Catalog, RunKind
from bot.slack.kit import Ref, clip, escape, mentions
from bot.timeline.wording import STATUS_TEXTS, span_text

KINDS: dict[RunKind, str] = {
    "failover": "Failover",
    "failback": "Failback",
    "restore": "Restore",
    "drill": "Drill",
}
RISKS: dict[Risk, str] = {
    Risk.READ: "only looks",
    Risk.REVERSIBLE: "can be undone",
    Risk.DISRUPTIVE: "disruptive",
    Risk.DATA_LOSS: "CAN LOSE DATA",
}
PHASES: dict[Phase, tuple[str, str]] = {
    Phase.WAITING: ("·", "to do"),
    Phase.GATE: ("?", "ASKS FOR APPROVAL"),
    Phase.CLEARED: ("▶", "approved, about to start"),
    Phase.MANUAL: ("?", "WAITS FOR A PERSON"),
    Phase.STARTED: ("▶", "running"),
    Phase.EXECUTED: ("▶", "running"),
    Phase.UNKNOWN: ("!", "UNKNOWN"),
    Phase.RETRYING: ("▶", "will be tried again"),
    Phase.ASKING: ("?", "NEEDS A DECISION"),
    Phase.SETTLED: ("✓", "done"),
    Phase.SKIPPED: ("–", "skipped"),
    Phase.FAILED: ("✗", "FAILED"),
    Phase.UNDOING: ("↶", "being undone"),
    Phase.UNDONE: ("↶", "undone"),
}
_HOW = {
    "adopted": "done, found under way",
    "already": "was already so",
    "simulated": "simulated",
    "observed": "seen",
    "answered": "said done by a person",
    "granted": "approved",
    "undo_failed": "done; COULD NOT BE UNDONE",
}


def mark(state: StepRun) -> tuple[str, str]:
    """A sign and the same in words: `("✓", "done")`."""
    sign, word = PHASES[state.phase]
    return sign, _HOW.get(state.how, word) if state.phase is Phase.SETTLED else word


def headline(plan: Plan) -> str:
    """`Failover of orders-api`, with a dry run named first."""
    what = f"{KINDS[plan.kind]} of {plan.service.name}"
    return f"DRY RUN · {what}" if plan.mode is Mode.DRY_RUN else what


def mode_text(mode: Mode) -> str:
    """Live, or what a dry run does."""
    return "LIVE" if mode is Mode.LIVE else "DRY RUN: reads for real, changes nothing"


def status_text(run: Run) -> str:
    """Where it stands, in words, with the reason of a pause or of the end."""
    why = run.outcome_why or (run.pause_why if run.paused else "")
    words = STATUS_TEXTS[run.status.value]
    return f"{words}: {escape(clip(why, 160))}" if why else words


def span(value: timedelta | None) -> str:
    """`26m 29s`, or UNKNOWN."""
    return span_text(value)


def data_loss(loss: DataLoss, target: timedelta) -> str:
    """What would be lost, against what may be lost."""
    if loss.span is None:
        return f"*UNKNOWN* (target {span(target)}): {escape(loss.evidence)}"
    verdict = {True: "within", False: "*OVER*", None: "against"}[loss.within_target]
    return f"*{span(loss.span)}*, {verdict} the target of {span(target)} ({escape(loss.evidence)})"


def recovery(forecast: Forecast) -> str:
    """The predicted recovery time, against its target."""
    verdict = "within" if forecast.within_target else "*OVER*"
    total = span(forecast.elapsed + forecast.remaining)
    return f"*{total}*, {verdict} the target of {span(forecast.target)} ({span(forecast.elapsed)} of it have passed)"


def asked_people(gate: GatePlan, catalog: Catalog, run: Run, state: StepRun) -> tuple[Person, ...]:
    """Everyone whose vote is still missing and would count."""
    voted = {vote.person for vote in state.votes}
    return tuple(person for person in eligible(gate, catalog, run.plan.requester) if person.id not in voted)


def asked_text(gate: GatePlan) -> str:
    """`2 of @sre-leads or @eng-directors`."""
    return escape(asked_of(gate))


def assignees(name: str, run: Run, catalog: Catalog) -> tuple[Person, ...]:
    """Who is meant by a manual step's `assignee`: a role, a group, a person; else whoever may steer the run."""
    if name in catalog.roles:
        return catalog.members(catalog.roles[name].groups)
    if name.startswith("@"):
        return catalog.members((name,))
    if name in catalog.people:
        return (catalog.people[name],)
    return catalog.members(responders(run.plan.service, catalog))


def waits_for(run: Run, catalog: Catalog) -> list[str]:
    """Whom the run waits for and why, one line each; empty when it waits for nobody."""
    return [line for step in run.plan.steps if (line := _waits_at(step, run, catalog))]


def _waits_at(step: PlannedStep, run: Run, catalog: Catalog) -> str:
    state = run.steps[step.id]
    name = f"“{escape(title_of(run, step))}”"
    if state.phase is Phase.GATE and step.gate is not None:
        people = mentions(asked_people(step.gate, catalog, run, state)) or "nobody on the roster"
        return f"{name} needs {asked_text(step.gate)}: {people}"
    if state.phase is Phase.MANUAL and step.manual is not None:
        who = escape(step.manual.assignee)
        return f"{name} is with {who}: {mentions(assignees(step.manual.assignee, run, catalog))}"
    if state.phase is Phase.ASKING and state.chosen is None:
        return f"{name} needs a decision: {mentions(catalog.members(responders(run.plan.service, catalog)))}"
    return ""


def title_of(run: Run, step: PlannedStep) -> str:
    """A step's title, rendered as far as it is known."""
    return run.steps[step.id].title or step.title or step.id


def results_text(results: dict[str, object] | None) -> str:
    """`lag_seconds 42, last_consistent_at …`: results in one line."""
    shown = (results or {}).items()
    return ", ".join(f"{escape(key)} {escape(clip(str(value), 80))}" for key, value in shown)


def names_of(people: Iterable[str], catalog: Catalog) -> str:
    """Names for person ids."""
    return ", ".join(escape(catalog.people[who].name if who in catalog.people else who) for who in people)


def join(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def gate_ref(run: Run, step: str) -> Ref:
    """What a gate's buttons are about."""
    return Ref(run.id, step, run.steps[step].round, run.plan.hash[:16])
