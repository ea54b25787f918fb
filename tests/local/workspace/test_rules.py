"""What Slack refuses: wrong tokens, missing scopes, spent triggers, too many calls, places the app is not in."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.local.workspace.faults import Fault
from bot.local.workspace.kinds import SlackError
from bot.local.workspace.methods.table import METHODS
from bot.local.workspace.person import Person
from bot.local.workspace.rates import Rates
from bot.local.workspace.seed import default_manifest
from bot.local.workspace.server import Workspace
from bot.local.workspace.triggers import Triggers
from tests.local.workspace.kit import Connect

HOME = {"type": "home", "blocks": []}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Plan"}, "blocks": []}


class Clock:
    """Wound by hand."""

    def __init__(self) -> None:
        self.now = 1_786_000_000.0

    def __call__(self) -> float:
        return self.now


async def refused(client: AsyncWebClient, method: str, **arguments: Any) -> str:
    """The error code of a call; `ok` when it worked."""
    try:
        await client.api_call(method, json=arguments)
    except SlackApiError as error:
        return str(error.response["error"])
    return "ok"


def a_client(slack: Workspace, token: str | None = None) -> AsyncWebClient:
    return AsyncWebClient(token=token or slack.bot_token, base_url=slack.api_url, retry_handlers=[])


@pytest.mark.parametrize(
    ("method", "arguments", "code"),
    [
        ("chat.postMessage", {"channel": "C0NOWHERE00", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0SECURITY0", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0INCIDENTS"}, "no_text"),
        ("chat.postMessage", {"channel": "C0GENERAL00", "text": "public"}, "ok"),
        ("chat.postMessage", {"channel": "U01ALICE00", "text": "direct"}, "ok"),
        ("chat.postMessage", {"channel": "C0INCIDENTS", "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ("chat.postMessage", {"channel": "C0INCIDENTS", "text": "x", "blocks": "not json"}, "invalid_blocks_format"),
        (
            "chat.postMessage",
            {"channel": "C0INCIDENTS", "text": "x", "attachments": [{}] * 101},
            "too_many_attachments",
        ),
        (
            "chat.postMessage",
            {"channel": "C0INCIDENTS", "blocks": [{"type": "markdown", "text": "x" * 6700}] * 2},
            "msg_blocks_too_long",
        ),
        ("chat.update", {"channel": "C0INCIDENTS", "ts": "1.000001", "text": "x"}, "message_not_found"),
        ("chat.delete", {"channel": "C0INCIDENTS", "ts": "1.000001"}, "message_not_found"),
        ("chat.postEphemeral", {"channel": "C0ORDERS000", "user": "U05ERIN000", "text": "x"}, "user_not_in_channel"),
        ("chat.postEphemeral", {"channel": "C0ORDERS000", "user": "U0NOBODY00", "text": "x"}, "user_not_found"),
        ("conversations.history", {"channel": "C0GENERAL00"}, "not_in_channel"),
        ("conversations.join", {"channel": "C0GENERAL00"}, "ok"),
        ("conversations.info", {"channel": "C0SECURITY0"}, "channel_not_found"),
        ("reactions.add", {"channel": "C0GENERAL00", "timestamp": "1.1", "name": "eyes"}, "not_in_channel"),
        ("pins.add", {"channel": "C0INCIDENTS"}, "no_item_specified"),
        (
            "bookmarks.add",
            {"channel_id": "C0INCIDENTS", "title": "x", "type": "link", "link": "nowhere"},
            "invalid_link",
        ),
        ("users.info", {"user": "U0NOBODY00"}, "user_not_found"),
        ("users.lookupByEmail", {"email": "nobody@northwind.example"}, "users_not_found"),
        ("users.lookupByEmail", {"email": "bob@northwind.example"}, "ok"),
        ("usergroups.users.list", {"usergroup": "S0NOBODY000"}, "no_such_subteam"),
        ("views.open", {"trigger_id": "never.minted", "view": MODAL}, "invalid_arguments"),
        ("views.update", {"view_id": "V0NOWHERE", "view": MODAL}, "not_found"),
        ("views.publish", {"user_id": "U01ALICE00", "view": HOME, "hash": "1.x"}, "hash_conflict"),
        ("views.publish", {"user_id": "U01ALICE00", "view": MODAL}, "invalid_arguments"),
        ("files.completeUploadExternal", {"files": [{"id": "F0NOWHERE"}]}, "file_not_found"),
        ("apps.connections.open", {}, "not_allowed_token_type"),
        ("api.test", {"error": "my_error"}, "my_error"),
        ("rtm.start", {}, "unknown_method"),
    ],
)
async def test_a_call_is_refused_as_slack_refuses_it(
    method: str, arguments: dict[str, Any], code: str, client: AsyncWebClient
) -> None:
    """Each in Slack's own code, and what is allowed passes."""
    assert await refused(client, method, **arguments) == code


