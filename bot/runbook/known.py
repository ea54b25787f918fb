"""What the catalogue knows of a service, in the words of a runbook.

Promises references (`${{ resources.… }}`) and never values, so that a runbook made of them follows the catalogue.
Refuses to guess what is not there: it is the empty string.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pydantic import JsonValue

from bot.model.service import Catalog, RunKind, Service, Strategy


class Known:
    """One service and one kind of run."""

    def __init__(self, service: Service, kind: RunKind, catalog: Catalog) -> None:
        self.service, self.kind = service, kind
        self._catalog = catalog
        sides = ("${{ service.recovery_region }}", "${{ service.primary_region }}")
        self.here, self.there = sides if kind == "failover" else sides[::-1]
        """Where the run acts, and the other side."""
        self.ecs = self._find("cluster", "service")
        self.group = self._find("group")
        self.dns = self._find("zone", "record", "recovery_set", "primary_set")
        self.aurora = self._find("global_cluster", "primary", "recovery")
        self.backed_up = self._find("arn")
        self.experiment = self._find("template")

    def _find(self, *keys: str) -> str:
        """Where the service's resources name all of these together."""
        return next(_places(self.service.resources, "resources", frozenset(keys)), "")

    @property
    def grows(self) -> bool:
        """Whether the other side has to be made ready; of a mirror both sides serve and write all the time."""
        return self.kind in ("failover", "failback") and self.service.strategy is not Strategy.MIRROR

    @property
    def owners(self) -> tuple[str, ...]:
        """The service's groups, else the one with the most people, else one that the lint asks about."""
        sizes = Counter(group for person in self._catalog.people.values() for group in sorted(person.groups))
        return self.service.owners or tuple(group for group, _ in sizes.most_common(1)) or ("@owners",)

    @property
    def deciders(self) -> str:
        return "role.ic" if "ic" in self._catalog.roles else f'"{self.owners[0]}"'

    @property
    def hands(self) -> str:
        return "ops" if "ops" in self._catalog.roles else f'"{self.owners[0]}"'

    @property
    def approvals(self) -> int:
        tier = self._catalog.tiers.get(self.service.tier)
        return tier.approvals if tier is not None else 1

    def two(self, question: str) -> str:
        """Two different people, for what cannot be taken back."""
        if {"ops", "ic"} <= self._catalog.roles.keys():
            return f'confirm: {{ text: "{question}", by: [ops, ic] }}'
        return f'approve: {{ from: {self.deciders}, count: 2, text: "{question}" }}'

    def sizes(self) -> Iterator[tuple[str, str]]:
        """Inputs that ask for a number which no catalogue knows, and their questions."""
        if self.grows and self.ecs:
            yield "tasks", "How many tasks should serve?"
        if self.grows and self.group:
            yield "instances", "How many instances should serve?"

    def cluster_and_service(self) -> str:
        return f"cluster: {ref(self.ecs, 'cluster')}, service: {ref(self.ecs, 'service')}"


def ref(place: str, key: str) -> str:
    """An expression that reads `key` of what stands at `place`."""
    return f'"${{{{ {place}.{key} }}}}"'


def _places(value: JsonValue, path: str, keys: frozenset[str]) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    if keys <= value.keys():
        yield path
    for name, inner in value.items():
        yield from _places(inner, f"{path}.{name}", keys)
