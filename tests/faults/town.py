"""A town of six people around one run: they vote, break glasses, join and leave groups, lose accounts, and time passes.

Promises: everything that decides is the product's own code; whether a step may begin is judged a second time by an
oracle that shares nothing with it but the facts: who said what, when, typed how, being in which groups then and now.
Refuses to know Redis and Slack: histories are played in memory, thousands a second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import permutations
from typing import Literal, get_args

from bot.approval import authorize, floor, glass, votes
from bot.approval.authorize import Principal, Situation, Standing
from bot.engine import machine
from bot.model.action import Risk
from bot.model.base import replace
from bot.model.errors import Refused
from bot.model.events import (
    Fact,
    GateExpired,
    PersonChose,
    RunPaused,
    RunResumed,
    StepSettled,
    StepStarted,
    VoteCast,
)
from bot.model.people import BOT, Actor, Person
from bot.model.plan import GatePlan, NextLevel, Plan, PlannedStep
from bot.model.run import Run
from bot.model.service import BreakGlass, Catalog
from bot.model.step_run import Phase
from bot.model.tiers import Tier
from tests.builders import NOW, a_gate, a_plan, a_service, a_step, records_of

NAMES = ("ann", "bob", "cay", "dan", "eva", "fay")
GROUPS = ("@leads", "@directors", "@owners", "@glass")
BOARD, OWNERS, NEXT = ("@leads", "@directors"), ("@owners",), ("@glass",)
PHRASE = "orders-global"
WHY = "nobody else of the board can be reached"
GLASS_LASTS = timedelta(minutes=6)
"""Shorter than a gate, so that it runs out while somebody still asks."""
LASTS = {Tier.R2: timedelta(minutes=15), Tier.R3: timedelta(minutes=10)}
Pick = Callable[[int], int]
"""A number below the given one."""

CONFIRM = a_gate(2, kind="confirm", groups=(), roles=(("ops", OWNERS), ("ic", BOARD)), expires=timedelta(minutes=15))
AUTHORED: Mapping[str, GatePlan | None] = {
    "nobody": None,
    "one": a_gate(1, groups=BOARD, expires=timedelta(minutes=12)),
    "two": a_gate(2, groups=BOARD, on_expiry="escalate", escalation=(NextLevel(groups=NEXT),)),
    "pair": CONFIRM.model_copy(
        update={
            "on_expiry": "escalate",
            "escalation": (NextLevel(groups=NEXT, place="ops"), NextLevel(groups=NEXT, place="ic")),
        }
    ),
}
"""What the author of the runbook asked for."""
STARTS: tuple[Mapping[str, tuple[str, ...]], ...] = (
    {"ann": ("@leads", "@owners"), "bob": ("@directors",), "cay": ("@owners",), "dan": (), "eva": ("@glass",),
     "fay": ("@leads",)},
    {"ann": ("@owners",), "bob": ("@leads",), "cay": ("@leads", "@directors"), "dan": ("@glass", "@owners"),
     "eva": (), "fay": ("@directors",)},
)  # fmt: skip


@cache
def person_of(name: str, groups: frozenset[str]) -> Person:
    return Person(id=name, name=name, groups=tuple(sorted(groups)))


CATALOG = Catalog(
    tiers={}, people={}, roles={}, services={},
    break_glass=BreakGlass(groups=("@glass",), channel="#leadership", lasts=GLASS_LASTS),
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """One thing that one person tried; the oracle believes nothing else."""

    at: datetime
    who: str
    step: str
    round: int
    approves: bool
    sound: bool
    """The right plan, the right phrase, from a full member's account."""
    groups: frozenset[str]
    level: int = 0
    """How often the gate had turned to others by then."""
    alone: bool = False
    """With a broken glass, properly."""


