"""What the outbox reads of a journal, and when it begins anew."""

from __future__ import annotations

from datetime import timedelta

from bot.language import ENGLISH
from bot.model.events import NoteAdded
from bot.model.people import BOT
from bot.model.records import Draft
from bot.ports.journal import Head
from bot.slack.readings import STANDS_FOR, Readings
from bot.timeline.reading import Reading
from tests.usecases.desks import Office


async def taken_in(office: Office, readings: Readings) -> int:
    """Read what the store gives; how many records that were."""
    piece = await readings.fetch(office.plan.run)
    readings.keep(office.plan.run, piece.read(ENGLISH), piece, office.clock.now())
    return len(piece.records)


async def test_only_what_is_new_is_read() -> None:
    """The whole at first, then each record once, and in the end the same is known."""
    office = await Office.open()
    readings = Readings(office.desk)
    assert await taken_in(office, readings) == 1
    await office.tell(NoteAdded(text="one"), NoteAdded(text="two"))

    assert await readings.is_news(office.plan.run)
    assert await taken_in(office, readings) == 2
    assert not await readings.is_news(office.plan.run)
    assert readings.seq(office.plan.run) == 3


async def test_the_whole_is_looked_at_again_every_half_minute() -> None:
    """So that an edit of what was read long ago shows, and words that depend on the time change."""
    office = await Office.open()
    readings = Readings(office.desk)
    await taken_in(office, readings)
    office.clock.wind(STANDS_FOR - timedelta(seconds=1))
    was_news = await readings.is_news(office.plan.run)
    office.clock.wind(timedelta(seconds=1))

    assert not was_news
    assert await readings.is_news(office.plan.run)
    await office.tell(NoteAdded(text="one"))
    assert await taken_in(office, readings) == 2


async def test_a_store_that_came_back_with_another_past_is_read_anew() -> None:
    """As many records as before, but not the same ones: what was read is not the truth any more."""
    office = await Office.open()
    readings = Readings(office.desk)
    await office.tell(NoteAdded(text="lost"))
    await taken_in(office, readings)
    other = await Office.open()
    await other.tell(NoteAdded(text="kept"))
    object.__setattr__(office.desk, "journals", other.desk.journals)

    assert await readings.is_news(office.plan.run)
    await other.tell(NoteAdded(text="and on"))
    assert await taken_in(office, readings) == 3
    piece = await readings.fetch(office.plan.run)
    assert piece.read(ENGLISH) == Reading.of(await other.records())


async def test_a_journal_that_moved_back_is_read_anew() -> None:
    """The store lost its newest records: they are not told any longer."""
    office = await Office.open()
    readings = Readings(office.desk)
    await office.tell(NoteAdded(text="lost"))
    await taken_in(office, readings)
    shorter = await Office.open()
    object.__setattr__(office.desk, "journals", shorter.desk.journals)

    assert await taken_in(office, readings) == 1
    assert readings.seq(office.plan.run) == 1
    drafts = [Draft(id="x", at=office.clock.now(), actor=BOT, fact=NoteAdded(text="new"))]
    head = await shorter.desk.journals.head(office.plan.run)
    assert isinstance(head, Head)
    await shorter.desk.journals.append(office.plan.run, drafts, at=head, epoch=None)
    assert await taken_in(office, readings) == 1
