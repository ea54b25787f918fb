"""Rows 57-60: text from AWS and people stays text, fits, and carries no secret out."""

from __future__ import annotations

import io
import json
import logging
import re

import pytest
import structlog
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.adapters.aws.errors import verdict
from bot.cli.logs import to_stderr
from bot.local.workspace.blocks import check_message_blocks
from bot.local.workspace.words import text_of
from bot.model.events import NoteAdded, RunFinished, StepFailed, StepNeedsPerson, StepStarted
from bot.model.run import Run
from bot.model.service import Catalog
from bot.slack.desired import desired_messages
from bot.slack.kit import escape
from bot.timeline.build import build_timeline
from bot.timeline.export import EXPORTS, export
from bot.usecases.export_run import export_run
from bot.usecases.look import RunView
from tests.builders import ANA, BEN, NOW, a_plan, a_step, records_of
from tests.canaries import CANARIES, Canary
from tests.slack.conftest import Bench

CATALOG = Catalog(tiers={}, people={each.id: each for each in (ANA, BEN)}, roles={}, services={})
BAIT = st.sampled_from(
    [
        "<!channel>", "<!here|x>", "<@U01ALICE00>", "<#C0INCIDENTS>", "<https://evil.example|click>", "\u202egnirts",
        "\u200b", "*bold*", "`code`", "&lt;!channel&gt;", "${{ 1/0 }}", "{{ x }}", "\x00\x07", "🔥" * 40, "مرحبا",
    ]
)  # fmt: skip
HOSTILE = st.lists(BAIT | st.text(max_size=300), min_size=1, max_size=20).map(" ".join)
ALLOWED = re.compile(r"<(?:!date\^\d+\^[^|<>]*\|[^<>]*|@U[A-Z0-9]+)>")
"""All markup that we make ourselves here: dates, and people of the roster."""


def told(words: str) -> RunView:
    """A run in which AWS and people said these words wherever they can say any."""
    plan = a_plan(a_step("warm"), reason=words)
    records = records_of(
        StepStarted(step="warm", attempt=1), StepFailed(step="warm", attempt=1, why=words, retry_at=NOW),
        StepNeedsPerson(step="warm", why=words, choices=("retry", "skip", "abort")), NoteAdded(text=words),
        RunFinished(outcome="aborted", why=words), plan=plan,
    )  # fmt: skip
    return RunView(Run.of(records), build_timeline(records, as_of=NOW))


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(HOSTILE)
def test_row_58_no_markup_of_others_reaches_slack(words: str) -> None:
    """No `<!`, `<@`, `<#` or link but our own, in blocks and in the text for those who see no blocks."""
    messages = desired_messages(told(words), CATALOG)

    for desired in messages.values():
        for said in (desired.message.text, *_texts(desired.message.body)):
            assert not re.search(r"<(?:[!@#]|https?:|mailto:)", ALLOWED.sub("", said)), said


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 4000), st.sampled_from(["x", "🔥", "م", "&", "<", "\u202e", "\n"]))
def test_row_59_whatever_the_length_slack_takes_it(length: int, sign: str) -> None:
    """Cut visibly, never refused: 3,000 characters a section, 50 blocks a message."""
    messages = desired_messages(told(sign * length), CATALOG)

    for key, desired in messages.items():
        assert check_message_blocks(desired.message.body) == [], key
        assert len(desired.message.text) <= 3000


def test_row_59_what_hides_or_turns_text_is_shown() -> None:
    """Right-to-left marks and zero-width letters are visible, so nobody approves what they cannot see."""
    said = escape("promote\u202eus-west-2\u200b")

    assert "\u202e" not in said
    assert "\u200b" not in said
    assert said != "promoteus-west-2"


def _texts(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for each in value.values() for text in _texts(each)]
        case list():
            return [text for each in value for text in _texts(each)]
        case _:
            return []


