"""The two files of a new action: a working example under the new name, whose calls its author replaces.

Promises files that pass the conformance suite as they are: they set (or look at) a parameter of Systems Manager.
Refuses to write anything itself.
"""

from __future__ import annotations

import re

from bot.language import _
from bot.model.errors import UserError

_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


def new_action(name: str, *, check: bool = False) -> dict[str, str]:
    """Path → text. Raises UserError for a name that no action can have."""
    if not _NAME.fullmatch(name):
        raise UserError(
            _(
                "{name} is no action's name; write it like rds.promote_read_replica: service, dot, verb.",
                name=repr(name),
            )
        )
    service, verb = name.split(".")
    words = {"name": name, "service": service, "verb": verb, "Verb": _camel(verb)}
    ours = f"from bot.actions.{name} import {words['Verb']}, {words['Verb']}Params"
    words["imports"] = "\n".join(sorted([ours, "from bot.actions.base import Call"]))
    action, test = (_CHECK, _CHECK_TEST) if check else (_ACTION, _ACTION_TEST)
    return {
        f"bot/actions/{service}/__init__.py": f'"""Actions of {service}."""\n',
        f"bot/actions/{service}/{verb}.py": _filled(action, words),
        f"tests/actions/{service}/test_{verb}.py": _filled(test, words),
    }


def _camel(verb: str) -> str:
    return "".join(part.capitalize() for part in verb.split("_"))


def _filled(template: str, words: dict[str, str]) -> str:
    for word, text in words.items():
        template = template.replace(f"<{word}>", text)
    return template


_ACTION = '''\
"""Set a parameter to a value.

When to reach for it: say when a responder wants this, and what it is good for.

What bites: say what surprises: what a repeat does, what AWS answers late, who must be told. Rolling back puts the
former value back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import blocked
from bot.actions.base import Action, Call, Params, Rehearsal, Results, action
from bot.language import told
from bot.model.action import Before, Idempotency, Look, NotStarted, Observation, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


class <Verb>Params(Params):
    """What is set."""

    parameter: str = Field(description="Name of the parameter.", examples=["/orders/mode"])
    value: str = Field(description="What it becomes.", examples=["recovery"])


class <Verb>Results(Results):
    """What is seen afterwards."""

    value: str = Field(description="The value now.")


def _seen(value: str) -> Call:
    arn = "arn:aws:ssm:us-west-2:111122223333:parameter/orders/mode"
    return Call("ssm", "get_parameter", {"Parameter": {"Name": "/orders/mode", "Value": value, "ARN": arn}})


_PUT = Call("ssm", "put_parameter", {"Version": 2})


@action(
    "<name>",
    risk=Risk.REVERSIBLE,
    idempotency=Idempotency.NATURAL,
    permissions=("ssm:GetParameter", "ssm:PutParameter"),
    typical=timedelta(seconds=5),
    by_hand="aws ssm get-parameter --region {region} --name {parameter}",
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "parameter": "/orders/mode", "value": "recovery"},
        calls=(
            _seen("normal"),  # preflight
            _seen("normal"),  # remember
            _PUT,  # execute
            _seen("recovery"),  # verify
        ),
        undo=(_PUT, _seen("normal")),
        idle=(_seen("normal"),),
    ),
)
class <Verb>(Action[<Verb>Params]):
    """Set, then read back."""

    Params = <Verb>Params
    Results = <Verb>Results

    def preflight(self, aws: Reads, params: <Verb>Params) -> Look:
        try:
            now = _read(aws, params)
        except StepBroke as missing:
            return blocked(missing, params.parameter)
        return Look(
            state="already_done" if now == params.value else "ready",
            change=told("{name} {now} → {wanted}", name=params.parameter, now=now, wanted=params.value),
            targets=(f"ssm:{params.region}:{params.parameter}",),
        )

    def remember(self, aws: Reads, params: <Verb>Params) -> Before:
        return {"value": _read(aws, params)}

    def execute(self, aws: Aws, params: <Verb>Params, token: str) -> None:
        _write(aws, params, params.value)

    def verify(self, aws: Reads, params: <Verb>Params, before: Before) -> Observation:
        return _compared(_read(aws, params), params.value)

    def rollback(self, aws: Aws, params: <Verb>Params, before: Before, token: str) -> None:
        _write(aws, params, str(before["value"]))

    def undone(self, aws: Reads, params: <Verb>Params, before: Before) -> Observation:
        return _compared(_read(aws, params), str(before["value"]))


def _read(aws: Reads, params: <Verb>Params) -> str:
    ssm: SSMClient = aws.reader("ssm", params.region)
    try:
        return ssm.get_parameter(Name=params.parameter)["Parameter"].get("Value", "")
    except ssm.exceptions.ParameterNotFound:
        gone = told("{name} is not in {region}; correct the name.", name=params.parameter, region=params.region)
        raise StepBroke(gone) from None


def _write(aws: Aws, params: <Verb>Params, value: str) -> None:
    ssm: SSMClient = aws.writer("ssm", params.region)
    ssm.put_parameter(Name=params.parameter, Value=value, Overwrite=True)


def _compared(now: str, wanted: str) -> Observation:
    if now == wanted:
        return Settled(seen=told("it is {now}", now=now), results={"value": now})
    return NotStarted(seen=told("it is {now}, not {wanted}", now=now, wanted=wanted))
'''

