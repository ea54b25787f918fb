"""Bad weather: regions that are down and faults that strike calls.

Promises: one verdict per call, decided before anything is touched. Refuses to know what calls do and how a
connection is cut.

A region that is down takes its regional services along. Services with one global control plane (Route 53, IAM, …)
keep answering even when their home region is down, unless the region was switched with `global`: DNS changes are
then as dead as in a real us-east-1 control-plane outage.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from botocore import xform_name

HOME_OF_GLOBAL_SERVICES = "us-east-1"
GLOBAL_SERVICES = frozenset({"route53", "iam", "cloudfront", "organizations", "shield", "support"})


class Fate(StrEnum):
    """What happens to a call. A hung or refused call never reaches the service; a call with a lost response does."""

    PROCEED = "proceed"
    HANG = "hang"
    REFUSE = "refuse"
    BROKEN = "5xx"
    LOST = "lost_response"
    THROTTLED = "throttle"
    DENIED = "access_denied"
    HOLLOW = "hollow"
    """AWS says yes and does nothing."""


MODES = {"hang": Fate.HANG, "refuse": Fate.REFUSE, "5xx": Fate.BROKEN, "drop_response": Fate.LOST}


@dataclass
class RegionState:
    """Whether a region answers, and since when it does not."""

    down: bool = False
    mode: Fate = Fate.HANG
    takes_global: bool = False
    outages: list[tuple[datetime, datetime | None]] = field(default_factory=list)

    def switch(self, *, down: bool, now: datetime, mode: Fate = Fate.HANG, takes_global: bool = False) -> None:
        if down and not self.down:
            self.outages.append((now, None))
        if self.down and not down:
            self.outages[-1] = (self.outages[-1][0], now)
        self.down, self.mode, self.takes_global = down, mode, takes_global

    def down_since(self, at: datetime) -> datetime | None:
        """The start of the outage that covers `at`, or None."""
        covering = (start for start, end in self.outages if start <= at and (end is None or at < end))
        return next(covering, None)


@dataclass
class Fault:
    """A misfortune for the next `times` calls that fit; an empty field fits everything."""

    kind: Fate
    service: str = ""
    operation: str = ""
    region: str = ""
    times: int = 1

    def fits(self, service: str, operation: str, region: str) -> bool:
        names = {"", operation, xform_name(operation), f"{service}.{xform_name(operation)}"}
        return (
            self.times > 0 and self.service in ("", service) and self.operation in names and self.region in ("", region)
        )


class Weather:
    """The state of every region and the faults that wait."""

    def __init__(self) -> None:
        self.regions: dict[str, RegionState] = {}
        self.faults: list[Fault] = []

    def region(self, name: str) -> RegionState:
        return self.regions.setdefault(name, RegionState())

    def is_down(self, region: str) -> bool:
        return self.region(region).down

    def fate(self, service: str, operation: str, region: str) -> Fate:
        """The verdict on one call; a fault that strikes is used up."""
        state = self.region(HOME_OF_GLOBAL_SERVICES if service in GLOBAL_SERVICES else region)
        if state.down and (service not in GLOBAL_SERVICES or state.takes_global):
            return state.mode
        for fault in self.faults:
            if fault.fits(service, operation, region):
                fault.times -= 1
                return fault.kind
        return Fate.PROCEED

    def report(self) -> dict[str, Any]:
        return {
            name: {"state": "down" if state.down else "up", "mode": state.mode} for name, state in self.regions.items()
        }
