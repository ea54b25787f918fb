"""Finds every action in the package, once, at start-up."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType

import bot.actions
from bot.actions.base import AnyAction
from bot.model.action import ActionSpec
from bot.model.errors import BrokenInvariant


class Catalogue(Mapping[str, AnyAction]):
    """The actions this process knows, by name."""

    def __init__(self, *actions: AnyAction) -> None:
        self._by_name: dict[str, AnyAction] = {}
        for each in actions:
            if each.spec.name in self._by_name:
                raise BrokenInvariant(f"two actions are called {each.spec.name}")
            self._by_name[each.spec.name] = each

    @classmethod
    def discover(cls, package: ModuleType = bot.actions) -> Catalogue:
        """Import `package` recursively and instantiate each described action."""
        return cls(*(found() for found in _described_in(package)))

    @property
    def specs(self) -> dict[str, ActionSpec]:
        """The public faces, by name, in alphabetical order."""
        return {name: self[name].spec for name in self}

    def __getitem__(self, name: str) -> AnyAction:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._by_name))

    def __len__(self) -> int:
        return len(self._by_name)


def _described_in(package: ModuleType) -> Iterator[type[AnyAction]]:
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(info.name)
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__ and "spec" in vars(value):
                yield value
