"""How well users are served: the judgement that alarms share, and that `/_cloud/world` reports.

Users are served as well as the regions to which Route 53 sends them, and no better than the running tasks can carry.
"""

from __future__ import annotations

from typing import Any

from bot.local.cloud.services import route53
from bot.local.cloud.serving import running, trouble
from bot.local.cloud.world import App, World


def success_ratio(world: World, app: App) -> float:
    """The share of users' requests that succeed, 0 to 1."""
    return sum(
        share * success_in(world, app, region, share) for region, share in route53.shares(world, app.host).items()
    )


def success_in(world: World, app: App, region: str, share: float) -> float:
    if share == 0 or trouble(world, app, region):
        return 0.0
    return min(1.0, running(app, region) / (app.tasks_for_full_load * share))


def report(world: World, app: App) -> dict[str, Any]:
    return {
        "name": app.name,
        "success_ratio": round(success_ratio(world, app), 4),
        "shares": route53.shares(world, app.host),
        "regions": {region: trouble(world, app, region) or "serving" for region in app.regional_hosts},
    }
