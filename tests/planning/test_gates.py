"""Whom a gate asks, and who comes in each time that nobody has decided in time."""

from __future__ import annotations

from typing import Any

import pytest

from bot.approval.floor import with_floor
from bot.approval.policy import next_words, path_words, since_words
from bot.model.action import Risk
from bot.model.errors import UserError
from bot.model.plan import GatePlan, NextLevel
from bot.model.runbook import ApproverSet, Confirm, Gate, Runbook, Step
from bot.model.service import Level, RoleRule
from bot.planning.gates import planned_gate
from tests.builders import a_gate, a_plan, a_service, a_step
from tests.usecases.desks import a_catalog

ROLES = {
    "ic": RoleRule(groups=("@sre-leads",)),
    "ops": RoleRule(groups=("@orders-sre",)),
    "vp": RoleRule(groups=("@vps",)),
}
OWNERS = ("@orders-sre",)
VP, COMMS = Level(ask="role.vp"), Level(tell="@comms")
RUNBOOK = Runbook.model_validate(
    {
        "schema": "dr/v1", "runbook": "a.b", "version": 1, "title": "A", "owners": OWNERS, "strategy": "warm",
        "kind": "failover", "when": "Never.", "approvers": {"board": ApproverSet(groups=("@sre-leads", "@vps"))},
        "steps": {"go": Step(id="go", wait=None)},
    }
)  # fmt: skip


def approve(*levels: Level, **more: Any) -> Step:
    values = {"from": "role.ic", "count": 2, "on_expiry": "escalate", "escalate_to": levels or None}
    return Step(id="go", approve=Gate.model_validate({**values, **more}))


def confirm(*levels: Level, **more: Any) -> Step:
    gate = Confirm(text="Go?", by=("ops", "ic"), **{"on_expiry": "escalate", "escalate_to": levels or None, **more})
    return Step(id="go", confirm=gate)


def planned(step: Step, default: tuple[Level, ...] = (), own: tuple[Level, ...] | None = None) -> GatePlan:
    catalog = a_catalog(roles=ROLES, escalate_to=default)
    gate = planned_gate(RUNBOOK, step, a_service(escalate_to=own), catalog, str)
    assert gate is not None
    return gate


