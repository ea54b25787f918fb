"""Where a run is told, on workspaces that are not as the catalogue believes: by id, unknown, without files."""

from __future__ import annotations

import pytest

from bot.local.workspace.faults import Fault
from bot.local.workspace.seed import BOT_USER
from bot.local.workspace.words import text_of
from bot.model.events import RunFinished
from bot.slack.app import client_of
from bot.slack.channels import Channels
from tests.slack.conftest import Bench
from tests.slack.test_outbox import until

ENDED = RunFinished(outcome="aborted", why="a false alarm")


async def test_a_channel_that_is_named_by_its_id_is_joined(bench: Bench) -> None:
    """Slack takes files and shows the history to members alone; nothing moves to the fallback for that."""
    catalog = bench.folder / "catalog.yaml"
    catalog.write_text(catalog.read_text().replace('"#incidents"', "C0GENERAL00", 1))
    bench.desk.library().refresh()
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(ENDED)
        await carol.wait_for(lambda m: f"{run.id}.md" in text_of(m), channel="general", timeout=20)

    assert BOT_USER in bench.slack.world.channel("C0GENERAL00").members
    assert (await bench.sent.load(run.id))["card"].channel == "C0GENERAL00"


async def test_a_name_that_nobody_knows_is_asked_for_once_a_minute(bench: Bench) -> None:
    """An open case is looked at every second, and Slack lists its channels twenty times a minute."""
    channels = Channels(client_of(bench.settings, bench.settings.bot_token), bench.clock, "")
    found = [await channels.resolve("#nowhere") for _look in range(5)]

    assert found == [""] * 5
    assert [call.method for call in bench.slack.api.calls] == ["conversations.list"]


@pytest.mark.parametrize("code", ["missing_scope", "not_in_channel"])
async def test_files_that_slack_never_takes_are_told_instead(bench: Bench, code: str) -> None:
    """Once, in the thread, with the way to them; the run stays where it is, and nothing is tried for ever."""
    bench.slack.faults.add(Fault("error", "files.*", code=code))
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(ENDED)
        said = await carol.wait_for(lambda m: f"dr export {run.id}" in text_of(m), timeout=20)

        async def is_noted() -> bool:
            return bool((await bench.sent.load(run.id))["exports"].ts)

        await until(is_noted)
        card = (await bench.sent.load(run.id))["card"]

    assert said["thread_ts"] == card.ts
    assert card.channel == "C0INCIDENTS"
    assert len([call for call in bench.slack.api.calls if call.method.startswith("files.")]) <= 4


async def test_the_plan_is_shown_where_the_run_is_told(bench: Bench) -> None:
    """Nobody may post to the service's channel: whoever is asked elsewhere finds there what they agree to."""
    catalog = bench.folder / "catalog.yaml"
    catalog.write_text(catalog.read_text().replace('"#incidents"', "C0SECURITY0", 1))
    bench.desk.library().refresh()
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(bench.gate())
        plan = await carol.wait_for(lambda m: text_of(m).startswith("The plan:"), channel="status-internal", timeout=20)
        card = (await bench.sent.load(run.id))["card"]

    assert plan["thread_ts"] == card.ts
