"""What goes on otherwise when a run goes on by another plan; stands above the plan itself.

Promises: what becomes of the run that is open, of its approvals and of what AWS is doing is said before the button.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.language import _, _n
from bot.model.plan import PlannedStep
from bot.slack.kit import clip, code, escape
from bot.usecases.switch_run import Switch

_SHOWN = 6


def switch_notice(switch: Switch) -> str:
    """A few lines of mrkdwn."""
    return "\n".join(_lines(switch))


def _lines(switch: Switch) -> Iterator[str]:
    kept = len(switch.run.undo_of)
    yield _("*This takes the place of {run}.* That run ends where it is; nothing is rolled back.",
            run=code(switch.run.id))  # fmt: skip
    yield _n("{count} change that it has made stays, and this plan has looked at it.",
             "{count} changes that it has made stay, and this plan has looked at them.", kept)  # fmt: skip
    if switch.in_flight:
        yield _("First these are watched to their end: {steps}.", steps=_titles(switch.in_flight))
    if switch.void:
        yield _("*Approvals that count no longer:* {steps}. They are asked for again.", steps=_titles(switch.void))
    else:
        yield _("Every approval is asked for again.")
    yield from _named(_("New"), switch.added)
    yield from _named(_("Left out"), switch.left_out)
    yield from _named(_("Done otherwise"), switch.changed)


def _named(label: str, steps: Sequence[PlannedStep]) -> Iterator[str]:
    if steps:
        yield f"*{label}:* {_titles([step.title for step in steps])}"


def _titles(titles: Sequence[str]) -> str:
    shown = ", ".join(f"“{escape(clip(title, 80))}”" for title in titles[:_SHOWN])
    hidden = len(titles) - _SHOWN
    return _n("{steps} and {count} more", "{steps} and {count} more", hidden, steps=shown) if hidden > 0 else shown
