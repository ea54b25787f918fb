"""The local journal: whole lines or none, one fdatasync for many, and a memory that comes back after a restart."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import resource
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.local_journal import Damage, Line, LocalJournal, read_lines, unpacked
from bot.adapters.witness import KEPT_OVER, LocalWitness, memories
from bot.model.base import canonical
from bot.model.errors import Unavailable
from bot.model.events import SCHEMA, NoteAdded, RunCreated, RunFinished, StepExecuted
from bot.model.people import BOT
from bot.model.records import Draft, Record, body_of, seal
from bot.ports.witness import Kept
from tests.builders import NOW, a_plan

DAY = date(2026, 3, 14)
PLAN = a_plan()
RUN = PLAN.run


def a_journal(folder: Path) -> LocalJournal:
    return LocalJournal(folder, lambda: DAY)


def records(*texts: str) -> list[Record]:
    """A created run with notes."""
    facts = [RunCreated(plan=PLAN), *(NoteAdded(text=text) for text in texts)]
    drafts = [Draft(id=str(number), at=NOW, actor=BOT, fact=fact) for number, fact in enumerate(facts)]
    return [record for record, _ in seal(drafts, run=RUN, epoch=1, after=0, prev="")]


def an_outcome(id: str = "x", epoch: int = 1) -> Kept:
    return Kept(run=RUN, epoch=epoch, draft=Draft(id=id, at=NOW, actor=BOT, fact=StepExecuted(step="s", attempt=1)))


@given(st.binary(max_size=200).map(lambda raw: b'{"x":"' + raw.hex().encode() + b'"}'), st.integers(0, 300))
def test_a_line_is_whole_or_not_there(body: bytes, at: int) -> None:
    """Whatever byte is flipped or wherever it is cut, nothing but the line itself is ever read back."""
    line = Line("record", body, "a" * 64)
    packed = line.packed()
    place = at % len(packed)
    flipped = packed[:place] + bytes([packed[place] ^ 1]) + packed[place + 1 :]

    assert unpacked(packed) == line
    assert unpacked(packed[:place]) is None
    assert unpacked(flipped) is None


def test_a_torn_tail_does_not_swallow_the_next_line(tmp_path: Path) -> None:
    """The power went in the middle of a line; the next process starts on a new one."""
    a_journal(tmp_path).write([Line("note", b'{"n":1}')])
    with open(tmp_path / f"{DAY}.jsonl", "ab") as file:
        file.write(Line("note", b'{"n":2}').packed()[:25])

    a_journal(tmp_path).write([Line("note", b'{"n":3}')])

    damage = Damage()
    assert [line.body for line in read_lines([tmp_path], damage)] == [b'{"n":1}', b'{"n":3}']
    assert damage.lines == 1


def test_each_day_has_its_file(tmp_path: Path) -> None:
    """At midnight UTC the next file begins, and reading goes on across."""
    days = iter([DAY, DAY, date(2026, 3, 15)])
    journal = LocalJournal(tmp_path, lambda: next(days))
    for number in range(3):
        journal.write([Line("note", b"%d" % number)])

    assert [path.name for path in sorted(tmp_path.iterdir())] == ["2026-03-14.jsonl", "2026-03-15.jsonl"]
    assert [line.body for line in read_lines([tmp_path])] == [b"0", b"1", b"2"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
def test_files_that_nobody_can_see_are_not_taken_for_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is not there yet holds nothing; one that may not be read, or is none, may hold open runs."""
    assert LocalWitness.open(a_journal(tmp_path / "new")).open_runs() == []
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="file cannot be read: Not a directory"):
        LocalWitness.open(a_journal(tmp_path / "file"))

    def refuse(path: Path) -> list[str]:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(Unavailable, match="cannot be read: Permission denied"):
        LocalWitness.open(a_journal(tmp_path))
    with pytest.raises(Unavailable, match="cannot be read: Permission denied"):
        list(read_lines([tmp_path]))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder somebody else's")
