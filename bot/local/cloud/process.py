"""The local cloud as a child process, for whoever needs one: the demo, the tests.

Promises: when `start` returns, the world is planted and every service answers; the child ends with its parent.
Imports nothing heavy.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.model.errors import Unavailable

START_TIMEOUT = 60.0
STOP_TIMEOUT = 5.0
SOURCE = Path(__file__).resolve().parents[3]


class Cloud:
    """`with Cloud(speed=10) as cloud: boto3.client("rds", endpoint_url=cloud.url, …)`"""

    def __init__(
        self,
        *,
        port: int = 0,
        speed: float = 1.0,
        seed: Path | None = None,
        also: Path | None = None,
        frozen: bool = False,
        log: Path | None = None,
    ) -> None:
        self._arguments = ["--port", str(port), "--speed", str(speed), "--tied"]
        self._arguments += ["--seed", str(seed)] if seed else []
        self._arguments += ["--also", str(also)] if also else []
        self._arguments += ["--frozen"] if frozen else []
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._url: str | None = None

    @property
    def url(self) -> str:
        """The endpoint of every service in every region, and the HTTP proxy of the demo world's names."""
        if self._url is None:
            raise Unavailable("The local cloud is not running; start it first.")
        return self._url

    def start(self) -> Self:
        """Spawn the child and wait until it is warm. Raises Unavailable with what is wrong in a seed."""
        errors = open(self._log, "ab") if self._log else None  # noqa: SIM115 - closed below, the child has its own
        self._process = subprocess.Popen(  # noqa: S603 - our own command line, no shell
            [sys.executable, "-m", "bot.local.cloud", *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment(),
            start_new_session=True,  # Ctrl-C stops the parent, and the child follows
        )
        if errors:
            errors.close()
        self._url = self._first_line()
        return self

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._process, self._url = None, None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _first_line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], START_TIMEOUT)
        line = self._process.stdout.readline() if ready else b""
        if not line:
            self.stop()
            raise Unavailable("The local cloud did not start; its errors are on standard error or in the given log.")
        said = json.loads(line)
        if "error" in said:
            self.stop()
            raise Unavailable(f"The local cloud cannot be what was asked for: {said['error']}")
        return str(said["url"])


def environment() -> dict[str, str]:
    """The parent's, able to import this package, and without settings that would lead moto elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}
    path = os.pathsep.join(filter(None, [str(SOURCE), kept.get("PYTHONPATH")]))
    seeded = {"MOTO_ACM_VALIDATION_WAIT": "-1"}  # the demo world's certificates were issued long ago
    return kept | seeded | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
