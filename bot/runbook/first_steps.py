"""The steps that a first runbook is made of, each an action where the catalogue names what it needs, else by hand.

Promises YAML that lints without an error. Refuses to know in which order they stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent, indent

from bot.model.service import Strategy
from bot.runbook.known import Known, ref


@dataclass(frozen=True)
class Written:
    """One step, as it is written below `steps:`."""

    id: str
    title: str
    body: str
    needs: tuple[str, ...] = ()
    remark: str = ""
    """For the author, above the step."""

    def __str__(self) -> str:
        lines = [f"{self.id}:", f"  title: {self.title}", f"  needs: [{', '.join(self.needs)}]"]
        remark = [f"# {line}" for line in self.remark.splitlines()]
        return indent("\n".join([*remark, *lines, indent(dedent(self.body).strip("\n"), "  ")]), "  ")


class FirstSteps:
    """Steps for one service and one kind of run."""

    def __init__(self, known: Known) -> None:
        self._known = known

    def lag(self) -> Iterator[Written]:
        cold = self._known.service.strategy is Strategy.COLD
        if self._known.aurora:
            uses, cluster = "aurora.measure_global_lag", ref(self._known.aurora, "global_cluster")
            with_ = f'{{ global_cluster: {cluster}, target_region: "{self._known.here}" }}'
        elif cold and self._known.backed_up and self._known.kind == "failover":
            uses, with_ = "backup.recovery_points", f"{{ resource: {ref(self._known.backed_up, 'arn')} }}"
        else:
            return
        yield Written(
            "measure_lag", "How much data would be lost now?",
            f"uses: {uses}\nwith: {with_}\non_failure: continue                  # an unknown lag is shown as UNKNOWN",
        )  # fmt: skip

    def declare(self, above: tuple[str, ...], text: str = "") -> Written:
        moves = {"failover": "Fail {service} over to {here}?", "failback": "Bring {service} back to {here}?"}
        words = text or moves.get(self._known.kind, "Restore the data of {service}?")
        asked = words.format(service="${{ service.name }}", here=self._known.here)
        if "measure_lag" in above:
            asked = f"Up to ${{{{ steps.measure_lag.outputs.lag_seconds }}}} s of data would be lost. {asked}"
        show = ", ".join(["plan", *(f"steps.{step}" for step in above)])
        asks = f"from: {self._known.deciders}\n  count: {self._known.approvals}\n  text: {asked}\n  show: [{show}]"
        return Written("declare", "Go or no go", f"approve:\n  {asks}", above)

    def inject(self) -> Written:
        title = "Let the fault strike"
        if self._known.experiment:
            with_ = f"{{ template: {ref(self._known.experiment, 'template')} }}"
            return Written("inject", title, f"uses: fis.start_experiment\nwith: {with_}\ntimeout: 30m", ("declare",))
        return self.by_hand(
            "inject", title, "declare",
            ("Take away the part that this drill is about", "Watch the alarm of ${{ service.name }}"),
            search="experiment",
        )  # fmt: skip

    def fence(self) -> Written:
        if not self._known.ecs:
            return self.by_hand(
                "fence_old", f"Stop writes in {self._known.there}", "declare",
                (f"Stop what writes for ${{{{ service.name }}}} in {self._known.there}", "See that nothing writes"),
                search="fence",
            )  # fmt: skip
        body = f"""\
            uses: ecs.set_desired_count
            region: {self._known.there}
            with: {{ {self._known.cluster_and_service()}, desired: 0, suspend_autoscaling: true }}
            timeout: 3m
            retry: {{ max_attempts: 1 }}
            on_failure: continue                  # a lost region cannot be fenced; it is recorded
            """
        return Written("fence_old", f"Stop writes in {self._known.there}", body, ("declare",))

    def standby(self) -> Iterator[Written]:
        """What has to grow before it can serve."""
        if self._known.ecs:
            with_ = f'{{ {self._known.cluster_and_service()}, desired: "${{{{ inputs.tasks }}}}" }}'
            body = f"uses: ecs.set_desired_count\nwith: {with_}"
            yield Written("scale_tasks", f"Scale the tasks in {self._known.here}", body, ("declare",))
        if self._known.group:
            with_ = f'{{ group: {ref(self._known.group, "group")}, desired: "${{{{ inputs.instances }}}}" }}'
            body = f"uses: autoscaling.resize_group\nwith: {with_}"
            yield Written("scale_fleet", f"Scale the instances in {self._known.here}", body, ("declare",))
        if not (self._known.ecs or self._known.group):
            yield self.by_hand(
                "ready_standby", f"Make {self._known.here} able to carry the load", "declare",
                (f"Bring ${{{{ service.name }}}} to full size in {self._known.here}", "Wait until it is healthy"),
                search="scale",
            )  # fmt: skip

    def promote(self, *above: str) -> Written:
        title = f"Let the data be written in {self._known.here}"
        if not self._known.aurora:
            return self.by_hand(
                "move_data", title, above[-1] if above else "declare",
                (f"Promote or restore its data in {self._known.here}", "See that it takes writes"),
                needs=above, search="promote",
            )  # fmt: skip
        side = "primary" if self._known.kind == "failback" else "recovery"
        target = f'"${{{{ {self._known.aurora}.{side}.cluster_arn }}}}"'
        loses = "true" if self._known.kind == "failover" else "false"
        body = f"""\
            uses: aurora.failover_global_cluster
            point_of_no_return: true              # from here the way is forward
            {self._known.two("Promote the database?")}
            with:
              global_cluster: {ref(self._known.aurora, "global_cluster")}
              target_cluster: {target}
              allow_data_loss: {loses}
            timeout: 15m
            """
        return Written("move_data", title, body, above or ("declare",))

    def traffic(self, after: str) -> Written:
        title = f"Move users to {self._known.here}"
        if not self._known.dns:
            return self.by_hand(
                "shift_traffic", title, after,
                (f"Send the users of ${{{{ service.name }}}} to {self._known.here}", "See that requests arrive there"),
                search="traffic",
            )  # fmt: skip
        to = "primary_set" if self._known.kind == "failback" else "recovery_set"
        accepts = """\
            accepts:
              global-control-plane: DNS is how these users find us; a person sees when a change does not get through.
            """
        body = f"""\
            approve: {{ from: {self._known.deciders}, count: 1, text: "{self._known.here} answers. Move the users?" }}
            uses: route53.shift_traffic
            with:
              zone: {ref(self._known.dns, "zone")}
              record: {ref(self._known.dns, "record")}
              to: {ref(self._known.dns, to)}
            timeout: 5m
            """
        return Written(
            "shift_traffic", title, dedent(body) + (dedent(accepts) if self._known.kind == "failover" else ""), (after,)
        )

    def probe(self, needs: tuple[str, ...], *, id: str = "smoke_test", title: str = "") -> Written:
        title = title or f"Try {self._known.here} before users see it"
        side = "recovery_url" if self._known.kind == "failover" else "primary_url"
        if getattr(self._known.service.health, side):
            with_ = f'{{ url: "${{{{ service.health.{side} }}}}", consecutive: 3 }}'
            return Written(id, title, f"uses: http.probe\nwith: {with_}\ntimeout: 5m", needs)
        return self.by_hand(
            id, title, "", (f"Open ${{{{ service.name }}}} in {self._known.here}", "See that it answers"), needs=needs,
            remark=f"The catalogue knows no health.{side} of {self._known.service.name}; http.probe needs it.",
        )  # fmt: skip

    def verify(self, after: str) -> Written:
        title = f"Users of {self._known.service.name} are served"
        if alarm := self._known.service.health.alarm:
            told = [each.region for each in self._known.service.alarms if each.alarm == alarm]
            region = told[0] if told else "${{ service.recovery_region }}"
            with_ = '{ alarm: "${{ service.health.alarm }}", stable_for: 1m }'
            body = f"uses: cloudwatch.alarm_ok\nregion: {region}\nwith: {with_}\ntimeout: 15m"
            return Written("verify_service", title, body, (after,))
        return self.probe((after,), id="verify_service", title=title)

    def by_hand(
        self, id: str, title: str, after: str, do: tuple[str, ...], *, needs: tuple[str, ...] = (),
        answer: tuple[str, str] | None = None, remark: str = "", search: str = "",
    ) -> Written:  # fmt: skip
        lines = "\n".join(f"    - {line}" for line in do)
        told = f"\n  answer: {{ field: {answer[0]}, label: {answer[1]} }}" if answer else ""
        nag = "nag: { every: 5m, escalate_after: 15m }"
        body = f"manual:\n  assignee: {self._known.hands}\n  do:\n{lines}{told}\n  {nag}"
        search = f"By hand until an action does it: dr actions --search {search}" if search else ""
        return Written(id, title, body, needs or ((after,) if after else ()), "\n".join(filter(None, (search, remark))))