@pytest.mark.parametrize("there", ["home", "home/journal"])
def test_what_root_writes_belongs_to_the_bot(tmp_path: Path, there: str) -> None:
    """Somebody looks with sudo on the bot's host at midnight: the bot still writes to the file of the new day."""
    (tmp_path / there).mkdir(parents=True)
    os.chown(tmp_path / there, 10001, 10002)

    a_journal(tmp_path / "home" / "journal").write([Line("note", b"{}")])

    folder = tmp_path / "home" / "journal"
    owners = {(path.stat().st_uid, path.stat().st_gid) for path in (folder, *folder.iterdir())}
    assert owners == {(10001, 10002)}


def test_a_full_disk_is_told_at_once(tmp_path: Path) -> None:
    """Nothing is lost in silence: the writer knows before it goes on."""
    journal = a_journal(tmp_path)
    journal._file = (DAY, os.open("/dev/full", os.O_WRONLY))

    with pytest.raises(Unavailable, match=r"cannot be written: No space left on device\. Free some space"):
        journal.write([Line("note", b"{}")])


def test_a_disk_that_takes_half_a_line_is_told_and_the_next_line_stands_on_its_own(tmp_path: Path) -> None:
    """The kernel writes what still fits and calls that a success; when there is room again, nothing more is lost."""
    journal, soft, hard = a_journal(tmp_path), *resource.getrlimit(resource.RLIMIT_FSIZE)
    first, half, last = (Line("note", b'{"n":%d}' % number) for number in range(3))
    journal.write([first])
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(first.packed()) + 1 + 20, hard))
    try:
        with pytest.raises(Unavailable, match="the disk is full"):
            journal.write([half])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    journal.write([last])

    damage = Damage()
    assert list(read_lines([tmp_path], damage)) == [first, last]
    assert damage.lines == 1


