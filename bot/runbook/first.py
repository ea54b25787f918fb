"""A first runbook for a service, made of what the catalogue says of it.

Promises a runbook that can be rehearsed at once: what the catalogue names is done by an action, and whatever it does
not name is a manual step that people can carry out, marked with a comment for its author. Refuses to guess a name or a
number, and to write anything itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.model.service import Catalog, RunKind, Service
from bot.runbook.first_steps import FirstSteps, Written
from bot.runbook.known import Known

_TITLES: dict[RunKind, str] = {
    "failover": "Fail {name} over to ${{{{ service.recovery_region }}}}",
    "failback": "Bring {name} back to ${{{{ service.primary_region }}}}",
    "restore": "Restore the data of {name} beside the damaged one",
    "drill": '"Drill: {name} loses a part of ${{{{ service.primary_region }}}}"',
}
_WHEN: dict[RunKind, str] = {
    "failover": "{primary} is impaired for {name} and is not expected back within the RTO.",
    "failback": "{primary} is healthy again, the data has caught up, and the calendar is calm.",
    "restore": "Data of {name} was deleted or corrupted, and the standby has the damage too.",
    "drill": "Every quarter, in office hours, with somebody at the screen.",
}
_ASKED: dict[RunKind, str] = {
    "failover": "When did customers first feel it?",
    "failback": "When does the window of the failback begin?",
    "restore": "When did the damage begin to hurt?",
    "drill": "When does the drill begin?",
}


def name_of(service: Service, kind: RunKind) -> str:
    """What the catalogue calls it already, else `<service>.<kind>`."""
    return service.runbooks.get(kind, f"{service.name}.{kind}")


def first_runbook(service: Service, kind: RunKind, catalog: Catalog) -> str:
    """The text of the runbook; the same catalogue gives the same text."""
    draft = _Draft(Known(service, kind, catalog))
    steps = list(draft.steps())
    return "\n".join([draft.head(steps), "steps:", "\n\n".join(map(str, steps)), "", draft.foot()])


class _Draft:
    """What is known of one service, and the steps that follow from it."""

    def __init__(self, known: Known) -> None:
        self._known, self._steps = known, FirstSteps(known)

    def head(self, steps: list[Written]) -> str:
        service, kind = self._known.service, self._known.kind
        measured = any(step.id == "measure_lag" for step in steps)
        inputs = "".join(
            f"\n  {name}:\n    type: integer\n    required: true\n    min: 1\n    ask: {ask}"
            for name, ask in self._known.sizes()
        )
        named = {"name": service.name, "primary": service.primary_region}
        clock = "\n  recovery_point: steps.measure_lag.outputs.last_consistent_at" if measured else ""
        return f"""\
# A first draft, made of what the catalogue says of {service.name}. Read it as a whole, then:
#   dr lint runbooks                       every mistake, with line and column
#   dr rehearse {name_of(service, kind)}   played to its end in seconds, nothing real
# Steps done by hand work as they are; put an action in their place where there is one (dr actions --search WORD).
schema: dr/v1
runbook: {name_of(service, kind)}
version: 1
title: {_TITLES[kind].format(**named)}
owners: [{", ".join(f'"{owner}"' for owner in self._known.owners)}]
strategy: {service.strategy}
kind: {kind}
when: {_WHEN[kind].format(**named)}

memory:                                 # known by heart, done at once; three at most
  - Claim incident command in ${{{{ service.channel }}}}
  - Freeze deployments of ${{{{ service.name }}}}
  - Note when customers first felt it

clock:
  starts: inputs.impact_started_at
  stops: steps.verify_service{clock}

inputs:
  impact_started_at:
    type: datetime
    required: true
    ask: {_ASKED[kind]}{inputs}

defaults:
  region: {self._known.here}
  timeout: 10m
  on_failure: pause                     # a person decides: retry, skip, or abort
"""

    def foot(self) -> str:
        return "on_abort:\n  before_no_return: rollback              # after a question\n  after_no_return: stop\n"

    def steps(self) -> Iterator[Written]:
        match self._known.kind:
            case "failover" | "failback":
                yield from self._move()
            case "restore":
                yield from self._restore()
            case "drill":
                yield from self._drill()

    # --- kinds --------------------------------------------------------------------------------------------------

    def _move(self) -> Iterator[Written]:
        """Measure, ask, stop the one side, ready the other, move the data, try it, move the users, prove it."""
        looks = [*self._steps.lag()]
        yield from looks
        yield self._steps.declare(tuple(step.id for step in looks))
        ready: list[Written] = []
        if self._known.grows:
            stop = [self._steps.fence()] if self._known.kind == "failover" else []
            yield from stop
            ready = list(self._steps.standby())
            ready.append(self._steps.promote(*(step.id for step in stop or ready)))
        yield from ready
        smoke = self._steps.probe(tuple(step.id for step in ready) or ("declare",))
        yield smoke
        yield self._steps.traffic(smoke.id)
        yield self._steps.verify("shift_traffic")

    def _restore(self) -> Iterator[Written]:
        yield self._steps.declare(())
        yield self._steps.by_hand(
            "restore_data", f"Restore the data beside the original, in {self._known.here}", "declare",
            ("Open the newest sound backup", "Restore it under a name of its own", "Copy that name"),
            answer=("restored", "Name of the restored copy"), search="restore",
        )  # fmt: skip
        yield self._steps.by_hand(
            "compare", "Is the restored data whole?", "restore_data",
            ("Open a session on ${{ steps.restore_data.outputs.restored }}", "Compare it with what is known to be so"),
            remark="Say which query tells: one line each, and a pattern for the answer.",
        )  # fmt: skip
        yield self._steps.by_hand(
            "switch_data", f"Let {self._known.service.name} use the restored data", "compare",
            ("Point ${{ service.name }} at ${{ steps.restore_data.outputs.restored }}", "Deploy it"),
            search="change_set",
        )  # fmt: skip
        yield self._steps.verify("switch_data")

    def _drill(self) -> Iterator[Written]:
        yield self._steps.probe((), id="all_well", title="Is everything well before we break it?")
        yield self._steps.declare(("all_well",), text="A part of {service} breaks on purpose. Break it now?")
        yield self._steps.inject()
        yield self._steps.verify("inject")
