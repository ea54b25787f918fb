"""approve, deny, answer, choose: what people decide while a run waits for them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.approval.votes import Ballot, Decision, tally
from bot.cli.door import act, caller, show
from bot.cli.run_page import next_moves
from bot.cli.signing import signed
from bot.cli.words import Meant, Step, Who, Why, example
from bot.language import _
from bot.model.errors import NotFound, UserError
from bot.model.events import Choice
from bot.model.run import Run
from bot.model.step_run import Phase
from bot.timeline.terms import listed, status_words
from bot.usecases.answer_manual import answer_manual, skip_manual
from bot.usecases.decide import vote
from bot.usecases.desk import Desk
from bot.usecases.steer_run import choose as choose_for

commands = typer.Typer()

Typed = Annotated[str, typer.Option("--typed", metavar="PHRASE", help="The phrase that the step wants typed.")]
Key = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="SSH key that signs the vote; a step that may lose data wants it."),
]
Comment = Annotated[str, typer.Option("--comment", help="Goes to the timeline with the vote.")]
Value = Annotated[str, typer.Argument(metavar="[VALUE]", help="The value the step asks for.")]
Word = Annotated[
    str, typer.Argument(metavar="[CHOICE]", help="retry, skip, rollback, abort, wait_on, go_on, sent or not_sent.")
]
CHOICES: tuple[Choice, ...] = ("retry", "skip", "rollback", "abort", "wait_on", "go_on", "sent", "not_sent")


@commands.command(epilog=example('dr approve orders-api declare --typed "orders-api us-west-2"'))
def approve(
    ctx: typer.Context, run: Meant = "", step: Step = "", typed: Typed = "", comment: Comment = "", key: Key = None,
    who: Who = "",
) -> None:  # fmt: skip
    """Agree to a step that waits for approval."""
    _vote(ctx, run, step, "approve", typed, comment, who, key)


@commands.command(epilog=example('dr deny orders-api declare --comment "us-east-1 is coming back"'))
def deny(ctx: typer.Context, run: Meant = "", step: Step = "", comment: Comment = "", who: Who = "") -> None:
    """Say no to a step that waits for approval."""
    _vote(ctx, run, step, "deny", "", comment, who)


@commands.command(epilog=example("dr answer orders-api psp_allowlist PSP-4821"))
def answer(ctx: typer.Context, run: Meant = "", step: Step = "", value: Value = "", who: Who = "") -> None:
    """Say that a manual step is done, with the value it asks for."""

    async def work(desk: Desk) -> Run:
        found = await with_step(desk, run, step)
        return await answer_manual(desk, found.id, caller(desk.library().catalog, who), step, value)

    after = act(ctx, work)
    show(_("{step} is done. The run: {status}.", step=step, status=status_words(after.status)))


@commands.command(epilog=example('dr choose orders-api scale_workers skip --reason "the api is enough"'))
def choose(
    ctx: typer.Context, run: Meant = "", step: Step = "", choice: Word = "", reason: Why = "", who: Who = ""
) -> None:
    """Decide for a step that needs a person."""
    if choice:
        _meant(choice)  # a word that is none is told as that, whatever the run is

    async def work(desk: Desk) -> Run:
        found = await with_step(desk, run, step)
        chosen = _meant(choice)
        person = caller(desk.library().catalog, who)
        if chosen == "skip" and found.steps[step].phase is Phase.MANUAL:
            return await skip_manual(desk, found.id, person, step, reason)
        return await choose_for(desk, found.id, person, step, chosen, reason)

    after = act(ctx, work)
    show(_("{step}: {choice}. The run: {status}.", step=step, choice=choice, status=status_words(after.status)))


def _meant(word: str) -> Choice:
    for each in CHOICES:
        if each == word.replace("-", "_"):
            return each
    raise NotFound("choice", word, CHOICES)


def _vote(
    ctx: typer.Context, hint: str, step: str, decision: Decision, typed: str, comment: str, who: str,
    key: Path | None = None,
) -> None:  # fmt: skip
    async def work(desk: Desk) -> Run:
        found = await with_step(desk, hint, step)
        person = caller(desk.library().catalog, who)
        ballot = Ballot(step, person.person, decision, found.plan.hash, typed, comment, round=found.steps[step].round)
        return await vote(desk, found.id, person, signed(found, ballot, key))

    after = act(ctx, work)
    denied = _("{step} is denied. The run: {status}.", step=step, status=status_words(after.status))
    show(_tally(after, step) if decision == "approve" else denied)


def _tally(run: Run, step: str) -> str:
    gate = run.gate(step)
    if gate is None or run.steps[step].phase is not Phase.GATE:
        return _("{step} is approved.", step=step)
    given = tally(gate, run.steps[step].votes)
    if given.granted:
        return _("{step} is approved by everyone it asked.", step=step)
    count = len(given.approved_by)
    if given.open_roles:
        roles = listed(given.open_roles)
        return _("{step}: {count} approved, waiting for {roles}.", step=step, count=count, roles=roles)
    return _("{step}: {count} approved, {wanted} are needed.", step=step, count=count, wanted=given.wanted)


async def with_step(desk: Desk, hint: str, step: str) -> Run:
    """The run meant by `hint`; NotFound, with the nearest, when it has no such step.

    Nobody decides about a step that they did not name: without one, UserError says what waits and what to type.
    """
    found = await desk.find_run(hint)
    if not step:
        waiting = "\n".join(next_moves(found, desk.clock.now()))
        raise UserError(
            _("Which step? This waits in {run}:\n{waiting}", run=found.id, waiting=waiting)
            if waiting
            else _("No step of {run} waits for a person.", run=found.id)
        )
    if step not in found.steps:
        raise NotFound(_("step in {run}", run=found.id), step, found.steps)
    return found
