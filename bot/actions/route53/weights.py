"""Which record sets would send users to one place: pure arithmetic over record sets as Route 53 returns them.

Refuses to know AWS. A record set is kept whole (alias, health check, TTL…), because an UPSERT replaces all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

RecordSet = dict[str, Any]
Kind = Literal["weighted", "failover", "other"]


def kind_of(sets: Sequence[RecordSet]) -> Kind:
    """How the sets of one name are told apart."""
    if sets and all("Weight" in each for each in sets):
        return "weighted"
    if sets and all("Failover" in each for each in sets):
        return "failover"
    return "other"


def label(each: RecordSet) -> str:
    """The set identifier."""
    return str(each.get("SetIdentifier", ""))


def shifted(sets: Sequence[RecordSet], to: str, percent: int) -> list[RecordSet]:
    """The sets with `to` at `percent`; applied to its own result it changes nothing.

    Weighted: the others share the rest as they do now, evenly when none of them has any. Failover: `to` becomes
    PRIMARY and the others SECONDARY.
    """
    if kind_of(sets) == "failover":
        return [{**each, "Failover": "PRIMARY" if label(each) == to else "SECONDARY"} for each in sets]
    others = [each for each in sets if label(each) != to]
    shares = dict(zip(map(label, others), _split(100 - percent, [each["Weight"] for each in others]), strict=True))
    return [{**each, "Weight": percent if label(each) == to else shares[label(each)]} for each in sets]


def changes(now: Sequence[RecordSet], wanted: Sequence[RecordSet]) -> list[dict[str, Any]]:
    """One change batch from `now` to `wanted`; empty when nothing differs.

    Two sets of a name must never both be PRIMARY, so a swap of roles deletes both and creates both; Route 53 applies
    a batch as a whole. Everything else is an UPSERT, which may be repeated.
    """
    have = {label(each): each for each in now}
    differing = [each for each in wanted if have.get(label(each)) != each]
    if any(_role(each) != _role(have.get(label(each), each)) for each in differing):
        gone = [have[label(each)] for each in differing if label(each) in have]
        return [*(_change("DELETE", each) for each in gone), *(_change("CREATE", each) for each in differing)]
    return [_change("UPSERT", each) for each in differing]


def described(sets: Sequence[RecordSet]) -> str:
    """`use1 100, usw2 0`, or `use1 PRIMARY, usw2 SECONDARY`."""
    return ", ".join(f"{label(each)} {each.get('Weight', each.get('Failover', ''))}" for each in sets)


def _role(each: RecordSet) -> str:
    return str(each.get("Failover", ""))


def _change(verb: str, each: RecordSet) -> dict[str, Any]:
    return {"Action": verb, "ResourceRecordSet": each}


def _split(total: int, weights: Sequence[int]) -> list[int]:
    """Whole parts of `total` in the proportion of `weights`, adding up exactly."""
    if not weights:
        return []
    parts = list(weights) if sum(weights) else [1] * len(weights)
    exact = [total * part / sum(parts) for part in parts]
    floor = [int(each) for each in exact]
    by_rest = sorted(range(len(parts)), key=lambda index: floor[index] - exact[index])
    for index in by_rest[: total - sum(floor)]:
        floor[index] += 1
    return floor
