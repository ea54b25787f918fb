"""The recovery-test checklist of the DR guide, answered for one service from what its runs showed.

Promises: pure; each answer names its evidence and its date, and, where it is not yes, the command that would make it
so. Nothing is taken on trust: what was never tried is UNTRIED, and a proof older than the service's `drill_every` is
STALE. Refuses to look at AWS; looking is what runs do.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.language import _, again, later
from bot.model.runbook import LoadedRunbook
from bot.model.service import RunKind, Service
from bot.model.step_run import Phase
from bot.readiness.history import History, Seen, Tried
from bot.timeline.terms import kind_words, listed, span_text

ItemName = Literal["backups", "integrity", "documented", "restore", "scenarios", "targets"]
State = Literal["proven", "rehearsed", "stale", "untried", "failed"]

Books = Mapping[RunKind, LoadedRunbook]
"""The healthy runbooks that serve a service."""

QUESTIONS: Mapping[ItemName, str] = {
    "backups": later("Are the backups and copies good?"),
    "integrity": later("Is the data whole after a recovery?"),
    "documented": later("Is the procedure written down, and as it was when it was proven?"),
    "restore": later("Was a real restore tried?"),
    "scenarios": later("Was every kind of recovery tried?"),
    "targets": later("Are the targets met?"),
}
"""In the order of the guide (G14); said with `_`."""
WORST_FIRST: tuple[State, ...] = ("failed", "untried", "stale", "rehearsed", "proven")

BACKUPS = frozenset(
    {
        "aurora.measure_global_lag", "backup.recovery_points", "drs.replication_lag",
        "dynamodb.latest_restorable_time", "dynamodb.replica_status", "dynamodb.replication_lag", "ec2.snapshots",
        "efs.replication_lag", "rds.latest_restorable_time", "rds.replica_lag",
        "s3.object_present", "s3.replication_status",
    }
)  # fmt: skip
"""Checks that look at a copy of the data and say how old it is, or that it is there."""
RESTORES = frozenset(
    {
        "aurora.restore_from_snapshot", "aurora.restore_to_point_in_time", "backup.start_restore",
        "docdb.restore_to_point_in_time", "dynamodb.restore_from_backup", "dynamodb.restore_to_point_in_time",
        "elasticache.restore_from_snapshot", "fsx.create_from_backup", "neptune.restore_from_snapshot",
        "rds.restore_from_snapshot", "rds.restore_to_point_in_time", "redshift.restore_from_snapshot",
        "s3.batch_restore", "s3.restore_objects",
    }
)  # fmt: skip
"""Steps that make data again from a backup."""
INTEGRITY = frozenset({"rdsdata.marker", "synthetics.canary"})
INTEGRITY_MARK = "data-verified"
"""What a runbook marks a step with in which somebody, or something, compares the data."""
CLOCKS_DIFFER = timedelta(hours=1)
"""How far the clock of the host that made a proof may have been ahead."""
_MUST: tuple[RunKind, ...] = ("failover", "failback")
"""A service that can go but not come back has half a procedure."""
_MOVE_USERS: tuple[RunKind, ...] = ("failover", "failback")
_REHEARSED = " dry-run"


@dataclass(frozen=True)
class Item:
    """One question of the checklist, answered."""

    name: ItemName
    state: State
    says: str
    """The answer in a sentence, in the language spoken here."""
    at: datetime | None = None
    """When the evidence was made."""
    run: str = ""
    """The run that made it."""
    next: str = ""
    """What to type next, as the grammar reads it; empty where no command helps."""

    @property
    def is_rehearsed_next(self) -> bool:
        """Whether `next` only clears the way for the proof; a look at a backup is real in a rehearsal, too."""
        return self.next.endswith(_REHEARSED) and self.name != "backups"


def checklist(service: Service, history: History, books: Books, now: datetime) -> tuple[Item, ...]:
    """All six questions. `books` are the healthy runbooks that serve the service now."""
    return (
        _backups(service, history, books, now),
        _integrity(service, history, books, now),
        _documented(service, history, books, now),
        _restore(service, history, books, now),
        _scenarios(service, history, books, now),
        _targets(service, history, books, now),
    )


def overall(items: Collection[Item]) -> State:
    """As ready as the weakest answer."""
    return min((item.state for item in items), key=WORST_FIRST.index, default="untried")


def next_move(items: Collection[Item]) -> str:
    """What to type first: what mends the weakest answer, in the order of the guide; empty where no command does."""
    lacking = [item for item in items if item.state != "proven"]
    return min(lacking, key=lambda item: WORST_FIRST.index(item.state)).next if lacking else ""


def _backups(service: Service, history: History, books: Books, now: datetime) -> Item:
    found = _weakest_copy(history)
    rehearse = _rehearse(service, _first(books, "failover"))
    if found is None:
        return Item("backups", "untried", _("No run has looked at a backup or a copy yet."), next=rehearse)
    what = _("{action} on {day}: {seen}", action=found.step.action, day=day(found.at),
             seen=again(found.state.seen or found.state.why) or _("nothing seen"))  # fmt: skip
    if found.state.phase is not Phase.SETTLED:
        return _of(found, "backups", "failed", what, rehearse)
    return _aged(_of(found, "backups", "proven", what, rehearse), service, now)


def _weakest_copy(history: History) -> Seen | None:
    """Of the newest run that looked at copies, rehearsals too: the look that failed, else one that told an age."""
    newest = _newest(history, lambda seen: seen.step.action in BACKUPS)
    if newest is None:
        return None
    same = History(history.service, (newest.tried,))
    failed = _newest(same, lambda seen: seen.step.action in BACKUPS and seen.state.phase is not Phase.SETTLED)
    aged = _newest(same, lambda seen: seen.step.action in BACKUPS and "lag_seconds" in seen.state.results)
    return failed or aged or newest


def _integrity(service: Service, history: History, books: Books, now: datetime) -> Item:
    command = _proof_of(service, history, books, _first(books, "drill", "restore", "failover"), now)
    found = _newest(
        history,
        lambda seen: seen.tried.is_live and (seen.step.action in INTEGRITY or INTEGRITY_MARK in seen.step.marks),
    )
    if found is None:
        says = _("No step has compared the data after a recovery; mark the one that does with {mark}.",
                 mark=INTEGRITY_MARK)  # fmt: skip
        return Item("integrity", "untried", says, next=command)
    seen = found.state.answer or again(found.state.seen or found.state.why) or _("nothing seen")
    what = _("“{step}” on {day}: {seen}", step=found.title, day=day(found.at), seen=seen)
    state: State = "proven" if found.state.phase is Phase.SETTLED else "failed"
    return _aged(_of(found, "integrity", state, what, command), service, now)


def _documented(service: Service, history: History, books: Books, now: datetime) -> Item:
    """Written is not proven: both ways count from the first run that went through by the text as it stands."""
    missing = [kind for kind in _MUST if kind not in books]
    if missing:
        kinds = listed([kind_words(kind) for kind in missing])
        says = _("There is no healthy runbook for {kinds}; `dr lint` says what is wrong with one that is written.",
                 kinds=kinds)  # fmt: skip
        return Item("documented", "failed", says)
    changed = [(kind, proof) for kind in books if (proof := _proof(history, kind)) and _is_edited(proof, books[kind])]
    if changed:
        names = listed([f"{books[kind].ref.name} {books[kind].ref.version}" for kind, _proof_ in changed])
        says = _("{names} changed since it was last proven.", names=names)
        kind, proof = changed[0]
        return Item("documented", "stale", says, proof.at, proof.run.id, _proof_of(service, history, books, kind, now))
    names = listed([f"{book.ref.name} {book.ref.version}" for book in books.values()])
    proofs = {kind: proof for kind in _MUST if (proof := _proof(history, kind))}
    if unproven := [kind for kind in _MUST if kind not in proofs]:
        says = _("Written: {names}. Not proven yet: {kinds}.", names=names,
                 kinds=listed([kind_words(kind) for kind in unproven]))  # fmt: skip
        return Item("documented", "untried", says, next=_proof_of(service, history, books, unproven[0], now))
    kind, oldest = min(proofs.items(), key=lambda each: each[1].at)
    says = _("Written, and unchanged since it was proven on {day}: {names}.", day=day(oldest.at), names=names)
    command = _proof_of(service, history, books, kind, now)
    return _aged(Item("documented", "proven", says, oldest.at, oldest.run.id, command), service, now)


def _restore(service: Service, history: History, books: Books, now: datetime) -> Item:
    found = _newest(  # one that found its work done by somebody else has restored nothing
        history, lambda seen: seen.tried.is_live and seen.step.action in RESTORES and seen.state.how != "already"
    )
    command = _proof_of(service, history, books, _first(books, "restore", "drill", "failover"), now)
    if found is None:
        return Item("restore", "untried", _("No run has restored anything from a backup yet."), next=command)
    what = _("“{step}” on {day}: {seen}", step=found.title, day=day(found.at),
             seen=again(found.state.seen or found.state.why) or _("nothing seen"))  # fmt: skip
    state: State = "proven" if found.state.phase is Phase.SETTLED else "failed"
    return _aged(_of(found, "restore", state, what, command), service, now)


def _scenarios(service: Service, history: History, books: Books, now: datetime) -> Item:
    """As good as the kind that was proven worst, and of two proven ones as old as the older."""
    if not books:
        return Item("scenarios", "untried", _("There is no runbook to try."))
    each = {kind: _scenario(service, history, books, kind, now) for kind in books}
    worst = min(each, key=lambda kind: (WORST_FIRST.index(each[kind].state), each[kind].at or now))
    says = "; ".join(each[kind].says for kind in each)
    return Item("scenarios", each[worst].state, says, each[worst].at, each[worst].run, each[worst].next)


def _scenario(service: Service, history: History, books: Books, kind: RunKind, now: datetime) -> Item:
    name, command = kind_words(kind), _proof_of(service, history, books, kind, now)
    newest = next((each for each in history.tries if _tells(each, kind)), None)
    proof = _proof(history, kind)
    if newest is not None and newest is not proof:
        says = _("{kind}: ended otherwise on {day}", kind=name, day=day(newest.at))
        return Item("scenarios", "failed", says, newest.at, newest.run.id, command)
    if proof is not None:
        says = _("{kind}: proven on {day}", kind=name, day=day(proof.at))
        return _aged(Item("scenarios", "proven", says, proof.at, proof.run.id, command), service, now)
    rehearsed = history.newest(live=False, completed=True, kinds=(kind,))
    if rehearsed is not None and not is_stale(service, rehearsed.at, now):
        says = _("{kind}: rehearsed on {day}, never real", kind=name, day=day(rehearsed.at))
        return Item("scenarios", "rehearsed", says, rehearsed.at, rehearsed.run.id, command)
    return Item("scenarios", "untried", _("{kind}: never tried", kind=name), next=command)


def _targets(service: Service, history: History, books: Books, now: datetime) -> Item:
    """Each figure by the newest run that measured it: a drill of the tasks alone tells an RTO and no RPO."""
    fast, whole = history.measured()
    is_unfenced = whole is not None and whole.is_unfenced
    lacks_loss_only = fast is not None and (whole is None or is_unfenced)
    telling = {kind: book for kind, book in books.items() if _tells_loss(book)} if lacks_loss_only else books
    command = _proof_of(service, history, books, _first(telling, "drill", "failover"), now)
    if fast is None and whole is None:
        says = _("No failover or drill has measured RTO and RPO yet.")
        return Item("targets", "untried", says, next=command)
    took, lost = fast.rto.achieved if fast else None, whole.rpo.achieved if whole else None
    says = " ".join([
        _("RTO {rto} of {target}, {day}.", rto=span_text(took), target=span_text(service.rto), day=_day_of(fast)),
        _("RPO {rpo} of {target}, {day}.", rpo=span_text(lost), target=span_text(service.rpo), day=_day_of(whole)),
    ])  # fmt: skip
    if is_unfenced:
        says = f"{says} {_('The old side was UNFENCED, so nothing proves that RPO.')}"
    missed = (took is not None and took > service.rto) or (lost is not None and lost > service.rpo)
    is_open = took is None or lost is None or is_unfenced
    state: State = "failed" if missed else "untried" if is_open else "proven"
    oldest = min((each for each in (fast, whole) if each is not None), key=lambda each: each.at)
    return _aged(Item("targets", state, says, oldest.at, oldest.run.id, command), service, now)


def _tells_loss(book: LoadedRunbook) -> bool:
    """Whether its runs measure an RPO: where only that is lacking, no other is worth running again."""
    return book.runbook.clock is not None and book.runbook.clock.recovery_point is not None


def _day_of(tried: Tried | None) -> str:
    return _("never measured") if tried is None else day(tried.at)


def is_stale(service: Service, at: datetime, now: datetime) -> bool:
    """Whether a proof of that moment says little about the service of today; one from the future says nothing."""
    return now - at > service.drill_every or _lies_ahead(at, now)


def _lies_ahead(at: datetime, now: datetime) -> bool:
    """Dated by a clock that was wrong: it would stay the newest proof for as long as that clock was ahead."""
    return at - now > CLOCKS_DIFFER


def due(service: Service, items: Collection[Item]) -> datetime | None:
    """When the first proof goes stale; None while a recovery or a target is not proven."""
    proofs = _proofs(items)
    return min(at for at, _item in proofs) + service.drill_every if len(proofs) == 2 else None


def due_move(items: Collection[Item]) -> str:
    """What to type when `due` has come: what renews the oldest of those proofs; empty before that."""
    return next((item.next for _at, item in sorted(_proofs(items), key=lambda proof: proof[0])), "")


def _proofs(items: Collection[Item]) -> list[tuple[datetime, Item]]:
    """Of the recovery and of its targets, as far as they were proven once, with their dates."""
    asked = (item for item in items if item.name in ("scenarios", "targets") and item.state in ("proven", "stale"))
    return [(item.at, item) for item in asked if item.at is not None]


def day(moment: datetime) -> str:
    """`2026-11-22`, UTC as all times of a journal."""
    return f"{moment:%Y-%m-%d}"


def _newest(history: History, fits: Callable[[Seen], bool]) -> Seen | None:
    """The newest step that was carried out to some end and fits."""
    ended = (Phase.SETTLED, Phase.FAILED, Phase.UNDONE)
    return next((seen for seen in history.steps() if seen.state.phase in ended and fits(seen)), None)


def _proof(history: History, kind: RunKind) -> Tried | None:
    return history.newest(live=True, completed=True, kinds=(kind,))


def _tells(tried: Tried, kind: RunKind) -> bool:
    return tried.is_live and tried.run.plan.kind == kind and (tried.is_completed or tried.has_acted)


def _is_edited(proof: Tried, book: LoadedRunbook) -> bool:
    return proof.run.plan.runbook.digest != book.ref.digest


def _of(seen: Seen, name: ItemName, state: State, says: str, command: str) -> Item:
    return Item(name, state, says, seen.at, seen.tried.run.id, command)


def _aged(item: Item, service: Service, now: datetime) -> Item:
    """A good answer needs no command; one that is too old is no good answer any more."""
    if item.state != "proven":
        return item
    if item.at is None or not is_stale(service, item.at, now):
        return Item(item.name, "proven", item.says, item.at, item.run)
    if _lies_ahead(item.at, now):
        says = _("{what} That lies in the future: a clock was wrong, so it proves nothing.", what=item.says)
        return Item(item.name, "untried", says, item.at, item.run, item.next)
    ago = span_text(timedelta(days=(now - item.at).days))
    says = _("{what} That is {ago} ago; a proof counts for {every}.", what=item.says, ago=ago,
             every=span_text(service.drill_every))  # fmt: skip
    return Item(item.name, "stale", says, item.at, item.run, item.next)


def _first(books: Books, *kinds: RunKind) -> RunKind:
    """The first kind that the service has a runbook for; the last one, where it has none."""
    return next((kind for kind in kinds if kind in books), kinds[-1])


def _proof_of(service: Service, history: History, books: Books, kind: RunKind, now: datetime) -> str:
    """What to type next: what moves users is rehearsed first; a drill or a restore, which move nobody, are real."""
    if kind in _MOVE_USERS and not _is_clear(service, history, books, kind, now):
        return _rehearse(service, kind)
    return f"{kind} {service.name}"


def _is_clear(service: Service, history: History, books: Books, kind: RunKind, now: datetime) -> bool:
    """Whether the last that was tried of this kind is a rehearsal that went through, by the text as it stands."""
    last = history.newest(kinds=(kind,))
    if last is None or last.is_live or not last.is_completed or is_stale(service, last.at, now):
        return False
    return kind not in books or not _is_edited(last, books[kind])


def _rehearse(service: Service, kind: RunKind) -> str:
    return f"{kind} {service.name}{_REHEARSED if kind in _MOVE_USERS else ''}"
