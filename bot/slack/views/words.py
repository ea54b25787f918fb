"""The words that several views share: marks of a step's state, spans of time, whom we wait for.

Promises: nothing is told by colour or shape alone; an unknown is called UNKNOWN, never zero or ok.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from bot.approval.policy import asked_of, eligible, responders
from bot.approval.roles import role_words
from bot.language import _, later
from bot.model.people import Person
from bot.model.plan import DataLoss, Forecast, GatePlan, Mode, Plan, PlannedStep
from bot.model.run import Run, Status
from bot.model.service import Catalog, RunKind
from bot.model.step_run import Phase, StepRun
from bot.slack.kit import Ref, clip, escape, mentions
from bot.timeline.terms import listed, span_text, status_words

KINDS: dict[RunKind, str] = {
    "failover": later("Failover"),
    "failback": later("Failback"),
    "restore": later("Restore"),
    "drill": later("Drill"),
}
_HEADLINES: dict[RunKind, str] = {
    "failover": later("Failover of {service}"),
    "failback": later("Failback of {service}"),
    "restore": later("Restore of {service}"),
    "drill": later("Drill of {service}"),
}
PHASES: dict[Phase, tuple[str, str]] = {
    Phase.WAITING: ("☐", later("to do")),
    Phase.GATE: ("?", later("ASKS FOR APPROVAL")),
    Phase.CLEARED: ("▶", later("approved, about to start")),
    Phase.MANUAL: ("?", later("WAITS FOR A PERSON")),
    Phase.STARTED: ("▶", later("running")),
    Phase.EXECUTED: ("▶", later("running")),
    Phase.UNKNOWN: ("!", later("UNKNOWN")),
    Phase.RETRYING: ("▶", later("will be tried again")),
    Phase.ASKING: ("?", later("NEEDS A DECISION")),
    Phase.SETTLED: ("☑", later("done")),
    Phase.SKIPPED: ("–", later("skipped")),
    Phase.FAILED: ("☒", later("FAILED")),
    Phase.UNDOING: ("↶", later("being undone")),
    Phase.UNDONE: ("↶", later("undone")),
}
"""Say the words with `_`, or ask `mark`."""
_HOW = {
    "adopted": later("done, found under way"),
    "already": later("was already so"),
    "simulated": later("simulated"),
    "observed": later("seen"),
    "answered": later("said done by a person"),
    "granted": later("approved"),
    "undo_failed": later("done; COULD NOT BE UNDONE"),
}


def mark(state: StepRun) -> tuple[str, str]:
    """A sign and the same in words: `("☑", "done")`."""
    sign, word = PHASES[state.phase]
    said = _HOW.get(state.how, word) if state.phase is Phase.SETTLED else word
    return sign, _(said)


def headline(plan: Plan) -> str:
    """`Failover of orders-api`, with a dry run named first."""
    what = _(_HEADLINES[plan.kind], service=plan.service.name)
    return _("DRY RUN · {what}", what=what) if plan.mode is Mode.DRY_RUN else what


def mode_text(mode: Mode) -> str:
    """Live, or what a dry run does."""
    return _("LIVE") if mode is Mode.LIVE else _("DRY RUN: reads for real, changes nothing")


def status_text(run: Run) -> str:
    """Where it stands, in words, with the reason of a pause or of the end."""
    why = run.outcome_why or (run.pause_why if run.paused else "")
    words = status_words(run.status.value)
    return f"{words}: {escape(clip(why, 160))}" if why else words


def status_sign(run: Run) -> str:
    """Whether it waits for people, goes on, or is over; the words beside it say the same."""
    return "?" if run.status is Status.WAITING else "–" if run.status.is_over else "▶"


def span(value: timedelta | None) -> str:
    """`26m 29s`, or UNKNOWN."""
    return span_text(value)


_LOSSES = {
    True: later("*{loss}*, within the target of {target} ({evidence})"),
    False: later("*{loss}*, *OVER* the target of {target} ({evidence})"),
    None: later("*{loss}*, against the target of {target} ({evidence})"),
}


def data_loss(loss: DataLoss, target: timedelta) -> str:
    """What would be lost, against what may be lost."""
    if loss.span is None:
        return _("*UNKNOWN* (target {target}): {evidence}", target=span(target), evidence=escape(loss.evidence))
    return _(_LOSSES[loss.within_target], loss=span(loss.span), target=span(target), evidence=escape(loss.evidence))


def recovery(forecast: Forecast) -> str:
    """The predicted recovery time, against its target."""
    text = (
        later("*{total}*, within the target of {target} ({passed} of it have passed)")
        if forecast.within_target
        else later("*{total}*, *OVER* the target of {target} ({passed} of it have passed)")
    )
    total = span(forecast.elapsed + forecast.remaining)
    return _(text, total=total, target=span(forecast.target), passed=span(forecast.elapsed))


def asked_people(gate: GatePlan, catalog: Catalog, run: Run, state: StepRun) -> tuple[Person, ...]:
    """Everyone whose vote is still missing and would count; who holds a role that must confirm is asked first."""
    voted = {vote.person for vote in state.votes}
    wanted = [person for person in eligible(gate, catalog, run.plan.requester) if person.id not in voted]
    holders = {run.incident.holder(role) for role, _groups in gate.roles}
    return tuple(sorted(wanted, key=lambda person: person.id not in holders))


def asked_mentions(gate: GatePlan, catalog: Catalog, run: Run, state: StepRun, most: int | None = None) -> str:
    """The same as Slack mentions them: people of the roster, then the user groups that feed the gate."""
    asked = asked_people(gate, catalog, run, state)
    people = mentions(asked) if most is None else mentions(asked, most)
    fed = () if gate.strict else tuple(each for each in gate.voters if each in catalog.groups)
    return " ".join(part for part in (people, *_usergroups(fed, catalog)) if part)


def told_mentions(gate: GatePlan, catalog: Catalog) -> str:
    """Those who only hear of it, as Slack mentions them; empty while nobody does."""
    people = mentions(catalog.members(gate.hears))
    fed = (each for each in gate.hears if each in catalog.groups)
    return " ".join(part for part in (people, *_usergroups(fed, catalog)) if part)


def _usergroups(groups: Iterable[str], catalog: Catalog) -> Iterator[str]:
    return (f"<!subteam^{escape(catalog.usergroups[each])}>" for each in groups)


def asked_text(gate: GatePlan) -> str:
    """`2 of @sre-leads or @eng-directors`."""
    return escape(asked_of(gate))


def assignees(name: str, run: Run, catalog: Catalog) -> tuple[Person, ...]:
    """Who is meant by a manual step's `assignee`: a role, a group, a person; else whoever may steer the run."""
    if name in catalog.roles:
        holder = catalog.people.get(run.incident.holder(name))
        return (holder,) if holder is not None else catalog.members(catalog.roles[name].groups)
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
    if state.phase is Phase.GATE and (gate := run.gate(step.id)) is not None:
        people = asked_mentions(gate, catalog, run, state) or _("nobody on the roster")
        return _("{step} needs {asked}: {people}", step=name, asked=asked_text(gate), people=people)
    if state.phase is Phase.MANUAL and step.manual is not None:
        who = escape(role_words(step.manual.assignee))
        people = mentions(assignees(step.manual.assignee, run, catalog))
        return _("{step} is with {who}: {people}", step=name, who=who, people=people)
    if state.phase is Phase.ASKING and state.chosen is None:
        people = mentions(catalog.members(responders(run.plan.service, catalog)))
        return _("{step} needs a decision: {people}", step=name, people=people)
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
    return listed(words)


def gate_ref(run: Run, step: str) -> Ref:
    """What a gate's buttons are about."""
    return Ref(run.id, step, run.steps[step].round, run.plan.hash[:16])
