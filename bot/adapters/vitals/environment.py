"""How the environment is: no variable that was meant for the bot and that it does not read."""

from __future__ import annotations

from collections.abc import Sequence

from bot.language import told
from bot.ports.vitals import Vital


class EnvironmentProbe:
    """Tells the names that are nearly right; silent when there are none."""

    name = "environment"
    remedy = told("See the table of variables in docs/operating.md.")

    def __init__(self, misspelt: Sequence[tuple[str, str]]) -> None:
        """`misspelt`: pairs of what is set and what was probably meant."""
        self._misspelt = misspelt

    async def look(self) -> Sequence[Vital]:
        return [
            Vital(
                name="environment",
                state="warning",
                seen=told("nothing reads {name}", name=name),
                remedy=told("Call it {meant} if that was meant, or take it away.", meant=meant),
            )
            for name, meant in self._misspelt
        ]
