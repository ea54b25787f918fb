"""Which run is meant, and which can be told, when several are there and one of them is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.adapters.memory.journal import MemoryJournals
from bot.model.errors import Unavailable, UserError
from bot.model.events import RunCreated, RunFinished
from bot.model.plan import Mode
from bot.model.records import Draft, Record
from bot.ports.journal import Head
from bot.usecases.debts import owed, service_ledger
from bot.usecases.look import list_runs
from tests.builders import ANA, NOW, a_finished_failover, a_plan, a_service, a_step, an_actor
from tests.usecases.desks import Office, a_catalog

LIVE, REHEARSAL = "orders-api-0314-00001", "orders-api-0315-00002"


async def begin(office: Office, run: str, mode: Mode = Mode.LIVE, *, over: bool = False) -> None:
    """A run that began after those before it."""
    facts = [RunCreated(plan=a_plan(a_step(), run=run, mode=mode)), *([RunFinished(outcome="completed")] * over)]
    drafts = [Draft(id=f"{run}:{n}", at=NOW, actor=an_actor(ANA), fact=fact) for n, fact in enumerate(facts)]
    await office.desk.journals.append(run, drafts, at=Head(seq=0, hash="", epoch=0), epoch=None)


async def an_office() -> Office:
    """Without a run."""
    office = await Office.open()
    return replace(office, desk=replace(office.desk, journals=MemoryJournals()))


@pytest.mark.parametrize("order", [(LIVE, REHEARSAL), (REHEARSAL, LIVE)])
async def test_a_rehearsal_never_stands_before_the_run_that_is_real(order: Sequence[str]) -> None:
    """`abort orders-api` in a fire means the fire, whichever of the two was begun last."""
    office = await an_office()
    for run in order:
        await begin(office, run, Mode.LIVE if run == LIVE else Mode.DRY_RUN)

    assert (await office.desk.find_run("orders-api")).id == LIVE


async def test_an_open_rehearsal_stands_before_what_is_over() -> None:
    """Of what is over, the newest is meant, whatever it was."""
    office = await an_office()
    await begin(office, LIVE, over=True)
    await begin(office, "orders-api-0314-00003", Mode.DRY_RUN, over=True)

    closed = await office.desk.find_run("orders-api")
    await begin(office, REHEARSAL, Mode.DRY_RUN)
    await begin(office, "orders-api-0316-00004", over=True)

    assert closed.id == "orders-api-0314-00003"
    assert (await office.desk.find_run("orders-api")).id == REHEARSAL


async def test_a_service_without_a_run_is_not_said_to_be_unknown() -> None:
    """Nobody is asked whether they meant what they typed."""
    office = await an_office()

    with pytest.raises(UserError, match=r"^orders-api has no run yet\.$"):
        await office.desk.find_run("orders-api")


async def test_the_only_open_run_needs_no_name() -> None:
    """With none or several, nothing is guessed: what is open is named."""
    office = await an_office()

    with pytest.raises(UserError, match="No run is open"):
        await office.desk.find_run()
    await begin(office, LIVE)
    only = await office.desk.find_run()
    await begin(office, REHEARSAL, Mode.DRY_RUN)
    with pytest.raises(UserError, match=f"{REHEARSAL}.*{LIVE}"):
        await office.desk.find_run()

    assert only.id == LIVE


class Losing(MemoryJournals):
    """One run is in the lists, and its journal is gone: nobody here knew it, or this host did."""

    def __init__(self, lost: str, *, frozen: bool) -> None:
        super().__init__()
        self._lost, self._frozen = lost, frozen

    async def read(self, run: str, *, after: int = 0) -> Sequence[Record]:
        if run == self._lost and self._frozen:
            raise Unavailable(f"Redis has lost {run}, so it is frozen")
        return () if run == self._lost else await super().read(run, after=after)


@pytest.mark.parametrize("frozen", [True, False])
async def test_a_run_that_is_lost_hides_no_other(frozen: bool) -> None:
    """The lists are told without it, and the other run of its service is found by the service's name."""
    office = await an_office()
    office = replace(office, desk=replace(office.desk, journals=Losing("orders-api-0313-00000", frozen=frozen)))
    await begin(office, LIVE)
    await begin(office, "orders-api-0313-00000")

    views = await list_runs(office.desk)

    assert [view.run.id for view in views] == [LIVE]
    assert (await office.desk.find_run("orders-api")).id == LIVE


