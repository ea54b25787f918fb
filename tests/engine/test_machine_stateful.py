"""Machine and journal under everything at once: plans, people, calls, clocks, crashes and takeovers, all at random.

A failure is printed as a story of rules with its values, and `@reproduce_failure` or the example database replays it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.model.action import Risk
from bot.model.events import (
    AbortAsked,
    ChangeFound,
    GateGranted,
    GateOpened,
    ManualAnswered,
    NoteAdded,
    PersonChose,
    RunFinished,
    RunPaused,
    RunResumed,
    StepSettled,
    StepStarted,
    VoteCast,
)
from bot.model.plan import GatePlan, PlannedStep
from bot.model.records import first_break
from bot.model.run import Run
from bot.model.runbook import Manual, Retry
from bot.model.step_run import Phase, StepRun
from tests.builders import a_plan, a_step
from tests.engine.rehearsal import FATES, Stage
from tests.engine.stories import watch
from tests.faults.sky import ACTIONS, BY_KIND

POINTS = (
    "take.before", "take.after", "facts.before", "facts.after", "intent.before", "intent.after", "fence.before",
    "call.before", "call.after", "outcome.before", "outcome.after", "park.before", "park.after",
)  # fmt: skip
PEOPLE = ("alice", "bob", "chloe")
AFTER_THE_END = {"note_added", "exported", "action_refused"}
gates = st.none() | st.builds(
    GatePlan,
    kind=st.just("approve"),
    groups=st.just(("@g",)),
    count=st.integers(1, 2),
    expires=st.just(timedelta(minutes=10)),
    on_expiry=st.sampled_from(["escalate", "pause", "abort"]),
)

risks = st.sampled_from([Risk.REVERSIBLE, Risk.DISRUPTIVE])


@st.composite
def plans(draw: st.DrawFn) -> Any:
    """Two to six steps; each may need any of those before it."""
    steps: list[PlannedStep] = []
    for number in range(draw(st.integers(2, 6))):
        kind = draw(st.sampled_from([*BY_KIND, *BY_KIND, "watch", "wait", "manual", "approve"]))
        needs = tuple(step.id for step in steps if draw(st.booleans()))
        steps.append(_step(draw, kind, f"{kind}_{number}", needs))
    return a_plan(*steps)


def _step(draw: st.DrawFn, kind: str, id: str, needs: tuple[str, ...]) -> PlannedStep:
    match kind:
        case "watch":
            return watch(id, "x", needs=needs)
        case "wait":
            return a_step(id, kind="wait", wait_for=timedelta(seconds=draw(st.integers(1, 600))), needs=needs)
        case "manual":
            return a_step(id, kind="manual", manual=Manual(assignee="ops", do=("Call.",)), needs=needs)
        case "approve":
            return a_step(id, kind="approve", gate=draw(gates.filter(bool)), needs=needs)
    spec = ACTIONS[BY_KIND[kind]].spec
    return a_step(
        id, action=spec.name, params={"name": id}, needs=needs, risk=draw(risks), idempotency=spec.idempotency,
        irreversible=spec.irreversible, look=None, gate=draw(gates),
        on_failure=draw(st.sampled_from(["pause", "continue", "abort", "rollback"])),
        point_of_no_return=draw(st.sampled_from([False, False, False, True])),
        retry=Retry(max_attempts=draw(st.integers(1, 3)), backoff=timedelta(seconds=2)),
    )  # fmt: skip


class AnythingMayHappen(RuleBasedStateMachine):
    """Rules are what the world does; invariants are what the product promises."""

    stage: Stage

    @initialize(plan=plans())
    def begin(self, plan: Any) -> None:
        self.stage = Stage(plan)
        self.stage.weather.values["x"] = 1

    def teardown(self) -> None:
        if hasattr(self, "stage"):
            self._bring_home()
            self.stage.calls.close()

    # --- the world ------------------------------------------------------------------------------------------------

    @rule(owner=st.sampled_from("ab"))
    def delivery(self, owner: str) -> None:
        self.stage.deliver(owner)

    @rule(owner=st.sampled_from("ab"), point=st.sampled_from(POINTS), nth=st.integers(1, 3), later=st.integers(0, 60))
    def crash(self, owner: str, point: str, nth: int, later: int) -> None:
        self.stage.deliver(owner, point, nth)
        self.stage.clock.wind(seconds=later)

    @rule(
        point=st.sampled_from(POINTS), nth=st.integers(1, 3), later=st.integers(0, 120), times=st.integers(1, 3),
        then_dies=st.sampled_from(["", "", "facts.before", "intent.after"]),
    )  # fmt: skip
    def freeze(self, point: str, nth: int, later: int, times: int, then_dies: str) -> None:
        """Worker `a` stands still while the clock goes on and `b` does what it likes; then `a` goes on."""

        def meanwhile() -> None:
            for _ in range(times):
                self.stage.clock.wind(seconds=later)
                self.stage.deliver("b", then_dies)

        self.stage.deliver("a", point, nth, meanwhile)

    @rule(fates=st.lists(st.sampled_from(FATES), min_size=1, max_size=4))
    def weather(self, fates: list[Any]) -> None:
        self.stage.weather.fates.extend(fates)

    @rule(seconds=st.sampled_from([1, 5, 14, 40, 300, 660, 7200]))
    def time_passes(self, seconds: int) -> None:
        self.stage.clock.wind(seconds=seconds)

    # --- people ---------------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.stage.run().outcome)
    @rule(data=st.data(), person=st.sampled_from(PEOPLE), yes=st.sampled_from([True, True, True, False]))
    def somebody_acts(self, data: st.DataObject, person: str, yes: bool) -> None:
        run = self.stage.run()
        open_ = [step for step, state in run.steps.items() if _waits_for_people(state)]
        if open_:
            step = data.draw(st.sampled_from(open_))
            state = run.steps[step]
            choice = data.draw(st.sampled_from(state.choices)) if state.choices else ""
            self._act(step, state, person, yes, choice)

    @precondition(lambda self: not self.stage.run().outcome)
    @rule(wish=st.sampled_from(["pause", "resume", "resume", "abort", "rollback"]))
    def somebody_steers(self, wish: str) -> None:
        run = self.stage.run()
        match wish:
            case "pause" if not run.paused:
                self.stage.say(RunPaused(why="hold"))
            case "resume" if run.paused:
                self.stage.say(RunResumed())
            case "abort" | "rollback" if run.aborting is None and not (wish == "rollback" and run.passed_no_return):
                self.stage.say(AbortAsked(why="enough", rollback=wish == "rollback"))

    @rule(person=st.sampled_from(PEOPLE))
    def somebody_leaves_the_house(self, person: str) -> None:
        self.stage.house.left.setdefault(person, self.stage.run().seq)

    @rule()
    def somebody_notes(self) -> None:
        self.stage.say(NoteAdded(text="seen"))

    def _act(self, step: str, state: StepRun, person: str, yes: bool, choice: Any) -> None:
        match state.phase:
            case Phase.GATE:
                hash_ = self.stage.plan.hash
                decision: Any = "approve" if yes else "deny"
                vote = VoteCast(step=step, round=state.round, person=person, decision=decision, plan_hash=hash_)
                self.stage.say(vote)
            case Phase.MANUAL:
                self.stage.say(ManualAnswered(step=step), StepSettled(step=step, seen="done", how="answered"))
            case Phase.ASKING if choice:
                self.stage.say(PersonChose(step=step, choice=choice))

    # --- promises -------------------------------------------------------------------------------------------------

    @invariant()
    def every_call_was_intended_and_every_fold_agrees(self) -> None:
        if hasattr(self, "stage"):
            assert self.stage.wrong == [], self.stage.wrong
            assert first_break(self.stage.records()) is None

    @invariant()
    def what_moves_or_waits_is_among_what_is_open(self) -> None:
        if hasattr(self, "stage"):
            run = Run.of(self.stage.records())
            still = (Phase.WAITING, Phase.SETTLED, Phase.SKIPPED, Phase.FAILED, Phase.UNDONE)
            assert {name for name, step in run.steps.items() if step.phase not in still} <= set(run.ready)

    @invariant()
    def nothing_takes_effect_twice_unless_a_person_said_so(self) -> None:
        if not hasattr(self, "stage"):
            return
        asked = Counter(
            record.fact.step
            for record in self.stage.records()
            if isinstance(record.fact, PersonChose) and record.fact.choice in ("retry", "not_sent")
        )
        for effect, times in self.stage.weather.effects.items():
            step, _, value = effect.partition("=")
            if value == "1":
                assert times <= 1 + asked[step], (effect, times)

    @invariant()
    def gates_open_only_with_their_quorum(self) -> None:
        if not hasattr(self, "stage"):
            return
        votes: dict[tuple[str, int], dict[str, str]] = {}
        rounds: dict[str, int] = {}
        borrowed: dict[str, GatePlan] = {}
        for record in self.stage.records():
            fact = record.fact
            if fact.kind == "gate_opened":
                rounds[fact.step] = fact.round
            elif isinstance(fact, ChangeFound) and fact.gate is not None:
                borrowed[fact.step] = fact.gate
            elif isinstance(fact, VoteCast):
                cast = votes.setdefault((fact.step, fact.round), {})
                cast[fact.person] = fact.decision if cast.get(fact.person) != "deny" else "deny"
            elif isinstance(fact, GateGranted):
                cast = votes.get((fact.step, rounds[fact.step]), {})
                gate = self.stage.plan.step(fact.step).gate or borrowed[fact.step]
                assert list(cast.values()).count("approve") >= gate.count
                assert "deny" not in cast.values()

    @invariant()
    def what_rests_on_an_approval_begins_only_while_it_stands(self) -> None:
        if hasattr(self, "stage"):
            for before, begun in self._begun_on_the_word_of_others():
                left = {person for person, seq in self.stage.house.left.items() if seq < begun.seq}
                grants = _grants(before)
                above = [step for step in self._above(begun.fact.step) if step in grants]
                assert above, f"{begun.fact.step} began though nobody let it pass"
                for step in above:
                    count = self.stage.plan.step(step).gate.count  # type: ignore[union-attr]  # it was granted
                    assert any(len(people - left) >= count for people in grants[step]), (step, grants[step], left)

    def _begun_on_the_word_of_others(self) -> Iterator[tuple[Sequence[Any], Any]]:
        """Intents of disruptive steps without a gate of their own, below gates that asked; with all records before."""
        records = self.stage.records()
        asked: set[str] = set()
        for number, record in enumerate(records):
            fact = record.fact
            if isinstance(fact, GateOpened):
                asked.add(fact.step)
            elif isinstance(fact, StepStarted) and self._rests(fact.step, asked):
                yield records[:number], record

    def _rests(self, step: str, asked: set[str]) -> bool:
        is_disruptive = self.stage.plan.step(step).risk is Risk.DISRUPTIVE
        return is_disruptive and step not in asked and not asked.isdisjoint(self._above(step))

    def _above(self, step: str) -> list[str]:
        ahead, found = list(self.stage.plan.step(step).needs), []
        while ahead:
            found.append(ahead.pop())
            ahead.extend(need for need in self.stage.plan.step(found[-1]).needs if need not in found)
        return found

    @invariant()
    def nothing_but_words_follows_the_end(self) -> None:
        if not hasattr(self, "stage"):
            return
        kinds = [record.fact.kind for record in self.stage.records()]
        if RunFinished.model_fields["kind"].default in kinds:
            after = kinds[kinds.index("run_finished") + 1 :]
            assert set(after) <= AFTER_THE_END

    def _bring_home(self) -> None:
        """However it stands, patient people and a calm cloud bring every run to its end."""
        self.stage.weather.fates.clear()
        self.what_rests_on_an_approval_begins_only_while_it_stands()
        self.stage.house.left.clear()
        for _ in range(150):
            run = self.stage.run()
            if run.outcome:
                break
            if run.paused:
                self.stage.say(RunResumed())
            for step, state in run.steps.items():
                if _waits_for_people(state):
                    calm = next((each for each in ("skip", "sent", "go_on", "abort") if each in state.choices), "retry")
                    for person in PEOPLE:
                        self._act(step, self.stage.run().steps[step], person, True, calm if person == "bob" else "")
            self.stage.deliver("a")
            self.stage.clock.wind(seconds=61)
        run = self.stage.run()
        assert run.outcome, {step: state.phase for step, state in run.steps.items()}
        self.every_call_was_intended_and_every_fold_agrees()
        self.nothing_takes_effect_twice_unless_a_person_said_so()
        self.gates_open_only_with_their_quorum()
        self.nothing_but_words_follows_the_end()


def _grants(records: Iterable[Any]) -> dict[str, list[set[str]]]:
    """Whose word each gate rests on: those who agreed there, and those who did in its place since."""
    grants: dict[str, list[set[str]]] = {}
    instead: dict[str, str] = {}
    for record in records:
        if isinstance(record.fact, ChangeFound) and record.fact.instead_of:
            instead[record.fact.step] = record.fact.instead_of
        elif isinstance(record.fact, GateGranted):
            for gate in {record.fact.step, instead.get(record.fact.step, record.fact.step)}:
                grants.setdefault(gate, []).append(set(record.fact.by))
    return grants


def _waits_for_people(state: StepRun) -> bool:
    return state.phase in (Phase.GATE, Phase.MANUAL) or (state.phase is Phase.ASKING and state.chosen is None)


AnythingMayHappen.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
TestAnythingMayHappen = AnythingMayHappen.TestCase
