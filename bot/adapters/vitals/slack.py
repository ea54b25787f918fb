"""How Slack is, seen from here: the tokens, the scopes they carry, and Socket Mode."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.language import told
from bot.ports.vitals import Vital
from bot.settings import SlackSettings

TOKENS = told(
    "Set SLACK_BOT_TOKEN to the Bot User OAuth Token (xoxb-…) and SLACK_APP_TOKEN to the app-level token (xapp-…)."
)
_PAGES = 20
"""Of a thousand channels each."""
INSTALL = told("Install the app from `dr manifest` and set SLACK_BOT_TOKEN to its bot token; see README.md.")


class SlackProbe:
    """Asks Slack who we are, and what we may do of what the manifest asks for."""

    name = "slack"
    remedy = told("Check that SLACK_API_URL (or slack.com) can be reached from here, and the proxy settings.")

    def __init__(
        self,
        settings: SlackSettings | None,
        scopes: Collection[str],
        usergroups: Mapping[str, str] | None = None,
        channels: Collection[str] = (),
    ) -> None:
        self._settings = settings
        self._scopes = scopes
        self._channels = {name.removeprefix("#") for name in channels if name.startswith("#")}
        """Those that are told by their names; an id is known to be meant."""
        self._usergroups = usergroups or {}

    async def look(self) -> Sequence[Vital]:
        if self._settings is None:
            seen = told("off: SLACK_BOT_TOKEN is not set; the command line works without it")
            return [Vital(name="slack", state="warning", seen=seen, remedy=INSTALL)]
        if self._settings.bot_token.startswith("xapp-"):
            seen = told("SLACK_BOT_TOKEN holds an app-level token")
            return [Vital(name="slack", state="failed", seen=seen, remedy=TOKENS)]
        return [*await self._bot(self._settings), await self._delivery(self._settings)]

    async def _bot(self, settings: SlackSettings) -> list[Vital]:
        client = client_of(settings, settings.bot_token)
        try:
            answer = await client.auth_test()
        except SlackApiError as refused:
            return [Vital(name="slack", state="failed", seen=f"auth.test: {refused.response['error']}", remedy=INSTALL)]
        vitals = [
            Vital(name="slack", state="ok", seen=told("{user} in {team}", user=answer["user"], team=answer["team"]))
        ]
        headers = {name.lower(): value for name, value in answer.headers.items()}
        granted = headers.get("x-oauth-scopes")
        if granted is not None:
            vitals.append(self._granted(granted))
        fed = [await self._fed(client)] if self._usergroups else []
        return [*vitals, *fed, *([await self._told(client)] if self._channels else [])]

    async def _told(self, client: AsyncWebClient) -> Vital:
        """Whether each channel that runs are told in can be found. A private one is invisible to those outside."""
        name, missing, cursor = "slack channels", set(self._channels), ""
        try:
            for _page in range(_PAGES):
                answer = await client.conversations_list(
                    exclude_archived=True, types="public_channel,private_channel", limit=1000, cursor=cursor
                )
                missing -= {str(channel.get("name")) for channel in answer["channels"]}
                cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
                if not missing or not cursor:
                    break
        except SlackApiError as refused:
            why = f"conversations.list: {refused.response['error']}"
            remedy = told("Update the app from `dr manifest` and reinstall it to the workspace.")
            return Vital(name=name, state="failed", seen=why, remedy=remedy)
        if missing:
            remedy = told(
                "Create the channel, or invite the bot if it is private (/invite @dr), or correct the name in "
                "catalog.yaml or DR_FALLBACK_CHANNEL."
            )
            gone = sorted(f"#{channel}" for channel in missing)
            return Vital(name=name, state="failed", seen=told("not found: {channels}", channels=gone), remedy=remedy)
        return Vital(name=name, state="ok", seen=told("all {count} found", count=len(self._channels)))

    async def _fed(self, client: AsyncWebClient) -> Vital:
        """Whether each user group that feeds one of the catalogue's groups exists."""
        name = "slack user groups"
        try:
            answer = await client.usergroups_list(include_disabled=False)
        except SlackApiError as refused:
            remedy = told("Update the app from `dr manifest` and reinstall it to the workspace.")
            why = f"usergroups.list: {refused.response['error']}"
            return Vital(name=name, state="failed", seen=why, remedy=remedy)
        known = {str(group["id"]) for group in answer["usergroups"] if not group.get("date_delete")}
        gone = sorted(f"{id_} ({group})" for group, id_ in self._usergroups.items() if id_ not in known)
        if gone:
            remedy = told("Correct `slack_usergroup` under `groups` in catalog.yaml, or enable the group in Slack.")
            return Vital(name=name, state="failed", seen=told("not in Slack: {groups}", groups=gone), remedy=remedy)
        return Vital(name=name, state="ok", seen=told("all {count} found", count=len(self._usergroups)))

    def _granted(self, granted: str) -> Vital:
        missing = sorted(set(self._scopes) - {scope.strip() for scope in granted.split(",")})
        if not missing:
            return Vital(name="slack scopes", state="ok", seen=told("all {count} granted", count=len(self._scopes)))
        remedy = told("Update the app from `dr manifest` and reinstall it to the workspace.")
        return Vital(name="slack scopes", state="failed", seen=told("missing {scopes}", scopes=missing), remedy=remedy)

    async def _delivery(self, settings: SlackSettings) -> Vital:
        name = "slack delivery"
        if not settings.app_token:
            how = told("HTTP on port {port}, /slack/events", port=settings.http_port)
            if settings.signing_secret:
                return Vital(name=name, state="ok", seen=how)
            remedy = told("Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP.")
            seen = told("neither an app token nor a signing secret")
            return Vital(name=name, state="failed", seen=seen, remedy=remedy)
        if settings.app_token.startswith("xox"):
            seen = told("SLACK_APP_TOKEN holds a token that is not app-level")
            return Vital(name=name, state="failed", seen=seen, remedy=TOKENS)
        try:
            await client_of(settings, settings.app_token).apps_connections_open(app_token=settings.app_token)
        except SlackApiError as refused:
            remedy = told("Make an app-level token with connections:write, and turn Socket Mode on.")
            return Vital(name=name, state="failed", seen=f"Socket Mode: {refused.response['error']}", remedy=remedy)
        return Vital(name=name, state="ok", seen="Socket Mode")


def client_of(settings: SlackSettings, token: str) -> AsyncWebClient:
    """A client that asks once, gives up soon, and takes the proxy that the settings name and no other."""
    client = AsyncWebClient(token, base_url=settings.api_url, timeout=5, retry_handlers=[])
    client.proxy = settings.proxy
    return client
