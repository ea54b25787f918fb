"""Every sentence of the timeline: one fact, one plain line.

Promises: calm words that name the thing, the state and the next move; each fact of the journal is matched, so that
a new one cannot be forgotten. Refuses to know the story so far: it is handed the names it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import assert_never

from bot.model.base import format_duration
from bot.model.events import (
    AbortAsked,
    ActionRefused,
    EvidenceSeen,
    Exported,
    Fact,
    GateExpired,
    GateGranted,
    GateOpened,
    ManualAnswered,
    ManualOpened,
    NoteAdded,
    PersonChose,
    RunCreated,
    RunFinished,
    RunPaused,
    RunResumed,
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
from bot.model.plan import Mode, Plan
from bot.model.timeline import Tone

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
    | GateGranted
    | GateExpired
    | ManualOpened
    | ManualAnswered
)
OfUndo = UndoStarted | StepUndone | UndoFailed
OfOthers = NoteAdded | ActionRefused | EvidenceSeen | Exported


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
        case GateOpened() | VoteCast() | VoteVoided() | GateGranted() | GateExpired():
            return _of_people(fact, cast)
        case UndoStarted() | StepUndone() | UndoFailed():
            return _of_undo(fact, cast.step(fact.step))
        case NoteAdded() | ActionRefused() | EvidenceSeen() | Exported():
            return _of_others(fact)
        case Unknown():
            return Line(f"Something happened that a newer bot calls {fact.kind}; this one does not know it.", "warn")
        case _:
            assert_never(fact)


def _of_run(fact: OfRun, plan: Plan) -> Line:
    match fact:
        case RunCreated():
            return Line(_opening(plan))
        case RunTaken(takeover=True):
            return Line(f"The worker fell silent; {fact.owner} took the run over and looks before it acts.", "warn")
        case RunTaken():
            return Line(f"{fact.owner} took the run.")
        case RunPaused():
            return Line(_because("The run was paused; no step begins until it is resumed", fact.why), "warn")
        case RunResumed():
            return Line(_because("The run was resumed", fact.why))
        case AbortAsked(rollback=True):
            return Line(
                _because("An abort with rollback was asked for; changes are undone, newest first", fact.why), "bad"
            )
        case AbortAsked():
            return Line(_because("An abort was asked for; no further step begins", fact.why), "bad")
        case RunFinished():
            text, tone = _ENDINGS[fact.outcome]
            return Line(_because(text, fact.why), tone)
        case _:
            assert_never(fact)


_ENDINGS: dict[str, tuple[str, Tone]] = {
    "completed": ("The run is complete", "good"),
    "aborted": ("The run was aborted", "bad"),
    "rolled_back": ("The run was rolled back", "warn"),
    "failed": ("The run failed", "bad"),
}


def _opening(plan: Plan) -> str:
    service = plan.service
    verb = "A rehearsal (dry run) of the" if plan.mode is Mode.DRY_RUN else "The"
    way = f"{service.primary_region} to {service.recovery_region}"
    if plan.kind == "failback":
        way = f"{service.recovery_region} to {service.primary_region}"
    return _because(f"{verb} {plan.kind} of {service.name} from {way} was requested", plan.reason)


def _of_step(fact: OfStep, step: str) -> Line:
    match fact:
        case StepStarted(attempt=1):
            return Line(f"{step} began.")
        case StepStarted():
            return Line(f"{step} began again, attempt {fact.attempt}.")
        case StepExecuted():
            return Line(f"{step}: AWS accepted the change; it is being watched.")
        case StepObserved():
            return Line(sentence(f"{step} is not there yet: {fact.seen}"))
        case StepAwaited():
            return Line(sentence(f"{step} is on its way: {fact.seen}"))
        case StepHeld():
            return Line(_because(f"{step} waits for its turn", fact.why), "warn")
        case StepSettled():
            return _settled(fact, step)
        case StepOutcomeUnknown():
            return Line(
                _because(f"{step} was sent and its outcome is UNKNOWN; nothing is believed before a look", fact.why),
                "warn",
            )
        case StepFailed(retry_at=None):
            return Line(_because(f"{step} failed", fact.why), "bad")
        case StepFailed():
            return Line(
                _because(f"{step} did not succeed (attempt {fact.attempt}) and will be tried again", fact.why), "warn"
            )
        case StepSkipped():
            return Line(_because(f"{step} was skipped", fact.why), "warn")
        case _:
            assert_never(fact)


def _settled(fact: StepSettled, step: str) -> Line:
    how = {
        "executed": "is done",
        "adopted": "was found already under way by us and is done",
        "already": "was already so; nothing had to be done",
        "simulated": "was simulated; nothing was changed",
        "observed": "is confirmed",
        "answered": "is closed",
        "granted": "is passed",
    }[fact.how]
    tone: Tone = "plain" if fact.how in ("simulated", "granted") else "good"
    return Line(_because(f"{step} {how}", fact.seen), tone, sensed=fact.how != "answered")


def _of_people(fact: OfPeople, cast: Cast) -> Line:
    step = cast.step(fact.step)
    match fact:
        case StepNeedsPerson():
            return Line(_because(f"{step} needs a person to choose ({_either(fact.choices)})", fact.why), "ask")
        case PersonChose():
            asserted = fact.choice in ("sent", "not_sent")
            return Line(_because(f"{step}: {CHOICES[fact.choice]}", fact.reason), sensed=not asserted)
        case GateOpened():
            again = f" again, round {fact.round}" if fact.round > 1 else ""
            return Line(_because(f"{step}: approval was asked for{again}", fact.text), "ask")
        case VoteCast():
            return _vote(fact, step)
        case VoteVoided():
            return Line(f"{step}: the approval of {cast.person(fact.person)} is void: {fact.why}.", "warn")
        case GateGranted():
            by = _and([cast.person(person) for person in fact.by])
            return Line(f"{step} was approved{' by ' + by if by else ''}.", "good")
        case GateExpired():
            return Line(f"{step}: nobody approved in time; {_EXPIRY[fact.then]}.", "warn")
        case ManualOpened():
            return Line(_because(f"{step} was handed to {fact.assignee}", "; ".join(fact.do)), "ask")
        case ManualAnswered():
            return Line(_because(f"{step} was reported done", fact.value), "good", sensed=False)
        case _:
            assert_never(fact)


CHOICES: dict[str, str] = {
    "retry": "try again",
    "skip": "go on without it",
    "rollback": "roll back",
    "abort": "abort",
    "wait_on": "wait on",
    "go_on": "go on with what is there",
    "sent": "a person says that the change arrived",
    "not_sent": "a person says that the change did not arrive",
}
_EXPIRY = {
    "escalate": "the next ones are asked",
    "pause": "the run is paused",
    "abort": "the run is aborted",
}


def _vote(fact: VoteCast, step: str) -> Line:
    role = f" as {fact.role}" if fact.role else ""
    if fact.decision == "deny":
        return Line(_because(f"{step} was denied{role}", fact.comment), "bad")
    return Line(_because(f"{step} got an approval{role}", fact.comment), "good")


def _of_undo(fact: OfUndo, step: str) -> Line:
    match fact:
        case UndoStarted():
            return Line(f"Undoing {step} began.")
        case StepUndone():
            return Line(_because(f"{step} was undone", fact.seen), "good")
        case UndoFailed():
            return Line(_because(f"{step} could not be undone; it is left to do by hand", fact.why), "bad")
        case _:
            assert_never(fact)


def _of_others(fact: OfOthers) -> Line:
    match fact:
        case NoteAdded():
            said = f" (said at {_clock(fact.said_at)})" if fact.said_at else ""
            return Line(f"Note{said}: {fact.text}", sensed=False)
        case ActionRefused():
            return Line(_because(f"Refused: {fact.what}", fact.why), "warn")
        case EvidenceSeen():
            return Line(
                sentence(
                    f"{fact.what[:1].upper()}{fact.what[1:]}, at {_clock(fact.happened_at)} according to {fact.source}"
                ),
                "warn",
            )
        case Exported():
            return Line(f"The timeline was exported as {_and(fact.formats)}.")
        case _:
            assert_never(fact)


def deed(fact: Fact, cast: Cast) -> str | None:
    """What a person did with this fact, for the list of people; None when it is nobody's deed."""
    match fact:
        case RunCreated():
            return f"asked for the {cast.plan.kind}"
        case VoteCast():
            verb = "approved" if fact.decision == "approve" else "denied"
            return f"{verb} {cast.step(fact.step)}{' as ' + fact.role if fact.role else ''}"
        case PersonChose():
            return f"chose for {cast.step(fact.step)}: {CHOICES[fact.choice]}"
        case ManualAnswered():
            return f"did {cast.step(fact.step)} by hand"
        case _:
            return _DEEDS.get(fact.kind)


