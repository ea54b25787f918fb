"""Breaking the glass in Slack: the form that asks for it, and what a second channel reads at once.

Promises: what it lifts and what it does not stands above the button; the message stays red until somebody reviewed it.
"""

from __future__ import annotations

from slack_sdk.models.blocks import Block, InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from bot.approval.glass import LEAST, phrase
from bot.language import _
from bot.model.run import Glass, Run
from bot.slack.kit import Message, clip, code, escape, header, message, modal, note, plain, text, when
from bot.slack.views.words import headline, title_of

SUBMIT = "glass.submit"


def glass_form(run: Run, step: str, about: str, why: str = "") -> View:
    """Reason and phrase; the consequence first."""
    name = escape(title_of(run, run.plan.step(step)))
    reason = PlainTextInputElement(
        action_id="value", multiline=True, min_length=LEAST, max_length=1000, initial_value=clip(why, 1000) or None
    )
    blocks: list[Block] = [
        text(f"*{name}*"),
        text(
            _(
                "*What this does:* you alone let this run's gates pass. It is announced in a second channel at once, "
                "counts for this run only, and stays red until somebody else has reviewed it."
            )
        ),
        note(_("It lifts the number of people, and nothing else: not the rules of the house, not the plan.")),
        InputBlock(block_id="reason", label=plain(_("Why can nobody else be asked?"), 2000), element=reason),
        InputBlock(
            block_id="typed",
            label=plain(_("Type exactly: {phrase}", phrase=phrase(run, step)), 2000),
            element=PlainTextInputElement(action_id="value", max_length=500),
        ),
    ]
    return modal(
        _("Break the glass?"), blocks, does=SUBMIT, submit=_("Break it"), close=_("Cancel"), about=about
    )  # fmt: skip


def announcement(run: Run, glass: Glass) -> Message:
    """For people who are not in the middle of the incident."""
    who, step = escape(glass.name), escape(clip(title_of(run, run.plan.step(glass.step)), 150))
    what = _(
        "{who} broke the glass of {run}: “{step}” begins on one person's word.", who=who, run=headline(run.plan),
        step=step,
    )  # fmt: skip
    why = _("Reason: {reason}", reason=escape(clip(glass.reason, 1000)))
    lines = [text(f"{code(run.id)}\n{why}"), note(_("It counts until {when}.", when=when(glass.until)))]
    if glass.is_open:
        ask = escape(_("Somebody else reviews it with: /dr review {run} <what you found>", run=run.id))
        return message([header(_("GLASS BROKEN")), text(what), *lines, text(f"*{ask}*")], f"{what} {why} {ask}")
    seen = _("Reviewed by {who}: {remark}", who=escape(glass.reviewed_by), remark=escape(clip(glass.remark, 1000)))
    return message([header(_("Glass broken, reviewed")), text(what), *lines, text(seen)], f"{what} {seen}")
