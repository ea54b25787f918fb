"""The timeline as files, shared where the run is."""

from __future__ import annotations

from collections.abc import Sequence

from bot.language import _, _n, speaking
from bot.slack.kit import escape
from bot.slack.listeners.guard import card_link
from bot.slack.listeners.ours import must_be_ours
from bot.slack.listeners.turn import Turn
from bot.usecases.desk import Caller
from bot.usecases.export_run import export_run
from bot.usecases.grammar import FORMATS


async def share(turn: Turn, run_id: str, caller: Caller, formats: Sequence[str] = ()) -> str:
    """Upload the files into the run's thread, or here when there is none; answers a sentence that says where.

    Raises Refused where people of another organisation would read them.
    """
    card = (await turn.door.sent.load(run_id)).get("card")
    has_thread = card is not None and bool(card.ts)
    service = (await turn.door.desk.run(run_id)).plan.service.name
    await must_be_ours(turn.door, card.channel if card and has_thread else turn.channel, service)
    files = await export_run(turn.door.desk, run_id, caller, tuple(formats) or FORMATS)
    with speaking(turn.door.desk.library().catalog.language_of(service)):
        words = _("Timeline of {run}, exported by {who}.", run=run_id, who=escape(caller.person.name))
    await turn.door.client.files_upload_v2(
        file_uploads=[{"content": each.text, "filename": each.name, "title": each.name} for each in files],
        channel=card.channel if card and has_thread else turn.channel,
        thread_ts=card.ts if card and has_thread else None,
        initial_comment=words,
    )
    link = await card_link(turn.door, run_id)
    names = ", ".join(each.name for each in files)
    if has_thread:
        thread = f"<{link}|{_('run card')}>" if link else _("run card")
        return _n(
            "{count} file is in the thread of the {card}: {names}.",
            "{count} files are in the thread of the {card}: {names}.",
            len(files),
            card=thread,
            names=names,
        )
    return _n("{count} file is here: {names}.", "{count} files are here: {names}.", len(files), names=names)
