"""Whatever a run holds, what we say of it fits Slack, harms nobody, and names the consequence first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.local.workspace.blocks import characters, check_message_blocks, check_view
from bot.local.workspace.kinds import Json
from bot.local.workspace.words import text_of
from bot.model.action import Finding, Look, Risk
from bot.model.events import (
    ChangeFound,
    Fact,
    GateExpired,
    GateGranted,
    GateOpened,
    NoteAdded,
    RunCreated,
    RunFinished,
    RunPaused,
    StepNeedsPerson,
    StepOutcomeUnknown,
    StepSettled,
    StepStarted,
    VoteCast,
    VoteVoided,
)
from bot.model.plan import Mode, Plan, StepState
from bot.model.run import Run
from bot.model.runbook import Input, LoadedRunbook, Runbook
from bot.model.service import Catalog, RoleRule
from bot.planning.impact import Impact
from bot.slack.desired import desired_messages
from bot.slack.kit import MAX_BLOCKS, MAX_CHARACTERS, MAX_FALLBACK, Message
from bot.slack.views.approval import approval, approval_form
from bot.slack.views.failure import failure, skip_form
from bot.slack.views.home import home
from bot.slack.views.lists import help_message, runs_message, status_message, timeline_message, timeline_modal
from bot.slack.views.manual import manual, manual_form
from bot.slack.views.notices import is_loud, lines_of, notice
from bot.slack.views.plan_view import plan_message, plan_modal
from bot.slack.views.run_card import run_card
from bot.slack.views.start_form import Filled, read_form, start_form
from bot.slack.views.steer import abort_form, note_form
from bot.timeline.build import build_timeline
from bot.timeline.visible import INVISIBLE
from bot.usecases.look import RunView
from bot.usecases.plan_run import Form
from tests.builders import (
    ANA,
    BEN,
    CHLOE,
    DEV,
    IMPACT,
    NOW,
    Story,
    a_failover_plan,
    a_finished_failover,
    a_gate,
    a_plan,
    a_service,
    a_step,
    change,
    records_of,
)

CATALOG = Catalog(
    tiers={},
    people={person.id: person for person in (ANA, BEN, CHLOE, DEV)},
    roles={"ops": RoleRule(groups=("@orders-sre",)), "ic": RoleRule(groups=("@sre-leads",))},
    services={"orders-api": a_service(runbooks={"failover": "orders-api.failover"})},
)
TOKEN = re.compile(
    r"<(?=[!@#]|https?:|mailto:)(?!@[UW][A-Z0-9]+>|!date\^\d+\^[^|<>]+\|[^<>]+>|https?://[^|<>]+\|[^<>]*>)"
)
HOSTILE = "<!channel> <https://evil.example|click> *bold* \u202egnp.exe \u200b`x` & <@U123> \x07"


def view_of(records: Sequence[Any]) -> RunView:
    """A run as doors show it, at its last record."""
    return RunView(Run.of(records), build_timeline(records, as_of=records[-1].at))


def must_fit(said: Message) -> None:
    """The workspace, which knows Slack's limits, has nothing to complain about."""
    assert check_message_blocks(said.body) == []
    assert len(said.body) <= MAX_BLOCKS
    assert characters(said.body) <= MAX_CHARACTERS + 3000  # ids and types are counted there, too
    assert 0 < len(said.text) <= MAX_FALLBACK
    for words in (said.text, text_of({"blocks": said.body})):
        assert not TOKEN.search(words), TOKEN.search(words)
        assert not INVISIBLE.search(words.replace("\n", "")), words


def must_be_a_view(view: Any) -> Json:
    """A modal or Home that Slack takes."""
    body: Json = view.to_dict()
    assert check_view(body) == []
    return body


