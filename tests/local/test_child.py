"""A child process is stopped in order, killed when it must be, and never outlives its parent."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.local.child import Child

OBEDIENT = "import signal, time; print('up', flush=True); signal.sigwait([signal.SIGTERM]); print('bye', flush=True)"
FOREVER = "import time; print('up', flush=True); time.sleep(600)"
PARENT = """
import os, pathlib, sys, time
from bot.local.child import Child
child = Child([sys.executable, "-c", sys.argv[1]], os.environ, pathlib.Path(sys.argv[2]))
child.start()
print(child.pid, flush=True)
time.sleep(600)
"""


def child(code: str, log: Path) -> Child:
    return Child([sys.executable, "-c", code], os.environ, log)


def until(true: object, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not true():  # type: ignore[operator]  # any callable
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def is_up(log: Path) -> bool:
    return log.exists() and "up" in log.read_text()


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_a_child_is_asked_before_it_is_killed(tmp_path: Path) -> None:
    """SIGTERM comes first, and what it says goes to its log."""
    obedient = child(
        "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]);" + OBEDIENT, tmp_path / "log"
    )
    obedient.start()
    assert until(lambda: is_up(tmp_path / "log"))

    obedient.stop()

    assert obedient.ended == 0
    assert "bye" in obedient.last_words()


def test_a_killed_child_can_be_started_again(tmp_path: Path) -> None:
    """After a SIGKILL the same program starts anew, as another process."""
    victim = child(FOREVER, tmp_path / "log")
    victim.start()
    first = victim.pid

    victim.kill()
    victim.start()

    assert victim.pid != first
    assert not alive(first)
    assert victim.ended is None
    victim.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_a_child_goes_with_its_killed_parent(tmp_path: Path) -> None:
    """Even SIGKILL of the parent leaves no orphan."""
    log = tmp_path / "log"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, FOREVER, str(log)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert until(lambda: is_up(log))

    parent.kill()
    parent.wait()

    assert until(lambda: not alive(pid))
    parent.stdout.close()
