"""Versions of runbooks."""

from __future__ import annotations

import pytest

from bot.runbook.versions import order_of


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (1, 2),
        (9, 10),
        ("1.2.3", "1.2.4"),
        ("1.9.0", "1.10.0"),
        ("1.0.0-rc.1", "1.0.0"),
        ("1.0.0-rc.9", "1.0.0-rc.10"),
        ("1.0.0-1", "1.0.0-rc"),
        (1, "1.0.1"),
        ("1.9.9", 2),
    ],
)
def test_versions_have_an_order(older: int | str, newer: int | str) -> None:
    """Whole numbers and semver, also side by side."""
    assert order_of(older) < order_of(newer)


@pytest.mark.parametrize("version", ["v3", "1.2", "latest", "", "1.2.3.4", "-1"])
def test_what_is_no_version_is_refused(version: str) -> None:
    """With a sentence that shows how to write one."""
    with pytest.raises(ValueError, match="whole number"):
        order_of(version)
