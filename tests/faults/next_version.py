"""The next version of the bot: this one, with a kind of event that this one has never heard of.

Promises: a folder from which `bot` can be imported, whose drivers write the new kind under the next schema. Whatever
it changes must be found in the sources exactly once, so that it cannot silently be the same version.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import bot
from bot.model.events import SCHEMA

NEW_KIND = "build_named"
_CLASS = f'''class BuildNamed(Frozen):
    kind: Literal["{NEW_KIND}"] = "{NEW_KIND}"
    build: str


class NoteAdded(Frozen):'''


def next_version(folder: Path) -> Path:
    """Where it is; goes first on the import path of its processes."""
    there = folder / "bot"
    shutil.copytree(Path(bot.__file__).parent, there, ignore=shutil.ignore_patterns("__pycache__"))
    _edit(there / "model" / "events.py", rf"^SCHEMA = {SCHEMA}$", f"SCHEMA = {SCHEMA + 1}")
    _edit(there / "model" / "events.py", r"^class NoteAdded\(Frozen\):", _CLASS)
    _edit(there / "model" / "events.py", r"^Known = Annotated\[\n    ", "Known = Annotated[\n    BuildNamed | ")
    _edit(there / "engine" / "driver.py", r"import SCHEMA, ", "import SCHEMA, BuildNamed, ")
    _edit(there / "engine" / "driver.py", r"self\._loop\(\[first\]\)", 'self._loop([first, BuildNamed(build="next")])')
    return folder


def _edit(path: Path, pattern: str, new: str) -> None:
    text, times = re.subn(pattern, lambda _: new, path.read_text(), flags=re.MULTILINE)
    assert times == 1, f"{pattern} is {times} times in {path.name}; the next version needs another seam"
    path.write_text(text)
