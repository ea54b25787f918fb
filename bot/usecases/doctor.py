"""Look at everything the bot depends on, before the day it is needed.

Promises: every probe is asked, those of a stage in parallel, each within its own deadline; one that hangs or breaks is
a finding like any other. Refuses to know what is probed; adapters bring the probes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.language import told
from bot.ports.vitals import Probe, Vital

LIMIT = 8.0  # seconds for one probe


@dataclass(frozen=True)
class Condition:
    """One line of the doctor's report; what was seen and the remedy are said again where they are shown."""

    name: str
    state: Literal["ok", "warning", "failed"]
    seen: str
    remedy: str


async def examine(stages: Sequence[Sequence[Probe]], *, limit: float = LIMIT) -> tuple[Condition, ...]:
    """Ask all probes of a stage at once, and the next stage behind it; the report keeps their order."""
    reports = [report for stage in stages for report in await asyncio.gather(*(_ask(probe, limit) for probe in stage))]
    return tuple(condition for report in reports for condition in report)


async def _ask(probe: Probe, limit: float) -> list[Condition]:
    try:
        return [_condition(vital) for vital in await asyncio.wait_for(probe.look(), limit)]
    except TimeoutError:
        seen = told("no answer within {seconds} s", seconds=f"{limit:.0f}")
        return [Condition(probe.name, "failed", seen, probe.remedy)]
    except Exception as error:  # a probe's own failure is what the doctor is here to report
        return [Condition(probe.name, "failed", _words(error), probe.remedy)]


def _condition(vital: Vital) -> Condition:
    return Condition(vital.name, vital.state, vital.seen, "" if vital.state == "ok" else vital.remedy)


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error) or type(error).__name__
