"""Who is asked next is told before, and who came in after: on the request, in the plan, the terminal and the story."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cli.plan_page import plan_page
from bot.cli.run_page import next_moves
from bot.language import LANGUAGES, Language, _, speaking
from bot.local.workspace.blocks import check_message_blocks
from bot.local.workspace.words import text_of
from bot.model.events import GateExpired, GateOpened
from bot.model.plan import NextLevel, Plan
from bot.model.service import GroupRule
from bot.slack.kit import when
from bot.slack.views.approval import approval
from bot.slack.views.plan_view import step_lines
from bot.timeline.build import build_timeline
from bot.usecases.look import RunView
from tests.builders import DEV, NOW, a_gate, a_person, a_plan, a_step, records_of
from tests.cli.test_pages import printed, view_of
from tests.usecases.desks import a_catalog

VIP, PAT = a_person("vip", "Vi Park", groups=("@vps",)), a_person("pat", "Pat Low", groups=("@comms & co",))
CATALOG = a_catalog(
    people={**a_catalog().people, "vip": VIP, "pat": PAT},
    groups={"@comms & co": GroupRule(slack_usergroup="S0COMMS000")},
)
LEVELS = (NextLevel(groups=("@vps",), hears=("@comms & co",)),)
DUE = NOW + timedelta(minutes=10)
LATER = DUE + timedelta(minutes=10)


def a_go(**more: object) -> Plan:
    gate = a_gate(2, on_expiry="escalate", escalation=LEVELS).model_copy(update=more)
    return a_plan(a_step("go", kind="approve", title="Go or no go", gate=gate))


def asked(plan: Plan) -> RunView:
    return view_of(records_of(GateOpened(step="go", text="Go?", expires_at=DUE), plan=plan))


def asked_again(plan: Plan) -> RunView:
    opened = GateOpened(step="go", text="Go?", expires_at=DUE)
    expired = GateExpired(step="go", round=1, then="escalate", asks=("@vps",), tells=("@comms & co",))
    return view_of(records_of(opened, expired, GateOpened(step="go", round=2, text="Go?", expires_at=LATER), plan=plan))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_request_says_who_is_next_and_when_and_calls_nobody_early(language: Language) -> None:
    """By the moment at which it expires, in the reader's own zone; Vi is named by her group and not mentioned."""
    with speaking(language):
        said = approval(asked(a_go()), "go", 1, CATALOG)
        text = _(
            "If nobody decides by {at}: {asked} may decide too, and it is told to {told}.",
            at=when(DUE), asked="@vps", told="@comms &amp; co",
        )  # fmt: skip

    assert text in text_of({"blocks": said.body})
    assert "UVIP" not in str(said.payload())
    assert check_message_blocks(said.body) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_next_request_calls_those_who_came_in_and_those_who_are_told(language: Language) -> None:
    """Vi is asked beside the board; Pat and the user group hear of it; nobody else is left to come in."""
    with speaking(language):
        said = approval(asked_again(a_go()), "go", 2, CATALOG)
        came = _("Nobody decided in time, so {groups} may decide too.", groups="@vps")
        heard = _("*Told:* {people}", people="<@UPAT> <!subteam^S0COMMS000>")
        same = _("If nobody decides by {at}: the same people are asked again.", at=when(LATER))

    shown = text_of({"blocks": said.body})
    assert all(words in shown for words in (came, heard, same))
    assert "<@UVIP>" in shown
    assert "<@UDEV>" not in shown, f"{DEV.name} is asked nothing"
    assert check_message_blocks(said.body) == []


def test_a_gate_that_pauses_promises_nobody() -> None:
    """When it expires a person decides how to go on."""
    said = approval(asked(a_go(on_expiry="pause", escalation=())), "go", 1, CATALOG)

    assert "If nobody decides" not in text_of({"blocks": said.body})


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plan_says_who_is_asked_after_whom(language: Language) -> None:
    """In Slack and in the terminal, before anybody approves it."""
    plan = a_go()
    with speaking(language):
        lines = "\n".join(step_lines(1, plan.steps[0], plan))
        page = printed(*plan_page(plan), width=400)
        told_only = _("{groups} (only told)", groups="@comms & co")

    assert "@vps" in lines
    assert told_only.replace("&", "&amp;") in lines
    assert "@vps" in page
    assert told_only in page


def test_a_terminal_says_who_is_next_and_who_came_in() -> None:
    """Beside the command that approves."""
    first, then = (list(next_moves(view.run, NOW)) for view in (asked(a_go()), asked_again(a_go())))

    assert "  If nobody decides by" in first[1]
    assert "@vps may decide too, and it is told to @comms & co." in first[1]
    assert first[2].strip().startswith("dr approve")
    assert then[1] == "  Nobody decided in time, so @vps may decide too."
    assert then[2] == "  Nobody decided in time, so it was told to @comms & co."
    assert "the same people are asked again" in then[3]


def test_a_terminal_names_the_day_of_another_day() -> None:
    """A gate may wait overnight; its hour alone would be taken for today's."""
    run, overnight = asked(a_go()).run, f"{DUE.astimezone():%Y-%m-%d}"

    assert overnight not in list(next_moves(run, NOW))[1]
    assert overnight in list(next_moves(run, NOW - timedelta(days=1)))[1]


SAID = [
    (("@vps",), (), "“Go or no go”: nobody approved in time; @vps may decide too."),
    (
        (),
        ("@a", "@b"),
        "“Go or no go”: nobody approved in time; it was told to @a and @b, and the same people are asked again.",
    ),
    (("@vps",), ("@a",), "“Go or no go”: nobody approved in time; @vps may decide too, and it was told to @a."),
    ((), (), "“Go or no go”: nobody approved in time; the same people are asked again."),
]


@pytest.mark.parametrize(("asks", "tells", "sentence"), SAID)
def test_the_story_says_who_came_in(asks: tuple[str, ...], tells: tuple[str, ...], sentence: str) -> None:
    """Also of older runs, of which it is only known that they asked again."""
    expired = GateExpired(step="go", round=1, then="escalate", asks=asks, tells=tells)
    records = records_of(GateOpened(step="go", text="Go?", expires_at=DUE), expired, plan=a_go())

    told = [entry.text for entry in build_timeline(records, as_of=NOW).entries if entry.kind == "gate_expired"]

    assert told == [sentence]
