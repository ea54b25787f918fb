"""The form that starts a run: one question per input of the runbook, with what is known already filled in.

Promises: the service's alarm gives the default for the moment of impact, and the form says so; what was typed on the
command line is filled in; what does not fit is named above the field that it was meant for. Refuses to plan.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from slack_sdk.models.blocks import (
    Block,
    DateTimePickerElement,
    InputBlock,
    InputInteractiveElement,
    NumberInputElement,
    Option,
    PlainTextInputElement,
    RadioButtonsElement,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from bot.language import _
from bot.model.errors import Misfit, Misfits, UserError
from bot.model.plan import Mode
from bot.model.runbook import Input, Runbook
from bot.model.service import way
from bot.planning.inputs import read_inputs
from bot.slack.kit import Json, clip, code, escape, modal, note, plain, text, when_day
from bot.slack.views.words import KINDS, span
from bot.usecases.plan_run import Form

SUBMIT = "start.submit"
_PREFIX = "in:"
_YES, _NO = "true", "false"
_LONGEST = 500
"""Characters of a text input."""


@dataclass(frozen=True)
class Filled:
    """What is in the form: typed on the command line, or sent back with a mistake in it."""

    inputs: Mapping[str, str] = field(default_factory=dict)
    mode: Mode = Mode.LIVE
    reason: str = ""


def loading(title: str = "") -> View:
    """Opened at once, since Slack forgets within three seconds that somebody asked."""
    words = _("Loading…\nThis takes a moment. Nothing is started by waiting.")
    return modal(title or _("Disaster recovery"), [text(words)])


def planning(service: str) -> View:
    """Shown while every target is looked at."""
    words = _("Looking at every target of {service}.\nNothing is changed by looking.", service=escape(service))
    return modal(_("Planning…"), [text(words)])


def told(title: str, *lines: str) -> View:
    """A modal that only says something; the lines are mrkdwn."""
    return modal(title, [text(line) for line in lines])


def start_form(
    form: Form,
    filled: Filled,
    about: str,
    now: datetime,
    mistake: UserError | None = None,
    *,
    is_overheard: bool = False,
) -> View:
    """The form for one service and kind of run; `is_overheard` when another organisation reads where it was asked."""
    book, service = form.loaded.runbook, form.service
    mistake = mistake or _typed_wrong(book, filled.inputs, now)
    wrong = by_input(mistake, book.inputs) if mistake else {}
    blocks: list[Block] = [*_checked(wrong.get("", ()))]
    if is_overheard:
        blocks.append(text(_("*Careful:* the channel you typed this in is shared with another organisation.")))
    there = " → ".join(way(book.kind, service.primary_region, service.recovery_region))
    blocks.append(text(f"*{escape(service.title or service.name)}*: {there}\n{escape(clip(book.when, 600))}"))
    blocks.append(
        note(
            f"{escape(form.loaded.ref.name)}@{escape(form.loaded.ref.version)} {code(form.loaded.ref.digest[:12])} · "
            + _("RTO {rto}, RPO {rpo}", rto=span(service.rto), rpo=span(service.rpo))
        )
    )
    for name, asked in book.inputs.items():
        blocks += [*_checked(wrong.get(name, ())), _question(name, asked, form, filled.inputs.get(name), now)]
    blocks += _last_questions(filled)
    title = _("{kind} {service}", kind=_(KINDS[book.kind]), service=service.name)
    return modal(title, blocks, does=SUBMIT, submit=_("Show the plan"), close=_("Cancel"), about=about)


def _checked(mistakes: Sequence[str]) -> Iterator[Block]:
    """Slack shows mistakes inside a field only after a click; a form that opens with them has them above it."""
    if mistakes:
        lines = [f"• {escape(clip(each, 500))}" for each in mistakes[:8]]
        yield text("\n".join([f":warning: *{_('Please check:')}*", *lines]))


def _question(name: str, asked: Input, form: Form, typed: str | None, now: datetime) -> Block:
    value = _read(form.loaded.runbook, asked, typed, now) if typed is not None else None
    value = value if value is not None else _default(name, asked, form, now)
    hint = _hint(name, asked, form)
    return InputBlock(
        block_id=f"{_PREFIX}{name}"[:255],
        label=plain(asked.ask or name.replace("_", " ").capitalize(), 2000),
        hint=plain(hint, 2000) if hint else None,
        element=_element(asked, value),
        optional=not asked.required,
    )


def _default(name: str, asked: Input, form: Form, now: datetime) -> str | None:
    if name == form.loaded.runbook.impact_input and form.impact is not None:
        return form.impact.started_at.isoformat()
    if asked.default is None or isinstance(asked.default, list | dict):
        return None
    return _read(form.loaded.runbook, asked, str(asked.default), now)


def _hint(name: str, asked: Input, form: Form) -> str:
    if name == form.loaded.runbook.impact_input and form.impact is not None:
        at = f"{form.impact.started_at:%Y-%m-%d %H:%M:%S} UTC"
        return _("Filled in from {evidence}: {at}.", evidence=form.impact.evidence, at=at)
    if asked.min is not None or asked.max is not None:
        return _range(asked)
    if asked.type == "duration":
        return _("Like 90s, 10m or 1h30m.")
    return _("Form: {pattern}", pattern=asked.pattern) if asked.pattern else ""


def _range(asked: Input) -> str:
    match asked.min, asked.max:
        case float() | int() as low, None:
            return _("At least {low}", low=f"{low:g}")
        case None, float() | int() as high:
            return _("At most {high}", high=f"{high:g}")
        case low, high:
            return _("From {low} to {high}", low=f"{low:g}", high=f"{high:g}")


def _element(asked: Input, value: str | None) -> InputInteractiveElement:
    match asked.type:
        case "choice" if asked.options:
            options = [_option(option) for option in asked.options[:100]]
            initial = next((option for option in options if option.value == value), None)
            return StaticSelectElement(action_id="value", options=options, initial_option=initial)
        case "boolean":
            answers = [_option(_YES, _("Yes")), _option(_NO, _("No"))]
            initial = next((option for option in answers if option.value == value), None)
            return RadioButtonsElement(action_id="value", options=answers, initial_option=initial)
        case "datetime":
            return DateTimePickerElement(action_id="value", initial_date_time=_epoch(value))
        case "integer" | "number":
            return NumberInputElement(
                action_id="value",
                is_decimal_allowed=asked.type == "number",
                initial_value=value,
                min_value=_number(asked.min, asked.type),
                max_value=_number(asked.max, asked.type),
            )
        case _:
            whole = value if len(value or "") <= _LONGEST else None  # half of it would be another value
            return PlainTextInputElement(action_id="value", initial_value=whole, max_length=_LONGEST)


def _epoch(value: str | None) -> int | None:
    """A moment as Slack's picker takes it: seconds of ten digits, from 2001 on."""
    seconds = int(datetime.fromisoformat(value).timestamp()) if value else 0
    return seconds if 10**9 <= seconds < 10**10 else None


