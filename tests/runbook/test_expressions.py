"""Expressions: what they give, that data is never parsed again, and how the unknown is shown."""

from __future__ import annotations

import contextlib
import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pydantic import JsonValue

from bot.model.errors import UserError
from bot.runbook.expressions import Expression, Literal, UnknownValue, partial, parts, paths, render, unresolved
from bot.runbook.templates import TemplateError, references

SCOPE: dict[str, JsonValue] = {
    "inputs": {
        "mode": "unplanned",
        "tasks": 24,
        "factor": 1.5,
        "at": "2025-01-31T09:30:00Z",
        "patience": "90s",
        "note": "${{ run.id }}",
        "nothing": None,
    },
    "service": {"name": "shop", "rto": "1800s", "account": None},
    "resources": {"db": {"arn": "arn:x", "ports": [5432, 5433]}},
    "run": {"id": "r1"},
    "steps": {"lag": {"state": "settled", "outputs": {"seconds": 2.5, "at": "2025-01-31T09:29:55Z"}}},
}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("plain", "plain"),
        ("${{ inputs.tasks }}", 24),
        ("${{ inputs.tasks + 1 }}", 25),
        ("${{inputs.mode}}", "unplanned"),
        ("${{ inputs.mode == 'unplanned' }}", True),
        ("${{ inputs.mode == 'planned' ? 'pause' : 'continue' }}", "continue"),
        ("${{ inputs.factor * 2.0 }}", 3.0),
        ("${{ steps.lag.outputs.seconds < 5.0 }}", True),
        ("${{ resources.db.ports }}", [5432, 5433]),
        ("${{ resources.db.ports[1] }}", 5433),
        ("${{ resources.db }}", {"arn": "arn:x", "ports": [5432, 5433]}),
        ("${{ inputs.mode.startsWith('un') }}", True),
        ("${{ inputs.mode.split('p')[1] }}", "lanned"),
        ("${{ inputs.mode.replace('un', '').substring(1) }}", "lanned"),
        ("${{ inputs.at }}", "2025-01-31T09:30:00Z"),
        ("${{ inputs.at + duration('1h') }}", "2025-01-31T10:30:00Z"),
        ("${{ inputs.at - steps.lag.outputs.at }}", "5s"),
        ("${{ service.rto - inputs.patience }}", "1710s"),
        ("${{ inputs.patience == duration('90s') }}", True),
        ("${{ [inputs.mode, 'x'] }}", ["unplanned", "x"]),
        ("${{ {'a': inputs.tasks} }}", {"a": 24}),
        ("${{ '}}' + inputs.mode }}", "}}unplanned"),
        ("to ${{ service.name }} with ${{ inputs.tasks }}", "to shop with 24"),
        ("${{ inputs.factor }} and ${{ steps.lag.outputs.seconds > 1.0 }}", "1.5 and true"),
        ("since ${{ inputs.at }}, ${{ inputs.at - steps.lag.outputs.at }}", "since 2025-01-31T09:30:00Z, 5s"),
        ("${{ service.account == 'x' || true }}", True),
        ("$ {{ no }} $[[ none ]]", "$ {{ no }} $[[ none ]]"),
    ],
)
def test_a_template_gives_its_value(template: str, value: JsonValue) -> None:
    """A whole expression keeps its type; inside text everything reads as text."""
    assert render(template, SCOPE) == value


@pytest.mark.parametrize(
    "typed", ["2026-02-30T10:00Z", "2026-11-23T25:00Z", "２０２６-０１-０１T00:00Z", "99999999999999d"]
)
def test_what_only_looks_like_a_time_is_a_text(typed: str) -> None:
    """People type the 30th of February; the run that reads it goes on."""
    assert render("${{ inputs.at + '!' }}", {"inputs": {"at": typed}}) == f"{typed}!"


@pytest.mark.parametrize("template", ["${{ inputs.big + 1.0 }}", "${{ double('nan') }}", "${{ double('1e400') }}"])
def test_a_number_without_measure_is_refused(template: str) -> None:
    """Neither infinity nor what no machine number holds is sent anywhere."""
    with pytest.raises(UserError):
        render(template, {"inputs": {"big": 10**400}})


def test_rendering_goes_all_the_way_down() -> None:
    """Lists and mappings are rendered wherever an expression stands."""
    value = render({"a": ["${{ run.id }}", 5, None], "b": {"c": "x${{ inputs.tasks }}"}}, SCOPE)

    assert value == {"a": ["r1", 5, None], "b": {"c": "x24"}}


def test_rendered_values_are_data() -> None:
    """An input that looks like an expression stays the text it is."""
    assert render("${{ inputs.note }}", SCOPE) == "${{ run.id }}"
    assert render("note: ${{ inputs.note }}", SCOPE) == "note: ${{ run.id }}"


@settings(max_examples=200, deadline=timedelta(seconds=2))
@given(some.text(max_size=60))
def test_no_input_is_ever_parsed(text: str) -> None:
    """Whatever a person types comes out as it went in."""
    scope: dict[str, JsonValue] = {"inputs": {"x": text}}

    assert render("${{ inputs.x }}", scope) == text
    assert render("<${{ inputs.x }}>", scope) == f"<{text}>"


