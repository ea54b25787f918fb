"""Copies of files that people posted are for the bot's own user."""

from __future__ import annotations

from pathlib import Path

from bot.adapters.kept_files import FolderOfFiles


async def test_nobody_else_on_the_host_reads_what_was_captured(tmp_path: Path) -> None:
    """Both folders above a copy are closed to others, whatever the umask says."""
    folder = tmp_path / "home" / "files"
    files = FolderOfFiles(folder)

    await files.keep("orders-1", "screen.png", "ab" * 32, b"picture")

    place = files.place("orders-1", "screen.png", "ab" * 32)
    assert place.read_bytes() == b"picture"
    assert [path.stat().st_mode & 0o077 for path in (folder, place.parent)] == [0, 0]
