"""What a person can do in a modal or on Home: click, choose, submit, close, and what the app's answer then does."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from bot.local.workspace import payloads
from bot.local.workspace.acts import Acts, clicked, find_element, remember
from bot.local.workspace.delivery import NotDelivered
from bot.local.workspace.inputs import complaints, merge_values
from bot.local.workspace.kinds import Json, SlackError
from bot.local.workspace.methods.views import checked_view, push, replace
from bot.local.workspace.state import Member, View

log = logging.getLogger(__name__)


class ModalActs:
    """The acts of people in views."""

    def __init__(self, acts: Acts) -> None:
        self.world = acts.world
        self.acts = acts

    async def click(
        self,
        user: Member,
        view_id: str | None,
        action_id: str,
        value: Any = None,
        block_id: str | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> Json:
        """Press or choose something in a view; `values` are what else was filled in so far."""
        view = self.view_of(user, view_id)
        self._fill_in(view, values or {})
        block, element = find_element(view.body["blocks"], action_id, block_id)
        action = clicked(element, block, value)
        state = view.body["state"]["values"]
        remember(state, state, block, element, action)
        return await self._reach(user, payloads.view_actions(self.world, user, view, action))

    async def submit(self, user: Member, view_id: str | None, values: Mapping[str, Any]) -> Json:
        """Submit a modal; returns `{"action": close|update|push|clear|errors, "errors": {block_id: sentence}}`."""
        view = self.view_of(user, view_id)
        self._fill_in(view, values)
        if refused := complaints(view.body["blocks"], view.body["state"]["values"]):
            return self._refuse(view, refused, "client")
        view.errors = {}
        ack = await self._reach(user, payloads.view_submission(self.world, user, view))
        return self._obey(user, view, ack)

    async def close(self, user: Member, view_id: str | None = None, everything: bool = False) -> None:
        """Close the top modal, or all of them; the app hears of it where it asked to."""
        stack = self.world.modals.get(user.id, [])
        top = self.view_of(user, view_id)
        cleared = everything or bool(top.body["clear_on_close"])
        closing = list(reversed(stack)) if cleared else [top]
        for view in closing:
            self._drop(view)
        for view in closing:
            if view.body["notify_on_close"]:
                await self._reach(user, payloads.view_closed(self.world, user, view, cleared))

    async def suggest(
        self, user: Member, action_id: str, typed: str, view_id: str | None, channel: str | None, ts: str | None
    ) -> list[Json]:
        """The options of an external select for what was typed so far."""
        if channel is not None and ts is not None:
            place = self.acts.channel_of(user, channel)
            message = self.acts.seen_message(user, place, ts)
            blocks = message["blocks"]
            container = {"type": "message", "message_ts": ts, "channel_id": place.id, "is_ephemeral": False}
            where: Json = {"container": container, "channel": payloads.channel_brief(place), "message": message}
        else:
            view = self.view_of(user, view_id)
            blocks = view.body["blocks"]
            where = {"container": {"type": "view", "view_id": view.id}, "view": view.body}
        block, element = find_element(blocks, action_id)
        asked = payloads.block_suggestion(self.world, user, where, block["block_id"], element["action_id"], typed)
        ack = await self._reach(user, asked)
        groups: list[Json] = ack.get("option_groups") or []
        options: list[Json] = ack.get("options") or [option for group in groups for option in group["options"]]
        return options

    def view_of(self, user: Member, view_id: str | None) -> View:
        """Somebody's view by id, else the modal on top; raises `not_found`."""
        stack = self.world.modals.get(user.id, [])
        if view_id is None:
            if not stack:
                raise SlackError("not_found", ["no modal is open"])
            return stack[-1]
        view = self.world.view(view_id)
        if view.user != user.id:
            raise SlackError("not_found")
        return view

    def _obey(self, user: Member, view: View, ack: Json) -> Json:
        action = ack.get("response_action")
        try:
            match action:
                case "errors":
                    return self._refuse(view, dict(ack.get("errors") or {}), "app")
                case "update":
                    replace(self.world, view, checked_view(self.world, ack.get("view"), "modal"))
                case "push":
                    push(self.world, user.id, checked_view(self.world, ack.get("view"), "modal"))
                case "clear":
                    for one in list(self.world.modals.get(user.id, [])):
                        self._drop(one)
                case _:
                    self._drop(view)
        except SlackError as refused:
            log.warning("response-action-refused: %s: %s %s", action, refused.code, refused.complaints)
            raise
        return {"action": action or "close"}

    def _refuse(self, view: View, errors: dict[str, str], by: str) -> Json:
        inputs = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
        if strangers := set(errors) - inputs:
            raise SlackError("invalid_response_errors", [f"{name} is not an input block" for name in sorted(strangers)])
        view.errors = errors
        self.world.feed.publish("view", view.user, view_id=view.id, what="errors")
        return {"ok": False, "error": "errors", "action": "errors", "errors": errors, "by": by}

    def _fill_in(self, view: View, values: Mapping[str, Any]) -> None:
        try:
            view.body["state"]["values"] = merge_values(view.body["blocks"], view.body["state"]["values"], values)
        except KeyError as unknown:
            raise SlackError("input_not_found", [str(unknown.args[0])]) from None

    def _drop(self, view: View) -> None:
        stack = self.world.modals.get(view.user, [])
        if view in stack:
            stack.remove(view)
            self.world.feed.publish("view", view.user, view_id=view.id, what="closed")

    async def _reach(self, user: Member, payload: Json) -> Json:
        try:
            return await self.acts.delivery.deliver("interactive", payload)
        except NotDelivered as failure:
            log.warning("not-acknowledged: %s of %s: %s", payload["type"], user.handle, failure.code)
            said = "We had some trouble connecting. Try again?"
            raise SlackError(failure.code, [said]) from None
