"""A Redis Cluster of real servers: primaries that share the slots, and replicas that take over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from tests.faults.redis.parts import Server, free_port

SLOTS = 16384
DOWN_AFTER = 1000
"""Milliseconds after which the others give a silent server up."""


@dataclass
class Shards:
    """`primaries` servers with even shares of the slots, and a replica of each when `replicas`."""

    folder: Path
    count: int = 1
    replicas: bool = False
    settings: tuple[str, ...] = ()
    primaries: list[Server] = field(default_factory=list)
    followers: list[Server] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"redis+cluster://127.0.0.1:{self.primaries[0].port}"

    def start(self) -> Shards:
        self.primaries = [self._server(f"primary-{number}") for number in range(self.count)]
        self.followers = [self._server(f"replica-{number}") for number in range(self.count if self.replicas else 0)]
        for server in (*self.primaries, *self.followers):
            server.start()
        for number, server in enumerate(self.primaries):
            first, last = SLOTS * number // self.count, SLOTS * (number + 1) // self.count - 1
            said(server, "CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            said(server, "CLUSTER", "ADDSLOTSRANGE", first, last)
        for server in (*self.primaries[1:], *self.followers):
            meeting = ("CLUSTER", "MEET", "127.0.0.1", self.primaries[0].port, bus_of(self.primaries[0]))
            said(server, *meeting)
        _wait(lambda: all(len(self._known(server)) == len(self.primaries) + len(self.followers) for server in self))
        for primary, follower in zip(self.primaries, self.followers, strict=bool(self.followers)):
            said(follower, "CLUSTER", "REPLICATE", said(primary, "CLUSTER", "MYID").decode())
        _wait(lambda: all(self._is_whole(server) for server in self))
        return self

    def __iter__(self) -> Iterator[Server]:
        return iter([*self.primaries, *self.followers])

    def stop(self) -> None:
        for server in self:
            server.kill()

    def holder(self, key: str) -> Server:
        """Whose key this is, as long as nobody has moved its slot."""
        slot = said(self.primaries[0], "CLUSTER", "KEYSLOT", key)
        return self.primaries[next(n for n in range(self.count) if slot < SLOTS * (n + 1) // self.count)]

    def _server(self, name: str) -> Server:
        mine = (
            "--cluster-enabled",
            "yes",
            "--cluster-node-timeout",
            str(DOWN_AFTER),
            "--cluster-port",
            str(free_port()),
        )
        quick = ("--repl-diskless-sync-delay", "0", "--cluster-replica-validity-factor", "0")
        return Server(self.folder / name, extra=(*mine, *quick, *self.settings))

    def _known(self, server: Server) -> list[str]:
        return [line for line in said(server, "CLUSTER", "NODES").decode().splitlines() if "handshake" not in line]

    def _is_whole(self, server: Server) -> bool:
        linked = server in self.primaries or b"master_link_status:up" in said(server, "INFO", "replication")
        told = sum(" slave " in f"{line} " or "myself,slave" in line for line in self._known(server))
        return linked and told == len(self.followers) and b"cluster_state:ok" in said(server, "CLUSTER", "INFO")


@contextmanager
def a_cluster(folder: Path, count: int = 1, *settings: str, replicas: bool = False) -> Iterator[Shards]:
    shards = Shards(folder, count, replicas, settings)
    try:
        yield shards.start()
    finally:
        shards.stop()


def bus_of(server: Server) -> int:
    return int(server.extra[server.extra.index("--cluster-port") + 1])


def said(server: Server, *words: Any) -> Any:
    """What this one server answers, as it comes."""
    connection = redis.Connection(port=server.port, socket_timeout=5)
    try:
        connection.send_command(*words)
        return connection.read_response()
    finally:
        connection.disconnect()


def keys_of(server: Server) -> Sequence[str]:
    return [key.decode() for key in said(server, "KEYS", "*")]


def _wait(done: Callable[[], bool], within: float = 30) -> None:
    until = time.monotonic() + within
    while not done():
        assert time.monotonic() < until, "the cluster did not come together"
        time.sleep(0.05)
