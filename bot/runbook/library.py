"""The runbooks folder: catalog.yaml and every runbook in it, checked.

Promises that a broken runbook hides no healthy one: it is listed in `problems` and refuses only when it is asked for. A
broken catalogue, edited under a running bot, leaves the last good one in force. What this user may not read is told
before everything that follows from it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bot.language import told
from bot.model.action import ActionSpec
from bot.model.base import digest
from bot.model.errors import NotFound, Problems, UserError
from bot.model.problem import Problem
from bot.model.runbook import LoadedRunbook, RunbookRef
from bot.model.service import EVERYTHING, Catalog, Hidden, Hideable, RunKind, Service
from bot.runbook.catalog_rules import lint_catalog
from bot.runbook.commit import commit_of
from bot.runbook.folder import UNREADABLE, Stamp, stamp_of, texts_of, why_unread
from bot.runbook.lint import lint
from bot.runbook.nodes import Entry, Map, data
from bot.runbook.reader import MAX_BYTES, bytes_of, scan
from bot.runbook.schema import Draft, draft_catalog, draft_runbook
from bot.runbook.versions import contested, newest

CATALOG = "catalog.yaml"
RESTRAINTS = ("freezes", "deny")
"""Keys of the catalogue that forbid."""
_NAMED = re.compile(rb"^runbook: *[\"']?([\w.-]+)", re.MULTILINE | re.ASCII)
EMPTY = Catalog(tiers={}, people={}, roles={}, services={})

Specs = Mapping[str, ActionSpec]


@dataclass(frozen=True)
class _Books:
    """The runbooks of the folder."""

    healthy: dict[str, LoadedRunbook]
    broken: dict[str, tuple[Problem, ...]]
    problems: tuple[Problem, ...]
    """Of the catalogue too."""
    commit: str


class _Read:
    """One look at the folder. All files are read at once; runbooks are taken apart when somebody asks for one."""

    def __init__(self, folder: Path, stamp: Stamp, specs: Specs, last_good: Catalog) -> None:
        self._folder, self._specs = folder, specs
        self._texts, self._unread = texts_of(folder, stamp)
        self._catalog_path = (folder / CATALOG).relative_to(folder.parent).as_posix()
        self._node: Map | None = None
        self._wrong: list[Problem] = []
        if self._unread and self._catalog_path not in self._texts:
            self.catalog = last_good.without({EVERYTHING: tuple(self._unread)})
        else:
            text = self._texts.get(self._catalog_path, b"")
            self._node, self.catalog, self._wrong = _catalog(text, self._catalog_path, last_good)

    @cached_property
    def books(self) -> _Books:
        texts = {path: text for path, text in self._texts.items() if path != self._catalog_path}
        nodes = {path: scan(text, path)[0] for path, text in texts.items()}
        called = {path: _name(node) or _name_in(texts[path]) for path, node in nodes.items()}
        names = frozenset(filter(None, called.values()))
        found = [*self._unread, *self._wrong]
        if self._node is not None:
            found += lint_catalog(self._node, self._catalog_path, self.catalog, names)
        against = self.catalog if self.catalog.services or not any(each.level == "error" for each in found) else None
        commit = commit_of(self._folder)
        healthy: list[LoadedRunbook] = []
        broken: dict[str, tuple[Problem, ...]] = {}
        for path, text in texts.items():
            draft, problems = check_text(text, path, self._specs, against, names)
            errors = tuple(each for each in problems if each.level == "error")
            found.extend(problems)
            if errors or draft is None or draft.runbook is None:
                broken[called[path] or path] = errors
            else:
                healthy.append(_loaded(draft, text.decode(), commit))
        for group in contested(healthy):
            found.extend(broken.setdefault(group[0].ref.name, tuple(_contest(group))))
        runbooks = _newest_by_name([book for book in healthy if book.ref.name not in broken])
        return _Books(runbooks, broken, tuple(sorted(found, key=_place)), commit)


class Library:
    """The folder as it is on disk; `refresh` looks again when files have changed."""

    def __init__(self, folder: Path, specs: Specs) -> None:
        self._folder, self._specs = folder, specs
        self._stamp = stamp_of(folder)
        self._read = _Read(folder, self._stamp, specs, EMPTY)

    @classmethod
    def load(cls, folder: Path, specs: Specs) -> Library:
        """Read the folder. Mistakes are in `problems`. Raises UserError when no catalogue can be read there."""
        try:
            bytes_of(folder / CATALOG)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise UserError(
                told(
                    "There is no {catalog} in {folder}. Point DR_RUNBOOKS at the folder that holds it.",
                    catalog=CATALOG,
                    folder=folder,
                )
            ) from None
        except OSError as refused:
            raise UserError(told("{file}: {why}", file=folder / CATALOG, why=why_unread(refused))) from refused
        return cls(folder, specs)

    @property
    def catalog(self) -> Catalog:
        """Services, people and roles; whatever was broken in the file is left out."""
        return self._read.catalog

    @property
    def runbooks(self) -> dict[str, LoadedRunbook]:
        """Healthy runbooks by name, the newest version of each."""
        return self._read.books.healthy

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Errors and warnings of all files, by file, line and column."""
        return self._read.books.problems

    @property
    def commit(self) -> str:
        """The folder's git commit, with `+` when it has local edits; empty outside git."""
        return self._read.books.commit

    def find(self, name: str) -> LoadedRunbook:
        """The newest version of a runbook. Raises NotFound with the nearest names, Problems when its file is broken."""
        if name in self.runbooks:
            return self.runbooks[name]
        if name in self._read.books.broken:
            raise Problems(self._read.books.broken[name])
        raise NotFound("runbook", name, self.runbooks)

    def for_service(self, service: Service | str, kind: RunKind) -> LoadedRunbook:
        """The runbook that serves this kind of run. Raises UserError that names what the service has instead."""
        known = self.catalog.service(service) if isinstance(service, str) else service
        if kind in known.runbooks:
            return self.find(known.runbooks[kind])
        has = [f"{each} ({name})" for each, name in known.runbooks.items()]
        instead = told("It has: {has}.", has=has) if has else told("It has none yet.")
        raise UserError(
            told(
                "{name} has no runbook for {kind}. {instead} Add one under its `runbooks:` in {catalog}.",
                name=known.name,
                kind=kind,
                instead=instead,
                catalog=CATALOG,
            )
        )

    def refresh(self) -> Library:
        """Look again, and hand on the library itself. Costs one stat per file when nothing has changed."""
        stamp = stamp_of(self._folder)
        if stamp != self._stamp:
            self._stamp = stamp
            self._read = _Read(self._folder, stamp, self._specs, self._read.catalog)
        return self


