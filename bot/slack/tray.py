"""Which letter goes to Slack next: the most important one, then the one that waits longest, as fast as Slack allows.

Promises: pure arithmetic over times that the caller reads. No channel is posted to, and no message edited, faster than
`Pace` says; a newer version takes the place of an older one and keeps its turn, so that a run that changes often
overtakes nobody. Refuses to send anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.ports.sent import Sent
from bot.slack.desired import CARD, Priority
from bot.slack.kit import MAX_CHARACTERS, Message, weight
from bot.slack.letter import Letter, Outcome, Place
from bot.slack.pace import Bucket, Pace

Stands = Callable[[str], Mapping[str, Sent]]
"""What stands in Slack for a run, by key."""
Untried = Callable[[Letter], bool]
"""Whether a letter was certainly never taken by Slack, so that it may travel with others."""
LINES = 12
"""Lines in one message of a thread."""
BOARD_LIVES = 60.0
"""Seconds after its last change for which a page counts as one that will be drawn again."""
CALLS = 40
"""Requests for approval in one message."""
CALL_CHARACTERS = 9300


@dataclass(frozen=True)
class _Waiting:
    letter: Letter
    since: float


class Tray:
    """Letters for every channel."""

    def __init__(self, pace: Pace, now: float, stands: Stands, untried: Untried) -> None:
        self._pace, self._stands, self._untried = pace, stands, untried
        self._edits = Bucket(pace.edit_burst, pace.edit_every, now)
        self._uploads = Bucket(pace.upload_burst, pace.upload_every, now)
        self._posts: dict[str, Bucket] = {}
        self._letters: dict[Place, _Waiting] = {}
        self._edited: dict[Place, tuple[float, str]] = {}
        """When a card or a page was last touched, and the news it told."""
        self._boards: dict[Place, float] = {}
        """Pages of overviews, and when each changed last."""
        self._edits_from = 0.0
        self._posts_from: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._refusals: dict[Place, tuple[int, float]] = {}
        """Letters that Slack did not take: how often, and not again before."""

    def __len__(self) -> int:
        return len(self._letters)

    def put(self, letter: Letter, now: float) -> None:
        """Take a letter; it replaces an older one for the same message."""
        waiting = self._letters.get(letter.place)
        self._letters[letter.place] = _Waiting(letter, waiting.since if waiting else now)
        if letter.desired.priority is Priority.BOARD:
            self._boards[letter.place] = now

    def holds(self, place: Place) -> bool:
        """Whether a letter for this message waits here."""
        return place in self._letters

    def waiting(self, run: str) -> set[str]:
        """The keys of a run's letters."""
        return {key for each, key in self._letters if each == run}

    def exchange(self, letter: Letter, drawn: Letter) -> bool:
        """Put the drawn letter in the place of the one that was to be drawn; False when a newer one lies there."""
        waiting = self._letters.get(letter.place)
        if waiting is None or waiting.letter is not letter:
            return False
        self._letters[letter.place] = replace(waiting, letter=drawn)
        return True

    def withdraw(self, run: str, kind: str, but: Collection[str]) -> None:
        """Letters of this kind that waited too long: they are not wanted any more."""
        for place in [place for place in self._letters if place[0] == run and place[1].startswith(kind)]:
            if place[1] not in but:
                self._drop(self._letters[place].letter)

    def next(self, now: float, busy: Collection[str] = ()) -> tuple[Letter | None, float | None]:
        """The letter to deliver now, or how long to wait; None waits for news. Busy channels have one under way."""
        self._boards = {place: at for place, at in self._boards.items() if now - at < BOARD_LIVES}
        soonest: float | None = None
        best: tuple[tuple[int, float, int], Letter] | None = None
        for each in self._letters.values():
            if each.letter.channel in busy or (wait := self._wait(each.letter, now)) is None:
                continue
            if wait > 0:
                soonest = wait if soonest is None else min(soonest, wait)
            elif best is None or self._rank(each) < best[0]:
                best = self._rank(each), each.letter
        return (best[1], 0.0) if best else (None, soonest)

    def spend(self, letter: Letter, now: float) -> None:
        """One call of Slack's is used for this letter."""
        self._budget(letter, now).take(now)

    def company(self, letter: Letter) -> list[Letter]:
        """Further letters that travel in the same message: lines of one thread, requests for approval of a crowd."""
        if not self._untried(letter):
            return []
        if letter.is_line and not letter.desired.broadcast:
            fresh = [each for each in self._fresh(letter) if each.run == letter.run and each.is_line
                     and not each.desired.broadcast]  # fmt: skip
            oldest = sorted(fresh, key=lambda each: each.desired.order)[: LINES - 1]
            return _that_fit(letter, oldest, MAX_CHARACTERS)
        if letter.desired.row is not None:
            calls = [each for each in self._fresh(letter) if each.desired.row is not None]
            fitting = _that_fit(letter, calls[: CALLS - 1], CALL_CHARACTERS)
            return fitting if len(calls) >= self._pace.calls else []
        return []

    def settle(self, letter: Letter, outcome: Outcome, now: float) -> None:
        """What became of the letter; it stays here until Slack has it, or nobody wants it any more."""
        was_edit = self._is_edit(letter)
        if self._gap(letter):
            self._edited[letter.place] = now, letter.desired.news if outcome.kind == "done" else ""
        match outcome.kind:
            case "done":
                self._failures.pop(letter.channel, None)
                self._drop(letter)
            case "limited" if letter.files:
                self._refusals[letter.place] = (1, now + outcome.after)
            case "limited" if was_edit:
                self._edits_from = now + outcome.after
            case "limited":
                self._posts_from[letter.channel] = now + outcome.after
            case "again":
                times = self._failures[letter.channel] = self._failures.get(letter.channel, 0) + 1
                self._posts_from[letter.channel] = now + self._pace.retry_after(times)
            case "later":
                times = self._refusals.get(letter.place, (0, 0.0))[0] + 1
                self._refusals[letter.place] = (times, now + self._pace.retry_after(times))
            case "card_lost" | "dead_channel":
                self._drop(letter)

    def drop(self, letter: Letter) -> None:
        """It travelled with another one."""
        self._drop(letter)

    def _rank(self, each: _Waiting) -> tuple[int, float, int]:
        desired = each.letter.desired
        late = Priority.HEARTBEAT if self._is_heartbeat(each.letter) else desired.priority
        return late, each.since, desired.order

    def _is_heartbeat(self, letter: Letter) -> bool:
        """Nothing happened but that a wait went on."""
        told = self._edited.get(letter.place)
        return bool(letter.desired.news) and told is not None and told[1] == letter.desired.news

    def _wait(self, letter: Letter, now: float) -> float | None:
        """Seconds until this letter may go; None while the card it hangs under is not there yet."""
        card = self._stands(letter.run).get(CARD)
        if letter.desired.thread and (card is None or not card.ts):
            return None
        earliest = [self._refusals.get(letter.place, (0, 0.0))[1]]
        if not self._is_edit(letter):
            earliest.append(self._posts_from.get(letter.channel, 0.0))
        else:
            edited = self._edited.get(letter.place, (float("-inf"), ""))[0]
            earliest += [self._edits_from, edited + self._gap(letter)]
            if letter.channel in self._failures:  # Slack is away, for edits as for posts
                earliest.append(self._posts_from.get(letter.channel, 0.0))
        return max(max(earliest) - now, self._budget(letter, now).wait(now, self._kept_from(letter)))

    def _kept_from(self, letter: Letter) -> int:
        """Edits that cards, and what matters less, leave for the overviews, so that none of them waits for a card."""
        gives_way = letter.desired.priority >= Priority.CARD and self._is_edit(letter)
        return min(len(self._boards), self._pace.edit_burst - 2) if gives_way else 0

    def _gap(self, letter: Letter) -> float:
        if letter.desired.priority is Priority.BOARD:
            pages = len(self._boards) * self._pace.edit_every / self._pace.board_share
            return max(self._pace.card_gap, pages)
        if letter.key != CARD:
            return 0.0
        return self._pace.heartbeat if self._is_heartbeat(letter) else self._pace.card_gap

    def _is_edit(self, letter: Letter) -> bool:
        known = self._stands(letter.run).get(letter.key)
        return known is not None and bool(known.ts)

    def _budget(self, letter: Letter, now: float) -> Bucket:
        if letter.files:
            return self._uploads
        if self._is_edit(letter):
            return self._edits
        if letter.channel not in self._posts:
            self._posts[letter.channel] = Bucket(self._pace.post_burst, self._pace.post_every, now)
        return self._posts[letter.channel]

    def _fresh(self, letter: Letter) -> Iterator[Letter]:
        for each in sorted(self._letters.values(), key=self._rank):
            is_other = each.letter.place != letter.place and each.letter.channel == letter.channel
            if is_other and self._untried(each.letter):
                yield each.letter

    def _drop(self, letter: Letter) -> None:
        self._refusals.pop(letter.place, None)
        waiting = self._letters.get(letter.place)
        if waiting is not None and waiting.letter is letter:
            del self._letters[letter.place]


def _that_fit(letter: Letter, others: Sequence[Letter], characters: int) -> list[Letter]:
    """As many as one message holds, the oldest first."""
    room = characters - _size(letter)
    kept: list[Letter] = []
    for each in others:
        room -= _size(each)
        if room < 0:
            break
        kept.append(each)
    return kept


def _size(letter: Letter) -> int:
    said: Message = letter.desired.row or letter.desired.message
    return sum(map(weight, said.blocks))
