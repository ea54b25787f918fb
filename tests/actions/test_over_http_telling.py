"""What tells others, over HTTP: sent once, and never again by itself, since nothing can be read back.

These actions are declared OPAQUE. Here it is shown that they are, and that an answer is believed only with a receipt.
"""

from __future__ import annotations

import pytest

from bot.model.action import Idempotency, Settled
from bot.model.errors import OutcomeUnknown, StepBroke
from tests.actions.scenes import Given, Scene
from tests.actions.standby_scenes import function
from tests.actions.test_over_http import Stage, arranged, aws, verdict_of
from tests.cloud_fixture import LocalCloud

__all__ = ["aws"]


def a_topic(cloud: LocalCloud) -> Given:
    topic = "arn:aws:sns:us-west-2:111122223333:dr-events"
    return {"topic": topic, "subject": "moved", "message": "orders-api moved"}


def a_bus(cloud: LocalCloud) -> Given:
    return {"detail_type": "Failover finished"}


def a_metric(cloud: LocalCloud) -> Given:
    return {"namespace": "DR/Runs", "metric": "FailoverFinished"}


def a_function(cloud: LocalCloud) -> Given:
    return {"function": function(cloud)}


SCENES = [
    Scene("sns.publish", "sns.publish", a_topic),
    Scene("events.put_event", "events.put_events", a_bus, needs_nothing="every region has a default bus"),
    Scene(
        "cloudwatch.put_metric",
        "cloudwatch.put_metric_data",
        a_metric,
        needs_nothing="a metric comes to be with its first value",
    ),
    Scene("lambda.invoke", "lambda.invoke", a_function),
]
WITHOUT_RECEIPT = {"cloudwatch.put_metric": "CloudWatch answers nothing, and shows new values only after a minute"}
every_scene = pytest.mark.parametrize("scene", SCENES, ids=str)


@every_scene
def test_is_sent_once(aws: Stage, scene: Scene) -> None:
    """Ready, sent, accepted."""
    each, given = arranged(aws, scene)
    look = each.preflight(aws, given)

    verdict = verdict_of(aws, each, given)

    assert look.state == "ready", look
    assert look.targets
    assert verdict is None
    assert isinstance(each.verify(aws, given, {}), Settled)
    assert [call["action"] for call in aws.local.ledger()] == [scene.call]
    assert aws.beyond(each) == set()


@every_scene
def test_a_repeat_does_it_twice_which_is_why_a_person_is_asked(aws: Stage, scene: Scene) -> None:
    """The same token again is not recognised; the declaration says so, and the engine does not repeat."""
    each, given = arranged(aws, scene)
    verdict_of(aws, each, given)

    verdict = verdict_of(aws, each, given)

    assert each.spec.idempotency is Idempotency.OPAQUE
    assert verdict is None
    assert sum(call["applied"] for call in aws.local.ledger(scene.call)) == 2


@every_scene
def test_a_lost_answer_is_unknown(aws: Stage, scene: Scene) -> None:
    """AWS acted, we did not hear: nothing to look at, so the verdict says that it is not known."""
    each, given = arranged(aws, scene)
    aws.local.fault("lost_response", scene.call)

    verdict = verdict_of(aws, each, given)

    assert isinstance(verdict, OutcomeUnknown)
    assert len(aws.local.ledger(scene.call)) == 1


@every_scene
def test_a_yes_without_a_receipt_is_unknown(aws: Stage, scene: Scene) -> None:
    """A cloud that says yes and does nothing gives no message id, no event id, no version."""
    each, given = arranged(aws, scene)
    aws.local.fault("hollow", scene.call)

    verdict = verdict_of(aws, each, given)

    assert isinstance(verdict, OutcomeUnknown) or scene.action in WITHOUT_RECEIPT, verdict


def test_a_function_that_fails_breaks_the_step_with_its_own_words(aws: Stage) -> None:
    """Lambda answers 200 with an error in it."""
    function(aws.local, "broken-caches")
    each, given = arranged(aws, Scene("lambda.invoke", "lambda.invoke", lambda cloud: {"function": "broken-caches"}))

    verdict = verdict_of(aws, each, given)

    assert isinstance(verdict, StepBroke)
    assert "the cache is cold" in str(verdict)
