"""The commands by name, with the module that holds each: enough to print the help without importing the house."""

from __future__ import annotations

from dataclasses import dataclass

from bot.language import later

RECOVER, LOOK = later("Run a recovery"), later("Look")
WRITE, OPERATE = later("Write runbooks"), later("Operate")


@dataclass(frozen=True)
class Entry:
    """One command."""

    name: str
    topic: str
    """The module below bot.cli that defines it."""
    summary: str
    """First sentence of its help, said with `_`."""
    panel: str


COMMANDS: tuple[Entry, ...] = (
    Entry("plan", "starting", later("Show what a run would do, and change nothing."), RECOVER),
    Entry("failover", "starting", later("Plan a failover, show it, ask, and start it."), RECOVER),
    Entry(
        "failback", "starting", later("Plan the way back to the primary region, show it, ask, and start it."), RECOVER
    ),
    Entry("restore", "starting", later("Plan a restore from a backup, show it, ask, and start it."), RECOVER),
    Entry("drill", "starting", later("Plan a drill, show it, ask, and start it."), RECOVER),
    Entry("approve", "deciding", later("Agree to a step that waits for approval."), RECOVER),
    Entry("deny", "deciding", later("Say no to a step that waits for approval."), RECOVER),
    Entry("glass", "glass", later("Break the glass: one person alone lets a step begin, in the open."), RECOVER),
    Entry("review", "glass", later("Write down what the review of a run found; or close a broken glass."), RECOVER),
    Entry("answer", "deciding", later("Say that a manual step is done, with the value it asks for."), RECOVER),
    Entry("choose", "deciding", later("Decide for a step that needs a person."), RECOVER),
    Entry(
        "switch",
        "switching",
        later("Go on by another plan: a new plan, and nothing approved yet; the old run ends where it is."),
        RECOVER,
    ),
    Entry("assess", "cases", later("Is this a disaster? The evidence, both costs, the deadline to decide."), RECOVER),
    Entry("dismiss", "cases", later("Not a disaster; the reason stays on record."), RECOVER),
    Entry("claim", "incident", later("Hold a role; one that somebody holds is taken with a reason."), RECOVER),
    Entry(
        "handover", "incident", later("Ask somebody to take your role over; you hold it until they say yes."), RECOVER
    ),
    Entry("accept", "incident", later("Read the brief and take the role that was offered."), RECOVER),
    Entry("update", "incident", later("Tell those outside, after a preview; or let its reminder rest."), RECOVER),
    Entry("pause", "steering", later("Begin nothing new; what AWS already accepted is still watched."), RECOVER),
    Entry("resume", "steering", later("Go on after a pause."), RECOVER),
    Entry("abort", "steering", later("End a run, with or without undoing what it changed."), RECOVER),
    Entry("note", "steering", later("Put a remark on the timeline."), RECOVER),
    Entry("status", "looking", later("Show one run: its steps, whom it waits for, RTO and RPO."), LOOK),
    Entry("runs", "looking", later("List runs, open ones first."), LOOK),
    Entry("timeline", "looking", later("Tell a run as a story."), LOOK),
    Entry("debt", "debts", later("Show what a run changed that has to be taken back some day."), LOOK),
    Entry(
        "readiness",
        "readiness",
        later("Say what of the recovery-test checklist is proven, by which run, and what is due."),
        LOOK,
    ),
    Entry("export", "looking", later("Write a run's timeline to files."), LOOK),
    Entry("new", "drafting", later("Write a first runbook for a service."), WRITE),
    Entry("lint", "authoring", later("Check runbooks and catalogues; every mistake at once."), WRITE),
    Entry("schema", "authoring", later("Print the JSON Schema of runbooks, for editors."), WRITE),
    Entry("actions", "authoring", later("List the actions that runbooks can use."), WRITE),
    Entry("docs", "deriving", later("Write one page per action, and their index."), WRITE),
    Entry("rehearse", "rehearsing", later("Play a runbook to its end without any account, in seconds."), WRITE),
    Entry("iam-policy", "deriving", later("Print the least IAM policy that a service or runbook needs."), OPERATE),
    Entry("serve", "serving", later("Run the bot: drive runs and answer Slack."), OPERATE),
    Entry("demo", "demo", later("Play a failover on this machine, without AWS, Slack or Redis accounts."), OPERATE),
    Entry("doctor", "doctor", later("Check everything the bot depends on, with a remedy for each failure."), OPERATE),
    Entry("rebuild", "rebuilding", later("Bring runs back from local journals, after Redis has lost them."), OPERATE),
    Entry("healthcheck", "serving", later("Tell whether the bot on this machine is alive."), OPERATE),
    Entry("manifest", "authoring", later("Print the Slack app manifest."), OPERATE),
)
"""In the order of the help."""
