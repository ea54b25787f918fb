"""The effect ledger: every mutating call that arrived, in order, with what became of it.

Promises: a journal of calls that a test can trust ("AWS received the promote once"). Refuses to know what the calls
did.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from botocore import xform_name

READS = re.compile(
    r"(Describe|Get|List|Head|BatchGet|Lookup|Search|Select|Query|Scan|Simulate|Estimate|Preview|Validate|Filter|Check)"
    r"(?=[A-Z]|$)|TestDNSAnswer|ReceiveMessage|AssumeRole"
)


def is_mutation(operation: str) -> bool:
    """Whether an operation may change something; what is not known to be a read counts as a change."""
    return READS.match(operation) is None


@dataclass
class Entry:
    """One mutating call. `applied`: whether the service acted; `outcome`: ok, an error code, or what cut the answer."""

    number: int
    at: datetime
    region: str
    service: str
    operation: str
    parameters: dict[str, Any]
    token: str | None = None
    applied: bool = False
    outcome: str = "in-flight"

    @property
    def action(self) -> str:
        return f"{self.service}.{xform_name(self.operation)}"


@dataclass
class Ledger:
    entries: list[Entry] = field(default_factory=list)

    def open(self, at: datetime, region: str, service: str, operation: str, parameters: dict[str, Any]) -> Entry:
        entry = Entry(len(self.entries) + 1, at, region, service, operation, parameters)
        self.entries.append(entry)
        return entry

    def as_json(self) -> list[dict[str, Any]]:
        return [plain(asdict(entry) | {"action": entry.action}) for entry in self.entries]


def plain(value: Any) -> Any:
    """The same value in JSON's types."""
    match value:
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case date():
            return value.isoformat()
        case bytes():
            return f"<{len(value)} bytes>"
        case str() | int() | float() | bool() | None:
            return value
        case _:
            return str(value)
