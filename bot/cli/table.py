"""The commands by name, with the module that holds each: enough to print the help without importing the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Panel = Literal["Run a recovery", "Look", "Write runbooks", "Operate"]


@dataclass(frozen=True)
class Entry:
    """One command."""

    name: str
    topic: str
    """The module below bot.cli that defines it."""
    summary: str
    """First sentence of its help."""
    panel: Panel


COMMANDS: tuple[Entry, ...] = (
    Entry("plan", "starting", "Show what a run would do, and change nothing.", "Run a recovery"),
    Entry("failover", "starting", "Plan a failover, show it, ask, and start it.", "Run a recovery"),
    Entry(
        "failback", "starting", "Plan the way back to the primary region, show it, ask, and start it.", "Run a recovery"
    ),
    Entry("approve", "deciding", "Approve an open gate.", "Run a recovery"),
    Entry("deny", "deciding", "Deny an open gate.", "Run a recovery"),
    Entry("answer", "deciding", "Say that a manual step is done, with the value it asks for.", "Run a recovery"),
    Entry("choose", "deciding", "Decide for a step that needs a person.", "Run a recovery"),
    Entry("pause", "steering", "Begin nothing new; what AWS already accepted is still watched.", "Run a recovery"),
    Entry("resume", "steering", "Go on after a pause.", "Run a recovery"),
    Entry("abort", "steering", "End a run, with or without undoing what it changed.", "Run a recovery"),
    Entry("note", "steering", "Put a remark on the timeline.", "Run a recovery"),
    Entry("status", "looking", "Show one run: its steps, whom it waits for, RTO and RPO.", "Look"),
    Entry("runs", "looking", "List runs, open ones first.", "Look"),
    Entry("timeline", "looking", "Tell a run as a story.", "Look"),
    Entry("export", "looking", "Write a run's timeline to files.", "Look"),
    Entry("lint", "authoring", "Check runbooks and catalogues; every mistake at once.", "Write runbooks"),
    Entry("schema", "authoring", "Print the JSON Schema of runbooks, for editors.", "Write runbooks"),
    Entry("actions", "authoring", "List the actions that runbooks can use.", "Write runbooks"),
    Entry("docs", "deriving", "Write one page per action, and their index.", "Write runbooks"),
    Entry("rehearse", "rehearsing", "Play a runbook to its end without any account, in seconds.", "Write runbooks"),
    Entry("iam-policy", "deriving", "Print the least IAM policy that a service or runbook needs.", "Operate"),
    Entry("serve", "serving", "Run the bot: drive runs and answer Slack.", "Operate"),
    Entry("demo", "demo", "Play a failover on this machine, without AWS, Slack or Redis accounts.", "Operate"),
    Entry("doctor", "doctor", "Check everything the bot depends on, with a remedy for each failure.", "Operate"),
    Entry("rebuild", "rebuilding", "Bring runs back from local journals, after Redis has lost them.", "Operate"),
    Entry("healthcheck", "serving", "Tell whether the bot on this machine is alive.", "Operate"),
    Entry("manifest", "authoring", "Print the Slack app manifest.", "Operate"),
)
"""In the order of the help."""
