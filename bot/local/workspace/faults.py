"""The bad days of Slack, on demand: server errors, slow or lost answers, for chosen methods and so many calls."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

FaultKind = Literal["error", "status", "drop_before", "drop_after", "delay", "ratelimited"]


@dataclass
class Fault:
    """What goes wrong: for methods matching `method` (`chat.*`), the next `times` calls (`None`: until cleared).

    error: answer `{"ok": false, "error": code}`; status: answer HTTP `status`; drop_before: cut the connection unheard;
    drop_after: apply, then cut the connection; delay: answer `seconds` late;
    ratelimited: 429 with Retry-After `seconds`.
    """

    kind: FaultKind
    method: str = "*"
    times: int | None = None
    status: int = 503
    code: str = "internal_error"
    seconds: float = 1.0


class Faults:
    """The faults switched on at the moment, oldest first; the first that matches a call strikes."""

    def __init__(self) -> None:
        self.active: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Switch one on."""
        self.active.append(fault)

    def clear(self) -> None:
        """Switch them all off."""
        self.active.clear()

    def strike(self, method: str) -> Fault | None:
        """The fault that hits this call, if any; one with a number of times is used up."""
        for fault in self.active:
            if fnmatchcase(method, fault.method):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.active.remove(fault)
                return fault
        return None
