"""What every command does at its door: read the environment once, find out who calls, print in the right form.

Promises: rich tables on a terminal, plain lines elsewhere, JSON when asked. Refuses to decide anything about runs.
"""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

import typer
from pydantic import JsonValue
from rich.console import Console, RenderableType
from rich.text import Text

from bot.cli.notes import work_note
from bot.cli.rooms import Rooms
from bot.language import _
from bot.model.errors import UserError
from bot.model.service import Catalog
from bot.model.text import in_words
from bot.settings import Settings
from bot.usecases.desk import Caller, Desk

T = TypeVar("T")
WIDE = 240  # columns of output that goes to a file or a pipe


def rooms_of(ctx: typer.Context) -> Rooms:
    """The rest of the house, as the start-up module handed it in."""
    return cast(Rooms, ctx.find_root().obj)


def settings() -> Settings:
    """The environment contract, read now. Raises UserError naming a variable that cannot be read."""
    return Settings.from_env(os.environ)


def at_desk(ctx: typer.Context, work: Callable[[Desk], Awaitable[T]]) -> T:
    """Open the desk, do one piece of work there, close it."""

    async def visit() -> T:
        async with rooms_of(ctx).open_desk(settings()) as desk:
            return await work(desk)

    return asyncio.run(visit())


def act(ctx: typer.Context, work: Callable[[Desk], Awaitable[T]]) -> T:
    """The same for what a bot has to carry on: when none is at work, that is said at the end."""

    async def noted(desk: Desk) -> tuple[T, str]:
        return await work(desk), await work_note(desk)

    done, note = at_desk(ctx, noted)
    if note:
        ctx.call_on_close(lambda: show(Text(note, style="yellow")))
    return done


def caller(catalog: Catalog, name: str = "") -> Caller:
    """The person on the roster called `name`, or the one whose login this is."""
    login = name or _login()
    person = catalog.person_by_login(login)
    if person is None and (name or not catalog.people):
        person = catalog.person(login)  # raises, and says what hides them
    if person is None:
        known = ", ".join(sorted(catalog.people))
        told = _(
            "The login {login} is not on the roster. Say who you are: --as NAME (one of {known})",
            login=repr(login), known=known,
        )  # fmt: skip
        raise UserError(told)
    return Caller(person, "cli", named=catalog.person_by_login(_login()) != person)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's numeric user has no name
        return str(os.getuid())


class Calm(Console):
    """A console whose reader may leave, as `| head` does: it falls silent, and what was asked for is done."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def console() -> Console:
    """Standard output: coloured and as wide as the terminal, or plain and as wide as it needs to be."""
    terminal = sys.stdout.isatty()
    return Calm(width=None if terminal else WIDE, soft_wrap=not terminal, highlight=False, markup=False)


def on_terminal() -> bool:
    return sys.stdout.isatty() and sys.stdin.isatty()


def show(*parts: RenderableType) -> None:
    """Print for a person."""
    out = console()
    for part in parts:
        out.print(part)


def print_json(value: JsonValue) -> None:
    """Print for a script; texts are in English, as strings."""
    sys.stdout.write(_dumped(value, indent=2) + "\n")


def print_json_line(value: JsonValue, out: Console) -> None:
    """The same on one line, for a script that reads along."""
    out.print(Text(_dumped(value)), soft_wrap=True)


def _dumped(value: JsonValue, indent: int | None = None) -> str:
    is_utf = (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    return json.dumps(in_words(value), indent=indent, ensure_ascii=not is_utf)


def ask(question: str, *, instead: str) -> bool:
    """A yes or no from the person; UserError naming the option to use `instead` where nobody can answer."""
    if not on_terminal():
        raise UserError(
            _("Nobody can answer here: {question} Say it with {option}.", question=question, option=instead)
        )
    return typer.confirm(question, default=False)
