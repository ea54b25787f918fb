"""Small words for describing JSON and finding, with a pointer to the place, all that Slack would refuse in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass
class Report:
    """What is wrong, in Slack's words: `must be less than 151 characters [json-pointer:/blocks/0/text/text]`."""

    complaints: list[str] = field(default_factory=list)

    def add(self, complaint: str, pointer: str) -> None:
        self.complaints.append(f"{complaint} [json-pointer:{pointer}]")


Check: TypeAlias = Callable[[Any, str, Report], None]


def string(high: int, low: int = 1) -> Check:
    """Text of `low` to `high` characters."""

    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, str):
            report.add("must provide a string", pointer)
        elif len(value) < low:
            report.add(f"must be more than {low - 1} characters", pointer)
        elif len(value) > high:
            report.add(f"must be less than {high + 1} characters", pointer)

    return check


def integer(low: int | None = None, high: int | None = None) -> Check:
    """A whole number within bounds."""

    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            report.add("must provide a number", pointer)
        elif (low is not None and value < low) or (high is not None and value > high):
            report.add(f"must be between {low} and {high}", pointer)

    return check


def boolean(value: Any, pointer: str, report: Report) -> None:
    """True or false."""
    if not isinstance(value, bool):
        report.add("must provide a boolean", pointer)


def anything(value: Any, pointer: str, report: Report) -> None:
    """Whatever it is, it is not looked at."""


def choice(*allowed: str) -> Check:
    """One of a few words."""

    def check(value: Any, pointer: str, report: Report) -> None:
        if value not in allowed:
            report.add("must be a valid enum value", pointer)

    return check


def matching(fits: Callable[[str], object], complaint: str) -> Check:
    """A string that `fits` likes."""

    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, str) or not fits(value):
            report.add(complaint, pointer)

    return check


def items(of: Check, high: int, low: int = 1) -> Check:
    """A list of `low` to `high` things."""

    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, list):
            report.add("must provide an array", pointer)
            return
        if len(value) > high:
            report.add(f"no more than {high} items allowed", pointer)
        if len(value) < low:
            report.add(f"no less than {low} items allowed", pointer)
        for index, item in enumerate(value):
            of(item, f"{pointer}/{index}", report)

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *, closed: bool = True) -> Check:
    """An object with these fields and, when `closed`, no others; `null` counts as absent."""
    known = {**required, **(optional or {})}

    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, dict):
            report.add("must provide an object", pointer)
            return
        for name in required:
            if value.get(name) is None:
                report.add(f"missing required field: {name}", pointer)
        for name, inner in value.items():
            if name in known and inner is not None:
                known[name](inner, f"{pointer}/{name}", report)
            elif name not in known and closed:
                report.add(f"invalid additional property: {name}", pointer)

    return check


def by_type(table: Mapping[str, Check], allowed: Collection[str] | None = None) -> Check:
    """An object whose `type` names the check for it; types outside `allowed` are refused."""

    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, dict):
            report.add("must provide an object", pointer)
            return
        kind = value.get("type")
        if kind is None:
            report.add("missing required field: type", pointer)
        elif not isinstance(kind, str) or kind not in table or (allowed is not None and kind not in allowed):
            report.add(f"unsupported type: {kind}", f"{pointer}/type")
        else:
            table[kind](value, pointer, report)

    return check


def every(*checks: Check) -> Check:
    """All of these checks, in order."""

    def check(value: Any, pointer: str, report: Report) -> None:
        for one in checks:
            one(value, pointer, report)

    return check
