"""What this host remembers of runs: their sealed records, and facts that the journal has not confirmed yet.

Promises: everything this process told or was told about an open run is in the local journal; outcomes that Redis did
not take are on disk before anybody relies on them. Refuses to decide what is true when Redis and memory differ.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import structlog
from pydantic import ValidationError

from bot.adapters.local_journal import Line, LocalJournal, read_lines
from bot.model.base import canonical
from bot.model.case import CaseAnswered, CaseDismissed, CaseOpened
from bot.model.errors import TooNew
from bot.model.events import RunCreated, RunFinished
from bot.model.records import Record, body_of, unseal
from bot.ports.witness import Kept, Memory

log = structlog.get_logger()

KEPT_OVER = 20
"""Runs that are over and still held in memory whole; the files keep all."""
LOOK_BACK = timedelta(days=14)
"""How old a file may be to be read at the start; an open run of before is still in its file, for `dr rebuild`."""
WHOLE = timedelta(days=1)
"""How long a run that is over is still compared with what Redis says of it."""
_ENDS = RunFinished | CaseAnswered | CaseDismissed
_END_KINDS = (b'"kind":"run_finished"', b'"kind":"case_answered"', b'"kind":"case_dismissed"')
_RUN = re.compile(rb'"run":"([^"]*)","schema":\d+,"seq":\d+}$')


@dataclass
class _Known:
    """One run, as far as it is remembered."""

    hashes: dict[int, str] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    kept: dict[str, Kept] = field(default_factory=dict)
    tip: int = 0
    over: bool = False

    def learn(self, record: Record) -> None:
        self.hashes[record.seq] = record.hash
        self.records.append(record)
        self.tip = max(self.tip, record.seq)
        self.kept.pop(record.id, None)
        if isinstance(record.fact, _ENDS):
            self.over = True

    def shrink(self) -> None:
        """Keep no more than the tip."""
        self.records, self.hashes = [], {self.tip: self.hashes.get(self.tip, "")}

    def cut(self, after: int) -> None:
        """Redis knows better from here: what was remembered past `after` is over."""
        self.records = [record for record in self.records if record.seq <= after]
        self.hashes = {seq: hash_ for seq, hash_ in self.hashes.items() if seq <= after}
        self.tip = max(self.hashes, default=0)
        self.over = any(isinstance(record.fact, _ENDS) for record in self.records)


class LocalWitness:
    """Implements `Witness` over the local journal. Built from its files, then kept in step."""

    def __init__(self, journal: LocalJournal) -> None:
        self._journal = journal
        self._runs: dict[str, _Known] = {}
        self.incarnation = ""
        """The birth mark of the Redis that these runs lived in; empty when none was seen."""
        self._home_is_old = False
        """It stands in no file that is usually read, and is written again when it holds."""

    @classmethod
    def open(cls, journal: LocalJournal) -> LocalWitness:
        """Remember what the files say. Raises Unavailable when they cannot be read."""
        witness = cls(journal)
        oldest = (journal.day() - LOOK_BACK).isoformat()
        fresh = (journal.day() - WHOLE).isoformat()
        all_files = journal.files()
        files = [path for path in all_files if path.stem >= oldest]
        ended = set(map(_run_of, (line for line in read_lines(files) if any(kind in line.body for kind in _END_KINDS))))
        for path in files:
            for line in read_lines([path]):
                if path.stem >= fresh or line.kind != "record" or _run_of(line) not in ended:
                    with suppress(TooNew):  # a newer bot lived here; the run is its own, and Redis has it
                        witness._recall(line)
        if not witness.incarnation:
            witness.incarnation = _last_home(reversed([path for path in all_files if path.stem < oldest]))
            witness._home_is_old = True
        return witness

    def _recall(self, line: Line) -> None:
        match line.kind:
            case "record":
                record = unseal(line.body, line.hash)
                known = self._known(record.run)
                if record.seq not in known.hashes:
                    known.learn(record)
            case "kept":
                kept = _kept(line)
                known = self._known(kept.run)
                if all(record.id != kept.draft.id for record in known.records):
                    known.kept[kept.draft.id] = kept
            case "cut":
                said = json.loads(line.body)
                self._known(said["run"]).cut(said["after"])
            case "dropped":
                said = json.loads(line.body)
                for id in said["ids"]:
                    self._known(said["run"]).kept.pop(id, None)
            case "home":
                self.incarnation = json.loads(line.body)["incarnation"]
            case "try":
                pass
            case _:
                log.warning("local-journal-kind-unknown", kind=line.kind)

    # --- learning -----------------------------------------------------------------------------------------------

    def saw(self, run: str, records: Sequence[Record]) -> int | None:
        """Write down what is new of a run. Answers the first sequence number at which Redis contradicts memory.

        A run that is over when it is first met is left alone: nothing about it can be lost any more.
        """
        known = self._runs.get(run)
        if known is None:
            if any(isinstance(record.fact, _ENDS) for record in records):
                return None
            known = self._known(run)
        for record in records:
            if known.hashes.get(record.seq, record.hash) != record.hash:
                return record.seq
        new = [record for record in records if record.seq not in known.hashes and record.seq > known.over * known.tip]
        self._journal.write([Line("record", body_of(record), record.hash) for record in new])
        for record in new:
            known.learn(record)
        if new and known.over:
            self._make_room()
        return None

    def _make_room(self) -> None:
        whole = [known for known in self._runs.values() if known.over and known.records]
        for known in whole[:-KEPT_OVER]:
            known.shrink()

    async def sync(self) -> None:
        """Everything seen so far is on disk when this returns."""
        await self._journal.sync()

    async def keep(self, kept: Sequence[Kept]) -> None:
        """Write facts down that the journal has not taken yet."""
        new = [each for each in kept if each.draft.id not in self._known(each.run).kept]
        self._journal.write([Line("kept", canonical(each.model_dump(mode="json", by_alias=True))) for each in new])
        for each in new:
            self._known(each.run).kept[each.draft.id] = each
        await self._journal.sync()

    def try_disk(self) -> None:
        """Raises Unavailable while the disk takes nothing."""
        self._journal.write([Line("try", b"{}")])

    def drop(self, run: str, ids: Sequence[str]) -> None:
        """These facts are superseded: somebody else took the run and looked for itself."""
        gone = [id for id in ids if self._known(run).kept.pop(id, None) is not None]
        if gone:
            self._journal.write([Line("dropped", canonical({"run": run, "ids": list(gone)}))])

    def cut(self, run: str, after: int) -> None:
        """Follow Redis from here on; what it lost has been told."""
        self._journal.write([Line("cut", canonical({"run": run, "after": after}))])
        self._known(run).cut(after)

    def settle_in(self, incarnation: str) -> None:
        """Remember in which Redis these runs live."""
        if incarnation != self.incarnation or self._home_is_old:
            self._journal.write([Line("home", canonical({"incarnation": incarnation}))])
            self.incarnation, self._home_is_old = incarnation, False

    # --- telling ------------------------------------------------------------------------------------------------

    def kept(self, run: str) -> Sequence[Kept]:
        """Facts of the run that the journal is not known to have, in the order in which they were found out."""
        known = self._runs.get(run)
        return tuple(known.kept.values()) if known is not None else ()

    def tip(self, run: str) -> int:
        """How far this host has seen the run; 0 when it never has."""
        known = self._runs.get(run)
        return known.tip if known is not None else 0

    def knows(self, run: str) -> bool:
        return run in self._runs and self._runs[run].tip > 0

    def after(self, run: str, seq: int, hash_: str) -> Sequence[Record] | None:
        """What follows record `seq` with this hash, without a hole; None when memory does not lead on from there."""
        known = self._runs.get(run)
        if known is None or known.hashes.get(seq, "" if seq == 0 else None) != hash_:
            return None
        by_seq = {record.seq: record for record in known.records}
        following = []
        while (record := by_seq.get(seq + 1)) is not None:
            following.append(record)
            seq += 1
        return following

    def past(self, run: str, seq: int) -> Sequence[Record]:
        """Everything remembered from `seq` on."""
        return [record for record in self._known(run).records if record.seq >= seq]

    def open_runs(self) -> Sequence[Memory]:
        """Runs that were not over when they were last seen."""
        return [
            Memory(run, tuple(sorted(known.records, key=lambda record: record.seq)), tuple(known.kept.values()))
            for run, known in self._runs.items()
            if not known.over and known.records and isinstance(known.records[0].fact, RunCreated)
        ]

    def unfinished(self) -> Sequence[str]:
        """Runs that were not over, and cases that were not answered, when they were last seen."""
        return [
            run
            for run, known in self._runs.items()
            if not known.over and known.records and isinstance(known.records[0].fact, RunCreated | CaseOpened)
        ]

    def _known(self, run: str) -> _Known:
        return self._runs.setdefault(run, _Known())


def _last_home(newest_first: Iterable[Path]) -> str:
    """The birth mark is written once, and a bot may serve for a year after that: it is looked for as far back."""
    for path in newest_first:
        marks = [json.loads(line.body)["incarnation"] for line in read_lines([path]) if line.kind == "home"]
        if marks:
            return str(marks[-1])
    return ""


def _run_of(line: Line) -> str:
    """The run of a record's line, without parsing the whole of it."""
    found = _RUN.search(line.body)
    return found[1].decode() if found else ""


