"""Reading what Slack answers when it refuses, and what helps against it."""

from __future__ import annotations

from slack_sdk.errors import SlackApiError

from bot.language import later

_OUTSIDE = later("The bot is not in this channel; invite it, or do this in another one.")
REMEDIES = {
    "invalid_auth": later("Check SLACK_BOT_TOKEN; it begins with xoxb- and stands under OAuth & Permissions."),
    "not_authed": later("Set SLACK_BOT_TOKEN; it begins with xoxb- and stands under OAuth & Permissions."),
    "account_inactive": later("The app was removed from the workspace; install it again."),
    "token_revoked": later("Install the app again and put the new token into SLACK_BOT_TOKEN."),
    "not_allowed_token_type": later("SLACK_APP_TOKEN must be an app-level token; it begins with xapp-."),
    "missing_scope": later("Apply the manifest again (dr manifest) and reinstall the app."),
    "not_in_channel": _OUTSIDE,
    "channel_not_found": _OUTSIDE,
}
"""What to do about Slack's errors, said with `_`."""
_AWAY = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})


def code_of(error: SlackApiError) -> str:
    """Slack's name of the error; empty for an answer that was not Slack's."""
    try:
        return str(error.response.get("error") or "")
    except (AttributeError, TypeError):
        return ""


def status_of(error: SlackApiError) -> int:
    """The HTTP status, from either of the SDK's two answers."""
    return int(getattr(error.response, "status_code", 0) or getattr(error.response, "status", 0) or 0)


def is_away(error: SlackApiError) -> bool:
    """Whether Slack itself is in trouble, so that the same is worth asking again."""
    return status_of(error) >= 500 or code_of(error) in _AWAY


def retry_after(error: SlackApiError) -> float:
    """Slack's Retry-After in seconds; one second when it names none."""
    headers = getattr(error.response, "headers", None) or {}
    found = next((value for name, value in headers.items() if str(name).lower() == "retry-after"), "1")
    try:
        return max(0.0, float(found))
    except ValueError:
        return 1.0


def details_of(error: SlackApiError) -> object:
    try:
        return (error.response.get("response_metadata") or {}).get("messages")
    except (AttributeError, TypeError):
        return None
