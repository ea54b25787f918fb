"""What the doctor says of this host's memory, and of a Redis that has lost it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.adapters.local_journal import Line, LocalJournal
from bot.adapters.vitals.journal import JournalProbe
from bot.adapters.vitals.redis import RedisProbe
from bot.local.redis import EmbeddedRedis
from bot.ports.vitals import Vital
from bot.usecases.doctor import examine


async def looked(probe: JournalProbe | RedisProbe) -> dict[str, Vital]:
    return {vital.name: vital for vital in await probe.look()}


async def test_a_good_disk_is_measured(tmp_path: Path) -> None:
    """One line was written and flushed, and the time it took is said."""
    found = await looked(JournalProbe(tmp_path / "journal"))

    assert found["local journal"].state == "ok"
    assert "ms" in found["local journal"].seen


async def test_torn_lines_are_counted(tmp_path: Path) -> None:
    """A changed line is a warning with what it may mean."""
    LocalJournal(tmp_path).write([Line("try", b"{}")])
    (file,) = tmp_path.glob("*.jsonl")  # noqa: ASYNC240  # nothing else runs here
    file.write_bytes(file.read_bytes()[:-5] + b"\n")

    found = await looked(JournalProbe(tmp_path))

    assert found["local journal lines"].state == "warning"


async def test_a_folder_that_is_a_file_is_a_failure(tmp_path: Path) -> None:
    """Whatever stands in the way is reported with the folder's name."""
    (tmp_path / "journal").write_text("not a folder")

    (condition,) = await examine([[JournalProbe(tmp_path / "journal" / "below")]])

    assert condition.state == "failed"
    assert "journal" in condition.remedy


@pytest.mark.parametrize(
    ("known", "state"),
    [
        ((["orders-1", "case:orders-1"], "old mark"), "failed"), ((["case:orders-1"], "old mark"), "failed"),
        (([], "old mark"), "ok"), ((["orders-1"], ""), "ok"),
    ],
)  # fmt: skip
async def test_a_wiped_redis_is_seen_beforehand(tmp_path: Path, known: tuple[list[str], str], state: str) -> None:
    """Open runs or cases here, and another birth mark there: a failure that names them, as the bot would."""
    with EmbeddedRedis(tmp_path, tied_to_parent=True) as server:

        @asynccontextmanager
        async def opened() -> AsyncIterator[str]:
            yield server.url

        found = await looked(RedisProbe(opened, lambda: known))

    assert found["redis memory"].state == state
    assert ("dr rebuild" in found["redis memory"].remedy) == (state == "failed")
    assert ("case:orders-1" in found["redis memory"].seen) == (state == "failed")
