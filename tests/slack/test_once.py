"""A delivery counts once, on one replica or on two, with Redis or without."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model.errors import Unavailable
from bot.slack.kit import Json
from bot.slack.once import MOST, Once
from tests.toys import WoundClock

EVENT = {"type": "event_callback", "event_id": "Ev1"}
CLICK = {"type": "block_actions", "trigger_id": "1.2.3"}


class Shelf:
    """Leases of a store that may be away."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}
        self.asked = 0
        self.away = False

    async def hold(self, name: str, owner: str, *, ttl: timedelta) -> bool:
        self.asked += 1
        if self.away:
            raise Unavailable("Redis does not answer")
        return self.held.setdefault(name, owner) == owner

    async def release(self, name: str, owner: str) -> None:
        self.held.pop(name, None)


@pytest.mark.parametrize("body", [EVENT, CLICK])
async def test_row_41_a_repeat_here_is_known(body: Json) -> None:
    """The second delivery to the same process is none."""
    once = Once(Shelf(), WoundClock())

    seen = [await once.is_first(body) for _ in range(4)]

    assert seen == [True, False, False, False]


async def test_row_41_a_repeat_on_another_replica_is_known() -> None:
    """An event that Slack brings to the next process counts no second time."""
    shelf, clock = Shelf(), WoundClock()

    seen = [await Once(shelf, clock).is_first(EVENT) for _ in range(3)]

    assert seen == [True, False, False]


async def test_two_different_clicks_are_no_repeat() -> None:
    """Even where whoever brings them gives both the same trigger."""
    once = Once(None, WoundClock())

    seen = [await once.is_first({**CLICK, "actions": [{"action_id": id_}]}) for id_ in ("yes", "no", "yes")]

    assert seen == [True, True, False]


async def test_a_replayed_click_over_http_is_known_everywhere() -> None:
    """A signed request that is sent again to another replica does nothing; over a socket nobody can replay."""
    http, sockets, clock = Shelf(), Shelf(), WoundClock()

    seen = [await Once(http, clock, replayable=True).is_first(CLICK) for _ in range(2)]
    await Once(sockets, clock).is_first(CLICK)

    assert seen == [True, False]
    assert sockets.asked == 0


async def test_row_41_an_id_is_remembered_for_more_than_an_hour() -> None:
    """Longer than Slack's last repeat and than a signature is valid; then it is forgotten."""
    clock = WoundClock()
    once = Once(None, clock)
    await once.is_first(EVENT)

    clock.wind(minutes=90)
    later = await once.is_first(EVENT)
    clock.wind(hours=3)
    much_later = await once.is_first({**EVENT})

    assert (later, much_later) == (False, True)


async def test_without_redis_a_delivery_is_worked_on() -> None:
    """Nobody's click is lost for the sake of a repeat that may never come."""
    shelf = Shelf()
    shelf.away = True

    seen = [await Once(shelf, WoundClock()).is_first(EVENT) for _ in range(2)]

    assert seen == [True, True]


async def test_what_has_no_id_always_counts() -> None:
    """We cannot tell repeats apart that Slack does not name."""
    once = Once(None, WoundClock())

    assert [await once.is_first({}), await once.is_first({})] == [True, True]


async def test_what_is_remembered_here_is_bounded() -> None:
    """A storm of events in one minute makes nobody's memory grow for two hours; the newest are known."""
    once = Once(None, WoundClock())
    for number in range(MOST + 10):
        await once.is_first({"event_id": f"Ev{number}"})

    newest, oldest = {"event_id": f"Ev{MOST + 9}"}, {"event_id": "Ev0"}

    assert len(once._seen) == MOST
    assert (await once.is_first(newest), await once.is_first(oldest)) == (False, True)
