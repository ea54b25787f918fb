"""Whether a region serves an app: it is up, tasks run there, and the database's writer is there and available."""

from __future__ import annotations

from bot.local.cloud.services import ecs, rds
from bot.local.cloud.world import App, World


def trouble(world: World, app: App, region: str) -> str | None:
    """Why `region` does not serve `app`, or None when it does."""
    if world.weather.is_down(region):
        return f"{region} does not answer"
    if ecs.running(region, app.cluster, app.service) == 0:
        return f"no task of {app.service} is running in {region}"
    return rds.no_writer(world, app.global_cluster, region)
