"""Whether users are served: the one judgement that probes, alarms and health checks share.

A region serves an app when it is up, tasks are running there, and the database's writer is there and available.
Users are served as well as the regions are to which Route 53 sends them, and no better than the running tasks can
carry.
"""

from __future__ import annotations

from typing import Any

from bot.local.cloud.services import ecs, rds, route53
from bot.local.cloud.world import App, World


def trouble(world: World, app: App, region: str) -> str | None:
    """Why `region` does not serve `app`, or None when it does."""
    if world.weather.is_down(region):
        return f"{region} does not answer"
    if ecs.running(region, app.cluster, app.service) == 0:
        return f"no task of {app.service} is running in {region}"
    return rds.no_writer(world, app.global_cluster, region)


def success_ratio(world: World, app: App) -> float:
    """The share of users' requests that succeed, 0 to 1."""
    return sum(
        share * success_in(world, app, region, share) for region, share in route53.shares(world, app.host).items()
    )


def success_in(world: World, app: App, region: str, share: float) -> float:
    if share == 0 or trouble(world, app, region):
        return 0.0
    return min(1.0, ecs.running(region, app.cluster, app.service) / (app.tasks_for_full_load * share))


def report(world: World, app: App) -> dict[str, Any]:
    return {
        "name": app.name,
        "success_ratio": round(success_ratio(world, app), 4),
        "shares": route53.shares(world, app.host),
        "regions": {region: trouble(world, app, region) or "serving" for region in app.regional_hosts},
    }
