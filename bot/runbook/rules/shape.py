"""The graph and the kinds of its steps."""

from __future__ import annotations

from collections.abc import Iterator

from bot.language import told
from bot.model.action import HARMS, Risk
from bot.model.runbook import Step
from bot.runbook import graph
from bot.runbook.rules.book import Book, Found
from bot.runbook.sentences import nearest, with_hint

_SHOWN = 10
_ONLY_WITH_USES = ("with", "verify", "rollback", "retry", "confirm", "point_of_no_return")


def not_too_many_steps(book: Book) -> Iterator[Found]:
    if len(book.steps) > graph.MAX_STEPS:
        text = told(
            "The runbook has {count} steps; {most} fit. Split it, and join the parts with `call`.",
            count=len(book.steps),
            most=graph.MAX_STEPS,
        )
        yield Found(("steps",), text, "too-many-steps", key=True)


def needs_exist(book: Book) -> Iterator[Found]:
    for step_id, step in book.steps.items():
        for index, need in enumerate(step.needs):
            path = ("steps", step_id, "needs", index)
            if need == step_id:
                yield Found(path, told("`{step_id}` needs itself. Remove it.", step_id=step_id), "cycle")
            elif need not in book.steps:
                yield Found(
                    path,
                    with_hint(told("There is no step `{step}`.", step=need), nearest(need, book.steps)),
                    "unknown-step",
                )
            elif need in step.needs[:index]:
                yield Found(path, told("`{step}` is named twice. Keep one.", step=need), "needs-twice")


def no_cycles(book: Book) -> Iterator[Found]:
    ring = graph.cycle(book.steps)
    if len(ring) <= 2:
        return  # none, or a step that needs itself
    text = told("These steps wait for each other: {way}. Remove one `needs`.", way=_way(ring))
    yield Found(("steps", ring[0], "needs"), text, "cycle", key=True)


def every_step_can_begin(book: Book) -> Iterator[Found]:
    ring = graph.cycle(book.steps)
    order = set(graph.topological(book.steps))
    for step_id in book.steps:
        if step_id not in order and step_id not in ring:
            text = told(
                "`{step_id}` can never begin: a step above it waits for itself ({way}).",
                step_id=step_id,
                way=_way(ring),
            )
            yield Found(("steps", step_id), text, "unreachable", key=True)


def if_is_not_false(book: Book) -> Iterator[Found]:
    for step_id, step in book.steps.items():
        if step.if_ is not None and step.if_.replace(" ", "") in ("${{false}}", "${{!true}}"):
            yield Found(
                ("steps", step_id, "if"),
                told("`{step_id}` can never run: its `if` is false.", step_id=step_id),
                "unreachable",
            )


def one_kind_each(book: Book) -> Iterator[Found]:
    for step_id, step in book.whole_steps.items():
        kinds = [kind for kind in ("uses", "manual", "wait", "call") if getattr(step, kind) is not None]
        path = ("steps", step_id)
        if not kinds and step.approve is None:
            text = told("`{step_id}` does nothing. Give it one of: uses, manual, approve, wait, call.", step_id=step_id)
            yield Found(path, text, "no-kind", key=True)
        elif len(kinds) > 1:
            text = told(
                "`{step_id}` has {kinds}. A step has exactly one kind; make two steps.",
                step_id=step_id,
                kinds=" and ".join(kinds),
            )
            yield Found(path, text, "several-kinds", key=True)
        elif step.approve is not None and kinds not in ([], ["uses"]):
            text = told(
                "`approve` stands alone or guards `uses`, not `{kinds}`. Make it a step of its own, above.",
                kinds=kinds[0],
            )
            yield Found((*path, "approve"), text, "several-kinds", key=True)
        if step.approve is not None and step.confirm is not None:
            text = told("`approve` and `confirm` on one step ask twice. Keep `confirm`, and approve in a step above.")
            yield Found((*path, "confirm"), text, "two-gates", key=True)


def parts_belong_to_actions(book: Book) -> Iterator[Found]:
    for step_id, step in book.whole_steps.items():
        if step.uses is not None:
            continue
        for name in _ONLY_WITH_USES:
            if _has(step, name):
                text = told("`{name}` belongs to a step with `uses`. Remove it.", name=name)
                yield Found(("steps", step_id, name), text, "out-of-place", key=True)
        if step.region is not None:
            instead = told("Write it beside each `check`.") if step.wait is not None else told("Remove it.")
            text = told("`region` belongs to a step with `uses`. {instead}", instead=instead)
            yield Found(("steps", step_id, "region"), text, "out-of-place", key=True)


def verify_has_room(book: Book) -> Iterator[Found]:
    """`verify` runs as a step of its own, called `<id>_verified`."""
    for step_id, step in book.steps.items():
        if step.verify is not None and f"{step_id}_verified" in book.steps:
            text = told(
                "The verify of `{step_id}` goes by the name `{step_id}_verified`. Give this step another id.",
                step_id=step_id,
            )
            yield Found(("steps", f"{step_id}_verified"), text, "id-taken", key=True)


def no_return_is_guarded(book: Book) -> Iterator[Found]:
    for step_id, step in book.whole_steps.items():
        spec = book.spec(step)
        if not step.point_of_no_return or spec is None:
            continue
        path = ("steps", step_id, "point_of_no_return")
        if spec.risk is Risk.READ:
            yield Found(
                path, told("{name} only looks; there is no return to lose.", name=spec.name), "out-of-place", "warning"
            )
        elif step.confirm is None and step.approve is None:
            text = told("Nobody confirms this point of no return. Add `confirm:` or `approve:` to the step.")
            yield Found(path, text, "unconfirmed", "warning")


def writes_are_guarded(book: Book) -> Iterator[Found]:
    """The planner puts a gate before a disruptive write that none guards; better the author does."""
    for step_id, step in book.whole_steps.items():
        spec = book.spec(step)
        if spec is None or spec.risk.rank < Risk.DISRUPTIVE.rank:
            continue
        chain = [book.steps[each] for each in book.above[step_id]] + [step]
        if not any(each.approve or each.confirm for each in chain) and not book.damaged & book.above[step_id]:
            text = told(
                "Nobody is asked before {name} ({risk}). The bot will put a gate in front; better write one.",
                name=spec.name,
                risk=told(HARMS[spec.risk]),
            )
            yield Found(("steps", step_id, "uses"), text, "unguarded", "warning")


def undoable_or_not_retried(book: Book) -> Iterator[Found]:
    for step_id, step in book.whole_steps.items():
        spec = book.spec(step)
        if spec and spec.irreversible and spec.risk is Risk.DATA_LOSS and step.retry and step.retry.max_attempts > 1:
            text = told(
                "{name} cannot be undone; a person decides about a second attempt. Remove `retry`.", name=spec.name
            )
            yield Found(("steps", step_id, "retry"), text, "retry-irreversible", key=True)


def _way(ring: tuple[str, ...]) -> str:
    return " → ".join(ring if len(ring) <= _SHOWN else (*ring[: _SHOWN // 2], "…", *ring[-_SHOWN // 2 :]))


def _has(step: Step, name: str) -> bool:
    return bool(getattr(step, "with_" if name == "with" else name))
