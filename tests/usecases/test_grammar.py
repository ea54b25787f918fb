"""What people type, and what the bot makes of it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.errors import NotFound, UserError
from bot.usecases.grammar import GROUPS, USAGES, Command, parse

SERVICES = ("orders-api", "payments", "batch-reports")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("", Command("now")),
        ("now", Command("now")),
        ("help", Command("help")),
        ("HELP", Command("help")),
        ("runs", Command("runs")),
        ("list", Command("runs")),
        ("failover orders-api", Command("failover", "orders-api")),
        ("  failover   Orders-API ", Command("failover", "orders-api")),
        ("failover orders-api dry-run", Command("failover", "orders-api", dry_run=True)),
        ("failover --dry-run orders-api", Command("failover", "orders-api", dry_run=True)),
        (
            "failover orders-api mode=planned desired_tasks=12",
            Command("failover", "orders-api", {"mode": "planned", "desired_tasks": "12"}),
        ),
        ('failover orders-api reason="5xx in every AZ"', Command("failover", "orders-api", text="5xx in every AZ")),
        ("failover orders-api reason=“phone keyboard”", Command("failover", "orders-api", text="phone keyboard")),
        ('failover orders-api reason="`x` – y"', Command("failover", "orders-api", text="`x` – y")),
        ("failover orders-api —dry-run", Command("failover", "orders-api", dry_run=True)),
        ("failover orders\u2011api", Command("failover", "orders-api")),
        ("failover", Command("failover")),
        ("failover dry-run mode=planned", Command("failover", "", {"mode": "planned"}, dry_run=True)),
        ("approve", Command("approve")),
        ("approve orders-api declare", Command("approve", "orders-api", step="declare")),
        ("approve declare", Command("approve", step="declare")),
        ("deny orders-api declare", Command("deny", "orders-api", step="declare")),
        ("answer psp", Command("answer", step="psp")),
        ("choose orders-api scale skip", Command("choose", "orders-api", step="scale", choice="skip")),
        ("choose scale go-on", Command("choose", step="scale", choice="go_on")),
        ("retry orders-api scale", Command("choose", "orders-api", step="scale", choice="retry")),
        ("go_on", Command("choose", choice="go_on")),
        ("switch orders-api mode=unplanned", Command("switch", "orders-api", {"mode": "unplanned"})),
        ("switch", Command("switch")),
        ("failback orders-api", Command("failback", "orders-api")),
        ("drill payments", Command("drill", "payments")),
        ("status", Command("status")),
        ("status orders-api", Command("status", "orders-api")),
        ("status anything", Command("status", "anything")),
        ("debt orders-api", Command("debt", "orders-api")),
        ("timeline orders-api-01JPX", Command("timeline", "orders-api-01JPX")),
        ("export", Command("export")),
        ("export md", Command("export", formats=("md",))),
        ("export orders-api json csv", Command("export", "orders-api", formats=("json", "csv"))),
        ("export orders-api markdown", Command("export", "orders-api", formats=("md",))),
        ("note the PSP's line is busy", Command("note", text="the PSP's line is busy")),
        ("note orders-api the PSP is busy", Command("note", "orders-api", text="the PSP is busy")),
        ("note orders-api-01JPX “ok”  now", Command("note", "orders-api-01JPX", text="“ok”  now")),
        ("note orders-api-1122-00001 go", Command("note", "orders-api-1122-00001", text="go")),
        ("note 24 of 24 tasks", Command("note", text="24 of 24 tasks")),
        ("note orders-api-gateway is slow", Command("note", text="orders-api-gateway is slow")),
        ("note", Command("note")),
        ("pause", Command("pause")),
        ("pause wait for the DBA", Command("pause", text="wait for the DBA")),
        ("resume payments DBA is here", Command("resume", "payments", text="DBA is here")),
        ("resume Payments", Command("resume", "payments")),
        ("resume renamed-since-1124-4qfbw", Command("resume", "renamed-since-1124-4qfbw")),
        ("note T-1000-based case", Command("note", text="T-1000-based case")),
        ("pause ORDERS-API-01JPX", Command("pause", "orders-api-01JPX")),
        ("pause `orders-api` wait – `x`", Command("pause", "orders-api", text="wait – `x`")),
        ("status Orders-api\u200b", Command("status", "orders-api")),
        ("abort orders-api —rollback it is over", Command("abort", "orders-api", rollback=True, text="it is over")),
        ("assess orders-api", Command("assess", "orders-api")),
        ("assess", Command("assess")),
        ("dismiss orders-api a bad deploy", Command("dismiss", "orders-api", text="a bad deploy")),
        ("claim ic", Command("claim", text="ic")),
        ("claim orders-api ic Alice is asleep", Command("claim", "orders-api", text="ic Alice is asleep")),
        ("handover ic <@U04DAVE000|dave>", Command("handover", text="ic <@U04DAVE000|dave>")),
        ("accept ic", Command("accept", text="ic")),
        ("update", Command("update")),
        ("update payments we are back", Command("update", "payments", text="we are back")),
        ("abort", Command("abort")),
        ("abort rollback", Command("abort", rollback=True)),
        ("abort orders-api rollback wrong one", Command("abort", "orders-api", rollback=True, text="wrong one")),
        ("abort orders-api wrong service", Command("abort", "orders-api", text="wrong service")),
    ],
)
def test_a_line_is_understood(line: str, command: Command) -> None:
    """What people type at 3 a.m. means what they think."""
    assert parse(line, SERVICES) == command


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("failver orders-api", "Did you mean failover"),
        ("statsu", "Did you mean status"),
        ("orders-api", "failover orders-api"),
        ("choose orders-api declare rety", "Did you mean retry"),
        ("choose", "choose [service or run] [step]"),
        ("skp orders-api declare", "Did you mean skip"),
        ("switch orders-api unplanned", "switch [service or run] [input=value"),
        ("failover orders-api right now", "name=value"),
        ("status orders-api please", "status [service or run]"),
        ("export orders-api mdd", "Did you mean md"),
        ("timeline orders-api all", "timeline [service or run]"),
    ],
)
def test_a_mistake_is_answered_with_the_mend(line: str, says: str) -> None:
    """Nobody is told `invalid command`; they are told what to type."""
    with pytest.raises(UserError) as told:
        parse(line, SERVICES)

    assert says in str(told.value)


@pytest.mark.parametrize(("typed", "offered"), [("plan", "failover"), ("stop", "abort"), ("quux", "help")])
def test_a_verb_of_another_tool_is_understood(typed: str, offered: str) -> None:
    """Nobody is left with a bare no: what it is called here, or else where all commands are listed."""
    with pytest.raises(NotFound, match=f"Did you mean {offered}"):
        parse(f"{typed} orders-api")


def test_what_is_near_nothing_is_told_with_all_that_is_known_where_that_is_little() -> None:
    """The next move is to type one of them; a hundred names would only hide it."""
    few, many = NotFound("run", "qqqq", ["orders-api", "payments"]), NotFound("run", "qqqq", map(str, range(13)))

    assert str(few) == "There is no run called 'qqqq'. Known: orders-api, payments."
    assert str(many) == "There is no run called 'qqqq'."


def test_an_unknown_verb_carries_the_nearest() -> None:
    """The nearest verb is there as data too, for a door that wants to offer it."""
    with pytest.raises(NotFound) as told:
        parse("pauze")

    assert "pause" in told.value.nearest


@pytest.mark.parametrize("line", ["pause orders-ap", "resume paymets", "abort order-api", "abort payment --rollback"])
def test_a_mistyped_service_steers_no_other_run(line: str) -> None:
    """Taken for a reason, the word would steer whichever run happens to be open."""
    with pytest.raises(NotFound, match=r"Did you mean (orders-api|payments)"):
        parse(line, SERVICES)


def test_the_help_has_every_verb_once() -> None:
    """A verb without a group would be in no help."""
    assert sorted(verb for verbs in GROUPS.values() for verb in verbs) == sorted(USAGES)


@pytest.mark.parametrize("verb", list(USAGES))
def test_every_example_is_itself_understood(verb: str) -> None:
    """The help never shows what the parser refuses."""
    example = USAGES[verb].example  # type: ignore[index]  # keys are verbs

    assert parse(example, SERVICES).verb == verb


@given(st.text(max_size=200))
def test_any_text_is_answered(line: str) -> None:
    """Whatever is typed gives a command or a sentence, never a crash."""
    with suppress(UserError):
        assert parse(line, SERVICES).verb in USAGES


@pytest.mark.parametrize(
    "line",
    [
        "failover orders-api mode=planned mode=unplanned",
        "switch orders-api mode=unplanned mode=",
        "drill orders-api reason=one reason=two",
    ],
)
def test_two_values_for_one_input_are_asked_about(line: str) -> None:
    """The last one winning in silence would be a failover of another kind than half of what was typed."""
    with pytest.raises(UserError, match=r"is given twice, as '.*' and as '.*'\. Say which one is meant"):
        parse(line, ["orders-api"])


def test_the_same_value_twice_is_one() -> None:
    """A slip that changes nothing."""
    assert parse("failover orders-api mode=planned mode=planned").args == {"mode": "planned"}
