# ruff: noqa: E501  one flaw a line reads best
"""Runbooks that are well-formed and would hurt all the same: edits of the healthy one, and the sentence each must earn."""

from __future__ import annotations

from typing import NamedTuple

from bot.model.action import ActionSpec, ControlPlane, Field, Idempotency, Risk

PROMOTE = "    needs: [scale_api]\n    if: ${{ inputs.mode"
SHIFT = """
  shift:
    title: Move users
    needs: [%s]
    uses: route53.shift_traffic
    with: { zone: example.com, record: shop.example.com, to: usw2 }
    accepts: { global-control-plane: It is what we have. }

  breathe:
"""
NAME = Field(name="name", type="string", description="Which one.")


def spec(
    name: str, risk: Risk = Risk.REVERSIBLE, plane: ControlPlane = ControlPlane.STEP, **more: object
) -> ActionSpec:
    """An action that the product does not have, or not yet."""
    values = {
        "name": name, "summary": "Does it.", "docs": "Does it.", "risk": risk, "idempotency": Idempotency.NATURAL,
        "control_plane": plane, "permissions": (), "parameters": (NAME,),
    }  # fmt: skip
    return ActionSpec.model_validate(values | more)


INVENTED = {
    each.name: each
    for each in (
        spec("stack.create"), spec("stack.drop", Risk.DISRUPTIVE, irreversible="It is gone; make it anew."),
        spec("page.create_ticket", idempotency=Idempotency.OPAQUE, irreversible="It is out."),
        spec("globalaccelerator.turn_dial", Risk.DISRUPTIVE, ControlPlane.US_WEST_2),
        spec("strange.thing", Risk.REVERSIBLE, ControlPlane.US_EAST_1),
        spec("far.look", Risk.READ, ControlPlane.US_EAST_1, measures="name", results=(NAME,)),
    )
}  # fmt: skip


class Flaw(NamedTuple):
    """Edits of the healthy runbook as pairs of old and new, the rule that must speak, and a part of its sentence."""

    name: str
    edits: tuple[tuple[str, str], ...]
    code: str
    says: str
    level: str = "warning"


def one(name: str, old: str, new: str, code: str, says: str, level: str = "warning") -> Flaw:
    return Flaw(name, ((old, new),), code, says, level)


def step(name: str, body: str, code: str, says: str, level: str = "warning") -> Flaw:
    """A step more, in front of `breathe`."""
    return one(name, "\n  breathe:\n", f"\n  extra:\n    title: Extra\n{body}\n  breathe:\n", code, says, level)


