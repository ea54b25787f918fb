"""A change is made with credentials that allow it and nothing else, and AWS's logs say for whom, which run and step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.actions.catalogue import Catalogue
from bot.actions.policies import needs_of, session_policy
from bot.adapters.aws.roles import STEP_SECONDS, details_of
from bot.adapters.aws.sessions import AwsClouds
from bot.ports.aws import Aws, Errand
from tests.cloud_fixture import LocalCloud, cloud, cloud_process

__all__ = ["cloud", "cloud_process"]

ROLE = "arn:aws:iam::111122223333:role/dr-orders"
SPEC = Catalogue.discover().specs["ecs.set_desired_count"]
PARAMS = {"cluster": "orders", "service": "orders-api", "desired": 6}
POLICY = session_policy(needs_of(SPEC, PARAMS, region="us-west-2", account="111122223333"))
ERRAND = Errand(run="orders-api-1122-abcde", step="scale_api", policy=POLICY)


@pytest.fixture(autouse=True)
def own_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No file of this host may leak in."""
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOWN")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)


def test_a_step_asks_for_credentials_of_its_own(cloud: LocalCloud) -> None:
    """Regional endpoint, the person as source identity, run and step as tags, its policy, fifteen minutes."""
    clouds, asked = listening(cloud)

    scale(for_step(clouds, external_id="s3cret"))

    (said,) = asked
    assert said["RoleArn"] == ROLE
    assert said["SourceIdentity"] == "alice-kim"
    assert said["DurationSeconds"] == 900
    assert said["ExternalId"] == "s3cret"
    assert {each["Key"]: each["Value"] for each in said["Tags"]} == {
        "run": "orders-api-1122-abcde",
        "step": "scale_api",
    }
    assert allowed(said["Policy"]) == set(SPEC.permissions)
    assert "service/orders/orders-api" in said["Policy"]


def test_one_step_asks_once_and_each_step_for_itself(cloud: LocalCloud) -> None:
    """Looks and calls of one step share its credentials; the next step has others."""
    clouds, asked = listening(cloud)
    first, second = for_step(clouds), for_step(clouds)

    scale(first)
    first.reader("ecs", "us-west-2").describe_services(cluster="orders", services=["orders-api"])
    scale(second)

    assert len(asked) == 2


def test_the_change_is_signed_with_what_was_granted(cloud: LocalCloud) -> None:
    """Not with the bot's own keys, which may do more."""
    writer: Any = for_step(AwsClouds(endpoint_url=cloud.url)).writer("ecs", "us-west-2")

    key = writer._request_signer._credentials.access_key

    assert key.startswith("ASIA")
    assert key != "AKIAOWN"


def test_without_a_role_nothing_is_asked(cloud: LocalCloud) -> None:
    """The bot's own credentials serve where a service names no role."""
    clouds, asked = listening(cloud)

    scale(clouds.for_step(None, person="alice", errand=ERRAND))

    assert asked == []


def test_a_look_under_a_role_carries_the_external_id_and_no_policy(cloud: LocalCloud) -> None:
    """Looking is shared by many steps for an hour; only changes are narrowed."""
    clouds, asked = listening(cloud)
    aws = clouds.for_service(ROLE, person="alice", external_id="s3cret")

    aws.reader("ecs", "us-west-2").describe_services(cluster="orders", services=["orders-api"])

    (said,) = asked
    assert said["ExternalId"] == "s3cret"
    assert "Policy" not in said
    assert said["DurationSeconds"] == 3600


def test_nothing_is_said_that_was_not_given() -> None:
    """AWS refuses an empty external id."""
    assert details_of(None) == {}
    assert details_of(None, ERRAND)["DurationSeconds"] == STEP_SECONDS
    assert "ExternalId" not in details_of(None, ERRAND)


def listening(cloud: LocalCloud) -> tuple[AwsClouds, list[dict[str, Any]]]:
    """Clouds whose words to the regional STS are overheard; the local cloud answers them."""
    clouds = AwsClouds(endpoint_url=cloud.url)
    asked: list[dict[str, Any]] = []
    sts = clouds.client("sts", "us-west-2", "sts", None, "")
    sts.meta.events.register("provide-client-params.sts.AssumeRole", lambda params, **_: asked.append(dict(params)))
    return clouds, asked


def for_step(clouds: AwsClouds, external_id: str | None = None) -> Aws:
    """Access for one step."""
    return clouds.for_step(ROLE, person="alice kim", errand=ERRAND, external_id=external_id)


def scale(aws: Aws) -> None:
    aws.writer("ecs", "us-west-2").update_service(cluster="orders", service="orders-api", desiredCount=6)


def allowed(policy: str) -> set[str]:
    """Every permission that a session policy allows."""
    return {each for part in json.loads(policy)["Statement"] if part["Effect"] == "Allow" for each in part["Action"]}
