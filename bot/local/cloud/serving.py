"""Whether a region serves an app: it is up, something runs there, and its data can be written there."""

from __future__ import annotations

from bot.local.cloud.motoapp import backend
from bot.local.cloud.services import autoscaling, cloudformation, ecs, rds
from bot.local.cloud.world import App, World


def trouble(world: World, app: App, region: str) -> str | None:
    """Why `region` does not serve `app`, or None when it does."""
    if world.weather.is_down(region):
        return f"{region} does not answer"
    if running(app, region) == 0:
        return f"no task of {app.service or app.group} is running in {region}"
    if app.stack:
        return without_database(region, app.stack)
    if app.global_cluster:
        return rds.no_writer(world, app.global_cluster, region)
    if app.table and app.table not in backend("dynamodb", region).tables:
        return f"{app.table} has no replica in {region}"
    return None


def without_database(region: str, name: str) -> str | None:
    """Why the stack's app cannot write: no stack, or its database is not there, not ready, or follows another."""
    stack = cloudformation.find_stack(region, name)
    if stack is None:
        return f"{name} has no stack in {region}"
    database = cloudformation.parameter(stack, "Database")
    instance = backend("rds", region).databases.get(database)
    if instance is None or instance.status != "available":
        return f"{database} is {instance.status if instance else 'not there'}"
    return f"{database} is a read replica" if instance.is_replica else None


def running(app: App, region: str) -> int:
    """How many tasks or instances could serve; as many as are needed where somebody else runs them."""
    if app.cluster:
        return ecs.running(region, app.cluster, app.service)
    if app.group:
        return autoscaling.in_service(region, app.group)
    return app.tasks_for_full_load