def _last_questions(filled: Filled) -> Iterator[Block]:
    reason = PlainTextInputElement(
        action_id="value", multiline=True, max_length=1000, initial_value=clip(filled.reason, 1000) or None
    )  # fmt: skip
    yield InputBlock(block_id="reason", label=plain(_("Reason, for the timeline"), 2000), element=reason, optional=True)
    modes = [
        _option(Mode.LIVE.value, _("Live: changes AWS")),
        _option(Mode.DRY_RUN.value, _("Dry run: changes nothing")),
    ]
    chosen = next(option for option in modes if option.value == filled.mode.value)
    radio = RadioButtonsElement(action_id="value", options=modes, initial_option=chosen)
    yield InputBlock(block_id="mode", label=plain(_("Mode"), 2000), element=radio)


def _option(value: str, label: str = "") -> Option:
    return Option(value=clip(value, 75), text=plain(label or value, 75))


def _number(bound: float | None, kind: str) -> str | None:
    if bound is None:
        return None
    return str(int(bound)) if kind == "integer" else f"{bound:g}"


def _typed_wrong(book: Runbook, typed: Mapping[str, str], now: datetime) -> Misfits | None:
    """What was typed and does not fit; what is missing is asked by the form itself."""
    needed = {name: asked.model_copy(update={"required": False}) for name, asked in book.inputs.items()}
    try:
        read_inputs(book.model_copy(update={"inputs": needed}), dict(typed), now=now)
    except Misfits as misfits:
        return misfits
    return None


def _read(book: Runbook, asked: Input, typed: str, now: datetime) -> str | None:
    """A typed value in the form that Slack's elements take; None when it does not fit."""
    alone = book.model_copy(update={"inputs": {"value": asked}})
    try:
        value = read_inputs(alone, {"value": typed}, now=now)["value"]
    except Misfits:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def by_input(mistake: UserError, asked: Collection[str]) -> dict[str, list[str]]:
    """The sentences of a mistake by the input that each is about; under "" those about none that was asked for."""
    if isinstance(mistake, Misfits):
        misfits = mistake.misfits
    else:
        misfits = tuple(Misfit("", line) for line in str(mistake).split("\n"))
    found: dict[str, list[str]] = {}
    for each in misfits:
        found.setdefault(each.input if each.input in asked else "", []).append(each.sentence)
    return found


def inline(mistake: UserError, state: Mapping[str, object]) -> dict[str, str]:
    """A mistake as Slack shows it in a submitted form: one text a block, at the reason what is about no input."""
    asked = [block.removeprefix(_PREFIX) for block in state if block.startswith(_PREFIX)]
    found = by_input(mistake, asked)
    return {f"{_PREFIX}{name}" if name else "reason": " ".join(lines) for name, lines in found.items()}


def read_form(state: Mapping[str, Mapping[str, Json]]) -> Filled:
    """What a person submitted; empty answers are left out, so that the runbook's defaults hold."""
    answers = {block: _answer(next(iter(actions.values()), {})) for block, actions in state.items()}
    inputs = {block.removeprefix(_PREFIX): value for block, value in answers.items() if block.startswith(_PREFIX)}
    return Filled(
        inputs={name: value for name, value in inputs.items() if value},
        mode=Mode(answers.get("mode") or Mode.LIVE.value),
        reason=answers.get("reason", "").strip(),
    )


def _answer(given: Json) -> str:
    if option := given.get("selected_option"):
        return str(option["value"])
    if (epoch := given.get("selected_date_time")) is not None:
        return datetime.fromtimestamp(int(epoch), UTC).isoformat()
    return str(given.get("value") or "")


def started(name: str, where: str, moment: datetime) -> View:
    """After the start: where the card is."""
    said = _("*{run}* was started {when}.", run=escape(name), when=when_day(moment))
    return told(_("Started"), said, _("Its card is in {channel}.", channel=where))