@dataclass
class Town:
    """One run and everybody around it."""

    pick: Pick
    now: datetime = NOW
    groups: dict[str, set[str]] = field(default_factory=dict)
    standing: dict[str, Standing] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    opened: dict[tuple[str, int], datetime] = field(default_factory=dict)
    glasses: list[tuple[str, datetime]] = field(default_factory=list)
    """Properly broken ones."""
    expired: Counter[str] = field(default_factory=Counter)
    """How often a gate has turned to those who come next."""
    changed: set[str] = field(default_factory=set)
    """Steps of which the call has changed since they were asked about."""
    asleep: bool = False
    """The engine does not get its turn; people go on."""
    began: int = 0
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        start = STARTS[self.pick(len(STARTS))]
        self.groups = {name: set(start[name]) for name in NAMES}
        self.standing = dict.fromkeys(NAMES, "member")
        self.requester = NAMES[self.pick(len(NAMES))]
        names = list(AUTHORED)
        self.authored = {"flip": names[self.pick(2)], "promote": names[self.pick(len(names))]}
        self.run = fresh_run(self.authored["flip"], self.authored["promote"], self.requester)
        self.turn()

    # --- what may happen ----------------------------------------------------------------------------------------

    def person(self, name: str) -> Person:
        return person_of(name, frozenset(self.groups[name]))

    def vote(self, who: str, step: str, *, approves: bool, slip: Slip = "none") -> None:
        """Somebody hands a ballot in, perhaps a wrong one; the door looks at their account first."""
        state = self.run.steps[step]
        ballot = self._ballot(who, step, approves, slip)
        sound = slip == "none" or (slip == "phrase" and (state.gate_typed is None or not approves))
        sound = sound and state.phase is Phase.GATE and (step != "promote" or not approves or ballot.typed == PHRASE)
        alone = approves and any(name == who and self.now < until for name, until in self.glasses)
        self._note(who, step, approves, sound, ballot.round or 0, alone)
        try:
            self._enter(who)
            counted = votes.judge(self.run, ballot, self.now)
        except Refused:
            return
        self._cast(ballot, counted)

    def break_glass(self, who: str, step: str, *, flaw: Flaw = "none") -> None:
        """Somebody lifts the quorum, perhaps without a reason or with the wrong words."""
        ballot = self._ballot(who, step, True, "plan" if flaw == "plan" else "none")
        typed = PHRASE if flaw == "phrase" else f"break glass {self._phrase(step)}"
        ballot = votes.Ballot(step, ballot.person, "approve", ballot.plan_hash, typed, round=ballot.round)
        sound = flaw == "none" and self.standing[who] == "member" and "@glass" in self.groups[who]
        sound = sound and self.run.steps[step].phase is Phase.GATE
        self._note(who, step, True, sound, ballot.round or 0, sound)
        try:
            self._enter(who)
            fact = glass.broken(self.run, ballot, "urgent" if flaw == "reason" else WHY, self.catalog, self.now)
        except Refused:
            return
        if fact is not None:
            self.tell(fact)
        if sound:
            self.glasses.append((who, self.now + GLASS_LASTS))
        self._cast(ballot, votes.Counted(votes.GLASS, ()))

    def move(self, who: str, group: str) -> None:
        """The roster is edited: in when out, out when in."""
        self.groups[who] ^= {group}

    def account(self, who: str, standing: Standing) -> None:
        self.standing[who] = standing

    def wait(self, span: timedelta) -> None:
        self.now += span

    def pause(self) -> None:
        self.tell(RunResumed() if self.run.paused else RunPaused())

    def ask_again(self, step: str) -> None:
        """Somebody answers an expired or denied gate with: once more."""
        state = self.run.steps[step]
        if state.phase is Phase.ASKING and "retry" in state.choices:
            self.tell(PersonChose(step=step, choice="retry"))

    def change_the_call(self, step: str) -> None:
        """What would be sent is another thing now, whoever agreed to the old one."""
        planned = self.run.plan.step(step)
        other = planned.model_copy(update={"params": {**planned.params, "name": f"{planned.params.get('name')}x"}})
        if planned.kind != "uses":
            return
        plan = self.run.plan
        edited = plan.model_copy(update={"steps": tuple(other if each.id == step else each for each in plan.steps)})
        edited.__dict__["hash"] = plan.hash  # behind everybody's back: not even the plan's hash tells
        self.run = replace(self.run, plan=edited)
        self.changed.add(step)

    @property
    def catalog(self) -> Catalog:
        return CATALOG

    # --- the machine --------------------------------------------------------------------------------------------

    def turn(self) -> None:
        """Everything that follows by itself; each step that begins is judged by the oracle at that moment."""
        for _round in range(0 if self.asleep else 50):
            found = list(machine.moves(self.run, self.now, self._objection))
            if not found:
                return
            for move in found:
                if isinstance(move, machine.Write):
                    self.tell(move.fact)
                elif isinstance(move, machine.Begin):
                    self._begin(move.step)

    def tell(self, fact: Fact, by: str = "") -> None:
        actor = Actor(person=by, name=by, via="slack") if by else BOT
        self.run = self.run.foreseen(fact, self.now, 1, actor, seq=self.run.seq + 1)
        if isinstance(fact, GateExpired) and fact.then == "escalate":
            self.expired[fact.step] += 1
        if fact.kind == "gate_opened":
            self.opened[fact.step, fact.round] = self.now  # type: ignore[union-attr]
            self.changed.discard(fact.step)  # type: ignore[union-attr]

    def _begin(self, planned: PlannedStep) -> None:
        self.began += 1
        why = objection(self, planned.id)
        if why:
            self.wrong.append(f"{planned.id} began: {why}")
        self.tell(StepStarted(step=planned.id, attempt=1))
        self.tell(StepSettled(step=planned.id, seen="done"))

    def _objection(self, person: str, groups: tuple[str, ...], by_roster: bool) -> str:
        return "" if any(group in self.groups[person] for group in groups) else "{name} left"

    def _enter(self, who: str) -> None:
        authorize.must_be_allowed(Principal(self.person(who), self.standing[who]), "look", Situation())

    def _ballot(self, who: str, step: str, approves: bool, slip: Slip) -> votes.Ballot:
        state = self.run.steps[step]
        hash_ = {"plan": "0" * 64, "short": self.run.plan.hash[:4]}.get(slip, self.run.plan.hash)
        typed = "yes" if slip == "phrase" else state.gate_typed or ""
        round_ = state.round - 1 if slip == "round" else state.round
        return votes.Ballot(step, self.person(who), "approve" if approves else "deny", hash_, typed, round=round_)

    def _phrase(self, step: str) -> str:
        return self.run.steps[step].gate_typed or self.run.plan.service.name

    def _note(self, who: str, step: str, approves: bool, sound: bool, round_: int, alone: bool) -> None:
        sound = sound and self.standing[who] == "member"
        groups, level = frozenset(self.groups[who]), self.expired[step]
        self.said.append(Said(self.now, who, step, round_, approves, sound, groups, level, alone))

    def _cast(self, ballot: votes.Ballot, counted: votes.Counted) -> None:
        self.tell(
            VoteCast(
                step=ballot.step, round=self.run.steps[ballot.step].round, person=ballot.person.id,
                decision=ballot.decision, role=counted.role, plan_hash=self.run.plan.hash, fits=counted.fits,
            ),
            by=ballot.person.id,
        )  # fmt: skip


