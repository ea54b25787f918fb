"""Named places in the life of a run where a test may cut the power, freeze the process, or make it stumble.

Promises: in production nothing is armed and a place costs one look into an empty mapping. Arming takes two variables,
so that no stray one does it: `DR_FAILPOINTS=enabled` and

    DR_FAILPOINT=<name>[:<nth>][:kill|stop|raise|exit]

The place springs at its nth visit (the first when no number is given), `*` means at each. `kill` is SIGKILL, `stop` is
SIGSTOP, `raise` is a bug of ours, `exit` ends the process without saying goodbye. Refuses to know what the places
stand for; the tables of docs/reliability.md do.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from bot.model.errors import BotError, UserError

NAMES = (
    "take.before", "take.after",
    "facts.before", "facts.after",
    "intent.before", "intent.after",
    "fence.before", "call.before", "call.after",
    "outcome.before", "outcome.after",
    "park.before", "park.after",
    "signal.before", "signal.after",
    "wake.before", "wake.after",
    "card.before", "card.after",
)  # fmt: skip
"""`fence.before` and `call.before` lie on both sides of the self-fence, in the thread that sends; `card.after` lies
before the post is remembered."""

Trap = Callable[[], None]
_armed: dict[str, Trap] = {}


class Stumbled(BotError):
    """An armed failpoint raised this; it stands for any bug."""


def reach(name: str) -> None:
    """This place was reached; does nothing unless a test armed it."""
    trap = _armed.get(name)
    if trap is not None:
        trap()


def arm_from(environ: Mapping[str, str]) -> None:
    """Arm what the environment asks for. Raises UserError for a request that makes no sense."""
    wish = environ.get("DR_FAILPOINT", "")
    if not wish or environ.get("DR_FAILPOINTS") != "enabled":
        return
    name, *more = wish.split(":")
    nth = more.pop(0) if more and (more[0] == "*" or more[0].isdigit()) else "1"
    deed = _DEEDS.get(more[0] if more else "kill")
    if name not in NAMES or deed is None or len(more) > 1:
        raise UserError(
            f"DR_FAILPOINT={wish} is not understood. Places: {', '.join(NAMES)}. Deeds: {', '.join(_DEEDS)}."
        )
    _armed[name] = _nth(None if nth == "*" else int(nth), deed)


@contextmanager
def armed(traps: Mapping[str, Trap]) -> Iterator[None]:
    """These traps, for as long as the block lasts."""
    before = dict(_armed)
    _armed.update(traps)
    try:
        yield
    finally:
        _armed.clear()
        _armed.update(before)


def _nth(nth: int | None, deed: Trap) -> Trap:
    visits = 0

    def spring() -> None:
        nonlocal visits
        visits += 1
        if nth is None or visits == nth:
            deed()

    return spring


def _stumble() -> None:
    raise Stumbled("an armed failpoint")


_DEEDS: dict[str, Trap] = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "raise": _stumble,
    "exit": lambda: os._exit(70),
}