_ACTION_TEST = '''\
"""What the rehearsal cannot show: states in between, and refusals."""

from __future__ import annotations

import pytest

<imports>
from bot.model.action import NotStarted, Observation, Settled
from tests.actions.scenes import Given, Scene
from tests.actions.scripted import play
from tests.cloud_fixture import LocalCloud

ACTION = <Verb>()
PARAMS = <Verb>Params(region="us-west-2", parameter="/orders/mode", value="recovery")


def a_parameter(cloud: LocalCloud) -> Given:
    """What the action finds in the local cloud, and what it is given there."""
    cloud.client("ssm").put_parameter(Name="/orders/mode", Value="normal", Type="String")
    return {"parameter": "/orders/mode", "value": "recovery"}


SCENES = [Scene("<name>", "ssm.put_parameter", a_parameter, at_once=True)]


def seen(value: str) -> Call:
    return Call("ssm", "get_parameter", {"Parameter": {"Name": "/orders/mode", "Value": value}})


@pytest.mark.parametrize(("value", "expected"), [("normal", NotStarted), ("recovery", Settled)])
def test_the_value_decides(value: str, expected: type[Observation]) -> None:
    """What is wanted is looked at, not the answer to our request."""
    assert isinstance(ACTION.verify(play([seen(value)]), PARAMS, {}), expected)


def test_a_second_run_finds_its_work_done() -> None:
    """Nothing would change, and the plan says so."""
    assert ACTION.preflight(play([seen("recovery")]), PARAMS).state == "already_done"


def test_the_former_value_comes_back() -> None:
    """The undo relies on what was remembered, not on what is there now."""
    aws = play([Call("ssm", "put_parameter", {"Version": 3})])

    ACTION.rollback(aws, PARAMS, {"value": "normal"}, "token")

    assert aws.parameters("put_parameter")["Value"] == "normal"
'''

_CHECK = '''\
"""Look whether a parameter has a value.

When to reach for it: say what a responder learns from it, and before which step it belongs.

What bites: say what it cannot see, and how late it may be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.base import Call, Check, Params, Rehearsal, Results, action
from bot.language import told
from bot.model.action import Before, Observation, Pending, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


class <Verb>Params(Params):
    """What is looked at."""

    parameter: str = Field(description="Name of the parameter.", examples=["/orders/mode"])
    expect: str = Field(description="The value it should have.", examples=["recovery"])


class <Verb>Results(Results):
    """What is seen."""

    value: str = Field(description="The value now.")


def _seen(value: str) -> Call:
    return Call("ssm", "get_parameter", {"Parameter": {"Name": "/orders/mode", "Value": value}})


@action(
    "<name>",
    risk=Risk.READ,
    measures="value",
    permissions=("ssm:GetParameter",),
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "parameter": "/orders/mode", "expect": "recovery"},
        calls=(
            _seen("normal"),  # preflight
            _seen("normal"),  # verify: not yet
            _seen("recovery"),
        ),
        idle=(),
    ),
)
class <Verb>(Check[<Verb>Params]):
    """One look."""

    Params = <Verb>Params
    Results = <Verb>Results

    def verify(self, aws: Reads, params: <Verb>Params, before: Before) -> Observation:
        ssm: SSMClient = aws.reader("ssm", params.region)
        try:
            now = ssm.get_parameter(Name=params.parameter)["Parameter"].get("Value", "")
        except ssm.exceptions.ParameterNotFound:
            gone = told("{name} is not in {region}; correct the name.", name=params.parameter, region=params.region)
            raise StepBroke(gone) from None
        seen, results = told("{name} is {now}", name=params.parameter, now=now), {"value": now}
        return Settled(seen=seen, results={**results}) if now == params.expect else Pending(seen=seen)
'''

_CHECK_TEST = '''\
"""What the rehearsal cannot show: what is waited for, and what is enough."""

from __future__ import annotations

import pytest

<imports>
from bot.model.action import Observation, Pending, Settled
from tests.actions.scenes import Arrange, Given, ill, well
from tests.actions.scripted import play
from tests.cloud_fixture import LocalCloud

PARAMS = <Verb>Params(region="us-west-2", parameter="/orders/mode", expect="recovery")


def a_parameter(value: str) -> Arrange:
    """What the check finds in the local cloud, and what it is given there."""

    def arrange(cloud: LocalCloud) -> Given:
        cloud.client("ssm").put_parameter(Name="/orders/mode", Value=value, Type="String")
        return {"parameter": "/orders/mode", "expect": "recovery"}

    return arrange


SIGHTS = [
    well("<name>", a_parameter("recovery"), "recovery"),
    ill("<name>", a_parameter("normal"), Pending),
]


@pytest.mark.parametrize(("value", "expected"), [("normal", Pending), ("recovery", Settled)])
def test_only_the_expected_value_is_enough(value: str, expected: type[Observation]) -> None:
    """Anything else is waited for."""
    aws = play([Call("ssm", "get_parameter", {"Parameter": {"Name": "/orders/mode", "Value": value}})])

    assert isinstance(<Verb>().verify(aws, PARAMS, {}), expected)
'''
