"""An example of each action at work, made of what its rehearsal uses: a step to copy into a runbook.

Promises YAML that lints without a word once it stands in a runbook. Refuses to be written by hand.
"""

from __future__ import annotations

from collections.abc import Mapping

import yaml
from pydantic import JsonValue

from bot.actions.base import AnyAction
from bot.model.action import ActionSpec, Idempotency, Risk
from bot.model.base import format_duration

_HEADER = """\
schema: dr/v1
runbook: example
version: 1
title: Example
owners: ["@sre"]
strategy: warm
kind: drill
when: To see this step at work.

steps:
"""
_AROUND = """\
  declare:
    title: Go or no go
    approve: { from: role.ic, count: 2, text: Shall we? }

"""
_PROOF = """\

  users_are_served:
    title: Users are served
    needs: [%s]
    uses: http.probe
    with: { url: "https://example.com/health", consecutive: 3 }
"""


def step_id(spec: ActionSpec) -> str:
    """The example's id: the action's verb."""
    return spec.name.partition(".")[2]


def example_step(act: AnyAction) -> str:
    """One step as YAML, at the depth it has under `steps:`."""
    given = {name: value for name, value in act.rehearsal.params.items() if name != "region"}
    body = _waiting(act.spec, given) if _is_measured(act.spec) else _using(act, given)
    return _yaml({step_id(act.spec): body})


def example_runbook(act: AnyAction) -> str:
    """A whole runbook around the example step, to lint and to rehearse."""
    step = example_step(act)
    proof = "" if act.spec.name == "http.probe" else _PROOF % step_id(act.spec)
    if act.spec.risk is Risk.READ:
        return f"{_HEADER}{_indented(step)}{proof}"
    first, _, rest = _indented(step).partition("\n")
    return f"{_HEADER}{_AROUND}{first}\n    needs: [declare]\n{rest}{proof}"


def _using(act: AnyAction, given: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    spec = act.spec
    body: dict[str, JsonValue] = {
        "title": spec.summary.rstrip("."),
        "uses": spec.name,
        "region": act.rehearsal.params.get("region", "us-west-2"),
    }
    if given:
        body["with"] = dict(given)
    if spec.risk is Risk.DATA_LOSS:
        body |= {"point_of_no_return": bool(spec.irreversible)} if spec.irreversible else {}
        body["confirm"] = {"text": f"{spec.summary.rstrip('.')}?", "by": ["ops", "ic"]}
    if spec.idempotency is Idempotency.OPAQUE and spec.risk is Risk.REVERSIBLE:
        body["on_failure"] = "continue"  # a message that is not sent holds nothing up
    if spec.typical.total_seconds() >= 300:
        body["timeout"] = format_duration(spec.typical * 3)
    return body


def _waiting(spec: ActionSpec, given: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    condition: dict[str, JsonValue] = {"check": spec.name}
    if given:
        condition["with"] = dict(given)
    kind = next(field.type for field in spec.results if field.name == spec.measures)
    condition |= {"gte": 1} if kind in ("int", "double") else {"eq": True} if kind == "bool" else {}
    wait: JsonValue = {"until": [condition], "every": "15s", "timeout": "10m", "on_timeout": "ask"}
    return {"title": spec.summary.rstrip("."), "wait": wait}


def _is_measured(spec: ActionSpec) -> bool:
    return spec.is_check and not any(field.name == "expect" for field in spec.parameters)


def _yaml(value: JsonValue) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" if line else "\n" for line in text.splitlines())
