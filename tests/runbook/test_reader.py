"""The reader: what values become, where they stand, and that no input makes it slow or crash."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.model.errors import Problems
from bot.runbook.nodes import Map, Scalar, Spot, at, data, key_spot, scalars, value_spot
from bot.runbook.reader import MAX_BYTES, read, scan
from tests.measuring import measured
from tests.runbook.healthy import RUNBOOK

BUDGET = 0.05  # seconds of processor time, so that a busy machine does not decide


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-7", -7),
        ("0o14", 12),
        ("0xff", 255),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("OFF", "OFF"),
        ("12:30:45", "12:30:45"),
        ("2025-01-31", "2025-01-31"),
        ("1_000", "1_000"),
        ("1.2.3", "1.2.3"),
        ("+", "+"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("|\n    two\n    lines", "two\nlines"),
        (">\n    one\n    line", "one line"),
        ("Díaz 김민", "Díaz 김민"),
    ],
)
def test_values_follow_yaml_1_2(text: str, value: object) -> None:
    """Plain scalars become what YAML 1.2's core schema says, and the words of YAML 1.1 stay text."""
    node = read(f"key: {text}", "x.yaml")

    assert data(node) == {"key": value}
    assert type(data(node)["key"]) is type(value)  # type: ignore[index,call-overload]


def test_windows_line_ends_and_a_byte_order_mark_are_harmless() -> None:
    """Files from other editors read the same."""
    assert data(read(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", "x.yaml")) == {"a": 1, "b": 2}


def test_places_are_known() -> None:
    """Keys, values, list items and things that are not there all have a place."""
    node = read("a:\n  b: [x, yy]\nc:\n", "x.yaml")

    assert value_spot(node, ("a", "b", 1)) == Spot(2, 10)
    assert key_spot(node, ("a", "b")) == Spot(2, 3)
    assert value_spot(node, ("a", "nothing", "here")) == Spot(1, 1)
    assert value_spot(node, ("c",)) == Spot(3, 1)


@pytest.mark.parametrize(
    ("text", "spot"),
    [
        ("key: ab ${{ x }}", Spot(1, 9)),
        ("key: 'ab ${{ x }}'", Spot(1, 10)),
        ("key: |\n  ab\n  cd ${{ x }}", Spot(3, 6)),
        ("key: >-\n  ab\n  ${{ y }} ${{ x }}", Spot(3, 12)),
        ('key: "a\\tb ${{ x }}"', Spot(1, 12)),
    ],
)
def test_a_place_inside_a_text_is_found(text: str, spot: Spot) -> None:
    """A mark inside quoted, folded or escaped text is found in the file."""
    node = at(read(text, "x.yaml"), ("key",))
    assert isinstance(node, Scalar)
    assert isinstance(node.value, str)

    found = node.spot_of(node.value.index("${{ x"), "${{ x")

    assert found == spot


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 100_000, "too-deep"),
        ("a: " + "{a: " * 50_000, "too-deep"),
        ("- " * 100_000, "too-deep"),
        ("a: " + "[" * 40 + "]" * 40, "too-deep"),
        ("a:\n" + "- x\n" * 60_000, "too-many-values"),
        ("a: " + "x" * MAX_BYTES, "too-large"),
        (b"a: " + b"x" * 10_000_000, "too-large"),
        (b"a: \xff\xfe", "not-utf-8"),
        ("a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n", "alias"),
        ("", "empty"),
        ("# nothing\n", "empty"),
        ("- a\n", "not-a-mapping"),
        ("words", "not-a-mapping"),
        ("a: 'open", "not-yaml"),
        ("%TAG ! tag:x,2000:\n---\na: 1", "directive"),
        ('a: "' + "\\" * 100_000, "not-yaml"),
        ("a: " + "'" * 100_001, "not-yaml"),
    ],
    ids=lambda value: repr(value[:12]) if len(value) > 20 else repr(value),
)
def test_a_hostile_file_is_refused_in_time(text: str | bytes, code: str) -> None:
    """Bombs of size, depth and number cost next to nothing: the quickest of a few reads tells, whatever else runs."""
    times = []
    while not times or (min(spent for _, spent in times) >= BUDGET and len(times) < 12):
        times.append(measured(lambda: scan(text, "x.yaml")))

    assert all(code in [each.code for each in problems] for (_, problems), _ in times)
    assert min(spent for _, spent in times) < BUDGET


def test_the_second_of_two_equal_marks_is_found() -> None:
    """Equal expressions in one folded text each have their own place."""
    node = at(read("key: >-\n  ${{ x }}\n  and ${{ x }}", "x.yaml"), ("key",))
    assert isinstance(node, Scalar)
    assert isinstance(node.value, str)

    assert node.spot_of(node.value.rindex("${{ x"), "${{ x") == Spot(3, 7)


def test_reading_raises_every_problem() -> None:
    """`read` gives nodes or raises all there is to say, with file, line and column."""
    with pytest.raises(Problems) as caught:
        read("a: 1\na: 2\nb: 007\n", "books/x.yaml")

    assert [str(each).partition(": ")[0] for each in caught.value.problems] == ["books/x.yaml:2:1", "books/x.yaml:3:4"]


@settings(max_examples=300, deadline=timedelta(seconds=2))
@given(some.text(max_size=300) | some.text(alphabet="abc:-[]{}\"'|>&*!#%@`,?<~ \n\t0123.$", max_size=300))
def test_no_text_crashes_the_reader(text: str) -> None:
    """Whatever the text, there are nodes or problems, and each problem stands somewhere."""
    node, problems = scan(text, "x.yaml")

    assert isinstance(node, Map) or problems
    assert all(each.line >= 1 and each.column >= 1 for each in problems)


@settings(max_examples=300, deadline=timedelta(seconds=2))
@given(some.binary(max_size=200))
def test_no_bytes_crash_the_reader(raw: bytes) -> None:
    """Bytes that are no text are refused like everything else."""
    node, problems = scan(raw, "x.yaml")

    assert isinstance(node, Map) or problems


@settings(max_examples=200, deadline=timedelta(seconds=2))
@given(some.integers(0, len(RUNBOOK)), some.integers(0, 40), some.text(alphabet="abc:-[]{}\"'|&*!#$ \n0", max_size=8))
def test_a_runbook_with_a_hole_is_read_or_refused(start: int, length: int, filling: str) -> None:
    """A real file with any part replaced by noise never crashes the reader, and all its places are in the file."""
    text = RUNBOOK[:start] + filling + RUNBOOK[start + length :]

    node, problems = scan(text, "x.yaml")

    lines = text.split("\n")
    assert node or problems
    for _, scalar in scalars(node) if node else ():
        assert scalar.spot.line <= len(lines)
        assert scalar.spot.column <= len(lines[scalar.spot.line - 1]) + 1
