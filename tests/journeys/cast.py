"""Who plays in the journeys: seven people, each with a part, and the record of who did something.

Promises: everybody reads one language, in their own Slack and in the channel; a play in which fewer than four people
act fails. Refuses to know the story.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from bot.language import Language, _, _n, speaking
from bot.local.workspace.kinds import Json
from bot.local.workspace.person import Person
from bot.local.workspace.server import Workspace
from bot.local.workspace.state import Member
from bot.local.workspace.words import action_ids, text_of

LOCALES: dict[Language, str] = {"en": "en-GB", "ko": "ko-KR"}
FEWEST = 4
PARTS = {
    "alice": "incident commander, approves for the leads",
    "bob": "approves for the directors",
    "carol": "on call for the service: starts and operates",
    "dave": "tells those outside",
    "erin": "a guest of the payment provider",
    "fay": "product manager, on nobody's roster",
    "min": "approves for the directors, from Seoul",
}
FAY = Member("U07FAY0000", "fay", "Fay Osman", "Product manager", "Europe/Paris", 7200)
PEOPLE = """
people:
  alice: { name: Alice Kim, slack: U01ALICE00, groups: ["@sre-leads"] }
  bob: { name: Bob Osei, slack: U02BOB0000, groups: ["@eng-directors"] }
  carol: { name: Carol Díaz, slack: U03CAROL00, groups: ["@orders-sre"] }
  dave: { name: Dave Lund, slack: U04DAVE000, groups: ["@comms"] }
  min: { name: Park Min, slack: U06MIN0000, groups: ["@eng-directors"] }
roles:
  ic: { groups: ["@sre-leads", "@eng-directors"] }
  ops: { groups: ["@orders-sre"] }
  comms: { groups: ["@comms"] }
"""
"""The roster: who is in which group. Erin and Fay stand on none."""


@dataclass(frozen=True)
class Cast:
    """Everybody, at one workspace, reading one language."""

    slack: Workspace
    language: Language
    alice: Person
    bob: Person
    carol: Person
    dave: Person
    erin: Person
    fay: Person
    min: Person

    @property
    def acted(self) -> set[str]:
        """Who did something: typed, pressed, sent, reacted, opened; whoever only read did not."""
        return {who for who in PARTS if getattr(self, who).did}

    def says(self, text: str, **values: object) -> str:
        """The bot's words, in the language that is read here."""
        with speaking(self.language):
            return _(text, **values)

    def counts(self, one: str, many: str, count: int) -> str:
        """The bot's words with a number in them."""
        with speaking(self.language):
            return _n(one, many, count)

    async def hears(self, who: Person, text: str, **values: object) -> Json:
        """What only they can see in the channel, in their language."""
        words = self.says(text, **values)
        return await who.wait_for(lambda m: bool(m.get("is_ephemeral")) and words in text_of(m))

    async def reads(self, who: Person, text: str, **values: object) -> Json:
        """A form or an answer that opened for them, in their language."""
        words = self.says(text, **values)
        return await who.wait_for_view(lambda view: words in text_of(view))


@asynccontextmanager
async def a_cast(slack: Workspace, language: Language, channel: str = "C0INCIDENTS") -> AsyncIterator[Cast]:
    """Seat everybody at the workspace; after the play, see that it took at least four."""
    slack.world.members[FAY.id] = replace(FAY)
    slack.world.channel(channel).members.add(FAY.id)
    for member in slack.world.members.values():
        member.locale = LOCALES[language]
    async with AsyncExitStack() as seats:
        people = [await seats.enter_async_context(slack.person(who)) for who in PARTS]
        cast = Cast(slack, language, *people)
        yield cast
        assert len(cast.acted) >= FEWEST, f"only {sorted(cast.acted)} did something"


def has(action: str) -> Callable[[Json], bool]:
    """Whether a message or view offers this."""
    return lambda shown: action in action_ids(shown)


def form(callback: str) -> Callable[[Json], bool]:
    """Whether a view is this form."""
    return lambda view: bool(view["callback_id"] == callback)


def dates(shown: Json) -> list[int]:
    """Every moment that is shown in the reader's own zone."""
    return [int(moment) for moment in re.findall(r"<!date\^(\d+)\^", str(shown))]
