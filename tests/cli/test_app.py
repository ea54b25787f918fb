"""The command line finds the nearest right word, says one sentence, and ends with the right code."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.__main__ import WiredRooms
from bot.adapters.redis.connection import connect
from bot.adapters.redis.journal import RedisJournals
from bot.cli.app import load, run
from bot.cli.rooms import Rooms
from bot.cli.table import COMMANDS, Entry
from bot.local.redis import EmbeddedRedis
from bot.model.errors import Refused, Unavailable, UserError
from bot.model.events import RunCreated
from bot.model.people import BOT
from bot.model.plan import Plan
from bot.model.records import Draft
from bot.ports.journal import Head
from tests.builders import NOW, a_plan, a_step
from tests.cli.rooms import Terminal


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_the_table_says_what_the_command_says(entry: Entry) -> None:
    """The help's summary is the first sentence of the command's own help, and every command shows an example."""
    command = load(entry.name)

    assert command.help.splitlines()[0] == entry.summary
    assert f"dr {entry.name}" in command.epilog


def test_help_imports_no_house() -> None:
    """`dr --help` answers without importing the engine, Slack or AWS."""
    code = "import sys; from bot.__main__ import main; sys.argv=['dr','--help']; main(); print(*sys.modules)"

    began = time.monotonic()
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    took = time.monotonic() - began

    loaded = said.stdout.split()
    assert not {"pydantic", "boto3", "redis", "slack_bolt", "docket", "bot.usecases.desk"} & set(loaded)
    assert took < 5  # a shared machine; alone it is 0.3 s


async def _created(url: str, plan: Plan) -> None:
    redis = connect(url)
    draft = Draft(id="created", at=NOW, actor=BOT, fact=RunCreated(plan=plan))
    await RedisJournals(redis).append(plan.run, [draft], at=Head(seq=0, hash="", epoch=0), epoch=None)
    await redis.aclose()


@pytest.mark.parametrize("verb", ["runs", "status"])
def test_a_command_that_reads_imports_no_more_than_it_reads_with(verb: str, tmp_path: Path) -> None:
    """At 3 a.m. the state of things is there sooner: no action, no Slack, no stand-in is loaded for a look."""
    code = f"import sys; from bot.__main__ import main; sys.argv=['dr', {verb!r}]; main(); print(*sys.modules)"
    home = {"DR_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]}
    plan = a_plan(a_step("promote"))

    with EmbeddedRedis(tmp_path, tied_to_parent=True) as server:
        asyncio.run(_created(server.url, plan))
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=home)

    loaded = said.stdout.split()
    assert plan.run in loaded
    assert not {"boto3", "slack_sdk", "aiohttp", "moto", "bot.actions.aurora"} & set(loaded)


@pytest.mark.parametrize(
    ("words", "fragment"),
    [
        (["faliover"], "'failover'"),
        (["stats"], "Did you mean 'status'?"),
        (["failver"], "No such command 'failver'. Did you mean 'failover'? See: dr --help"),
        (["--lang", "ko", "failver"], "'failover'를 찾으셨습니까?"),
        (["review", "orders-api"], "Missing argument"),
        (["runs", "--jsn"], "No such option"),
        (["--as", "carol", "note", "hello"], "--as goes behind the command: dr note … --as. See: dr note --help"),
        (["--json", "runs"], "--json goes behind the command: dr runs … --json"),
        (["runs", "--limit", "many"], "valid integer"),
    ],
)
def test_wrong_words_get_the_nearest_right_ones(dr: Terminal, words: list[str], fragment: str) -> None:
    """A usage mistake is one sentence on stderr, with where to look, and exit code 2."""
    said = dr(*words)

    assert said.code == 2
    assert fragment in said.err
    assert "--help" in said.err
    assert said.out == ""
    assert said.err.count("\n") == 1


class _Failing(Rooms):
    """A house in which every door fails the same way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def actions(self):  # type: ignore[no-untyped-def]  # it never returns
        raise self._error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UserError("Say which run."), 1),
        (Refused("Not you.", reason="not-you"), 1),
        (Unavailable("Redis does not answer."), 3),
        (PermissionError(13, "Permission denied", "/var/lib/dr"), 1),
        (OSError("no such device"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_kind_of_failure_has_its_code(capsys: pytest.CaptureFixture[str], error: Exception, code: int) -> None:
    """Scripts can tell a refusal from an outage by the exit code; people read one sentence."""
    ended = run(["actions"], _Failing(error))  # type: ignore[abstract]  # the doors it lacks are not asked for

    assert ended == code
    system = ("/var/lib/dr: Permission denied", "no such device")
    said = (str(error), "Stopped.", *(f"The system refuses: {what}." for what in system))
    assert capsys.readouterr().err.strip() in said


SHELL = "exec {python} -m bot {line}"


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("actions >/dev/full", 1, "The system refuses: No space left on device."),
        ("actions --json >/dev/full", 1, "The system refuses: No space left on device."),
        ("schema >/dev/full", 1, "The system refuses: No space left on device."),
        ("--version >&-", 0, ""),
        ("actions --json >&-", 0, ""),
        ("lint /nope >&- 2>&-", 1, ""),
        (
            "status $(printf 'orders\\377')",
            1,
            "orders? is not text in UTF-8. Set the terminal to UTF-8 and type it again.",
        ),
        ("lint /dev/zero", 1, ""),
        ("rehearse orders-api | head -c 1 >/dev/null; exit ${PIPESTATUS[0]}", 0, ""),
    ],
)
def test_what_the_shell_does_to_it_ends_in_a_sentence(line: str, code: int, says: str) -> None:
    """A full disk, a closed pipe, bytes of another encoding, a file without an end: never a traceback."""
    words = ["bash", "-c", SHELL.format(python=sys.executable, line=line)]

    said = subprocess.run(words, capture_output=True, text=True, timeout=60)

    assert (said.returncode, said.stderr.strip()) == (code, says)


@pytest.mark.parametrize("home", ["/etc/passwd", "/proc/nope"])
def test_a_home_that_cannot_be_one_is_said(dr: Terminal, home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is named."""
    monkeypatch.setenv("DR_HOME", home)

    said = dr("runs")

    assert said.code == 1
    assert said.err.startswith(f"The system refuses: {home}: ")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_of_an_older_encoding_gets_every_answer(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quotation mark that it cannot draw is a question mark, and what was asked for is done."""
    screen = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", screen)

    code = run(["rehearse", "orders-api"], WiredRooms())

    said = screen.buffer.getvalue().decode(encoding)
    mark = "“" if encoding == "utf-8" else "?"
    assert (code, f"{mark}Is the standby really ready?" in said) == (0, True)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_json_is_whole_in_every_encoding(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts read the same texts, whatever the locale of their scheduler is."""
    screen = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", screen)

    run(["rehearse", "orders-api", "--json"], WiredRooms())

    said = screen.buffer.getvalue().decode(encoding)
    texts = [entry["text"] for entry in json.loads(said)["timeline"]["entries"]]
    assert any("“Is the standby really ready?”" in text for text in texts)
