"""Slack is gone for the whole failover: everything is done from terminals, and the channel knows it all afterwards."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.local.parts import aws_environ, the_seed
from bot.local.workspace.faults import Fault
from bot.local.workspace.server import Workspace
from bot.local.workspace.words import text_of
from bot.model.run import Status
from bot.model.step_run import Phase
from bot.settings import Settings
from bot.slack.manifest import manifest
from bot.usecases.desk import Desk
from bot.wiring.opening import open_desk
from tests.cloud_fixture import LocalCloud, cloud, cloud_process
from tests.slack.test_outbox import event_ids, until

__all__ = ["cloud", "cloud_process"]

PATIENCE = 60.0
TOLD = ("PSP-4821", "The network team agrees", "Completed")
"""What the channel knows in the end of what was done in terminals."""


@pytest.fixture
def environ(cloud: LocalCloud, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The contract, without Slack so far; everything else is there."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SLACK_", "DR_", "REDIS_", "AWS_"))}
    more = {
        "DR_RUNBOOKS": str(signed_runbooks(tmp_path)),
        "DR_HOME": str(tmp_path / "home"),
        "DR_LEASE": "4",
        "http_proxy": cloud.url,
        "no_proxy": "127.0.0.1",
    }
    cloud.run(speed=10)
    yield kept | aws_environ(cloud.url) | more
    cloud.reset()


def signed_runbooks(folder: Path) -> Path:
    """The shipped runbooks in a house where R3 is signed in a terminal, by Alice and Bob with keys of their own."""
    books = folder / "runbooks"
    shutil.copytree("runbooks", books)
    (folder / "keys").mkdir()
    text = (books / "catalog.yaml").read_text().replace("terminal_votes: named", "terminal_votes: signed")
    for who in ("alice", "bob"):
        key = folder / "keys" / who
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)  # a fixed program
        public = key.with_suffix(".pub").read_text().strip()
        text = text.replace(f"    cli: {who}\n", f"    cli: {who}\n    keys: [{public}]\n")
    (books / "catalog.yaml").write_text(text)
    return books


async def dr(environ: dict[str, str], *words: str) -> tuple[int, str]:
    """One command line, to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words, env=environ, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode() + err.decode()


async def asked(desk: Desk, step: str) -> None:
    """Return once the run waits for people at this step."""

    async def waits() -> bool:
        runs = await desk.journals.open_runs()
        phases = [(await desk.run(run)).steps[step].phase for run in runs]
        return bool(phases) and phases[0] in (Phase.GATE, Phase.MANUAL)

    await until(waits, PATIENCE)


async def test_a_served_failover_is_carried_by_terminals_while_slack_is_away(
    environ: dict[str, str], cloud: LocalCloud, tmp_path: Path
) -> None:
    """Started, approved by two, skipped, answered, confirmed and exported; Slack's return shows each event once."""
    async with Workspace(the_seed(manifest())) as slack:
        slack.faults.add(Fault("drop_before", "*"))
        reach = {"SLACK_API_URL": slack.api_url, "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token}
        log = (tmp_path / "bot.log").open("w")
        words = [sys.executable, "-m", "bot", "serve"]
        bot = await asyncio.create_subprocess_exec(*words, env=environ | reach, stderr=log)
        try:
            impact = f"impact_started_at={datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
            start = ("failover", "orders-api", impact, "mode=planned", "--as", "carol", "--yes")
            async with open_desk(Settings.from_env(environ)) as desk:
                await until(lambda: _is_attended(desk), PATIENCE)
                assert (await dr(environ, *start))[0] == 0
                told = (await dr(environ, "status"))[1]
                run = (await desk.find_run()).id
                await _people_do_it_all(environ, desk, tmp_path)
                ended = (await desk.run(run)).status
            slack.faults.clear()
            back = time.monotonic()
            async with slack.person("carol") as carol:
                await carol.wait_for(lambda m: bool(m.get("files")), timeout=40)
                for words in TOLD:
                    await carol.wait_for_text(words, timeout=40)
                took = time.monotonic() - back
                messages = await carol.messages()
        finally:
            bot.terminate()
            await bot.wait()
            log.close()

    said, posted = " ".join(text_of(m) for m in messages), event_ids(messages)
    sys.stderr.write(f"the channel caught up with {len(posted)} messages in {took:.1f} s\n")
    assert "SLACK IS AWAY" in told
    assert ended is Status.COMPLETED
    assert took <= 30
    assert Counter(posted.values()).keys() == {1}
    assert all(words in said for words in TOLD)
    assert len(list((tmp_path / "out").iterdir())) == 4
    assert [call["action"] for call in cloud.ledger()].count("rds.switchover_global_cluster") == 1


async def _is_attended(desk: Desk) -> bool:
    """Whether the bot has told how its doors are, which it does once it runs."""
    return desk.doors is not None and bool(await desk.doors.read())


async def _people_do_it_all(environ: dict[str, str], desk: Desk, folder: Path) -> None:
    """Everything that the run asks of people, by five of them in their terminals."""
    phrase = ("--typed", "orders-api us-west-2")
    await asked(desk, "declare")
    for who, code in (("carol", 1), ("alice", 0), ("alice", 1), ("min", 0)):
        said = await dr(environ, "approve", "orders-api", "declare", "--as", who, *phrase)
        assert said[0] == code, said
    await asked(desk, "psp_allowlist")
    assert (await dr(environ, "answer", "orders-api", "psp_allowlist", "PSP-4821", "--as", "carol"))[0] == 0
    assert (await dr(environ, "note", "orders-api", "The network team agrees", "--as", "dave"))[0] == 0
    await asked(desk, "promote_db")
    for who in ("alice", "bob"):
        words = ("approve", "orders-api", "promote_db", "--as", who, "--typed", "orders-global")
        unsigned = await dr(environ, *words)
        assert (unsigned[0], "--key" in unsigned[1]) == (1, True), "a name is no proof"
        said = await dr(environ, *words, "--key", str(folder / "keys" / who))
        assert said[0] == 0, said
    await asked(desk, "shift_traffic")
    assert (await dr(environ, "approve", "orders-api", "shift_traffic", "--as", "bob"))[0] == 0

    async def is_over() -> bool:
        return not await desk.journals.open_runs()

    await until(is_over, PATIENCE)
    exported = await dr(environ, "export", "orders-api", "-o", str(folder / "out"), "--as", "dave")
    assert exported[0] == 0, exported
