"""An answer, the wrong answer, and silence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.actions.base import Call
from bot.actions.http.probe import Probe, ProbeParams
from bot.model.action import Observation, Pending, Settled
from tests.actions.scripted import play, silence


def asking(**more: Any) -> ProbeParams:
    return ProbeParams.model_validate({"region": "us-west-2", "url": "https://orders-api.example.com/health", **more})


def answer(status: int, excerpt: str = "") -> Call:
    return Call("http", "http_get", {"status": status, "milliseconds": 12, "excerpt": excerpt})


@pytest.mark.parametrize(
    ("reply", "params", "expected", "seen"),
    [
        (answer(200), asking(), Settled, "200 in 12 ms"),
        (answer(503, "no writer"), asking(), Pending, "503 in 12 ms, wanted 200 (no writer)"),
        (answer(301), asking(expect=301), Settled, "301 in 12 ms"),
        (answer(301), asking(), Pending, "301 in 12 ms, wanted 200"),
        (answer(200), asking(expect=503), Pending, "200 in 12 ms, wanted 503"),
        (silence("orders-api.example.com"), asking(), Pending, "orders-api.example.com gave no answer"),
    ],
)
def test_only_the_expected_status_is_good(
    reply: Call, params: ProbeParams, expected: type[Observation], seen: str
) -> None:
    """Everything else is waited out, and told."""
    observed = Probe().verify(play([reply]), params, {})

    assert isinstance(observed, expected)
    assert observed.seen == seen or seen in observed.seen


def test_several_in_a_row_may_be_wanted() -> None:
    """One good answer among bad ones is luck."""
    assert Probe().streak(asking(consecutive=5)) == 5


def test_the_timeout_is_handed_on() -> None:
    """A slow standby is given exactly as long as the runbook says."""
    aws = play([answer(200)])

    Probe().verify(aws, asking(timeout="2s"), {})

    assert aws.parameters("http_get")["timeout"] == 2.0


@pytest.mark.parametrize(
    "wrong", [{"url": "ftp://x"}, {"timeout": "0s"}, {"timeout": "1m"}, {"consecutive": 0}, {"expect": 42}]
)
def test_nonsense_is_refused_when_the_runbook_is_read(wrong: dict[str, Any]) -> None:
    """A typo must fail in review."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        asking(**wrong)


def test_a_plan_shows_silence_without_being_stopped() -> None:
    """Before a failover the standby may well be silent."""
    look = Probe().preflight(play([silence()]), asking())

    assert look.state == "ready"
    assert timedelta(seconds=5) == asking().timeout
