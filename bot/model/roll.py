"""What Slack last said of its user groups and accounts, and when: a value with its age.

Promises: pure; an answer is fresh for five minutes, counts for a day while Slack does not give a newer one, and for
nothing afterwards. Refuses to know how Slack is asked, and which gates take its word.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from bot.model.base import Frozen
from bot.model.people import Person

FRESH = timedelta(minutes=5)
"""Slack is not asked again before."""
LAPSES = timedelta(hours=24)
"""An answer that is older says nothing any more."""


class Membership(Frozen):
    """Who is in a user group."""

    usergroup: str
    """Slack's id, `S…`."""
    accounts: tuple[str, ...]
    """Slack user ids, `U…` or `W…`."""
    at: AwareDatetime


class Account(Frozen):
    """Whether an account is a full member's still."""

    account: str
    is_active: bool
    at: AwareDatetime


class Lent(Frozen):
    """What a vote rests on that no roster says: groups of which Slack said that the voter is in them."""

    groups: tuple[str, ...]
    at: AwareDatetime
    """When Slack said so; of several answers the oldest."""


class Roll(Frozen):
    """Everything that is known now, the groups by the name that runbooks know them by."""

    groups: dict[str, Membership] = {}
    accounts: dict[str, Account] = {}

    def lent(self, person: Person, groups: Iterable[str], now: datetime) -> Lent | None:
        """Of these groups, those that Slack says a person is in; None when there is none."""
        if person.slack is None:
            return None
        found = {
            group: self.groups[group].at
            for group in groups
            if group in self.groups and person.slack in self.groups[group].accounts
            if now - self.groups[group].at < LAPSES
        }
        return Lent(groups=tuple(found), at=min(found.values())) if found else None

    def with_lent(self, person: Person, groups: Iterable[str], now: datetime) -> Person:
        """The person, in the groups of the roster and in those that Slack lends."""
        lent = self.lent(person, groups, now)
        added = [group for group in lent.groups if group not in person.groups] if lent is not None else []
        return person.model_copy(update={"groups": (*person.groups, *added)}) if added else person

    def is_gone(self, person: Person) -> bool:
        """Whether Slack has said that the account is no full member's any more."""
        known = self.accounts.get(person.slack or "")
        return known is not None and not known.is_active

    def asked_at(self, groups: Iterable[str], accounts: Iterable[str]) -> datetime | None:
        """When Slack last said something of these; of several answers the oldest. None when it never did."""
        ages = [self.groups[group].at for group in groups if group in self.groups]
        ages += [self.accounts[account].at for account in accounts if account in self.accounts]
        return min(ages, default=None)


NOTHING = Roll()
"""Slack has said nothing: the roster alone decides."""


def unlisted_person(account: str, name: str) -> Person:
    """Somebody who is on no roster, as a person of their own account."""
    return Person(id=unlisted(account), name=name, slack=account)


def unlisted(account: str) -> str:
    """The person id of an account that no roster lists."""
    return f"slack:{account}"


def account_of(person: str) -> str:
    """The account in such an id; empty for people of the roster."""
    return person.removeprefix("slack:") if person.startswith("slack:") else ""
