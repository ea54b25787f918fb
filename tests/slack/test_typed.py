"""What people type into Slack is kept as they saw it, though Slack marks it up on the way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.local.workspace.words import action_ids, text_of
from bot.model.events import NoteAdded
from bot.slack.typed import as_typed, mentioned_in, words_of
from tests.slack.conftest import Bench

PEOPLE = {"U01ALICE00": "alice"}


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("ask <@U01ALICE00> and <@W0EVE|eve>, not <@U0NOBODY>", "ask @alice and @eve, not @U0NOBODY"),
        ("in <#C0ORDERS000|orders> or <#C0X>", "in #orders or #C0X"),
        ("<!here> <!subteam^S1|@sre> <!subteam^S2> <!date^1^{time}|12:00>", "@here @sre @subteam 12:00"),
        ("<http://db.example.com|db.example.com> <https://x.io/a?b=1&amp;c>", "db.example.com https://x.io/a?b=1&c"),
        ("<mailto:a@b.com|a@b.com>", "a@b.com"),
        ("<https://evil.example|click here>", "click here (https://evil.example)"),
        ("a &lt;b&gt; &amp;lt; &lt;@U01ALICE00&gt;", "a <b> &lt; <@U01ALICE00>"),
        ("a < b > c <> <x>", "a < b > c <> <x>"),
    ],
)
def test_markup_is_read_as_it_looked(sent: str, seen: str) -> None:
    """Names instead of ids, addresses instead of links; what somebody typed with brackets stays."""
    assert as_typed(sent, lambda user: PEOPLE.get(user, "")) == seen


def test_everybody_mentioned_is_named_once() -> None:
    """Their ids, in order."""
    assert mentioned_in("<@U2> <@U1|x> <@U2> <#C1>") == ["U2", "U1"]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"text": " down "}, "down"),
        ({"text": "", "attachments": [{"title": "ALARM: lag", "text": "40 s", "fallback": "x"}]}, "ALARM: lag\n40 s"),
        ({"attachments": [{"fallback": "ALARM"}]}, "ALARM"),
        ({"attachments": [{"blocks": [{"text": {"type": "mrkdwn", "text": "lag"}}]}]}, "lag"),
        ({"blocks": [{"text": {"text": "one"}}, {"elements": [{"text": "two"}]}, {"type": "divider"}]}, "one\ntwo"),
        ({"text": None, "blocks": []}, ""),
    ],
)
def test_an_alert_says_what_is_attached_to_it(message: dict[str, Any], words: str) -> None:
    """Monitoring leaves the text empty and says everything beside it."""
    assert words_of(message) == words


async def test_a_command_is_understood_though_slack_made_links_of_it(bench: Bench) -> None:
    """A note with a person, a channel and addresses reads on the timeline as it was typed."""
    line = "ask @bob in #orders, see https://grafana.example.com/d/1?a=1&b and db.example.com"
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(bench.gate())
        await carol.command(f"/dr note {line}")
        await carol.wait_for(lambda m: "Noted on" in text_of(m))

        records = await bench.desk.records(run.id)

    assert [each.fact.text for each in records if isinstance(each.fact, NoteAdded)] == [line]


async def test_an_alert_without_words_of_its_own_can_be_captured(bench: Bench) -> None:
    """A message of another app with an attachment is noted; one that says nothing at all is not said to be."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(bench.gate())
        await carol.wait_for(lambda m: "run.pause" in action_ids(m))
        room = bench.slack.world.channel("C0INCIDENTS")
        said = {"type": "message", "bot_id": "B0ALERTS", "text": ""}
        at = datetime(2026, 11, 24, 3, 0, tzinfo=UTC).timestamp()
        alert, empty = f"{at:.6f}", f"{at + 1:.6f}"
        room.messages[alert] = {**said, "ts": alert, "attachments": [{"title": "ALARM: lag", "text": "40 s"}]}
        room.messages[empty] = {**said, "ts": empty}
        await carol.shortcut("add_to_timeline", alert)
        await carol.wait_for(lambda m: "Noted on" in text_of(m))
        await carol.shortcut("add_to_timeline", empty)
        await carol.wait_for(lambda m: "no words that could be noted" in text_of(m))

        records = await bench.desk.records(run.id)

    assert [each.fact.text for each in records if isinstance(each.fact, NoteAdded)] == ["ALARM: lag\n40 s"]
