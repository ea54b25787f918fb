"""Which service? Asked when none was named, or one that nobody knows; the nearest names stand first.

Promises: only services that have a runbook for this kind of run are offered.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from slack_sdk.models.blocks import Block, InputBlock, Option, StaticSelectElement
from slack_sdk.models.views import View

from bot.language import _
from bot.model.service import Catalog, RunKind
from bot.slack.kit import Json, clip, escape, modal, plain, text
from bot.slack.views.words import KINDS

SUBMIT = "start.pick"
_MOST = 100
_BLOCK = "service"


def pick_form(kind: RunKind, catalog: Catalog, typed: str, about: str, problem: str = "") -> View:
    """`problem` says why it is asked; what was typed decides the order."""
    offered = [name for name, service in catalog.services.items() if kind in service.runbooks]
    near = difflib.get_close_matches(typed, offered, n=_MOST, cutoff=0.4) if typed else []
    names = [*near, *(name for name in offered if name not in near)][:_MOST]
    blocks: list[Block] = [text(escape(problem))] if problem else []
    if not names:
        words = _("No service has a runbook for this. They are named in catalog.yaml.")
        return modal(_(KINDS[kind]), [*blocks, text(words)])
    options = [Option(value=clip(name, 75), text=plain(name, 75)) for name in names]
    select = StaticSelectElement(action_id="value", options=options, initial_option=options[0] if near else None)
    blocks.append(InputBlock(block_id=_BLOCK, label=plain(_("Which service?"), 2000), element=select))
    return modal(_(KINDS[kind]), blocks, does=SUBMIT, submit=_("Go on"), close=_("Cancel"), about=about)


def picked_service(state: Mapping[str, Mapping[str, Json]]) -> str:
    """The name that was chosen; empty for a form that is not ours."""
    chosen = ((state.get(_BLOCK) or {}).get("value") or {}).get("selected_option") or {}
    return str(chosen.get("value") or "")
