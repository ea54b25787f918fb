"""From nodes to models, and the schema that editors read."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.model.action import ActionSpec
from bot.model.errors import Problems
from bot.model.service import Catalog
from bot.runbook.library import check_text
from bot.runbook.nodes import Map
from bot.runbook.reader import scan
from bot.runbook.schema import draft_runbook, json_schema, parse_catalog, parse_runbook
from tests.runbook.healthy import CATALOG, NAMES, RUNBOOK


def node_of(text: str) -> Map:
    """The nodes of a text without mistakes of reading."""
    node, problems = scan(text, "x.yaml")
    assert node is not None
    assert problems == []
    return node


def test_a_runbook_is_built() -> None:
    """Ids come from the keys, aliases from YAML's words, spans from their text."""
    book = parse_runbook(node_of(RUNBOOK), "x.yaml")

    assert book.steps["promote_db"].id == "promote_db"
    assert book.steps["breathe"].wait is not None
    assert book.steps["breathe"].wait.for_ == timedelta(seconds=30)
    assert book.steps["declare"].approve is not None
    assert book.steps["declare"].approve.from_ == "board"


def test_a_catalogue_is_built() -> None:
    """Tiers fill in what a service does not say, and only that."""
    catalog = parse_catalog(node_of(CATALOG), "x.yaml")

    assert catalog.services["shop"].rto == timedelta(minutes=30)
    assert catalog.services["search"].rto == timedelta(days=7)
    assert catalog.people["ann"].id == "ann"


def test_parsing_raises_all_mistakes() -> None:
    """Both parsers raise Problems, with everything in it."""
    text = RUNBOOK.replace("kind: failover\n", "kind: fail\n").replace("strategy: warm", "strategy: hott")

    with pytest.raises(Problems) as caught:
        parse_runbook(node_of(text), "x.yaml")
    with pytest.raises(Problems):
        parse_catalog(node_of(CATALOG.replace("channel:", "chanel:")), "x.yaml")

    assert len(caught.value.problems) == 2


def test_what_is_broken_is_cut_out_and_the_rest_is_built() -> None:
    """A mistake in one step leaves the others whole, and the step is marked as damaged."""
    draft = draft_runbook(node_of(RUNBOOK.replace("count: 2", "count: many")), "x.yaml")

    assert draft.runbook is not None
    assert draft.damaged == {"declare"}
    assert draft.runbook.steps["declare"].approve is not None
    assert draft.runbook.steps["declare"].approve.count == 1
    assert len(draft.runbook.steps) == 9


@settings(max_examples=150, deadline=timedelta(seconds=3))
@given(
    line=some.integers(0, RUNBOOK.count("\n") - 1),
    word=some.sampled_from(["", "x", "[]", "{a: 1}", "7", "~", "${{ x }}"]),
)
def test_any_line_may_be_wrong(line: int, word: str, specs: dict[str, ActionSpec], catalog: Catalog) -> None:
    """Whatever stands after the colon of any line, the answer is a list of sentences, never a crash."""
    lines = RUNBOOK.split("\n")
    key, colon, _ = lines[line].partition(":")
    text = "\n".join([*lines[:line], f"{key}{colon} {word}", *lines[line + 1 :]])

    draft, problems = check_text(text, "x.yaml", specs, catalog, NAMES)

    assert (draft is not None and draft.runbook is not None) or problems


@settings(max_examples=100, deadline=timedelta(seconds=3))
@given(gone=some.lists(some.integers(0, RUNBOOK.count("\n") - 1), max_size=6))
def test_any_lines_may_be_missing(gone: list[int], specs: dict[str, ActionSpec], catalog: Catalog) -> None:
    """A file with holes is answered with sentences too."""
    text = "\n".join(line for number, line in enumerate(RUNBOOK.split("\n")) if number not in gone)

    draft, problems = check_text(text, "x.yaml", specs, catalog, NAMES)

    assert (draft is not None and draft.runbook is not None) or problems


def test_editors_get_actions_and_their_parameters(specs: dict[str, ActionSpec]) -> None:
    """The schema knows each action by name, what it takes, and what every key means."""
    schema = json_schema(specs)
    definitions = json.loads(json.dumps(schema["$defs"]))
    step = definitions["Step"]

    names = [each["const"] for each in step["properties"]["uses"]["oneOf"]]
    probe = next(each for each in step["allOf"] if each["if"]["properties"]["uses"]["const"] == "http.probe")
    assert names == list(specs)
    assert "id" not in step["properties"]
    assert "url" in probe["then"]["properties"]["with"]["properties"]
    assert step["properties"]["marks"]["description"].startswith("Words for the timeline")
    assert [each["const"] for each in definitions["Condition"]["properties"]["check"]["oneOf"]] == [
        name for name, spec in specs.items() if spec.is_check
    ]
