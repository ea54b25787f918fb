"""Reading what Slack answers when it refuses."""

from __future__ import annotations

from slack_sdk.errors import SlackApiError


def code_of(error: SlackApiError) -> str:
    """Slack's name of the error; empty for an answer that was not Slack's."""
    try:
        return str(error.response.get("error") or "")
    except (AttributeError, TypeError):
        return ""


def status_of(error: SlackApiError) -> int:
    """The HTTP status, from either of the SDK's two answers."""
    return int(getattr(error.response, "status_code", 0) or getattr(error.response, "status", 0) or 0)


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
