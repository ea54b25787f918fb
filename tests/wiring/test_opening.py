"""What a bot that starts and serves says of its runbooks."""

from __future__ import annotations

from pathlib import Path

from structlog.testing import capture_logs

from bot.runbook.library import Library
from bot.wiring.opening import telling
from tests.slack.conftest import CATALOG, RUNBOOK


def test_broken_runbooks_are_told_once_and_when_they_are_mended(tmp_path: Path) -> None:
    """At the start and after an edit; a bot that serves without a failover must not be silent about it."""
    (tmp_path / "catalog.yaml").write_text(CATALOG)
    book = tmp_path / "failover.yaml"
    book.write_text("schema: dr/v1\n")

    with capture_logs() as said:
        library = telling(Library.load(tmp_path, {}))
        library()
        book.write_text(RUNBOOK)
        found = library()

    assert [line["event"] for line in said] == ["runbooks-broken", "runbooks-whole-again"]
    assert "There is no runbook" in said[0]["first"]
    assert "orders-api.failover" in found.runbooks