def long_plan(steps: int, words: str = "Step") -> Plan:
    """Many steps, each as talkative as it may be."""
    return a_plan(
        *(
            a_step(
                f"step_{number}", title=f"{words} {number} {'x' * 80}", risk=Risk.DATA_LOSS, irreversible=words * 20,
                gate=a_gate(2, text=words), point_of_no_return=number % 7 == 0, needs_dying_region=True,
                control_plane="us-east-1",
                look=Look(state="unknown", findings=(Finding(text=words * 50), Finding(text="b", blocking=True))),
            )
            for number in range(steps)
        ),
        reason=words * 100,
    )  # fmt: skip


@pytest.mark.parametrize("steps", [1, 14, 60, 500])
def test_a_run_of_any_length_fits(steps: int) -> None:
    """Sixty steps are ordinary, five hundred are allowed; Slack takes them all."""
    plan = long_plan(steps, HOSTILE)
    facts: list[Fact] = [RunCreated(plan=plan)]
    for step in plan.steps[: steps // 2 + 1]:
        facts += [StepStarted(step=step.id, attempt=1), StepSettled(step=step.id, seen=HOSTILE * 30)]
    view = view_of(records_of(*facts[1:], plan=plan, every=1))

    said = [each.message for each in desired_messages(view, CATALOG).values()]

    for each in said:
        must_fit(each)
    must_fit(runs_message([view] * 20))
    must_fit(timeline_message(view.timeline))
    must_be_a_view(timeline_modal(view.timeline))
    must_be_a_view(plan_modal(plan, "{}"))
    must_be_a_view(home([view] * 5, ANA, CATALOG))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.text(max_size=400), st.just(HOSTILE * 8)), min_size=8, max_size=8))
def test_hostile_words_harm_nobody(words: list[str]) -> None:
    """Whatever AWS or people say: no mention, no link, nothing invisible, no refused block."""
    title, why, seen, reason, said, note, typed, comment = words
    step = a_step("promote", title=title or "t", gate=a_gate(1, text=said), irreversible=why, risk=Risk.DATA_LOSS)
    plan = a_plan(step, a_step("next", title=seen or "n"), title=title or "t", reason=reason)
    expires = NOW + timedelta(minutes=10)
    story = Story(plan).tell(RunCreated(plan=plan), by=ANA)
    story.tell(GateOpened(step="promote", text=said, typed=typed, expires_at=expires), after=1)
    vote = VoteCast(step="promote", round=1, person="ben", decision="approve", comment=comment, plan_hash=plan.hash)
    story.tell(vote, after=1, by=BEN)
    early = view_of(story.records)
    story.tell(GateGranted(step="promote", by=("ben",)), StepStarted(step="promote", attempt=1), after=1)
    story.tell(StepOutcomeUnknown(step="promote", attempt=1, why=why, look_at=expires), NoteAdded(text=note), after=1)
    story.tell(StepNeedsPerson(step="promote", why=why, choices=("sent", "not_sent", "abort", "rollback")), after=1)
    story.tell(RunPaused(why=reason), after=1)
    late = view_of(story.records)

    for view in (early, late):
        for each in desired_messages(view, CATALOG).values():
            must_fit(each.message)
        must_fit(status_message(view, ["x"]))
        must_be_a_view(timeline_modal(view.timeline))
        must_be_a_view(abort_form(view.run, True, "{}", reason[:1000]))
        must_be_a_view(note_form(view.run, "{}"))
    must_be_a_view(approval_form(early, "promote", "approve", "{}"))
    must_be_a_view(skip_form(late, "promote", "{}"))


def test_every_moment_of_a_real_failover_fits() -> None:
    """The card, the prompts and the lines after each single record."""
    records = a_finished_failover()

    for end in range(1, len(records) + 1):
        for each in desired_messages(view_of(records[:end]), CATALOG).values():
            must_fit(each.message)


def test_the_card_of_a_finished_run_has_nothing_to_steer() -> None:
    """Only the timeline and its export are left to press; the figures stand against their targets."""
    card = run_card(view_of(a_finished_failover()), CATALOG)

    shown = text_of({"blocks": card.body})
    assert "*26m 25s*, target 30m: met" in shown
    assert "*42s*, target 5m: not judged" in shown
    assert "UNFENCED" in shown
    assert not re.search(r"run\.(pause|resume|note)|abort", str(card.body))
    assert "RTO 26m 25s of 30m" in card.text


