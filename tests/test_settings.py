"""The environment contract is read as documented."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model.errors import UserError
from bot.settings import NAMES, Settings, proxy_for


def test_an_empty_environment_has_the_documented_defaults() -> None:
    """Nothing set: no Slack, an embedded Redis under .dr, the runbooks here."""
    read = Settings.from_env({})

    assert read == Settings(
        slack=None,
        redis_url="",
        runbooks=Path("runbooks"),
        home=Path(".dr"),
        lease=timedelta(seconds=15),
        log_json=True,
    )


def test_the_alarm_queue_is_read() -> None:
    """Its address is the whole switch: without one nobody listens."""
    url = "https://sqs.us-west-2.amazonaws.com/111122223333/alarms"

    assert Settings.from_env({"DR_ALARM_QUEUE": url}).alarm_queue == url
    assert Settings.from_env({}).alarm_queue == ""


@pytest.mark.parametrize("around", ["{}\n", " {} ", '"{}"', "'{}'\n"])
def test_blanks_and_quotes_around_a_value_do_not_count(around: str) -> None:
    """A mounted secret ends with a line, and `docker run --env-file` leaves quotes where they are."""
    meant = {
        "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "REDIS_URL": "redis://:it's@h:1/0", "DR_HOME": "/dr",
        "DR_RUNBOOKS": "/etc/dr", "DR_LEASE": "5", "DR_LOG": "text", "DR_HTTP_PORT": "80", "DR_CAPTURE_EMOJI": ":pin:",
    }  # fmt: skip

    read = Settings.from_env({name: around.format(value) for name, value in meant.items()})

    assert read == Settings.from_env(meant)
    assert Settings.from_env({"SLACK_BOT_TOKEN": around.format("")}).slack is None


def test_tokens_are_read_and_never_shown() -> None:
    """The API's address gets its slash; printing the settings shows no token."""
    read = Settings.from_env(
        {"SLACK_BOT_TOKEN": "xoxb-secret", "SLACK_APP_TOKEN": "xapp-secret", "SLACK_API_URL": "http://127.0.0.1:1/api"}
    )

    assert read.slack is not None
    assert read.slack.api_url == "http://127.0.0.1:1/api/"
    assert "secret" not in f"{read!r} {read} {read.slack!r}"


@pytest.mark.parametrize(
    ("url", "environ", "proxy"),
    [
        ("https://slack.com/api/", {}, None),
        ("https://slack.com/api/", {"http_proxy": "http://p:1"}, None),
        ("https://slack.com/api/", {"https_proxy": "http://p:1"}, "http://p:1"),
        ("https://slack.com/api/", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ("https://slack.com/api/", {"HTTPS_PROXY": "http://p:1", "https_proxy": "http://q:1"}, "http://q:1"),
        ("https://slack.com/api/", {"https_proxy": " "}, None),
        ("https://slack.com/api/", {"https_proxy": "http://p:1", "no_proxy": "example.com,.slack.com"}, None),
        ("http://127.0.0.1:9/api/", {"http_proxy": "http://p:1", "no_proxy": "127.0.0.1,localhost"}, None),
        ("http://127.0.0.1:9/api/", {"http_proxy": "http://p:1", "NO_PROXY": "*"}, None),
        ("http://127.0.0.1:9/api/", {"http_proxy": "http://p:1", "no_proxy": "localhost"}, "http://p:1"),
    ],
)
def test_no_proxy_is_honoured(url: str, environ: dict[str, str], proxy: str | None) -> None:
    """The way to Slack follows the usual variables, as curl reads them."""
    assert proxy_for(url, environ) == proxy


@pytest.mark.parametrize(
    ("name", "text"),
    [("DR_LEASE", "soon"), ("DR_LEASE", "0"), ("DR_LEASE", "nan"), ("DR_HTTP_PORT", "99999"), ("DR_HTTP_PORT", "http")],
)
def test_a_number_that_cannot_be_meant_is_refused_by_name(name: str, text: str) -> None:
    """Whoever set it reads which variable it is, what it says, and what would do."""
    with pytest.raises(UserError, match=f"{name} is '{text}'; it must be a number from .* to "):
        Settings.from_env({"SLACK_BOT_TOKEN": "xoxb-1", name: text})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("DR_LOG", "yaml", "it may be: json, text"),
        ("DR_REDIS_DURABILITY", "yes", "it may be: provider"),
        ("SLACK_API_URL", "slack.internal/api/", "it must begin with https://"),
        ("DR_ALARM_QUEUE", "dr-alarms", "it must begin with https://"),
    ],
)
def test_a_word_that_cannot_be_meant_is_refused(name: str, text: str, said: str) -> None:
    """Nothing falls back to a default in silence; the sentence names the variable and what it may be."""
    with pytest.raises(UserError, match=f"{name} is {text!r}; {said}"):
        Settings.from_env({name: text})


@pytest.mark.parametrize(
    ("environ", "misspelt"),
    [
        ({"DR_LEESE": "3"}, (("DR_LEESE", "DR_LEASE"),)),
        (
            {"SLACK_BOT_TOKE": "xoxb-1", "DR_RUNBOOK": "/books"},
            (("DR_RUNBOOK", "DR_RUNBOOKS"), ("SLACK_BOT_TOKE", "SLACK_BOT_TOKEN")),
        ),
        ({"DR_RUNBOOK": "/books", "DR_RUNBOOKS": "/books"}, ()),
        ({"DR_BOT_SERVICE_HOST": "10.0.0.1", "REDIS_PORT": "tcp://10.0.0.2:6379", "DR_FAILPOINT": ""}, ()),
    ],
    ids=["lease", "two", "right beside it", "of the platform"],
)
def test_a_name_that_is_nearly_right_is_noticed(environ: dict[str, str], misspelt: tuple[tuple[str, str], ...]) -> None:
    """Nobody reads it, so that its default would hold without a word."""
    assert Settings.from_env(environ).misspelt == misspelt


def test_the_names_are_those_of_the_page() -> None:
    """A name that the contract gains is known here too."""
    page = (Path(__file__).parents[1] / "docs" / "operating.md").read_text(encoding="utf-8")

    assert set(NAMES) == set(re.findall(r"^\| `((?:DR|REDIS|SLACK)_\w+)`", page, re.MULTILINE))
