"""A case is told so that a tired reader cannot take one sign for another."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import pytest

from bot.model.case import Sign
from bot.planning.assessment import Assessment
from bot.usecases.case_words import sign_text, weighed

AT = datetime(2026, 3, 14, 3, 4, tzinfo=UTC)
Speaks = Literal["for", "against", "nothing", "unknown"]


def told(kind: Literal["primary", "standby"], speaks: Speaks) -> str:
    sign = Sign(kind=kind, about="http://a/health", speaks=speaks, seen="503", source="probe", at=AT)
    return sign_text(sign, lambda at: f"{at:%H:%M}")


@pytest.mark.parametrize(
    ("kind", "speaks", "mark", "says"),
    [
        ("primary", "for", "✗", "speaks for a disaster"),
        ("primary", "against", "✓", "speaks against it"),
        ("primary", "unknown", "?", "UNKNOWN"),
        ("standby", "nothing", "·", "tells nothing by itself"),
        ("standby", "against", "!", "speaks against moving there now"),
    ],
)
def test_a_standby_that_is_down_is_no_sign_of_health(
    kind: Literal["primary", "standby"], speaks: Speaks, mark: str, says: str
) -> None:
    """It forbids haste; it does not say that all is well."""
    line = told(kind, speaks)

    assert line.startswith(f"{mark} The {kind} at http://a/health: 503 at 03:04")
    assert line.endswith(f"– {says}")


@pytest.mark.parametrize(
    ("known", "blind", "says"),
    [
        (3, 0, "Signs for a disaster: 2 of 3. The bot does not decide."),
        (3, 1, "Signs for a disaster: 2 of 3; 1 more could not be read. The bot does not decide."),
        (0, 4, "No sign could be read. That is no proof of health. The bot does not decide."),
    ],
)
def test_what_could_not_be_read_is_counted_too(known: int, blind: int, says: str) -> None:
    """Else three rows would not add up to the sentence above them."""
    found = Assessment(
        signs_for=2, signs_known=known, signs_blind=blind, deadline=None, state="unknown", rto_ends=None, left=None,
        loss_within=None,
    )  # fmt: skip

    assert weighed(found) == says
