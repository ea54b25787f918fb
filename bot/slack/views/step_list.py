"""The steps of a run as a few lines of text: all of a short run; of a long one what is done, what runs, what is next.

Promises: sixty steps fit one screen and five hundred fit Slack; whatever went wrong keeps a line of its own; what the
bot measured (☑) looks different from what a person said (🅗), and the words say it too. What is to do says so once, in
the title: half of a list in the same two words hides the line that matters.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.language import _, _n, later
from bot.model.plan import PlannedStep
from bot.model.run import Run
from bot.model.step_run import Phase, StepRun
from bot.slack.kit import clip, escape, when
from bot.slack.views.words import PHASES, mark, title_of

ALL = 16
"""A run of so many steps is shown whole."""
_LINE = 210
_DONE, _NOW, _WRONG, _NEXT = 3, 8, 6, 5
"""Lines for each part of a long run."""
ACTIVE = frozenset(set(Phase) - {Phase.WAITING, Phase.SETTLED, Phase.SKIPPED, Phase.UNDONE})
_EXPLAINED = frozenset({Phase.FAILED, Phase.UNKNOWN, Phase.ASKING, Phase.RETRYING})
_SENSED, _SAID, _TO_DO = "☑", "🅗", PHASES[Phase.WAITING][0]
_IN_TIMELINE = later("{count} more in the timeline")
_IN_PLAN = later("{count} more in the plan")

Numbered = tuple[int, PlannedStep]


def step_lines(run: Run) -> list[str]:
    """One line per step, or the parts of a long run with the rest counted."""
    steps = list(enumerate(run.plan.steps, start=1))
    return _whole(steps, run) if len(steps) <= ALL else _parts(steps, run)


def is_said(state: StepRun) -> bool:
    """Whether a step is over on a person's word, and not because the bot saw it."""
    return state.phase is Phase.SETTLED and (state.how in ("answered", "granted") or state.chosen == "sent")


def step_line(number: int, step: PlannedStep, run: Run) -> str:
    """`☑ 3. Scale the api – done: 24 of 24 tasks`."""
    state = run.steps[step.id]
    sign, word = mark(state)
    if is_said(state):
        sign = _SAID
    name = escape(clip(title_of(run, step), 90))
    if state.phase in ACTIVE:
        name = f"*{name}*"
    nail = f" {_('⚑ point of no return')}" if step.point_of_no_return else ""
    said = "" if state.phase is Phase.WAITING else f" – {_state(step, state, word)}"
    return clip(f"{sign} {number}. {name}{said}{nail}", _LINE)


def _state(step: PlannedStep, state: StepRun, word: str) -> str:
    detail = escape(clip(state.why if state.phase in _EXPLAINED else state.seen, 70))
    if step.kind == "wait" and state.phase.is_in_flight:
        word = _("waiting")
    said = f"{word}: {detail}" if detail else word
    limit = step.wait_for or step.timeout
    if state.phase.is_in_flight and state.phase is not Phase.UNDOING and state.intent_at is not None:
        return _("{state}, by {deadline}", state=said, deadline=when(state.intent_at + limit))
    return said


def _whole(steps: Sequence[Numbered], run: Run) -> list[str]:
    title = _("*Steps* ({sensed} measured, {said} a person's word, {to_do} to do)",
              sensed=_SENSED, said=_SAID, to_do=_TO_DO)  # fmt: skip
    return [title, *(step_line(number, step, run) for number, step in steps)]


def _parts(steps: Sequence[Numbered], run: Run) -> list[str]:
    done = [each for each in steps if run.steps[each[1].id].phase is Phase.SETTLED]
    wrong = [each for each in steps if run.steps[each[1].id].phase in (Phase.FAILED, Phase.SKIPPED, Phase.UNDONE)]
    now = [each for each in steps if run.steps[each[1].id].phase in ACTIVE - {Phase.FAILED}]
    ahead = [each for each in steps if run.steps[each[1].id].phase is Phase.WAITING]
    return [
        *_part(_done_title(done, run), done, run, _DONE, newest=True),
        *_part(_n("{count} step was left out or failed", "{count} steps were left out or failed", len(wrong)),
               wrong, run, _WRONG),
        *_part(_n("{count} step is under way", "{count} steps are under way", len(now)), now, run, _NOW),
        *_part(_n("{count} step is next", "{count} steps are next", len(ahead)), ahead, run, _NEXT, where=_IN_PLAN),
        *_ahead(ahead[_NEXT:]),
    ]  # fmt: skip


def _part(
    title: str, steps: Sequence[Numbered], run: Run, most: int, *, newest: bool = False, where: str = _IN_TIMELINE
) -> list[str]:  # fmt: skip
    if not steps:
        return []
    shown = steps[-most:] if newest else steps[:most]
    hidden = len(steps) - len(shown)
    lines = [step_line(number, step, run) for number, step in shown]
    more = [f"_{_(where, count=hidden)}_"] if hidden else []
    return [f"*{title}*", *more, *lines] if newest else [f"*{title}*", *lines, *more]


def _done_title(done: Sequence[Numbered], run: Run) -> str:
    said = sum(is_said(run.steps[step.id]) for _number, step in done)
    return _("{all} done: {sensed} measured {sensed_sign}, {said} by people's word {said_sign}", all=len(done),
             sensed=len(done) - said, sensed_sign=_SENSED, said=said, said_sign=_SAID)  # fmt: skip


def _ahead(hidden: Sequence[Numbered]) -> list[str]:
    """A point of no return is never hidden in a count."""
    return [
        _("⚑ Step {number} further down is a point of no return: {name}", number=number,
          name=escape(clip(step.title, 90)))
        for number, step in hidden
        if step.point_of_no_return
    ][:3]  # fmt: skip
