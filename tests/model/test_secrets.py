"""Secrets are blotted out; words that only look a little like them are left alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.events import NoteAdded, StepFailed, StepSettled
from bot.model.people import BOT
from bot.model.records import Draft
from bot.model.secrets import BLOT, redact, redacted
from tests.builders import NOW
from tests.canaries import CANARIES, Canary


@pytest.mark.parametrize("canary", CANARIES, ids=[each.name for each in CANARIES])
def test_every_kind_of_secret_is_blotted_out(canary: Canary) -> None:
    """The secret is gone, the words around it stay."""
    text = f"AWS said: {canary.text} (request 4711)"

    said = redact(text)

    assert canary.secret not in said
    assert BLOT in said
    assert said.startswith("AWS said: ")
    assert said.endswith("(request 4711)") or canary.name == "private key cut short"


@pytest.mark.parametrize(
    "words",
    [
        "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2",
        "token was not accepted: the key orders/config is missing",
        "https://usw2.orders.example.com/healthz answered 503",
        "PSP-4821",
        "the password was changed at 19:04",
        "passed: 7 of 7 checks",
        "SecretsManager is throttled in us-east-1",
        "redis://127.0.0.1:6379/0",
        "d41d8cd98f00b204e9800998ecf8427e",
        "keys: orders, payments",
        "orders-api us-west-2",
    ],
)
def test_plain_words_stay(words: str) -> None:
    """Names of things, ids and sentences about secrets are no secrets."""
    assert redact(words) == words


@given(st.text(), st.sampled_from(CANARIES), st.text())
def test_a_secret_is_found_in_any_company(before: str, canary: Canary, after: str) -> None:
    """Whatever stands around it, and twice is as good as once."""
    said = redact(f"{before} {canary.text} {after}")

    assert canary.secret not in said
    assert redact(said) == said


def test_a_draft_carries_no_secret() -> None:
    """Whoever writes to a journal writes drafts; what AWS or a person said is blotted out there, results too."""
    key = CANARIES[0]
    facts = [
        NoteAdded(text=f"the key is {key.text}"),
        StepFailed(step="promote_db", attempt=1, why=f"denied for {key.text}"),
        StepSettled(step="probe", seen=key.text, results={"body": [key.text, 7]}),
    ]

    drafts = [Draft(id=str(number), at=NOW, actor=BOT, fact=fact) for number, fact in enumerate(facts)]
    found = [Draft.of_fact(fact, id=str(number), at=NOW, actor=BOT) for number, fact in enumerate(facts)]

    assert found == drafts
    assert not any(key.secret in draft.model_dump_json() for draft in drafts)
    assert drafts[2].fact.results == {"body": [BLOT, 7]}  # type: ignore[union-attr]


def test_what_holds_no_secret_is_the_same_object() -> None:
    """Nothing is copied for nothing."""
    fact = NoteAdded(text="support case 1780 is open")

    draft = Draft(id="1", at=NOW, actor=BOT, fact=fact)

    assert draft.fact is fact
    assert redacted({"a": ["b", 1, None]}) == {"a": ["b", 1, None]}


@pytest.mark.parametrize("piece", ["eyJhbGciOi.", "eyJ-", "a.", "pass-", "Aa0_-", "-----BEGIN ", "https://a:", "key: "])
def test_a_blob_is_looked_through_in_no_time(piece: str) -> None:
    """Sixty-four kilobytes of whatever a function answered hold up no other run."""
    blob = piece * (64_000 // len(piece)) + " secret"

    began = time.perf_counter()
    redact(blob)

    assert time.perf_counter() - began < 2
