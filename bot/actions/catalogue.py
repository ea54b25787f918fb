"""Finds every action in the package, once, at start-up, and the private ones that are installed beside it.

A package joins with an entry point of the group `dr.actions` that names a package or module of its own.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

import bot.actions
from bot.actions.base import AnyAction
from bot.language import _
from bot.model.action import ActionSpec
from bot.model.errors import BrokenInvariant, UserError
from bot.model.tiers import why_never

PRIVATE = "dr.actions"
"""Entry point group of private actions."""


class Catalogue(Mapping[str, AnyAction]):
    """The actions this process knows, by name."""

    def __init__(self, *actions: AnyAction, more: Callable[[], Iterable[AnyAction]] = tuple) -> None:
        """`more` brings others when somebody first looks into the catalogue."""
        self._actions, self._more = actions, more

    @cached_property
    def _by_name(self) -> Mapping[str, AnyAction]:
        by_name: dict[str, AnyAction] = {}
        for each in (*self._actions, *self._more()):
            if each.name in by_name:
                raise BrokenInvariant(f"two actions are called {each.name}")
            by_name[each.name] = each
        return by_name

    @classmethod
    def discover(cls, package: ModuleType = bot.actions, private: Iterable[EntryPoint] | None = None) -> Catalogue:
        """Import `package` recursively and instantiate each described action, and those behind the entry points.

        Raises UserError that names an entry point whose actions cannot be loaded.
        """
        joined = entry_points(group=PRIVATE) if private is None else private
        found = [*_described_in(package), *(each for point in joined for each in _behind(point))]
        catalogue = cls(*(described() for described in found))
        len(catalogue)  # two of one name are told now
        return catalogue

    @classmethod
    def when_asked(cls) -> Catalogue:
        """The same as `discover`, found when it is first looked into: most commands in a terminal never do."""
        return cls(more=lambda: cls.discover().values())

    @property
    def specs(self) -> Mapping[str, ActionSpec]:
        """The public faces, by name, in alphabetical order; each is made when it is first looked at."""
        return _Specs(self)

    def __getitem__(self, name: str) -> AnyAction:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._by_name))

    def __len__(self) -> int:
        return len(self._by_name)


class _Specs(Mapping[str, ActionSpec]):
    def __init__(self, actions: Catalogue) -> None:
        self._actions = actions

    def __getitem__(self, name: str) -> ActionSpec:
        return self._actions[name].spec

    def __contains__(self, name: object) -> bool:
        return name in self._actions

    def __iter__(self) -> Iterator[str]:
        return iter(self._actions)

    def __len__(self) -> int:
        return len(self._actions)


def _behind(point: EntryPoint) -> list[type[AnyAction]]:
    try:
        loaded = point.load()
        found = list(_described_in(loaded) if hasattr(loaded, "__path__") else _described(loaded))
        for each in found:
            each.spec.draw_schema()  # what is declared wrongly is told now, not when a runbook first names it
        never = [why for each in found if (why := why_never(each.spec.name, each.spec.risk, each.spec.permissions))]
    except Exception as error:  # somebody else's code may raise anything
        why = _(
            "The private actions {name} ({place}) cannot be loaded: {error}. Mend that package, or uninstall it.",
            name=point.name, place=point.value, error=error,
        )  # fmt: skip
        raise UserError(why) from error
    if never:
        raise UserError(" ".join(never))
    if not found:
        raise UserError(
            _(
                "There are no actions behind {name} ({place}); point it at their package.",
                name=point.name,
                place=point.value,
            )
        )
    return found


def _described_in(package: ModuleType) -> Iterator[type[AnyAction]]:
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield from _described(importlib.import_module(info.name))


def _described(module: ModuleType) -> Iterator[type[AnyAction]]:
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__ and "spec" in vars(value):
            yield value