Slip = Literal["none", "plan", "short", "phrase", "round"]
Flaw = Literal["none", "reason", "phrase", "plan"]
SLIPS: tuple[Slip, ...] = get_args(Slip)
FLAWS: tuple[Flaw, ...] = get_args(Flaw)
STANDINGS: tuple[Standing, ...] = get_args(Standing)


_RUNS: dict[tuple[str, str, str], Run] = {}
"""Beginnings that were made before; a run is never edited."""


def fresh_run(flip: str, promote: str, requester: str) -> Run:
    """A run of three steps that nobody has voted on: the whole plan, one that disrupts, one that may lose data."""
    key = (flip, promote, requester)
    if key not in _RUNS:
        _RUNS[key] = Run.of(records_of(plan=_plan(*key)))
    return _RUNS[key]


def forget() -> None:
    """Beginnings are made anew: what makes them has been changed."""
    _RUNS.clear()


def _plan(flip: str, promote: str, requester: str) -> Plan:
    steps = (
        a_step("go", kind="approve", gate=a_gate(3, groups=BOARD)),
        a_step("flip", risk=Risk.DISRUPTIVE, gate=AUTHORED[flip], params={"name": "flip"}),
        a_step("promote", risk=Risk.DATA_LOSS, gate=AUTHORED[promote], params={"name": PHRASE}, needs=("go",)),
    )
    whole = floor.with_floor(steps, BOARD, OWNERS)
    free = tuple(step.model_copy(update={"needs": ()}) for step in whole)  # only the floor looks at what is above
    return a_plan(*free, requester=person_of(requester, frozenset()), service=a_service(owners=OWNERS))


# --- the oracle -------------------------------------------------------------------------------------------------


def objection(town: Town, step: str) -> str:
    """Why this step must not begin now; empty when it may. Written from the table of tiers, not from the code."""
    strict = step == "promote"
    lasts = min(LASTS[Tier.R3 if strict else Tier.R2], *(_author_lasts(town, step)))
    rounds = [round_ for name, round_ in town.opened if name == step]
    if not rounds:
        return "nobody was ever asked"
    last = max(rounds)
    opened = town.opened[step, last]
    heard = [
        said
        for said in town.said
        if (said.step, said.round) == (step, last) and opened <= said.at < opened + lasts and said.sound
    ]
    counted = [said for said in heard if _counts(town, said, strict)]
    first = {said.who: said for said in reversed(counted)}
    if any(not said.approves for said in first.values()):
        return "somebody said no"
    fine = [said for said in counted if said.approves and _still(town, said, strict)]
    if step in town.changed:
        return "what is sent is not what they agreed to"
    if not fine:
        return "nobody agreed"
    if town.now >= max(each.at for each in fine) + lasts:
        return "their word is too old"
    if any(each.alone and _holds(town, each.who) for each in fine):
        return ""
    return _quorum(town, step, strict, [each for each in fine if not each.alone])


