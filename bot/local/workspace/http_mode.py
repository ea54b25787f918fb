"""HTTP mode: the same payloads as signed requests to the app's request URL, for apps without Socket Mode."""

from __future__ import annotations

import hashlib
import hmac
import json
from urllib.parse import urlencode

import aiohttp

from bot.local.workspace.delivery import ACK_SECONDS, EnvelopeKind, NotDelivered
from bot.local.workspace.kinds import Clock, Json


class HttpRequests:
    """Posts every payload to `url`, signed with `signing_secret`, and reads the acknowledgement from the answer."""

    def __init__(self, url: str, signing_secret: str, clock: Clock, ack_seconds: float = ACK_SECONDS) -> None:
        self.url = url
        self.ack_seconds = ack_seconds
        self._secret = signing_secret
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def deliver(self, kind: EnvelopeKind, payload: Json, *, attempt: int = 0, reason: str = "") -> Json:
        """Send one signed request; returns what its answer holds, empty for an empty one."""
        body, content_type = encoded(kind, payload)
        headers = signed_headers(self._secret, body, int(self._clock())) | {"Content-Type": content_type}
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": f"http_{reason}"}
        if self._session is None:
            self._session = aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(total=self.ack_seconds)
        try:
            async with self._session.post(self.url, data=body, headers=headers, timeout=timeout) as answer:
                if answer.status != 200:
                    raise NotDelivered("dispatch_failed")
                return read_ack(await answer.text())
        except TimeoutError:
            raise NotDelivered("operation_timeout") from None
        except aiohttp.ClientError:
            raise NotDelivered("dispatch_failed") from None

    async def close(self) -> None:
        """Close the connections to the app."""
        if self._session is not None:
            await self._session.close()


def encoded(kind: EnvelopeKind, payload: Json) -> tuple[bytes, str]:
    """A payload as Slack sends it: a form for commands, a form holding JSON for interactions, JSON for events."""
    match kind:
        case "slash_commands":
            return urlencode(payload).encode(), "application/x-www-form-urlencoded"
        case "interactive":
            return urlencode({"payload": json.dumps(payload)}).encode(), "application/x-www-form-urlencoded"
        case "events_api":
            return json.dumps(payload).encode(), "application/json"


def signed_headers(secret: str, body: bytes, now: int) -> dict[str, str]:
    """Slack's v0 signature over timestamp and body."""
    base = f"v0:{now}:".encode() + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(now), "X-Slack-Signature": f"v0={digest}"}


def read_ack(text: str) -> Json:
    """An answer's body as an acknowledgement: JSON, or plain words for a command."""
    if not text.strip():
        return {}
    try:
        body = json.loads(text)
    except ValueError:
        return {"text": text}
    return body if isinstance(body, dict) else {"text": text}