def test_row_57_a_value_is_never_read_as_an_expression() -> None:
    """What a step found is data: `${{ }}` inside it stays those characters in every export."""
    records = records_of(NoteAdded(text="${{ inputs.mode }} {{ 7*7 }}"))
    timeline = build_timeline(records, as_of=NOW)

    said = {name: export(name, timeline, records) for name in EXPORTS}

    assert all("{{ 7*7 }}" in text or "7\\*7" in text for text in said.values()), list(said)


@pytest.mark.parametrize("canary", CANARIES, ids=[each.name for each in CANARIES])
def test_row_60_what_aws_said_is_cleaned_at_the_door(canary: Canary) -> None:
    """An error of AWS that repeats a secret becomes a verdict without it."""
    answer = {"Error": {"Code": "InvalidParameterValue", "Message": f"bad value: {canary.text}"}}

    said = verdict(ClientError(answer, "ModifyDBCluster"), mutating=True)  # type: ignore[arg-type]

    assert canary.secret not in str(said)


def test_row_60_no_log_line_carries_a_secret(capsys: pytest.CaptureFixture[str]) -> None:
    """Our own events, a library's lines and tracebacks."""
    to_stderr(level=logging.INFO, as_json=True)
    everything = " ".join(canary.text for canary in CANARIES)

    structlog.get_logger().info("aws-verdict", error=everything, nested={"why": [everything]})
    logging.getLogger("somebody").warning("they said %s", everything)
    try:
        raise ValueError(everything)
    except ValueError:
        structlog.get_logger().exception("broke")
    structlog.reset_defaults()

    logged = capsys.readouterr().err
    assert logged.count("\n") >= 3
    assert [canary.name for canary in CANARIES if canary.secret in logged] == []


async def test_row_60_no_secret_survives_a_whole_journey(bench: Bench, redis: Redis) -> None:
    """Notes, votes, values, reasons and errors full of secrets: nowhere in Redis, Slack, exports or the log."""
    everything = " ".join(canary.text.replace("\n", " ") for canary in CANARIES)
    caught = io.StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(caught))
    async with bench.door(), bench.person("alice") as alice, bench.person("carol") as carol:
        run = await bench.a_run(bench.gate())
        ask = await alice.wait_for_text("Approval needed")
        await alice.click(ask["ts"], "gate.approve")
        await alice.wait_for_view(lambda view: view["callback_id"] == "gate.submit")
        await alice.submit({"typed": "orders-api us-west-2", "comment": everything[:900]})
        await alice.wait_for_text("1 of 2")
        await carol.command(f"/dr note {everything}")
        await carol.wait_for_text("Noted on")
        await carol.command(f"/dr pause orders-api {everything}")
        await bench.tell(
            run.id, StepStarted(step="allowlist", attempt=1),
            StepNeedsPerson(step="allowlist", why=f"AWS said {everything}", choices=("retry", "abort")),
            RunFinished(outcome="aborted", why=everything),
        )  # fmt: skip
        await carol.wait_for(lambda m: bool(m.get("files")), timeout=30)
        shown = json.dumps([m for m in await carol.messages() if m.get("bot_id") or m.get("is_ephemeral")])
        files = [(await carol.download(file)).decode() for file in await carol.files()]
    exported = await export_run(bench.desk, run.id, bench.caller("carol"))
    stored = b"".join([await redis.dump(key) or b"" for key in await redis.keys("*")])
    kept = json.dumps([record.model_dump(mode="json") for record in await bench.desk.records(run.id)])
    structlog.reset_defaults()

    places = {
        "slack": shown, "files": "".join(files), "exports": "".join(each.text for each in exported), "journal": kept,
        "redis": stored.decode("latin-1"), "log": caught.getvalue(),
    }  # fmt: skip
    leaks = [(where, c.name) for where, text in places.items() for c in CANARIES if c.secret in text]
    assert leaks == []
    assert "[redacted]" in kept
    assert text_of(ask)
