"""Arguments and options that several commands share, spelt and explained once."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.language import _
from bot.model.errors import UserError
from bot.model.service import RunKind

Who = Annotated[
    str, typer.Option("--as", metavar="NAME", help="Who you are on the roster; the login name when left out.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Run = Annotated[str, typer.Argument(metavar="[RUN]", help="Run id or service; left out when only one run is open.")]
AnyRun = Annotated[str, typer.Argument(metavar="RUN", help="Run id or service.")]
Meant = Annotated[str, typer.Argument(metavar="RUN", help="Run id or service; left out, says what waits.")]
Step = Annotated[str, typer.Argument(metavar="STEP", help="The step's id; left out, says which ones wait.")]
Why = Annotated[str, typer.Option("--reason", help="Why; goes to the timeline.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Stay and show progress until the run is over.")]


def example(*lines: str) -> str:
    """The epilogue of a command's help."""
    return "Example:\n\n" + "\n\n".join(f"  {line}" for line in lines)


def kind_of(word: str) -> RunKind:
    """A kind of run, as it was typed."""
    match word:
        case "failover" | "failback" | "restore" | "drill":
            return word
    told = _("{word} is not a kind of run; choose failover, failback, restore or drill.", word=repr(word))
    raise UserError(told)
