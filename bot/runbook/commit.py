"""Which git commit a folder stands on; an empty string when git has nothing to say."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def commit_of(folder: Path) -> str:
    """HEAD's hash, with `+` when files in the folder differ from it; empty outside git or without git."""
    head = _git(folder, "rev-parse", "--verify", "HEAD")
    if not head:
        return ""
    return f"{head}+" if _git(folder, "status", "--porcelain", "--", ".") else head


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603  the words are ours
            ["git", "-C", str(folder), *words],  # noqa: S607  git comes from PATH, as for everybody
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