def test_the_card_says_where_we_are_whom_we_wait_for_and_what_an_abort_would_do() -> None:
    """The three questions of somebody who has just woken up."""
    card = run_card(view_of(a_finished_failover()[:20]), CATALOG)

    shown = text_of({"blocks": card.body})
    assert "You are here:* step 4, Stop writes in the old primary" in shown
    assert "is with operations: <@UANA>, <@UDEV>" in shown
    assert "An abort now: 3 changes can be rolled back, newest first" in shown
    assert "back by *<!date^" in shown


def test_marks_are_words_too() -> None:
    """No state is told by a sign or a colour alone."""
    shown = text_of({"blocks": run_card(view_of(a_finished_failover()[:24]), CATALOG).body})

    assert "☒ 4. *Stop writes in the old primary* – FAILED: ecs.us-east-1 does not answer" in shown
    assert "☐ to do)" in shown
    assert "☐ 7. Promote the database in us-west-2 ⚑ point of no return" in shown


def test_an_approval_names_the_consequence_before_the_button() -> None:
    """Text, risk, point of no return, who is asked, until when; then the buttons."""
    records = a_finished_failover()
    opened = next(record.seq for record in records if getattr(record.fact, "step", "") == "promote_db")
    said = approval(view_of(records[:opened]), "promote_db", 1, CATALOG)

    shown = text_of({"blocks": said.body})
    assert shown.index("Up to 42 s of orders can be lost") < shown.index("Confirm…")
    assert "CAN LOSE DATA" in shown
    assert "This is the point of no return" in shown
    assert all(f"<@{person.slack}>" in shown for person in (ANA, BEN, DEV))
    assert said.body[-1]["type"] == "actions"


def test_what_was_not_measured_is_shown_as_unknown() -> None:
    """A fact that an approver asked for and nobody knows is never left out."""
    gate = a_gate(1, show=("plan", "steps.measure_lag"))
    lag = a_step("measure_lag", title="Measure the lag", risk=Risk.READ)
    plan = a_plan(lag, a_step("go", kind="approve", gate=gate, needs=("measure_lag",)))
    opened = GateOpened(step="go", text="Go?", expires_at=NOW + timedelta(minutes=5))
    view = view_of(records_of(opened, plan=plan))

    shown = text_of({"blocks": approval(view, "go", 1, CATALOG).body})

    assert "Measure the lag *UNKNOWN*" in shown
    assert "Data lost if it happened now: *42s*" in shown


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (("uses",), "2 steps, disruptive;"),
        (("uses", "manual"), "3 steps, disruptive, 1 of them by hand;"),
        (("manual", "manual"), "3 steps, 2 of them by hand;"),
    ],
)
def test_a_plan_that_people_carry_out_is_not_said_to_look_only(kinds: Sequence[StepState], words: str) -> None:
    """What they do by hand may change anything, and stands beside the worst that the bot does."""
    steps = [
        a_step(f"s{n}", kind=kind, risk=Risk.DISRUPTIVE if kind == "uses" else Risk.READ, needs=("go",))
        for n, kind in enumerate(kinds)
    ]
    plan = a_plan(a_step("go", kind="approve", gate=a_gate(1, show=("plan",)), risk=Risk.READ), *steps)
    opened = GateOpened(step="go", text="Go?", expires_at=NOW + timedelta(minutes=5))

    shown = text_of({"blocks": approval(view_of(records_of(opened, plan=plan)), "go", 1, CATALOG).body})

    assert words in shown


