"""The real Redis beside which every twin in memory is held."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.local.redis import EmbeddedRedis


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path_factory.mktemp("redis"), tied_to_parent=True) as running:
        yield running
