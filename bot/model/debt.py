"""What a run owes: changes that were made for an emergency and have to be taken back some day.

Values only; how they are read from a journal, and which plan pays them, is in bot/timeline/debts.py.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import JsonValue

from bot.model.action import Before
from bot.model.base import Frozen
from bot.model.text import Text


class PayBack(Frozen):
    """How a change is taken back: the action that does it, and what it needs to know."""

    action: str
    region: str
    params: dict[str, JsonValue]
    before: Before = {}
    """What was remembered right before the change; empty where the author wrote another way back."""


class Debt(Frozen):
    """One change that stands."""

    run: str
    step: str
    title: str
    action: str
    region: str
    change: Text
    """From what to what, in one line, as it was approved; empty when nobody could look."""
    keys: tuple[str, ...]
    """What was touched; whatever touches the same later takes this change over."""
    since: datetime
    """When it was sent."""
    pay_back: PayBack | None = None
    """None for what cannot be undone, and for what its action does not set back; then `instead` says what to do."""
    instead: Text = ""
    costs: Text = ""
    """What costs money while it stands; empty for nothing."""
    unsure: bool = False
    """Its outcome is not known: look first."""


class Payment(Frozen):
    """A debt, and the step that pays it."""

    debt: Debt
    step: str = ""
    """Empty: it stays open."""
