"""Ways of getting a decision wrong on purpose: each one is a function of the product, replaced by a careless one.

Promises: every mutation is undone again; histories (or, where a door and not a gate is careless, the table of who may
do what) must notice each of them. A mutation that nobody notices is a hole in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.approval import authorize, floor, glass, policy, quorum, votes
from bot.engine import gates, machine
from bot.model import run as runs
from bot.model.errors import Refused
from bot.model.events import GateGranted
from bot.model.tiers import Tier
from tests.faults.town import forget

Place = tuple[Any, str]


@dataclass(frozen=True)
class Mutation:
    """One careless decision, in every place where it is known by name."""

    name: str
    places: tuple[Place, ...]
    careless: Callable[[Any], Any]
    """From the real thing to the careless one."""
    besides: tuple[tuple[Place, Callable[[Any], Any]], ...] = ()
    """What else must be careless for it to matter: a second wall behind the first."""

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """For as long as this lasts, the product decides like that."""
        with ExitStack() as undo:
            for (owner, name), careless in (*((place, self.careless) for place in self.places), *self.besides):
                real = owner.__dict__[name]
                undo.callback(setattr, owner, name, real)
                setattr(owner, name, careless(real))
            forget()
            yield
        forget()


def _without(*reasons: str) -> Callable[[Any], Any]:
    return lambda real: tuple(rule for rule in real if rule.reason not in reasons)


def _lenient(*reasons: str) -> Callable[[Any], Any]:
    """Refusals for these reasons are passed over, and the gate is taken as it stands."""

    def careless(real: Any) -> Any:
        def open_gate(run: Any, ballot: Any, now: Any) -> Any:
            try:
                return real(run, ballot, now)
            except Refused as refusal:
                gate = run.plan.by_id[ballot.step].gate
                if refusal.reason not in reasons or gate is None:
                    raise
                return gate

        return open_gate

    return careless


def _always(value: Any) -> Callable[[Any], Any]:
    return lambda real: lambda *given, **more: value


def _tally(**wrong: Any) -> Callable[[Any], Any]:
    return lambda real: lambda gate, cast: replace(real(gate, cast), **wrong)


def _blind_tally(real: Any) -> Any:
    """A quorum that is one short."""
    return lambda gate, cast: replace(
        counted := real(gate, cast), wanted=counted.wanted - 1, open_roles=counted.open_roles[1:]
    )


def _untyped(real: Any) -> Any:
    def judge(run: Any, ballot: Any, now: Any) -> Any:
        phrase = run.steps[ballot.step].gate_typed if ballot.step in run.steps else None
        return real(run, replace(ballot, typed=phrase or ""), now)

    return judge


def _strictless(real: Any) -> Any:
    return lambda gate, step, owners: real(gate, step, owners).model_copy(update={"strict": False})


def _strict_with(**wrong: Any) -> Callable[[Any], Any]:
    return lambda real: lambda gate, step, owners: real(gate, step, owners).model_copy(update=wrong)


def _strict_of_nobody(real: Any) -> Any:
    return lambda gate, step, owners: real(gate, step, ())


def _expiry_grants(real: Any) -> Any:
    def after_votes(run: Any, planned: Any, state: Any, now: Any) -> Any:
        if state.due is not None and now >= state.due:
            return iter([GateGranted(step=planned.id, by=())])
        return real(run, planned, state, now)

    return after_votes


def _glass_with(**wrong: Any) -> Callable[[Any], Any]:
    """The glass is broken whatever this part of the ballot or the reason says."""

    def careless(real: Any) -> Any:
        def broken(run: Any, ballot: Any, reason: str, catalog: Any, now: Any) -> Any:
            given = {"typed": glass.phrase(run, ballot.step), "plan_hash": run.plan.hash}
            mended = replace(ballot, **{name: given[name] for name in wrong if name in given})
            return real(run, mended, "any reason will do as it seems" if "reason" in wrong else reason, catalog, now)

        return broken

    return careless


def _raised_by_any_gate(real: Any) -> Any:
    """R3 rests on what was approved above it, like R2."""

    def raised(step: Any, by_id: Any, groups: Any, owners: Any) -> Any:
        return step if floor._people_above(step, by_id) >= Tier.R2.approvers else real(step, by_id, groups, owners)

    return raised


TALLY: tuple[Place, ...] = ((votes, "tally"), (gates, "tally"))
FORBIDS: tuple[Place, ...] = ((authorize, "FORBIDS"),)
OPEN: tuple[Place, ...] = ((votes, "open_gate"), (glass, "open_gate"))
FALLEN: tuple[Place, ...] = ((gates, "fallen"),)
STRICT: tuple[Place, ...] = ((floor, "_strict"),)
BROKEN: tuple[Place, ...] = ((glass, "broken"),)
HAS: tuple[Place, ...] = ((authorize, "_HAS"),)


def _role(role: authorize.Role) -> Callable[[Any], Any]:
    return lambda real: {**real, role: lambda who, where: True}


def _own_request(real: Any) -> Any:
    return lambda gate, who, asker: real(gate, who, "")


def _anywhere(real: Any) -> Any:
    return lambda gate, who, asker: quorum.places(gate)


def _for_ever(real: Any) -> Any:
    return lambda self, who, now: who == self.person


def _for_everybody(real: Any) -> Any:
    return lambda self, who, now: now < self.until


def _all_levels(real: Any) -> Any:
    def gate(self: Any, step: str) -> Any:
        asked = real(self, step)
        return asked.at(len(asked.escalation)) if asked is not None else None

    return gate


def _level_as_written(real: Any) -> Any:
    return lambda gate, level, owners: level


def _any_voter(real: Any) -> Any:
    return lambda gate, place: gate.voters


HOLDS: tuple[Place, ...] = ((runs.Glass, "holds"),)
VIEWERS = (((authorize, "_HAS"), _role(authorize.Role.VIEWER)),)
OWN = (((votes, "fits"), _own_request),)
ANYWHERE = (((votes, "fits"), _anywhere),)


MUTATIONS: tuple[Mutation, ...] = (
    Mutation("whoever asked for the run approves it", FORBIDS, _without("self-approval"), OWN),
    Mutation("bots may act", FORBIDS, _without("bot-account"), VIEWERS),
    Mutation("deactivated accounts may act", FORBIDS, _without("deactivated-account"), VIEWERS),
    Mutation("guests may act", FORBIDS, _without("guest-account"), VIEWERS),
    Mutation("strangers may act", FORBIDS, _without("other-team"), VIEWERS),
    Mutation("nobody needs to vouch for an account", FORBIDS, _without("identity-unknown"), VIEWERS),
    Mutation("nothing is forbidden", FORBIDS, lambda real: (), VIEWERS),
    Mutation("everybody is an approver", HAS, _role(authorize.Role.APPROVER), ANYWHERE),
    Mutation("everybody may break the glass", HAS, _role(authorize.Role.BREAK_GLASS)),
    Mutation("an expired request takes votes", OPEN, _lenient("expired")),
    Mutation("a card of an earlier round counts", OPEN, _lenient("stale-card")),
    Mutation("a vote on another plan counts", OPEN, _lenient("plan-changed")),
    Mutation("the phrase is not compared", ((votes, "judge"),), _untyped),
    Mutation("the quorum is one short", TALLY, _blind_tally),
    Mutation("one is enough", TALLY, _tally(wanted=1, open_roles=())),
    Mutation("nobody is enough", TALLY, _tally(wanted=0, open_roles=())),
    Mutation("a denial is not counted", TALLY, _tally(denied_by=())),
    Mutation("every vote lifts the quorum", TALLY, _tally(lifted=True)),
    Mutation("everybody fits every place", ((votes, "fits"),), _anywhere),
    Mutation("a role takes anybody", ((policy, "groups_of"), (votes, "groups_of")), _any_voter),
    Mutation("who left the group still counts", FALLEN, _always([])),
    Mutation("who left the glass's group still counts", ((votes, "_still_alone"),), _always(True)),
    Mutation("a broken glass counts for ever", HOLDS, _for_ever),
    Mutation("a broken glass counts for everybody", HOLDS, _for_everybody),
    Mutation("the glass needs no reason", BROKEN, _glass_with(reason=True)),
    Mutation("the glass needs no phrase", BROKEN, _glass_with(typed=True)),
    Mutation("the glass needs no plan", BROKEN, _glass_with(plan_hash=True)),
    Mutation("an approval never gets old and never looks at the call", ((gates, "_why_void"),), _always("")),
    Mutation("the call is not bound", ((gates, "binding"),), _always("the same")),
    Mutation("nothing is weighed again", ((gates, "voided"),), _always([])),
    Mutation("silence is consent", ((gates, "after_votes"),), _expiry_grants),
    Mutation("who is asked next decides at once", ((runs.Run, "gate"),), _all_levels),
    Mutation("R3 lets others in where owners decide", ((floor, "_within"),), _level_as_written),
    Mutation("R3 rests on what stands above", ((floor, "_raised"),), _raised_by_any_gate),
    Mutation("R3 asks one person", STRICT, _strict_with(count=1, roles=())),
    Mutation("R3 takes its requester", STRICT, _strictless),
    Mutation("R3 needs no owner", STRICT, _strict_of_nobody),
    Mutation("R3 needs no name", STRICT, _strict_with(typed=None)),
    Mutation("R3 lasts an hour", STRICT, _strict_with(expires=timedelta(hours=1))),
    Mutation("R3 is not raised at all", STRICT, lambda real: lambda gate, step, owners: gate),
    Mutation("there is no floor", ((floor, "with_floor"),), lambda real: lambda steps, groups, owners=(): tuple(steps)),
    Mutation("a step begins before its gate", ((machine, "_open"),), lambda real: machine_open),
)  # fmt: skip


def machine_open(run: Any, planned: Any, now: Any) -> Any:
    """Nobody is asked."""
    return machine._start(run, planned, run.steps[planned.id], now)