async def test_invalid_blocks_say_where(client: AsyncWebClient) -> None:
    """The answer carries the JSON pointer, twice, as Slack's does."""
    header = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}

    with pytest.raises(SlackApiError) as error:
        await client.chat_postMessage(channel="C0INCIDENTS", text="x", blocks=[header])

    complaint = "must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    assert error.value.response["errors"] == [complaint]
    assert error.value.response["response_metadata"]["messages"] == [f"[ERROR] {complaint}"]


async def test_the_apps_own_message_is_updated_pinned_and_removed(client: AsyncWebClient, alice: Person) -> None:
    """Text marks it edited, a pin shows, blocks stay unless given, too long a text is refused, and it can go."""
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "card"}}]
    posted = await client.chat_postMessage(channel="C0INCIDENTS", text="one", blocks=blocks)
    at = {"channel": "C0INCIDENTS", "ts": posted["ts"]}

    await client.chat_update(**at, text="two")
    await client.pins_add(channel="C0INCIDENTS", timestamp=posted["ts"])
    shown = await alice.message(posted["ts"])
    too_long = await refused(client, "chat.update", **at, text="x" * 4001)
    twice = await refused(client, "pins.add", channel="C0INCIDENTS", timestamp=posted["ts"])
    await client.chat_delete(**at)

    assert (shown["text"], shown["pinned"], "edited" in shown) == ("two", True, True)
    assert shown["blocks"][0]["text"]["text"] == "card"
    assert (too_long, twice) == ("msg_too_long", "already_pinned")
    assert await alice.messages() == []


async def test_other_peoples_messages_are_not_the_apps_to_change(client: AsyncWebClient, alice: Person) -> None:
    """cant_update_message, cant_delete_message."""
    said = await alice.say("mine")
    at = {"channel": "C0INCIDENTS", "ts": said["ts"]}

    codes = [await refused(client, "chat.update", **at, text="x"), await refused(client, "chat.delete", **at)]

    assert codes == ["cant_update_message", "cant_delete_message"]


async def test_an_archived_channel_takes_nothing(slack: Workspace, client: AsyncWebClient) -> None:
    """is_archived for new messages, is_inactive for edits."""
    posted = await client.chat_postMessage(channel="C0INCIDENTS", text="before")
    slack.world.channel("incidents").is_archived = True

    post = await refused(client, "chat.postMessage", channel="C0INCIDENTS", text="x")
    edit = await refused(client, "chat.update", channel="C0INCIDENTS", ts=posted["ts"], text="x")

    assert (post, edit) == ("is_archived", "is_inactive")


async def test_history_and_replies_come_in_slacks_order_and_pages(client: AsyncWebClient) -> None:
    """History is newest first without replies unless broadcast; a thread is oldest first; cursors walk through."""
    first = (await client.chat_postMessage(channel="C0INCIDENTS", text="root"))["ts"]
    await client.chat_postMessage(channel="C0INCIDENTS", text="quiet", thread_ts=first)
    await client.chat_postMessage(channel="C0INCIDENTS", text="loud", thread_ts=first, reply_broadcast=True)
    await client.chat_postMessage(channel="C0INCIDENTS", text="last")

    pages = [page["messages"] async for page in await client.conversations_history(channel="C0INCIDENTS", limit=2)]
    thread = await client.conversations_replies(channel="C0INCIDENTS", ts=first)

    assert [[m["text"] for m in page] for page in pages] == [["last", "loud"], ["root"]]
    assert [m["text"] for m in thread["messages"]] == ["root", "quiet", "loud"]
    assert thread["messages"][0]["reply_count"] == 2


async def test_form_and_json_bodies_are_the_same(slack: Workspace, client: AsyncWebClient, alice: Person) -> None:
    """A form-encoded call with JSON strings in it does what the JSON body does."""
    blocks = '[{"type":"divider"}]'

    await client.api_call("chat.postMessage", data={"channel": "C0INCIDENTS", "text": "form", "blocks": blocks})

    [message] = await alice.messages()
    assert message["blocks"][0]["type"] == "divider"


@pytest.mark.parametrize(
    ("token", "code"), [("xoxb-other", "invalid_auth"), ("", "not_authed"), (None, "token_revoked")]
)
async def test_a_wrong_token_is_refused(token: str | None, code: str, slack: Workspace) -> None:
    """Unknown, absent, revoked."""
    if token is None:
        slack.tokens.revoked.add(slack.bot_token)
    client = AsyncWebClient(token=slack.bot_token if token is None else token, base_url=slack.api_url)

    assert await refused(client, "auth.test") == code


@pytest.mark.parametrize(
    "method", [name for name, method in METHODS.items() if method.scopes and method.token == "bot"]
)
async def test_every_method_asks_for_its_scope(method: str) -> None:
    """Without it: missing_scope, saying what was needed and what was provided."""
    manifest = default_manifest()
    manifest["oauth_config"]["scopes"]["bot"] = ["commands"]
    async with Workspace(manifest=manifest) as slack:
        with pytest.raises(SlackApiError) as error:
            await a_client(slack).api_call(method, json={"channel": "C0INCIDENTS", "text": "x"})

    answer = error.value.response
    assert (answer["error"], answer["provided"]) == ("missing_scope", "commands")
    assert answer["needed"] == ",".join(METHODS[method].scopes)
    assert answer.headers["X-OAuth-Scopes"] == "commands"


