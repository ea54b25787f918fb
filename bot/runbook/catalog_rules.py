"""What form alone cannot tell about a catalogue: whether its parts agree with each other and with the folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from bot.language import told
from bot.model.problem import Problem
from bot.model.service import Catalog, Level
from bot.runbook import graph
from bot.runbook.lint import problem_at
from bot.runbook.nodes import Map, Path, data
from bot.runbook.public_keys import what_is_wrong
from bot.runbook.rules.book import Found
from bot.runbook.sentences import nearest, with_hint

_ID = re.compile(r"[A-Za-z_]\w*")
_CHANNEL = re.compile(r"#[^\s#]{1,80}|[CG][A-Z0-9]+")
_USERGROUP = re.compile(r"S[A-Z0-9]+")
_SLACK = re.compile(r"[UW][A-Z0-9]+")
_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/.+")


@dataclass(frozen=True)
class _Needs:
    needs: tuple[str, ...]


def lint_catalog(node: Map, path: str, catalog: Catalog, names: frozenset[str] | None = None) -> list[Problem]:
    """All mistakes in the references between a catalogue's parts, by line; `names` are the runbooks in the folder."""
    found = [problem_at(node, path, each) for rule in _RULES for each in rule(catalog, _content(node))]
    if names is not None:
        found.extend(problem_at(node, path, each) for each in _runbooks_exist(catalog, names))
    return sorted(set(found), key=lambda each: (each.line, each.column, each.text))


def _tiers_exist(catalog: Catalog, content: Mapping[str, JsonValue]) -> Iterator[Found]:
    tiers, services = content.get("tiers"), content.get("services")
    for name, service in services.items() if isinstance(services, dict) else ():
        tier = service.get("tier") if isinstance(service, dict) else None
        if isinstance(tier, str) and isinstance(tiers, dict) and tier not in tiers:
            hint = nearest(tier, tiers) or told("There is: {options}.", options=", ".join(tiers))
            yield Found(
                ("services", name, "tier"),
                with_hint(told("There is no tier `{tier}`.", tier=tier), hint),
                "unknown-tier",
            )


def _groups_have_people(catalog: Catalog, content: Mapping[str, JsonValue]) -> Iterator[Found]:
    known = {*catalog.groups, *(group for person in catalog.people.values() for group in person.groups)}
    places: list[tuple[Path, str]] = [
        (("roles", name, "groups", index), group)
        for name, rule in catalog.roles.items()
        for index, group in enumerate(rule.groups)
    ]
    places += [
        (("services", name, "owners", index), group)
        for name, service in catalog.services.items()
        for index, group in enumerate(service.owners)
    ]
    places += [(("break_glass", "groups", index), group) for index, group in enumerate(_glass_groups(catalog))]
    places += [(("auditors", index), group) for index, group in enumerate(catalog.auditors)]
    for path, group in places:
        if group.startswith("@") and group not in known:
            yield Found(
                path,
                with_hint(told("Nobody is in {group}.", group=group), nearest(group, known)),
                "empty-group",
                "warning",
            )


def _next_ones_exist(catalog: Catalog, content: Mapping[str, JsonValue]) -> Iterator[Found]:
    paths: list[tuple[Path, tuple[Level, ...]]] = [(("escalate_to",), catalog.escalate_to)]
    paths += [(("services", name, "escalate_to"), each.escalate_to or ()) for name, each in catalog.services.items()]
    for path, levels in paths:
        for index, level in enumerate(levels):
            if level.ask is None and level.tell is None:
                text = told("Say who comes in: `ask: role.<name>`, or `tell: …` for who only hears of it.")
                yield Found((*path, index), text, "missing-key")
            if level.as_ is not None and level.as_ not in catalog.roles:
                yield Found((*path, index, "as"), _no_role(catalog, level.as_), "unknown-role")
            for key, source in (("ask", level.ask), ("tell", level.tell)):
                if source is not None:
                    yield from _next_one(catalog, (*path, index, key), source)


def _next_one(catalog: Catalog, path: Path, source: str) -> Iterator[Found]:
    known = {*catalog.groups, *(group for person in catalog.people.values() for group in person.groups)}
    if source.startswith("@"):
        if source not in known:
            text = with_hint(told("Nobody is in {group}.", group=source), nearest(source, known))
            yield Found(path, text, "empty-group")
    elif not source.startswith("role."):
        text = told("`{source}` is no role and no group. Write role.<name>, or a group with its @.", source=source)
        yield Found(path, text, "unknown-approvers")
    elif source.removeprefix("role.") not in catalog.roles:
        yield Found(path, _no_role(catalog, source.removeprefix("role.")), "unknown-role")