@pytest.mark.parametrize(
    "path", ["steps.none.outputs.x", "steps.lag.outputs.none", "inputs.nothing", "service.account"]
)
def test_the_unknown_is_named_or_reads_unknown(path: str) -> None:
    """A missing value is an error that names it in a whole expression, and the word UNKNOWN inside text."""
    with pytest.raises(UnknownValue, match=path):
        render(f"${{{{ {path} }}}}", SCOPE)

    assert render(f"lag ${{{{ {path} }}}} s", SCOPE) == "lag UNKNOWN s"


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("${{ 1 / 0 }}", "divide by zero"),
        ("${{ inputs.mode + 1 }}", "no matching overload"),
        ("${{ b'bytes' }}", "cannot be used"),
        ("${{ unknown_name }}", "undeclared"),
        ("${{ inputs.mode", "never closed"),
        ("${{ }}", "empty"),
        ("${{ 'a }}", "quote"),
        ("${{ has(inputs.mode) }}", "has()"),
        ("${{ [1,2,3].map(a, [1,2,3].map(b, [1,2,3].map(c, c))) + }}", "Syntax error"),
    ],
)
def test_a_broken_expression_is_a_user_error(template: str, says: str) -> None:
    """Nothing but UserError leaves the room, and it says why."""
    with pytest.raises(UserError) as caught:
        render(template, SCOPE)

    assert says in str(caught.value)


def test_an_endless_computation_is_cut_off() -> None:
    """CEL's iteration budget holds against nested loops."""
    numbers = str(list(range(200)))

    with pytest.raises(UserError, match="budget"):
        render(f"${{{{ {numbers}.map(a, {numbers}.map(b, a * b)).size() }}}}", SCOPE)


def test_partial_rendering_leaves_what_only_a_run_can_tell() -> None:
    """Strings that read steps stay templates; everything else is rendered."""
    value = partial({"a": "${{ inputs.tasks }}", "b": "${{ inputs.tasks }} ${{ steps.lag.state }}"}, SCOPE)

    assert value == {"a": 24, "b": "${{ inputs.tasks }} ${{ steps.lag.state }}"}


def test_declared_types_win() -> None:
    """A caller who knows the types decides how a text is meant."""
    template = "${{ inputs.a == inputs.b }}"
    scope: dict[str, JsonValue] = {"inputs": {"a": "90s", "b": "1m30s"}}

    assert render(template, scope, {"inputs.a": "duration", "inputs.b": "duration"}) is True
    assert render(template, scope, {"inputs.a": "string", "inputs.b": "string"}) is False


def test_templates_come_apart() -> None:
    """Literals and expressions, with the place of each; quotes and braces inside do not end an expression."""
    found = parts("a ${{ {'k': '}}'} }}b")

    assert found == (Literal("a "), Expression("{'k': '}}'}", offset=6, mark=2), Literal("b"))


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("inputs.mode == 'inputs.other'", ["inputs.mode"]),
        ("inputs.mode.contains('a')", ["inputs.mode"]),
        ("timestamp(inputs.at).getHours()", ["inputs.at"]),
        ("resources.db.ports[0] + x.inputs.y", ["resources.db.ports"]),
        ("steps.a.outputs.b > 1 && !service . name", ["steps.a.outputs.b", "service.name"]),
        (r"'it\'s inputs.no' + r'\' + run.id", ["run.id"]),
        ('"""inputs.no""" + inputs.yes', ["inputs.yes"]),
        ("size(inputs.list)", ["inputs.list"]),
    ],
)
def test_references_are_found(source: str, read: list[str]) -> None:
    """Paths are found outside of strings, without methods, and only from known roots."""
    assert [each.path for each in references(source)] == read


def test_paths_and_the_unresolved_among_them() -> None:
    """All paths of a value, and those that must wait for the run."""
    value: JsonValue = {"a": "${{ inputs.x }}", "b": ["${{ steps.s.state }} ${{ inputs.x }}"]}

    assert paths(value) == ("inputs.x", "steps.s.state")
    assert unresolved(value) == ("steps.s.state",)


@settings(max_examples=300, deadline=timedelta(seconds=2))
@given(some.text(alphabet="abinputs.()[]{}'\"\\+-=!?:& \n0123$}", max_size=120))
def test_no_expression_crashes(text: str) -> None:
    """Noise is a value or a UserError."""
    with contextlib.suppress(UserError):
        render("${{" + text + "}}", SCOPE)


def test_taking_apart_costs_little_however_hostile() -> None:
    """No template makes the tokenizer slow."""
    for noise in ('"\\', "${{ '\\", "'", "{", "a.", "r'", '"""'):
        began = time.thread_time()
        with pytest.raises(TemplateError):
            parts("${{" + noise * (200_000 // len(noise)))
        assert time.thread_time() - began < 1
