"""The world: everything that the local cloud remembers beside moto, and the passing of its time.

Promises: state changes only through calls and through planned transitions, in order of time. Whoever wants to see
the state calls `settle` first. Refuses to know the protocols and the services.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from bot.local.cloud.clock import Agenda, Clock, Effect
from bot.local.cloud.ledger import Ledger
from bot.local.cloud.weather import Weather

ACCOUNT = "111122223333"

Shelf = TypeVar("Shelf")


@dataclass(frozen=True)
class App:
    """An application of the demo: what has to work so that its users are served. Written in world.yaml."""

    name: str
    host: str
    regional_hosts: dict[str, str]
    alarm: str = ""
    """A CloudWatch alarm that rings while its users are not served."""
    cluster: str = ""
    service: str = ""
    """ECS, or …"""
    group: str = ""
    """… an Auto Scaling group; neither means that somebody else runs it."""
    global_cluster: str = ""
    """Aurora, or …"""
    table: str = ""
    """… a DynamoDB table that must have a replica where users are served."""
    stack: str = ""
    """A CloudFormation stack without which it does not run; its parameter `Database` names an RDS instance."""
    tasks_for_full_load: int = 1

    def region_of(self, host: str) -> str | None:
        return next((region for region, name in self.regional_hosts.items() if name == host), None)


Watch = Callable[["World", datetime], None]
WATCHES: list[Watch] = []
"""What looks at the world after every change, such as alarms. Filled by the service files."""


def watch(function: Watch) -> Watch:
    WATCHES.append(function)
    return function


@dataclass
class World:
    """One account. `shelves` holds what each service file keeps for itself; ask with `shelf`."""

    clock: Clock
    agenda: Agenda = field(default_factory=Agenda)
    weather: Weather = field(default_factory=Weather)
    ledger: Ledger = field(default_factory=Ledger)
    apps: tuple[App, ...] = ()
    replies: dict[tuple[str, ...], Any] = field(default_factory=dict)
    shelves: dict[type, Any] = field(default_factory=dict)

    def now(self) -> datetime:
        return self.clock.now()

    def shelf(self, kind: type[Shelf]) -> Shelf:
        """This world's one `kind`, made empty on first sight."""
        shelf: Shelf = self.shelves.setdefault(kind, kind())
        return shelf

    def later(self, seconds: float, effect: Effect, *, at: datetime | None = None) -> None:
        """Plan `effect` for `seconds` (at speed 1) after `at`, or after now."""
        self.agenda.plan((at or self.now()) + self.clock.lasting(seconds), effect)

    def settle(self) -> None:
        """Let everything happen that is due by now."""
        now = self.now()
        while due := self.agenda.pop_due(now):
            moment, effect = due
            effect(moment)
            self.look(moment)
        self.look(now)

    def look(self, at: datetime) -> None:
        for watcher in WATCHES:
            watcher(self, at)
