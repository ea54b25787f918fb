"""The embedded Redis: durable, private, shared, and gone when its demo is gone."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis

from bot.local.redis import EmbeddedRedis, Server, choose, socket_path
from bot.model.errors import Unavailable

DURABLE = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction", "save": "", "port": "0"}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    if (tmp_path / "home" / "redis" / "server.lock").exists():
        EmbeddedRedis(tmp_path / "home").stop(even_if_shared=True)


def connect(server: EmbeddedRedis) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True)


def eventually(happened: Callable[[], bool], within: float = 5.0) -> bool:
    deadline = time.monotonic() + within
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.01)
    return happened()


def alive(pid: int) -> bool:
    """A zombie that nobody has reaped yet counts as dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_it_fsyncs_every_write_and_evicts_nothing(home: Path) -> None:
    """The settings that the journal's promise rests on are the server's own."""
    with EmbeddedRedis(home) as server, connect(server) as client:
        found = {name: client.config_get(name)[name] for name in DURABLE}

    assert found == DURABLE


def test_it_is_private_and_has_no_modules(home: Path) -> None:
    """Only our user reaches the data or the socket, and nothing foreign is loaded."""
    with EmbeddedRedis(home) as server, connect(server) as client:
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (server.directory, server.socket)]
        modules = client.execute_command("MODULE LIST")

    assert modes == [0o700, 0o700]
    assert [module for module in modules if "graph" in str(module)] == []


def test_kill_minus_nine_keeps_every_acknowledged_write(home: Path) -> None:
    """What was acknowledged before the power went is there afterwards."""
    server = EmbeddedRedis(home).start()
    with connect(server) as client:
        for number in range(500):
            client.xadd("journal", {"n": number})
    os.kill(server.pid, signal.SIGKILL)
    server._await_end()

    with EmbeddedRedis(home) as again, connect(again) as client:
        kept = [fields["n"] for _, fields in client.xrange("journal")]

    assert kept == [str(number) for number in range(500)]


def test_a_second_start_attaches_and_its_stop_leaves_the_server(home: Path) -> None:
    """The command line shares the bot's server and never takes it down."""
    with EmbeddedRedis(home) as first:
        with EmbeddedRedis(home) as second:
            same, started = second.pid == first.pid, second.started_here
        still_there = first.pid

    assert same
    assert not started
    assert still_there


def test_the_last_one_out_stops_it(home: Path) -> None:
    """Whoever leaves first takes nothing down, not even from somebody who has not sent a command yet."""
    first, second = EmbeddedRedis(home).start(), EmbeddedRedis(home).start()
    pid = second.pid

    first.leave()
    still_there = alive(pid)
    second.leave()

    assert still_there
    assert not alive(pid)


def test_many_come_and_go_at_once(home: Path) -> None:
    """Starting while the last one leaves always ends with a server that answers."""

    def visit(_: int) -> bool:
        server = EmbeddedRedis(home).start()
        try:
            return bool(server.pid)
        finally:
            server.leave()

    with ThreadPoolExecutor(8) as pool:
        visits = list(pool.map(visit, range(60)))

    assert all(visits)


def test_it_outlives_a_killed_parent_and_is_found_again(home: Path) -> None:
    """A bot that was killed finds its server running; stopping somebody else's server takes asking."""
    pid = int(run_starter(home, tied=False))

    found = EmbeddedRedis(home).start()

    assert found.pid == pid
    assert not found.started_here
    found.stop(even_if_shared=True)
    assert not alive(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tie a child to its parent without a watcher")
def test_tied_to_its_parent_it_leaves_no_orphan(home: Path) -> None:
    """A demo that is killed takes its server along."""
    pid = int(run_starter(home, tied=True))

    assert eventually(lambda: not alive(pid))


def run_starter(home: Path, *, tied: bool) -> str:
    """Start a server in a process that then dies without a word; answers the server's pid."""
    story = (
        "import os, sys; from pathlib import Path; from bot.local.redis import EmbeddedRedis\n"
        f"server = EmbeddedRedis(Path({str(home)!r}), tied_to_parent={tied}).start()\n"
        "print(server.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    return subprocess.run([sys.executable, "-c", story], stdout=subprocess.PIPE, text=True, timeout=20).stdout


def test_a_long_home_gets_a_short_socket(tmp_path: Path) -> None:
    """A path that the kernel would cut is replaced by one that every process derives alike."""
    home = tmp_path / ("deep" * 30)

    with EmbeddedRedis(home) as server, connect(server) as client:
        answered = client.ping()

    assert answered
    assert len(os.fsencode(server.socket)) <= 103
    assert server.socket == socket_path(home / "redis")
    assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    """The log's last lines travel with the error."""
    (home / "redis" / "appendonlydir").mkdir(parents=True)
    (home / "redis" / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")

    with pytest.raises(Unavailable, match=r"(?s)ended while starting.*manifest"):
        EmbeddedRedis(home).start()


OLD, NEW, WHEEL = Server(Path("old"), (6, 0, 16)), Server(Path("new"), (7, 2, 4)), Server(Path("wheel"), (8, 2, 3))


@pytest.mark.parametrize(
    ("on_path", "packaged", "chosen"),
    [
        ([NEW], WHEEL, NEW),
        ([OLD, NEW], WHEEL, NEW),
        ([OLD], WHEEL, WHEEL),
        ([OLD], None, OLD),
        ([], WHEEL, WHEEL),
        ([], None, None),
    ],
)
def test_the_order_of_preference(on_path: list[Server], packaged: Server | None, chosen: Server | None) -> None:
    """A good server on PATH first, then the packaged one, then an old one, then none."""
    assert choose(on_path, packaged) == chosen