async def test_posting_outside_ones_channels_asks_for_chat_write_public() -> None:
    """Without that scope the app must be invited first."""
    manifest = copy.deepcopy(default_manifest())
    manifest["oauth_config"]["scopes"]["bot"].remove("chat:write.public")
    async with Workspace(manifest=manifest) as slack:
        code = await refused(a_client(slack), "chat.postMessage", channel="C0GENERAL00", text="x")

    assert code == "not_in_channel"


def test_a_trigger_is_good_once_and_for_three_seconds() -> None:
    """Spent twice: exchanged; spent late: expired."""
    clock = Clock()
    triggers = Triggers(clock)
    first, second = triggers.mint("U01ALICE00"), triggers.mint("U01ALICE00")

    triggers.spend(first)
    with pytest.raises(SlackError, match="exchanged_trigger_id"):
        triggers.spend(first)
    clock.now += 3.1

    with pytest.raises(SlackError, match="expired_trigger_id"):
        triggers.spend(second)


async def test_an_expired_trigger_opens_nothing(
    connect: Connect, alice: Person, slack: Workspace, app: AsyncApp
) -> None:
    """The same, seen by a Bolt app that thinks for too long."""
    codes: asyncio.Queue[str] = asyncio.Queue()
    slack.world.triggers.lifetime = -1.0

    @app.command("/dr")
    async def slow(ack: Any, body: Any, client: AsyncWebClient) -> None:
        await ack()
        codes.put_nowait(await refused(client, "views.open", trigger_id=body["trigger_id"], view=MODAL))

    await connect(app)

    await alice.command("/dr failover")

    assert await asyncio.wait_for(codes.get(), 5) == "expired_trigger_id"
    assert await alice.view() is None


def test_the_tiers_fill_up_and_drain() -> None:
    """Tier 2 takes 20 at once, then one every three seconds; posting takes three and then one a second."""
    clock = Clock()
    rates = Rates(clock)

    tier2 = [rates.wait_for("pins.add", 2, "C1") for _ in range(21)]
    posts = [rates.wait_for("chat.postMessage", 4, "C1") for _ in range(4)]
    elsewhere = rates.wait_for("chat.postMessage", 4, "C2")
    clock.now += 1
    after = rates.wait_for("chat.postMessage", 4, "C1")

    assert tier2 == [0.0] * 20 + [pytest.approx(3.0)]
    assert posts == [0.0] * 3 + [pytest.approx(1.0)]
    assert (elsewhere, after) == (0.0, 0.0)


async def test_too_many_posts_get_429_with_retry_after() -> None:
    """The fourth message in a second is not posted, and says when to come back."""
    async with Workspace(rate_limits=True, clock=Clock()) as slack:
        client = a_client(slack)
        for _ in range(3):
            await client.chat_postMessage(channel="C0INCIDENTS", text="x")

        with pytest.raises(SlackApiError) as error:
            await client.chat_postMessage(channel="C0INCIDENTS", text="x")

    assert error.value.response.status_code == 429
    assert error.value.response["error"] == "ratelimited"
    assert error.value.response.headers["Retry-After"] == "1"
    assert len(slack.world.channel("incidents").messages) == 3


@pytest.mark.parametrize(
    ("fault", "applied"),
    [
        (Fault("status", "chat.*", 1, status=503), 0),
        (Fault("error", "chat.*", 1, code="fatal_error"), 0),
        (Fault("drop_before", "chat.*", 1), 0),
        (Fault("drop_after", "chat.*", 1), 1),
        (Fault("ratelimited", "chat.*", 1, seconds=7), 0),
        (Fault("delay", "chat.*", 1, seconds=0.01), 1),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
async def test_a_bad_day_strikes_once_and_is_over(fault: Fault, applied: int, slack: Workspace) -> None:
    """The call fails (or is late) as asked, the message is there or not, and the next call works."""
    slack.faults.add(fault)
    client = a_client(slack)

    try:
        await client.chat_postMessage(channel="C0INCIDENTS", text="x")
        worked = True
    except Exception:
        worked = False
    there = len(slack.world.channel("incidents").messages)
    await client.chat_postMessage(channel="C0INCIDENTS", text="x")

    assert (worked, there) == (fault.kind == "delay", applied)


async def test_a_page_from_elsewhere_cannot_act_here(slack: Workspace, alice: Person) -> None:
    """A foreign Origin (another site) or Host (DNS rebinding) is turned away from people's door."""
    async with aiohttp.ClientSession() as session:
        url = f"{slack.page_url}people/alice/say"
        body = {"channel": "incidents", "text": "forged"}
        statuses = [
            (await session.post(url, json=body, headers=headers)).status
            for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"})
        ]

    assert statuses == [403, 403]
    assert await alice.messages() == []
