"""Every sentence of the timeline: one fact, one plain line.

Promises: calm words that name the thing, the state and the next move; each fact of the journal is matched, so that
a new one cannot be forgotten. Refuses to know the story so far: it is handed the names it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never

from bot.approval.policy import any_of
from bot.approval.roles import role_words
from bot.language import _, again, later
from bot.model.case import AlarmHeard, CaseAnswered, CaseDismissed, CaseLooked, CaseOpened, RemindAsked
from bot.model.events import (
    AbortAsked,
    ActionRefused,
    ChangeFound,
    EvidenceSeen,
    Exported,
    Fact,
    GateExpired,
    GateGranted,
    GateOpened,
    GlassBroken,
    GlassReviewed,
    ManualAnswered,
    ManualOpened,
    NoteAdded,
    PersonChose,
    RunCreated,
    RunFinished,
    RunPaused,
    RunResumed,
    RunReviewed,
    RunTaken,
    StepAwaited,
    StepExecuted,
    StepFailed,
    StepHeld,
    StepNeedsPerson,
    StepObserved,
    StepOutcomeUnknown,
    StepSettled,
    StepSkipped,
    StepStarted,
    StepUndone,
    UndoFailed,
    UndoStarted,
    Unknown,
    VoteCast,
    VoteVoided,
)
from bot.model.incident_events import FileKept, RoleAccepted, RoleClaimed, RoleOffered, StatusPosted, StatusSnoozed
from bot.model.plan import Mode, Plan
from bot.model.service import way
from bot.model.timeline import Tone
from bot.timeline.case_lines import tell_case
from bot.timeline.incident_words import tell_incident
from bot.timeline.terms import CHOICES, attempt_words, kind_words, listed, sentence

OfRun = RunCreated | RunTaken | RunPaused | RunResumed | AbortAsked | RunFinished
OfStep = (
    StepStarted
    | StepExecuted
    | StepObserved
    | StepAwaited
    | StepHeld
    | StepSettled
    | StepOutcomeUnknown
    | StepFailed
    | StepSkipped
)
OfPeople = (
    StepNeedsPerson
    | PersonChose
    | GateOpened
    | VoteCast
    | VoteVoided
    | ChangeFound
    | GateGranted
    | GateExpired
    | GlassBroken
    | ManualOpened
    | ManualAnswered
)
OfUndo = UndoStarted | StepUndone | UndoFailed
OfOthers = GlassReviewed | RunReviewed | NoteAdded | ActionRefused | EvidenceSeen | Exported


@dataclass(frozen=True, slots=True)
class Cast:
    """The names a sentence may use."""

    plan: Plan
    titles: Mapping[str, str]
    """Step id to title, rendered as far as known."""
    names: Mapping[str, str]
    """Person id to name, of everyone seen in the journal."""

    def step(self, step_id: str) -> str:
        """A step's title in quotes."""
        return f"“{self.titles.get(step_id) or step_id}”"

    def person(self, person_id: str) -> str:
        return self.names.get(person_id) or person_id


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the story."""

    text: str
    tone: Tone = "plain"
    sensed: bool = True
    """False for what a person asserted and the bot did not see."""


def tell(fact: Fact, cast: Cast) -> Line:
    """The sentence of a fact; the one who did it is named beside it, not in it."""
    match fact:
        case RunCreated() | RunTaken() | RunPaused() | RunResumed() | AbortAsked() | RunFinished():
            return _of_run(fact, cast.plan)
        case StepStarted() | StepExecuted() | StepObserved() | StepSettled() | StepSkipped():
            return _of_step(fact, cast.step(fact.step))
        case StepOutcomeUnknown() | StepFailed() | StepAwaited() | StepHeld():
            return _of_step(fact, cast.step(fact.step))
        case StepNeedsPerson() | PersonChose() | ManualOpened() | ManualAnswered():
            return _of_people(fact, cast)
        case GateOpened() | VoteCast() | VoteVoided() | GateGranted() | GateExpired() | GlassBroken() | ChangeFound():
            return _of_people(fact, cast)
        case UndoStarted() | StepUndone() | UndoFailed():
            return _of_undo(fact, cast.step(fact.step))
        case NoteAdded() | ActionRefused() | EvidenceSeen() | Exported() | GlassReviewed() | RunReviewed():
            return _of_others(fact)
        case RoleClaimed() | RoleOffered() | RoleAccepted() | StatusPosted() | StatusSnoozed() | FileKept():
            text, tone = tell_incident(fact)
            return Line(text, tone, sensed=isinstance(fact, FileKept))
        case CaseOpened() | CaseLooked() | AlarmHeard() | CaseDismissed() | CaseAnswered() | RemindAsked():
            text, tone = tell_case(fact)
            return Line(text, tone, sensed=not isinstance(fact, CaseDismissed | CaseAnswered))
        case Unknown():
            text = _("Something happened that a newer bot calls {kind}; this one does not know it.", kind=fact.kind)
            return Line(text, "warn")
        case _:
            assert_never(fact)


def _of_run(fact: OfRun, plan: Plan) -> Line:
    match fact:
        case RunCreated():
            return Line(_opening(plan))
        case RunTaken(takeover=True):
            text = _("The worker fell silent; {owner} took the run over and looks before it acts.", owner=fact.owner)
            return Line(text, "warn")
        case RunTaken():
            return Line(_("{owner} took the run.", owner=fact.owner))
        case RunPaused():
            return Line(_because(_("The run was paused; no step begins until it is resumed"), fact.why), "warn")
        case RunResumed():
            return Line(_because(_("The run was resumed"), fact.why))
        case AbortAsked(rollback=True):
            text = _("An abort with rollback was asked for; changes are undone, newest first")
            return Line(_because(text, fact.why), "bad")
        case AbortAsked():
            return Line(_because(_("An abort was asked for; no further step begins"), fact.why), "bad")
        case RunFinished():
            text, tone = _ENDINGS[fact.outcome]
            return Line(_because(_(text), fact.why), "warn" if tone == "good" and fact.why else tone)
        case _:
            assert_never(fact)


_ENDINGS: dict[str, tuple[str, Tone]] = {
    "completed": (later("The run is complete"), "good"),
    "aborted": (later("The run was aborted"), "bad"),
    "rolled_back": (later("The run was rolled back"), "warn"),
    "failed": (later("The run failed"), "bad"),
}


def _opening(plan: Plan) -> str:
    service = plan.service
    source, target = way(plan.kind, service.primary_region, service.recovery_region)
    text = (
        later("A rehearsal (dry run) of the {kind} of {service} from {source} to {target} was requested")
        if plan.mode is Mode.DRY_RUN
        else later("The {kind} of {service} from {source} to {target} was requested")
    )
    said = _(text, kind=kind_words(plan.kind), service=service.name, source=source, target=target)
    return _because(said, plan.reason)


def _of_step(fact: OfStep, step: str) -> Line:
    match fact:
        case StepStarted(vouched_at=datetime() as at):
            text = _("{step} began, attempt {attempt}; its approvers stand as Slack last said at {at}.",
                     step=step, attempt=fact.attempt, at=_clock(at))  # fmt: skip
            return Line(text, "warn")
        case StepStarted(attempt=1):
            return Line(_("{step} began.", step=step))
        case StepStarted():
            return Line(_("{step} began again, attempt {attempt}.", step=step, attempt=fact.attempt))
        case StepExecuted():
            return Line(_("{step}: AWS accepted the change; it is being watched.", step=step))
        case StepObserved():
            return Line(sentence(_("{step} is not there yet: {seen}", step=step, seen=fact.seen)))
        case StepAwaited():
            return Line(sentence(_("{step} is on its way: {seen}", step=step, seen=fact.seen)))
        case StepHeld():
            return Line(_because(_("{step} waits for its turn", step=step), fact.why), "warn")
        case StepSettled():
            return _settled(fact, step)
        case StepOutcomeUnknown():
            text = _("{step} was sent and its outcome is UNKNOWN; nothing is believed before a look", step=step)
            return Line(_because(text, fact.why), "warn")
        case StepFailed(retry_at=None):
            return Line(_because(_("{step} failed", step=step), fact.why), "bad")
        case StepFailed():
            text = _(
                "{step} did not succeed (attempt {attempt}) and will be tried again", step=step, attempt=fact.attempt
            )
            return Line(_because(text, fact.why), "warn")
        case StepSkipped():
            return Line(_because(_("{step} was skipped", step=step), fact.why), "warn")
        case _:
            assert_never(fact)


_SETTLED = {
    "executed": later("{step} is done"),
    "adopted": later("{step} was found already under way by us and is done"),
    "already": later("{step} was already so; nothing had to be done"),
    "simulated": later("{step} was simulated; nothing was changed"),
    "observed": later("{step} is confirmed"),
    "answered": later("{step} is closed"),
    "granted": later("{step} is passed"),
}


def _settled(fact: StepSettled, step: str) -> Line:
    tone: Tone = "plain" if fact.how in ("simulated", "granted") else "good"
    return Line(_because(_(_SETTLED[fact.how], step=step), fact.seen), tone, sensed=fact.how != "answered")


def _of_people(fact: OfPeople, cast: Cast) -> Line:
    step = cast.step(fact.step)
    match fact:
        case StepNeedsPerson():
            text = _("{step} needs a person to choose ({choices})", step=step, choices=_either(fact.choices))
            return Line(_because(text, fact.why), "ask")
        case PersonChose():
            asserted = fact.choice in ("sent", "not_sent")
            text = _("{step}: {choice}", step=step, choice=_(CHOICES[fact.choice]))
            return Line(_because(text, fact.reason), sensed=not asserted)
        case GateOpened(round=1):
            return Line(_because(_("{step}: approval was asked for", step=step), fact.text), "ask")
        case GateOpened():
            text = _("{step}: approval was asked for again, round {round}", step=step, round=fact.round)
            return Line(_because(text, fact.text), "ask")
        case VoteCast():
            return _vote(fact, step)
        case VoteVoided():
            who = cast.person(fact.person)
            return Line(_("{step}: the approval of {who} is void: {why}.", step=step, who=who, why=fact.why), "warn")
        case ChangeFound():
            return Line(_because(_("{step}: its approval is void", step=step), fact.why), "warn")
        case GateGranted(by=()):
            return Line(_("{step} was approved.", step=step), "good")
        case GateGranted():
            by = listed([cast.person(person) for person in fact.by])
            return Line(_("{step} was approved by {people}.", step=step, people=by), "good")
        case GlassBroken():
            text = _("{who} broke the glass for {step}: one person alone lets it happen", who=fact.name, step=step)
            return Line(_because(text, fact.reason), "bad")
        case GateExpired():
            text = _EXPIRY[fact.then, bool(fact.asks), bool(fact.tells)]
            return Line(_(text, step=step, asked=any_of(fact.asks), told=listed(fact.tells)), "warn")
        case ManualOpened():
            text = _("{step} was handed to {assignee}", step=step, assignee=role_words(fact.assignee))
            return Line(_because(text, "; ".join(fact.do)), "ask")
        case ManualAnswered():
            return Line(_because(_("{step} was reported done", step=step), fact.value), "good", sensed=False)
        case _:
            assert_never(fact)


_EXPIRY = {
    ("escalate", False, False): later("{step}: nobody approved in time; the same people are asked again."),
    ("escalate", True, False): later("{step}: nobody approved in time; {asked} may decide too."),
    ("escalate", False, True): later(
        "{step}: nobody approved in time; it was told to {told}, and the same people are asked again."
    ),
    ("escalate", True, True): later(
        "{step}: nobody approved in time; {asked} may decide too, and it was told to {told}."
    ),
    ("pause", False, False): later("{step}: nobody approved in time; the run is paused."),
    ("abort", False, False): later("{step}: nobody approved in time; the run is aborted."),
}


def _vote(fact: VoteCast, step: str) -> Line:
    if fact.decision == "deny":
        denied = later("{step} was denied as {role}") if fact.role else later("{step} was denied")
        return Line(_because(_(denied, step=step, role=role_words(fact.role)), fact.comment), "bad")
    if fact.lent is not None:
        groups, at = listed(fact.lent.groups), _clock(fact.lent.at)
        text = _("{step} got an approval from {groups}, as Slack said at {at}", step=step, groups=groups, at=at)
        return Line(_because(text, fact.comment), "good")
    approved = later("{step} got an approval as {role}") if fact.role else later("{step} got an approval")
    return Line(_because(_(approved, step=step, role=role_words(fact.role)), fact.comment), "good")


def _of_undo(fact: OfUndo, step: str) -> Line:
    match fact:
        case UndoStarted():
            return Line(_("Undoing {step} began.", step=step))
        case StepUndone():
            return Line(_because(_("{step} was undone", step=step), fact.seen), "good")
        case UndoFailed():
            text = _("{step} could not be undone; it is left to do by hand", step=step)
            return Line(_because(text, fact.why), "bad")
        case _:
            assert_never(fact)


def _of_others(fact: OfOthers) -> Line:
    match fact:
        case NoteAdded():
            return Line(_note(fact), sensed=False)
        case ActionRefused():
            return Line(_because(_("Refused: {what}", what=attempt_words(fact.what)), fact.why), "warn")
        case EvidenceSeen():
            what = again(fact.what)
            text = _(
                "{what}, at {at} according to {source}",
                what=_begun(what), at=_clock(fact.happened_at), source=fact.source,
            )  # fmt: skip
            return Line(sentence(text), "warn" if fact.tells_impact else "plain")
        case GlassReviewed():
            return Line(_because(_("{who} reviewed the broken glass", who=fact.name), fact.comment), "good")
        case RunReviewed():
            return Line(_because(_("{who} wrote down the review", who=fact.name), fact.comment), "good", sensed=False)
        case Exported():
            return Line(_("The timeline was exported as {formats}.", formats=listed(fact.formats)))
        case _:
            assert_never(fact)


def _begun(text: str) -> str:
    """As a sentence begins; a name or an address that stands first stays as it is."""
    first = text.partition(" ")[0]
    return f"{text[:1].upper()}{text[1:]}" if first.isalpha() else text


def _note(fact: NoteAdded) -> str:
    if fact.said_at is None:
        return _("Note: {text}", text=fact.text)
    return _("Note (said at {at}): {text}", at=_clock(fact.said_at), text=fact.text)


def unfenced(step: str, region: str, why: str) -> str:
    """The warning that matters most: two sides may be taking writes. No region is known of what people do by hand."""
    text = _(
        "UNFENCED: {step} did not succeed, so {region} may still accept writes; stop them by hand",
        step=step,
        region=region or _("the side that was left"),
    )
    return _because(text, why)


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M:%S} UTC"


def _because(what: str, why: str) -> str:
    return sentence(f"{what}: {again(why)}" if why.strip() else what)


def _either(choices: tuple[str, ...]) -> str:
    return ", ".join(_(CHOICES[choice]) if choice in CHOICES else choice for choice in choices)
