"""Files of a captured message are copied, so that what was shown is still there when Slack's copy is gone.

Promises: the token goes to Slack and nowhere else; a file that cannot be copied is told to the one who captured it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

import aiohttp
import structlog

from bot.language import _
from bot.model.errors import Unavailable, UserError
from bot.slack.kit import Json, escape
from bot.slack.listeners.guard import sentence
from bot.slack.listeners.turn import Turn
from bot.usecases.desk import Caller
from bot.usecases.keep_file import LARGEST, keep_file

log = structlog.get_logger()

MOST = 10
PATIENCE = aiohttp.ClientTimeout(total=30)


async def keep_attachments(turn: Turn, run_id: str, caller: Caller, message: Json, said_at: datetime) -> None:
    """Copy what hangs on the message."""
    files: Sequence[Json] = message.get("files") or []
    if turn.door.desk.files is None:
        return
    for file in files[:MOST]:
        name = str(file.get("name") or "file")
        try:
            content = await _download(turn, file)
            source = f"slack:{file.get('id', '')}"
            await keep_file(turn.door.desk, run_id, caller, name, content, source, said_at)
        except (UserError, Unavailable) as lost:
            log.warning("file-not-kept", run=run_id, file=file.get("id"), why=str(lost)[:200])
            words = _("{name} was not copied: {why}", name=escape(name), why=escape(str(lost)))
            await turn.whisper(sentence(words))


def is_slacks(url: str, base_url: str) -> bool:
    """Whether our token may be shown there: to Slack over TLS, or to the very host that we speak to anyway."""
    asked, ours = urlsplit(url), urlsplit(base_url)
    if (asked.scheme, asked.hostname, asked.port) == (ours.scheme, ours.hostname, ours.port):
        return True
    return asked.scheme == "https" and (asked.hostname or "").endswith((".slack.com", ".slack-edge.com"))


async def _download(turn: Turn, file: Json) -> bytes:
    client, url = turn.door.client, str(file.get("url_private_download") or file.get("url_private") or "")
    if int(file.get("size") or 0) > LARGEST:
        raise UserError(_("it is larger than {limit} MB.", limit=LARGEST // 1024 // 1024))
    if not is_slacks(url, client.base_url):
        raise UserError(_("it does not lie in Slack."))
    headers = {"Authorization": f"Bearer {client.token}"}
    try:
        async with (
            aiohttp.ClientSession(timeout=PATIENCE) as session,
            session.get(url, headers=headers, proxy=client.proxy, allow_redirects=False) as answer,
        ):
            if answer.status != 200:
                raise Unavailable(_("Slack answers with HTTP {status}.", status=answer.status))
            content = bytearray()
            async for chunk in answer.content.iter_chunked(64 * 1024):
                content += chunk
                if len(content) > LARGEST:  # it said that it was smaller
                    break
            return bytes(content)
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise Unavailable(_("Slack does not answer: {error}", error=type(error).__name__)) from error
