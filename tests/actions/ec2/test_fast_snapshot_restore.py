"""What the rehearsal cannot show: EC2 answers well and does nothing."""

from __future__ import annotations

import pytest

from bot.actions.base import Call
from bot.actions.ec2.fast_snapshot_restore import FastSnapshotRestore, FastSnapshotRestoreParams
from bot.model.errors import StepBroke
from tests.actions.scripted import play

PARAMS = FastSnapshotRestoreParams(region="us-west-2", snapshot="snap-0a", zones=("us-west-2a",))


def test_a_refused_zone_is_told_with_its_reason() -> None:
    """The refusal of a zone comes in an answer that is no error."""
    error = {"AvailabilityZone": "us-west-2a", "Error": {"Code": "LimitExceeded", "Message": "too many already"}}
    refused = [{"SnapshotId": "snap-0a", "FastSnapshotRestoreStateErrors": [error]}]
    listed = Call("ec2", "describe_fast_snapshot_restores", {"FastSnapshotRestores": []})
    aws = play([listed, Call("ec2", "enable_fast_snapshot_restores", {"Unsuccessful": refused})])

    with pytest.raises(StepBroke, match="us-west-2a: too many already"):
        FastSnapshotRestore().execute(aws, PARAMS, "token")