def test_a_step_without_a_gate_asks_when_its_target_became_another() -> None:
    """The people of the gate further up read what changed, and have their buttons."""
    plan = a_plan(a_step("go", kind="approve", gate=a_gate(1)), a_step("promote", needs=("go",)))
    why = "Approved: db-a. There now: db-b."
    found = ChangeFound(step="promote", attempt=1, why=why, targets=("db-b",), gate=a_gate(2))
    opened = GateOpened(step="promote", text=f"{why} Promote", expires_at=NOW + timedelta(minutes=5))
    view = view_of(records_of(found, opened, plan=plan))

    said = approval(view, "promote", 1, CATALOG)
    form = approval_form(view, "promote", "approve", "about")

    assert "There now: db-b" in text_of({"blocks": said.body})
    assert said.body[-1]["type"] == "actions"
    assert "There now: db-b" in text_of(form.to_dict())
    assert "gate:promote:1" in desired_messages(view, CATALOG)


def test_an_expired_request_has_no_buttons() -> None:
    """Nobody is invited to click what would be refused."""
    plan = a_plan(a_step("go", kind="approve", gate=a_gate(1)))
    opened = GateOpened(step="go", text="Go?", expires_at=NOW + timedelta(minutes=5))
    view = view_of(records_of(opened, GateExpired(step="go", round=1, then="pause"), plan=plan))

    said = approval(view, "go", 1, CATALOG)

    assert "EXPIRED" in text_of({"blocks": said.body})
    assert all(block["type"] != "actions" for block in said.body)


def test_an_approval_that_stands_no_more_is_void_and_not_expired() -> None:
    """Granted in time; who agreed may not decide any more."""
    plan = a_plan(a_step("go", kind="approve", gate=a_gate(1)), a_step("promote", needs=("go",)))
    facts = (
        GateOpened(step="go", text="Go?", expires_at=NOW + timedelta(minutes=5)),
        VoteCast(step="go", round=1, person="ben", decision="approve", plan_hash=plan.hash),
        GateGranted(step="go", by=("ben",)),
        StepSettled(step="go", seen="granted", how="granted"),
        VoteVoided(step="go", round=1, person="ben", why="Ben left"),
    )
    view = view_of(records_of(*facts, plan=plan))

    said = approval(view, "go", 1, CATALOG)

    assert "*VOID.*" in text_of({"blocks": said.body})
    assert all(block["type"] != "actions" for block in said.body)


def test_a_blocked_plan_cannot_be_started_live() -> None:
    """The reasons stand first and there is no Start."""
    blocked = a_step("promote", look=Look(state="blocked", findings=(Finding(text="no writer", blocking=True),)))

    live = must_be_a_view(plan_modal(a_plan(blocked), "{}"))
    rehearsal = must_be_a_view(plan_modal(a_plan(blocked, mode=Mode.DRY_RUN), "{}"))

    assert live["submit"] is None if "submit" in live else True
    assert "no writer" in text_of(live)
    assert "plan.rehearse" in str(live)
    assert rehearsal["submit"]["text"] == "Start dry run"


def test_a_plan_tells_what_would_change_and_what_cannot_be_undone() -> None:
    """From what to what, per step, and the warnings above them."""
    shown = text_of({"blocks": plan_message(a_failover_plan()).body})

    assert "would change: desired 4 → 24" in shown
    assert shown.count("Promote the database in us-west-2") == 2  # one warning, one step
    assert (
        "⚑ *Point of no return:* “Promote the database in us-west-2”. From there the way is forward. The old" in shown
    )
    assert "Needs a region that may be failing" in shown
    assert "within the target of 5m" in shown


def test_a_plan_names_the_targets_of_each_call() -> None:
    """The action, its region and what it touches as AWS calls it, on a line below the step; many are counted."""
    arns = tuple(f"arn:aws:rds:us-west-2:111122223333:cluster:orders-{name}" for name in "abcd")
    plan = a_plan(a_step("promote", look=Look(state="ready", targets=arns)), a_step("scale"))

    lines = text_of({"blocks": plan_message(plan).body}).splitlines()

    promote, scale = (next(at for at, line in enumerate(lines) if line.startswith(title)) for title in ("*1.", "*2."))
    below = [line.strip() for line in lines]
    assert f"`ecs.set_desired_count` · us-west-2 · `{arns[0]}` · `{arns[1]}` and 2 more" in below[promote + 1 : scale]
    assert "`ecs.set_desired_count` · us-west-2 · `ecs:scale`" in below[scale + 1 :]


