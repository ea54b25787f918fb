"""The `dr` command: finds the command, runs it, and turns every refusal into one sentence and an exit code.

Promises: exit code 0 for done, 1 for a mistake or a refusal, 2 for a wrong usage, 3 when something does not answer;
errors go to stderr, answers to stdout. Refuses to know what any command does.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from bot.cli.language import in_language
from bot.cli.rooms import Rooms
from bot.cli.table import COMMANDS
from bot.language import _, again, later
from bot.model.errors import BotError, Unavailable, UserError

DONE, REFUSED, USAGE, UNAVAILABLE, INTERRUPTED = 0, 1, 2, 3, 130

HELP = later(
    "Carry a team through a disaster recovery on AWS.\n\nThe same words work in Slack as /dr. Start with: dr demo"
)


class LazyGroup(TyperGroup):
    """Lists commands from the table and imports the module of the one that is called."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        for entry in COMMANDS:
            self.commands[entry.name] = TyperCommand(entry.name, help=_(entry.summary), rich_help_panel=_(entry.panel))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, stub, rest = super().resolve_command(ctx, args)
        return name, (load(name) if name else stub), rest

    def list_commands(self, ctx: Any) -> list[str]:
        return [entry.name for entry in COMMANDS]


def load(name: str) -> Any:
    """The real command called `name`."""
    importlib.import_module("bot.cli.logs").to_stderr()
    topic = next(entry.topic for entry in COMMANDS if entry.name == name)
    return get_group(importlib.import_module(f"bot.cli.{topic}").commands).commands[name]


def build() -> Any:
    """The whole command tree."""
    app = typer.Typer(cls=LazyGroup, name="dr", help=_(HELP), no_args_is_help=True, rich_markup_mode="rich")
    app.callback(invoke_without_command=True)(_root)
    return typer.main.get_command(app)


def _root(
    version: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True),
    lang: str = typer.Option("", "--lang", metavar="CODE", help="en or ko; else as LC_ALL, LC_MESSAGES or LANG say."),
) -> None:
    if version:
        typer.echo(f"dr {_version()}")
        raise typer.Exit(DONE)


def _version() -> str:
    try:
        return installed("dr-bot")
    except PackageNotFoundError:
        return "(run from a checkout)"


def run(args: Sequence[str], rooms: Rooms) -> int:
    """Run one command line in the language of `--lang`, else of the environment; answers the exit code."""
    _open_the_closed()
    _say_what_can_be_said()
    with in_language(args, os.environ) as words:
        return _obey(words, rooms)


def _open_the_closed() -> None:
    """Where a caller has closed stdout or stderr (`>&-`), what is said goes nowhere, and the work is done."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115  # for as long as the process lives
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115  # for as long as the process lives


def _say_what_can_be_said() -> None:
    """A sign that the terminal's encoding lacks becomes a question mark; what was done is told all the same."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def _obey(args: Sequence[str], rooms: Rooms) -> int:
    try:
        _must_be_text(args)
        code = int(build().main(list(args), prog_name="dr", standalone_mode=False, obj=rooms) or DONE)
        sys.stdout.flush()  # a disk that is full says so here, and not after the last line of the house
        return code
    except typer.Exit as leave:
        return leave.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return _say(_("Stopped."), INTERRUPTED)
    except typer.TyperException as error:
        return _usage(error, args)
    except Unavailable as error:
        return _say(again(str(error)), UNAVAILABLE)
    except UserError as error:
        return _say(again(str(error)), REFUSED)
    except BotError as error:
        return _say(f"{type(error).__name__}: {again(str(error))}", REFUSED)
    except BrokenPipeError:
        return _quietly_closed()
    except OSError as refused:
        return _refused_by_the_system(refused)


def _must_be_text(args: Sequence[str]) -> None:
    """Bytes of an older encoding can be kept nowhere: neither in a journal nor in Slack."""
    for word in args:
        if any("\ud800" <= letter <= "\udfff" for letter in word):
            shown = word.encode(errors="replace").decode()
            raise UserError(_("{word} is not text in UTF-8. Set the terminal to UTF-8 and type it again.", word=shown))


def _refused_by_the_system(refused: OSError) -> int:
    """A full disk, a folder that is none, a file that nobody may write."""
    what = ": ".join(str(part) for part in (refused.filename, refused.strerror or refused) if part)
    try:
        sys.stdout.flush()
    except OSError:
        sys.stdout = None  # what is left of the output cannot be written; the interpreter must not try again
    return _say(_("The system refuses: {what}.", what=what), REFUSED)


def _usage(error: typer.TyperException, args: Sequence[str]) -> int:
    message, _hint, meant = error.format_message().partition(" Did you mean ")
    if not message:  # no arguments at all: the help has been printed
        return USAGE
    named = next((word for word in args if any(word == entry.name for entry in COMMANDS)), "")
    see = f"dr {named} --help" if named else "dr --help"
    if "No such option" in message and (early := _too_early(args, named)):
        text = later("{option} goes behind the command: dr {command} … {option}. See: {help}")
        return _say(_(text, option=early, command=named, help=see), error.exit_code)
    near = meant.rstrip("?") or _nearest(message, args)
    text = later("{mistake}. Did you mean {near}? See: {help}") if near else later("{mistake}. See: {help}")
    return _say(_(text, mistake=message.rstrip("."), near=near, help=see), error.exit_code)


def _too_early(args: Sequence[str], named: str) -> str:
    """The option of the named command that stands before it, as in `dr --as carol approve`; empty when none does."""
    if not named:
        return ""
    own = {option for parameter in load(named).params for option in parameter.opts}
    before = (word.partition("=")[0] for word in args[: args.index(named)])
    return next((word for word in before if word in own), "")


def _nearest(message: str, args: Sequence[str]) -> str:
    if "No such command" not in message or not args:
        return ""
    near = get_close_matches(args[0], [entry.name for entry in COMMANDS], n=1, cutoff=0.4)
    return repr(near[0]) if near else ""


def _say(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code


def _quietly_closed() -> int:
    """The reader of our output went away, as `dr runs | head` does; not a failure."""
    sys.stdout = None  # keeps the interpreter from flushing into the closed pipe at exit
    return DONE
