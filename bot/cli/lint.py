"""Which files a lint is about, and everything that is wrong with them.

Promises: a folder with a catalogue is read as the bot reads it; a single file is judged beside the catalogue of the
nearest folder above it, if there is one. Refuses to connect anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.cli.rooms import Rooms
from bot.language import _
from bot.model.errors import UserError
from bot.model.problem import Problem
from bot.runbook.library import CATALOG, check_text
from bot.runbook.reader import bytes_of
from bot.usecases.crew import nobody_left


def lint_paths(rooms: Rooms, paths: Iterable[Path]) -> list[Problem]:
    """Every problem of the named files and folders, each once, by file and line."""
    found = {problem: None for path in paths for problem in _lint(rooms, path)}
    return sorted(found, key=lambda each: (each.path, each.line, each.column))


def _lint(rooms: Rooms, path: Path) -> Sequence[Problem]:
    if not path.exists():
        there_is_none = _("There is no {path}. Name a runbook, or a folder with {catalog}.", path=path, catalog=CATALOG)
        raise UserError(there_is_none)
    folder = _folder_of(path)
    if folder is None:
        return _alone(rooms, path)
    library = rooms.library_at(folder)
    problems = (*library.problems, *nobody_left(library, rooms.actions().specs, datetime.now(UTC)))
    here = path.resolve().relative_to(folder.resolve().parent).as_posix()
    wanted = [each for each in problems if each.path == here or each.path.startswith(f"{here}/")]
    return [replace(each, path=_as_given(each.path, here, path)) for each in wanted]


def _folder_of(path: Path) -> Path | None:
    """The nearest folder, from `path` upwards, that holds a catalogue."""
    start = path.resolve()
    return next((folder for folder in (start, *start.parents) if (folder / CATALOG).is_file()), None)


def _alone(rooms: Rooms, path: Path) -> list[Problem]:
    files = sorted((*path.rglob("*.yaml"), *path.rglob("*.yml"))) if path.is_dir() else [path]
    specs = rooms.actions().specs
    return [problem for file in files for problem in check_text(bytes_of(file), str(file), specs)[1]]


def _as_given(found: str, here: str, path: Path) -> str:
    """The path as the person wrote it, so that an editor can jump there."""
    rest = found.removeprefix(here).lstrip("/")
    return str(path / rest) if rest else str(path)
