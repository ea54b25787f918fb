"""One table decides who may do what: every act is denied to everybody it is not given to."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from bot.approval.authorize import PERMITS, Act, Principal, Situation, Standing, authorize, must_be_allowed
from bot.language import speaking
from bot.model.errors import Refused
from bot.model.people import Person
from bot.model.plan import NextLevel
from bot.model.service import BreakGlass
from tests.builders import ANA, BEN, CHLOE, DEV, a_gate, a_person, a_service
from tests.usecases.desks import a_catalog

EVE = a_person("eve", "Eve Adler", groups=("@finance",))
GUS = a_person("gus", "Gus Brandt", groups=("@glass",))
AUD = a_person("aud", "Aud Berg", groups=("@audit",))
CATALOG = a_catalog(
    people={each.id: each for each in (ANA, BEN, CHLOE, DEV, EVE, GUS, AUD)},
    break_glass=BreakGlass(groups=("@glass",), channel="#exec"),
    auditors=("@audit",),
)
WHERE = Situation(CATALOG, a_service(), a_gate(2), requester="ana", approves=True)
RUNNERS = {"ana", "ben", "chloe", "dev"}
ALL = {*RUNNERS, "eve", "gus", "aud"}
ALLOWED: dict[str, set[str]] = {
    **{act: RUNNERS for act in get_args(Act)},
    "look": ALL,
    "note": ALL,
    "vote": {"ben", "chloe"},
    "export": {"aud"},
    "break_glass": {"gus"},
    "review": RUNNERS | {"aud"},
}


@pytest.mark.parametrize("act", get_args(Act))
def test_each_act_is_given_to_these_people_and_to_nobody_else(act: Act) -> None:
    """Seven people ask for everything there is."""
    people = {person.id for person in CATALOG.people.values() if authorize(Principal(person), act, WHERE).allowed}

    assert people == ALLOWED[act]


def test_who_is_asked_next_is_told_so_and_decides_when_asked() -> None:
    """Eve comes in when the gate has expired; until then her vote does not count, afterwards it does."""
    gate = a_gate(2, on_expiry="escalate", escalation=(NextLevel(groups=("@finance",)),))

    early = authorize(Principal(EVE), "vote", replace(WHERE, gate=gate))
    later = authorize(Principal(EVE), "vote", replace(WHERE, gate=gate.at(1)))
    never = authorize(Principal(GUS), "vote", replace(WHERE, gate=gate))

    assert (early.allowed, early.reason) == (False, "not-asked-yet")
    assert "when nobody decides in time" in early.text
    assert later.allowed
    assert (never.allowed, never.reason) == (False, "not-an-approver")


def test_who_is_only_told_decides_nothing() -> None:
    """Neither before nor after."""
    gate = a_gate(2, on_expiry="escalate", escalation=(NextLevel(hears=("@finance",)),))

    verdicts = [authorize(Principal(EVE), "vote", replace(WHERE, gate=gate.at(level))) for level in (0, 1)]

    assert [verdict.reason for verdict in verdicts] == ["not-an-approver", "not-an-approver"]


@pytest.mark.parametrize("act", get_args(Act))
@pytest.mark.parametrize("standing", [each for each in get_args(Standing) if each != "member"])
def test_no_role_outweighs_an_account_that_may_not_act(act: Act, standing: Standing) -> None:
    """A forbid wins: bots, guests, strangers and deactivated accounts do nothing at all, whoever they are."""
    everything = a_person("all", groups=("@sre-leads", "@orders-sre", "@glass", "@audit"))

    verdict = authorize(Principal(everything, standing), act, WHERE)

    assert not verdict.allowed
    assert verdict.reason not in PERMITS.get(act, ())
    assert verdict.text


@pytest.mark.parametrize("act", [act for act in get_args(Act) if act != "look"])
def test_somebody_who_is_not_on_the_roster_looks_and_does_nothing_else(act: Act) -> None:
    """A full member of the workspace, unknown to us."""
    assert authorize(Principal(None), "look", WHERE).allowed
    assert authorize(Principal(None), act, WHERE).reason == "not-on-roster"


def test_an_act_that_nobody_gave_to_anybody_is_denied() -> None:
    """Default deny, also for what the table does not know."""
    assert not authorize(Principal(BEN), "erase", WHERE).allowed  # type: ignore[arg-type]


@pytest.mark.parametrize("act", get_args(Act))
def test_a_situation_without_facts_gives_nobody_a_role(act: Act) -> None:
    """What is not known permits nothing but looking and writing notes."""
    assert authorize(Principal(BEN), act, Situation()).allowed is (act in ("look", "note"))


@pytest.mark.parametrize(
    ("person", "gate", "approves", "reason"),
    [
        (BEN, a_gate(2), True, "self-approval"),
        (BEN, a_gate(2), False, "approver"),
        (BEN, a_gate(2, kind="confirm", groups=(), roles=(("ic", ("@sre-leads",)),)), True, "approver"),
        (BEN, a_gate(2, kind="confirm", groups=(), roles=(("ic", ("@sre-leads",)),), strict=True), True,
         "self-approval"),
    ],
    ids=["approves", "denies", "confirms R2", "confirms R3"],
)  # fmt: skip
def test_nobody_approves_their_own_request(person: Person, gate: object, approves: bool, reason: str) -> None:
    """Saying no is always free; a confirmation below R3 may hold whoever called it."""
    where = Situation(CATALOG, a_service(), gate, requester="ben", approves=approves)  # type: ignore[arg-type]

    assert authorize(Principal(person), "vote", where).reason == reason


def test_who_broke_the_glass_does_not_review_it() -> None:
    """Another person does, whatever else the first one is."""
    where = Situation(CATALOG, a_service(), breaker="ben")

    assert authorize(Principal(BEN), "review", where).reason == "own-glass"
    assert authorize(Principal(DEV), "review", where).allowed


def test_a_refusal_names_who_and_what_it_would_take() -> None:
    """In the reader's language, with the reason as an id."""
    with speaking("ko"), pytest.raises(Refused) as refused:
        must_be_allowed(EVE, "pause", WHERE)

    assert refused.value.reason == "not-a-responder"
    assert refused.value.english == (
        "Eve Adler may not pause orders-api: that takes a member of @orders-sre or @sre-leads or @eng-directors."
    )


def test_without_auditors_everybody_on_the_roster_exports() -> None:
    """A small house need not name any."""
    assert authorize(Principal(EVE), "export", Situation(a_catalog())).allowed
