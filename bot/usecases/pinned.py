"""A version of a runbook keeps its content: told when a plan is made, made sure of when it is started."""

from __future__ import annotations

from bot.language import told
from bot.model.action import Finding
from bot.model.errors import Unavailable, UserError
from bot.model.runbook import LoadedRunbook, RunbookRef
from bot.usecases.desk import Desk


async def other_content(desk: Desk, ref: RunbookRef) -> tuple[Finding, ...]:
    """What would stop the start of this plan, told before. A silent store stops no planning."""
    try:
        registered = await desk.journals.pinned_digest(ref.name, ref.version) or ref.digest
    except Unavailable:
        return ()
    return (Finding(text=_raise_it(ref, registered), blocking=True),) if registered != ref.digest else ()


async def pin(desk: Desk, loaded: LoadedRunbook) -> None:
    """Register the text that is about to run. Raises UserError when its version was registered with other content."""
    ref = loaded.ref
    registered = await desk.journals.pin_runbook(ref.name, ref.version, ref.digest, loaded.text)
    if registered != ref.digest:
        raise UserError(_raise_it(ref, registered))


def _raise_it(ref: RunbookRef, registered: str) -> str:
    return told(
        "{name} version {version} was registered with other content ({then}, now {now}). Raise the "
        "version in the runbook and plan again.",
        name=ref.name,
        version=ref.version,
        then=registered[:12],
        now=ref.digest[:12],
    )
