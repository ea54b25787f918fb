"""Every view, drawn from hostile and extreme values, and judged by the workspace that knows Slack's limits.

A case is one view drawn once. Values: long and empty words, controls, directions, zero widths, emoji, CJK, markup,
mentions, secrets; plans of one step to five hundred; journals cut anywhere; both languages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.language import LANGUAGES, Language, speaking
from bot.local.workspace.blocks import (
    MESSAGE_CHARACTERS,
    VIEW_BYTES,
    characters,
    check_message_blocks,
    check_view,
    view_size,
)
from bot.local.workspace.words import text_of
from bot.model.action import Finding, Look, Risk
from bot.model.case import Case, CaseEntry, CaseOpened
from bot.model.events import (
    AbortAsked,
    Fact,
    GateGranted,
    GateOpened,
    ManualAnswered,
    ManualOpened,
    NoteAdded,
    PersonChose,
    RunCreated,
    RunFinished,
    RunPaused,
    RunTaken,
    StepFailed,
    StepNeedsPerson,
    StepObserved,
    StepOutcomeUnknown,
    StepSettled,
    StepSkipped,
    StepStarted,
    VoteCast,
)
from bot.model.people import BOT
from bot.model.plan import GatePlan, Mode, Plan, PlannedStep
from bot.model.run import Run
from bot.model.runbook import Answer, Input, LoadedRunbook, Manual, Nag, Runbook
from bot.model.service import Catalog, RoleRule
from bot.planning.impact import Impact
from bot.slack.desired import desired_messages
from bot.slack.kit import MAX_FALLBACK, Message, escape
from bot.slack.views import (
    approval,
    case_card,
    crowd,
    debts,
    failure,
    glass,
    home,
    lists,
    manual,
    pick_form,
    plan_view,
    roles,
    start_form,
    steer,
    switch,
)
from bot.slack.views import readiness as readiness_views
from bot.timeline.build import build_timeline
from bot.timeline.debts import debts_of
from bot.timeline.visible import INVISIBLE
from bot.usecases.debts import Owed
from bot.usecases.look import RunView
from bot.usecases.plan_run import Form
from bot.usecases.readiness import Readiness, readiness_of
from bot.usecases.switch_run import compare
from tests.builders import ANA, BEN, CHLOE, DEV, IMPACT, NOW, Story, a_gate, a_plan, a_service, a_step

UNSAFE = re.compile(r"<(?!@[UW][A-Z0-9]+>|!date\^\d+\^[^|<>]+\|[^<>]+>|https?://[^|<>]+\|[^<>]*>)")
TOKEN = re.compile(r"<(?=[!@#]|https?:|mailto:)")
"""Plain text is drawn as it stands, but some clients draw these tokens all the same."""
LONGEST_UPDATE = 4000
HOSTILE = (
    "", " ", "x", "<!channel>", "<@U0AAAAAAA> <#C0AAAAAAA>", "<https://evil.example|click>", "*b* _i_ ~s~ `c` ```p```",
    "\u202egnp.exe\u2066", "\u200b\u200d\ufeff\u00ad", "\x00\x07\x1b[31m\x7f", "\ud7ff\U0010ffff",
    "a\nb\r\nc\td", "&lt;!here&gt; & &amp;", "\u0634\u0641\u0631\u0629", "장애 조치 완료", "災害復旧",
    "\U0001f469\U0001f3fd\u200d\U0001f692\U0001f1f0\U0001f1f7", "AKIAIOSFODNN7EXAMPLE", "{who} {0} %s", "é" * 3,
)  # fmt: skip
LONGEST = 6000
"""Characters of a word; twice what the longest field of Slack's takes."""
words = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=60),
    st.builds(lambda text, times: (text * times)[:LONGEST], st.sampled_from(HOSTILE), st.sampled_from([40, 400])),
)
titles = words.filter(lambda text: bool(text.strip()))


@dataclass(frozen=True)
class World:
    """A run at some moment, and everything around it."""

    view: RunView
    catalog: Catalog
    form: Form
    said: tuple[str, ...]
    language: Language
    ready: Readiness


@st.composite
def worlds(draw: Callable[[Any], Any]) -> World:
    """Small runs mostly, now and then a huge one."""
    said = tuple(draw(st.lists(titles, min_size=8, max_size=8)))
    count = draw(st.sampled_from([1, 2, 3, 5, 9, 17] * 5 + [60, 60, 500]))
    plan = _plan(count, said, draw(st.sampled_from(list(Mode))))
    records = _story(plan, said, draw)
    view = RunView(Run.of(records), build_timeline(records, as_of=records[-1].at + timedelta(minutes=7)))
    many = {f"service-{at}": a_service(f"service-{at}", title=said[at % 8], tier=said[0][:500]) for at in range(count)}
    people = {person.id: person.model_copy(update={"name": said[1]}) for person in (ANA, BEN, CHLOE, DEV)}
    rules = {name: RoleRule(groups=("@orders-sre",)) for name in ("ops", "ic", "comms")}
    catalog = Catalog(tiers={}, people=people, roles=rules, services={"orders-api": plan.service, **many})
    ready = readiness_of(plan.service, [records], {}, NOW)
    return World(view, catalog, _form(said), said, draw(st.sampled_from(LANGUAGES)), ready)


