"""The local cloud as a forward proxy for plain HTTP: what a user, or a health probe, gets from the apps of this world.

    curl -x http://127.0.0.1:<port> http://orders-api.us-west-2.internal.example.com/health

A regional name reaches its region; the users' name goes where Route 53 sends it. A region that is down keeps the
caller waiting.
"""

from __future__ import annotations

from typing import Any

from bot.local.cloud import control
from bot.local.cloud.services import route53
from bot.local.cloud.serving import running, trouble
from bot.local.cloud.weather import Fate
from bot.local.cloud.wire import Reply
from bot.local.cloud.world import App, World


def is_probe(environ: dict[str, Any]) -> bool:
    """Whether the request line carries an absolute URI, as only requests to a proxy do."""
    return str(environ.get("REQUEST_URI", "")).startswith("http://") and "HTTP_AUTHORIZATION" not in environ


def answer(world: World, host: str) -> Reply | Fate:
    """200 with a small JSON, 503 saying why, 502 for a name that nobody has, or the fate of a region that is down."""
    name = host.split(":", 1)[0].lower()
    for app in world.apps:
        region = route53.resolve(world, name) if name == app.host else app.region_of(name)
        if region is not None:
            return visit(world, app, region)
    return control.as_json({"status": "unknown-host", "host": name}, 502)


def visit(world: World, app: App, region: str) -> Reply | Fate:
    state = world.weather.region(region)
    if state.down and state.mode is not Fate.BROKEN:
        return state.mode
    wrong = trouble(world, app, region)
    about = {"app": app.name, "region": region, "tasks": running(app, region)}
    if wrong:
        return control.as_json(about | {"status": "failing", "reason": wrong}, 503)
    return control.as_json(about | {"status": "ok"})
