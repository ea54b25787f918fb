"""Every Redis key in one place. One hash tag per run, so each script stays in one cluster slot."""

from __future__ import annotations

from itertools import count

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

ACTIVE = "dr:active"
"""zset, run → creation time: open runs. A hint for listings and the sweeper, rebuilt from journals."""
RECENT = "dr:recent"
"""zset, run → creation time: every run. A hint; the newest 1,000 are kept."""
INCARNATION = "dr:incarnation"
"""string, written at install and never expired: without it an empty Redis was wiped, not new."""
DOCKET = "dr-runs"
"""What stands before docket's own keys; in a cluster in braces, `{dr-runs}`."""
CANCELLED = f"{DOCKET}:cancel:*"
"""What docket listens to."""
CHANGES = "dr:changes"
"""pub/sub channel: lines of `<run>:<seq>`, what was appended. A hint, never truth."""

CASES_OPEN = "dr:cases:open"
"""hash, service → its open case. One entry per service; deleted with the answer. A hint, rebuilt from journals."""
CASES = "dr:cases"
"""zset, case → opening time. A hint for listings, rebuilt from journals; the newest 200 are kept."""
DOORS = "dr:doors"
"""hash, door:process → how it is. A hint for those who come in by another door; swept by its writers."""


def _spread(number: int) -> list[str]:
    """Tags whose slots lie evenly over a cluster, so that each of up to `number` even shards has one of them."""
    found: dict[int, str] = {}
    for name in map(str, count()):
        found.setdefault(key_slot(name.encode()) * number // REDIS_CLUSTER_HASH_SLOTS, name)
        if len(found) == number:
            return list(found.values())
    raise AssertionError("counting does not end")


TAGS = tuple(_spread(64))
"""For what every shard of a cluster is asked. They move with their slots when a cluster is cut anew."""


def incarnation(tag: str) -> str:
    """string: the birth mark again, once for each tag, since a cluster can lose one shard of several."""
    return f"dr:incarnation:{{{tag}}}" if tag else INCARNATION


def log(run: str) -> str:
    """stream: the journal. Never trimmed or expired; closing a run ends its growth."""
    return f"dr:{{{run}}}:log"


def head(run: str) -> str:
    """hash: seq, hash, epoch, owner, beat, service. Lives as long as the log."""
    return f"dr:{{{run}}}:head"


def ids(run: str) -> str:
    """hash, event id → seq: what has been appended, so that a repeat is answered, not repeated. Lives as the log."""
    return f"dr:{{{run}}}:ids"


def sent(run: str) -> str:
    """hash, message key → what stands in Slack. Lives as the log."""
    return f"dr:{{{run}}}:slack"


def plan(run: str) -> str:
    """string with TTL: a plan that somebody looks at; gone when it expires."""
    return f"dr:{{{run}}}:plan"


def runbook(digest: str) -> str:
    """string: the pinned text, immutable. No TTL: a journal refers to it."""
    return f"dr:runbook:{digest}"


def version(name: str, version: str) -> str:
    """string: the digest that (name, version) was registered with, for good."""
    return f"dr:version:{name}:{version}"


def service(name: str) -> str:
    """string: the service's one active run. With a TTL until that run has a journal; deleted when it is over."""
    return f"dr:service:{name}"


def lease(name: str) -> str:
    """string with TTL: who holds an exclusive role."""
    return f"dr:lease:{name}"


def pulse(owner: str, tag: str = "") -> str:
    """string with TTL: a process's last small write, which shows that Redis takes writes; one in each shard."""
    return f"dr:pulse:{{{tag}}}:{owner}" if tag else f"dr:pulse:{owner}"


def lock(resource: str) -> str:
    """string, `run:epoch`: who may change the resource. No TTL: it ends with its step or run, or is displaced.

    All in one slot, so that a step takes everything it needs at once.
    """
    return f"dr:{{lock}}:{resource}"


def usergroup(id_: str) -> str:
    """string with TTL: who Slack last said is in a user group. A hint."""
    return f"dr:slack:group:{id_}"


def account(id_: str) -> str:
    """string with TTL: whether Slack last said that an account is active. A hint."""
    return f"dr:slack:account:{id_}"
