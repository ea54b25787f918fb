"""What runs owe, for the one who asked: each change that stands, with its way back; what is paid is only counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.language import _, _n
from bot.model.debt import Debt, Payment
from bot.slack.kit import Message, clip, code, escape, header, message, note, paragraphs, text, when_day
from bot.timeline import unfenced
from bot.timeline.debts import sentence_of
from bot.usecases.debts import Owed


def debt_message(found: Owed) -> Message:
    """Open debts, oldest first; `nothing` is said in a sentence."""
    paid = len(found.debts) - len(found.open)
    left = [f"*{escape(clip(unfenced.sentence_of(side), 500))}* {code(side.run)}" for side in found.unfenced]
    if not found.open:
        words = _("{what} owes nothing.", what=code(found.of)) if found.of else _("No service owes anything.")
        return message([*paragraphs(left), text(words)], "\n".join([*left, words]))
    lines = [line_of(debt) if found.of else f"{line_of(debt)} {code(debt.run)}" for debt in found.open]
    if found.of:
        said = _n("{what} owes {count} change.", "{what} owes {count} changes.", len(lines), what=code(found.of))
    else:
        said = _n("All services together owe {count} change.", "All services together owe {count} changes.", len(lines))
    blocks = [*paragraphs(left), header(_("To be taken back some day")), text(said), *paragraphs(lines)]
    if paid:
        blocks.append(note(_n("{count} more is paid already.", "{count} more are paid already.", paid)))
    return message(blocks, "\n".join([*left, said, *lines]))


def line_of(debt: Debt) -> str:
    """`• since Nov 23: Scale the api: desired 4 → 24. Set it back with …`"""
    return _("• since {day}: {debt}", day=when_day(debt.since), debt=escape(clip(sentence_of(debt), 500)))


def pays_lines(pays: Sequence[Payment]) -> Iterator[str]:
    """For a failback's plan: what earlier runs left standing, first what stays open, then what it pays."""
    for each in pays:
        if not each.step:
            left = escape(clip(sentence_of(each.debt), 500))
            yield _("• *Stays open* of {run}: {debt}", run=code(each.debt.run), debt=left)
    for each in pays:
        if each.step:
            title = escape(clip(each.debt.title, 100))
            yield _("• Pays “{step}” of {run}, with {by}", step=title, run=code(each.debt.run), by=code(each.step))
