"""Resource policies with a fence in them: one Deny statement of ours beside whatever else the policy says.

Pure functions from text to text. The fence is found by its Sid, so undo takes out our statement and keeps edits that
others made meanwhile. A policy cannot be empty; where ours was the only statement, lifting leaves one that grants the
account nothing that its own policies do not.
"""

from __future__ import annotations

import json
from typing import Any

FENCE = "DisasterRecoveryFence"
LIFTED = "DisasterRecoveryFenceLifted"


def is_fenced(policy: str) -> bool:
    """Whether our fence stands in `policy` (JSON text; empty for none)."""
    return any(each.get("Sid") == FENCE and each.get("Effect") == "Deny" for each in _statements(policy))


def fenced(policy: str, statement: dict[str, Any]) -> str:
    """The policy with `statement` as its fence."""
    return _with(policy, {**statement, "Sid": FENCE, "Effect": "Deny"})


def lifted(policy: str, account: str, harmless: str, resource: str) -> str:
    """The policy without the fence; never empty. `resource` is an ARN."""
    if _others(policy):
        return _with(policy)
    root = {"AWS": f"arn:{resource.split(':')[1]}:iam::{account}:root"}
    return _with(
        policy, {"Sid": LIFTED, "Effect": "Allow", "Principal": root, "Action": harmless, "Resource": resource}
    )


def _with(policy: str, *ours: dict[str, Any]) -> str:
    whole = json.loads(policy) if policy else {"Version": "2012-10-17"}
    return json.dumps({**whole, "Statement": [*_others(policy), *ours]})


def _others(policy: str) -> list[dict[str, Any]]:
    return [each for each in _statements(policy) if each.get("Sid") not in (FENCE, LIFTED)]


def _statements(policy: str) -> list[dict[str, Any]]:
    found = json.loads(policy).get("Statement", []) if policy else []
    return [found] if isinstance(found, dict) else list(found)