def _plan(count: int, said: tuple[str, ...], mode: Mode) -> Plan:
    steps = tuple(_step(at, said) for at in range(count))
    return a_plan(*steps, title=said[0], reason=said[1], mode=mode, memory_items=said[2:7], impact_evidence=said[3])


def _step(at: int, said: tuple[str, ...]) -> PlannedStep:
    word = said[at % 8]
    look = Look(state=("ready", "unknown", "blocked", "already_done")[at % 4], change=word,
                findings=(Finding(text=word, blocking=at % 5 == 0), Finding(text=said[0])))  # fmt: skip
    gate: GatePlan | None = a_gate(2, text=word, typed=word, show=("plan", "steps.step_0")) if at % 3 == 0 else None
    if at % 4 == 1:
        work = Manual(assignee="ops", do=said, answer=Answer(field="seen", label=word[:200], pattern="x" * 900),
                      nag=Nag(every=timedelta(minutes=1)))  # fmt: skip
        return a_step(f"step_{at}", kind="manual", title=word, manual=work)
    return a_step(f"step_{at}", title=word, gate=gate, irreversible=word, risk=list(Risk)[at % 4], look=look,
                  if_=word, point_of_no_return=at % 7 == 0, needs_dying_region=True, control_plane=word)  # fmt: skip


def _story(plan: Plan, said: tuple[str, ...], draw: Callable[[Any], Any]) -> Any:
    """Facts told of the first steps, cut off anywhere."""
    story = Story(plan).tell(RunCreated(plan=plan), by=ANA).tell(RunTaken(owner="w"), after=1)
    facts = [fact for step in plan.steps[:12] for fact in _facts(step, plan, said)]
    end = draw(st.integers(0, len(facts)))
    for fact in facts[:end]:
        story.tell(fact, after=1, by=BEN if isinstance(fact, VoteCast | NoteAdded | PersonChose) else None)
    last: Fact = draw(st.sampled_from([
        NoteAdded(text=said[0]), RunPaused(why=said[1]), AbortAsked(why=said[2], rollback=True),
        RunFinished(outcome="aborted", why=said[3]),
    ]))  # fmt: skip
    return story.tell(last, after=1, by=BEN).records


def _facts(step: PlannedStep, plan: Plan, said: tuple[str, ...]) -> Iterator[Fact]:
    word, until = said[len(step.id) % 8], NOW + timedelta(minutes=10)
    if step.gate is not None:
        yield GateOpened(step=step.id, text=word, typed=word, expires_at=until)
        yield VoteCast(step=step.id, round=1, person="ben", decision="approve", comment=word, plan_hash=plan.hash)
        yield GateGranted(step=step.id, by=("ben",))
    if step.kind == "manual":
        yield ManualOpened(step=step.id, assignee="ops", do=said)
        yield ManualAnswered(step=step.id, value=word)
        yield StepSettled(step=step.id, seen=word, how="answered")
        return
    yield StepStarted(step=step.id, attempt=1, title=word)
    yield StepObserved(step=step.id, seen=word, look_at=until)
    yield StepOutcomeUnknown(step=step.id, attempt=1, why=word, look_at=until)
    yield StepNeedsPerson(step=step.id, why=word, choices=("sent", "not_sent", "wait_on", "go_on", "rollback", "abort"))
    yield PersonChose(step=step.id, choice="sent", reason=word)
    over: tuple[Fact, ...] = (
        StepSettled(step=step.id, seen=word, results={word[:40]: word}),
        StepFailed(step=step.id, attempt=1, why=word),
        StepSkipped(step=step.id, why=word),
    )
    yield over[len(word) % 3]


def _form(said: tuple[str, ...]) -> Form:
    kinds: Mapping[str, Input] = {
        "impact_started_at": Input(type="datetime", required=True, ask=said[0]),
        "mode": Input(type="choice", options=tuple(f"{at} {said[1]}" for at in range(120)), default=f"0 {said[1]}"),
        "tasks": Input(type="integer", default=24, min=6, max=60, ask=said[2]),
        "ratio": Input(type="number", default=0.5),
        "drain": Input(type="boolean", default=True),
        "hold": Input(type="duration", default="10m"),
        "ticket": Input(type="string", pattern="^INC-[0-9]+$", ask=said[3]),
    }
    book = Runbook.model_construct(runbook="x", version=4, title=said[4], kind="failover", when=said[5], inputs=kinds)
    loaded = LoadedRunbook.model_construct(runbook=book, ref=a_plan().runbook, path="x.yaml", text="")
    return Form(a_service(title=said[6]), loaded, Impact(IMPACT, said[7]))