async def test_nothing_that_can_be_read_is_not_the_same_as_nothing() -> None:
    """Where all that is listed is lost, that is said."""
    office = await an_office()
    office = replace(office, desk=replace(office.desk, journals=Losing(LIVE, frozen=True)))
    await begin(office, LIVE)

    with pytest.raises(Unavailable, match="frozen"):
        await list_runs(office.desk)


async def test_a_debt_is_not_forgotten_for_the_rehearsals_of_others() -> None:
    """Two hundred and fifty of them lie between the failover and the way home."""
    office = await an_office()
    records = a_finished_failover(run=LIVE)
    drafts = [Draft(id=each.id, at=each.at, actor=each.actor, fact=each.fact) for each in records]
    await office.desk.journals.append(LIVE, drafts, at=Head(seq=0, hash="", epoch=0), epoch=None)
    before = (await owed(office.desk, "orders-api")).open
    for number in range(250):
        await begin(office, f"payments-0315-{number:05}", Mode.DRY_RUN, over=True)

    assert before
    assert (await owed(office.desk, "orders-api")).open == before


async def test_nothing_said_means_the_open_run_and_else_all_that_is_owed() -> None:
    """The run that made the debt is over; one that is open is what people mean."""
    office = await an_office()
    records = a_finished_failover(run=LIVE)
    drafts = [Draft(id=each.id, at=each.at, actor=each.actor, fact=each.fact) for each in records]
    await office.desk.journals.append(LIVE, drafts, at=Head(seq=0, hash="", epoch=0), epoch=None)
    of_all = await owed(office.desk)
    await begin(office, "payments-0315-00001")

    assert (of_all.of, of_all.open) == ("", (await owed(office.desk, "orders-api")).open)
    assert (await owed(office.desk)).of == "payments-0315-00001"
    await begin(office, "payments-0315-00002")
    assert (await owed(office.desk)).open == of_all.open


async def test_a_service_that_left_the_catalogue_still_owes() -> None:
    """What its runs changed stands all the same: it is told with all others, and by its name."""
    office = await Office.open(catalog=a_catalog(services={"payments": a_service("payments")}))
    await office.tell(RunFinished(outcome="aborted"))
    records = a_finished_failover(run=LIVE)
    drafts = [Draft(id=each.id, at=each.at, actor=each.actor, fact=each.fact) for each in records]
    await office.desk.journals.append(LIVE, drafts, at=Head(seq=0, hash="", epoch=0), epoch=None)

    of_all, of_one = await owed(office.desk), await owed(office.desk, "orders-api")

    assert (of_all.of, of_one.of) == ("", "orders-api")
    assert {debt.run for debt in of_all.open} == {LIVE}
    assert of_one.open == of_all.open


async def test_a_service_whose_name_begins_another_ones_has_its_own_runs() -> None:
    """`orders` has not made what `orders-api` made."""
    office = await Office.open(catalog=a_catalog(services={name: a_service(name) for name in ("orders", "orders-api")}))
    ids = [LIVE, "orders-0314-00001", "orders-apis-0314-00001"]

    assert office.desk.ids_of("orders-api", ids) == [LIVE]
    assert office.desk.ids_of("orders", ids) == ["orders-0314-00001", "orders-apis-0314-00001"]


@pytest.mark.parametrize("frozen", [True, False])
async def test_a_debt_in_a_journal_that_is_lost_hides_no_other(frozen: bool) -> None:
    """What can be read is told, and so is which run could not be read."""
    office = await an_office()
    office = replace(office, desk=replace(office.desk, journals=Losing("orders-api-0313-00000", frozen=frozen)))
    await begin(office, "orders-api-0313-00000")
    records = a_finished_failover(run=LIVE)
    drafts = [Draft(id=each.id, at=each.at, actor=each.actor, fact=each.fact) for each in records]
    await office.desk.journals.append(LIVE, drafts, at=Head(seq=0, hash="", epoch=0), epoch=None)

    ledger = await service_ledger(office.desk, "orders-api")

    assert {debt.run for debt in ledger.open} == {LIVE}
    assert ledger.unread == ("orders-api-0313-00000",)
