"""What pydantic cannot see in a catalogue."""

from __future__ import annotations

from bot.model.runbook import Problem
from bot.model.service import Catalog
from bot.runbook.nodes import Map


def lint_catalog(node: Map, path: str, catalog: Catalog, names: frozenset[str]) -> list[Problem]:
    """All mistakes in the references between a catalogue's parts."""
    return []
