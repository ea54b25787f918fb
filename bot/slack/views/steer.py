"""Small forms around a run: abort it, put a note on its timeline.

Promises: what an abort would do stands above the button that does it.
"""

from __future__ import annotations

from slack_sdk.models.blocks import Block, InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from bot.model.run import Run
from bot.slack.kit import code, escape, modal, note, plain, text
from bot.slack.views.words import headline
from bot.usecases.note import LIMIT
from bot.usecases.steer_run import after_abort

ABORT = "abort.submit"
NOTE = "note.submit"


def abort_form(run: Run, rollback: bool, about: str, why: str = "") -> View:
    """Asks once more, consequence first."""
    reason = PlainTextInputElement(action_id="value", multiline=True, max_length=1000, initial_value=why or None)
    what = "Completed changes are undone, newest first; then the run ends." if rollback else "The run ends."
    label = plain("Why? This goes on the timeline", 2000)
    blocks: list[Block] = [
        text(f"*{headline(run.plan)}* {code(run.id)}"),
        text(f"*What this does:* no further step begins. {what} {escape(after_abort(run))}"),
        note("What AWS has accepted already is watched to its end."),
        InputBlock(block_id="reason", label=label, element=reason, optional=True),
    ]
    if rollback and run.passed_no_return:
        blocks = [*blocks[:1], text(f"*A rollback is no longer possible.* {escape(after_abort(run))}")]
        return modal("Abort", blocks)
    submit = "Abort and roll back" if rollback else "Abort"
    return modal(f"{submit}?", blocks, does=ABORT, submit=submit, close="Go on", about=about)


def note_form(run: Run, about: str) -> View:
    """A remark for the timeline."""
    words = PlainTextInputElement(action_id="value", multiline=True, max_length=LIMIT)
    blocks: list[Block] = [
        text(f"*{headline(run.plan)}* {code(run.id)}"),
        InputBlock(block_id="note", label=plain("What should the timeline say?", 2000), element=words),
    ]
    return modal("Note", blocks, does=NOTE, submit="Add the note", close="Cancel", about=about)
