"""Raw answers, as typed on a form or a command line, into the runbook's declared types. All mistakes at once."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

from bot.language import _
from bot.model import form
from bot.model.base import format_duration, parse_duration
from bot.model.errors import Misfit, Misfits
from bot.model.runbook import Input, Runbook

CLOCKS_PART = timedelta(minutes=1)
"""How far a person's clock may be ahead of ours: a moment that is no later than this in the future is `now`."""
_DIGITS = 18
"""Of a whole number; CEL and AWS know none that has more than 64 bits."""
_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")


def read_inputs(runbook: Runbook, given: Mapping[str, JsonValue], *, now: datetime) -> dict[str, JsonValue]:
    """Every declared input with its value or default. Raises Misfits, a sentence for each wrong one and its mend."""
    misfits = [_unknown(name, runbook) for name in given if name not in runbook.inputs]
    values: dict[str, JsonValue] = {}
    for name, declared in runbook.inputs.items():
        raw = given.get(name)
        if raw is None or not str(raw).strip():
            if declared.default is None and declared.required:
                asks = declared.ask or _("it is required")
                missing = _("{name} is missing: {asks} Give it as {name}=…", name=name, asks=asks)
                misfits.append(Misfit(name, missing))
            values[name] = declared.default
            continue
        try:
            values[name] = _read(declared, raw, now)
        except ValueError as mistake:
            misfits.append(Misfit(name, f"{name}: {mistake}"))
    if misfits:
        raise Misfits(misfits)
    return values


def _unknown(name: str, runbook: Runbook) -> Misfit:
    book, known = runbook.runbook, ", ".join(runbook.inputs) or _("none")
    for near in difflib.get_close_matches(name, runbook.inputs, n=1, cutoff=0.5):
        meant = _("{runbook} has no input called {name}. Did you mean {near}?", runbook=book, name=name, near=near)
        return Misfit(near, meant)
    return Misfit("", _("{runbook} has no input called {name}. Known: {known}.", runbook=book, name=name, known=known))


def _read(declared: Input, raw: JsonValue, now: datetime) -> JsonValue:
    value = _typed(declared, raw, now)
    if isinstance(value, int | float) and not isinstance(value, bool):
        _in_range(declared, value)
    if declared.pattern and isinstance(value, str) and not form.fits(declared.pattern, value):
        raise ValueError(_("{value} does not have the form {form}", value=repr(value), form=declared.pattern))
    return value


def _typed(declared: Input, raw: JsonValue, now: datetime) -> JsonValue:
    text = str(raw).strip()
    if "${{" in text:
        raise ValueError(_("an answer is data; {brackets} belongs in the runbook", brackets="${{ }}"))
    match declared.type:
        case "integer":
            return _integer(text)
        case "number":
            return _number(text)
        case "boolean":
            return _boolean(text)
        case "choice":
            return _choice(declared, text)
        case "datetime":
            return read_moment(text, now).isoformat().replace("+00:00", "Z")
        case "duration":
            span = parse_duration(text)
            short = format_duration(span)
            return short if parse_duration(short) == span else text
        case _:
            return text


def _integer(text: str) -> int:
    if not re.fullmatch(r"-?\d+", text):
        raise ValueError(_("{value} is not a whole number", value=repr(text)))
    if len(text) > _DIGITS:
        raise ValueError(_("{value}… is too long a number; {most} digits fit", value=text[:6], most=_DIGITS))
    return int(text)


def _number(text: str) -> float:
    if not re.fullmatch(r"-?\d+(\.\d+)?", text) or not math.isfinite(float(text)):
        raise ValueError(_("{value} is not a number", value=repr(text)))
    return float(text)


def _boolean(text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ValueError(_("{value} is neither true nor false", value=repr(text)))


def _choice(declared: Input, text: str) -> str:
    if text in declared.options:
        return text
    near = difflib.get_close_matches(text, declared.options, n=1, cutoff=0.5)
    options = ", ".join(declared.options)
    if near:
        said = _(
            "{value} is not one of {options}. Did you mean {near}?", value=repr(text), options=options, near=near[0]
        )
        raise ValueError(said)
    raise ValueError(_("{value} is not one of {options}.", value=repr(text), options=options))


def read_moment(text: str, now: datetime) -> datetime:
    """An ISO time (UTC unless it says otherwise), seconds since 1970, `14:05` (the latest one past), or `-10m`."""
    try:
        moment = _moment(text, now)
    except OverflowError:  # before the first year there is
        raise _no_time(text) from None
    if moment > now + CLOCKS_PART:
        raise ValueError(_("{moment} lies in the future", moment=f"{moment:%Y-%m-%d %H:%M} UTC"))
    return min(moment, now)


def _moment(text: str, now: datetime) -> datetime:
    if re.fullmatch(r"\d{9,11}", text):
        return datetime.fromtimestamp(int(text), UTC)
    if text.startswith("-"):
        return (now - parse_duration(text[1:])).replace(microsecond=0)  # people read it in titles
    if clock := re.fullmatch(r"(\d{1,2}):(\d{2})", text):
        return _latest(now, int(clock[1]), int(clock[2]))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _no_time(text) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _no_time(text: str) -> ValueError:
    return ValueError(_("{value} is not a time; write 2026-11-22T14:05:00Z, 14:05 or -10m", value=repr(text)))


def _latest(now: datetime, hour: int, minute: int) -> datetime:
    if hour > 23 or minute > 59:
        raise ValueError(_("{time} is not a time of day", time=f"{hour}:{minute:02}"))
    today = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return today if today <= now + CLOCKS_PART else today - timedelta(days=1)


def _in_range(declared: Input, value: float) -> None:
    if declared.min is not None and value < declared.min:
        raise ValueError(_("{value} is below the minimum of {least}", value=f"{value:g}", least=f"{declared.min:g}"))
    if declared.max is not None and value > declared.max:
        raise ValueError(_("{value} is above the maximum of {most}", value=f"{value:g}", most=f"{declared.max:g}"))