FLAWS = [
    # the dying region, far control planes, things made on the day
    step("write in the dying region", "    needs: [declare]\n    uses: stack.create\n    region: ${{ service.primary_region }}\n    with: { name: a }\n",
         "dying-region", "`extra` changes the region that may be down"),
    step("look into the dying region", "    uses: aurora.measure_global_lag\n    region: us-east-1\n    with: { global_cluster: a, target_region: us-west-2 }\n",
         "dying-region", "`extra` looks into the region that may be down"),
    one("defaults in the dying region", "defaults:\n  region: ${{ service.recovery_region }}", "defaults:\n  region: ${{ service.primary_region }}",
        "dying-region", "`on_failure: continue`"),
    one("wait in the dying region", "          with: { target_group: shop-usw2 }\n", "          with: { target_group: shop-usw2 }\n          region: us-east-1\n",
        "dying-region", "`wait_capacity` looks into"),
    step("records are edited in us-east-1", "    needs: [declare, wait_capacity]\n    uses: route53.shift_traffic\n    with: { zone: a, record: b, to: c }\n",
         "global-control-plane", "ARC routing controls"),
    step("dials are turned in us-west-2", "    needs: [declare]\n    uses: globalaccelerator.turn_dial\n    with: { name: a }\n",
         "global-control-plane", "us-west-2, which may be what is down. Use health checks of the endpoint groups"),
    step("an unknown service far away", "    needs: [declare]\n    uses: strange.thing\n    with: { name: a }\n",
         "global-control-plane", "something prepared beforehand"),
    step("a look that needs us-east-1", "    uses: far.look\n    with: { name: a }\n", "global-control-plane", "far.look needs"),
    Flaw("made on the day", (("strategy: warm", "strategy: hot"), ("\n  breathe:\n", "\n  extra:\n    needs: [declare]\n    uses: stack.create\n    with: { name: a }\n\n  breathe:\n")),
         "made-on-the-day", "make it beforehand"),
    # who is asked
    Flaw("nobody is asked at all", (("    approve:\n      from: board\n      count: 2\n      typed: shop ${{ service.recovery_region }}\n      text: Lost now, in seconds, ${{ steps.measure_lag.outputs.lag_seconds }}\n      show: [plan, steps.measure_lag]\n      expires: 10m\n", "    wait: { for: 1s }\n"),
                                   ("    confirm:\n      text: Promote?\n      by: [ops, ic]\n", "")),
         "asks-nobody", "Nobody is asked in this whole runbook"),
    Flaw("one person for what cannot be undone", (("      count: 2\n", "      count: 1\n"), ("      by: [ops, ic]\n", "      by: [ops]\n")),
         "irreversible-alone", "one person alone lets it happen"),
    one("no return that nobody confirms", "    confirm:\n      text: Promote?\n      by: [ops, ic]\n", "", "unconfirmed", "Nobody confirms"),
    one("a gate that may be left out", "    needs: [measure_lag]\n", "    needs: [measure_lag]\n    if: ${{ inputs.mode == 'planned' }}\n",
        "conditional-gate", "nobody is asked"),
    one("a gate shorter than people", "      expires: 10m\n", "      expires: 45s\n", "gate-too-short", "Nobody decides within 45s"),
    one("a confirmation shorter than people", "      by: [ops, ic]\n", "      by: [ops, ic]\n      expires: 1m\n", "gate-too-short", "within 1m"),
    one("nobody comes in next", "      expires: 10m\n", "      expires: 10m\n      on_expiry: escalate\n", "escalates-to-nobody", "the same people are asked again"),
    one("who comes in is asked already", "      expires: 10m\n", "      expires: 10m\n      on_expiry: escalate\n      escalate_to: [{ ask: \"@leads\" }]\n", "escalates-to-nobody", "`@leads` is asked already"),
    one("an owner's place is widened", "      by: [ops, ic]\n", "      by: [ops, ic]\n      on_expiry: escalate\n      escalate_to: [{ ask: \"@directors\", as: ops }]\n",
        "below-the-floor", "`@directors` is only told"),
    # the way back
    Flaw("a rollback behind no return", (("\n  breathe:\n", "\n  extra:\n    needs: [promote_db]\n    uses: stack.create\n    with: { name: a }\n    rollback: { uses: stack.create, with: { name: a } }\n\n  breathe:\n"),),
         "rollback-after-no-return", "Remove `rollback`"),
    one("no return that rolls back", "    point_of_no_return: true\n", "    point_of_no_return: true\n    on_failure: rollback\n",
        "rollback-after-no-return", "the way is forward", "error"),
    step("silence aborts behind no return", "    needs: [promote_db]\n    approve: { from: board, on_expiry: abort }\n",
         "expires-into-abort", "on_expiry: escalate"),
    step("a confirmation's silence aborts behind no return", "    needs: [promote_db]\n    uses: stack.drop\n    with: { name: a }\n    confirm: { text: Drop it?, by: [ops, ic], on_expiry: abort }\n",
         "expires-into-abort", "on_expiry: escalate"),
    # the order of things
    one("promoted without a fence", "    accepts:\n      unfenced: The shop's only writer is the api that is scaled here.\n", "",
        "unfenced", "both sides may take them"),
    Flaw("a fence by name alone", (("\n  promote_db:\n", "\n  fence_primary:\n    title: Stop\n    needs: [declare]\n    uses: ecs.set_desired_count\n    region: ${{ service.primary_region }}\n    with: { cluster: a, service: b, desired: 4 }\n    on_failure: continue\n\n  promote_db:\n"),
                                   ("    needs: [scale_api]\n    if:", "    needs: [scale_api, fence_primary]\n    if:"),
                                   ("    accepts:\n      unfenced: The shop's only writer is the api that is scaled here.\n", "")),
         "unfenced", "both sides may take them"),
    one("users before the data", "\n  breathe:\n", SHIFT % "wait_capacity", "users-before-data", "`promote_db` may not be through"),
    Flaw("an untried standby", (("\n  breathe:\n", SHIFT % "declare"), ("    needs: [measure_lag]\n", "")), "untried-standby", "Nobody tries the standby"),
    step("the same twice at once", "    needs: [declare]\n    uses: ecs.set_desired_count\n    with:\n      cluster: shop\n      service: shop-api\n      desired: ${{ inputs.desired_tasks }}\n",
         "done-twice", "`scale_api` does the very same"),
    step("nothing looks afterwards", "    needs: [declare]\n    uses: stack.drop\n    with: { name: a }\n", "users-unproven", "what users get after `extra`"),
    # time
    one("a wait without an end", "      timeout: 12m\n", "", "wait-without-timeout", "10m is the runbook's default"),
    one("less time than it takes", "      desired: ${{ inputs.desired_tasks }}\n", "      desired: ${{ inputs.desired_tasks }}\n    timeout: 30s\n",
        "too-little-time", "typically takes 2m and is given 30s"),
    step("retry of what cannot be told", "    uses: page.create_ticket\n    with: { name: a }\n    retry: { max_attempts: 3 }\n",
         "retry-opaque", "would do it twice"),
    one("retry of what cannot be undone", "    point_of_no_return: true\n", "    point_of_no_return: true\n    retry: { max_attempts: 5 }\n",
        "retry-irreversible", "a person decides", "error"),
    Flaw("time runs out and on it goes", (("      timeout: 12m\n", "      timeout: 12m\n      on_timeout: continue\n"), ("    needs: [scale_api]\n    if:", "    needs: [wait_capacity]\n    if:")),
         "waved-through", "`promote_db` goes ahead"),
    Flaw("a message that holds up", (("    needs: [breathe]\n", "    needs: [breathe, word]\n"),
                                     ("\n  breathe:\n", "\n  word:\n    uses: sns.publish\n    with: { topic: 'arn:aws:sns:us-west-2:111122223333:t', subject: s, message: m }\n\n  breathe:\n")),
         "message-holds-up", "would hold up `verify_service`"),
    # measuring
    one("a clock that stops at a word", "  stops: steps.verify_service\n", "  stops: steps.allowlist\n", "clock-without-proof", "somebody's word"),
    one("a clock that stops at a failure", "    needs: [breathe]\n", "    needs: [breathe]\n    on_failure: continue\n", "clock-without-proof", "it would end failed"),
    one("a loss that nobody measures", "  recovery_point: steps.measure_lag.outputs.last_consistent_at\n", "", "loss-unmeasured", "approvers read UNKNOWN"),
    one("no clock at all", "clock:\n  starts: inputs.impact_started_at\n  stops: steps.verify_service\n  recovery_point: steps.measure_lag.outputs.last_consistent_at\n", "", "no-clock", "how long users were down"),
    one("a result that nobody declares", "${{ steps.measure_lag.outputs.lag_seconds }}\n      show", "${{ steps.measure_lag.outputs.lag }}\n      show", "unknown-path", "", "error"),
    # reading at 3 a.m.
    one("four things by heart", "\nclock:\n", "\nmemory: [Claim command, Freeze deployments, Note the impact, Call the press]\n\nclock:\n",
        "too-much-by-heart", "Nobody remembers 4 things"),
    one("two deeds in a line", "Open the console in ${{ service.recovery_region }}", "Open the console, then add our addresses", "several-in-a-line", "one action per line"),
    one("a second sentence in a line", "Open the console in ${{ service.recovery_region }}", "Open the console. Add our addresses", "several-in-a-line", "one action per line"),
    one("a step that reads nothing back", '      answer: { field: ticket, label: Ticket number, pattern: "^PSP-[0-9]+$" }\n', "", "nothing-read-back", "a value that proves it"),
    one("an answer of any words", ', pattern: "^PSP-[0-9]+$" }', " }", "tick-not-value", "`ticket` takes any word"),
    one("an answer that may be done", 'pattern: "^PSP-[0-9]+$"', 'pattern: "^[a-z]+$"', "tick-not-value", "writes `done`"),
    one("the branch behind the deed", "Open the console in ${{ service.recovery_region }}", "Call the provider if the list is locked", "branch-last", "IF … → …"),
    one("the branch behind the question", "      text: Lost now,", "      text: Deny this if it reads UNKNOWN. Lost now,", "branch-last", "IF … → …"),
    one("a question of three lines", "      text: Promote?\n", f"      text: {'Promote the database now, whatever it takes ' * 5}\n", "too-long-to-read", "more than two lines"),
    Flaw("ten steps without a pause", (("\n  breathe:\n", "".join(f"\n  rest_{number}: {{ needs: [promote_db], wait: {{ for: 1s }} }}\n" for number in range(7)) + "\n  breathe:\n"),),
         "pauses-far-apart", "More than 9 steps"),
    # answers
    one("an answer to nothing", "      unfenced: The shop", "      done-twice: Never said here.\n      unfenced: The shop", "accepts-nothing", "is not said of this"),
    Flaw("an error cannot be accepted", (("    point_of_no_return: true\n", "    point_of_no_return: true\n    on_failure: rollback\n"),
                                         ("      unfenced: The shop", "      rollback-after-no-return: We like it so.\n      unfenced: The shop")),
         "accepts-nothing", "cannot be accepted"),
    one("an answer without a reason", "      unfenced: The shop's only writer is the api that is scaled here.\n", "      unfenced: no\n", "wrong-value", "", "error"),
]  # fmt: skip