def _kept(line: Line) -> Kept:
    """Raises TooNew for what this bot did not write: the line is whole, so a newer one did."""
    try:
        return Kept.model_validate_json(line.body)
    except ValidationError as strange:
        raise TooNew(str(strange)) from strange


@dataclass(frozen=True)
class Found:
    """What files of any hosts hold."""

    memories: Sequence[Memory]
    homes: Sequence[str]
    """The birth marks, as they were written."""
    newer: tuple[str, ...]
    """Runs and cases that a newer bot carried on: half of such a story would be another story."""


def memories(lines: Iterable[Line]) -> Found:
    """All records and unconfirmed facts by run, and the birth marks, without judging them.

    Cuts are left aside: what one host gave up is for the merge to weigh.
    """
    records: dict[str, dict[tuple[int, str], Record]] = {}
    kept: dict[str, dict[str, Kept]] = {}
    homes: list[str] = []
    newer: set[str] = set()
    for line in lines:
        match line.kind:
            case "record":
                try:
                    record = unseal(line.body, line.hash)
                except TooNew:
                    newer.add(_run_of(line))
                    continue
                records.setdefault(record.run, {})[record.seq, record.hash] = record
            case "kept":
                try:
                    each = _kept(line)
                except TooNew:
                    newer.add(json.loads(line.body)["run"])
                    continue
                kept.setdefault(each.run, {})[each.draft.id] = each
            case "home":
                homes.append(json.loads(line.body)["incarnation"])
    whole = [
        Memory(run, tuple(found[place] for place in sorted(found)), tuple(kept.get(run, {}).values()))
        for run, found in sorted(records.items())
        if run not in newer
    ]
    return Found(whole, homes, tuple(sorted(newer)))
