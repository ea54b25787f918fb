"""Which channels have so many open runs that their cards cannot all be fresh, and the overview that stands there then.

Promises: one overview per crowd, edited in place and closed when the crowd is gone; a crowd is called one with some
slack in both directions, so that one run more or less changes nothing. Refuses to post.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.language import ENGLISH, Language, speaking
from bot.ports.sent import Sent
from bot.slack.desired import Desired, Priority
from bot.slack.kit import Message
from bot.slack.ledger import Ledger
from bot.slack.letter import Letter
from bot.slack.pace import Pace
from bot.slack.pins import UNPINNED
from bot.slack.views.crowd import Face, board_closed, boards

_BOARD = "board-"
_FIRST = "page:1"
_CLOSED = "closed"


def is_board(run: str) -> bool:
    """Whether this is an overview's name, where others have a run's."""
    return run.startswith(_BOARD)


@dataclass
class _Channel:
    language: Language = ENGLISH
    faces: dict[str, Face] = field(default_factory=dict)
    number: int = 0
    """Of the crowd that is there now; 0 when there is none."""


class Crowds:
    """All channels' open runs, as they were last seen."""

    def __init__(self, ledger: Ledger, pace: Pace) -> None:
        self._ledger, self._pace = ledger, pace
        self._channels: dict[str, _Channel] = {}
        self._closed: set[str] = set()
        """Overviews whose place among the pins is to be given up."""

    @property
    def runs(self) -> set[str]:
        """Every run that stands on an overview, or might."""
        return {run for channel in self._channels.values() for run in channel.faces}

    def see(self, channel: str, language: Language, face: Face, *, is_drawn: bool) -> None:
        """A run as it is now. One that is over leaves the overview once its own card says so."""
        here = self._channels.setdefault(channel, _Channel())
        here.language = language
        for other in self._channels.values():
            other.faces.pop(face.run, None)  # it may have moved
        if not (face.is_over and is_drawn):
            here.faces[face.run] = face

    def is_crowd(self, channel: str) -> bool:
        """Whether the channel has an overview, or is about to."""
        here = self._channels.get(channel, _Channel())
        is_rush = sum(len(each.faces) for each in self._channels.values()) > self._pace.rush
        most = self._pace.few if is_rush else self._pace.crowd
        return len(here.faces) > (most // 2 if here.number else most)

    async def letters(self, now: float) -> list[Letter]:
        """The pages that do not stand in Slack as they should."""
        return [letter for channel in self._channels for letter in await self._letters_of(channel, now)]

    async def pins(self) -> list[tuple[str, Sent | None, bool]]:
        """Each overview, its first page, and whether it is closed."""
        open_ = {_name(channel, here.number) for channel, here in self._channels.items() if here.number}
        names = [(name, False) for name in open_] + [(name, True) for name in self._closed]
        found = [(name, (await self._ledger.of(name)).get(_FIRST), is_over) for name, is_over in names]
        self._closed -= {name for name in self._closed if UNPINNED in self._ledger.known(name)}
        return found

    async def _letters_of(self, channel: str, now: float) -> list[Letter]:
        here = self._channels[channel]
        if not here.number:
            here.number = await self._last_open(channel)
        is_crowd = self.is_crowd(channel)
        if is_crowd and not here.number:
            here.number = await self._begin(channel)
        if not here.number:
            return []
        known = await self._ledger.of(_name(channel, here.number))
        with speaking(here.language):
            wanted = _pages(here, known) if is_crowd else {key: board_closed() for key in _posted(known)}
        changed = {key: said for key, said in wanted.items() if key not in known or known[key].digest != said.digest}
        if not is_crowd and not changed:
            await self._end(channel, here)
        desired = {key: Desired(said, Priority.BOARD) for key, said in changed.items()}
        return [Letter(_name(channel, here.number), key, channel, said, now, language=here.language)
                for key, said in desired.items()]  # fmt: skip

    async def _last_open(self, channel: str) -> int:
        """The overview that another process left open, if any."""
        numbers = {int(key): sent.digest for key, sent in (await self._ledger.of(f"{_BOARD}{channel}")).items()}
        newest = max(numbers, default=0)
        return newest if newest and numbers[newest] != _CLOSED else 0

    async def _begin(self, channel: str) -> int:
        number = max(map(int, await self._ledger.of(f"{_BOARD}{channel}")), default=0) + 1
        await self._ledger.put(f"{_BOARD}{channel}", str(number), Sent(channel=channel, ts="", digest="open"))
        return number

    async def _end(self, channel: str, here: _Channel) -> None:
        closed = Sent(channel=channel, ts="", digest=_CLOSED)
        await self._ledger.put(f"{_BOARD}{channel}", str(here.number), closed)
        self._closed.add(_name(channel, here.number))
        here.number = 0


def _name(channel: str, number: int) -> str:
    return f"{_BOARD}{channel}-{number}"


def _pages(here: _Channel, known: Mapping[str, Sent]) -> dict[str, Message]:
    """What each page should say; one that is not needed any more says so."""
    pages = {f"page:{number}": said for number, said in enumerate(boards(list(here.faces.values())), start=1)}
    return pages | {key: board_closed() for key in _posted(known) if key not in pages}


def _posted(known: Mapping[str, Sent]) -> list[str]:
    return [key for key, sent in known.items() if key.startswith("page:") and sent.ts]
