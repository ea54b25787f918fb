"""AWS Health and the IAM policy simulator, as far as a recovery asks them.

Health reports an open issue for every region that is down, a few minutes late as in life. The simulator says what an
explicit answer needs: a role that exists is allowed everything but what one of its inline policies denies.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.wire import Call
from bot.local.cloud.world import ACCOUNT

LATE = timedelta(minutes=2)


@operation("health", "DescribeEvents")
def describe_events(call: Call) -> Answer:
    wanted = call.params.get("filter") or {}
    return {"events": [event for event in open_events(call) if fits(event, wanted)]}


@operation("iam", "SimulatePrincipalPolicy")
def simulate(call: Call) -> Answer:
    name = call.params["PolicySourceArn"].rpartition("/")[2]
    role = next((each for each in backend("iam", "aws").roles.values() if each.name == name), None) if name else None
    if role is None:
        raise AwsError("NoSuchEntity", f"The role with name {name} cannot be found.", status=404)
    denied = list(patterns_denied(role))
    resource = next(iter(call.params.get("ResourceArns") or ["*"]))
    return {
        "EvaluationResults": [
            {"EvalActionName": each, "EvalResourceName": resource,
             "EvalDecision": "explicitDeny" if any(fnmatchcase(each, pattern) for pattern in denied) else "allowed"}
            for each in call.params["ActionNames"]
        ]
    }  # fmt: skip


def open_events(call: Call) -> Iterator[dict[str, Any]]:
    now = call.world.now()
    for region, state in call.world.weather.regions.items():
        since = state.down_since(now)
        if since is not None and now - since >= LATE:
            yield {
                "arn": f"arn:aws:health:{region}::event/EC2/AWS_EC2_OPERATIONAL_ISSUE/{ACCOUNT}",
                "service": "EC2",
                "eventTypeCode": "AWS_EC2_OPERATIONAL_ISSUE",
                "eventTypeCategory": "issue",
                "region": region,
                "startTime": since,
                "statusCode": "open",
            }


def fits(event: dict[str, Any], wanted: dict[str, Any]) -> bool:
    asked = {"region": "regions", "service": "services", "statusCode": "eventStatusCodes"}
    asked |= {"eventTypeCategory": "eventTypeCategories"}
    return all(not wanted.get(name) or event[key] in wanted[name] for key, name in asked.items())


def patterns_denied(role: Any) -> Iterator[str]:
    for text in role.policies.values():
        for statement in json.loads(unquote(text)).get("Statement", []):
            actions = statement.get("Action", [])
            if statement.get("Effect") == "Deny":
                yield from [actions] if isinstance(actions, str) else actions