async def test_syncs_of_the_same_moment_are_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred writers cost two flushes: the one under way, and one for everybody who came later."""
    flushes: list[int] = []
    real = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda file: (flushes.append(file), real(file)))
    journal = a_journal(tmp_path)
    journal.write([Line("note", b"{}")])

    await asyncio.gather(*(journal.sync() for _ in range(100)))

    assert len(flushes) == 2


async def test_a_restarted_process_remembers(tmp_path: Path) -> None:
    """Records, outcomes not told and the birth mark come back from the files; what is over a while ago is left out."""
    told = records("one", "two")
    first = LocalWitness.open(a_journal(tmp_path))
    first.settle_in("mark")
    first.saw(RUN, told[:2])
    await first.keep([an_outcome()])

    again = LocalWitness.open(a_journal(tmp_path))

    assert (again.incarnation, again.tip(RUN)) == ("mark", 2)
    assert [each.draft.id for each in again.kept(RUN)] == ["x"]
    assert again.after(RUN, 1, told[0].hash) == [told[1]]
    assert [memory.run for memory in again.open_runs()] == [RUN]


async def test_an_outcome_that_reached_the_journal_is_not_kept_any_more(tmp_path: Path) -> None:
    """The same id in a record ends it, before and after a restart."""
    witness = LocalWitness.open(a_journal(tmp_path))
    witness.saw(RUN, records())
    await witness.keep([an_outcome("1")])
    witness.saw(RUN, records("the outcome, under its own id"))

    assert (witness.kept(RUN), LocalWitness.open(a_journal(tmp_path)).kept(RUN)) == ((), ())


def test_a_contradiction_is_found_at_its_place(tmp_path: Path) -> None:
    """Another event under a known number is not learnt, it is answered."""
    witness = LocalWitness.open(a_journal(tmp_path))
    witness.saw(RUN, records("one", "two"))

    assert witness.saw(RUN, records("one", "other")) == 3
    assert witness.after(RUN, 2, records("one", "other")[1].hash) == [records("one", "two")[2]]
    assert witness.after(RUN, 2, "another past") is None


def test_a_run_that_is_over_when_it_is_met_costs_nothing(tmp_path: Path) -> None:
    """Listing old runs writes no file."""
    done = records()
    end = Draft(id="e", at=datetime.now(UTC), actor=BOT, fact=RunFinished(outcome="completed"))
    done += [record for record, _ in seal([end], run=RUN, epoch=1, after=1, prev=done[0].hash)]

    LocalWitness.open(a_journal(tmp_path)).saw(RUN, done)

    assert list(tmp_path.iterdir()) == []


def test_what_a_newer_bot_wrote_keeps_no_other_run_from_being_rebuilt() -> None:
    """Its run is named and left whole to a bot that understands it; half of its story would be another story."""
    known = [Line("record", body_of(record), record.hash) for record in records("one")]
    said = json.loads(body_of(records("one")[1])) | {"run": "carried-on", "schema": SCHEMA + 1}
    first = json.loads(body_of(records()[0])) | {"run": "carried-on"}
    said["fact"]["urgency"] = "high"
    newer = [Line("record", canonical(each), "h") for each in (first, said)]

    found = memories([*newer, *known])

    assert [(memory.run, len(memory.records)) for memory in found.memories] == [(RUN, 2)]
    assert found.newer == ("carried-on",)


def test_an_outcome_that_a_newer_bot_kept_is_left_to_a_newer_bot(tmp_path: Path) -> None:
    """The older bot that is put back starts; a step without that outcome is in doubt, and looked at."""
    fact = {"kind": "step_executed", "step": "one", "attempt": 1, "urgency": "high"}
    draft = {"id": "k", "at": "2026-03-14T03:07:00Z", "actor": BOT.model_dump(), "fact": fact}
    line = Line("kept", canonical({"run": RUN, "epoch": 1, "draft": draft}))
    a_journal(tmp_path).write([line])

    witness = LocalWitness.open(a_journal(tmp_path))

    assert witness.kept(RUN) == ()
    assert memories([line]).newer == (RUN,)


def test_the_birth_mark_is_remembered_for_as_long_as_the_bot_serves(tmp_path: Path) -> None:
    """It was written three months ago; a wiped Redis is known all the same, and the mark is near again afterwards."""
    LocalWitness(LocalJournal(tmp_path, lambda: DAY - timedelta(days=90))).settle_in("first")
    LocalWitness(LocalJournal(tmp_path, lambda: DAY - timedelta(days=80))).settle_in("second")

    restarted = LocalWitness.open(a_journal(tmp_path))
    found = restarted.incarnation
    restarted.settle_in(found)
    restarted.settle_in(found)

    assert found == "second"
    assert [line.kind for line in read_lines([tmp_path / f"{DAY}.jsonl"])] == ["home"]


def test_of_runs_that_are_over_only_the_newest_are_held_whole(tmp_path: Path) -> None:
    """A bot that serves for months does not grow with every run; the ends of all of them are known."""
    witness = LocalWitness.open(a_journal(tmp_path))
    for number in range(KEPT_OVER + 5):
        facts = [RunCreated(plan=PLAN), RunFinished(outcome="completed")]
        drafts = [Draft(id=f"{number}:{n}", at=NOW, actor=BOT, fact=fact) for n, fact in enumerate(facts)]
        story = [record for record, _ in seal(drafts, run=f"run-{number}", epoch=1, after=0, prev="")]
        witness.saw(f"run-{number}", story[:1])
        witness.saw(f"run-{number}", story[1:])

    held = [len(witness.past(f"run-{number}", 1)) for number in range(KEPT_OVER + 5)]

    assert held == [0] * 5 + [2] * KEPT_OVER
    assert {witness.tip(f"run-{number}") for number in range(KEPT_OVER + 5)} == {2}
