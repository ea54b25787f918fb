"""Where runs stand when they are too many for their cards: which overview, in which channel, and for how long."""

from __future__ import annotations

from bot.language import ENGLISH
from bot.ports.sent import Sent
from bot.slack.crowds import Crowds, Hall, is_board
from bot.slack.ledger import Ledger
from bot.slack.letter import Letter
from bot.slack.pace import Pace
from bot.slack.views.crowd import PAGE, Face
from tests.slack.rush import SINCE, Shelf

PACE = Pace()
HALL = Hall("CHALL")


class Town:
    """Channels with so many runs each, and what was posted so far."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self.shelf = shelf or Shelf()
        self.ledger = Ledger(self.shelf)
        self.crowds = Crowds(self.ledger, PACE)

    def see(self, channel: str, runs: int, *, is_over: bool = False, is_open: bool = True) -> None:
        """So many runs in a channel; when they are over, their own cards say so."""
        for number in range(runs):
            face = Face(f"{channel}-{number}", f"{channel}-{number} runs", asks=False, is_over=is_over, since=SINCE)
            self.crowds.see(channel, ENGLISH, face, is_drawn=is_over, is_open=is_open)

    async def post(self, hall: Hall = HALL) -> dict[str, list[Letter]]:
        """Bring everything to Slack; what was posted or edited, by channel."""
        told: dict[str, list[Letter]] = {}
        for letter in await self.crowds.letters(0.0, hall):
            told.setdefault(letter.channel, []).append(letter)
            known = self.ledger.known(letter.run).get(letter.key)
            ts = known.ts if known and known.ts else f"{letter.channel}.{letter.run}.{letter.key}"
            stands = Sent(channel=letter.channel, ts=ts, digest=letter.desired.message.digest)
            await self.ledger.put(letter.run, letter.key, stands)
        return told


async def test_a_few_crowds_keep_to_their_own_channels() -> None:
    """Four pages can be fresh: nobody is sent elsewhere."""
    town = Town()
    for channel in ("C1", "C2", "C3", "C4"):
        town.see(channel, PAGE)

    told = await town.post()

    assert set(told) == {"C1", "C2", "C3", "C4"}
    assert all("50 runs are open here" in letter.desired.message.text for [letter] in told.values())


async def test_many_crowds_stand_in_one_overview_that_every_channel_leads_to() -> None:
    """In the hall, with the channel of each run; the way there is told once and never edited."""
    town = Town()
    for number in range(20):
        town.see(f"C{number}", 4)

    told = await town.post()
    town.see("C3", 5)
    again = await town.post()

    assert len(told["CHALL"]) == 2
    assert "80 runs are open in all channels" in told["CHALL"][0].desired.message.text
    assert "C7-2 runs · <#C7>" in "\n".join(letter.desired.message.text for letter in told["CHALL"])
    assert all("<#CHALL>" in told[f"C{number}"][0].desired.message.text for number in range(20))
    assert set(again) == {"CHALL"}


async def test_without_a_hall_the_busiest_channel_is_it() -> None:
    """And needs no way to itself."""
    town = Town()
    for number in range(20):
        town.see(f"C{number}", 9 if number == 5 else 3)

    told = await town.post(Hall())

    assert len(told["C5"]) == 2
    assert "<#C5>" in told["C6"][0].desired.message.text


async def test_what_not_everybody_may_know_stays_in_its_channel() -> None:
    """A private channel, and one that strangers read, keep an overview of their own."""
    town = Town()
    for number in range(20):
        town.see(f"C{number}", 4)
    town.see("CSECRET", 4, is_open=False)

    told = await town.post()

    assert "CSECRET" not in "\n".join(letter.desired.message.text for letter in told["CHALL"])
    assert "4 runs are open here" in told["CSECRET"][0].desired.message.text


async def test_when_the_rush_is_over_every_overview_is_closed() -> None:
    """Once, in every channel; the next look changes nothing."""
    town = Town()
    for number in range(20):
        town.see(f"C{number}", 4)
    await town.post()
    for number in range(20):
        town.see(f"C{number}", 4, is_over=True)

    told = await town.post()

    assert set(told) == {"CHALL", *(f"C{number}" for number in range(20))}
    assert all("is closed" in letter.desired.message.text for letters in told.values() for letter in letters)
    assert await town.post() == {}
    assert all(is_over for _name, _page, is_over in await town.crowds.pins())


async def test_a_hall_that_takes_nothing_any_more_is_left() -> None:
    """The overview goes on in another channel, and the ways are mended."""
    town = Town()
    for number in range(20):
        town.see(f"C{number}", 4)
    await town.post()

    told = await town.post(Hall(closed=frozenset({"CHALL"})))

    assert len(told["C0"]) == 3, "two pages, and the way to the hall is now the way to the pages below it"
    assert "<#C0>" in told["C1"][0].desired.message.text
    assert "CHALL" not in told


async def test_who_takes_over_goes_on_with_the_same_overview() -> None:
    """Another process leads: it edits what stands there, and posts nothing anew."""
    first = Town()
    for number in range(20):
        first.see(f"C{number}", 4)
    posted = await first.post()
    second = Town(first.shelf)
    for number in range(20):
        second.see(f"C{number}", 4)

    told = await second.post(Hall("COTHER"))

    assert told == {}
    assert {letter.run for letter in posted["CHALL"]} == {"board-all-1"}
    assert all(is_board(letter.run) for letters in posted.values() for letter in letters)


async def test_one_run_more_or_less_changes_nothing() -> None:
    """An overview of all stays until the rush is well over."""
    town = Town()
    for number in range(20):
        town.see(f"C{number}", 1)
    await town.post()
    for number in range(8):
        town.see(f"C{number}", 1, is_over=True)

    told = await town.post()

    assert "12 runs are open in all channels" in told["CHALL"][0].desired.message.text
    assert set(told) == {"CHALL"}
