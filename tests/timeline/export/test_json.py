"""The JSON export proves that nothing was changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.base import canonical, digest
from bot.model.events import NoteAdded, RunCreated, StepObserved
from bot.model.records import Record, chain
from bot.timeline.build import build_timeline
from bot.timeline.export import export, verify_export
from tests.builders import NOW, Story, a_failover_plan, a_finished_failover, records_of
from tests.measuring import measured

LATER = NOW + timedelta(hours=1)
RECORDS = a_finished_failover()
TEXT = export("json", build_timeline(RECORDS, as_of=LATER), RECORDS)
COUNT = len(RECORDS)


def _document() -> dict[str, Any]:
    return deepcopy(json.loads(TEXT))


def test_an_untouched_export_holds() -> None:
    """As text, as bytes and parsed."""
    assert verify_export(TEXT) is None
    assert verify_export(TEXT.encode()) is None
    assert verify_export(_document()) is None
    assert verify_export(json.dumps(_document(), indent=8, ensure_ascii=True)) is None, "layout is not content"


def test_it_can_be_verified_with_nothing_but_its_own_instructions() -> None:
    """Ten lines of anybody's code come to the same hash."""
    document = _document()
    prev = ""
    for record in document["records"]:
        wanted = record.pop("hash")
        body = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        prev = hashlib.sha256((prev + body).encode()).hexdigest()
        assert prev == wanted

    assert prev == document["timeline"]["head"]
    assert document["timeline_sha256"] == digest(document["timeline"])


def test_the_records_come_back_as_they_were() -> None:
    """Complete: the journal can be rebuilt from the export."""
    again = [Record.model_validate(record) for record in _document()["records"]]

    assert tuple(again) == RECORDS


@pytest.mark.parametrize("seq", range(1, COUNT + 1))
@pytest.mark.parametrize(
    "edit",
    [
        lambda record: record.update(at="2026-03-14T03:00:00Z"),
        lambda record: record["actor"].update(name="Somebody Else"),
        lambda record: record.update(epoch=99),
        lambda record: record["fact"].update(kind="note_added"),
        lambda record: record.update(hash="0" * 64),
        lambda record: record.update(extra="words"),
        lambda record: record.pop("id"),
    ],
    ids=["at", "actor", "epoch", "fact", "hash", "added", "removed"],
)
def test_every_edit_is_found_where_it_was_made(edit: Callable[[dict[str, Any]], None], seq: int) -> None:
    """Whatever is changed in a record, that record is named."""
    document = _document()
    before = deepcopy(document["records"][seq - 1])
    edit(document["records"][seq - 1])

    found = verify_export(document)

    assert found == (None if document["records"][seq - 1] == before else seq)


@pytest.mark.parametrize("seq", range(1, COUNT + 1))
def test_every_deletion_is_found(seq: int) -> None:
    """From the front, the middle or the end."""
    document = _document()
    del document["records"][seq - 1]

    assert verify_export(document) == seq


@pytest.mark.parametrize("seq", range(1, COUNT))
def test_every_swap_is_found(seq: int) -> None:
    """Order is content."""
    document = _document()
    records = document["records"]
    records[seq - 1], records[seq] = records[seq], records[seq - 1]

    assert verify_export(document) == seq


@pytest.mark.parametrize("kept", [0, 1, COUNT // 2, COUNT - 1])
def test_every_truncation_is_found(kept: int) -> None:
    """A journal that ends early does not end at its head."""
    document = _document()
    document["records"] = document["records"][:kept]

    assert verify_export(document) == kept + 1


def test_a_record_appended_with_a_right_hash_is_found() -> None:
    """The head and the count were told before it."""
    document = _document()
    added = {**document["records"][-1], "seq": COUNT + 1}
    body = canonical({name: value for name, value in added.items() if name != "hash"})
    added["hash"] = chain(document["timeline"]["head"], body)
    document["records"].append(added)

    assert verify_export(document) == COUNT + 1


def test_a_chain_made_anew_around_a_gap_is_found() -> None:
    """Right hashes do not help a record that was taken out: the numbers must follow each other."""
    document = _document()
    del document["records"][4]
    prev = ""
    for record in document["records"]:
        prev = chain(prev, canonical({name: value for name, value in record.items() if name != "hash"}))
        record["hash"] = prev

    assert verify_export(document) == 5


@pytest.mark.parametrize(
    "edit",
    [
        lambda document: document["timeline"]["rto"].update(met=False),
        lambda document: document["timeline"]["entries"].pop(),
        lambda document: document["timeline"].update(head="0" * 64),
        lambda document: document.pop("timeline_sha256"),
        lambda document: document.pop("timeline"),
        lambda document: document.update(records="none"),
    ],
)
def test_a_story_that_was_changed_is_found(edit: Callable[[dict[str, Any]], None]) -> None:
    """The figures are bound as well as the records."""
    document = _document()
    edit(document)

    assert verify_export(document) == 0


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"records": [], "records": []}', '{"records": [1]}', "9" * 9])
def test_what_is_no_export_is_not_verified(text: str) -> None:
    """Garbage is never found to be in order."""
    assert verify_export(text) == 0


@settings(max_examples=60)
@given(text=st.text(max_size=60))
def test_any_note_survives_the_journey(text: str) -> None:
    """Whatever was written, the chain holds and the words come back exactly."""
    records = records_of(NoteAdded(text=text.encode("utf-8", "ignore").decode()))

    made = export("json", build_timeline(records, as_of=LATER), records)

    assert verify_export(made) is None
    assert json.loads(made)["records"][-1]["fact"]["text"] == text.encode("utf-8", "ignore").decode()


def test_ten_thousand_events_are_verified_within_a_second() -> None:
    """A long run's export can be checked at once."""
    plan = a_failover_plan()
    story = Story(plan).tell(RunCreated(plan=plan))
    for number in range(9_999):
        story.tell(StepObserved(step="wait_capacity", seen=f"{number}", look_at=LATER), after=1)
    made = export("json", build_timeline(story.records, as_of=LATER), story.records)

    found, took = measured(lambda: verify_export(made))

    assert found is None
    assert took < 1.0
