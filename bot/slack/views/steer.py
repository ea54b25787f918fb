"""Small forms around a run: abort it, put a note on its timeline.

Promises: what an abort would do stands above the button that does it.
"""

from __future__ import annotations

from slack_sdk.models.blocks import Block, InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from bot.language import _
from bot.model.run import Run
from bot.slack.kit import clip, code, escape, modal, note, plain, text
from bot.slack.views.words import headline
from bot.usecases.note import LIMIT
from bot.usecases.steer_run import after_abort

ABORT = "abort.submit"
NOTE = "note.submit"


def abort_form(run: Run, rollback: bool, about: str, why: str = "") -> View:
    """Asks once more, consequence first."""
    reason = PlainTextInputElement(
        action_id="value", multiline=True, max_length=1000, initial_value=clip(why, 1000) or None
    )
    after = escape(after_abort(run))
    label = plain(_("Why? This goes on the timeline"), 2000)
    undone = _("*What this does:* no further step begins. Completed changes are undone, newest first; then the run "
               "ends. {after}", after=after)  # fmt: skip
    ends = _("*What this does:* no further step begins. The run ends. {after}", after=after)
    blocks: list[Block] = [
        text(f"*{headline(run.plan)}* {code(run.id)}"),
        text(undone if rollback else ends),
        note(_("What AWS has accepted already is watched to its end.")),
        InputBlock(block_id="reason", label=label, element=reason, optional=True),
    ]
    if rollback and run.passed_no_return:
        blocks = [*blocks[:1], text(_("*A rollback is no longer possible.* {after}", after=after))]
        return modal(_("Abort"), blocks)
    submit = _("Abort and roll back") if rollback else _("Abort")
    return modal(f"{submit}?", blocks, does=ABORT, submit=submit, close=_("Keep running"), about=about)


def note_form(run: Run, about: str) -> View:
    """A remark for the timeline."""
    words = PlainTextInputElement(action_id="value", multiline=True, max_length=LIMIT)
    blocks: list[Block] = [
        text(f"*{headline(run.plan)}* {code(run.id)}"),
        InputBlock(block_id="note", label=plain(_("What should the timeline say?"), 2000), element=words),
    ]
    return modal(_("Note"), blocks, does=NOTE, submit=_("Add the note"), close=_("Cancel"), about=about)