def _counts(town: Town, said: Said, strict: bool) -> bool:
    """Whether this person's word is heard at all: of the groups that are asked, and not on their own request."""
    is_own = said.who == town.requester and said.approves
    return said.alone or (bool(said.groups & _voters(town, said.step, strict, said.level)) and not is_own)


def _voters(town: Town, step: str, strict: bool, level: int) -> set[str]:
    return set(BOARD) | (set(OWNERS) if strict else set()) | set(_joined(town, step, level, ""))


def _joined(town: Town, step: str, level: int, place: str) -> tuple[str, ...]:
    """Who may fill a place since nobody decided in time; of R3 nobody where owners alone decide."""
    author = town.authored[step]
    comes = {"two": ("",), "pair": ("ops", "ic")}.get(author, ())
    let_in = [each for each in comes[:level] if not (step == "promote" and each == "ops")]
    return NEXT if (let_in if place == "" else place in let_in) else ()


def _still(town: Town, said: Said, strict: bool) -> bool:
    """Whether they are still in a group that decides; a glass needs its own."""
    voters = _voters(town, said.step, strict, said.level)
    return _holds(town, said.who) if said.alone else bool(town.groups[said.who] & voters)


def _holds(town: Town, who: str) -> bool:
    return "@glass" in town.groups[who] and any(name == who and town.now < until for name, until in town.glasses)


def _quorum(town: Town, step: str, strict: bool, people: list[Said]) -> str:
    """Distinct people for everything that the author asked, and what R3 asks beside it."""
    author = AUTHORED[town.authored[step]]
    level = town.expired[step]
    if author is None:
        wanted: list[set[str]] = [set(BOARD)]
    elif author.kind == "confirm":
        wanted = [{*groups, *_joined(town, step, level, role)} for role, groups in author.roles]
    else:
        wanted = [{*author.groups, *_joined(town, step, level, "")}] * author.count
    then = {each.who for each in people}

    def fills(who: str, place: set[str]) -> bool:
        spoke_as = any(each.groups & place for each in people if each.who == who)
        return spoke_as and bool(town.groups[who] & place)

    if not any(all(map(fills, some, wanted)) for some in permutations(then, len(wanted))):
        return f"only {sorted(then)} agreed of whom the author asked"
    if strict and len(then) < 2:
        return "one person alone"
    if strict and not any(fills(who, set(OWNERS)) for who in then):
        return "no owner is among them"
    return ""


def _author_lasts(town: Town, step: str) -> Iterator[timedelta]:
    author = AUTHORED[town.authored[step]]
    yield author.expires if author is not None else timedelta.max


# --- histories --------------------------------------------------------------------------------------------------


def play(data: bytes) -> Town:
    """The history that these bytes spell; the same bytes, the same history."""
    left = iter(data)

    def pick(below: int) -> int:
        return next(left, 0) % below

    town = Town(pick)
    while (deed := next(left, None)) is not None and not town.wrong:
        act(town, deed, pick)
        town.turn()
    return town


WAITS = (timedelta(seconds=1), timedelta(minutes=4), timedelta(minutes=11), timedelta(minutes=59))


def act(town: Town, deed: int, pick: Pick) -> None:
    """One thing happens. Votes that are in order are the most frequent, so that steps do begin."""
    who, step = NAMES[pick(len(NAMES))], ("promote", "flip", "promote")[pick(3)]
    match deed % 16:
        case 0 | 1 | 2 | 3 | 4 | 5:
            town.vote(who, step, approves=True)
        case 6:
            town.vote(who, step, approves=True, slip=SLIPS[pick(len(SLIPS))])
        case 7:
            town.vote(who, step, approves=False, slip=SLIPS[pick(2)])
        case 8:
            town.break_glass(who, step)
        case 9:
            town.break_glass(who, step, flaw=FLAWS[pick(len(FLAWS))])
        case 10:
            town.move(who, GROUPS[pick(len(GROUPS))])
        case 11:
            town.account(who, STANDINGS[pick(len(STANDINGS))])
        case 12:
            town.wait(WAITS[pick(len(WAITS))])
        case 13 if pick(2):
            town.asleep = not town.asleep
        case 13:
            town.pause()
        case 14:
            town.ask_again(step)
        case _:
            town.change_the_call(step)
