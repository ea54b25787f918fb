"""A primary, its replica and a sentinel that watches both: a failover as it happens in production, on loopback.

Promises: `lag` cuts the replica off, so that what is acknowledged from then on is lost with the primary; `fail_over`
waits until the sentinel names the other server. Refuses to know what is stored.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import redis

from bot.local.redis import find_server
from tests.faults.redis.parts import Server, eventually, free_port

NAME = "runs"
DOWN_AFTER = 600  # milliseconds without an answer until the sentinel gives the primary up


@dataclass
class Pair:
    """Two servers, one sentinel."""

    folder: Path
    settings: tuple[str, ...] = ()
    """Of the first primary, beside the usual ones."""
    primary: Server = field(init=False)
    replica: Server = field(init=False)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.primary = Server(self.folder / "primary", extra=self.settings)
        follows = ("--replicaof", "127.0.0.1", str(self.primary.port), "--repl-diskless-sync-delay", "0")
        self.replica = Server(self.folder / "replica", extra=follows)

    @property
    def url(self) -> str:
        return f"redis+sentinel://127.0.0.1:{self.port}/{NAME}"

    def start(self) -> None:
        self.primary.start()
        self.replica.start()
        conf = self.folder / "sentinel.conf"
        watched = f"{NAME} 127.0.0.1 {self.primary.port} 1"
        patience = f"sentinel down-after-milliseconds {NAME} {DOWN_AFTER}\nsentinel failover-timeout {NAME} 3000\n"
        conf.write_text(f"port {self.port}\nbind 127.0.0.1\nsentinel monitor {watched}\n{patience}")
        command = [str(find_server().path), str(conf), "--sentinel"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    async def is_whole(self) -> bool:
        """The replica has everything, and the sentinel knows both."""
        return await eventually(lambda: self._is_linked() and self._known_replicas() == 1, 20)

    async def has_caught_up(self) -> bool:
        """What the primary has acknowledged until now is on the replica too."""
        wanted = int(_asked(self.primary.port, "replication")["master_repl_offset"])
        return await eventually(lambda: _asked(self.replica.port, "replication").get("slave_repl_offset", 0) >= wanted)

    async def lag(self) -> None:
        """From here on the replica hears nothing any more: whatever is written is lost in the failover."""
        with _client(self.replica.port) as replica:
            replica.config_set("masterauth", "nobody knows it")
            replica.execute_command("CLIENT", "KILL", "TYPE", "master")
        assert await eventually(lambda: not self._is_linked())

    async def fail_over(self, how: Literal["killed", "frozen"]) -> None:
        """The primary is gone, or stands still; returns when the sentinel has made the replica the primary."""
        if how == "killed":
            self.primary.kill()
        else:
            self.freeze()
        assert await eventually(lambda: self._named() == self.replica.port, 30), "nobody was promoted"

    def freeze(self) -> None:
        assert self.primary.process is not None
        self.primary.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.primary.process is not None
        self.primary.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.primary.kill()
        self.replica.kill()

    def _named(self) -> int:
        with _client(self.port) as sentinel:
            return int(sentinel.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)[1])

    def _known_replicas(self) -> int:
        said = _asked(self.port, "sentinel").get("master0", {})
        return int(said.get("slaves", 0))

    def _is_linked(self) -> bool:
        return _asked(self.replica.port, "replication").get("master_link_status") == "up"


@contextmanager
def a_pair(folder: Path, *settings: str) -> Iterator[Pair]:
    pair = Pair(folder, settings)
    try:
        pair.start()
        yield pair
    finally:
        pair.stop()


def _client(port: int) -> redis.Redis:
    return redis.Redis(port=port, socket_timeout=2)


def _asked(port: int, section: str) -> dict[str, Any]:
    try:
        with _client(port) as client:
            said: dict[str, Any] = client.info(section)
            return said
    except redis.RedisError:  # not up yet
        return {}
