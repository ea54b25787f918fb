"""The one grammar of both doors: a line of words becomes a command.

Promises: pure and total; every mistake is a UserError that names the nearest right word or the form to type.
Refuses to know who typed it, and whether the service or run exists.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal, get_args

from bot.language import _, later
from bot.model.errors import NotFound, UserError
from bot.model.events import Choice
from bot.model.service import RunKind

Verb = Literal[
    "failover", "failback", "restore", "drill", "status", "runs", "timeline", "export", "note", "pause", "resume",
    "abort", "assess", "dismiss", "claim", "handover", "accept", "update", "approve", "deny", "answer", "choose",
    "switch", "now", "glass", "review", "debt", "readiness", "help",
]  # fmt: skip
START_VERBS: tuple[RunKind, ...] = get_args(RunKind)
FORMATS = ("md", "json", "csv", "html")


@dataclass(frozen=True)
class Usage:
    """How a verb is typed, and what it does."""

    form: str
    says: str
    """Said with `_`."""
    example: str


USAGES: Mapping[Verb, Usage] = {
    "failover": Usage(
        "failover <service> [input=value …] [dry-run]",
        later("Plan a failover: shows what would happen and what it would cost. Nothing starts before you agree."),
        "failover orders-api mode=planned dry-run",
    ),
    "failback": Usage(
        "failback <service> [input=value …] [dry-run]", later("Plan the way home."), "failback orders-api"
    ),
    "restore": Usage("restore <service> [input=value …] [dry-run]", later("Plan a restore."), "restore batch-reports"),
    "drill": Usage("drill <service> [input=value …] [dry-run]", later("Plan a drill."), "drill orders-api"),
    "status": Usage("status [service or run]", later("Where a run stands and whom it waits for."), "status orders-api"),
    "runs": Usage("runs", later("Open runs, and the newest closed ones."), "runs"),
    "timeline": Usage("timeline [service or run]", later("What happened so far."), "timeline orders-api"),
    "debt": Usage(
        "debt [service or run]", later("What was changed and has to be taken back some day."), "debt orders-api"
    ),
    "readiness": Usage(
        "readiness [service]",
        later("Could it be recovered tomorrow? What is proven, by which run, and what is due."),
        "readiness orders-api",
    ),
    "export": Usage(
        "export [service or run] [md|json|csv|html]", later("The timeline as files."), "export orders-api md"
    ),
    "note": Usage(
        "note [service or run] <text>", later("Put a remark on the timeline."), "note support case 1780 is open"
    ),
    "pause": Usage("pause [service or run] [why]", later("Begin nothing new."), "pause orders-api"),
    "resume": Usage("resume [service or run] [why]", later("Go on after a pause."), "resume orders-api"),
    "abort": Usage(
        "abort [service or run] [rollback] [why]",
        later("End the run; you are told what that would do and asked again."),
        "abort orders-api rollback",
    ),
    "glass": Usage(
        "glass [service or run] <step> [why]",
        later("Break the glass: one person alone lets a step begin, in the open. You are asked again."),
        "glass orders-api promote_db",
    ),
    "review": Usage(
        "review [service or run] <what you found>",
        later("Write down what the review of a run found; or close a glass that somebody else has broken."),
        "review orders-api nobody else was awake; the call was right",
    ),
    "assess": Usage(
        "assess <service>",
        later("Is this a disaster? Shows the evidence, both costs and the deadline to decide."),
        "assess orders-api",
    ),
    "dismiss": Usage(
        "dismiss <service> <why>",
        later("Not a disaster; the reason stays on record."),
        "dismiss orders-api a bad deployment, rolled back",
    ),
    "claim": Usage(
        "claim [service or run] <role> [why]",
        later("Hold a role; one that somebody holds is taken with a reason."),
        "claim ic",
    ),
    "handover": Usage(
        "handover [service or run] <role> <@who>",
        later("Ask somebody to take your role over; you hold it until they say yes."),
        "handover ic @bob",
    ),
    "accept": Usage(
        "accept [service or run] <role>", later("Read the brief and take the role that was offered."), "accept ic"
    ),
    "update": Usage(
        "update [service or run] [where we are]",
        later("Tell those outside, after a preview."),
        "update the standby takes over",
    ),
    "approve": Usage(
        "approve [service or run] [step]", later("Read what you agree to, and agree."), "approve orders-api declare"
    ),
    "deny": Usage("deny [service or run] [step]", later("Say no, and why."), "deny orders-api declare"),
    "answer": Usage(
        "answer [service or run] [step]", later("Say that a step is done by hand."), "answer orders-api psp_allowlist"
    ),
    "choose": Usage(
        "choose [service or run] [step] <retry|skip|rollback|wait_on|go_on|sent|not_sent>",
        later("Decide for a step that needs a person; retry, skip and the others are words of their own, too."),
        "choose orders-api scale_workers retry",
    ),
    "switch": Usage(
        "switch [service or run] [input=value …]",
        later("Go on by another plan, such as from planned to unplanned: a new plan, and nothing approved yet."),
        "switch orders-api mode=unplanned",
    ),
    "now": Usage("now", later("What waits for you, what is open, and what you may do."), "now"),
    "help": Usage("help", later("The same, and this list."), "help"),
}
GROUPS: Mapping[str, tuple[Verb, ...]] = {
    later("Is it a disaster?"): ("assess", "dismiss"),
    later("Start"): ("failover", "failback", "restore", "drill"),
    later("See"): ("now", "help", "status", "runs", "timeline", "debt", "readiness", "export"),
    later("Decide"): ("approve", "deny", "answer", "choose", "glass"),
    later("Steer"): ("note", "pause", "resume", "switch", "abort"),
    later("Lead"): ("claim", "handover", "accept", "update", "review"),
}
"""All verbs, in the order in which an incident asks for them; the headings are said with `_`."""
CHOICES: tuple[Choice, ...] = get_args(Choice)
_CHOICE_WORDS = tuple(choice for choice in CHOICES if choice != "abort")
_VERBS: Mapping[str, Verb] = {
    **{verb: verb for verb in USAGES},
    "fail-over": "failover",
    "fail-back": "failback",
    "list": "runs",
    "?": "help",
    "": "now",
    **{word: "choose" for word in _CHOICE_WORDS},
}
_DRY_RUN = frozenset({"dry-run", "--dry-run", "-dry-run", "dry_run", "dryrun"})
"""One dash is what a phone leaves of two."""


@dataclass(frozen=True)
class Command:
    """What a person typed, understood."""

    verb: Verb
    target: str = ""
    """A service for starting verbs; a service, a run id or nothing for the others."""
    args: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    rollback: bool = False
    formats: tuple[str, ...] = ()
    step: str = ""
    choice: Choice | None = None
    text: str = ""
    """The free words: a note, a reason."""


def parse(line: str, services: Collection[str] = ()) -> Command:
    """Understand a line. `services` tells a run or service name from the first word of free text."""
    words = _words(line)
    name = words[0].text.lower() if words else ""
    verb = _verb(name, words, services)
    rest = words[1:]
    if verb in START_VERBS:
        return _start(verb, rest)
    if verb in ("help", "now", "runs"):
        return Command(verb)
    target, rest = _target(verb, rest, services)
    if verb == "note":
        return Command(verb, target, text=_remainder(line, rest))
    if verb == "export":
        return Command(verb, target, formats=tuple(_format(word.text) for word in rest))
    if verb == "abort":
        rollback = bool(rest) and _is_rollback(rest[0])
        return Command(verb, target, rollback=rollback, text=_remainder(line, rest[1:] if rollback else rest))
    if verb == "switch":
        return _switch(target, rest)
    if verb == "choose":
        return _choose(target, rest, name)
    if verb in _ABOUT_A_STEP:
        return Command(verb, target, step=rest[0].text if rest else "", text=_remainder(line, rest[1:]))
    if verb == "glass":
        if not rest:
            raise UserError(_("Which step? Type it like: {example}", example=USAGES[verb].example))
        return Command(verb, target, {"step": rest[0].text}, text=_remainder(line, rest[1:]))
    if verb in _FREE_WORDS:
        return Command(verb, target, text=_remainder(line, rest))
    if rest:
        raise UserError(
            _("I do not understand {word} here. Type it like: {form}", word=repr(rest[0].text), form=USAGES[verb].form)
        )
    return Command(verb, target)


@dataclass(frozen=True)
class _Word:
    text: str
    at: int


def _is_rollback(word: _Word) -> bool:
    return word.text.lower().lstrip("-") == "rollback"


_HABITS: Mapping[str, Verb] = {
    "ack": "approve", "cancel": "abort", "history": "timeline", "incident": "assess", "kill": "abort", "list": "runs",
    "log": "timeline", "plan": "failover", "recover": "failover", "reject": "deny", "run": "failover",
    "simulate": "drill", "start": "failover", "stop": "abort", "who": "status", "yes": "approve",
}  # fmt: skip
"""What other tools call these."""
_WORD = re.compile(r"""(?P<key>[A-Za-z_][\w-]*=)?(?:"(?P<quoted>[^"]*)"|(?P<bare>\S+))""")
_TYPED = str.maketrans(
    dict.fromkeys("“”„«»", '"')
    | dict.fromkeys("\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}", "-")
    | dict.fromkeys("`\N{NO-BREAK SPACE}\N{ZERO WIDTH SPACE}\N{WORD JOINER}\N{ZERO WIDTH NO-BREAK SPACE}", " ")
)
"""What phones and pages make of plain quotes, dashes and spaces. What is free or quoted stays as it was typed."""