_DEEDS = {
    "note_added": "wrote notes",
    "run_paused": "paused the run",
    "run_resumed": "resumed the run",
    "abort_asked": "asked to abort",
    "action_refused": "tried something that was refused",
    "exported": "exported the timeline",
}


STATUS_TEXTS = {
    "running": "Running",
    "waiting": "Waiting for people",
    "paused": "Paused",
    "aborting": "Aborting",
    "rolling_back": "Rolling back",
    "completed": "Completed",
    "aborted": "Aborted",
    "rolled_back": "Rolled back",
    "failed": "Failed",
}
PHASE_TEXTS = {
    "detect": "Detect",
    "decide": "Decide",
    "approve": "Approve",
    "execute": "Execute",
    "verify": "Verify",
}
PHASE_MEANINGS = {
    "detect": "from customer impact until the run existed or an alarm had told",
    "decide": "until the first approval was asked for",
    "approve": "until the first approval was given",
    "execute": "until the last change was in place",
    "verify": "until the service was proven",
}


def unfenced(step: str, why: str) -> str:
    """The warning that matters most: two primaries may be taking writes."""
    return _because(
        f"UNFENCED: {step} did not succeed, so the old primary may still accept writes; stop it by hand", why
    )


def sentence(text: str) -> str:
    """Ends with one full stop, unless it ends by itself."""
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def span_text(span: timedelta | None) -> str:
    """`26m 29s`; an absent span is UNKNOWN."""
    if span is None:
        return "UNKNOWN"
    text = format_duration(span)
    return "".join(
        f"{mark} " if mark.isalpha() and following.isdigit() else mark
        for mark, following in zip(text, f"{text[1:]} ", strict=True)
    )


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M:%S} UTC"


def _because(what: str, why: str) -> str:
    return sentence(f"{what}: {why}" if why.strip() else what)


def _and(words: tuple[str, ...] | list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def _either(choices: tuple[str, ...]) -> str:
    return ", ".join(CHOICES.get(choice, choice) for choice in choices)
