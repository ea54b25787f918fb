"""Who is asked before what, what is proven behind it, and whether the order of things can hurt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from bot.language import told
from bot.model.action import ActionSpec, Risk
from bot.model.runbook import FENCE_MARK, Step
from bot.runbook.rules.book import Book, Found
from bot.runbook.rules.stability import is_primary

_TRAFFIC = ("route53", "globalaccelerator", "arc", "cloudfront", "apigateway")
"""Services whose actions send users somewhere."""


def writes_ask_somebody(book: Book) -> Iterator[Found]:
    """A reversible write rests on the person who starts the run; a whole runbook should not."""
    if any(step.approve or step.confirm or step.call for step in book.steps.values()):
        return
    first = next((step_id for step_id, _, _ in _writes(book)), None)
    if first is not None and not book.damaged:
        text = told(
            "Nobody is asked in this whole runbook, and it changes things. Put an `approve` step above the first one."
        )
        yield Found(("steps", first, "uses"), text, "asks-nobody", "warning")


def no_return_takes_two(book: Book) -> Iterator[Found]:
    for step_id, step, spec in _writes(book):
        is_final = spec.irreversible is not None and step.rollback is None
        disturbs, people = spec.risk.rank >= Risk.DISRUPTIVE.rank, _people(book, step_id)
        if is_final and disturbs and people == 1 and not _is_dark(book, step_id):
            text = told(
                "{name} cannot be undone and one person alone lets it happen. Ask two: `count: 2` on "
                "the approval above, or `confirm: {{ by: [ops, ic] }}`.",
                name=spec.name,
            )
            yield Found(("steps", step_id, "uses"), text, "irreversible-alone", "warning")


def nothing_rolls_back_past_no_return(book: Book) -> Iterator[Found]:
    ends = {step_id for step_id, step in book.steps.items() if step.point_of_no_return}
    for step_id, step in book.whole_steps.items():
        behind = bool(ends & book.above[step_id]) and not _is_dark(book, step_id)
        if behind and step.rollback is not None:
            text = told("This lies behind the point of no return, where nothing is rolled back. Remove `rollback`.")
            yield Found(("steps", step_id, "rollback"), text, "rollback-after-no-return", "warning", key=True)
        if (behind or step.point_of_no_return) and step.on_failure == "rollback":
            text = told("From the point of no return the way is forward. Let a person decide: `on_failure: pause`.")
            yield Found(("steps", step_id, "on_failure"), text, "rollback-after-no-return")


def what_users_get_is_proven(book: Book) -> Iterator[Found]:
    below = {step_id for step_id in book.steps if _looks(book, step_id)}
    proven = {above for step_id in below for above in book.above[step_id]}
    for step_id, step, spec in _writes(book):
        if spec.risk.rank < Risk.DISRUPTIVE.rank or step.verify or step_id in proven or book.damaged:
            continue
        text = told(
            "Nothing looks at what users get after `{step_id}`. Put a check behind it: a probe "
            "of the users' own address, or the alarm that tells their success.",
            step_id=step_id,
        )
        yield Found(("steps", step_id, "uses"), text, "users-unproven", "warning")


def losing_data_comes_after_a_fence(book: Book) -> Iterator[Found]:
    for step_id, _, spec in _writes(book):
        if spec.risk is not Risk.DATA_LOSS or book.runbook.kind != "failover" or _is_dark(book, step_id):
            continue
        if not any(_is_fence(book, above) for above in book.above[step_id]):
            text = told(
                "Nothing stops writes in the old region before {name}, so both sides may take them. "
                "Fence it above, with `on_failure: continue`; or say in `accepts` why nothing writes "
                "there.",
                name=spec.name,
            )
            yield Found(("steps", step_id, "uses"), text, "unfenced", "warning")


def gates_are_not_conditional(book: Book) -> Iterator[Found]:
    for step_id, step in book.whole_steps.items():
        guards = any(step_id in book.above[below] for below, _, spec in _writes(book) if spec.risk.rank > 1)
        if step.kind == "approve" and step.approve is not None and step.if_ is not None and guards:
            text = told(
                "When its `if` is false nobody is asked, and what lies below goes ahead. Put the `if` on those steps."
            )
            yield Found(("steps", step_id, "if"), text, "conditional-gate", "warning", key=True)


def nothing_expires_into_an_abort_past_no_return(book: Book) -> Iterator[Found]:
    ends = {step_id for step_id, step in book.steps.items() if step.point_of_no_return}
    for step_id, step in book.whole_steps.items():
        for name, gate in (("approve", step.approve), ("confirm", step.confirm)):
            if gate is not None and gate.on_expiry == "abort" and ends & book.above[step_id]:
                text = told(
                    "Behind the point of no return nobody's silence should abort the run. Use `on_expiry: escalate`."
                )
                yield Found(("steps", step_id, name, "on_expiry"), text, "expires-into-abort", "warning")


def nothing_is_done_twice_at_once(book: Book) -> Iterator[Found]:
    seen: dict[str, str] = {}
    for step_id, step, spec in _writes(book):
        key = repr((step.uses, step.region, sorted(step.with_.items(), key=lambda each: each[0])))
        twin = seen.setdefault(key, step_id)
        if twin != step_id and twin not in book.above[step_id] and step_id not in book.above[twin]:
            text = told(
                "`{twin}` does the very same at the same time. Remove one of the two {name}.", twin=twin, name=spec.name
            )
            yield Found(("steps", step_id, "uses"), text, "done-twice", "warning")


def users_follow_the_data(book: Book) -> Iterator[Found]:
    if book.runbook.kind not in ("failover", "failback"):
        return
    promotions = {step_id for step_id, _, spec in _writes(book) if spec.risk is Risk.DATA_LOSS}
    for step_id, step, spec in _writes(book):
        if not _moves_users(step, spec) or _is_dark(book, step_id):
            continue
        early = sorted(promotions - book.above[step_id] - {step_id})
        if early:
            text = told(
                "Users are sent over while `{early}` may not be through. Add it to `needs`, near or far.",
                early=early[0],
            )
            yield Found(("steps", step_id, "uses"), text, "users-before-data", "warning")
        if not any(_looks(book, above) for above in book.above[step_id]):
            text = told(
                "Nobody tries the standby before users are sent there. Put a probe or a wait for healthy targets above."
            )
            yield Found(("steps", step_id, "uses"), text, "untried-standby", "warning")


def _writes(book: Book) -> Iterator[tuple[str, Step, ActionSpec]]:
    for step_id, step in book.whole_steps.items():
        spec = book.spec(step)
        if spec is not None and spec.risk is not Risk.READ:
            yield step_id, step, spec


def _people(book: Book, step_id: str) -> int:
    """The most people that any one gate on the way asks; a requester alone is nobody."""
    chain = [book.steps[each] for each in (*book.above[step_id], step_id)]
    asked = [len(each.confirm.by) if each.confirm else each.approve.count if each.approve else 0 for each in chain]
    return max(asked, default=0)


def _looks(book: Book, step_id: str) -> bool:
    """Whether the step observes: a check, a wait for one, or a verify."""
    step = book.steps[step_id]
    spec = book.spec(step)
    return bool(step.verify or (step.wait and step.wait.until) or (spec is not None and spec.risk is Risk.READ))


def _is_fence(book: Book, step_id: str) -> bool:
    step = book.steps[step_id]
    if step.call is not None or step.manual is not None or FENCE_MARK in step.marks:
        return True
    spec = book.spec(step)
    return spec is not None and is_primary(book, step.region) and _may_fence(spec, step.with_)


def _may_fence(spec: ActionSpec, given: Mapping[str, JsonValue]) -> bool:
    """What is only known when the run is planned counts as what it should be."""
    hoped = {name: wanted for name, wanted in (spec.fences or {}).items() if "${{" in str(given.get(name))}
    return spec.fences_with({**given, **hoped})


def _moves_users(step: Step, spec: ActionSpec) -> bool:
    return "traffic-moved" in step.marks or (
        spec.name.partition(".")[0] in _TRAFFIC and spec.risk.rank >= Risk.DISRUPTIVE.rank
    )


def _is_dark(book: Book, step_id: str) -> bool:
    """A part of the way here was cut out by a mistake that has been told."""
    return bool(book.damaged & book.above[step_id]) or step_id in book.above[step_id]