def drawn(world: World) -> Iterator[tuple[str, Message | Any]]:
    """Every view there is of this world, by name."""
    view, catalog, said = world.view, world.catalog, world.said
    run, plan = view.run, view.run.plan
    yield from ((key, each.message) for key, each in desired_messages(view, catalog).items())
    yield from _of_steps(world)
    yield "timeline", lists.timeline_message(view.timeline)
    yield "debt", debts.debt_message(Owed(run.id, debts_of(run) * 9, debts_of(run) * 8))
    yield "timeline modal", lists.timeline_modal(view.timeline)
    lines = [escape(each) for each in said]  # whoever asks for these views says it in mrkdwn
    yield "status", lists.status_message(view, lines)
    yield "runs", lists.runs_message([view] * 20)
    yield "service", lists.service_message(said[0], said[1], lines)
    yield "home", home.home([view] * 9, ANA, catalog, {"orders-api": world.ready})
    yield "readiness", readiness_views.service_message(world.ready, NOW)
    yield "readiness of all", readiness_views.services_message([world.ready] * 40, NOW)
    yield "now", home.now_message([view] * 9, ANA, catalog)
    yield "help", home.help_now([view] * 9, None, catalog)
    yield "plan modal", plan_view.plan_modal(plan, "{}", switch.switch_notice(compare(run, plan)))
    yield "form", start_form.start_form(world.form, start_form.Filled({"mode": said[0], said[1]: said[2]}), "{}", NOW)
    yield "pick", pick_form.pick_form("failover", catalog, said[0], "{}", said[1])
    yield "started", start_form.started(said[0], "x", NOW)
    yield "abort", steer.abort_form(run, True, "{}", said[0][:1000])
    yield "note", steer.note_form(run, "{}")
    yield "roles", roles.roles_form(run, ANA, catalog)
    faces = [crowd.face(view)] * 120
    yield from (
        (f"board {at}", said_)
        for at, said_ in enumerate(crowd.boards([faces[: crowd.PAGE], faces[crowd.PAGE :][: crowd.PAGE]]))
    )
    case = Case.of("c1", [CaseEntry(at=NOW, actor=BOT, fact=CaseOpened(service="orders-api", why=said[0]))])
    yield "case", case_card.case_card(case, plan.service, catalog, NOW)


def _of_steps(world: World) -> Iterator[tuple[str, Message | Any]]:
    view, run = world.view, world.view.run
    for step in run.plan.steps[:3]:
        yield "skip", failure.skip_form(view, step.id, "{}")
        if step.gate is not None:
            yield "approve", approval.approval_form(view, step.id, "approve", "{}")
            rows = [crowd.approval_row(view, step.id, 1, world.catalog)] * 20
            yield "row", rows[0]
            yield "glass", glass.glass_form(run, step.id, "{}", world.said[0][:1000])
        if step.kind == "manual":
            yield "manual form", manual.manual_form(view, step.id, "{}")


def complaints(name: str, drawn_view: Message | Any) -> list[str]:
    """What Slack would refuse, or a reader could be fooled by."""
    if isinstance(drawn_view, Message):
        body, found = {"blocks": drawn_view.body}, check_message_blocks(drawn_view.body)
        if characters(drawn_view.body) > MESSAGE_CHARACTERS:
            found.append("msg_blocks_too_long")
        if not 0 < len(drawn_view.text) <= min(MAX_FALLBACK, LONGEST_UPDATE):
            found.append(f"text of {len(drawn_view.text)} characters")
        marked, shown = [drawn_view.text], [drawn_view.text, text_of(body)]
    else:
        body = drawn_view.to_dict()
        found = check_view(body)
        if view_size(body) > VIEW_BYTES:
            found.append("view too large")
        marked, shown = [], [text_of(body)]
    marked += _texts(body, "mrkdwn")
    found += [f"unsafe: {hit.group()!r}" for text in marked if (hit := UNSAFE.search(text))]
    found += [f"token: {hit.group()!r}" for text in _texts(body, "plain_text") if (hit := TOKEN.search(text))]
    found += [f"invisible: {hit.group()!r}" for text in shown if (hit := INVISIBLE.search(text.replace("\n", "")))]
    return [f"{name}: {complaint}" for complaint in found]


def _texts(body: Any, kind: str) -> list[str]:
    """Every text object of this kind."""
    if isinstance(body, list):
        return [text for each in body for text in _texts(each, kind)]
    if not isinstance(body, dict):
        return []
    own = [body["text"]] if body.get("type") == kind and isinstance(body.get("text"), str) else []
    return own + [text for each in body.values() for text in _texts(each, kind)]


def play(cases: int) -> tuple[int, list[str]]:
    """Draw so many views; answers how many were drawn, and what was wrong with the first bad world."""
    count = 0

    @settings(max_examples=max(1, cases // 30), deadline=None, database=None, derandomize=True,
              phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(worlds())
    def draw_all(world: World) -> None:
        nonlocal count
        if count >= cases:
            return
        with speaking(world.language):
            for name, view in drawn(world):
                count += 1
                assert not (wrong := complaints(name, view)), wrong[:5]

    try:
        draw_all()
    except (AssertionError, BaseExceptionGroup) as broken:
        return count, [str(broken)[:2000]]
    return count, []