PATHS = [
    (approve(VP, COMMS), (), None, (NextLevel(groups=("@vps",)), NextLevel(hears=("@comms",)))),
    (approve(Level(ask="board")), (), None, (NextLevel(groups=("@vps",)),)),
    (approve(Level(ask="@vps", tell="@comms")), (), None, (NextLevel(groups=("@vps",), hears=("@comms",)),)),
    (approve(VP, Level(ask="@vps")), (), None, (NextLevel(groups=("@vps",)),)),
    (approve(Level(ask="role.ic")), (), None, ()),
    (approve(), (VP,), None, (NextLevel(groups=("@vps",)),)),
    (approve(), (VP,), (COMMS,), (NextLevel(hears=("@comms",)),)),
    (approve(), (VP,), (), ()),
    (approve(escalate_to=()), (VP,), None, ()),
    (approve(on_expiry="pause", escalate_to=None), (VP,), None, ()),
    (confirm(Level(ask="@vps", **{"as": "ic"})), (), None, (NextLevel(groups=("@vps",), place="ic"),)),
    (confirm(), (VP,), None, (NextLevel(hears=("@vps",)),)),
    (confirm(), (Level(ask="@vps", **{"as": "comms"}),), None, (NextLevel(hears=("@vps",)),)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("step", "default", "own", "levels"), PATHS,
    ids=["role, then told", "a set, what is new of it", "both at once", "nobody twice", "asked already", "default",
         "the service's before the catalogue's", "the service wants nobody", "the gate wants nobody", "no escalation",
         "a role of a confirm", "no role to fill", "another confirm's role"],
)  # fmt: skip
def test_who_comes_in_next(
    step: Step, default: tuple[Level, ...], own: tuple[Level, ...] | None, levels: tuple[NextLevel, ...]
) -> None:
    """As the gate says, else its service, else the catalogue; whoever has no place to fill is told."""
    assert planned(step, default, own).escalation == levels


def test_a_name_that_nobody_has_refuses_the_plan() -> None:
    """At planning, with the name, and not when the gate expires at night."""
    with pytest.raises(UserError, match=r"nobody is called 'bord'"):
        planned(approve(Level(ask="bord")))


def test_more_people_may_fill_its_places_and_the_places_stay() -> None:
    """Level by level; behind the last one nobody else comes in."""
    gate = planned(approve(VP, COMMS, Level(ask="@board")))

    first, second, last = gate.at(1), gate.at(2), gate.at(9)

    assert (first.groups, first.joined, first.hears) == (("@sre-leads", "@vps"), ("@vps",), ())
    assert (second.groups, second.hears) == (first.groups, ("@comms",))
    assert (last.groups, last.escalation) == (("@sre-leads", "@vps", "@board"), ())
    assert {each.count for each in (gate, first, second, last)} == {2}
    assert gate.at(0) == gate


def test_who_comes_in_for_a_role_fills_that_role_only() -> None:
    """The other one is asked of the same people as before."""
    gate = planned(confirm(Level(ask="@vps", **{"as": "ic"}))).at(1)

    assert gate.roles == (("ops", ("@orders-sre",)), ("ic", ("@sre-leads", "@vps")))
    assert (gate.groups, gate.count) == ((), 2)


@pytest.mark.parametrize(
    ("gate", "place", "kept"),
    [
        (a_gate(2, groups=("@sre-leads",)), "", True),
        (a_gate(2, groups=OWNERS), "", False),
        (a_gate(2, kind="confirm", groups=(), roles=(("ops", OWNERS), ("ic", ("@sre-leads",)))), "ic", True),
        (a_gate(2, kind="confirm", groups=(), roles=(("ops", OWNERS), ("ic", ("@sre-leads",)))), "ops", False),
    ],
    ids=["anybody's place", "owners alone", "a role", "the owners' role"],
)
def test_r3_keeps_an_owner_among_those_who_decide(gate: GatePlan, place: str, kept: bool) -> None:
    """Whoever else would come in where owners alone decide is told instead; two people stay two."""
    gate = gate.model_copy(update={"escalation": (NextLevel(groups=("@vps",), place=place),)})

    (step,) = with_floor([a_step("cut", risk=Risk.DATA_LOSS, gate=gate)], ("@sre-leads",), OWNERS)

    assert step.gate is not None
    widest = step.gate.at(9)
    assert ("@vps" in widest.voters, "@vps" in widest.hears) == (kept, not kept)
    assert any(set(groups) <= set(OWNERS) for groups in (*dict(widest.roles).values(), widest.groups) if groups)
    assert widest.count >= 2


def test_the_plan_is_bound_to_who_may_ever_decide() -> None:
    """Another path is another hash; a gate without one has the hash that it always had."""
    bare, paths = a_gate(1, on_expiry="escalate"), (("@vps",), ("@board",))
    plans = [bare, *(bare.model_copy(update={"escalation": (NextLevel(groups=each),)}) for each in paths)]

    hashes = {a_plan(a_step("go", kind="approve", gate=gate)).hash for gate in plans}

    assert len(hashes) == 3
    assert "escalation" not in bare.model_dump(mode="json")


def test_it_is_said_who_is_next_and_who_came_in() -> None:
    """In every state of the gate: before it expires, after, and when nobody else is left."""
    gate = planned(approve(Level(ask="@vps", tell="@comms"), Level(tell="@board")))

    said = [next_words(gate.at(level), "03:20") for level in (0, 1, 2)]

    assert said == [
        "If nobody decides by 03:20: @vps may decide too, and it is told to @comms.",
        "If nobody decides by 03:20: it is told to @board, and the same people are asked again.",
        "If nobody decides by 03:20: the same people are asked again.",
    ]
    assert path_words(gate) == "@vps and @comms (only told) → @board (only told)"
    assert since_words(gate) == ()
    assert since_words(gate.at(1)) == (
        "Nobody decided in time, so @vps may decide too.", "Nobody decided in time, so it was told to @comms.",
    )  # fmt: skip
    assert next_words(a_gate(1), "03:20") == ""


def test_whoever_comes_in_for_a_role_is_named_with_it() -> None:
    """A confirm asks for roles."""
    gate = planned(confirm(Level(ask="@vps", **{"as": "ic"})))

    assert path_words(gate) == "@vps as incident commander"