def _no_role(catalog: Catalog, role: str) -> str:
    hint = nearest(role, catalog.roles) or told("There is: {options}.", options=", ".join(catalog.roles))
    return with_hint(told("There is no role `{role}` in the catalogue.", role=role), hint)


def _glass_groups(catalog: Catalog) -> tuple[str, ...]:
    return catalog.break_glass.groups if catalog.break_glass is not None else ()


def _groups_look_like_groups(catalog: Catalog, content: Mapping[str, JsonValue]) -> Iterator[Found]:
    for section, key in (("roles", "groups"), ("people", "groups"), ("services", "owners")):
        entries = content.get(section)
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            groups = entry.get(key) if isinstance(entry, dict) else None
            for index, group in enumerate(groups if isinstance(groups, list) else ()):
                yield from _a_group((section, name, key, index), group)
    glass, auditors = content.get("break_glass"), content.get("auditors")
    for path, groups in (
        (("break_glass", "groups"), glass.get("groups") if isinstance(glass, dict) else None),
        (("auditors",), auditors),
    ):
        for index, group in enumerate(groups if isinstance(groups, list) else ()):
            yield from _a_group((*path, index), group)
    for name in catalog.groups:
        yield from _a_group(("groups", name), name, key=True)


def _a_group(path: Path, group: JsonValue, *, key: bool = False) -> Iterator[Found]:
    if isinstance(group, str) and not group.startswith("@"):
        yield Found(path, told('A group begins with @: "@{group}".', group=group), "not-a-group", key=key)


def _usergroups_feed_one_group(catalog: Catalog, content: Mapping[str, JsonValue]) -> Iterator[Found]:
    first: dict[str, str] = {}
    for name, rule in catalog.groups.items():
        path: Path = ("groups", name, "slack_usergroup")
        if not _USERGROUP.fullmatch(rule.slack_usergroup):
            text = told("'{id}' is no id of a Slack user group; it looks like S0SREONCALL.", id=rule.slack_usergroup)
            yield Found(path, text, "bad-usergroup")
        elif rule.slack_usergroup in first:
            text = told(
                "{id} feeds {group} already. Use that group.",
                id=rule.slack_usergroup, group=first[rule.slack_usergroup],
            )  # fmt: skip
            yield Found(path, text, "usergroup-twice", "warning")
        first.setdefault(rule.slack_usergroup, name)


def _glass_can_be_broken(catalog: Catalog, content: Mapping[str, JsonValue]) -> Iterator[Found]:
    glass = catalog.break_glass
    if glass is not None and not _CHANNEL.fullmatch(glass.channel):
        text = told('{channel} is no channel; write "#status" or its id.', channel=repr(glass.channel))
        yield Found(("break_glass", "channel"), text, "bad-channel")
    for index, group in enumerate(_glass_groups(catalog)):
        if group in catalog.groups and not catalog.members((group,)):
            text = told("Only people of the roster may break the glass, and none of them is in {group}.", group=group)
            yield Found(("break_glass", "groups", index), text, "empty-group", "warning")


def _keys_can_sign(catalog: Catalog, content: Mapping[str, JsonValue]) -> Iterator[Found]:
    first: dict[str, str] = {}
    for name, person in catalog.people.items():
        for index, line in enumerate(person.keys):
            path: Path = ("people", name, "keys", index)
            why = what_is_wrong(line)
            if why:
                yield Found(path, why, "bad-key")
                continue
            key = line.split()[1]
            if first.get(key, name) != name:
                text = told("This key is {who}'s already. One key is one person.", who=first[key])
                yield Found(path, text, "key-twice")
            first.setdefault(key, name)
    if catalog.terminal_votes == "signed" and "terminal_votes" in content and not first:
        text = told("R3 approvals in a terminal must be signed, and nobody has `keys`, so nobody can give one there.")
        yield Found(("terminal_votes",), text, "nobody-signs", "warning")


def _channels_shared_are_channels(catalog: Catalog, content: Mapping[str, JsonValue]) -> Iterator[Found]:
    for index, channel in enumerate(catalog.shared_channels):
        if not _CHANNEL.fullmatch(channel):
            text = told('{channel} is no channel; write "#status" or its id.', channel=repr(channel))
            yield Found(("shared_channels", index), text, "bad-channel")


def _accounts_are_one_persons(catalog: Catalog, content: Mapping[str, JsonValue]) -> Iterator[Found]:
    for account in ("slack", "cli"):
        first: dict[str, str] = {}
        for name, person in catalog.people.items():
            value = getattr(person, account)
            if value is None:
                continue
            path: Path = ("people", name, account)
            if value in first:
                text = told("{value} is {first}'s already. One account is one person.", value=value, first=first[value])
                yield Found(path, text, "account-twice")
            first.setdefault(value, name)
            if account == "slack" and not _SLACK.fullmatch(value):
                yield Found(
                    path,
                    told("{value} is no Slack user id; it looks like U01ALICE00.", value=repr(value)),
                    "bad-slack-id",
                )


