"""Actions and a catalogue for the runbook tests."""

from __future__ import annotations

import pytest

from bot.actions.catalogue import Catalogue
from bot.model.action import ActionSpec
from bot.model.service import Catalog
from bot.runbook.reader import read
from bot.runbook.schema import parse_catalog
from tests.runbook.healthy import CATALOG


@pytest.fixture(scope="session")
def specs() -> dict[str, ActionSpec]:
    """The product's own actions."""
    return Catalogue.discover().specs


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The healthy catalogue."""
    return parse_catalog(read(CATALOG, "catalog.yaml"), "catalog.yaml")
