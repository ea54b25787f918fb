"""The real actions, in a hurry: the same calls with short budgets, so that a crash is over in seconds.

Also one action of a kind that the catalogue has no short example of: a call whose token AWS recognises.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import Field

from bot.actions.base import Action, Params, Rehearsal, action
from bot.actions.catalogue import Catalogue
from bot.actions.ecs.set_desired_count import SetDesiredCount
from bot.actions.rds.promote_read_replica import PromoteReadReplica
from bot.actions.sns.publish import Publish
from bot.model.action import Before, Idempotency, Look, NotStarted, Observation, Risk, Settled
from bot.ports.aws import Aws, Reads

BUDGET = timedelta(seconds=1.5)
SETTLE = timedelta(seconds=0.5)


class KeepSecretParams(Params):
    """What to keep."""

    name: str = Field(description="Its name.")


@action(
    "secretsmanager.create",
    risk=Risk.REVERSIBLE,
    idempotency=Idempotency.TOKEN,
    irreversible="It stays.",
    permissions=(),
    rehearsal=Rehearsal(params={}, calls=()),
)
class KeepSecret(Action[KeepSecretParams]):
    """A secret, made once."""

    Params = KeepSecretParams

    def preflight(self, aws: Reads, params: KeepSecretParams) -> Look:
        return Look(state="ready")

    def execute(self, aws: Aws, params: KeepSecretParams, token: str) -> None:
        client: Any = aws.writer("secretsmanager", params.region)
        client.create_secret(Name=params.name, SecretString="x", ClientRequestToken=token)

    def verify(self, aws: Reads, params: KeepSecretParams, before: Before) -> Observation:
        client: Any = aws.reader("secretsmanager", params.region)
        try:
            client.describe_secret(SecretId=params.name)
        except client.exceptions.ResourceNotFoundException:
            return NotStarted(seen=f"there is no {params.name}")
        return Settled(seen=f"{params.name} is there")


def hurried() -> Catalogue:
    """One action of each kind of idempotency."""
    actions = (SetDesiredCount(), PromoteReadReplica(), Publish(), KeepSecret())
    for each in actions:
        each.spec = each.spec.model_copy(update={"call_budget": BUDGET, "settle": SETTLE})
    return Catalogue(*actions)
