"""Everything that can go wrong on purpose, drawn as a tree. The type says what the caller should do.

BotError
├── UserError            the person can fix it: shown to them, never paged
│   ├── Refused          the person may not do this, or not any more (a refusal that belongs in the timeline)
│   ├── NotFound         no such service, runbook, run, step; carries the nearest names
│   ├── Misfits          answers that do not fit a runbook's inputs, each with the input it is about
│   └── Problems         one or more mistakes in a runbook or catalogue, each with file, line and column
├── StepError            an action's verdict; the engine acts on the type alone
│   ├── Retryable        nothing happened: ask again after a while
│   ├── StepBroke        it will not work, retries are useless
│   │   └── RoleRefused  nothing under the service's role can work, here or elsewhere
│   ├── AlreadyThere     AWS says the thing exists or moves already: look whether it was us
│   └── OutcomeUnknown   AWS may have acted: look, never assume
├── JournalConflict      somebody else appended: read, fold, decide again
├── Fenced               our epoch is over: another worker owns the run; stop writing
├── Unavailable          a dependency does not answer (Redis, Slack): say so, try later
└── BrokenInvariant      our bug: stop the run and page us
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from bot.language import _, in_english, later, together
from bot.model.problem import Problem
from bot.model.secrets import redact

THINGS = {
    "action": later("action"),
    "choice": later("choice"),
    "command": later("command"),
    "export format": later("export format"),
    "person": later("person"),
    "run": later("run"),
    "run or service": later("run or service"),
    "runbook": later("runbook"),
    "service": later("service"),
    "service or runbook": later("service or runbook"),
}
"""What can be named and not be there."""


class BotError(Exception):
    """Base of every error this product raises deliberately."""

    @property
    def english(self) -> str:
        """The message as journals and logs keep it, whatever language it was said in."""
        return in_english(self.args[0]) if self.args and isinstance(self.args[0], str) else str(self)


class UserError(BotError):
    """The caller can fix this; the message is written for them."""


class Refused(UserError):
    """Not this person, not this card, or not any more. `reason` is a stable id such as `self-approval`."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


FEW = 12
"""As many names as are read at a glance."""


class NotFound(UserError):
    """A name that nobody has; the nearest names are offered, else the one that is `meant` by it elsewhere, else all
    that are known, where they are few."""

    def __init__(self, what: str, name: str, known: Iterable[str] = (), *, meant: str = "") -> None:
        self.what, self.name = what, name
        names = sorted(known)
        near = tuple(difflib.get_close_matches(name, names, n=3, cutoff=0.5))
        self.nearest = near or ((meant,) if meant else ())
        thing = _(THINGS[what]) if what in THINGS else what
        if self.nearest:
            text = later("There is no {what} called {name}. Did you mean {near}?")
        elif 0 < len(names) <= FEW:
            text = later("There is no {what} called {name}. Known: {known}.")
        else:
            text = later("There is no {what} called {name}.")
        said = {"near": _(" or ").join(self.nearest), "known": ", ".join(names)}
        super().__init__(_(text, what=thing, name=repr(name), **said))


class Misfit(NamedTuple):
    """An answer that does not fit."""

    input: str
    """Where it is mended; empty where that is no single input."""
    sentence: str


class Misfits(UserError):
    """Answers that do not fit a runbook's inputs; the message has a line for each."""

    def __init__(self, misfits: Iterable[Misfit]) -> None:
        self.misfits = tuple(misfits)
        super().__init__("\n".join(each.sentence for each in self.misfits))


class Problems(UserError):
    """Mistakes in a runbook or catalogue; the message lists them one a line, as `file:line:column: sentence`."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(together(map(str, self.problems), "\n"))


class StepError(BotError):
    """An action's verdict about its own step; what AWS said reaches the message without secrets."""

    def __init__(self, message: str = "") -> None:
        super().__init__(redact(message))


class Retryable(StepError):
    """Nothing happened; ask again after `after`."""

    def __init__(self, message: str, *, after: timedelta = timedelta(seconds=5)) -> None:
        super().__init__(message)
        self.after = after


class StepBroke(StepError):
    """The step cannot succeed; retries are useless. The message names the thing, its state and the next move."""


class RoleRefused(StepBroke):
    """The service's role cannot be assumed, so nothing under it will work; a plan that meets this is blocked."""


class AlreadyThere(StepError):
    """AWS refused because the thing exists or is in motion; verify decides whether that was us."""


class OutcomeUnknown(StepError):
    """AWS may or may not have acted."""


class JournalConflict(BotError):
    """Another writer appended since we read."""


class Fenced(BotError):
    """A newer epoch exists; whatever we hold is over."""


class Unavailable(BotError):
    """A dependency does not answer."""


class TooNew(BotError):
    """The journal was carried on by a newer version of the bot, which alone may go on with the run."""


class BrokenInvariant(BotError):
    """A promise of our own code did not hold."""
