"""The sentences of a case's own journal, for whoever reads it as a timeline."""

from __future__ import annotations

from typing import assert_never

from bot.language import _, _n, again
from bot.model.case import (
    AlarmHeard,
    CaseAnswered,
    CaseDismissed,
    CaseLooked,
    CaseOpened,
    OfCase,
    RemindAsked,
)
from bot.model.timeline import Tone


def tell_case(fact: OfCase) -> tuple[str, Tone]:
    """One sentence, and how it sounds."""
    match fact:
        case CaseOpened():
            return _("It was asked whether {service} has a disaster: {why}.", service=fact.service,
                     why=again(fact.why)), "ask"  # fmt: skip
        case CaseLooked():
            speaks = sum(sign.speaks == "for" for sign in fact.signs)
            return _n("Looked at {count} sign; {yes} for a disaster.", "Looked at {count} signs; {yes} for a disaster.",
                      len(fact.signs), yes=speaks), "plain"  # fmt: skip
        case AlarmHeard():
            words = {"alarm": fact.alarm, "region": fact.region, "state": fact.state}
            return _(
                "Alarm {alarm} in {region} went to {state}.", **words
            ), "warn" if fact.state == "ALARM" else "plain"
        case CaseDismissed():
            return _("Not a disaster: {why}.", why=fact.reason.rstrip(".")), "good"
        case CaseAnswered():
            return _("Answered by starting {run}.", run=fact.run), "good"
        case RemindAsked():
            return _("A reminder was asked for at {at}.", at=f"{fact.at:%H:%M} UTC"), "plain"
        case _:
            assert_never(fact)
