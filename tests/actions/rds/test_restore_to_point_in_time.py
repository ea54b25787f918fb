"""What the rehearsal cannot show: a step that names no source, or two."""

from __future__ import annotations

import pytest

from bot.actions.rds.restore_to_point_in_time import RestoreToPointInTime, RestoreToPointInTimeParams
from bot.actions.rehearsing import absent
from tests.actions.scripted import play


@pytest.mark.parametrize("named", [{}, {"source": "reports", "backups_arn": "arn:b"}])
def test_a_step_names_one_source(named: dict[str, str]) -> None:
    """RDS is not asked about an instance without a name, which would be all of them."""
    params = RestoreToPointInTimeParams(region="us-west-2", name="restored", **named)

    look = RestoreToPointInTime().preflight(
        play([absent("rds", "describe_db_instances", "DBInstanceNotFound")]), params
    )

    assert look.state == "blocked"
    assert "Name either source or backups_arn" in look.findings[0].text
