"""Lambda: functions that answer, provisioned concurrency that warms up over time, and event source mappings with states
in between.

moto keeps functions and mappings. Sources: the API reference of PutProvisionedConcurrencyConfig and
UpdateEventSourceMapping.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.wire import Call, Reply

WARM_SECONDS = 5.0
SWITCH_SECONDS = 3.0


@dataclass
class Warm:
    """Provisioned environments by region, function and qualifier; when mappings in transition arrive, by UUID."""

    kept: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    switching: dict[str, datetime] = field(default_factory=dict)


@operation("lambda", "PutProvisionedConcurrencyConfig")
def put_provisioned(call: Call) -> Answer:
    existing(call)
    if call.params["Qualifier"] == "$LATEST":
        raise AwsError("InvalidParameterValueException", "Provisioned concurrency needs a version or an alias.")
    count = int(call.params["ProvisionedConcurrentExecutions"])
    config: dict[str, Any] = {"RequestedProvisionedConcurrentExecutions": count, "Status": "IN_PROGRESS"}
    config |= {"AllocatedProvisionedConcurrentExecutions": 0, "LastModified": call.world.now().isoformat()}
    call.world.shelf(Warm).kept[key(call)] = config
    ready = {"Status": "READY", "AllocatedProvisionedConcurrentExecutions": count}
    call.world.later(WARM_SECONDS, lambda _: config.update(ready))
    return config


@operation("lambda", "GetProvisionedConcurrencyConfig")
def get_provisioned(call: Call) -> Answer:
    existing(call)
    config = call.world.shelf(Warm).kept.get(key(call))
    if config is None:
        raise AwsError("ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found.")
    return config


@operation("lambda", "DeleteProvisionedConcurrencyConfig")
def delete_provisioned(call: Call) -> Answer:
    call.world.shelf(Warm).kept.pop(key(call), None)
    return {}


@operation("lambda", "UpdateEventSourceMapping")
def update_mapping(call: Call) -> Reply:
    """moto's; another change is refused until the first has arrived."""
    switching, uuid = call.world.shelf(Warm).switching, call.params["UUID"]
    if uuid in switching:
        raise AwsError("ResourceInUseException", "The event source mapping is in transition.")
    answer = call.moto()
    if answer.ok and "Enabled" in call.params:
        switching[uuid] = call.world.now()

        def arrived(_: datetime) -> None:
            switching.pop(uuid, None)

        call.world.later(SWITCH_SECONDS, arrived)
    return answer


@operation("lambda", "GetEventSourceMapping")
def get_mapping(call: Call) -> Reply:
    """moto's, with the state in between."""
    answer = call.moto()
    if not answer.ok or call.params["UUID"] not in call.world.shelf(Warm).switching:
        return answer
    said = json.loads(answer.body)
    said["State"] = {"Enabled": "Enabling", "Disabled": "Disabling"}.get(said["State"], said["State"])
    return Reply(answer.status, answer.headers, json.dumps(said).encode())


@operation("lambda", "Invoke")
def invoke(call: Call) -> Reply:
    """Every function gives back what it was sent; one whose name says `broken` fails. No code runs here."""
    name = existing(call)
    headers = {"Content-Type": "application/json", "X-Amz-Executed-Version": call.params.get("Qualifier", "$LATEST")}
    if "broken" in name:
        said = {"errorMessage": "the cache is cold", "errorType": "RuntimeError"}
        return Reply(200, headers | {"X-Amz-Function-Error": "Unhandled"}, json.dumps(said).encode())
    return Reply(200, headers, call.target.request.data or b"null")


def existing(call: Call) -> str:
    """The function's name, whether it was asked for by name or by ARN. Raises ResourceNotFoundException."""
    name = str(call.params["FunctionName"].partition(":function:")[2] or call.params["FunctionName"]).partition(":")[0]
    if not any(each.function_name == name for each in backend("lambda", call.region).list_functions()):
        raise AwsError("ResourceNotFoundException", f"Function not found: {name}", status=404)
    return name


def key(call: Call) -> tuple[str, str, str]:
    return call.region, existing(call), call.params["Qualifier"]