def _words(line: str) -> list[_Word]:
    found = _WORD.finditer(line.translate(_TYPED))
    return [_Word((m["key"] or "") + (m["bare"] or line[slice(*m.span("quoted"))]), m.start()) for m in found]


def _verb(name: str, words: list[_Word], services: Collection[str]) -> Verb:
    if name in _VERBS:
        return _VERBS[name]
    if name in services:
        raise UserError(_("What should happen with {name}? For example: status {name}, or failover {name}", name=name))
    if name in _HABITS:
        raise NotFound("command", name, meant=_HABITS[name])
    raise NotFound("command", name, [*USAGES, *_CHOICE_WORDS], meant="help")


def _start(verb: Verb, words: list[_Word]) -> Command:
    target, pairs, dry_run = "", list[tuple[str, str]](), False
    for word in words:
        name, is_pair, value = word.text.partition("=")
        if word.text.lower() in _DRY_RUN:
            dry_run = True
        elif is_pair:
            pairs.append((name, value))
        elif not target:
            target = word.text.lower()
        else:
            raise UserError(
                _(
                    "I do not understand {word}. Inputs are typed as name=value: {form}",
                    word=repr(word.text),
                    form=USAGES[verb].form,
                )
            )
    args = said_once(pairs)
    return Command(verb, target, args, dry_run, text=args.pop("reason", ""))


