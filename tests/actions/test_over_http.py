"""Every action against a local AWS over HTTP: it works, a repeat does no harm or is refused as declared, undo undoes.

The clients are the product's own, so retries and verdicts are what they will be on a bad day; only their patience is
shorter. Time stands still unless a test lets it pass.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from pydantic import JsonValue

from bot.actions.base import Action, AnyAction
from bot.actions.catalogue import Catalogue
from bot.adapters.aws.sessions import AwsClouds
from bot.model.action import Idempotency, NotStarted, Observation, Pending, Settled
from bot.model.errors import AlreadyThere, OutcomeUnknown, Retryable, StepBroke, StepError
from bot.ports.aws import Aws, HttpAnswer
from tests.actions.iam_names import permission
from tests.actions.scenes import Scene
from tests.cloud_fixture import LocalCloud

CATALOGUE = Catalogue.discover()
CLOUDS: dict[str, AwsClouds] = {}
TOKEN = "3f2b1c5e-0000-5000-8000-000000000000"  # an idempotency token
CALLED: set[tuple[str, str]] = set()
"""What the present test's actions called: service and operation."""
WEST = "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"
EAST = "arn:aws:rds:us-east-1:111122223333:cluster:orders-use1"
API = {"cluster": "orders", "service": "orders-api"}
DATABASE = {"global_cluster": "orders-global", "target_cluster": WEST}
RECORD = {"zone": "example.com", "record": "orders-api.example.com", "type": "CNAME"}


class Stage:
    """The product's AWS access to the local cloud, with the cloud's own time."""

    def __init__(self, local: LocalCloud, aws: Aws) -> None:
        self.local, self._aws = local, aws

    def reader(self, service: str, region: str, *, endpoint: str | None = None) -> Any:
        return _watched(self._aws.reader(service, region, endpoint=endpoint))

    def writer(self, service: str, region: str, *, endpoint: str | None = None) -> Any:
        return _watched(self._aws.writer(service, region, endpoint=endpoint))

    def beyond(self, each: AnyAction) -> set[str]:
        """The permissions that calls of this test needed and `each` does not ask for."""
        return {permission(*call) for call in CALLED} - set(each.spec.permissions)

    def home(self, service: str, region: str) -> str:
        return self._aws.home(service, region)

    def http_get(self, url: str, *, timeout: float = 5.0) -> HttpAnswer:
        return self._aws.http_get(url, timeout=timeout)

    def now(self) -> datetime:
        return datetime.fromisoformat(self.local.control("GET", "health")["now"])

    def execute(self, name: str, **params: JsonValue) -> None:
        CATALOGUE[name].execute(self, parameters(name, **params), TOKEN)

    def look(self, name: str, **params: JsonValue) -> Observation:
        return CATALOGUE[name].verify(self, parameters(name, **params), {})

    def attempt(self, name: str, **params: JsonValue) -> StepError | None:
        """Execute; the verdict when AWS refuses or is silent."""
        return verdict_of(self, CATALOGUE[name], parameters(name, **params))

    def settled(self, name: str, **params: JsonValue) -> Settled:
        """Look until it has settled, letting two seconds pass in between."""
        return self.until_settled(lambda: self.look(name, **params))

    def until_settled(self, look: Any) -> Settled:
        seen: Observation | None = None
        for _ in range(120):
            seen = look()
            if isinstance(seen, Settled):
                return seen
            self.local.advance(2)
        raise AssertionError(f"never settled: {seen}")


def arranged(aws: Stage, scene: Scene) -> tuple[AnyAction, Any]:
    """The scene's action and parameters, when everything that was made for it is at rest."""
    given = scene.arrange(aws.local)
    aws.local.advance(30)
    aws.local.control("DELETE", "ledger")
    return CATALOGUE[scene.action], CATALOGUE[scene.action].Params.model_validate({"region": "us-west-2", **given})


def verdict_of(aws: Stage, each: AnyAction, given: Any) -> StepError | None:
    """Send, with the same token every time; the engine's verdict when AWS refuses or is silent."""
    try:
        each.execute(aws, given, TOKEN)
    except Exception as error:
        return CLOUDS[aws.local.url].verdict(error, mutating=True)
    return None


def _watched(client: Any) -> Any:
    """The client, whose calls are noted from now on; clients are shared, and to register twice changes nothing."""
    client.meta.events.register("before-call.*.*", _note, unique_id="note")
    return client


def _note(model: Any, **_: object) -> None:
    CALLED.add((model.service_model.service_name, model.name))


def parameters(name: str, region: str = "us-west-2", **params: JsonValue) -> Any:
    return CATALOGUE[name].Params.model_validate({"region": region, **params})


