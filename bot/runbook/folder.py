"""The files of a folder of runbooks: which there are, whether they changed, and their bytes.

What cannot be looked at or read is told as a problem, and hides nothing else. Decides nothing about what they say.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from bot.language import told
from bot.model.problem import Problem
from bot.runbook.reader import bytes_of

Stamp = dict[Path, tuple[int, int, int] | str]
"""When a file and its permissions last changed and how large it is; or why it or its folder cannot be looked at."""
UNREADABLE = "unreadable"


def stamp_of(folder: Path) -> Stamp:
    """Every YAML file that is not hidden."""
    found: Stamp = {}

    def refused(error: OSError) -> None:
        found[Path(error.filename)] = why_unread(error)

    for place, folders, names in os.walk(folder, onerror=refused):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.endswith((".yaml", ".yml")) or name.startswith("."):
                continue
            path = Path(place, name)
            try:
                status = path.stat()
            except FileNotFoundError:  # a link to nothing, or gone in this moment
                continue
            except OSError as error:
                refused(error)
                continue
            if stat.S_ISREG(status.st_mode):
                found[path] = (status.st_mtime_ns, status.st_ctime_ns, status.st_size)
    return dict(sorted(found.items()))


def why_unread(refused: OSError) -> str:
    return told("This cannot be read: {why}. Let the user that the bot runs as read it.", why=refused.strerror)


def texts_of(folder: Path, stamp: Stamp) -> tuple[dict[str, bytes], list[Problem]]:
    """The files by their names as problems tell them, and one problem for each that cannot be read."""
    texts: dict[str, bytes] = {}
    unread: list[Problem] = []
    for path, seen in stamp.items():
        name = path.relative_to(folder.parent).as_posix()
        why = seen if isinstance(seen, str) else ""
        try:
            texts |= {} if why else {name: bytes_of(path)}
        except OSError as error:
            why = why_unread(error)
        if why:
            unread.append(Problem(path=name, line=1, column=1, text=why, code=UNREADABLE))
    return texts, unread
