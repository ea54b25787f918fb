"""Who is asked: approver sets, roles, groups, and what the prompt shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.language import told, told_n
from bot.model.runbook import groups_behind
from bot.runbook.nodes import Path
from bot.runbook.rules.book import Book, Found
from bot.runbook.sentences import nearest, with_hint


def gates_ask_somebody(book: Book) -> Iterator[Found]:
    for step_id, step in book.steps.items():
        if step.approve is None:
            continue
        path: Path = ("steps", step_id, "approve")
        yield from source_is_known(book, (*path, "from"), step.approve.from_)
        groups = asked_by(book, step.approve.from_)
        is_fed = book.catalog is not None and not book.catalog.groups.keys().isdisjoint(groups)
        members = len(book.catalog.members(groups)) if book.catalog and groups and not is_fed else 0
        if members and members < step.approve.count:
            text = told(
                "{count} people must agree and `{source}` has {members}. Ask for fewer.",
                count=step.approve.count,
                source=step.approve.from_,
                members=members,
            )
            yield Found((*path, "count"), text, "too-few-people")
        elif members and members == step.approve.count:
            text = told_n(
                "The {count} person of `{source}` must agree, and the requester may not.",
                "All {count} people of `{source}` must agree, and the requester may not.",
                members,
                source=step.approve.from_,
            )
            yield Found((*path, "count"), text, "too-few-people", "warning")


def confirmations_name_roles(book: Book) -> Iterator[Found]:
    for step_id, step in book.steps.items():
        for index, role in enumerate(step.confirm.by if step.confirm else ()):
            path: Path = ("steps", step_id, "confirm", "by", index)
            if role.startswith(("role.", "@")):
                yield Found(
                    path,
                    told("`by` names roles without a prefix: {names}.", names=role.removeprefix("role.").lstrip("@")),
                    "unknown-role",
                )
            elif book.catalog is not None and role not in book.catalog.roles:
                yield Found(path, _no_role(book, role), "unknown-role")


def manual_steps_have_somebody(book: Book) -> Iterator[Found]:
    for step_id, step in book.steps.items():
        if step.manual is None or book.catalog is None:
            continue
        who = step.manual.assignee
        known = {*book.catalog.roles, *book.catalog.people}
        path: Path = ("steps", step_id, "manual", "assignee")
        if who.startswith("@"):
            yield from _group(book, path, who)
        elif "${{" not in who and who.removeprefix("role.") not in known:
            yield Found(
                path,
                with_hint(told("`{who}` is no role, group or person in the catalogue.", who=who), nearest(who, known)),
                "unknown-role",
            )


def groups_are_known(book: Book) -> Iterator[Found]:
    for index, group in enumerate(book.runbook.owners):
        yield from _group(book, ("owners", index), group)
    for name, approvers in book.runbook.approvers.items():
        for index, group in enumerate(approvers.groups):
            yield from _group(book, ("approvers", name, "groups", index), group)


def prompts_show_what_exists(book: Book) -> Iterator[Found]:
    for step_id, step in book.steps.items():
        for index, shown in enumerate(step.approve.show if step.approve else ()):
            path: Path = ("steps", step_id, "approve", "show", index)
            name = shown.removeprefix("steps.")
            if shown == "plan":
                continue
            if not shown.startswith("steps."):
                yield Found(
                    path, told("`show` takes plan and steps.<id>, not {shown}.", shown=repr(shown)), "unknown-step"
                )
            elif name not in book.steps:
                yield Found(
                    path,
                    with_hint(told("There is no step `{step}`.", step=name), nearest(name, book.steps)),
                    "unknown-step",
                )
            elif name not in book.above[step_id] and not book.view(step_id).lenient:
                text = told(
                    "`{name}` is not above this step, so there is nothing to show. Add it to `needs`.", name=name
                )
                yield Found(path, text, "unknown-step")


def source_is_known(book: Book, path: Path, source: str) -> Iterator[Found]:
    if source.startswith("@"):
        yield from (replace(each, level="error") for each in _group(book, path, source))  # nobody could ever open it
    elif source.startswith("role."):
        role = source.removeprefix("role.")
        if book.catalog is not None and role not in book.catalog.roles:
            yield Found(path, _no_role(book, role), "unknown-role")
    elif source not in book.runbook.approvers:
        hint = nearest(source, book.runbook.approvers)
        if not hint and book.catalog is not None and source in book.catalog.roles:
            hint = told("Did you mean `role.{source}`?", source=source)
        text = with_hint(
            told("There is no approver set `{source}` under `approvers`.", source=source),
            hint or told("A role is written role.<name>."),
        )
        yield Found(path, text, "unknown-approvers")


def asked_by(book: Book, source: str) -> tuple[str, ...]:
    """None for a name that nobody has, which is told elsewhere."""
    return groups_behind(source, book.runbook, book.catalog) or ()


def _group(book: Book, path: Path, group: str) -> Iterator[Found]:
    if not group.startswith("@"):
        yield Found(path, told('A group begins with @: "@{group}".', group=group), "not-a-group")
    elif book.catalog is not None and group not in book.catalog.groups and not book.catalog.members((group,)):
        known = {each for person in book.catalog.people.values() for each in person.groups}
        yield Found(
            path,
            with_hint(told("Nobody in the catalogue is in {group}.", group=group), nearest(group, known)),
            "empty-group",
            "warning",
        )


def _no_role(book: Book, role: str) -> str:
    roles = book.catalog.roles if book.catalog else {}
    hint = nearest(role, roles) or told("There is: {options}.", options=", ".join(roles))
    return with_hint(told("There is no role `{role}` in the catalogue.", role=role), hint)
