"""The graph and the kinds of its steps."""

from __future__ import annotations

from collections.abc import Iterator

from bot.model.action import Risk
from bot.model.runbook import Step
from bot.runbook import graph
from bot.runbook.rules.book import Book, Found
from bot.runbook.sentences import nearest

_SHOWN = 10
_ONLY_WITH_USES = ("with", "verify", "rollback", "retry", "confirm", "point_of_no_return")


def not_too_many_steps(book: Book) -> Iterator[Found]:
    if len(book.steps) > graph.MAX_STEPS:
        text = (
            f"The runbook has {len(book.steps)} steps; {graph.MAX_STEPS} fit. Split it, and join the parts with `call`."
        )
        yield Found(("steps",), text, "too-many-steps", key=True)


def needs_exist(book: Book) -> Iterator[Found]:
    for step_id, step in book.steps.items():
        for index, need in enumerate(step.needs):
            path = ("steps", step_id, "needs", index)
            if need == step_id:
                yield Found(path, f"`{step_id}` needs itself. Remove it.", "cycle")
            elif need not in book.steps:
                yield Found(path, f"There is no step `{need}`.{nearest(need, book.steps)}", "unknown-step")
            elif need in step.needs[:index]:
                yield Found(path, f"`{need}` is named twice. Keep one.", "needs-twice")


def no_cycles(book: Book) -> Iterator[Found]:
    ring = graph.cycle(book.steps)
    if len(ring) <= 2:
        return  # none, or a step that needs itself
    text = f"These steps wait for each other: {_way(ring)}. Remove one `needs`."
    yield Found(("steps", ring[0], "needs"), text, "cycle", key=True)


def every_step_can_begin(book: Book) -> Iterator[Found]:
    ring = graph.cycle(book.steps)
    order = set(graph.topological(book.steps))
    for step_id in book.steps:
        if step_id not in order and step_id not in ring:
            text = f"`{step_id}` can never begin: a step above it waits for itself ({_way(ring)})."
            yield Found(("steps", step_id), text, "unreachable", key=True)


def if_is_not_false(book: Book) -> Iterator[Found]:
    for step_id, step in book.steps.items():
        if step.if_ is not None and step.if_.replace(" ", "") in ("${{false}}", "${{!true}}"):
            yield Found(("steps", step_id, "if"), f"`{step_id}` can never run: its `if` is false.", "unreachable")


def one_kind_each(book: Book) -> Iterator[Found]:
    for step_id, step in book.whole_steps.items():
        kinds = [kind for kind in ("uses", "manual", "wait", "call") if getattr(step, kind) is not None]
        path = ("steps", step_id)
        if not kinds and step.approve is None:
            text = f"`{step_id}` does nothing. Give it one of: uses, manual, approve, wait, call."
            yield Found(path, text, "no-kind", key=True)
        elif len(kinds) > 1:
            text = f"`{step_id}` has {' and '.join(kinds)}. A step has exactly one kind; make two steps."
            yield Found(path, text, "several-kinds", key=True)
        elif step.approve is not None and kinds not in ([], ["uses"]):
            text = f"`approve` stands alone or guards `uses`, not `{kinds[0]}`. Make it a step of its own, above."
            yield Found((*path, "approve"), text, "several-kinds", key=True)
        if step.approve is not None and step.confirm is not None:
            text = "`approve` and `confirm` on one step ask twice. Keep `confirm`, and approve in a step above."
            yield Found((*path, "confirm"), text, "two-gates", key=True)


def parts_belong_to_actions(book: Book) -> Iterator[Found]:
    for step_id, step in book.whole_steps.items():
        if step.uses is not None:
            continue
        for name in _ONLY_WITH_USES:
            if _has(step, name):
                text = f"`{name}` belongs to a step with `uses`. Remove it."
                yield Found(("steps", step_id, name), text, "out-of-place", key=True)
        if step.region is not None:
            instead = "Write it beside each `check`." if step.wait is not None else "Remove it."
            text = f"`region` belongs to a step with `uses`. {instead}"
            yield Found(("steps", step_id, "region"), text, "out-of-place", key=True)


def verify_has_room(book: Book) -> Iterator[Found]:
    """`verify` runs as a step of its own, called `<id>_verified`."""
    for step_id, step in book.steps.items():
        if step.verify is not None and f"{step_id}_verified" in book.steps:
            text = f"The verify of `{step_id}` goes by the name `{step_id}_verified`. Give this step another id."
            yield Found(("steps", f"{step_id}_verified"), text, "id-taken", key=True)


def no_return_is_guarded(book: Book) -> Iterator[Found]:
    for step_id, step in book.whole_steps.items():
        spec = book.spec(step)
        if not step.point_of_no_return or spec is None:
            continue
        path = ("steps", step_id, "point_of_no_return")
        if spec.risk is Risk.READ:
            yield Found(path, f"{spec.name} only looks; there is no return to lose.", "out-of-place", "warning")
        elif step.confirm is None and step.approve is None:
            text = "Nobody confirms this point of no return. Add `confirm:` or `approve:` to the step."
            yield Found(path, text, "unconfirmed", "warning")


def writes_are_guarded(book: Book) -> Iterator[Found]:
    """The planner puts a gate before a disruptive write that none guards; better the author does."""
    for step_id, step in book.whole_steps.items():
        spec = book.spec(step)
        if spec is None or spec.risk.rank < Risk.DISRUPTIVE.rank:
            continue
        chain = [book.steps[each] for each in book.above[step_id]] + [step]
        if not any(each.approve or each.confirm for each in chain) and not book.damaged & book.above[step_id]:
            text = (
                f"Nobody is asked before {spec.name} ({spec.risk}). The bot will put a gate in front; better write one."
            )
            yield Found(("steps", step_id, "uses"), text, "unguarded", "warning")


def undoable_or_not_retried(book: Book) -> Iterator[Found]:
    for step_id, step in book.whole_steps.items():
        spec = book.spec(step)
        if spec and spec.irreversible and spec.risk is Risk.DATA_LOSS and step.retry and step.retry.max_attempts > 1:
            text = f"{spec.name} cannot be undone; a person decides about a second attempt. Remove `retry`."
            yield Found(("steps", step_id, "retry"), text, "retry-irreversible", key=True)


def _way(ring: tuple[str, ...]) -> str:
    return " → ".join(ring if len(ring) <= _SHOWN else (*ring[: _SHOWN // 2], "…", *ring[-_SHOWN // 2 :]))


def _has(step: Step, name: str) -> bool:
    return bool(getattr(step, "with_" if name == "with" else name))
