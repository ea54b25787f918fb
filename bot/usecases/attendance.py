"""The roster, and what Slack last said of its people, as one answer to: may they still decide this?

Promises: only gates below R3 take Slack's word for who is in a group; an account that Slack has called deactivated
decides nothing, wherever its vote was cast. Refuses to know how Slack is asked, and what a vote is worth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from bot.engine.leaning import rests_on, weighed
from bot.language import later
from bot.model.people import Person
from bot.model.plan import GatePlan
from bot.model.roll import FRESH, NOTHING, Roll, account_of, unlisted_person
from bot.model.run import Run
from bot.model.service import Catalog
from bot.model.step_run import Phase
from bot.ports.clock import Clock
from bot.ports.standing import Standing

DEACTIVATED = later("the Slack account of {name} is no full member's any more")
LEFT = later("{name} left the group that decides this")


async def roll_of(
    standing: Standing | None, catalog: Catalog, gates: Iterable[GatePlan | None], people: Iterable[Person] = ()
) -> Roll:
    """What Slack says of the groups that these gates ask, and of these people; nothing where nobody asks Slack."""
    if standing is None:
        return NOTHING
    groups = {group for gate in gates if gate is not None and not gate.strict for group in gate.voters}
    fed = {group: id_ for group, id_ in catalog.usergroups.items() if group in groups}
    accounts = dict.fromkeys(person.slack for person in people if person.slack is not None)
    return await standing.look(fed, tuple(accounts)) if fed or accounts else NOTHING


async def heard(standing: Standing | None, catalog: Catalog, run: Run) -> Catalog:
    """The catalogue with what Slack says, or said last, of the groups that the run's open gates ask."""
    asking = [step for step, state in run.steps.items() if state.phase is Phase.GATE]
    roll = await roll_of(standing, catalog, map(run.gate, asking))
    return catalog.with_roll(roll) if roll is not NOTHING else catalog


class Attendance:
    """`bot.ports.roster.Roster`, for one delivery of one run."""

    def __init__(self, catalog: Callable[[], Catalog], standing: Standing | None, clock: Clock) -> None:
        self._catalog, self._standing, self._clock = catalog, standing, clock
        self._roll = NOTHING
        self._asked: frozenset[str] = frozenset()
        """The groups that Slack was last asked about."""

    async def call(self, run: Run) -> None:
        catalog = self._catalog()
        asked = [step for step, state in run.steps.items() if state.phase in _WEIGHED]
        voted = [step for step in dict.fromkeys((*asked, *weighed(run))) if run.steps[step].votes]
        voters = {vote.person for step in voted for vote in run.steps[step].votes}
        people = [person for each in sorted(voters) if (person := _known(catalog, each)) is not None]
        if voted:
            gates = [gate for step in voted if (gate := run.gate(step)) is not None]
            self._roll = await roll_of(self._standing, catalog, gates, people)
            self._asked = frozenset(group for gate in gates for group in gate.voters)

    def objection(self, person: str, groups: tuple[str, ...], by_roster: bool) -> str:
        known = _known(self._catalog(), person)
        if known is None:
            return LEFT
        if self._roll.is_gone(known):
            return DEACTIVATED
        member = known if by_roster else self._roll.with_lent(known, groups, self._clock.now())
        if member.is_in(groups):
            return ""
        return "" if not by_roster and self._is_untold(groups) else LEFT

    def _is_untold(self, groups: tuple[str, ...]) -> bool:
        """Whether Slack feeds one of these and was not asked yet; it is before the step's intent is written."""
        fed = self._catalog().groups
        return self._standing is not None and any(group in fed and group not in self._asked for group in groups)

    def vouched_at(self, run: Run, step: str) -> datetime | None:
        catalog = self._catalog()
        votes = [vote for each in (step, *rests_on(run, run.plan.by_id[step])) for vote in run.steps[each].votes]
        people = [_known(catalog, vote.person) for vote in votes]
        accounts = [person.slack for person in people if person is not None and person.slack is not None]
        lent = [group for vote in votes if vote.lent is not None for group in vote.lent.groups]
        at = self._roll.asked_at(lent, accounts)
        return at if at is not None and self._clock.now() - at > FRESH + _SLACK else None


_WEIGHED = frozenset({Phase.GATE, Phase.CLEARED, Phase.RETRYING, Phase.ASKING})
_SLACK = FRESH / 5
"""An answer may have become this much too old between the question and the call."""


def _known(catalog: Catalog, person: str) -> Person | None:
    account = account_of(person)
    if account:
        return catalog.person_by_slack(account) or unlisted_person(account, person)
    return catalog.people.get(person)