def test_choices_are_told_with_their_consequence_and_only_those_that_count() -> None:
    """A button for each choice the engine offers, and none besides."""
    asked = StepNeedsPerson(step="scale_api", why="It broke.", choices=("retry", "skip", "abort"))
    view = view_of(records_of(StepStarted(step="scale_api", attempt=1), asked))
    said = failure(view, "scale_api", 3, CATALOG)

    ids = re.findall(r"'action_id': '(ask\.[a-z_]+)'", str(said.body))
    assert ids == ["ask.retry", "ask.skip", "ask.abort"]
    assert "The run goes on without it" in text_of({"blocks": said.body})


def test_manual_work_is_asked_line_by_line() -> None:
    """One action per line, and who is meant."""
    records = a_finished_failover()[:20]
    view = view_of(records)

    said = manual(view, "psp_allowlist", CATALOG)

    assert "1. Open the PSP console, Network, Allowlist\n2. Add 198.51.100.10/32" in text_of({"blocks": said.body})
    must_be_a_view(manual_form(view, "psp_allowlist", "{}"))


def a_form(**inputs: Input) -> Form:
    """The start form of a runbook with these inputs."""
    book = Runbook.model_construct(
        runbook="orders-api.failover", version=4, title="Fail over", kind="failover", when=HOSTILE, inputs=inputs
    )
    ref = a_plan().runbook
    loaded = LoadedRunbook.model_construct(runbook=book, ref=ref, path="x.yaml", text="")
    return Form(a_service(), loaded, Impact(IMPACT, "alarm orders-api-success-ratio"))


INPUTS = {
    "impact_started_at": Input(type="datetime", required=True, ask="When did customers first feel it?"),
    "mode": Input(type="choice", options=("unplanned", "planned"), default="unplanned"),
    "tasks": Input(type="integer", default=24, min=6, max=60),
    "ratio": Input(type="number", default=0.5),
    "drain": Input(type="boolean", default=True),
    "hold": Input(type="duration", default="10m"),
    "ticket": Input(type="string", pattern="^INC-[0-9]+$", ask=HOSTILE * 40),
}


def test_the_form_has_the_right_element_for_each_input_and_the_alarm_as_evidence() -> None:
    """Seven inputs, a reason, a mode; the moment of impact is filled in and says where it is from."""
    body = must_be_a_view(start_form(a_form(**INPUTS), Filled(), "{}", NOW))

    elements = {block["block_id"]: block["element"] for block in body["blocks"] if block["type"] == "input"}
    kinds = [element["type"] for element in elements.values()]
    assert kinds == [
        "datetimepicker", "static_select", "number_input", "number_input", "radio_buttons", "plain_text_input",
        "plain_text_input", "plain_text_input", "radio_buttons",
    ]  # fmt: skip
    assert elements["in:impact_started_at"]["initial_date_time"] == int(IMPACT.timestamp())
    assert "Filled in from alarm orders-api-success-ratio" in str(body)
    assert elements["in:tasks"]["min_value"] == "6"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"mode": "plan"}, "Did you mean planned?"),
        ({"tasks": "many"}, "not a whole number"),
        ({"tasks": "99"}, "above the maximum"),
        ({"impact_started_at": "yesterday"}, "is not a time"),
        ({"tsks": "7"}, "Did you mean tasks?"),
        ({"drain": "perhaps"}, "neither true nor false"),
    ],
)
def test_the_form_says_what_was_typed_wrong(typed: dict[str, str], says: str) -> None:
    """Above the questions, with the mend."""
    assert says in text_of(must_be_a_view(start_form(a_form(**INPUTS), Filled(inputs=typed), "{}", NOW)))


