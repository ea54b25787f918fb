"""What an action is, as a value: enough to check a runbook, draw a plan, write a policy and a docs page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import Literal

from pydantic import Field as Hidden
from pydantic import JsonValue

from bot.language import later
from bot.model.base import Duration, Frozen
from bot.model.text import Text

Before = dict[str, JsonValue]
"""What the world looked like before we acted; all that an undo may rely on."""


class Risk(StrEnum):
    """How much harm an approver should expect. The action's code sets the floor.

    It says nothing about the way back: that is `ActionSpec.irreversible`'s alone.
    """

    READ = "read"
    REVERSIBLE = "reversible"  # journals hold this value; many such changes do have no way back
    DISRUPTIVE = "disruptive"
    DATA_LOSS = "data_loss"

    @property
    def rank(self) -> int:
        return list(Risk).index(self)


HARMS: Mapping[Risk, str] = {
    Risk.READ: later("only looks"),
    Risk.REVERSIBLE: later("not disruptive"),
    Risk.DISRUPTIVE: later("disruptive"),
    Risk.DATA_LOSS: later("CAN LOSE DATA"),
}
"""What a risk is called, wherever a person reads of one; said with `_`."""


class Idempotency(StrEnum):
    """What a second send does, and so what the engine may do when the first one's outcome is in doubt."""

    TOKEN = "token"  # noqa: S105  # a class of calls, not a secret
    """AWS recognises our token: send again with the same one."""
    NATURAL = "natural"
    """Setting a state; a repeat is a no-op."""
    READ_BACK = "read_back"
    """A repeat errs; looking tells whether the first arrived."""
    OPAQUE = "opaque"
    """A repeat does it twice and looking cannot tell: ask a person."""


class ControlPlane(StrEnum):
    """Which region must be alive for the call to work."""

    STEP = "step"
    """The region the step names."""
    US_EAST_1 = "us-east-1"
    US_WEST_2 = "us-west-2"
    NONE = "none"
    """A data plane, or no AWS at all."""


ValueType = Literal[
    "string", "int", "double", "bool", "timestamp", "duration", "list(string)", "list(dyn)", "map(string, dyn)", "dyn"
]
"""Types as CEL spells them."""


class Field(Frozen):
    """One parameter or result."""

    name: str
    type: ValueType
    description: str
    required: bool = True
    default: JsonValue = None


class ActionSpec(Frozen):
    """An action's public face."""

    name: str
    """`<service>.<verb>`; the file is bot/actions/<service>/<verb>.py."""
    summary: str
    """First sentence of the docstring."""
    docs: str
    risk: Risk
    idempotency: Idempotency
    control_plane: ControlPlane
    permissions: tuple[str, ...]
    """IAM actions, exactly those the rehearsal uses."""
    implied: tuple[str, ...] = ()
    """IAM actions that AWS checks beside the calls: to pass a role, to tag what is made, to fill a restored table."""
    parameters: tuple[Field, ...]
    """Without `region`, which every step has."""
    results: tuple[Field, ...] = ()
    measures: str | None = None
    """The result that a `wait` or `verify` compares; set on checks only."""
    irreversible: Text | None = None
    """Why there is no undo, and what to do instead; None when the action can be undone or is a read."""
    typical: timedelta = timedelta(seconds=5)
    """How long until verified, in the field's experience; feeds the predicted RTO."""
    call_budget: timedelta = timedelta(seconds=30)
    """Outer deadline of one execute call. An abandoned call is UNKNOWN."""
    settle: timedelta = timedelta(seconds=5)
    """How long describes may lag behind a mutation; before that, `not started` is not believed."""
    owes: bool = True
    """Whether the change has to be taken back some day; False for what leaves nothing behind, such as a message."""
    passes: bool = False
    """Whether nothing of it stands once it has settled; until then it owes, such as an experiment that runs."""
    costs: Text = ""
    """What costs money while the change stands; empty for nothing."""
    taken_back: Text = ""
    """How somebody takes the change back when the run is over, in a sentence; empty where the action itself sets it
    back, with other values."""
    fences: dict[str, JsonValue] | None = None
    """With which values of its parameters it stops writers; empty for any values, None for never."""
    by_hand: str = ""
    """How a person looks whether it happened: a command, or a place in words that went through `later`, with
    `{parameter}` and `{region}` filled in."""
    draw_schema: Callable[[], dict[str, JsonValue]] = Hidden(default=dict, exclude=True, repr=False)
    """Makes `parameters_schema`; asked once, by whoever wants it first."""

    @cached_property
    def parameters_schema(self) -> dict[str, JsonValue]:
        """JSON Schema of `with:`."""
        return self.draw_schema()

    @property
    def is_check(self) -> bool:
        return self.measures is not None

    def fences_with(self, params: Mapping[str, JsonValue]) -> bool:
        """Whether a step with these parameters stops writers where it acts."""
        given = {field.name: field.default for field in self.parameters} | dict(params)
        return self.fences is not None and all(given.get(name) == wanted for name, wanted in self.fences.items())

    def __hash__(self) -> int:
        return hash(self.name)


class Finding(Frozen):
    """One sentence learnt by looking. A blocking finding stops the plan from being started."""

    text: Text
    blocking: bool = False


class Settled(Frozen):
    """The intended state was observed."""

    seen: Text
    results: dict[str, JsonValue] = {}


class Pending(Frozen):
    """On its way; `seen` goes to the run card."""

    seen: Text
    look_again: timedelta = timedelta(seconds=5)
    results: dict[str, JsonValue] = {}


class NotStarted(Frozen):
    """Nothing of ours is to be seen: the call did not arrive, or has not been made."""

    seen: Text


Observation = Settled | Pending | NotStarted


class Look(Frozen):
    """What preflight saw of a step's target, and what would change."""

    state: Literal["ready", "already_done", "blocked", "unknown"]
    findings: tuple[Finding, ...] = ()
    change: Text = ""
    """From what to what, in one line: `desired 4 → 24`."""
    targets: tuple[str, ...] = ()
    """ARNs or names of what is touched; two runs never mutate the same one at once."""
    expected: Duration | None = Hidden(default=None, exclude_if=lambda expected: expected is None)
    """How long it will take, where the look can tell better than the action's typical time."""
    tags: dict[str, str] | None = None
    """The target's tags, where the look shows them; None where it cannot."""
    results: dict[str, JsonValue] = {}
    """For reads: what they returned now, so that the plan can show the data loss before anyone approves."""