def _switch(target: str, words: list[_Word]) -> Command:
    pairs = [word.text.partition("=") for word in words]
    wrong = next((name for name, is_pair, _value in pairs if not is_pair), None)
    if wrong is not None:
        form = USAGES["switch"].form
        raise UserError(_("I do not understand {word} here. Type it like: {form}", word=repr(wrong), form=form))
    return Command("switch", target, said_once((name, value) for name, _is_pair, value in pairs))


def _choose(target: str, words: list[_Word], name: str) -> Command:
    """`choose orders-api scale_workers skip`, or shorter: `skip orders-api scale_workers`."""
    said = [word.text for word in words]
    given = name if name in _CHOICE_WORDS else said.pop().replace("-", "_") if said else ""
    choice = next((each for each in CHOICES if each == given), None)
    if choice is None:
        raise (
            NotFound("choice", given, CHOICES)
            if given
            else UserError(_("What should happen? Type it like: {form}", form=USAGES["choose"].form))
        )
    return Command("choose", target, step=said[0] if said else "", choice=choice)


_ANY_RUN = re.compile(r"[a-z][a-z0-9_-]*-\d{4}-[0-9a-z]{5}")
"""A whole id as we make them: it means that run, also when its service was renamed since."""
_RUN = re.compile(r"\d{4}-[0-9A-Za-z]+|[0-9A-Za-z]*\d[0-9A-Za-z]*")
_ALWAYS_A_TARGET = ("status", "timeline", "assess", "debt", "readiness")
_ABOUT_A_STEP = ("approve", "deny", "answer")
_STEERS = ("pause", "resume", "abort", "switch")
_ALIKE = 0.75
"""Of a lone word to a service's name, so that it is taken for that name mistyped."""
_FREE_WORDS = ("pause", "resume", "dismiss", "claim", "handover", "accept", "update", "review")


def _target(verb: Verb, words: list[_Word], services: Collection[str]) -> tuple[str, list[_Word]]:
    """The leading word when it names a service or a run; where nothing else can follow, any word is one."""
    if not words:
        return "", words
    first = _as_called(words[0].text, services)
    if verb == "export" and first.lower() in FORMATS:
        return "", words
    if verb in _ALWAYS_A_TARGET or verb == "export" or names_a_run(first, services):
        return first, words[1:]
    lone = all(map(_is_rollback, words[1:]))
    if verb in _STEERS and lone and get_close_matches(first, services, cutoff=_ALIKE):
        raise NotFound("service", first, services)  # as a reason it would steer whichever run happens to be open
    return "", words


def _as_called(word: str, services: Collection[str]) -> str:
    """A service or run by its own name, though a phone begins words with a capital: no other run is meant by that."""
    service = max((name for name in services if word.lower().startswith(name)), key=len, default="")
    called = f"{service}{word[len(service) :]}"
    return called if names_a_run(called, services) else word


def said_once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Inputs by name. Raises UserError for one that is given twice with two values: nobody guesses which is meant."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if found.setdefault(name, value) != value:
            raise UserError(
                _(
                    "{name} is given twice, as {one} and as {other}. Say which one is meant.",
                    name=name, one=repr(found[name]), other=repr(value),
                )
            )  # fmt: skip
    return found


def names_a_run(word: str, services: Collection[str]) -> bool:
    """Whether a word is a service's name, or a run's id: the service, a day and a short mark, with dashes between."""
    return (
        word in services
        or _ANY_RUN.fullmatch(word) is not None
        or any(word.startswith(f"{service}-") and _RUN.fullmatch(word, len(service) + 1) for service in services)
    )


def _format(word: str) -> str:
    name = word.lower().lstrip(".")
    name = {"markdown": "md", "htm": "html"}.get(name, name)
    if name not in FORMATS:
        raise NotFound("export format", word, FORMATS)
    return name


def _remainder(line: str, words: list[_Word]) -> str:
    """The line as it was typed, from these words on."""
    return line[words[0].at :].strip() if words else ""
