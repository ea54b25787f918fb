"""What stands in Slack, kept in memory by whoever leads and written through.

Promises: durable before it is believed. Messages that ask for several approvals are known with everybody in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.ports.sent import Sent, SentMessages
from bot.slack.desired import CALL, CARD
from bot.slack.letter import Letter, Place


class Ledger:
    """Per run, by the message's own key."""

    def __init__(self, sent: SentMessages) -> None:
        self._sent = sent
        self._known: dict[str, dict[str, Sent]] = {}
        self.refused: set[Place] = set()
        """Posts that Slack certainly did not take, so that nothing needs to be searched for."""

    async def of(self, run: str) -> Mapping[str, Sent]:
        """Everything sent for a run; read once."""
        if run not in self._known:
            self._known[run] = dict(await self._sent.load(run))
        return self._known[run]

    def known(self, run: str) -> Mapping[str, Sent]:
        """The same, as far as it was read already."""
        return self._known.get(run, {})

    def is_untried(self, letter: Letter) -> bool:
        """Whether Slack certainly never took it."""
        return letter.key not in self.known(letter.run) or letter.place in self.refused

    async def put(self, run: str, key: str, sent: Sent) -> None:
        """Remember, durably first."""
        await self._sent.put(run, key, sent)
        self._known.setdefault(run, {})[key] = sent

    async def put_all(self, letter: Letter, sent: Sent) -> None:
        """The letter, and all that travelled with it, stand in this message."""
        each_one = (letter, *letter.others)
        if letter.others and letter.desired.row is not None:
            await self.share([each.place for each in each_one], sent)
        for each in each_one:
            row = each.desired.row if letter.others else None
            digest = f"{CALL}{row.digest}" if row is not None else each.desired.message.digest
            await self.put(each.run, each.key, sent.model_copy(update={"digest": digest}))

    async def share(self, places: Sequence[Place], sent: Sent) -> None:
        """These requests stand in one message."""
        for number, (run, key) in enumerate(places):
            await self.put(_shared(sent), f"{number:03} {run} {key}", sent)

    async def sharing(self, sent: Sent) -> list[Place]:
        """Everybody in the message, in its order."""
        members = [name.split(" ", 2) for name in sorted(await self.of(_shared(sent)))]
        return [(run, key) for _number, run, key in members]

    async def thread(self, letter: Letter) -> str | None:
        """The card that the letter hangs under; None for a letter of the channel."""
        card = (await self.of(letter.run)).get(CARD)
        return card.ts if letter.desired.thread and card is not None and card.ts else None

    def forget(self, run: str) -> None:
        """Read it again when it is needed again."""
        self._known.pop(run, None)


def _shared(sent: Sent) -> str:
    return f"call-{sent.channel}-{sent.ts}"
