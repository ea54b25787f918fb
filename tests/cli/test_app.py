"""The command line finds the nearest right word, says one sentence, and ends with the right code."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from bot.cli.app import load, run
from bot.cli.rooms import Rooms
from bot.cli.table import COMMANDS, Entry
from bot.model.errors import Refused, Unavailable, UserError
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


@pytest.mark.parametrize(
    ("words", "fragment"),
    [
        (["faliover"], "'failover'"),
        (["stats"], "Did you mean 'status'?"),
        (["failver"], "No such command 'failver'. Did you mean 'failover'? See: dr --help"),
        (["--lang", "ko", "failver"], "'failover'를 찾으셨습니까?"),
        (["approve", "orders-api"], "Missing argument"),
        (["runs", "--jsn"], "No such option"),
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
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_kind_of_failure_has_its_code(capsys: pytest.CaptureFixture[str], error: Exception, code: int) -> None:
    """Scripts can tell a refusal from an outage by the exit code; people read one sentence."""
    ended = run(["actions"], _Failing(error))  # type: ignore[abstract]  # the doors it lacks are not asked for

    assert ended == code
    assert capsys.readouterr().err.strip() in (str(error), "Stopped.")
