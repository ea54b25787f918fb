"""A cloud with a memory for effects and moods: answers get lost, calls hang, arrive late, and looks lag behind.

Promises: every send is written down with who sent it; an effect counts once per change of the world, as its kind of
call has it in AWS. What a step is told by its name: `natural…`, `read_back…`, `token…`, `opaque…`.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from bot.actions.base import action
from bot.actions.catalogue import Catalogue
from bot.model.action import Idempotency, Risk
from bot.model.errors import AlreadyThere, OutcomeUnknown
from tests.toys import NOTHING, Promote, Publish, SetValue, ToyAws, Watch, _Set

Mood = Literal["calm", "lost", "5xx", "hang", "late"]
MOODS: tuple[Mood, ...] = ("calm", "lost", "5xx", "hang", "late")
"""What befalls a step's first send: nothing, its answer is lost, it is refused with a 5xx, it hangs and never arrives,
it hangs and arrives when nobody waits for it any more."""
BUDGET = timedelta(seconds=0.25)
SETTLE = timedelta(seconds=0.12)
LAG = 0.05  # seconds for which looks still see the old state


@action(
    "toy.create",
    risk=Risk.REVERSIBLE,
    idempotency=Idempotency.TOKEN,
    irreversible="It stays.",
    permissions=(),
    rehearsal=NOTHING,
)
class Create(_Set):
    """A write whose token is recognised."""


ACTIONS = Catalogue(SetValue(), Promote(), Publish(), Create(), Watch())
BY_KIND = {"natural": "toy.set", "read_back": "toy.promote", "token": "toy.create", "opaque": "toy.publish"}


@dataclass
class Sky:
    """One run's world."""

    moody: str = ""
    """The step whose first send is met with the mood."""
    mood: Mood = "calm"
    sends: Counter[str] = field(default_factory=Counter)
    effects: Counter[str] = field(default_factory=Counter)
    senders: Counter[str] = field(default_factory=Counter)
    on_the_way: int = 0
    """Calls that have been sent and neither arrived nor got lost."""
    tokens: dict[str, set[str]] = field(default_factory=dict)
    _seen_from: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, name: str, token: str, sender: str) -> None:
        with self._lock:
            self.on_the_way += 1
        try:
            self._write(name, token, sender)
        finally:
            with self._lock:
                self.on_the_way -= 1

    def _write(self, name: str, token: str, sender: str) -> None:
        with self._lock:
            self.sends[name] += 1
            self.senders[sender] += 1
            self.tokens.setdefault(name, set()).add(token)
            mood: Mood = self.mood if name == self.moody and self.sends[name] == 1 else "calm"
        match mood:
            case "5xx":
                raise OutcomeUnknown("503 ServiceUnavailable")
            case "hang":
                time.sleep(BUDGET.total_seconds() * 1.5)
                raise OutcomeUnknown("closed after a long silence")
            case "late":
                time.sleep(BUDGET.total_seconds() * 1.3)
        self._apply(name)
        if mood == "lost":
            raise OutcomeUnknown("the answer was lost")

    def _apply(self, name: str) -> None:
        with self._lock:
            done = self.effects[name] > 0
            if done and name.startswith("read_back"):
                raise AlreadyThere("InvalidState: promoted already")
            if done and not name.startswith("opaque"):
                return
            self.effects[name] += 1
            self._seen_from.setdefault(name, time.monotonic() + LAG)

    def read(self, name: str) -> int | None:
        with self._lock:
            return 1 if time.monotonic() >= self._seen_from.get(name, float("inf")) else 0


class Hand(ToyAws):
    """One worker's way to the sky. A dead worker's hand reaches nothing."""

    def __init__(self, sky: Sky, alive: Callable[[], None], worker: str) -> None:
        super().__init__(self)  # type: ignore[arg-type]  # it reads and writes as a toy cloud does
        self._sky, self._alive, self._worker = sky, alive, worker

    def write(self, name: str, value: int, token: str) -> None:
        self._alive()
        self._sky.write(name, token, self._worker)

    def read(self, name: str) -> int | None:
        self._alive()
        return self._sky.read(name)