def _regions_differ(catalog: Catalog, content: Mapping[str, JsonValue]) -> Iterator[Found]:
    for name, service in catalog.services.items():
        if service.primary_region == service.recovery_region:
            text = told(
                "The recovery region is the primary region, {region}. Name another.", region=service.primary_region
            )
            yield Found(("services", name, "recovery_region"), text, "same-region")
        for index, alarm in enumerate(service.alarms):
            if alarm.region not in (service.primary_region, service.recovery_region):
                text = told(
                    "{region} is neither the primary nor the recovery region of {name}.", region=alarm.region, name=name
                )
                yield Found(("services", name, "alarms", index, "region"), text, "other-region", "warning")


def _dependencies_exist(catalog: Catalog, content: Mapping[str, JsonValue]) -> Iterator[Found]:
    services = content.get("services")
    known = services if isinstance(services, dict) else {}
    for name, service in catalog.services.items():
        for index, other in enumerate(service.depends_on):
            if other not in known:
                text = with_hint(told("There is no service `{name}`.", name=other), nearest(other, known))
                yield Found(("services", name, "depends_on", index), text, "unknown-service")
    ring = graph.cycle({name: _Needs(service.depends_on) for name, service in catalog.services.items()})
    if ring:
        text = told("These services depend on each other: {ring}. Remove one dependency.", ring=" → ".join(ring))
        yield Found(("services", ring[0], "depends_on"), text, "cycle", key=True)


def _resources_can_be_read(catalog: Catalog, content: Mapping[str, JsonValue]) -> Iterator[Found]:
    for name, service in catalog.services.items():
        yield from _readable(("services", name, "resources"), service.resources)


def _readable(path: Path, value: JsonValue) -> Iterator[Found]:
    for key, below in value.items() if isinstance(value, dict) else ():
        if not _ID.fullmatch(key):
            text = told("`{key}` must be letters, digits and _: in an expression a dash is a minus.", key=key)
            yield Found((*path, key), text, "not-an-identifier", key=True)
        yield from _readable((*path, key), below)


def _addresses_look_right(catalog: Catalog, content: Mapping[str, JsonValue]) -> Iterator[Found]:
    for name, service in catalog.services.items():
        path: Path = ("services", name)
        if not _CHANNEL.fullmatch(service.channel):
            text = told('{channel} is no channel; write "#incidents" or its id.', channel=repr(service.channel))
            yield Found((*path, "channel"), text, "bad-channel")
        for index, channel in enumerate(service.notify.to if service.notify else ()):
            if not _CHANNEL.fullmatch(channel):
                text = told('{channel} is no channel; write "#status" or its id.', channel=repr(channel))
                yield Found((*path, "notify", "to", index), text, "bad-channel")
        if service.account is not None and not re.fullmatch(r"\d{12}", service.account):
            yield Found(
                (*path, "account"),
                told("{account} is no account id; it has 12 digits.", account=repr(service.account)),
                "bad-account",
            )
        if service.role is not None and not _ROLE.fullmatch(service.role):
            text = told("{role} is no role; write it like arn:aws:iam::111122223333:role/dr.", role=repr(service.role))
            yield Found((*path, "role"), text, "bad-role")
        for key in ("primary_url", "recovery_url"):
            url = getattr(service.health, key)
            if url is not None and not re.match(r"https?://[^/]+", url):
                yield Found(
                    (*path, "health", key),
                    told("{url} is no address; begin with http:// or https://.", url=repr(url)),
                    "bad-url",
                )


def _runbooks_exist(catalog: Catalog, names: frozenset[str]) -> Iterator[Found]:
    for name, service in catalog.services.items():
        for kind, runbook in service.runbooks.items():
            if runbook not in names:
                text = with_hint(
                    told("There is no runbook `{name}` in the folder.", name=runbook), nearest(runbook, names)
                )
                yield Found(("services", name, "runbooks", kind), text, "unknown-runbook")


def _content(node: Map) -> Mapping[str, JsonValue]:
    content = data(node)
    assert isinstance(content, dict)
    return content


_RULES: tuple[Callable[[Catalog, Mapping[str, JsonValue]], Iterator[Found]], ...] = (
    _tiers_exist,
    _groups_have_people,
    _groups_look_like_groups,
    _next_ones_exist,
    _accounts_are_one_persons,
    _usergroups_feed_one_group,
    _glass_can_be_broken,
    _keys_can_sign,
    _channels_shared_are_channels,
    _regions_differ,
    _dependencies_exist,
    _resources_can_be_read,
    _addresses_look_right,
)
