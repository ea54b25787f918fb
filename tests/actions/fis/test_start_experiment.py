"""What the rehearsal cannot show: a template that nothing would stop."""

from __future__ import annotations

from bot.actions.base import Call
from bot.actions.fis.start_experiment import StartExperiment, StartExperimentParams
from tests.actions.scripted import play


def test_an_experiment_without_a_stop_condition_is_refused() -> None:
    """A drill must end by itself when the wrong thing breaks."""
    template = {"id": "EXT1", "stopConditions": [{"source": "none"}]}
    aws = play([Call("fis", "get_experiment_template", {"experimentTemplate": template})])

    look = StartExperiment().preflight(aws, StartExperimentParams(region="us-east-1", template="EXT1"))

    assert look.state == "blocked"
    assert "give it an alarm" in look.findings[0].text
