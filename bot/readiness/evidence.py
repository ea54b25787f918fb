"""What the checklist is answered from: a service, its runs that are over, and its runbooks as they stand now.

Promises: pure; a proof is the newest real run that went through, and says nothing of a text that was edited since, its
own or one that it calls. What to type next is always the shortest way to a proof.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.model.runbook import LoadedRunbook, Step
from bot.model.service import RunKind, Service
from bot.model.step_run import Phase
from bot.readiness.history import History, Seen, Tried

Books = Mapping[RunKind, LoadedRunbook]
"""The healthy runbooks that serve a service."""
CLOCKS_DIFFER = timedelta(hours=1)
"""How far the clock of the host that made a proof may have been ahead."""
MOVE_USERS: tuple[RunKind, ...] = ("failover", "failback")
REHEARSED = " dry-run"
_ENDED = (Phase.SETTLED, Phase.FAILED, Phase.UNDONE)


@dataclass(frozen=True)
class Evidence:
    """Everything that is known of one service."""

    service: Service
    history: History
    books: Books
    now: datetime
    digests: Mapping[str, str] = field(default_factory=dict)
    """Of every healthy runbook, by name: what the service's own ones call is among them."""

    def proof(self, kind: RunKind) -> Tried | None:
        """The newest real run of this kind that went through."""
        return self.history.newest(live=True, completed=True, kinds=(kind,))

    def last_word(self, kind: RunKind) -> Tried | None:
        """The newest real run of this kind that tells anything: one that was called off before it acted does not."""
        return next(
            (
                each
                for each in self.history.tries
                if each.is_live and each.run.plan.kind == kind and (each.is_completed or each.has_acted)
            ),
            None,
        )

    def step(self, fits: Callable[[Seen], bool]) -> Seen | None:
        """The newest step that was carried out to some end and fits."""
        return next((seen for seen in self.history.steps() if seen.state.phase in _ENDED and fits(seen)), None)

    def edited_since(self, tried: Tried, kind: RunKind) -> tuple[str, ...]:
        """The texts, with their versions as they stand, that are not what this run went by any more."""
        plan, book = tried.run.plan, self.books[kind]
        own = (f"{book.ref.name} {book.ref.version}",) if plan.runbook.digest != book.ref.digest else ()
        called = (ref.name for ref in plan.calls if self.digests.get(ref.name, ref.digest) != ref.digest)
        return own + tuple(called)

    def is_stale(self, at: datetime) -> bool:
        """Whether a proof of that moment says little about the service of today; one from the future says nothing."""
        return self.now - at > self.service.drill_every or self.lies_ahead(at)

    def lies_ahead(self, at: datetime) -> bool:
        """Dated by a clock that was wrong: it would stay the newest proof for as long as that clock was ahead."""
        return at - self.now > CLOCKS_DIFFER

    def first(self, *kinds: RunKind, among: Collection[RunKind] | None = None) -> RunKind:
        """The first kind that the service has a runbook for, or that is `among` those; else the last one."""
        return next((kind for kind in kinds if kind in (self.books if among is None else among)), kinds[-1])

    def with_a_step(self, fits: Callable[[Step], bool]) -> tuple[RunKind, ...]:
        """The kinds whose runbook has a step that fits, or calls another one, which may have it."""
        return tuple(
            kind
            for kind, book in self.books.items()
            if any(step.call is not None or fits(step) for step in book.runbook.steps.values())
        )

    def way_to_proof(self, kind: RunKind) -> str:
        """What to type next: what moves users is rehearsed first; a drill or a restore, which move nobody, are real."""
        if kind in MOVE_USERS and not self._is_clear(kind):
            return self.rehearsal(kind)
        return f"{kind} {self.service.name}"

    def rehearsal(self, kind: RunKind) -> str:
        """What to type to look without moving anybody."""
        return f"{kind} {self.service.name}{REHEARSED if kind in MOVE_USERS else ''}"

    def _is_clear(self, kind: RunKind) -> bool:
        """Whether the last that was tried of this kind is a rehearsal that went through, by the texts as they stand."""
        last = self.history.newest(kinds=(kind,))
        if last is None or last.is_live or not last.is_completed or self.is_stale(last.at):
            return False
        return kind not in self.books or not self.edited_since(last, kind)
