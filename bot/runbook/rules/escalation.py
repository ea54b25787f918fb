"""Who is asked next when nobody decides in time: whether there is somebody, and whether their tier lets them decide."""

from __future__ import annotations

from collections.abc import Iterator

from bot.language import told
from bot.model.plan import GatePlan
from bot.model.runbook import Confirm, Gate, Step
from bot.model.service import Level
from bot.model.tiers import TIERS, Tier
from bot.runbook.nodes import Path
from bot.runbook.rules.book import Book, Found
from bot.runbook.rules.people import asked_by, source_is_known
from bot.runbook.sentences import nearest, with_hint


def escalations_ask_somebody(book: Book) -> Iterator[Found]:
    for path, gate, _step in _gates(book):
        if gate.escalate_to is not None and gate.on_expiry != "escalate":
            text = told("Nobody is asked next unless the gate escalates. Write `on_expiry: escalate`.")
            yield Found((*path, "escalate_to"), text, "out-of-place", key=True)
        for index, level in enumerate(gate.escalate_to or ()):
            here = (*path, "escalate_to", index)
            if level.ask is None and level.tell is None:
                text = told("Say who comes in: `ask: role.<name>`, or `tell: …` for who only hears of it.")
                yield Found(here, text, "missing-key")
            for key, source in (("ask", level.ask), ("tell", level.tell)):
                if source is not None:
                    yield from source_is_known(book, (*here, key), source)
            yield from _place(here, level, gate)


def escalations_lead_somewhere(book: Book) -> Iterator[Found]:
    """Without a level the same people are asked again and again, which `escalate` does not promise."""
    for path, gate, _step in _gates(book):
        if gate.on_expiry != "escalate" or book.catalog is None:
            continue
        known = set(_asked_first(book, gate))
        if gate.escalate_to is None:
            defaults = [book.catalog.escalation_of(each) for each in book.services] or [book.catalog.escalate_to]
            if not all(defaults):
                text = told(
                    "Nobody comes in when this expires; the same people are asked again. "
                    "Name who is next under `escalate_to`, here or in catalog.yaml."
                )
                yield Found((*path, "on_expiry"), text, "escalates-to-nobody", "warning")
        for index, level in enumerate(gate.escalate_to or ()):
            new = set(asked_by(book, level.ask)) if level.ask is not None else set()
            if new and new <= known and level.as_ is None and level.tell is None:
                text = told("`{source}` is asked already. Name somebody else.", source=level.ask)
                yield Found((*path, "escalate_to", index, "ask"), text, "escalates-to-nobody", "warning")
            known |= new


def escalations_keep_to_r3(book: Book) -> Iterator[Found]:
    """R3 takes the roster's word alone, and a place that only owners fill stays theirs."""
    for path, gate, step in _gates(book):
        spec = book.spec(step)
        if spec is None or max(TIERS[spec.risk].rank, step.tier.rank if step.tier else 0) < Tier.R3.rank:
            continue
        first = _as_planned(book, gate)
        for index, level in enumerate(gate.escalate_to or ()):
            groups = asked_by(book, level.ask) if level.ask is not None else ()
            here: Path = (*path, "escalate_to", index, "ask")
            yield from _off_the_roster(book, here, groups)
            for service in book.services:
                owned = first.is_for(service.owners, level.as_ or "")
                if owned and groups and not set(groups) <= set(service.owners):
                    text = told(
                        "Owners of {service} alone decide there, and R3 keeps it so: `{source}` is only told. "
                        "Write `tell`, or let others fill that place from the start.",
                        service=service.name, source=level.ask,
                    )  # fmt: skip
                    yield Found(here, text, "below-the-floor", "warning")
                    break


def _gates(book: Book) -> Iterator[tuple[Path, Gate | Confirm, Step]]:
    for step_id, step in book.steps.items():
        if step.approve is not None:
            yield ("steps", step_id, "approve"), step.approve, step
        if step.confirm is not None:
            yield ("steps", step_id, "confirm"), step.confirm, step


def _place(path: Path, level: Level, gate: Gate | Confirm) -> Iterator[Found]:
    """Every place of a `confirm` is a role's; those of an `approve` are anybody's."""
    if isinstance(gate, Gate):
        if level.as_ is not None:
            text = told("`as` is for the roles of a `confirm`; whoever is asked here fills any place. Remove it.")
            yield Found((*path, "as"), text, "out-of-place", key=True)
    elif level.ask is not None and level.as_ is None:
        text = told("Say which of the roles they may fill: `as: {role}`; or `tell` them.", role=gate.by[0])
        yield Found((*path, "ask"), text, "missing-key", key=True)
    elif level.as_ is not None and level.as_ not in gate.by:
        hint = nearest(level.as_, gate.by) or told("There is: {options}.", options=", ".join(gate.by))
        unknown = with_hint(told("`{role}` is no role of this `by`.", role=level.as_), hint)
        yield Found((*path, "as"), unknown, "unknown-role")


def _off_the_roster(book: Book, path: Path, groups: tuple[str, ...]) -> Iterator[Found]:
    for group in groups:
        if book.catalog is not None and group in book.catalog.groups and not book.catalog.members((group,)):
            text = told("R3 takes the roster's word alone, and nobody of it is in {group}.", group=group)
            yield Found(path, text, "empty-group", "warning")


def _asked_first(book: Book, gate: Gate | Confirm) -> tuple[str, ...]:
    return asked_by(book, gate.from_) if isinstance(gate, Gate) else ()


def _as_planned(book: Book, gate: Gate | Confirm) -> GatePlan:
    """Who fills which place before anybody comes in."""
    roles = tuple((role, asked_by(book, f"role.{role}")) for role in gate.by) if isinstance(gate, Confirm) else ()
    kind, count = ("confirm", len(roles)) if isinstance(gate, Confirm) else ("approve", gate.count)
    return GatePlan.model_validate(
        {"kind": kind, "groups": _asked_first(book, gate), "roles": roles, "count": count, "expires": gate.expires}
    )
