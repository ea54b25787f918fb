"""Submitted forms: approvals, manual answers, skips, aborts, notes. The start form has a file of its own.

Promises: what can be judged without I/O is answered inline; everything else is judged by the use cases, on record.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

from slack_bolt.async_app import AsyncApp

from bot.approval.votes import Ballot
from bot.language import _
from bot.model import form
from bot.slack.door import Door
from bot.slack.kit import MAX_METADATA, Json, Ref
from bot.slack.listeners import start
from bot.slack.listeners.about import packing
from bot.slack.listeners.asked import must_be_asked
from bot.slack.listeners.guard import sentence, submission
from bot.slack.listeners.turn import Turn
from bot.slack.views import approval, failure, manual, pick_form, plan_view, start_form, steer
from bot.slack.views.run_card import steering_stamp
from bot.usecases.answer_manual import answer_manual
from bot.usecases.current import must_hold
from bot.usecases.decide import vote
from bot.usecases.note import add_note
from bot.usecases.steer_run import abort, choose


@dataclass(frozen=True)
class Slip:
    """What travels in a small form."""

    ref: str
    channel: str = ""
    decision: Literal["approve", "deny", ""] = ""
    typed: str = ""
    """The phrase that must be typed."""
    label: str = ""
    pattern: str = ""
    rollback: bool = False

    def pack(self) -> str:
        """At most 3000 characters; what would not fit is judged after the acknowledgement instead of inline."""
        short = Slip(self.ref, self.channel, self.decision, rollback=self.rollback)
        return next(packed for each in (self, short) if len(packed := packing(asdict(each))) <= MAX_METADATA)

    @classmethod
    def parse(cls, packed: str) -> Slip:
        """Read it back; only we write it."""
        return cls(**json.loads(packed))


def register(app: AsyncApp, door: Door) -> None:
    """Put every form's listener in place."""
    app.view(pick_form.SUBMIT)(submission(door, start.pick, start.picking))
    app.view(start_form.SUBMIT)(submission(door, start.plan, start.check_form))
    app.view(plan_view.START)(submission(door, start.start, start.starting))
    app.view(approval.SUBMIT)(submission(door, cast_vote, check_phrase))
    app.view(manual.SUBMIT)(submission(door, give_answer, check_answer))
    app.view(failure.SUBMIT)(submission(door, skip_step))
    app.view(steer.ABORT)(submission(door, abort_run))
    app.view(steer.NOTE)(submission(door, note_down))


def check_phrase(turn: Turn) -> Json:
    """The typed phrase, compared before anything else; a slip of the finger is no refused vote."""
    slip = Slip.parse(turn.metadata)
    if slip.typed and filled(turn, "typed") != slip.typed:
        return {"response_action": "errors", "errors": {"typed": _("Type exactly: {phrase}", phrase=slip.typed)}}
    return {}


async def cast_vote(turn: Turn) -> None:
    """Vote. The card and the thread tell that it counted."""
    slip, ref = _slip(turn)
    caller = await turn.caller("vote")
    ballot = Ballot(
        step=ref.step,
        person=caller.person,
        decision="approve" if slip.decision == "approve" else "deny",
        plan_hash=ref.plan,
        typed=filled(turn, "typed"),
        comment=filled(turn, "comment"),
        round=ref.revision,
    )
    await vote(turn.door.desk, ref.run, caller, ballot)


def check_answer(turn: Turn) -> Json:
    """The value's form, inline."""
    slip = Slip.parse(turn.metadata)
    given = filled(turn, "answer")
    if slip.label and not given:
        missing = _("{label} is missing; enter the value you see.", label=slip.label)
        return {"response_action": "errors", "errors": {"answer": missing}}
    if slip.pattern and not form.fits(slip.pattern, given):
        wrong = _("This does not look like {label}; expected the form {form}", label=slip.label, form=slip.pattern)
        return {"response_action": "errors", "errors": {"answer": wrong}}
    return {}


async def give_answer(turn: Turn) -> None:
    """Close a manual step with the value that was read back."""
    ref = _slip(turn)[1]
    caller = await turn.caller("answer a step")
    await answer_manual(turn.door.desk, ref.run, caller, ref.step, filled(turn, "answer"))


async def skip_step(turn: Turn) -> None:
    """Skip a step, with a reason, if it still asks what the form was opened about."""
    ref = _slip(turn)[1]
    caller = await turn.caller("skip a step")
    await must_be_asked(turn, ref, caller)
    await choose(turn.door.desk, ref.run, caller, ref.step, "skip", filled(turn, "reason"))


async def abort_run(turn: Turn) -> None:
    """Abort, if the consequence is still the one that was shown."""
    slip, ref = _slip(turn)
    caller = await turn.caller("abort the run")
    await must_hold(turn.door.desk, ref.run, caller, "abort_run", lambda run: steering_stamp(run) == ref.revision)
    await abort(turn.door.desk, ref.run, caller, rollback=slip.rollback, why=filled(turn, "reason"))


async def note_down(turn: Turn) -> None:
    """Put a remark on the timeline."""
    ref = _slip(turn)[1]
    caller = await turn.caller("write a note")
    await add_note(turn.door.desk, ref.run, caller, filled(turn, "note"))
    await turn.whisper(sentence(_("The note is on the timeline.")))


def _slip(turn: Turn) -> tuple[Slip, Ref]:
    slip = Slip.parse(turn.metadata)
    turn.channel = slip.channel
    return slip, turn.ref(slip.ref)


def filled(turn: Turn, block: str) -> str:
    """A text input's value, stripped; empty when it was left empty."""
    answers = turn.values.get(block) or {}
    return str((answers.get("value") or {}).get("value") or "").strip()
