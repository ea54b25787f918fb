"""Signing a vote with a key of one's own: `ssh-keygen` does it, so agents and hardware keys work too."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

from bot.approval.signed import NAMESPACE, text_of
from bot.approval.votes import Ballot
from bot.language import _
from bot.model.errors import UserError
from bot.model.run import Run

PATIENCE = 60
"""Seconds for a person to touch their key."""


def signed(run: Run, ballot: Ballot, key: Path | None) -> Ballot:
    """The ballot with its signature; as it is without a key. Raises UserError with what ssh-keygen said."""
    if key is None:
        return ballot
    command = ["ssh-keygen", "-Y", "sign", "-n", NAMESPACE, "-f", str(key.expanduser())]
    try:
        made = subprocess.run(command, input=text_of(run, ballot), capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603  # a fixed program; the key's path is the caller's own
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(_("ssh-keygen did not sign: {why}", why=error)) from error
    if made.returncode:
        raise UserError(_("ssh-keygen did not sign: {why}", why=made.stderr.decode(errors="replace").strip()))
    return replace(ballot, signature=made.stdout.decode())
