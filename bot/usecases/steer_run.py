"""Pause, resume, abort, and choose what happens to a step that needs a person."""

from __future__ import annotations

from bot.approval.authorize import Act, Situation, must_be_allowed
from bot.language import _, _n, later
from bot.model.errors import Refused
from bot.model.events import AbortAsked, Choice, Fact, PersonChose, RunPaused, RunResumed
from bot.model.run import Run
from bot.model.step_run import Phase
from bot.timeline.terms import status_words
from bot.usecases.desk import Caller, Desk


async def pause(desk: Desk, run_id: str, caller: Caller, why: str = "") -> Run:
    """Begin nothing new; what AWS already accepted is still watched."""

    def pause_run(run: Run) -> list[Fact]:
        _may_steer(desk, caller, run, "pause")
        if run.aborting is not None:
            raise Refused(
                _("The run is being aborted: no step begins any more, and a pause would hold nothing back."),
                reason="already-aborting",
            )
        if run.paused:
            raise Refused(_("The run is paused already. Resume it when you are ready."), reason="already-paused")
        return [RunPaused(why=why)]

    return await desk.tell(run_id, caller, pause_run)


async def resume(desk: Desk, run_id: str, caller: Caller, why: str = "") -> Run:
    """Go on after a pause."""

    def resume_run(run: Run) -> list[Fact]:
        _may_steer(desk, caller, run, "resume")
        if not run.paused:
            raise Refused(_("The run is not paused."), reason="not-paused")
        return [RunResumed(why=why)]

    return await desk.tell(run_id, caller, resume_run)


async def abort(desk: Desk, run_id: str, caller: Caller, *, rollback: bool = False, why: str = "") -> Run:
    """End the run. With `rollback`, completed changes are undone, newest first.

    Refused after the point of no return when a rollback is asked for: from there the way is forward.
    """

    def abort_run(run: Run) -> list[Fact]:
        _may_steer(desk, caller, run, "abort")
        if rollback and run.passed_no_return:
            raise Refused(
                _("The point of no return is passed, so nothing is rolled back. {then}", then=after_abort(run)),
                reason="past-no-return",
            )
        if run.aborting is not None:
            raise Refused(_("The run is being aborted already."), reason="already-aborting")
        return [AbortAsked(why=why, rollback=rollback)]

    return await desk.tell(run_id, caller, abort_run)


async def choose(desk: Desk, run_id: str, caller: Caller, step: str, choice: Choice, reason: str = "") -> Run:
    """Answer a step that needs a person: retry, skip, roll back, abort, wait on, go on, sent, not sent."""

    def choose_what_next(run: Run) -> list[Fact]:
        _may_steer(desk, caller, run, "skip" if choice == "skip" else "decide")
        state = run.steps.get(step)
        if state is None or state.phase is not Phase.ASKING or choice not in state.choices:
            raise Refused(_("Nobody is asked about this step now; see the run card."), reason="stale-card")
        if choice == "rollback" and run.passed_no_return:
            raise Refused(_("The point of no return is passed. {then}", then=after_abort(run)), reason="past-no-return")
        return [PersonChose(step=step, choice=choice, reason=reason)]

    return await desk.tell(run_id, caller, choose_what_next)


_NAMED = 6
"""How many changes a sentence names; the count says the rest."""


def after_abort(run: Run) -> str:
    """What an abort would do now, in one sentence; said before anyone presses the button."""
    changed = [step for step in run.undo_of if run.steps[step].phase is not Phase.UNDONE]
    if run.passed_no_return:
        offer = run.plan.on_abort.after_no_return
        stay = _n(
            "{count} change stays as it is; go forward or fail back.",
            "{count} changes stay as they are; go forward or fail back.",
            len(changed),
        )
        if not offer.startswith("offer "):
            return stay
        return _("{stay} Afterwards run {runbook}.", stay=stay, runbook=offer.removeprefix("offer "))
    if not changed:
        return _("Nothing has been changed yet, so nothing needs to be undone.")
    stays = [step for step in changed if run.plan.step(step).no_way_back is not None]
    goes = [step for step in changed if step not in stays]
    said = []
    if goes:
        said.append(
            _n(
                "{count} change can be rolled back: {steps}.",
                "{count} changes can be rolled back, newest first: {steps}.",
                len(goes),
                steps=_newest_first(goes),
            )
        )
    if stays:
        said.append(
            _n(
                "{count} change cannot be undone and stays: {steps}.",
                "{count} changes cannot be undone and stay: {steps}.",
                len(stays),
                steps=_newest_first(stays),
            )
        )
    return " ".join(said)


def _newest_first(steps: list[str]) -> str:
    more = [f"+{len(steps) - _NAMED}"] if len(steps) > _NAMED else []
    return ", ".join([*steps[: -_NAMED - 1 : -1], *more])


_OVER = later("This run is over ({status}).")
_NOTHING_TO = {
    "pause": later("This run is over ({status}); there is nothing to pause."),
    "resume": later("This run is over ({status}); there is nothing to resume."),
    "abort": later("This run is over ({status}); there is nothing to abort."),
    "decide": later("This run is over ({status}); there is nothing to decide."),
    "skip": later("This run is over ({status}); there is nothing to skip."),
}


def _may_steer(desk: Desk, caller: Caller, run: Run, what: Act) -> None:
    must_be_allowed(caller.person, what, Situation(desk.library().catalog, run.plan.service))
    if run.status.is_over:
        raise Refused(_(_NOTHING_TO.get(what, _OVER), status=status_words(run.status)), reason="run-over")
