"""Texts in stored values: plain ones as ever, told ones with what they say and of what."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import JsonValue

from bot.language import Told, told
from bot.model.action import Finding, Look, NotStarted, Pending, Settled
from bot.model.events import NoteAdded, StepSettled
from bot.model.people import BOT
from bot.model.records import Draft, first_break, seal, unseal
from bot.model.secrets import redact
from bot.model.text import in_words

AT = datetime(2026, 3, 1, tzinfo=UTC)
STATE = told("{db} is {status}.", db="orders", status="available")


def test_a_plain_text_is_stored_as_a_string() -> None:
    """Journals of older bots read and verify as they are."""
    assert Finding(text="as it is").model_dump(mode="json") == {"text": "as it is", "blocking": False}
    assert Finding.model_validate_json('{"text":"as it is"}').text == "as it is"


def test_a_told_text_carries_its_english_its_message_and_its_values() -> None:
    """Whoever cannot say it in another language has its English."""
    dumped = Finding(text=STATE).model_dump(mode="json")["text"]

    assert dumped == {"en": "orders is available.", "says": "{db} is {status}.",
                      "of": {"db": "orders", "status": "available"}}  # fmt: skip


def test_every_value_that_an_action_answers_keeps_what_was_told() -> None:
    """From AWS to the plan and the journal, and back from their JSON."""
    for value in (Settled(seen=STATE), Pending(seen=STATE), NotStarted(seen=STATE)):
        assert isinstance(value.seen, Told)
    look = Look(state="ready", findings=(Finding(text=STATE),), change=STATE)

    read = Look.model_validate_json(look.model_dump_json())

    assert read == look
    assert isinstance(read.change, Told)
    assert isinstance(read.findings[0].text, Told)


def test_a_record_keeps_its_chain_over_what_is_stored() -> None:
    """The hash covers message and values; what is read gives the same bytes again."""
    facts = [StepSettled(step="a", seen=STATE), StepSettled(step="b", seen="plain")]
    drafts = [Draft(id=str(n), at=AT, actor=BOT, fact=fact) for n, fact in enumerate(facts)]
    sealed = list(seal(drafts, run="r", epoch=1, after=0, prev=""))

    read = [unseal(body, record.hash) for record, body in sealed]

    assert first_break(read) is None
    assert isinstance(read[0].fact, StepSettled)
    assert isinstance(read[0].fact.seen, Told)


def test_no_secret_travels_in_the_values_of_a_text() -> None:
    """The English, the message's values and texts within them are all clean."""
    hidden = told("AWS said {words}", words=told("password={word}", word="hunter2hunter2"))
    seen = told("AWS said {words}", words="api_key=abcdefgh in the url")

    kept = Draft(id="1", at=AT, actor=BOT, fact=NoteAdded(text=hidden)).model_dump_json()

    assert "hunter2" not in kept
    assert "abcdefgh" not in str(redact(seen).of)  # type: ignore[attr-defined]  # it is still told
    assert redact(seen) == "AWS said api_key=[redacted] in the url"
    assert redact(STATE) is STATE


def test_scripts_read_a_string_where_a_text_is_stored() -> None:
    """`--json` has had strings there all along."""
    whole: dict[str, JsonValue] = {"looks": [Finding(text=STATE).model_dump(mode="json")], "count": 1}

    assert in_words(whole) == {"looks": [{"text": "orders is available.", "blocking": False}], "count": 1}
