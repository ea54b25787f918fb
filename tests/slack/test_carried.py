"""What forms carry from one step to the next: all of it, or less, said so; never something else, never broken."""

from __future__ import annotations

import json

import pytest

from bot.model.errors import UserError
from bot.model.plan import Mode
from bot.slack.kit import MAX_METADATA, Ref
from bot.slack.listeners.about import About
from bot.slack.listeners.modals import Slip

REF = Ref("orders-api-1123-00001", "allowlist", 3, "0" * 16).pack()
KOREAN = "리전이 응답하지 않아 전환합니다. "


@pytest.mark.parametrize(
    "slip",
    [
        Slip(REF, "C1", "approve", "orders-api us-west-2"),
        Slip(REF, "C1", label=KOREAN * 20, pattern="^[가-힣]+$"),
        Slip(REF, "C1", "approve", '"\\' * 1200),
        Slip(REF, "C1", label="x" * 5000, pattern="y" * 900, rollback=True),
        Slip(REF, "C1", "deny", pattern="\x01" * 900),
    ],
)
def test_a_slip_of_any_length_comes_back(slip: Slip) -> None:
    """What only makes an answer quicker is left out when it is too long; what it is about never is."""
    packed = slip.pack()

    back = Slip.parse(packed)
    assert len(packed) <= MAX_METADATA
    assert (back.ref, back.channel, back.decision, back.rollback) == (REF, "C1", slip.decision, slip.rollback)
    assert (back.typed, back.label, back.pattern) in {(slip.typed, slip.label, slip.pattern), ("", "", "")}


def test_a_korean_label_fits_as_well_as_an_english_one() -> None:
    """Slack counts characters."""
    slip = Slip(REF, "C1", label=KOREAN * 20, pattern="^[가-힣]+$")

    assert Slip.parse(slip.pack()) == slip


INPUTS = {"mode": "unplanned", "impact_started_at": "2026-11-23T01:58:00+00:00"}


@pytest.mark.parametrize("reason", [KOREAN, KOREAN * 40, KOREAN * 160, '"' * 3000])
def test_a_long_reason_never_costs_an_input(reason: str) -> None:
    """A plan made again in another replica is the same kind of failover; only the reason is cut, visibly."""
    about = About("orders-api", "failover", "C1", inputs=INPUTS, reason=reason)

    packed = about.pack()

    asked = About.parse(packed).asked()
    assert len(packed) <= MAX_METADATA
    assert asked.inputs == INPUTS
    assert asked.reason == reason or (asked.reason[:100] == reason[:100] and asked.reason.endswith("…"))


@pytest.mark.parametrize("mode", [None, Mode.DRY_RUN])
def test_what_lost_its_inputs_is_not_planned_again(mode: Mode | None) -> None:
    """Without them it would be another plan, or the rehearsal of another; the person is told to start anew."""
    about = About("orders-api", "failover", inputs=INPUTS | {"note": "x" * 3000}, run="orders-api-1", hash="0" * 16)

    back = About.parse(about.pack())

    assert (back.run, back.hash, back.service) == (about.run, about.hash, about.service)
    with pytest.raises(UserError, match="start anew"):
        back.asked(mode)


def test_what_is_whole_is_read_by_a_bot_of_before() -> None:
    """In an upgrade a form may be opened by one replica and submitted to an older one."""
    assert "is_whole" not in json.loads(About("orders-api", "failover").pack())
