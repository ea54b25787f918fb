"""The documentation of actions, one Markdown page each, made of what the action declares.

Promises the same page for the same action, so that a test can tell a stale one. Refuses to be edited by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby

from bot.actions.base import AnyAction
from bot.actions.examples import example_step
from bot.model.action import HARMS, ActionSpec, ControlPlane, Field, Idempotency, Risk
from bot.model.base import format_duration

ASKED = {
    Risk.READ: "",
    Risk.REVERSIBLE: ": something changes, and users notice nothing",
    Risk.DISRUPTIVE: ": users notice; somebody must agree first",
    Risk.DATA_LOSS: ": two people must agree first",
}
IN_DOUBT = {
    Idempotency.TOKEN: "AWS recognises our token, so the call is sent again with the same one",
    Idempotency.NATURAL: "a repeat changes nothing, so the call is sent again",
    Idempotency.READ_BACK: "a repeat is refused; the bot looks whether the first one arrived before it sends again",
    Idempotency.OPAQUE: "a repeat does it twice and looking cannot tell; a person is asked",
}
PLANES = {
    ControlPlane.STEP: "the region that the step names",
    ControlPlane.US_EAST_1: "us-east-1, whatever region the step names",
    ControlPlane.US_WEST_2: "us-west-2, whatever region the step names",
    ControlPlane.NONE: "none: a data plane, or no AWS at all",
}
MADE = "<!-- Made by `dr docs actions`; edit the action's docstring and declarations instead. -->"


def undo_words(spec: ActionSpec) -> str:
    """How it is taken back, in one sentence."""
    if spec.risk is Risk.READ:
        return "Nothing to undo: it only looks."
    if spec.irreversible:
        return f"Cannot be undone. {spec.irreversible}"
    return "Can be undone: what it was before is remembered before the call and put back."


def fence_words(spec: ActionSpec) -> str:
    """With which parameters it stops writers."""
    given = ", ".join(f"`{name}: {json.dumps(value)}`" for name, value in (spec.fences or {}).items())
    return f"stops writers, with {given}" if given else "stops writers"


def page(act: AnyAction) -> str:
    """The page of one action."""
    return "\n\n".join(_page(act)) + "\n"


def index_page(specs: Iterable[ActionSpec]) -> str:
    """All actions by service, each with a link to its page."""
    parts = ["# Actions", MADE, "What a step's `uses`, and a wait's `check`, can name."]
    known = sorted(specs, key=lambda spec: spec.name)
    for service, group in groupby(known, key=_service):
        rows = [f"| [{spec.name}]({spec.name}.md) | {_cell(spec.summary)} | {HARMS[spec.risk]} |" for spec in group]
        parts.append("\n".join([f"## {service}", "", "| action | what it does | risk |", "|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _service(spec: ActionSpec) -> str:
    return spec.name.partition(".")[0]


def _page(act: AnyAction) -> Iterator[str]:
    spec = act.spec
    yield f"# {spec.name}"
    yield MADE
    yield spec.docs
    yield "\n".join(_facts(spec))
    yield from _table("Parameters", ("parameter", "type", "needed", "meaning"), map(_parameter, spec.parameters))
    yield from _table("Results", ("result", "type", "meaning"), map(_result, spec.results))
    yield f"## Example\n\n```yaml\n{example_step(act)}```"
    beside = (f"- `{each}`, which AWS checks beside the calls" for each in sorted(spec.implied))
    yield "## Permissions\n\n" + (
        "\n".join([*(f"- `{each}`" for each in sorted(spec.permissions)), *beside]) or "None."
    )


def _facts(spec: ActionSpec) -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    yield f"| Risk | {HARMS[spec.risk]}{ASKED[spec.risk]} |"
    if spec.risk is not Risk.READ:
        yield f"| When in doubt | `{spec.idempotency}`: {IN_DOUBT[spec.idempotency]} |"
    yield f"| Control plane | {PLANES[spec.control_plane]} |"
    yield f"| Undo | {_cell(undo_words(spec))} |"
    if spec.fences is not None:
        yield f"| Fences | {fence_words(spec)} |"
    if spec.costs:
        yield f"| Costs meanwhile | {_cell(spec.costs)} |"
    if spec.taken_back:
        yield f"| Taken back later | {_cell(spec.taken_back)} |"
    yield f"| Takes, typically | {format_duration(spec.typical)} |"
    if spec.measures:
        yield f"| Measures | `{spec.measures}`, for `wait` and `verify` to compare |"
    if spec.by_hand:
        yield f"| By hand | `{spec.by_hand}` |"


def _table(title: str, headers: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    lines = [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    if lines:
        yield "\n".join([f"## {title}", "", f"| {' | '.join(headers)} |", "|---" * len(headers) + "|", *lines])


def _parameter(field: Field) -> tuple[str, ...]:
    needed = "yes" if field.required else f"no, `{json.dumps(field.default, ensure_ascii=False)}`"
    return f"`{field.name}`", field.type, needed, field.description


def _result(field: Field) -> tuple[str, ...]:
    return f"`{field.name}`", field.type, field.description


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
