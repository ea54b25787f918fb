"""Puts together what `dr doctor` looks at, from the same settings that the bot runs with."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache

from bot.adapters.aws.alarm_queue import region_of
from bot.adapters.aws.sessions import AwsClouds
from bot.adapters.vitals.alarms import AlarmQueueProbe
from bot.adapters.vitals.aws import region_probes
from bot.adapters.vitals.environment import EnvironmentProbe
from bot.adapters.vitals.files import DiskProbe, RunbookProbe
from bot.adapters.vitals.journal import JournalProbe, remembered_by
from bot.adapters.vitals.redis import RedisProbe
from bot.adapters.vitals.slack import SlackProbe
from bot.local.redis import EmbeddedRedis
from bot.model.errors import UserError
from bot.model.service import Catalog
from bot.ports.vitals import Probe
from bot.runbook.library import Library
from bot.settings import Settings
from bot.slack.manifest import manifest
from bot.wiring.opening import load_library
from bot.wiring.store import JOURNAL


def probes(settings: Settings) -> Sequence[Sequence[Probe]]:
    """What is on this host and Redis; then, behind them, Slack, the alarm queue if there is one, each region of AWS.

    AWS's clients keep this process so busy while they are built that Redis would seem to be silent meanwhile.
    """

    @asynccontextmanager
    async def redis() -> AsyncIterator[str]:
        if settings.redis_url:
            yield settings.redis_url
            return
        server = EmbeddedRedis(settings.home).start()
        try:
            yield server.url
        finally:
            server.leave()

    clouds, library = AwsClouds(), cache(lambda: load_library(settings))
    catalog = _catalog(library)
    here = (
        EnvironmentProbe(settings.misspelt),
        DiskProbe(settings.home),
        RunbookProbe(library),
        JournalProbe(settings.home / JOURNAL),
        RedisProbe(redis, lambda: remembered_by(settings.home / JOURNAL), provider_keeps=settings.provider_keeps),
    )
    there: Sequence[Probe] = (
        SlackProbe(settings.slack, _scopes(), catalog.usergroups, _channels(settings, library)),
        *_alarm_queue(settings, clouds, catalog),
        *region_probes(clouds, catalog),
    )
    return here, there


def _alarm_queue(settings: Settings, clouds: AwsClouds, catalog: Catalog) -> list[AlarmQueueProbe]:
    """None where no alarms are expected by a queue."""
    url = settings.alarm_queue
    if not url:
        return []
    primaries = {service.primary_region for service in catalog.services.values()}
    return [AlarmQueueProbe(clouds, url, region_of(url, os.environ.get("AWS_REGION", "")), primaries)]


def _scopes() -> list[str]:
    return list(manifest()["oauth_config"]["scopes"]["bot"])


def _channels(settings: Settings, load: Callable[[], Library]) -> set[str]:
    """Every channel in which the bot may have something to say."""
    try:
        library = load()
    except UserError:
        return set()
    catalog = library.catalog
    told = {service.channel for service in catalog.services.values()}
    updated = {to for book in library.runbooks.values() if book.runbook.notify for to in book.runbook.notify.to}
    glass = {catalog.break_glass.channel} if catalog.break_glass else set()
    fallback = settings.slack.fallback_channel if settings.slack else ""
    return {name for name in told | updated | glass | {fallback} if name}


def _catalog(load: Callable[[], Library]) -> Catalog:
    """Empty when the catalogue cannot be read; the runbook probe says why."""
    try:
        return load().catalog
    except UserError:
        return Catalog(tiers={}, people={}, roles={}, services={})
