"""What holds for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

settings.register_profile("shared-cores", deadline=None)  # what another process takes from a core is no slow example
settings.load_profile("shared-cores")


@pytest.fixture(autouse=True)
def _each_test_logs_anew() -> Iterator[None]:
    """A command that a test runs in this process sets up its log; the next test must not find it so."""
    yield
    structlog.reset_defaults()
