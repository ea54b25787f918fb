"""What travels in the modals of a start: enough to plan the same run again in any replica."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from bot.language import _
from bot.model.errors import UserError
from bot.model.plan import Mode
from bot.model.service import RunKind
from bot.slack.kit import MAX_METADATA, clip
from bot.slack.views.start_form import Filled
from bot.usecases.plan_run import Asked

_SHORT = 200
"""Characters of a reason that is cut."""


def packing(said: Mapping[str, object]) -> str:
    """As little JSON as there can be: Slack counts characters, so that Korean ones stay as they are."""
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class About:
    """What travels in the modal: enough to plan the same run again in any replica."""

    service: str
    """Empty while nobody has picked one."""
    kind: RunKind
    channel: str = ""
    run: str = ""
    hash: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    mode: str = Mode.LIVE.value
    reason: str = ""
    instead: str = ""
    """The run whose place the new one takes."""
    is_whole: bool = True
    """Whether all inputs are here; without them nothing is planned again, since it would be another plan."""

    def pack(self) -> str:
        """At most 3000 characters: a long reason is cut first, and inputs that do not fit are left out, marked so."""
        shorter = replace(self, reason=clip(self.reason, _SHORT))
        least = replace(shorter, inputs={}, is_whole=not self.inputs)
        forms = (self, shorter, replace(shorter, reason=""), least, replace(least, reason=""))
        return next(packed for each in forms if len(packed := packing(each._said())) <= MAX_METADATA)

    def _said(self) -> dict[str, object]:
        """A mark that says nothing new is left out: a bot of before would not know it."""
        return {name: value for name, value in asdict(self).items() if name != "is_whole" or not value}

    @classmethod
    def parse(cls, packed: str) -> About:
        """Read it back; only we write it."""
        return cls(**json.loads(packed))

    @property
    def filled(self) -> Filled:
        return Filled(self.inputs, Mode(self.mode), self.reason)

    def asked(self, mode: Mode | None = None) -> Asked:
        """As a request to plan. Raises UserError when it does not know all that was filled in."""
        if not self.is_whole:
            raise UserError(
                _("What was filled in is too long to be planned again from here. Close this and start anew.")
            )
        return Asked(self.service, self.kind, dict(self.inputs), mode or Mode(self.mode), self.reason)
