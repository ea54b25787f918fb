"""`python -m bot.local.workspace --port 8065`: the local Slack workspace on its own, for trying a bot by hand."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import sys
from pathlib import Path

from bot.local.workspace.server import Workspace


async def run(options: argparse.Namespace) -> None:
    """Serve until interrupted, after saying where."""
    manifest = json.loads(options.manifest.read_text()) if options.manifest else None
    workspace = Workspace(
        manifest=manifest,
        rate_limits=options.rate_limits,
        http_request_url=options.http_request_url,
        signing_secret=options.signing_secret,
    )
    await workspace.serve(port=options.port)
    sys.stdout.write(
        f"page             {workspace.page_url}\n"
        f"SLACK_API_URL    {workspace.api_url}\n"
        f"SLACK_BOT_TOKEN  {workspace.bot_token}\n"
        f"SLACK_APP_TOKEN  {workspace.app_token}\n"
    )
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        await workspace.close()


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m bot.local.workspace", description="A local Slack workspace.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--manifest", type=Path, help="the app's manifest as JSON")
    parser.add_argument("--rate-limits", action="store_true", help="enforce Slack's rate tiers")
    parser.add_argument("--http-request-url", help="send signed HTTP requests there instead of using Socket Mode")
    parser.add_argument("--signing-secret", help="for HTTP mode")
    logging.basicConfig(level=logging.INFO, format="%(levelname)-8s %(message)s")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
