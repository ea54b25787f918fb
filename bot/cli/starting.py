"""plan, failover, failback: show what would happen, ask, start, and follow."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import JsonValue

from bot.cli.door import act, ask, at_desk, caller, console, print_json, print_json_line, rooms_of, settings, show
from bot.cli.follow import drive_and_follow
from bot.cli.plan_page import plan_page
from bot.cli.words import AsJson, Follow, Who, Why, example, kind_of
from bot.language import _, later, together
from bot.model.errors import UserError
from bot.model.plan import Mode, Plan
from bot.model.run import Run
from bot.model.service import RunKind
from bot.timeline.terms import kind_words
from bot.usecases.desk import Desk
from bot.usecases.grammar import said_once
from bot.usecases.plan_run import Asked, plan_run
from bot.usecases.start_run import start_run

commands = typer.Typer()

Service = Annotated[str, typer.Argument(metavar="SERVICE", help="The service's name in the catalogue.")]
Values = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Values that the runbook asks for.")
]
Inputs = Annotated[
    list[str] | None,
    typer.Option("--input", "-i", metavar="NAME=VALUE", help="The same, as an option; may be repeated."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Reads run, writes are simulated.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Start without asking.")]
Kind = Annotated[str, typer.Option("--kind", help="failover, failback, restore or drill.")]


@commands.command(epilog=example("dr plan orders-api mode=planned"))
def plan(
    ctx: typer.Context, service: Service, values: Values = None, inputs: Inputs = None, kind: Kind = "failover",
    reason: Why = "", who: Who = "", as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show what a run would do, and change nothing."""
    asked = Asked(service, kind_of(kind), pairs(values, inputs), Mode.DRY_RUN, reason)
    made = at_desk(ctx, lambda desk: _plan(desk, asked, who))
    if as_json:
        print_json({**made.model_dump(mode="json"), "hash": made.hash, "blocking": list(made.blocking)})
    else:
        show(*plan_page(made))


def _starts(kind: RunKind, summary: str, *examples: str) -> None:
    """The command that plans, shows, asks and starts a run of this kind."""

    @commands.command(kind, help=summary, epilog=example(*examples))
    def start(
        ctx: typer.Context, service: Service, values: Values = None, inputs: Inputs = None, dry_run: DryRun = False,
        reason: Why = "", yes: Yes = False, follow: Follow = False, who: Who = "", as_json: AsJson = False,
    ) -> None:  # fmt: skip
        mode = Mode.DRY_RUN if dry_run else Mode.LIVE
        _start(ctx, Asked(service, kind, pairs(values, inputs), mode, reason), who, yes, follow, as_json)


_starts(
    "failover",
    "Plan a failover, show it, ask, and start it.",
    'dr failover orders-api --reason "us-east-1 is down" --follow',
    "dr failover orders-api mode=planned --dry-run --yes",
)
_starts(
    "failback",
    "Plan the way back to the primary region, show it, ask, and start it.",
    "dr failback orders-api --follow",
)
_starts(
    "restore",
    "Plan a restore from a backup, show it, ask, and start it.",
    "dr restore orders-api restore_to=-2h --follow",
)
_starts("drill", "Plan a drill, show it, ask, and start it.", "dr drill orders-api --dry-run")


def _start(ctx: typer.Context, asked: Asked, who: str, yes: bool, follow: bool, as_json: bool) -> None:
    if as_json and not yes:
        raise UserError(_("With --json nobody sees the plan, so nobody is asked. Look with dr plan, then add --yes."))
    begin = at_desk if follow or as_json else act  # who follows drives, where nobody else does
    run = begin(ctx, lambda desk: _plan_ask_start(desk, asked, who, yes, as_json))
    if run is None:
        raise typer.Exit(1)
    if as_json:
        begun: JsonValue = {"run": run.id, "status": run.status.value, "plan_hash": run.plan.hash}
        print_json_line(begun, console()) if follow else print_json(begun)
    else:
        show(_("Run {run} has started. Watch it with: dr status {run} --follow", run=run.id))
    if follow:
        raise typer.Exit(drive_and_follow(rooms_of(ctx), settings(), run.id, as_json=as_json))


async def _plan(desk: Desk, asked: Asked, who: str) -> Plan:
    return await plan_run(desk, asked, caller(desk.library().catalog, who))


async def _plan_ask_start(desk: Desk, asked: Asked, who: str, yes: bool, quiet: bool) -> Run | None:
    """None when the person said no."""
    person = caller(desk.library().catalog, who)
    made = await plan_run(desk, asked, person)
    if not quiet:
        show(*plan_page(made))
    if made.blocking and made.mode is Mode.LIVE:
        raise UserError(_("Blocked: {why}", why=together(made.blocking, " ")))
    if not yes and not ask(_question(made), instead="--yes"):
        show(_("Nothing was started."))
        return None
    return await start_run(desk, made, person)


def _question(made: Plan) -> str:
    dry = made.mode is Mode.DRY_RUN
    text = later("Start this {kind} of {service} as a dry run?") if dry else later("Start this {kind} of {service}?")
    return _(text, kind=kind_words(made.kind), service=made.service.name)


def pairs(*groups: list[str] | None) -> dict[str, JsonValue]:
    """`mode=planned` words as a mapping; UserError for a word without `=`, and for two values of one name."""
    found: list[tuple[str, str]] = []
    for word in (word for group in groups for word in group or ()):
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UserError(_("{word} is not NAME=VALUE; write it like mode=planned", word=repr(word)))
        found.append((name.strip(), value.strip()))
    return {**said_once(found)}