def load_text(text: str, path: str, specs: Specs, catalog: Catalog | None = None, commit: str = "") -> LoadedRunbook:
    """One runbook from its text. Raises Problems with all errors; warnings do not stop it."""
    draft, problems = check_text(text, path, specs, catalog)
    errors = [each for each in problems if each.level == "error"]
    if errors or draft is None or draft.runbook is None:
        raise Problems(errors)
    return _loaded(draft, text, commit)


def check_text(
    text: str | bytes, path: str, specs: Specs, catalog: Catalog | None = None, names: frozenset[str] | None = None
) -> tuple[Draft | None, list[Problem]]:
    """Everything that can be said about one runbook file, by line. `names` are the runbooks that `call` may name."""
    node, problems = scan(text, path)
    if node is None:
        return None, problems
    draft = draft_runbook(node, path)
    found = [*problems, *draft.problems, *lint(draft, specs, catalog, names)]
    return draft, sorted(found, key=lambda each: (each.line, each.column))


def _catalog(text: bytes, path: str, last_good: Catalog) -> tuple[Map | None, Catalog, list[Problem]]:
    """The file's node, what of it may be used, and the mistakes that keep the rest out."""
    node, problems = scan(text, path)
    if node is None:
        return None, last_good.without({EVERYTHING: tuple(problems)}), problems
    catalog, mistakes = draft_catalog(node, path)
    wrong = [*problems, *mistakes]
    if _frees_by_mistake(node, wrong):
        catalog = last_good.without({EVERYTHING: tuple(wrong)})
    elif wrong:
        catalog = catalog.without(_left_out(node, catalog, wrong))
    return node, catalog, wrong


def _left_out(node: Map, catalog: Catalog, wrong: Sequence[Problem]) -> Hidden:
    """Who and what stands in the file and not in the catalogue, each with the mistakes in its lines, else with all."""
    sections: Mapping[Hideable, tuple[Sequence[Entry], Collection[str]]] = {
        "service": (_entries(node, "services"), catalog.services),
        "person": (_entries(node, "people"), catalog.people),
    }
    written = [entry for entries, _ in sections.values() for entry in entries]
    starts = sorted(each.spot.line for each in (*node.entries.values(), *written))
    hidden = {}
    for kind, (entries, kept) in sections.items():
        for each in entries:
            if each.key not in kept:
                end = next((line for line in starts if line > each.spot.line), sys.maxsize)
                hidden[kind, each.key] = [one for one in wrong if each.spot.line <= one.line < end] or wrong
    return hidden


def _entries(node: Map, section: str) -> Sequence[Entry]:
    entry = node.entry(section)
    return list(entry.value.entries.values()) if entry and isinstance(entry.value, Map) else []


def _frees_by_mistake(node: Map, problems: Sequence[Problem]) -> bool:
    """Whether a mistake stands in what forbids: leaving a broken freeze or deny rule out would set free what it held.

    The last good catalogue stays in force then; without one, nobody can start anything.
    """
    starts = sorted((entry.spot.line, entry.key) for entry in node.entries.values())
    return any(
        problem.level == "error"
        and next((key for line, key in reversed(starts) if line <= problem.line), "") in RESTRAINTS
        for problem in problems
    )


def _loaded(draft: Draft, text: str, commit: str) -> LoadedRunbook:
    assert draft.runbook is not None
    book = draft.runbook
    ref = RunbookRef(name=book.runbook, version=str(book.version), digest=digest(data(draft.node)), commit=commit)
    return LoadedRunbook(runbook=book, ref=ref, path=draft.path, text=text)


def _contest(group: Sequence[LoadedRunbook]) -> list[Problem]:
    paths = " and ".join(book.path for book in group)
    text = told(
        "{name} version {version} has different content in {paths}. A version never changes: "
        "give the newer text the next version.",
        name=group[0].ref.name,
        version=group[0].ref.version,
        paths=paths,
    )
    return [Problem(path=book.path, line=1, column=1, text=text, code="version-contested") for book in group]


def _newest_by_name(books: list[LoadedRunbook]) -> dict[str, LoadedRunbook]:
    names = sorted({book.ref.name for book in books})
    return {name: newest(book for book in books if book.ref.name == name) for name in names}


def _name(node: Map | None) -> str:
    entry = node.entry("runbook") if node else None
    value = data(entry.value) if entry else None
    return value if isinstance(value, str) else ""


def _name_in(text: bytes) -> str:
    """The name that stands in a file which cannot be read as YAML, so that nobody is told that there is none."""
    found = _NAMED.search(text[:MAX_BYTES])
    return found[1].decode() if found else ""


def _place(each: Problem) -> tuple[bool, str, int, int]:
    """What could not be read stands first: other mistakes may follow from it."""
    return each.code != UNREADABLE, each.path, each.line, each.column
