"""An append-only file a day on this host: what this process told the journal, and what it could not tell it.

Promises: a line is whole or it is not there (a CRC in front of each); after `sync` it survives a power cut; a disk that
is full or read-only is an Unavailable at once, never a silent loss. Several processes may write to one folder.
Refuses to know Redis and what a run is; it keeps sealed records, facts not yet told, and the store's birth mark.

One line: `{"crc":"<crc32 of the rest>","kind":"record","hash":"…","body":{…}}`. The body of a record is byte for byte
what Redis holds, so its chain can be checked and written back.
"""

from __future__ import annotations

import asyncio
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import structlog

from bot.language import told
from bot.model.errors import Unavailable

log = structlog.get_logger()

_HEAD = len(b'{"crc":"01234567",')


@dataclass(frozen=True)
class Line:
    """One line: its kind, the record's hash where it has one, and the body as JSON bytes."""

    kind: str
    body: bytes
    hash: str = ""

    def packed(self) -> bytes:
        """As it stands in the file, without the line's end."""
        rest = b'"kind":"%b","hash":"%b","body":%b}' % (self.kind.encode(), self.hash.encode(), self.body)
        return b'{"crc":"%08x",%b' % (zlib.crc32(rest), rest)


def unpacked(line: bytes) -> Line | None:
    """The line, or None when it is torn or was changed."""
    rest = line[_HEAD:]
    if line[:_HEAD] != b'{"crc":"%08x",' % zlib.crc32(rest) or not rest.endswith(b"}"):
        return None
    names, _, body = rest[:-1].partition(b',"body":')
    fields = names.split(b'"')
    return Line(fields[3].decode(), body, fields[7].decode())


def today() -> date:
    """The file's name goes by UTC, so that hosts agree."""
    return datetime.now(UTC).date()


class LocalJournal:
    """The files in one folder."""

    def __init__(self, folder: Path, day: Callable[[], date] = today) -> None:
        self.folder = folder
        self.day = day
        self._file: tuple[date, int] | None = None
        self._torn = False
        self._syncing: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None

    def files(self) -> list[Path]:
        """Oldest day first; none where nothing was written yet. Raises Unavailable when nobody can tell."""
        try:
            return _days(self.folder)
        except FileNotFoundError:
            return []
        except OSError as refused:
            raise _unreadable(self.folder, refused) from refused

    # --- writing ------------------------------------------------------------------------------------------------

    def write(self, lines: Sequence[Line]) -> None:
        """Hand lines to the kernel in one write: they survive this process, not yet a power cut."""
        if not lines:
            return
        data = b"".join(line.packed() + b"\n" for line in lines)
        try:
            file = self._opened()
            if self._torn:  # what a full disk or a killed writer left must not swallow this line
                data = b"\n" + data
            written = os.write(file, data)
        except OSError as refused:
            raise self._unwritable(refused) from refused
        self._torn = written < len(data)
        if self._torn:
            raise Unavailable(
                told(
                    "The local journal in {folder} takes no more: the disk is full. Free some space or mount it "
                    "writable, or set DR_HOME to a folder that is.",
                    folder=self.folder,
                )
            )

    async def sync(self) -> None:
        """Return when everything written so far is on disk. Callers of the same moment share one fdatasync."""
        if self._syncing is None or self._syncing.done():
            task = self._syncing = asyncio.create_task(self._sync())
        else:
            if self._next is None or self._next.done():
                self._next = asyncio.create_task(self._after(self._syncing))
            task = self._next
        await asyncio.shield(task)

    async def _after(self, running: asyncio.Task[None]) -> None:
        """A sync that began before our lines were written says nothing about them: one more."""
        await asyncio.wait({running})
        self._syncing, self._next = self._next, None
        await self._sync()

    async def _sync(self) -> None:
        if self._file is None:
            return
        try:
            await asyncio.to_thread(os.fdatasync, self._file[1])
        except OSError as refused:
            raise self._unwritable(refused) from refused

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file[1])
            self._file = None

    def _opened(self) -> int:
        day = self.day()
        if self._file is None or self._file[0] != day:
            if not self.folder.exists():
                self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                _give(self.folder, like=self.folder.parent)
            path = self.folder / f"{day.isoformat()}.jsonl"
            file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            size = os.fstat(file).st_size
            self._torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
            if size == 0:
                _give(file, like=self.folder)
                self._keep_entry()
            if self._file is not None:
                os.fdatasync(self._file[1])
            self.close()
            self._file = (day, file)
        return self._file[1]

    def _keep_entry(self) -> None:
        """A new file survives a power cut only when its folder is on disk too."""
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _unwritable(self, refused: OSError) -> Unavailable:
        return Unavailable(
            told(
                "The local journal in {folder} cannot be written: {error}. Free some space or mount it writable, or "
                "set DR_HOME to a folder that is.",
                folder=self.folder,
                error=refused.strerror,
            )
        )


@dataclass
class Damage:
    """What a reader had to leave out."""

    lines: int = 0


def read_lines(places: Sequence[Path], damage: Damage | None = None) -> Iterator[Line]:
    """Every whole line of these files and folders, oldest day first. Torn and changed lines are left out, and counted.

    Raises Unavailable for a file or folder that cannot be read.
    """
    for path in _files(places):
        try:
            with open(path, "rb") as file:
                for raw in file:
                    stripped = raw.strip(b"\n\0")
                    line = unpacked(stripped)
                    if line is not None:
                        yield line
                    elif stripped:
                        log.warning("local-journal-line-dropped", file=str(path), bytes=len(stripped))
                        if damage is not None:
                            damage.lines += 1
        except OSError as refused:
            raise _unreadable(path, refused) from refused


def _files(places: Sequence[Path]) -> Iterator[Path]:
    for place in places:
        try:
            yield from _days(place)
        except NotADirectoryError:
            yield place
        except OSError as refused:
            raise _unreadable(place, refused) from refused


def _give(made: Path | int, *, like: Path) -> None:
    """What root makes here is the bot's own: a look with sudo must not keep the bot from writing."""
    if os.geteuid() == 0:
        about = like.stat()
        os.chown(made, about.st_uid, about.st_gid)


def _days(folder: Path) -> list[Path]:
    return sorted(folder / name for name in os.listdir(folder) if name.endswith(".jsonl"))


def _unreadable(place: Path, refused: OSError) -> Unavailable:
    return Unavailable(told("{file} cannot be read: {error}.", file=place, error=refused.strerror))
