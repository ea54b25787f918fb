"""The environment, read once into one frozen value. Nothing else in the product looks at environment variables,

except botocore, which reads `AWS_*` by itself.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed has forgotten it

from bot.language import _
from bot.model.base import Frozen
from bot.model.errors import UserError

NAMES = (
    "DR_ALARM_QUEUE", "DR_CAPTURE_EMOJI", "DR_FALLBACK_CHANNEL", "DR_HOME", "DR_HTTP_PORT", "DR_LEASE", "DR_LOG",
    "DR_REDIS_DURABILITY", "DR_RUNBOOKS", "REDIS_URL", "SLACK_API_URL", "SLACK_APP_TOKEN", "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
)  # fmt: skip


class SlackSettings(Frozen):
    """How to reach Slack. Socket Mode with an app token, else HTTP with a signing secret."""

    bot_token: str
    app_token: str = ""
    signing_secret: str = ""
    api_url: str = "https://slack.com/api/"
    http_port: int = 3000
    proxy: str | None = None
    """Through which `api_url` is reached. Read here, since Slack's SDK takes any proxy and knows no `no_proxy`."""
    fallback_channel: str = ""
    """Where a run is told when its own channel is unknown or archived (`DR_FALLBACK_CHANNEL`)."""
    capture_emoji: str = "pushpin"
    """The reaction that puts a message on the timeline (`DR_CAPTURE_EMOJI`)."""

    def __repr__(self) -> str:
        return f"SlackSettings(api_url={self.api_url!r}, tokens hidden)"

    __str__ = __repr__


class Settings(Frozen):
    """The environment contract; see docs/operating.md."""

    slack: SlackSettings | None = None
    redis_url: str = ""
    """Empty: the embedded redis-server under `home`."""
    provider_keeps: bool = False
    """A managed Redis has no append-only file to show and keeps every write all the same (`DR_REDIS_DURABILITY`)."""
    runbooks: Path = Path("runbooks")
    home: Path = Path(".dr")
    lease: timedelta = timedelta(seconds=15)
    """How long a silent worker keeps a run before another takes it (`DR_LEASE`, seconds)."""
    log_json: bool = True
    alarm_queue: str = ""
    """URL of the SQS queue that alarms come by (`DR_ALARM_QUEUE`); empty for none."""
    misspelt: tuple[tuple[str, str], ...] = ()
    """Variables that nobody reads, each with the one of the contract that is nearly called so."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read the contract's variables; unset ones get their documented defaults.

        A value counts without the blanks and quotes around it: secrets are mounted with a line's end, and not every
        reader of an env file takes quotes away. Raises UserError naming a variable that cannot be meant.
        """
        environ = {**environ, **{name: _bare(environ[name]) for name in NAMES if name in environ}}
        token = environ.get("SLACK_BOT_TOKEN", "")
        api_url = _slashed(_address(environ, "SLACK_API_URL") or "https://slack.com/api/")
        slack = (
            SlackSettings(
                bot_token=token,
                app_token=environ.get("SLACK_APP_TOKEN", ""),
                signing_secret=environ.get("SLACK_SIGNING_SECRET", ""),
                api_url=api_url,
                proxy=proxy_for(api_url, environ),
                http_port=int(_number(environ, "DR_HTTP_PORT", 3000, 1, 65535)),
                fallback_channel=environ.get("DR_FALLBACK_CHANNEL", ""),
                capture_emoji=environ.get("DR_CAPTURE_EMOJI", "").strip(":") or "pushpin",
            )
            if token
            else None
        )
        return cls(
            slack=slack,
            redis_url=environ.get("REDIS_URL", ""),
            provider_keeps=_one_of(environ, "DR_REDIS_DURABILITY", "", "provider") == "provider",
            runbooks=Path(environ.get("DR_RUNBOOKS", "") or "runbooks"),
            home=Path(environ.get("DR_HOME", "") or ".dr"),
            lease=timedelta(seconds=_number(environ, "DR_LEASE", 15, 0.1, 3600)),
            log_json=_one_of(environ, "DR_LOG", "json", "text") == "json",
            alarm_queue=_address(environ, "DR_ALARM_QUEUE"),
            misspelt=_misspelt(environ),
        )


def proxy_for(url: str, environ: Mapping[str, str]) -> str | None:
    """The proxy that `http_proxy`, `https_proxy` and `no_proxy` name for this URL; None for a direct way."""
    parts = urlsplit(url)
    both = {name.lower(): value.strip() for name, value in sorted(environ.items())}  # lower case counts, as in curl
    proxy = both.get(f"{parts.scheme}_proxy")
    passed_by = proxy_bypass_environment(parts.hostname or "", {"no": both.get("no_proxy", "")})
    return None if not proxy or passed_by else proxy


def _misspelt(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Only what is near a name: a platform sets variables of its own, such as `DR_BOT_SERVICE_HOST`."""
    ours = ("DR_", "REDIS_", "SLACK_")
    strangers = sorted(name for name in environ if name.startswith(ours) and name not in NAMES)
    near = ((name, difflib.get_close_matches(name, NAMES, n=1, cutoff=0.8)) for name in strangers)
    return tuple((name, meant[0]) for name, meant in near if meant and meant[0] not in environ)


def _bare(value: str) -> str:
    bare = value.strip()
    return bare[1:-1].strip() if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'" else bare


def _number(environ: Mapping[str, str], name: str, default: float, least: float, most: float) -> float:
    text = environ.get(name, "")
    try:
        number = float(text) if text else default
    except ValueError:
        number = most + 1
    if not least <= number <= most:
        where = {"name": name, "text": repr(text), "least": f"{least:g}", "most": f"{most:g}"}
        raise UserError(_("{name} is {text}; it must be a number from {least} to {most}.", **where))
    return number


def _one_of(environ: Mapping[str, str], name: str, default: str, *others: str) -> str:
    """A word that is nearly right is refused: it would be the default without anybody noticing."""
    text = environ.get(name, "") or default
    if text not in (default, *others):
        words = ", ".join(word for word in (default, *others) if word)
        raise UserError(_("{name} is {text}; it may be: {words}.", name=name, text=repr(text), words=words))
    return text


def _address(environ: Mapping[str, str], name: str) -> str:
    text = environ.get(name, "")
    if text and not text.startswith(("https://", "http://")):
        raise UserError(_("{name} is {text}; it must begin with https:// or http://.", name=name, text=repr(text)))
    return text


def _slashed(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"
