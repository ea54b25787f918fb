"""All that can be said about a runbook before it is needed."""

from __future__ import annotations

from collections.abc import Mapping

from bot.model.action import ActionSpec
from bot.model.runbook import Problem
from bot.model.service import Catalog
from bot.runbook.schema import Draft


def lint(
    draft: Draft, specs: Mapping[str, ActionSpec], catalog: Catalog | None = None, names: frozenset[str] | None = None
) -> list[Problem]:
    """Every mistake that goes beyond form."""
    return []