def test_a_form_is_read_back_as_it_was_filled_in() -> None:
    """Each element's own kind of answer becomes the text that planning reads; what is empty is left to defaults."""
    state = {
        "in:mode": {"value": {"type": "static_select", "selected_option": {"value": "planned"}}},
        "in:impact_started_at": {"value": {"type": "datetimepicker", "selected_date_time": int(IMPACT.timestamp())}},
        "in:tasks": {"value": {"type": "number_input", "value": "12"}},
        "in:ticket": {"value": {"type": "plain_text_input", "value": None}},
        "reason": {"value": {"type": "plain_text_input", "value": " 5xx "}},
        "mode": {"value": {"type": "radio_buttons", "selected_option": {"value": "dry_run"}}},
    }

    filled = read_form(state)

    assert filled.inputs == {"mode": "planned", "impact_started_at": IMPACT.isoformat(), "tasks": "12"}
    assert (filled.reason, filled.mode) == ("5xx", Mode.DRY_RUN)


def test_help_lists_every_command() -> None:
    """And fits."""
    must_fit(help_message())


def test_keys_are_stable_and_lines_are_few() -> None:
    """A later moment has every key of an earlier one, so that nothing is posted twice under another name."""
    records = a_finished_failover()
    earlier = set(desired_messages(view_of(records[:30]), CATALOG))
    later = set(desired_messages(view_of(records), CATALOG))

    assert earlier <= later
    assert {
        "card",
        "plan",
        "gate:declare:1",
        "gate:shift_traffic:2",
        "manual:psp_allowlist",
        "ask:warm_cache:40",
    } <= later
    assert len([key for key in later if key.startswith("event:")]) < len(records) * 0.6


def test_the_end_is_told_in_the_channel_with_what_was_achieved() -> None:
    """The last line leaves the thread."""
    records = a_finished_failover()
    end = next(record.seq for record in records if isinstance(record.fact, RunFinished))

    last = desired_messages(view_of(records), CATALOG)[f"event:{end}"]

    assert last.thread
    assert last.broadcast
    assert "RTO *26m 25s* (target 30m)" in last.message.text


def test_what_a_message_of_its_own_tells_gets_no_line() -> None:
    """Approvals stand in the request and answers in the question, with names and times: the thread does not repeat."""
    view = view_of(a_finished_failover())

    told = {entry.kind for entry in lines_of(view)}

    assert {"vote_cast", "person_chose"} <= {entry.kind for entry in view.timeline.entries}
    assert not told & {"vote_cast", "person_chose", "gate_opened", "manual_opened", "step_needs_person"}
    assert {"gate_granted", "step_settled", "step_failed", "step_skipped", "run_finished"} <= told


def test_a_denial_is_told_to_the_thread_too() -> None:
    """It is news whoever asked waits for."""
    records = a_finished_failover()
    vote = next(record for record in records if record.fact.kind == "vote_cast")
    denied = vote.fact.model_copy(update={"decision": "deny"})
    view = view_of(change(records, vote.seq, fact=denied)[: vote.seq])

    assert "vote_cast" in {entry.kind for entry in lines_of(view)}


def test_a_line_that_is_shown_in_the_channel_names_its_run() -> None:
    """Several runs may end there in one night."""
    view = view_of(a_finished_failover())
    loud = [entry for entry in lines_of(view) if is_loud(entry)]

    assert {entry.kind for entry in loud} == {"step_failed", "run_finished"}
    assert all(notice(entry, view).text.startswith("*Failover of orders-api* `01JPFAILOVER`") for entry in loud)


def test_a_list_marks_the_runs_that_wait_for_people() -> None:
    """A run that asks looks different from one that works, and both say when they were asked for."""
    records = a_finished_failover()
    asking = next(record.seq for record in records if record.fact.kind == "gate_opened")

    lines = [runs_message([view_of(records[:until])]).text.splitlines()[-1] for until in (asking, 2, len(records))]
    assert [line[0] for line in lines] == ["?", "▶", "–"]
    assert all("asked for <!date^" in line for line in lines)
