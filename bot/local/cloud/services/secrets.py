"""Secrets Manager: a replica that stops following. moto keeps secrets and makes replicas of them."""

from __future__ import annotations

from copy import copy
from typing import Any

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.wire import Call


@operation("secretsmanager", "StopReplicationToReplica")
def stop_replication(call: Call) -> Answer:
    """The replica becomes a secret of its own, and its primary forgets it."""
    secrets = backend("secretsmanager", call.region).secrets
    name = call.params["SecretId"]
    found: Any = secrets.get(name)
    if found is None:
        raise AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    source = getattr(found, "source", None)
    if source is None:
        raise AwsError("InvalidRequestException", "The secret is not a replica.")
    source.replicas = [each for each in source.replicas if each is not found]
    alone = copy(source)
    alone.arn, alone.region, alone.replicas = found.arn, call.region, []
    for key in [key for key, value in dict.items(secrets) if value is found]:
        dict.pop(secrets, key)  # moto files a replica under a key of its own, and its `pop` knows names only
    secrets[found.name] = alone
    return {"ARN": found.arn}
