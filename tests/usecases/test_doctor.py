"""The doctor asks every probe, and a probe that breaks or hangs is a finding like any other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.ports.vitals import Vital
from bot.usecases.doctor import examine


@dataclass
class Healthy:
    """A dependency in good order."""

    name: str = "disk"
    remedy: str = "Buy a disk."

    async def look(self) -> Sequence[Vital]:
        return [Vital(name=self.name, state="ok", seen="can be written", remedy="Nobody reads this.")]


@dataclass
class Broken:
    """A dependency whose look raises."""

    name: str = "redis"
    remedy: str = "Check REDIS_URL."

    async def look(self) -> Sequence[Vital]:
        raise ConnectionError("refused")


@dataclass
class Hanging:
    """A dependency that never answers."""

    name: str = "aws us-east-1"
    remedy: str = "Check the network."

    async def look(self) -> Sequence[Vital]:
        await asyncio.Event().wait()
        raise AssertionError("it answered")


async def test_each_failure_is_a_line_with_its_remedy() -> None:
    """The report keeps the order, a failure names its remedy, and what is fine needs none."""
    report = await examine([[Healthy(), Broken(), Hanging()]], limit=0.01)

    assert [(line.name, line.state, line.remedy) for line in report] == [
        ("disk", "ok", ""),
        ("redis", "failed", "Check REDIS_URL."),
        ("aws us-east-1", "failed", "Check the network."),
    ]
    assert report[1].seen == "refused"
    assert "no answer" in report[2].seen


async def test_a_stage_begins_when_the_one_before_has_answered() -> None:
    """What keeps the process busy in a later stage is not taken for the silence of an earlier one."""
    told: list[str] = []

    class Telling(Healthy):
        async def look(self) -> Sequence[Vital]:
            told.append("begins")
            await asyncio.sleep(0)
            told.append("ends")
            return await super().look()

    await examine([[Telling(), Telling()], [Telling()]])

    assert told == ["begins", "begins", "ends", "ends", "begins", "ends"]
