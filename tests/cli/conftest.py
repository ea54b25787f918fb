"""`dr("runs")` for every test of the command line."""

from __future__ import annotations

import pytest

from tests.cli.rooms import Terminal


@pytest.fixture
def dr(capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys)
