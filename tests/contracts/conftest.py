"""The real Redis beside which every twin in memory is held: one server, and a cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from bot.adapters.redis.connection import connect
from bot.adapters.redis.topology import Client
from bot.local.redis import EmbeddedRedis
from tests.faults.redis.cluster import Shards, a_cluster

STORES = ["memory", "redis", "cluster"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path_factory.mktemp("redis"), tied_to_parent=True) as running:
        yield running


@pytest.fixture(scope="session")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shards]:
    with a_cluster(tmp_path_factory.mktemp("cluster"), 3) as running:
        yield running


@asynccontextmanager
async def emptied(request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    """The store that the test's parameter names, with nothing in it."""
    url = request.getfixturevalue({"redis": "server", "cluster": "shards"}[request.param]).url
    redis = connect(url)
    await redis.flushall()
    yield redis
    await redis.aclose(close_connection_pool=True)
