"""What names something elsewhere: the clock, called runbooks, versions, and spans of time that make sense."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.language import told
from bot.model.runbook import Step
from bot.runbook.checker import View, check_path
from bot.runbook.nodes import Path, at
from bot.runbook.rules.book import Book, Found
from bot.runbook.sentences import nearest, with_hint
from bot.runbook.versions import order_of

A_YEAR = timedelta(days=366)


def version_is_one(book: Book) -> Iterator[Found]:
    try:
        order_of(book.runbook.version)
    except ValueError as error:
        yield Found(("version",), told("{what}.", what=error), "bad-version")


def clock_refers(book: Book) -> Iterator[Found]:
    clock = book.runbook.clock
    if clock is None:
        return
    view = View(book.declared, frozenset(book.steps), lenient=bool(book.damaged))
    yield from _step("stops", clock.stops, book)
    where: Path = ("clock", "starts") if _written(book, "starts") else ("clock",)
    if clock.starting_step is not None:
        yield from _step("starts", clock.starts, book)
    else:
        yield from _moment(where, clock.starts, view, book)
    if clock.recovery_point is not None:
        yield from _moment(("clock", "recovery_point"), clock.recovery_point, view, book)


def _step(end: str, named: str, book: Book) -> Iterator[Found]:
    step = named.removeprefix("steps.")
    if not named.startswith("steps.") or "." in step:
        text = told("`{end}` names a step, like steps.verify_service, not {named}.", end=end, named=repr(named))
        yield Found(("clock", end), text, "clock")
    elif step not in book.steps:
        yield Found(
            ("clock", end),
            with_hint(told("There is no step `{step}`.", step=step), nearest(step, book.steps)),
            "unknown-step",
        )


def runbooks_are_known(book: Book) -> Iterator[Found]:
    for step_id, step in book.steps.items():
        if step.call is not None:
            yield from _runbook(book, ("steps", step_id, "call", "runbook"), step.call.runbook)
            if step.call.runbook == book.runbook.runbook:
                yield Found(("steps", step_id, "call", "runbook"), told("A runbook cannot call itself."), "cycle")
    words = book.runbook.on_abort.after_no_return.split()
    path: Path = ("on_abort", "after_no_return")
    if words[:1] == ["offer"] and len(words) == 2:
        yield from _runbook(book, path, words[1])
    elif words != ["stop"]:
        yield Found(path, told("`after_no_return` is `stop` or `offer <runbook>`."), "unknown-option")


def services_call_it_what_it_is(book: Book) -> Iterator[Found]:
    for service in book.services:
        for kind, name in service.runbooks.items():
            if name == book.runbook.runbook and kind != book.runbook.kind:
                text = told(
                    "{name} has this runbook for {kind}, and it is one for {actual}.",
                    name=service.name,
                    kind=kind,
                    actual=book.runbook.kind,
                )
                yield Found(("kind",), text, "other-kind", "warning")


def waits_have_one_end(book: Book) -> Iterator[Found]:
    for step_id, step in book.whole_steps.items():
        if step.wait is None:
            continue
        path: Path = ("steps", step_id, "wait")
        if bool(step.wait.until) == (step.wait.for_ is not None):
            yield Found(path, told("A wait has exactly one of `until` (checks) and `for` (a span)."), "wait", key=True)


def spans_can_be_lived(book: Book) -> Iterator[Found]:
    defaults = book.runbook.defaults
    yield from _lived(("defaults", "timeout"), defaults.timeout)
    yield from _lived(("defaults", "retry", "backoff"), defaults.retry.backoff or None)
    for step_id, step in book.steps.items():
        for path, span in _spans(step):
            yield from _lived(("steps", step_id, *path), span)
        holder = step.wait or step.verify
        if holder and holder.timeout and holder.every > holder.timeout:
            name = "wait" if step.wait else "verify"
            text = told("It looks less often than the timeout allows. Make `every` shorter than `timeout`.")
            yield Found(("steps", step_id, name, "every"), text, "every-above-timeout", "warning")


def _lived(path: Path, span: timedelta | None) -> Iterator[Found]:
    if span is not None and span <= timedelta(0):
        yield Found(path, told("`{path}` must be longer than 0s.", path=path[-1]), "zero-span")
    if span is not None and span > A_YEAR:
        yield Found(path, told("`{path}` is longer than a year; nobody waits for so long.", path=path[-1]), "long-span")


def _spans(step: Step) -> Iterator[tuple[Path, timedelta | None]]:
    yield ("timeout",), step.timeout
    if step.retry:
        yield ("retry", "backoff"), step.retry.backoff or None  # at once is fine
    if step.wait:
        yield ("wait", "every"), step.wait.every
        yield ("wait", "timeout"), step.wait.timeout
        yield ("wait", "for"), step.wait.for_
    if step.verify:
        yield ("verify", "every"), step.verify.every
        yield ("verify", "timeout"), step.verify.timeout
    if step.approve:
        yield ("approve", "expires"), step.approve.expires
    if step.confirm:
        yield ("confirm", "expires"), step.confirm.expires
    if step.manual and step.manual.nag:
        yield ("manual", "nag", "every"), step.manual.nag.every


def _moment(path: Path, reference: str, view: View, book: Book) -> Iterator[Found]:
    root = reference.partition(".")[0]
    if root not in ("inputs", "steps"):
        text = told(
            "This must be a path like inputs.impact_started_at or steps.<id>.outputs.<result>, not {reference}.",
            reference=repr(reference),
        )
        yield Found(path, text, "clock")
        return
    known = check_path(reference, view)
    if isinstance(known, str):
        damaged = root == "steps" and reference.split(".")[1] in book.damaged
        if not damaged:
            yield Found(path, known, "unknown-path")
    elif known[1] not in ("timestamp", "dyn"):
        yield Found(
            path, told("`{reference}` is not a point in time. The clock needs one.", reference=reference), "clock"
        )


def _runbook(book: Book, path: Path, name: str) -> Iterator[Found]:
    if book.names is not None and name not in book.names:
        yield Found(
            path,
            with_hint(told("There is no runbook `{name}` in the folder.", name=name), nearest(name, book.names)),
            "unknown-runbook",
        )


def _written(book: Book, key: str) -> bool:
    return at(book.node, ("clock", key)) is not None
