"""`dr("runs")` for every test of the command line."""

from __future__ import annotations

import pytest

from tests.cli.rooms import Terminal


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests read English, whatever the terminal that runs them speaks."""
    monkeypatch.setenv("LC_ALL", "C")


@pytest.fixture
def dr(capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys)
