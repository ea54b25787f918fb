"""What a person did with a fact, in a few words, for the list of people; the sentence of the story is in `wording`."""

from __future__ import annotations

from bot.approval.roles import role_words
from bot.language import _, later
from bot.model.events import Fact, ManualAnswered, PersonChose, RunCreated, VoteCast
from bot.timeline.terms import CHOICES, kind_words
from bot.timeline.wording import Cast


def deed(fact: Fact, cast: Cast) -> str | None:
    """`approved “Go or no go”`; None when it is nobody's deed."""
    match fact:
        case RunCreated():
            return _("asked for the {kind}", kind=kind_words(cast.plan.kind))
        case VoteCast():
            return _voted(fact, cast.step(fact.step))
        case PersonChose():
            return _("chose for {step}: {choice}", step=cast.step(fact.step), choice=_(CHOICES[fact.choice]))
        case ManualAnswered():
            return _("did {step} by hand", step=cast.step(fact.step))
        case _:
            return _(_DEEDS[fact.kind]) if fact.kind in _DEEDS else None


def _voted(fact: VoteCast, step: str) -> str:
    if fact.decision == "approve":
        text = later("approved {step} as {role}") if fact.role else later("approved {step}")
    else:
        text = later("denied {step} as {role}") if fact.role else later("denied {step}")
    return _(text, step=step, role=role_words(fact.role))


_DEEDS = {
    "note_added": later("wrote notes"),
    "run_paused": later("paused the run"),
    "run_resumed": later("resumed the run"),
    "abort_asked": later("asked to abort"),
    "action_refused": later("tried something that was refused"),
    "exported": later("exported the timeline"),
    "role_claimed": later("took a role"),
    "role_accepted": later("took a role over"),
    "role_offered": later("handed a role over"),
    "status_posted": later("told the stakeholders"),
}
