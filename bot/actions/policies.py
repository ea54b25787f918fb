"""IAM policies, derived from what actions declare: what may be done, where, and what may never be done.

Promises the grammar of IAM and its size limits, and that nothing which is allowed is also denied. Refuses to know
runbooks and sessions; what is needed is handed in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pydantic import JsonValue

from bot.actions.arns import EVERYTHING, Params, resources
from bot.actions.denials import NEVER, Denial
from bot.model.action import ActionSpec
from bot.model.errors import BrokenInvariant

MANAGED_LIMIT = 6144
"""Characters of one managed policy, white space not counted."""
SESSION_LIMIT = 2048
"""Characters of a session policy that AssumeRole takes."""
VERSION = "2012-10-17"

Statement = dict[str, JsonValue]
Document = dict[str, JsonValue]

_LOOKS = ("BatchGet", "Describe", "Get", "Head", "List", "Lookup", "Query", "Search", "Simulate", "Test")
_LISTED = {True: "LookSinceListsHaveNoResource", False: "ChangeWhatOnlyTheRunKnows"}


@dataclass(frozen=True)
class Need:
    """One permission and where it is needed."""

    permission: str
    resources: tuple[str, ...] = EVERYTHING

    @property
    def looks(self) -> bool:
        return self.permission.partition(":")[2].startswith(_LOOKS)


def needs_of(spec: ActionSpec, params: Params, *, region: str, account: str | None) -> tuple[Need, ...]:
    """What one step asks for. Parameters that are not known yet are left out of `params`, or still templates."""
    return tuple(
        Need(each, resources(each, params, region=region, account=account))
        for each in sorted({*spec.permissions, *spec.implied})
    )


def documents(needs: Iterable[Need], limit: int = MANAGED_LIMIT) -> list[Document]:
    """Policies that together allow the needs and deny what is never needed; several when one would be too long."""
    gathered = list(needs)
    denial: Statement = {"Sid": "NeverAllowed", "Effect": "Deny", "Action": list(denied(gathered)), "Resource": "*"}
    pages: list[list[Statement]] = [[]]
    for statement in [*_split(allowed(gathered), limit // 2), *_split([denial], limit // 2)]:
        if size(_document([*pages[-1], statement])) > limit:
            pages.append([])
        pages[-1].append(statement)
    return [_document(page) for page in pages]


def session_policy(needs: Iterable[Need]) -> str:
    """The inline policy of one step's session: these needs and nothing else; without any, nothing at all."""
    nothing: Statement = {"Sid": "NothingIsNeeded", "Effect": "Deny", "Action": ["*"], "Resource": "*"}
    return json.dumps(_document(allowed(needs) or [nothing]), separators=(",", ":"))


def allowed(needs: Iterable[Need]) -> list[Statement]:
    """Allow statements: one for each set of resources, looks apart from changes; the name tells why it is `*`."""
    where: dict[tuple[tuple[str, ...], bool], set[str]] = {}
    for permission, found in sorted(_merged(needs).items()):
        need = Need(permission, found)
        where.setdefault((found, need.looks), set()).add(permission)
    statements: list[Statement] = []
    for (found, looks), permissions in sorted(where.items(), key=lambda each: (each[0][0] != EVERYTHING, each[0])):
        names = sorted(permissions)
        sid = _LISTED[looks] if found == EVERYTHING else _sid(names, looks, {str(each["Sid"]) for each in statements})
        resource: JsonValue = "*" if found == EVERYTHING else list(found)
        statements.append(Statement({"Sid": sid, "Effect": "Allow", "Action": list(names), "Resource": resource}))
    return statements


def denied(needs: Iterable[Need]) -> tuple[str, ...]:
    """The deny list. Where an action needs a part of what a pattern covers, the pattern's finer parts are denied.

    Raises BrokenInvariant when a need is among what no policy may allow.
    """
    wanted = {need.permission for need in needs}
    return tuple(sorted({pattern for denial in NEVER for pattern in _patterns(denial, wanted)}))


def matches(pattern: str, permission: str) -> bool:
    """Whether IAM would apply `pattern` to `permission`; names are compared without regard to case."""
    return fnmatchcase(permission.lower(), pattern.lower())


def size(document: Document) -> int:
    """Characters as IAM counts them."""
    return len("".join(json.dumps(document, separators=(",", ":")).split()))


def trust_policy(principal: str, external_id: str | None) -> Document:
    """What a service's role must say so that the bot may take it, name the person, and tag run and step."""
    condition: dict[str, JsonValue] = {"Condition": {"StringEquals": {"sts:ExternalId": external_id}}}
    statement: Statement = {
        "Sid": "TheBotMayActForPeople",
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": ["sts:AssumeRole"],
    }
    named: Statement = {
        "Sid": "AndSayForWhomAndWhy",
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": ["sts:SetSourceIdentity", "sts:TagSession"],
    }
    return _document([statement | (condition if external_id else {}), named])


def _merged(needs: Iterable[Need]) -> dict[str, tuple[str, ...]]:
    """Each permission with all its resources; `*` anywhere makes the rest superfluous."""
    found: dict[str, set[str]] = {}
    for need in needs:
        found.setdefault(need.permission, set()).update(need.resources)
    return {name: EVERYTHING if "*" in where else tuple(sorted(where)) for name, where in found.items()}


def _patterns(denial: Denial, wanted: set[str]) -> Sequence[str]:
    hit = {each for each in wanted if matches(denial.pattern, each)}
    if not hit:
        return (denial.pattern,)
    if denial.always:
        raise BrokenInvariant(f"{', '.join(sorted(hit))} is never allowed: {denial.why}")
    return [part for part in denial.parts if not any(matches(part, each) for each in wanted)]


def _split(statements: Iterable[Statement], limit: int) -> Iterable[Statement]:
    """Statements no longer than `limit`, halved by their actions or resources until they fit."""
    for statement in statements:
        longest = max(("Action", "Resource"), key=lambda name: len(json.dumps(statement[name])))
        parts = statement[longest]
        if size(_document([statement])) <= limit or not isinstance(parts, list) or len(parts) < 2:
            yield statement
            continue
        half = len(parts) // 2
        halves = [{**statement, longest: some} for some in (parts[:half], parts[half:])]
        yield from _split([{**each, "Sid": f"{statement['Sid']}{n}"} for n, each in enumerate(halves, 1)], limit)


def _sid(names: Sequence[str], looks: bool, taken: set[str]) -> str:
    """`ChangeEcs`, `LookS3`, with a number when it is taken: IAM wants letters and digits, and each once."""
    service = "".join(part.capitalize() for part in names[0].partition(":")[0].split("-"))
    stem = f"{'Look' if looks else 'Change'}{service}"
    return next(sid for n in range(1, 1000) if (sid := stem if n == 1 else f"{stem}{n}") not in taken)


def _document(statements: Sequence[Statement]) -> Document:
    return {"Version": VERSION, "Statement": list(statements)}
