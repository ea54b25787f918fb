"""From `/dr failover orders-api` to a started run: form, plan, start. Nothing changes before the last click.

Promises: only a plan that this person has seen is started. When it is lost or too old, it is made and shown again.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace

from bot.approval.authorize import Situation, must_be_allowed
from bot.language import _, later
from bot.model.errors import Refused, UserError
from bot.model.plan import Mode, Plan
from bot.model.service import RunKind
from bot.planning.inputs import read_inputs
from bot.slack.door import Door
from bot.slack.kit import MAX_METADATA, Json, escape, unescape
from bot.slack.listeners.turn import Turn
from bot.slack.views.plan_view import plan_modal
from bot.slack.views.start_form import Filled, block_of, loading, planning, read_form, start_form, started, told
from bot.usecases.grammar import Command
from bot.usecases.plan_run import Asked, open_form, plan_run
from bot.usecases.start_run import start_run

AGAIN = later("*Please look once more.* The plan you saw is too old, or lost. This is the plan as of now.")


@dataclass(frozen=True)
class About:
    """What travels in the modal: enough to plan the same run again in any replica."""

    service: str
    kind: RunKind
    channel: str = ""
    run: str = ""
    hash: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    mode: str = Mode.LIVE.value
    reason: str = ""

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


async def ask(turn: Turn, command: Command, kind: RunKind) -> None:
    """Open the form: a loading view at once, then what is known."""
    await turn.open(loading())
    caller = await turn.caller()
    form = await open_form(turn.door.desk, command.target, kind)
    must_be_allowed(caller.person, "start", Situation(turn.door.desk.library().catalog, form.service))
    mode = Mode.DRY_RUN if command.dry_run else Mode.LIVE
    filled = Filled({name: unescape(value) for name, value in command.args.items()}, mode, unescape(command.text))
    about = About(form.service.name, kind, turn.channel)
    await turn.show(start_form(form, filled, about.pack(), turn.door.desk.clock.now()))


def check_form(turn: Turn) -> Json:
    """The acknowledgement of the form: what does not fit, inline, or `Planning…`. Reads memory only."""
    about, filled = About.parse(turn.metadata), read_form(turn.values)
    try:
        loaded = turn.door.desk.library().for_service(about.service, about.kind)
        read_inputs(loaded.runbook, dict(filled.inputs), now=turn.door.desk.clock.now())
    except UserError as mistake:
        errors = {block_of(line, turn.values): line for line in str(mistake).split("\n")}
        return {"response_action": "errors", "errors": errors}
    return {"response_action": "update", "view": planning(about.service).to_dict()}


async def plan(turn: Turn) -> None:
    """Plan what the form asks for, and show it; a mistake leads back to the form as it was filled in."""
    old, filled = About.parse(turn.metadata), read_form(turn.values)
    about = replace(old, inputs=dict(filled.inputs), mode=filled.mode.value, reason=filled.reason)
    try:
        await _plan_and_show(turn, about)
    except Refused:
        raise
    except UserError as mistake:
        form = await open_form(turn.door.desk, about.service, about.kind)
        await turn.show(start_form(form, filled, old.pack(), turn.door.desk.clock.now(), str(mistake)))


def starting(turn: Turn) -> Json:
    """The acknowledgement of a start."""
    return {"response_action": "update", "view": told(_("Starting…"), _("The run is being created.")).to_dict()}


async def start(turn: Turn) -> None:
    """Start the plan that was shown, and no other."""
    about = About.parse(turn.metadata)
    seen = turn.door.shelf.get(about.run, turn.door.desk.clock.now())
    if seen is None or seen.hash[:16] != about.hash:
        await _plan_and_show(turn, about, _(AGAIN))
        return
    await _start(turn, seen)


async def rehearse(turn: Turn) -> None:
    """Start a dry run of the same: it changes nothing, so it needs no second look."""
    about = About.parse(turn.metadata)
    await turn.show(planning(about.service))
    await _start(turn, await _plan(turn, about.asked(Mode.DRY_RUN)))


async def _start(turn: Turn, plan: Plan) -> None:
    run = await start_run(turn.door.desk, plan, await turn.caller())
    turn.run = run.id
    where = plan.service.channel
    place = f"<#{where}>" if where[:1] in "CG" and where.isalnum() and where.isupper() else escape(where)
    await turn.show(started(run.id, place, run.created_at))


async def _plan_and_show(turn: Turn, about: About, notice: str = "") -> None:
    made = await _plan(turn, about.asked())
    packed = replace(about, run=made.run, hash=made.hash[:16]).pack()
    await turn.show(plan_modal(made, packed, notice))


async def _plan(turn: Turn, asked: Asked) -> Plan:
    door: Door = turn.door
    made = await plan_run(door.desk, asked, await turn.caller())
    door.shelf.put(made)
    return made
