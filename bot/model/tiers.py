"""How dangerous a step is, as five tiers: whom each one asks, for how long their word counts, and what nobody may do.

Promises: an action's code sets the floor and nothing lowers it; what is R4 is refused when it is loaded, whoever asks.
Refuses to know people, runbooks and plans.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

from bot.language import _
from bot.model.action import Risk


class Tier(StrEnum):
    """From looking to never."""

    R0 = "R0"
    """Looks only: any responder."""
    R1 = "R1"
    """Changes something that users do not notice: the requester's own confirmation."""
    R2 = "R2"
    """Disruptive: one approver besides the requester."""
    R3 = "R3"
    """May lose data, or is hard to take back: two besides the requester, an owner among them, per step, typed."""
    R4 = "R4"
    """Never, by anyone."""

    @property
    def rank(self) -> int:
        return list(Tier).index(self)

    @property
    def approvers(self) -> int:
        """How many people besides the requester must agree."""
        return {Tier.R2: 1, Tier.R3: 2}.get(self, 0)

    @property
    def lasts(self) -> timedelta:
        """How long their word counts."""
        return timedelta(minutes=10 if self is Tier.R3 else 15)


TIERS: Mapping[Risk, Tier] = {
    Risk.READ: Tier.R0,
    Risk.REVERSIBLE: Tier.R1,
    Risk.DISRUPTIVE: Tier.R2,
    Risk.DATA_LOSS: Tier.R3,
}
"""The floor that an action's risk sets."""

NEVER = (
    "*:Delete*",
    "iam:*",
    "organizations:*",
    "account:*",
    "kms:ScheduleKeyDeletion",
    "kms:DisableKey",
    "cloudtrail:StopLogging",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:UpdateTrail",
    "s3:PutObjectRetention",
    "s3:PutObjectLegalHold",
    "s3:PutBucketObjectLockConfiguration",
    "s3:BypassGovernanceRetention",
    "backup:PutBackupVaultLockConfiguration",
    "backup:UpdateRecoveryPointLifecycle",
)
"""Permissions that no action of ours may ask for."""
ALLOWED: Mapping[str, str] = {
    "iam:Get*": "looks only",
    "iam:List*": "looks only",
    "iam:Simulate*": "asks what would be allowed, and changes nothing",
    "iam:PassRole": "hands a service the role that was made for it beforehand",
    "organizations:Describe*": "looks only",
    "organizations:List*": "looks only",
    "elasticfilesystem:DeleteReplicationConfiguration": "ends a replication; both file systems keep their data",
    "lambda:DeleteFunctionConcurrency": "lifts a limit",
    "lambda:DeleteProvisionedConcurrencyConfig": "takes a setting back",
}
"""What the patterns above would catch and should not, each with the reason."""
NEVER_NAMED = ("*.delete_*", "iam.*", "organizations.*", "cloudtrail.stop*", "kms.schedule_key_deletion")
"""Names of actions that would be R4 whatever they ask for."""


def forbidden_permissions(permissions: Iterable[str]) -> tuple[str, ...]:
    """Those that make an action R4."""
    return tuple(
        each
        for each in permissions
        if any(fnmatchcase(each.lower(), pattern.lower()) for pattern in NEVER)
        and not any(fnmatchcase(each.lower(), pattern.lower()) for pattern in ALLOWED)
    )


def tier_of(risk: Risk, permissions: Iterable[str] = (), name: str = "") -> Tier:
    """The floor of an action: R4 by what it asks for or is called, else by its risk."""
    named = risk is not Risk.READ and any(fnmatchcase(name, pattern) for pattern in NEVER_NAMED)
    return Tier.R4 if named or forbidden_permissions(permissions) else TIERS[risk]


def why_never(name: str, risk: Risk, permissions: Iterable[str]) -> str:
    """One sentence for an action that is R4; empty for any other."""
    asked = tuple(permissions)
    if tier_of(risk, asked, name) is not Tier.R4:
        return ""
    what = ", ".join(forbidden_permissions(asked)) or name
    return _(
        "{action} is R4: nobody may run it here, whoever approves ({what}). Do it by hand, outside of this bot, "
        "under your own name.",
        action=name, what=what,
    )  # fmt: skip
