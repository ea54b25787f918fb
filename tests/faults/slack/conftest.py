"""The Slack room's bench, for its bad days."""

from __future__ import annotations

from tests.slack.conftest import bench, folder, redis, redis_url

__all__ = ["bench", "folder", "redis", "redis_url"]
