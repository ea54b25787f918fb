"""The review of a run that is over: what people learned from it, in their own words, on its record.

Promises: pure; a run is reviewed once it is over, by anybody who may, as often as there is something to add; a
rehearsal has nothing to review. Refuses to judge what was found.
"""

from __future__ import annotations

from bot.approval.authorize import Situation, must_be_allowed
from bot.language import _
from bot.model.errors import Refused
from bot.model.events import RunReviewed
from bot.model.people import Person
from bot.model.plan import Mode
from bot.model.run import Run
from bot.model.service import Catalog


def written_down(run: Run, person: Person, found: str, catalog: Catalog) -> RunReviewed:
    """The fact. Raises Refused while the run goes on, for a rehearsal, for whoever may not, and for no words."""
    if run.ended_at is None:
        says = _("No broken glass is left to review, and the run itself is reviewed once it is over.")
        raise Refused(says, reason="nothing-to-review")
    if run.plan.mode is Mode.DRY_RUN:
        raise Refused(_("A rehearsal changed nothing, so there is nothing to review."), reason="nothing-to-review")
    must_be_allowed(person, "review", Situation(catalog, run.plan.service))
    if not found.strip():
        raise Refused(_("Say what you found: review <service or run> <words>"), reason="short-reason")
    return RunReviewed(person=person.id, name=person.name, comment=found.strip())
