"""The terms of a recovery as every door says them: states, kinds, choices, phases, spans of time.

Promises: one thing has one name everywhere; an unknown is called UNKNOWN, never zero or ok. Refuses to know any run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.language import _, again, later
from bot.model.spans import span_told

KINDS: dict[str, str] = {
    "failover": later("failover"),
    "failback": later("failback"),
    "restore": later("restore"),
    "drill": later("drill"),
}
STATUS_TEXTS = {
    "running": later("Running"),
    "waiting": later("Waiting for people"),
    "paused": later("Paused"),
    "aborting": later("Aborting"),
    "rolling_back": later("Rolling back"),
    "completed": later("Completed"),
    "aborted": later("Aborted"),
    "rolled_back": later("Rolled back"),
    "failed": later("Failed"),
}
PHASE_TEXTS = {
    "detect": later("Detect"),
    "decide": later("Decide"),
    "approve": later("Approve"),
    "execute": later("Execute"),
    "verify": later("Verify"),
}
PHASE_MEANINGS = {
    "detect": later("from customer impact until the run existed or an alarm had told"),
    "decide": later("until the first approval was asked for"),
    "approve": later("until the first approval was given"),
    "execute": later("until the last change was in place"),
    "verify": later("until the service was proven"),
}
STATES = {
    "waiting": later("waiting"),
    "asking": later("asking"),
    "running": later("running"),
    "done": later("done"),
    "skipped": later("skipped"),
    "failed": later("failed"),
    "unknown": later("unknown"),
    "undone": later("undone"),
}
LOOKS = {
    "ready": later("ready"),
    "already_done": later("already done"),
    "blocked": later("blocked"),
    "unknown": later("UNKNOWN"),
}
"""What a look before the run found."""
STRATEGIES = {
    "mirror": later("mirror standby"),
    "hot": later("hot standby"),
    "warm": later("warm standby"),
    "cold": later("cold standby"),
}
CHOICES: dict[str, str] = {
    "retry": later("try again"),
    "skip": later("go on without it"),
    "rollback": later("roll back"),
    "abort": later("abort"),
    "wait_on": later("wait on"),
    "go_on": later("go on with what is there"),
    "sent": later("a person says that the change arrived"),
    "not_sent": later("a person says that the change did not arrive"),
}


_ATTEMPTS = (
    later("abort run"),
    later("abort the run"),
    later("accept the role"),
    later("answer"),
    later("answer a step"),
    later("approve"),
    later("ask to vote"),
    later("assess a service"),
    later("break the glass"),
    later("choose what next"),
    later("claim a role"),
    later("claim the role"),
    later("decide"),
    later("dismiss a case"),
    later("export the timeline"),
    later("export timeline"),
    later("hand a role over"),
    later("hand the role over"),
    later("keep a file"),
    later("let the reminder rest"),
    later("look at the roles"),
    later("pause run"),
    later("pause the run"),
    later("resume run"),
    later("resume the run"),
    later("review the glass"),
    later("review the run"),
    later("silence the reminder"),
    later("skip a step"),
    later("take a role over"),
    later("tell others"),
    later("vote"),
    later("watch a case"),
    later("withdraw a note"),
    later("write a note"),
)
"""What people try, as use cases and doors name it in the journal."""


def attempt_words(what: str) -> str:
    """What somebody tried; as it was written where that is not known here."""
    return _(_ATTEMPTS[_ATTEMPTS.index(what)]) if what in _ATTEMPTS else what


def kind_words(kind: str) -> str:
    """`failover` within a sentence."""
    return _(KINDS[kind]) if kind in KINDS else kind


def status_words(status: str) -> str:
    """Where a run stands."""
    return _(STATUS_TEXTS[status]) if status in STATUS_TEXTS else status


def state_words(state: str) -> str:
    """How a step of a timeline stands."""
    return _(STATES[state]) if state in STATES else state


def strategy_words(strategy: str) -> str:
    """`warm standby`."""
    return _(STRATEGIES[strategy]) if strategy in STRATEGIES else strategy


def sentence(text: str) -> str:
    """Ends with one full stop, unless it ends by itself."""
    text = again(text).strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def span_text(span: timedelta | None) -> str:
    """`26m 29s`; an absent span is UNKNOWN."""
    return _("UNKNOWN") if span is None else again(span_told(span))


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return _("{some} and {last}", some=", ".join(words[:-1]), last=words[-1])