@pytest.fixture
def aws(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The product's clients for the local cloud; probes reach its users' addresses through its proxy."""
    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    for name, value in {**keys, "http_proxy": cloud.url, "no_proxy": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "NO_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    if cloud.url not in CLOUDS:
        CLOUDS[cloud.url] = AwsClouds(endpoint_url=cloud.url, answer_within={"reader": 10, "writer": 2})
    CALLED.clear()
    return Stage(cloud, CLOUDS[cloud.url].for_service(None))


WRITES: list[tuple[str, dict[str, JsonValue], int]] = [
    ("aurora.failover_global_cluster", {**DATABASE, "allow_data_loss": True}, 1),
    ("aurora.failover_global_cluster", {**DATABASE, "allow_data_loss": False}, 1),
    ("autoscaling.resize_group", {"group": "orders-workers", "desired": 8}, 1),
    ("autoscaling.resize_group", {"group": "orders-workers", "desired": 14}, 1),
    ("ecs.set_desired_count", {**API, "desired": 24}, 1),
    ("ecs.set_desired_count", {**API, "desired": 0, "suspend_autoscaling": True}, 2),
    ("rds.promote_read_replica", {"replica": "reports-replica"}, 1),
    ("route53.shift_traffic", {**RECORD, "to": "usw2"}, 1),
    ("route53.shift_traffic", {**RECORD, "to": "usw2", "percent": 10}, 1),
]
every_write = pytest.mark.parametrize(("name", "params", "calls"), WRITES, ids=lambda value: str(value)[:60])


@every_write
def test_runs_to_the_end_and_changes_aws_once(aws: Stage, name: str, params: dict[str, JsonValue], calls: int) -> None:
    """Ready, not begun, sent once, seen to arrive; then there is nothing left to do."""
    each = CATALOGUE[name]
    look = each.preflight(aws, parameters(name, **params))
    before = each.remember(aws, parameters(name, **params))
    idle = each.verify(aws, parameters(name, **params), before)

    aws.execute(name, **params)
    settled = aws.until_settled(lambda: each.verify(aws, parameters(name, **params), before))

    assert look.state == "ready", look
    assert isinstance(idle, NotStarted)
    assert len(aws.local.ledger()) == calls
    assert each.Results.model_validate(settled.results)
    assert each.preflight(aws, parameters(name, **params)).state == "already_done"
    assert aws.beyond(each) == set()


@every_write
def test_a_repeat_does_no_harm_or_is_refused_as_declared(
    aws: Stage, name: str, params: dict[str, JsonValue], calls: int
) -> None:
    """After a lost answer the call comes again: a natural one changes nothing, a read-back one finds that it was us."""
    declared = CATALOGUE[name].spec.idempotency
    aws.execute(name, **params)

    verdict = aws.attempt(name, **params)

    assert isinstance(verdict, {Idempotency.READ_BACK: AlreadyThere, Idempotency.NATURAL: type(None)}[declared])
    assert aws.settled(name, **params)


@every_write
def test_undo_brings_back_what_was(aws: Stage, name: str, params: dict[str, JsonValue], calls: int) -> None:
    """From the remembered alone; what cannot be undone says so instead."""
    each, given = CATALOGUE[name], parameters(name, **params)
    if each.spec.irreversible:
        assert type(each).rollback is Action.rollback
        return
    before = each.remember(aws, given)
    aws.execute(name, **params)
    aws.settled(name, **params)

    each.rollback(aws, given, before, "token")
    aws.until_settled(lambda: each.undone(aws, given, before))

    assert each.remember(aws, given) == before
    assert aws.beyond(each) == set()


@every_write
def test_a_lost_answer_is_unknown_and_looking_tells(
    aws: Stage, name: str, params: dict[str, JsonValue], calls: int
) -> None:
    """AWS acted, we did not hear: the verdict admits it, and the next look finds the change under way or done."""
    operation = _last_call(CATALOGUE[name], params)
    aws.local.fault("lost_response", operation)

    verdict = aws.attempt(name, **params)

    assert isinstance(verdict, OutcomeUnknown)
    assert isinstance(aws.look(name, **params), Pending | Settled)
    assert len(aws.local.ledger()) == calls


@every_write
def test_a_cloud_that_says_yes_and_does_nothing_is_found_out(
    aws: Stage, name: str, params: dict[str, JsonValue], calls: int
) -> None:
    """Verify looks at the wanted state, not at the answer to our request."""
    before = CATALOGUE[name].remember(aws, parameters(name, **params))
    aws.local.fault("hollow", _last_call(CATALOGUE[name], params))
    aws.execute(name, **params)

    seen = CATALOGUE[name].verify(aws, parameters(name, **params), before)

    assert isinstance(seen, NotStarted), seen


@every_write
@pytest.mark.parametrize(("kind", "verdict"), [("throttle", Retryable), ("access_denied", StepBroke)])
def test_a_refusal_changed_nothing(
    aws: Stage, name: str, params: dict[str, JsonValue], calls: int, kind: str, verdict: type[StepError]
) -> None:
    """Turned away at the door: try again later, or mend the policy; in both cases nothing has begun."""
    aws.local.fault(kind, _last_call(CATALOGUE[name], params))

    told = aws.attempt(name, **params)

    assert type(told) is verdict
    assert isinstance(aws.look(name, **params), NotStarted)


def test_the_database_moves_while_its_old_region_is_silent(aws: Stage) -> None:
    """Nothing on the way asks the region that burns."""
    lag = aws.look("aurora.measure_global_lag", global_cluster="orders-global", target_region="us-west-2")
    aws.local.region("us-east-1", "down", mode="hang")
    each, params = CATALOGUE["aurora.failover_global_cluster"], {**DATABASE, "allow_data_loss": True}
    before = each.remember(aws, parameters(each.spec.name, **params))

    aws.execute(each.spec.name, **params)
    settled = aws.until_settled(lambda: each.verify(aws, parameters(each.spec.name, **params), before))

    assert isinstance(lag, Settled)
    assert lag.results["lag_seconds"] == pytest.approx(0.85, abs=1)
    assert settled.results["former_writer"] == EAST
    assert settled.results["writer"] == WEST


def test_a_switchover_without_a_healthy_primary_is_refused(aws: Stage) -> None:
    """The planned way needs both sides; the refusal reaches people in AWS's words, and nothing moves."""
    aws.local.region("us-east-1", "down", mode="hang")

    verdict = aws.attempt("aurora.failover_global_cluster", **DATABASE)

    assert isinstance(verdict, AlreadyThere)
    assert isinstance(aws.look("aurora.failover_global_cluster", **DATABASE), NotStarted)


def test_a_silent_region_is_named(aws: Stage) -> None:
    """A refused connection says which region; the local cloud serves all of them from one address."""
    aws.local.region("us-east-1", "down", mode="refuse")

    verdict = aws.attempt("ecs.set_desired_count", region="us-east-1", **API, desired=0)

    assert str(verdict).startswith("us-east-1 (127.0.0.1)")


def test_the_standby_is_ready(aws: Stage) -> None:
    """All nine questions have their answer in the demo world."""
    seen = aws.look(
        "aws.preflight", **API, **DATABASE, account="111122223333", repository="orders/api", image_tag="2025.11.3",
        certificate_domain="orders-api.example.com", quota_needed=96, primary_region="us-east-1",
        target_group="orders-api-usw2", zone="example.com", record="orders-api.example.com", record_type="CNAME",
        checks=[
            "identity", "ecs_service", "aurora_secondary", "image_present", "certificate", "quotas", "not_same_region",
            "target_group", "dns_record",
        ],
    )  # fmt: skip

    assert isinstance(seen, Settled)
    assert seen.results["passed"] == 9, seen


def test_the_fleet_becomes_healthy_as_it_starts(aws: Stage) -> None:
    """Targets follow the tasks."""
    few = aws.look("elbv2.healthy_targets", target_group="orders-api-usw2")
    aws.execute("ecs.set_desired_count", **API, desired=24)
    aws.settled("ecs.set_desired_count", **API, desired=24)
    aws.local.advance(30)

    full = aws.look("elbv2.healthy_targets", target_group="orders-api-usw2")

    assert isinstance(few, Settled)
    assert isinstance(full, Settled)
    assert (few.results["healthy"], full.results["healthy"]) == (4, 24)


def test_the_alarm_and_the_probe_follow_the_users(aws: Stage) -> None:
    """Down with the region, up again when database, fleet and traffic have moved."""
    alarm = {"alarm": "orders-api-success-ratio"}
    probe = {"url": "http://orders-api.us-west-2.internal.example.com/health"}
    aws.local.region("us-east-1", "down", mode="refuse")
    aws.local.advance(30)
    down, standby = aws.look("cloudwatch.alarm_ok", **alarm), aws.look("http.probe", **probe)

    for name, params in (
        ("aurora.failover_global_cluster", {**DATABASE, "allow_data_loss": True}),
        ("ecs.set_desired_count", {**API, "desired": 24}),
        ("route53.shift_traffic", {**RECORD, "to": "usw2"}),
    ):
        aws.execute(name, **params)
        aws.settled(name, **params)

    assert isinstance(down, Pending)
    assert down.results["state"] == "ALARM"
    assert isinstance(standby, Pending)
    assert aws.settled("http.probe", **probe).results["status"] == 200
    assert aws.settled("cloudwatch.alarm_ok", **alarm).results["ok"] is True


def _last_call(each: AnyAction, params: dict[str, JsonValue]) -> str:
    """The call that carries the change: `rds.failover_global_cluster`."""
    if each.spec.name == "aurora.failover_global_cluster" and not params["allow_data_loss"]:
        return "rds.switchover_global_cluster"
    return {
        "aurora.failover_global_cluster": "rds.failover_global_cluster",
        "autoscaling.resize_group": "autoscaling.update_auto_scaling_group",
        "ecs.set_desired_count": "ecs.update_service",
        "rds.promote_read_replica": "rds.promote_read_replica",
        "route53.shift_traffic": "route53.change_resource_record_sets",
    }[each.spec.name]
