"""Which runs are so many that their cards cannot all be fresh, and the overviews that stand there then.

The arithmetic: we edit 40 messages a minute, all channels together, and overviews may use four fifths of that: one page
in 1.9 seconds, so that each of P pages is drawn every 1.9·P seconds. Nothing may be older than ten seconds, and
gathering, drawing and calling take about one: that leaves four pages, of fifty runs each. Where the channels' own
overviews need more (twenty channels would be forty seconds behind), all runs stand in one, in one channel, which takes
200 runs, wherever they are told; in each of the others a message leads there, which costs a post and never an edit.

Promises: every overview is edited in place and closed when the crowd is gone; a crowd is called one with some slack in
both directions, so that one run more or less changes nothing; runs of channels that not everybody may read, or that
strangers read, stay there. Refuses to post.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bot.language import ENGLISH, Language, speaking
from bot.ports.sent import Sent
from bot.slack.desired import Desired, Priority
from bot.slack.kit import Message
from bot.slack.ledger import Ledger
from bot.slack.letter import Letter
from bot.slack.pace import Pace
from bot.slack.paging import Paging, pages_for
from bot.slack.pins import UNPINNED
from bot.slack.views.crowd import Face, abroad, board_closed, boards, boards_of_all, way_to_board

_BOARD = "board-"
_PAGE = "page:"
_FIRST = f"{_PAGE}1"
_CLOSED = "closed"
_ALL = "all"
"""Stands where other overviews have their channel."""


def is_board(run: str) -> bool:
    """Whether this is an overview's name, where others have a run's."""
    return run.startswith(_BOARD)


@dataclass(frozen=True)
class Hall:
    """Where the overview of all channels may stand."""

    channel: str = ""
    """Empty: in the busiest one."""
    language: Language = ENGLISH
    closed: Collection[str] = ()
    """Channels that take nothing any more."""


@dataclass
class _Channel:
    language: Language = ENGLISH
    faces: dict[str, Face] = field(default_factory=dict)
    is_open: bool = True
    """Whether everybody may know what is told here, and nobody else."""


@dataclass(frozen=True)
class _Board:
    number: int
    """Of the crowd that is there now."""
    channel: str


class Crowds:
    """All channels' open runs, as they were last seen."""

    def __init__(self, ledger: Ledger, pace: Pace) -> None:
        self._ledger, self._pace = ledger, pace
        self._channels: dict[str, _Channel] = {}
        self._boards: dict[str, _Board] = {}
        """Open overviews by their place: a channel, or all of them."""
        self._paging: dict[str, Paging] = defaultdict(Paging)
        self._hall = ""
        """Where all runs stand together; empty while each channel has its own overview."""
        self._closed: set[str] = set()
        """Overviews whose place among the pins is to be given up."""

    @property
    def runs(self) -> set[str]:
        """Every run that stands on an overview, or might."""
        return {run for channel in self._channels.values() for run in channel.faces}

    def see(self, channel: str, language: Language, face: Face, *, is_drawn: bool, is_open: bool = True) -> None:
        """A run as it is now. One that is over leaves the overview once its own card says so."""
        here = self._channels.setdefault(channel, _Channel())
        here.language, here.is_open = language, is_open
        for other in self._channels.values():
            other.faces.pop(face.run, None)  # it may have moved
        if not (face.is_over and is_drawn):
            here.faces[face.run] = face

    def is_crowd(self, channel: str) -> bool:
        """Whether the channel's runs stand on an overview, or are about to."""
        here = self._channels.get(channel)
        if here is None or not here.faces:
            return False
        if self._hall and here.is_open:
            return True
        most = self._pace.few if len(self.runs) > self._pace.rush else self._pace.crowd
        return len(here.faces) > (most // 2 if channel in self._boards else most)

    async def letters(self, now: float, hall: Hall = Hall()) -> list[Letter]:
        """What does not stand in Slack as it should: pages, and the messages that lead to them."""
        await self._choose_hall(hall)
        found = await self._letters_of(_ALL, self._hall, hall.language, self._pages_of_all(hall.language), now)
        for channel in [each for each in self._channels if each not in hall.closed]:
            pages, language = self._pages_of(channel), self._channels[channel].language
            found += await self._letters_of(channel, channel, language, pages, now)
        return found

    async def pins(self) -> list[tuple[str, Sent | None, bool]]:
        """Each overview, its first page, and whether it is closed."""
        names = [(_name(place, board.number), False) for place, board in self._boards.items()]
        names += [(name, True) for name in self._closed]
        found = [(name, (await self._ledger.of(name)).get(_FIRST), is_over) for name, is_over in names]
        self._closed -= {name for name in self._closed if UNPINNED in self._ledger.known(name)}
        return found

    async def _choose_hall(self, hall: Hall) -> None:
        await self._recall(_ALL)
        before = self._boards.get(_ALL)
        if before is not None and before.channel in hall.closed:  # nothing can be said there any more
            await self._end(_ALL)
            before, self._hall = None, ""
        open_ = {
            channel: len(here.faces)
            for channel, here in self._channels.items()
            if here.is_open and here.faces and channel not in hall.closed
        }
        if not self._is_hall_needed(list(open_.values()), is_there=bool(self._hall)):
            self._hall = ""
        elif not self._hall:
            self._hall = before.channel if before else hall.channel or max(open_, key=lambda each: open_[each])

    def _is_hall_needed(self, runs: list[int], *, is_there: bool) -> bool:
        """Whether the channels' own pages are more than can be fresh, and those of one overview are fewer."""
        own, together, slack = sum(map(pages_for, runs)), pages_for(sum(runs)), 3 if is_there else 1
        is_rush = sum(runs) > self._pace.rush // slack
        return is_rush and own > self._pace.board_pages // slack and together < own

    def _pages_of_all(self, language: Language) -> list[Message]:
        if not self._hall:
            return []
        places = {run: name for name, here in self._channels.items() if here.is_open for run in here.faces}
        with speaking(language):
            faces = [abroad(self._channels[place].faces[run], place) for run, place in places.items()]
            return boards_of_all(self._paging[_ALL].laid(faces))

    def _pages_of(self, channel: str) -> list[Message]:
        here = self._channels[channel]
        is_elsewhere = bool(self._hall) and here.is_open
        with speaking(here.language):
            if is_elsewhere and (channel in self._boards or (here.faces and channel != self._hall)):
                return [way_to_board(self._hall)]
            if is_elsewhere or not self.is_crowd(channel):
                return []
            return boards(self._paging[channel].laid(here.faces.values()))

    async def _letters_of(
        self, place: str, channel: str, language: Language, pages: list[Message], now: float
    ) -> list[Letter]:  # fmt: skip
        await self._recall(place)
        if pages and place not in self._boards:
            await self._begin(place, channel)
        if place not in self._boards:
            return []
        board = self._boards[place]
        name = _name(place, board.number)
        known = await self._ledger.of(name)
        wanted = {f"{_PAGE}{number}": said for number, said in enumerate(pages, start=1)}
        with speaking(language):
            closed = {key: board_closed() for key in _posted(known) if key not in wanted}
        changed = {key: said for key, said in (closed | wanted).items() if _stands(known, key) != said.digest}
        if not pages and not changed:
            await self._end(place)
        is_page = place == _ALL or not (self._hall and self._channels[place].is_open)
        return [
            Letter(name, key, board.channel, Desired(said, _urgency(key in wanted, is_page)), now, language=language)
            for key, said in changed.items()
        ]

    async def _recall(self, place: str) -> None:
        """The overview that another process left open, if any."""
        if place in self._boards:
            return
        numbers = {int(key): sent for key, sent in (await self._ledger.of(f"{_BOARD}{place}")).items()}
        newest = max(numbers, default=0)
        if newest and numbers[newest].digest != _CLOSED:
            self._boards[place] = _Board(newest, numbers[newest].channel)

    async def _begin(self, place: str, channel: str) -> None:
        number = max(map(int, await self._ledger.of(f"{_BOARD}{place}")), default=0) + 1
        await self._ledger.put(f"{_BOARD}{place}", str(number), Sent(channel=channel, ts="", digest="open"))
        self._boards[place] = _Board(number, channel)

    async def _end(self, place: str) -> None:
        board = self._boards.pop(place)
        closed = Sent(channel=board.channel, ts="", digest=_CLOSED)
        await self._ledger.put(f"{_BOARD}{place}", str(board.number), closed)
        self._closed.add(_name(place, board.number))


def _urgency(is_wanted: bool, is_page: bool) -> Priority:
    """A page goes before the cards; what leads to one, as a card; that one is closed can wait."""
    if not is_wanted:
        return Priority.LINE
    return Priority.BOARD if is_page else Priority.CARD


def _name(place: str, number: int) -> str:
    return f"{_BOARD}{place}-{number}"


def _stands(known: Mapping[str, Sent], key: str) -> str:
    return known[key].digest if key in known else ""


def _posted(known: Mapping[str, Sent]) -> list[str]:
    return [key for key, sent in known.items() if key.startswith(_PAGE) and sent.ts]
