"""What every use case has on its desk: the ports, and the few moves that all of them share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.actions.catalogue import Catalogue
from bot.engine.failpoints import reach
from bot.language import _
from bot.model.case import is_case
from bot.model.errors import JournalConflict, NotFound, Refused, Unavailable, UserError
from bot.model.events import ActionRefused, Fact
from bot.model.people import Actor, Person
from bot.model.plan import Mode
from bot.model.records import Draft, Record
from bot.model.run import Run
from bot.ports.aws import Clouds
from bot.ports.cases import Cases
from bot.ports.clock import Clock
from bot.ports.dispatcher import Dispatcher
from bot.ports.doors import Doors
from bot.ports.journal import Head, Journals
from bot.ports.kept_files import KeptFiles
from bot.ports.standing import Standing
from bot.runbook.library import Library

Decide = Callable[[Run], Sequence[Fact]]
_ATTEMPTS = 20


@dataclass(frozen=True)
class Caller:
    """A person at a door."""

    person: Person
    via: str
    """`slack` or `cli`."""
    named: bool = False
    """In a terminal: given by name, and not by the login that the operating system knows."""

    @property
    def actor(self) -> Actor:
        return Actor(person=self.person.id, name=self.person.name, via=self.via)


@dataclass(frozen=True)
class Desk:
    """Everything a use case may touch."""

    library: Callable[[], Library]
    """The runbooks as they are on disk now."""
    actions: Catalogue
    journals: Journals
    dispatcher: Dispatcher
    clouds: Clouds
    clock: Clock
    doors: Doors | None = None
    """How Slack is, for those who come in by the command line."""
    cases: Cases | None = None
    """Whether something is a disaster: the questions, and how people answered them."""
    files: KeptFiles | None = None
    """Copies of files that belong to a run's story."""
    standing: Standing | None = None
    """What Slack says of groups and accounts, or said last."""

    async def records(self, run_id: str) -> Sequence[Record]:
        """The whole journal of a run; NotFound, with the nearest ids, when there is none. A case's is no run's."""
        records = await self.journals.read(run_id)
        if not records or is_case(run_id):
            raise NotFound("run", run_id, await self.journals.recent_runs())
        return records

    async def run(self, run_id: str) -> Run:
        return Run.of(await self.records(run_id))

    async def find_run(self, hint: str = "") -> Run:
        """The run meant by an id, a service's name, or nothing at all when only one is open.

        A service's name means its open live run first, then its open rehearsal, then its newest run.
        """
        open_ids = await self.journals.open_runs()
        if not hint:
            if len(open_ids) == 1:
                return await self.run(open_ids[0])
            raise UserError(_which(await self.runs(open_ids)))
        if await self.journals.head(hint) is not None:
            return await self.run(hint)
        known = await self.runs([*open_ids, *await self.journals.recent_runs()])
        own = [run for run in known if run.plan.service.name == hint]
        if not own and hint in self.library().catalog.services:
            raise UserError(_("{service} has no run yet.", service=hint))
        if not own:
            raise NotFound("run", hint, [*open_ids, *self.library().catalog.services])
        return min(own, key=_precedence)

    def ids_of(self, service: str, run_ids: Sequence[str]) -> list[str]:
        """Those of these run ids that are the service's, as far as an id can tell: `shop-api-…` is none of `shop`'s."""
        longer = [f"{name}-" for name in self.library().catalog.services if name.startswith(f"{service}-")]
        return [run for run in run_ids if run.startswith(f"{service}-") and not run.startswith(tuple(longer))]

    async def runs(self, run_ids: Sequence[str]) -> list[Run]:
        """Those of these runs that can be read."""
        return [Run.of(records) for records in await self.stories(run_ids)]

    async def stories(self, run_ids: Sequence[str]) -> list[Sequence[Record]]:
        """The journals of these runs, each once; one that is lost hides no other.

        Raises Unavailable when one is lost and none can be read.
        """
        asked = (self.journals.read(run_id) for run_id in dict.fromkeys(run_ids))
        found, lost = list[Sequence[Record]](), list[Unavailable]()
        for answer in await asyncio.gather(*asked, return_exceptions=True):
            match answer:
                case Unavailable():
                    lost.append(answer)
                case BaseException():
                    raise answer
                case _ if answer:
                    found.append(answer)
        if lost and not found:
            raise lost[0]
        return found

    async def tell(self, run_id: str, caller: Caller, decide: Decide) -> Run:
        """Append what `decide` says of the run as it is, and wake it.

        A refusal is written to the timeline before it is raised, so that every attempt is on record.
        """
        try:
            return await self._append(run_id, caller.actor, decide)
        except Refused as refusal:
            fact = ActionRefused(what=_what(decide), why=refusal.english, reason=refusal.reason)
            await self._append(run_id, caller.actor, lambda run: [fact])
            raise

    async def _append(self, run_id: str, actor: Actor, decide: Decide) -> Run:
        for _attempt in range(_ATTEMPTS):
            run = await self.run(run_id)
            facts = decide(run)
            drafts = [Draft(id=self.clock.new_id(), at=self.clock.now(), actor=actor, fact=fact) for fact in facts]
            if not drafts:
                return run
            reach("signal.before")
            try:
                head, records = await self.journals.append(run_id, drafts, at=tip(run), epoch=None)
            except JournalConflict:
                continue
            reach("signal.after")
            for record in records:
                run = run.after(record)
            if not head.owner and not run.status.is_over:
                reach("wake.before")
                await self.dispatcher.wake(run_id)
                reach("wake.after")
            return run
        raise UserError(_("The run is moving too fast to write to it; try again."))


def tip(run: Run) -> Head:
    """The head that a folded run stands on."""
    return Head(seq=run.seq, hash=run.head, epoch=run.epoch)


def _what(decide: Decide) -> str:
    return getattr(decide, "__name__", "act").strip("_").replace("_", " ")


def _precedence(run: Run) -> int:
    if run.status.is_over:
        return 2
    return 0 if run.plan.mode is Mode.LIVE else 1


def _which(runs: Sequence[Run]) -> str:
    if not runs:
        return _("No run is open. Start one with: failover <service>")
    names = ", ".join(f"{run.id} ({run.plan.service.name} {run.plan.kind})" for run in runs)
    return _("Which run? Open: {names}", names=names)
