"""What travels in the modals of a start: enough to plan the same run again in any replica."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace

from bot.model.plan import Mode
from bot.model.service import RunKind
from bot.slack.kit import MAX_METADATA
from bot.slack.views.start_form import Filled
from bot.usecases.plan_run import Asked


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

    def pack(self) -> str:
        """At most 3000 characters; a plan whose inputs do not fit can be started in this process only."""
        packed = json.dumps(asdict(self), separators=(",", ":"))
        if len(packed) <= MAX_METADATA:
            return packed
        return json.dumps(asdict(replace(self, inputs={}, reason="")), separators=(",", ":"))

    @classmethod
    def parse(cls, packed: str) -> About:
        """Read it back; only we write it."""
        return cls(**json.loads(packed))

    @property
    def filled(self) -> Filled:
        return Filled(self.inputs, Mode(self.mode), self.reason)

    def asked(self, mode: Mode | None = None) -> Asked:
        """As a request to plan."""
        return Asked(self.service, self.kind, dict(self.inputs), mode or Mode(self.mode), self.reason)
