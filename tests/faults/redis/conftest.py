"""One redis-server, one toy cloud, and a home for each story."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.redis.parts import Server, a_server
from tests.toys import ToyCloud


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Running; killed at the end."""
    with a_server(tmp_path / "server") as server:
        yield server.start()


@pytest.fixture
def cloud() -> ToyCloud:
    return ToyCloud()
