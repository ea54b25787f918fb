"""The recovery-test checklist of the DR guide, answered for one service from what its runs showed.

Promises: pure; each answer names its evidence and its date, and, where it is not yes, the command that would make it
so. Nothing is taken on trust: what was never tried is UNTRIED, and a proof older than the service's `drill_every` is
STALE. Refuses to look at AWS; looking is what runs do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.language import _, again, later
from bot.model.runbook import LoadedRunbook
from bot.model.service import RunKind, Service
from bot.model.step_run import Phase
from bot.readiness.evidence import MOVE_USERS, REHEARSED, Evidence
from bot.readiness.history import History, Seen, Tried
from bot.timeline.terms import kind_words, listed, span_text

ItemName = Literal["backups", "integrity", "documented", "restore", "scenarios", "targets"]
State = Literal["proven", "rehearsed", "stale", "untried", "failed"]

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
_MUST: tuple[RunKind, ...] = ("failover", "failback")
"""A service that can go but not come back has half a procedure."""


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
        return self.next.endswith(REHEARSED) and self.name != "backups"


def checklist(known: Evidence) -> tuple[Item, ...]:
    """All six questions."""
    return (
        _backups(known),
        _integrity(known),
        _documented(known),
        _restore(known),
        _scenarios(known),
        _targets(known),
    )


def overall(items: Collection[Item]) -> State:
    """As ready as the weakest answer."""
    return min((item.state for item in items), key=WORST_FIRST.index, default="untried")


def next_move(items: Collection[Item]) -> str:
    """What to type first: what mends the weakest answer, in the order of the guide; empty where no command does."""
    lacking = [item for item in items if item.state != "proven"]
    return min(lacking, key=lambda item: WORST_FIRST.index(item.state)).next if lacking else ""


def _backups(known: Evidence) -> Item:
    found = _weakest_copy(known)
    rehearse = known.rehearsal(known.first("failover"))
    if found is None:
        return Item("backups", "untried", _("No run has looked at a backup or a copy yet."), next=rehearse)
    what = _("{action} on {day}: {seen}", action=found.step.action, day=day(found.at),
             seen=again(found.state.seen or found.state.why) or _("nothing seen"))  # fmt: skip
    if found.state.phase is not Phase.SETTLED:
        return _of(found, "backups", "failed", what, rehearse)
    return _aged(_of(found, "backups", "proven", what, rehearse), known)


def _weakest_copy(known: Evidence) -> Seen | None:
    """Of the newest run that looked at copies, rehearsals too: the look that failed, else one that told an age."""
    newest = known.step(lambda seen: seen.step.action in BACKUPS)
    if newest is None:
        return None
    same = replace(known, history=History(known.service.name, (newest.tried,)))
    failed = same.step(lambda seen: seen.step.action in BACKUPS and seen.state.phase is not Phase.SETTLED)
    aged = same.step(lambda seen: seen.step.action in BACKUPS and "lag_seconds" in seen.state.results)
    return failed or aged or newest


def _integrity(known: Evidence) -> Item:
    able = known.with_a_step(lambda step: step.uses in INTEGRITY or INTEGRITY_MARK in step.marks)
    command = known.way_to_proof(known.first("drill", "restore", *MOVE_USERS, among=able)) if able else ""
    found = known.step(
        lambda seen: seen.tried.is_live and (seen.step.action in INTEGRITY or INTEGRITY_MARK in seen.step.marks)
    )
    if found is None:
        says = _("No step has compared the data after a recovery; mark the one that does with {mark}.",
                 mark=INTEGRITY_MARK)  # fmt: skip
        return Item("integrity", "untried", says, next=command)
    seen = found.state.answer or again(found.state.seen or found.state.why) or _("nothing seen")
    what = _("“{step}” on {day}: {seen}", step=found.title, day=day(found.at), seen=seen)
    state: State = "proven" if found.state.phase is Phase.SETTLED else "failed"
    return _aged(_of(found, "integrity", state, what, command), known)


def _documented(known: Evidence) -> Item:
    """Written is not proven: both ways count from the first run that went through by the text as it stands."""
    books = known.books
    missing = [kind for kind in _MUST if kind not in books]
    if missing:
        kinds = listed([kind_words(kind) for kind in missing])
        says = _("There is no healthy runbook for {kinds}; `dr lint` says what is wrong with one that is written.",
                 kinds=kinds)  # fmt: skip
        return Item("documented", "failed", says)
    proven = {kind: proof for kind in books if (proof := known.proof(kind))}
    edited = {kind: texts for kind, proof in proven.items() if (texts := known.edited_since(proof, kind))}
    if edited:
        names = listed([*dict.fromkeys(text for texts in edited.values() for text in texts)])
        says = _("{names} changed since it was last proven.", names=names)
        kind = next(iter(edited))
        proof = proven[kind]
        return Item("documented", "stale", says, proof.at, proof.run.id, known.way_to_proof(kind))
    names = listed([f"{book.ref.name} {book.ref.version}" for book in books.values()])
    proofs = {kind: proven[kind] for kind in _MUST if kind in proven}
    if unproven := [kind for kind in _MUST if kind not in proofs]:
        says = _("Written: {names}. Not proven yet: {kinds}.", names=names,
                 kinds=listed([kind_words(kind) for kind in unproven]))  # fmt: skip
        return Item("documented", "untried", says, next=known.way_to_proof(unproven[0]))
    kind, oldest = min(proofs.items(), key=lambda each: each[1].at)
    says = _("Written, and unchanged since it was proven on {day}: {names}.", day=day(oldest.at), names=names)
    command = known.way_to_proof(kind)
    return _aged(Item("documented", "proven", says, oldest.at, oldest.run.id, command), known)


def _restore(known: Evidence) -> Item:
    found = known.step(  # one that found its work done by somebody else has restored nothing
        lambda seen: seen.tried.is_live and seen.step.action in RESTORES and seen.state.how != "already"
    )
    able = known.with_a_step(lambda step: step.uses in RESTORES)
    command = known.way_to_proof(known.first("restore", "drill", *MOVE_USERS, among=able)) if able else ""
    if found is None and not able:
        says = _("No runbook of {service} restores anything from a backup. Write one: dr new {service} restore",
                 service=known.service.name)  # fmt: skip
        return Item("restore", "untried", says)
    if found is None:
        return Item("restore", "untried", _("No run has restored anything from a backup yet."), next=command)
    what = _("“{step}” on {day}: {seen}", step=found.title, day=day(found.at),
             seen=again(found.state.seen or found.state.why) or _("nothing seen"))  # fmt: skip
    state: State = "proven" if found.state.phase is Phase.SETTLED else "failed"
    return _aged(_of(found, "restore", state, what, command), known)


def _scenarios(known: Evidence) -> Item:
    """As good as the kind that was proven worst, and of two proven ones as old as the older."""
    if not known.books:
        return Item("scenarios", "untried", _("There is no runbook to try."))
    each = {kind: _scenario(known, kind) for kind in known.books}
    worst = min(each, key=lambda kind: (WORST_FIRST.index(each[kind].state), each[kind].at or known.now))
    says = "; ".join(each[kind].says for kind in each)
    return Item("scenarios", each[worst].state, says, each[worst].at, each[worst].run, each[worst].next)


def _scenario(known: Evidence, kind: RunKind) -> Item:
    name, command = kind_words(kind), known.way_to_proof(kind)
    newest, proof = known.last_word(kind), known.proof(kind)
    if newest is not None and newest is not proof:
        says = _("{kind}: ended otherwise on {day}", kind=name, day=day(newest.at))
        return Item("scenarios", "failed", says, newest.at, newest.run.id, command)
    if proof is not None:
        says = _("{kind}: proven on {day}", kind=name, day=day(proof.at))
        return _aged(Item("scenarios", "proven", says, proof.at, proof.run.id, command), known)
    rehearsed = known.history.newest(live=False, completed=True, kinds=(kind,))
    if rehearsed is not None and not known.is_stale(rehearsed.at):
        says = _("{kind}: rehearsed on {day}, never real", kind=name, day=day(rehearsed.at))
        return Item("scenarios", "rehearsed", says, rehearsed.at, rehearsed.run.id, command)
    return Item("scenarios", "untried", _("{kind}: never tried", kind=name), next=command)


def _targets(known: Evidence) -> Item:
    """Each figure by the newest run that measured it: a drill of the tasks alone tells an RTO and no RPO."""
    service, (fast, whole) = known.service, known.history.measured()
    is_unfenced = whole is not None and whole.is_unfenced
    lacks_loss_only = fast is not None and (whole is None or is_unfenced)
    telling = [kind for kind, book in known.books.items() if _tells_loss(book) or not lacks_loss_only]
    command = known.way_to_proof(known.first("drill", "failover", among=telling))
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
    return _aged(Item("targets", state, says, oldest.at, oldest.run.id, command), known)


def _tells_loss(book: LoadedRunbook) -> bool:
    """Whether its runs measure an RPO: where only that is lacking, no other is worth running again."""
    return book.runbook.clock is not None and book.runbook.clock.recovery_point is not None


def _day_of(tried: Tried | None) -> str:
    return _("never measured") if tried is None else day(tried.at)


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


def _of(seen: Seen, name: ItemName, state: State, says: str, command: str) -> Item:
    return Item(name, state, says, seen.at, seen.tried.run.id, command)


def _aged(item: Item, known: Evidence) -> Item:
    """A good answer needs no command; one that is too old is no good answer any more."""
    if item.state != "proven":
        return item
    if item.at is None or not known.is_stale(item.at):
        return Item(item.name, "proven", item.says, item.at, item.run)
    if known.lies_ahead(item.at):
        says = _("{what} That lies in the future: a clock was wrong, so it proves nothing.", what=item.says)
        return Item(item.name, "untried", says, item.at, item.run, item.next)
    ago = span_text(timedelta(days=(known.now - item.at).days))
    says = _("{what} That is {ago} ago; a proof counts for {every}.", what=item.says, ago=ago,
             every=span_text(known.service.drill_every))  # fmt: skip
    return Item(item.name, "stale", says, item.at, item.run, item.next)
