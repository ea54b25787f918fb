"""Everything a laptop needs to play a failover: Redis, AWS, Slack, and the bot as a process of its own.

Promises: free ports, a private home, and nothing left behind. The bot is started as in production, `dr serve` with the
environment contract set, and cannot tell the difference. Refuses to know the story that is played.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.local.child import Child
from bot.local.cloud import Cloud
from bot.local.redis import EmbeddedRedis
from bot.local.workspace.kinds import Json
from bot.local.workspace.seed import CHANNELS, PEOPLE, MemberSeed, Seed
from bot.local.workspace.server import Workspace
from bot.model.errors import Unavailable

ALARMS = MemberSeed("U0CLOUDWTCH", "cloudwatch", "CloudWatch", "Alarms", "UTC", 0)
"""Who posts alarms to the channel, as a monitoring app would."""
CONTRACT = ("SLACK_", "AWS_", "DR_", "REDIS_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
ALARM_QUEUE = "https://sqs.us-west-2.amazonaws.com/111122223333/dr-alarms"
"""Fed by the topic that the local cloud's alarms name."""
READY_WITHIN = 30.0  # seconds


@dataclass
class Parts:
    """What runs, and how to reach it."""

    home: Path
    redis: EmbeddedRedis
    cloud: Cloud
    slack: Workspace
    environ: dict[str, str]
    """The environment contract as the bot sees it."""
    bot: Child

    async def bot_is_ready(self) -> None:
        """Return once the bot listens to Slack. Raises Unavailable, with its last words, when it does not."""
        deadline = asyncio.get_running_loop().time() + READY_WITHIN
        while not self.slack.links.links:
            if self.bot.ended is not None:
                raise Unavailable(f"The bot ended while starting:\n{self.bot.last_words()}")
            if asyncio.get_running_loop().time() > deadline:
                raise Unavailable(f"The bot did not reach Slack in {READY_WITHIN:.0f} s:\n{self.bot.last_words()}")
            await asyncio.sleep(0.05)


@asynccontextmanager
async def open_parts(
    home: Path, *, port: int, manifest: Json, world: Path | None = None, more: Mapping[str, str] | None = None
) -> AsyncIterator[Parts]:
    """All parts, running; they are stopped in the reverse order. `more` goes to the bot's environment.

    What stands in `world` is in the local AWS too.
    """
    with EmbeddedRedis(home, tied_to_parent=True) as redis, Cloud(log=home / "cloud.log", also=world) as cloud:
        slack = Workspace(the_seed(manifest), rate_limits=True)
        await slack.serve(port=port)
        async with slack:
            slack.world.members[ALARMS.id].is_bot = True
            environ = contract(home, redis.url, cloud.url, slack) | {"DR_ALARM_QUEUE": ALARM_QUEUE} | dict(more or {})
            terminal(home).write_text(exports(environ))
            bot = Child([sys.executable, "-m", "bot", "serve"], environ, home / "bot.log")
            bot.start()
            try:
                yield Parts(home, redis, cloud, slack, environ, bot)
            finally:
                await asyncio.to_thread(bot.stop)


def the_seed(manifest: Json) -> Seed:
    """The small company, with its alarms in #incidents."""
    channels = tuple(
        replace(each, members=(*(each.members or ()), ALARMS.handle)) if each.name == "incidents" else each
        for each in CHANNELS
    )
    return Seed(people=(*PEOPLE, ALARMS), channels=channels, manifest=manifest)


def contract(home: Path, redis_url: str, cloud_url: str, slack: Workspace) -> dict[str, str]:
    """This process's environment, with every variable of the contract pointing at the local parts."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(CONTRACT)}
    runbooks = os.environ.get("DR_RUNBOOKS") or "runbooks"
    return kept | {
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "REDIS_URL": redis_url,
        "DR_HOME": str(home),
        "DR_RUNBOOKS": str(Path(runbooks).resolve()),
        **aws_environ(cloud_url),
        "http_proxy": cloud_url,  # health probes of *.example.com reach the local cloud, which answers for the region
        "no_proxy": "127.0.0.1,localhost",
    }


def terminal(home: Path) -> Path:
    """The file that makes another terminal part of what runs here: `. FILE`."""
    return home / "environment"


def exports(environ: Mapping[str, str]) -> str:
    """The environment contract as a shell reads it; nothing else of this process."""
    ours = sorted(name for name in environ if name.upper().startswith(CONTRACT))
    return "".join(f"export {name}={shlex.quote(environ[name])}\n" for name in ours)


def aws_environ(cloud_url: str) -> dict[str, str]:
    """Point botocore at the local cloud and at nothing else on this machine."""
    return {
        "AWS_ENDPOINT_URL": cloud_url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
