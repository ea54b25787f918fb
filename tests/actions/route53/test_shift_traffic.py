"""What the rehearsal cannot show: refusals, zones with two faces, and undo to the letter."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.base import Call
from bot.actions.route53.shift_traffic import ShiftTraffic, ShiftTrafficParams
from bot.model.errors import StepBroke
from tests.actions.scripted import play

ACTION = ShiftTraffic()
CHANGED = Call(
    "route53",
    "change_resource_record_sets",
    {"ChangeInfo": {"Id": "/change/C1", "Status": "PENDING", "SubmittedAt": "2026-01-01T12:05:00Z"}},
)


def to_west(**more: Any) -> ShiftTrafficParams:
    given = {"region": "us-west-2", "zone": "Z0ORDERS", "record": "orders-api.example.com", "to": "usw2", **more}
    return ShiftTrafficParams.model_validate(given)


def record(identifier: str, **more: Any) -> dict[str, Any]:
    alias = {"HostedZoneId": "Z1", "DNSName": f"{identifier}.elb.amazonaws.com.", "EvaluateTargetHealth": True}
    return {"Name": "orders-api.example.com.", "Type": "A", "SetIdentifier": identifier, "AliasTarget": alias, **more}


def listed(*sets: dict[str, Any]) -> Call:
    return Call(
        "route53",
        "list_resource_record_sets",
        {"ResourceRecordSets": list(sets), "IsTruncated": False, "MaxItems": "300"},
    )


def zones(*found: tuple[str, str, bool]) -> Call:
    hosted = [
        {"Id": f"/hostedzone/{key}", "Name": name, "CallerReference": "x", "Config": {"PrivateZone": private}}
        for key, name, private in found
    ]
    return Call(
        "route53", "list_hosted_zones_by_name", {"HostedZones": hosted, "IsTruncated": False, "MaxItems": "100"}
    )


BEFORE = (record("use1", Weight=100), record("usw2", Weight=0))


@pytest.mark.parametrize(
    ("script", "params", "sentence"),
    [
        ([listed()], to_west(), "There is no A orders-api.example.com"),
        ([listed(record("usw2", Region="us-west-2"))], to_west(), "neither weighted nor a failover pair"),
        ([listed(*BEFORE)], to_west(to="euw1"), "has no set euw1; it has use1 and usw2"),
        (
            [listed(record("use1", Failover="PRIMARY"), record("usw2", Failover="SECONDARY"))],
            to_west(percent=50),
            "moves whole",
        ),
        ([listed(record("usw2", Weight=1))], to_west(percent=50), "nobody to share with"),
        ([zones()], to_west(zone="example.com"), "no public hosted zone called example.com"),
        (
            [zones(("Z1", "example.com.", False), ("Z2", "example.com.", False))],
            to_west(zone="example.com"),
            "by its id",
        ),
    ],
)
def test_what_cannot_be_shifted_blocks_the_plan(script: list[Call], params: ShiftTrafficParams, sentence: str) -> None:
    """The sentence says what is wrong and what would be right."""
    look = ACTION.preflight(play(script), params)

    assert look.state == "blocked"
    assert sentence in look.findings[0].text


def test_of_two_zones_with_one_name_the_public_one_is_meant() -> None:
    """Users do not ask the private one."""
    found = zones(
        ("ZPRIVATE", "example.com.", True), ("ZPUBLIC", "example.com.", False), ("ZOTHER", "example.net.", False)
    )
    aws = play([found, listed(*BEFORE)])

    ACTION.remember(aws, to_west(zone="example.com"))

    assert aws.parameters("list_resource_record_sets")["HostedZoneId"] == "ZPUBLIC"


def test_neighbours_in_the_zone_are_left_alone() -> None:
    """Route 53 lists from a name onwards; only the exact name and type are ours."""
    other = {**record("usw2", Weight=7), "Name": "orders-web.example.com."}
    other_type = {**record("usw2", Weight=7), "Type": "AAAA"}
    aws = play([listed(*BEFORE, other_type, other), CHANGED])

    ACTION.execute(aws, to_west(), "token")

    batch = aws.parameters("change_resource_record_sets")["ChangeBatch"]["Changes"]
    assert [(each["ResourceRecordSet"]["SetIdentifier"], each["ResourceRecordSet"]["Weight"]) for each in batch] == [
        ("use1", 0),
        ("usw2", 100),
    ]


def test_a_repeat_sends_nothing() -> None:
    """The records are there already, so there is nothing to change."""
    aws = play([listed(record("use1", Weight=0), record("usw2", Weight=100))])

    ACTION.execute(aws, to_west(), "token")

    assert aws.left == []
    assert [operation for operation, _ in aws.sent] == ["list_resource_record_sets"]


def test_undo_puts_the_records_back_to_the_letter() -> None:
    """Alias targets and health checks included: an UPSERT replaces the whole record."""
    aws = play([listed(*BEFORE), listed(record("use1", Weight=0), record("usw2", Weight=100)), CHANGED])
    before = ACTION.remember(aws, to_west())

    ACTION.rollback(aws, to_west(), before, "token")

    batch = aws.parameters("change_resource_record_sets")["ChangeBatch"]["Changes"]
    assert [each["ResourceRecordSet"] for each in batch] == list(BEFORE)


def test_edits_go_to_us_east_1_whatever_the_step_says() -> None:
    """Route 53's control plane lives there, and the plan says so."""
    aws = play([listed(*BEFORE)])

    look = ACTION.preflight(aws, to_west())

    assert aws.regions == {"us-east-1"}
    assert "us-east-1" in look.findings[0].text


def test_a_record_that_vanished_ends_the_wait() -> None:
    """Somebody removed it after approval; no look will bring it back."""
    with pytest.raises(StepBroke, match="There is no A"):
        ACTION.verify(play([listed()]), to_west(), {})
