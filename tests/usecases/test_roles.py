"""A role has one holder; who gives it keeps it until the receiver has said yes."""

from __future__ import annotations

import pytest

from bot.model.errors import NotFound, Refused, UserError
from bot.model.events import RunFinished
from bot.model.people import Person
from bot.usecases.roles import accept, claim, hand_over, may_hold, named
from tests.builders import ANA, BEN, CHLOE, DEV
from tests.usecases.desks import Office, a_catalog, caller


async def test_a_free_role_is_held_by_who_claims_it() -> None:
    """From the claim on, the run knows."""
    office = await Office.open()

    run = await claim(office.desk, office.plan.run, caller(BEN), "ic")

    assert run.incident.holder("ic") == "ben"
    assert run.incident.holder("ops") == ""


async def test_claiming_twice_writes_once() -> None:
    """A second click changes nothing and says nothing."""
    office = await Office.open()
    await claim(office.desk, office.plan.run, caller(BEN), "ic")

    await claim(office.desk, office.plan.run, caller(BEN), "ic")

    assert [record.fact.kind for record in await office.records()] == ["run_created", "role_claimed"]


async def test_a_held_role_is_taken_with_a_reason_only() -> None:
    """The one who fell asleep is replaced, and the timeline says why."""
    office = await Office.open()
    await claim(office.desk, office.plan.run, caller(BEN), "ic")
    with pytest.raises(Refused) as refusal:
        await claim(office.desk, office.plan.run, caller(CHLOE), "ic")

    run = await claim(office.desk, office.plan.run, caller(CHLOE), "ic", "Ben is on a plane")

    assert refusal.value.reason == "role-held"
    assert run.incident.holder("ic") == "chloe"
    fact = (await office.records())[-1].fact
    assert (fact.was, fact.why) == ("Ben Okafor", "Ben is on a plane")  # type: ignore[union-attr]


async def test_the_giver_holds_the_role_until_the_receiver_says_yes() -> None:
    """An offer moves nothing; the yes does."""
    office = await Office.open()
    run_id = office.plan.run
    await claim(office.desk, run_id, caller(BEN), "ic")

    offered = await hand_over(office.desk, run_id, caller(BEN), "ic", CHLOE)
    accepted = await accept(office.desk, run_id, caller(CHLOE), "ic")

    assert offered.incident.roles["ic"].person == "ben"
    assert offered.incident.roles["ic"].offered_to == "chloe"
    assert accepted.incident.roles["ic"].person == "chloe"
    assert accepted.incident.roles["ic"].offered_to == ""


async def _offered(office: Office) -> None:
    await claim(office.desk, office.plan.run, caller(BEN), "ic")
    await hand_over(office.desk, office.plan.run, caller(BEN), "ic", CHLOE)


@pytest.mark.parametrize(
    ("who", "role", "reason"),
    [(ANA, "ic", "not-offered"), (BEN, "ic", "not-offered"), (CHLOE, "ops", "not-offered")],
)
async def test_only_the_one_who_was_asked_can_accept(who: Person, role: str, reason: str) -> None:
    """Neither a bystander, nor the giver, nor for another role; and the attempt is on record."""
    office = await Office.open()
    await _offered(office)

    with pytest.raises(Refused) as refusal:
        await accept(office.desk, office.plan.run, caller(who), role)

    assert refusal.value.reason == reason
    assert (await office.records())[-1].fact.kind == "action_refused"
    assert (await office.desk.run(office.plan.run)).incident.holder("ic") == "ben"


async def test_the_newest_offer_counts() -> None:
    """Who was asked before somebody else was asked has missed it."""
    office = await Office.open()
    await claim(office.desk, office.plan.run, caller(ANA), "comms")
    await hand_over(office.desk, office.plan.run, caller(ANA), "comms", BEN)
    await hand_over(office.desk, office.plan.run, caller(ANA), "comms", DEV)

    with pytest.raises(Refused):
        await accept(office.desk, office.plan.run, caller(BEN), "comms")

    run = await accept(office.desk, office.plan.run, caller(DEV), "comms")
    assert run.incident.holder("comms") == "dev"


async def test_who_may_not_hold_a_role_gets_it_neither_way() -> None:
    """The catalogue says who may, for claims and for handovers."""
    office = await Office.open()
    await claim(office.desk, office.plan.run, caller(BEN), "ic")

    with pytest.raises(Refused) as claimed:
        await claim(office.desk, office.plan.run, caller(ANA), "ic", "I want it")
    with pytest.raises(Refused) as given:
        await hand_over(office.desk, office.plan.run, caller(BEN), "ic", ANA)

    assert claimed.value.reason == given.value.reason == "role-not-eligible"


async def test_who_does_not_hold_a_role_cannot_give_it() -> None:
    """Nobody gives away what is free or somebody else's."""
    office = await Office.open()
    with pytest.raises(Refused) as free:
        await hand_over(office.desk, office.plan.run, caller(BEN), "ic", CHLOE)
    await claim(office.desk, office.plan.run, caller(BEN), "ic")

    with pytest.raises(Refused) as held:
        await hand_over(office.desk, office.plan.run, caller(CHLOE), "ic", BEN)
    with pytest.raises(UserError):
        await hand_over(office.desk, office.plan.run, caller(BEN), "ic", BEN)

    assert (free.value.reason, held.value.reason) == ("role-free", "role-held")


async def test_roles_of_a_run_that_is_over_stay_as_they_were() -> None:
    """The end is the end."""
    office = await Office.open()
    await office.tell(RunFinished(outcome="completed"))

    with pytest.raises(Refused) as refusal:
        await claim(office.desk, office.plan.run, caller(BEN), "ic")

    assert refusal.value.reason == "run-over"


async def test_an_unknown_role_names_the_nearest() -> None:
    """A slip of the finger is told with the right word."""
    office = await Office.open()

    with pytest.raises(NotFound) as unknown:
        await claim(office.desk, office.plan.run, caller(BEN), "com")

    assert "comms" in str(unknown.value)


@pytest.mark.parametrize("words", ["ben", "@ben", "<@UBEN|ben>", "<@UBEN>", "Ben Okafor", " ben okafor "])
def test_a_person_is_meant_by_any_of_their_names(words: str) -> None:
    """As people type it, as Slack writes it."""
    assert named(a_catalog(), words) == BEN


def test_a_stranger_is_not_found() -> None:
    """Nobody is guessed."""
    with pytest.raises(NotFound):
        named(a_catalog(), "@benn0")


def test_eligibility_is_the_catalogues_word() -> None:
    """A role nobody described is for nobody."""
    assert may_hold(BEN, "ic", a_catalog())
    assert not may_hold(ANA, "ic", a_catalog())
    assert not may_hold(BEN, "scribe", a_catalog())
