"""Every text that the bot says, found in its code and templates, and merged into the catalogues.

`python -m tests.language.messages` adds what is new, drops what nobody says any more, and keeps every translation; the
order is the code's, and no date is written, so that the same code makes the same files. What is left to translate is
printed.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment
from jinja2.ext import extract_from_ast

from bot.language import ENGLISH, FOLDER, LANGUAGES

BOT = FOLDER.parent
FOLDER_NAME = f"{BOT.name}.{FOLDER.name}"
HEADER = """\
# What the bot says, in another language. `make messages` adds what is new and drops what is not said any more.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Language: {language}\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
_SAYING = {"_": 1, "_n": 2, "later": 1, "told": 1, "told_n": 2}
"""Functions that take texts, and how many."""


@dataclass(frozen=True)
class Said:
    """One text, or its two forms, where it is said."""

    texts: tuple[str, ...]
    place: str


@dataclass(frozen=True)
class Unreadable:
    """A call whose text is made up on the way, so that no translator ever sees it."""

    code: str
    place: str


def everything(folder: Path = BOT) -> Iterator[Said | Unreadable]:
    """What the code says, file by file, line by line."""
    for path in sorted((*folder.rglob("*.py"), *folder.rglob("*.j2"))):
        if path.parent != FOLDER:
            name = path.relative_to(folder.parent).as_posix()
            yield from (_in_code if path.suffix == ".py" else _in_template)(path.read_text(encoding="utf-8"), name)


def _in_code(code: str, name: str) -> Iterator[Said | Unreadable]:
    tree = ast.parse(code)
    saying = _SAYING.keys() & {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == FOLDER_NAME
        for alias in node.names
    }
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in saying
    ]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        assert isinstance(call.func, ast.Name)
        texts = call.args[: _SAYING[call.func.id]]
        place = f"{name}:{call.lineno}"
        literal = tuple(text.value for text in texts if isinstance(text, ast.Constant) and isinstance(text.value, str))
        if len(literal) == len(texts):
            yield Said(literal, place)
        elif call.func.id == "later" or not all(_is_looked_up(text) for text in texts):
            yield Unreadable(ast.unparse(call), place)


def _is_looked_up(text: ast.expr) -> bool:
    """A place in a table, or a name for one: what stands there went through `later`."""
    if isinstance(text, ast.Call) and isinstance(text.func, ast.Attribute):
        return text.func.attr == "get"
    return isinstance(text, ast.Subscript | ast.Name | ast.Attribute)


def _in_template(code: str, name: str) -> Iterator[Said]:
    parsed = Environment(autoescape=True).parse(code)
    for line, function, told in extract_from_ast(parsed, tuple(_SAYING)):
        texts = told if isinstance(told, tuple) else (told,)
        if all(texts[: _SAYING[function]]):
            yield Said(tuple(str(text) for text in texts[: _SAYING[function]]), f"{name}:{line}")


def wanted() -> dict[tuple[str, ...], list[str]]:
    """Texts, with the files that say them, in the order of the code."""
    found: dict[tuple[str, ...], list[str]] = {}
    for said in everything():
        if isinstance(said, Said):
            places = found.setdefault(said.texts, [])
            file = said.place.rpartition(":")[0]
            if file not in places:
                places.append(file)
    return found


def told(language: str) -> dict[tuple[str, ...], str]:
    """What a catalogue holds, whole."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    return {_both(message.id): _first(message.string) for message in catalogue if message.id and not message.fuzzy}


def merge(language: str) -> list[tuple[str, ...]]:
    """Bring one catalogue in line with the code; the texts that wait for a translation."""
    known = told(language)
    catalogue = Catalog(locale=language, fuzzy=False)
    for texts, files in wanted().items():
        text, places = known.get(texts, ""), [(file, 1) for file in files]
        if len(texts) == 1:
            catalogue.add(texts[0], text, locations=places)
        else:
            catalogue.add(texts, (text,), locations=places)
    with (FOLDER / f"{language}.po").open("wb") as file:
        file.write(HEADER.format(language=language).encode())
        write_po(file, catalogue, width=0, omit_header=True, include_lineno=False)
    return [texts for texts in wanted() if not known.get(texts)]


def _both(told: object) -> tuple[str, ...]:
    return tuple(told) if isinstance(told, tuple | list) else (str(told),)


def _first(told: object) -> str:
    return str(told[0]) if isinstance(told, tuple | list) else str(told or "")


def main() -> int:
    """Merge every catalogue; 1 when something waits for a translation."""
    waiting = {language: merge(language) for language in LANGUAGES if language != ENGLISH}
    for language, texts in waiting.items():
        for each in texts:
            print(f"{language}: {each[0]!r}")
    return int(any(waiting.values()))


if __name__ == "__main__":
    sys.exit(main())
