"""The same by hand: whatever a flow asks of a person can be done at the workspace's page, in a real browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.model.events import NoteAdded
from bot.model.incident_events import FileKept
from tests.local.workspace.browser import BROWSER, Tab, opened
from tests.slack.conftest import Bench
from tests.slack.test_outbox import until

pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs chromium, which is not installed here")
ATTACH = """(() => {
  const picker = document.querySelector('[data-testid=composer-files]');
  const carried = new DataTransfer();
  carried.items.add(new File(['orders by region'], 'graph.txt', { type: 'text/plain' }));
  picker.files = carried.files;
  picker.dispatchEvent(new Event('change'));
})()"""
"""What a file dialog does, which a headless browser does not show."""


async def test_home_reactions_shortcuts_files_and_guests_work_at_the_page(bench: Bench, tmp_path: Path) -> None:
    """Alice agrees from Home, shows a file and pins it, puts a word on the timeline; a guest reads why not."""
    async with bench.door(), opened(f"{bench.slack.page_url}?as=alice&channel=incidents", tmp_path) as tab:
        run = await bench.a_run(bench.gate())
        await tab.until("!!document.querySelector('#stream [data-action-id=\"gate.approve\"]')")
        await tab.click("[data-channel=app]")
        await tab.click('#home [data-action-id="gate.approve"]')
        await tab.write('[data-testid=modal] [data-key="typed.value"]', "orders-api us-west-2")
        await tab.click("[data-testid=submit]")
        await tab.until("!document.querySelector('[data-testid=modal]')")
        await tab.click("[data-channel=incidents]")
        await tab.js(ATTACH)
        await _say(tab, "look at this")
        shown = await tab.until(f"{_message('look at this')}?.querySelector('[data-testid=file]')?.innerText")
        await tab.js(f"{_message('look at this')}.querySelector('[aria-label=\"React with :pushpin:\"]').click()")
        await tab.until(f"{_message('look at this')}.querySelectorAll('.reaction').length === 2")
        await _say(tab, "the DBA is here")
        await tab.until(f"!!{_message('the DBA is here')}")
        await tab.js(f"{_message('the DBA is here')}.querySelector('[data-callback-id=add_to_timeline]').click()")
        await tab.until("document.querySelector('#stream').innerText.includes('Noted on')")
        left = await tab.js("document.querySelector('[data-testid=composer-files]').files.length")
        await tab.click("[data-person=erin]")
        await tab.click('#stream [data-action-id="gate.approve"]')
        refused = await tab.until("document.querySelector('[data-testid=modal]')?.innerText.includes('Guests may not')")

        async def is_kept() -> bool:
            return any(isinstance(each.fact, FileKept) for each in await bench.desk.records(run.id))

        await until(is_kept)
        records = await bench.desk.records(run.id)

    notes = [each.fact.text for each in records if isinstance(each.fact, NoteAdded)]
    assert notes == ["Alice Kim: look at this", "Alice Kim: the DBA is here"]
    assert "graph.txt" in shown
    assert left == 0, "a file goes along once"
    assert refused
    assert [vote.person for vote in (await bench.desk.run(run.id)).steps["declare"].votes] == ["alice"]


def _message(words: str) -> str:
    """The newest message with these words, in the page's language."""
    return (
        f"[...document.querySelectorAll('#stream .message')].findLast(e => e.innerText.includes({json.dumps(words)}))"
    )


async def _say(tab: Tab, words: str) -> None:
    await tab.write("[data-testid=composer]", words)
    await tab.press("Enter", 13)
