"""What was shown in the channel is copied with the message that is captured: once, whole, and to nobody else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bot.adapters.kept_files import FolderOfFiles, harmless
from bot.local.workspace.words import text_of
from bot.model.incident_events import FileKept
from bot.slack.listeners import attachments
from bot.slack.listeners.attachments import is_slacks
from bot.usecases import keep_file
from tests.slack.conftest import Bench
from tests.slack.test_outbox import until

GRAPH = b"\x89PNG" + bytes(range(256)) * 40
EVIL = "../../etc/pass wd"


async def kept(bench: Bench, run: str) -> list[FileKept]:
    return [each.fact for each in await bench.desk.records(run) if isinstance(each.fact, FileKept)]


async def test_files_of_a_captured_message_are_copied_once(bench: Bench) -> None:
    """Two files, one with a name that is a path; captured by emoji and by shortcut, kept once, told with the digest."""
    async with bench.door(), bench.person("carol") as carol, bench.person("bob") as bob:
        run = await bench.a_run()
        await carol.wait_for_text("RTO, time to be back")
        said = await carol.say("the graphs", files={"graph.png": GRAPH, EVIL: b"log"})
        await carol.react(said["ts"], "pushpin")

        async def both() -> bool:
            return len(await kept(bench, run.id)) == 2

        await until(both)
        await bob.shortcut("add_to_timeline", said["ts"])
        await bob.wait_for(lambda m: bool(m.get("is_ephemeral")) and run.id in text_of(m))
        facts = await kept(bench, run.id)

    digest = hashlib.sha256(GRAPH).hexdigest()
    assert [(fact.name, fact.size) for fact in facts] == [("graph.png", len(GRAPH)), (EVIL, 3)]
    assert facts[0].sha256 == digest
    folder = bench.folder.parent / "files" / run.id
    assert (folder / f"{digest[:16]}-graph.png").read_bytes() == GRAPH
    assert sorted(path.parent for path in folder.rglob("*")) == [folder, folder], "no name leads out of the folder"


async def test_a_message_of_files_alone_is_captured(bench: Bench) -> None:
    """A screenshot needs no words."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run()
        await carol.wait_for_text("RTO, time to be back")
        said = await carol.say("", files={"graph.png": GRAPH})
        await carol.react(said["ts"], "pushpin")

        async def it_is() -> bool:
            return bool(await kept(bench, run.id))

        await until(it_is)
        await carol.wait_for(lambda m: m["ts"] == said["ts"] and "white_check_mark" in str(m.get("reactions")))


async def test_a_file_that_is_too_large_is_told_and_the_words_are_kept(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody believes that a copy exists which does not."""
    monkeypatch.setattr(attachments, "LARGEST", 10)
    monkeypatch.setattr(keep_file, "LARGEST", 10)
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run()
        await carol.wait_for_text("RTO, time to be back")
        said = await carol.say("the graph", files={"graph.png": GRAPH})
        await carol.react(said["ts"], "pushpin")
        await carol.wait_for(lambda m: bool(m.get("is_ephemeral")) and "graph.png" in text_of(m))

    assert await kept(bench, run.id) == []
    assert [each.fact.kind for each in await bench.desk.records(run.id)].count("note_added") == 1


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.png", True),
        ("https://northwind.slack.com/files/a.png", True),
        ("http://127.0.0.1:8080/files/a.png", True),
        ("http://files.slack.com/a.png", False),
        ("https://files.slack.com.evil.example/a.png", False),
        ("https://evilslack.com/a.png", False),
        ("http://127.0.0.1:9090/files/a.png", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_the_token_goes_to_slack_alone(url: str, ours: bool) -> None:
    """A message may name any address; most are not asked."""
    assert is_slacks(url, "http://127.0.0.1:8080/api/") is ours


@pytest.mark.parametrize(
    ("name", "kept_as"),
    [("a.png", "a.png"), (EVIL, "etc_pass_wd"), ("..", "file"), ("", "file"), ("a/b\\c", "a_b_c"),
     ("그래프.png", "그래프.png"),
     ("x" * 300 + ".log", "x" * 196 + ".log"), ("장" * 90 + ".log", "장" * 65 + ".log"), ("\ud800.log", "log")],
)  # fmt: skip
def test_a_name_from_outside_is_never_a_path(name: str, kept_as: str) -> None:
    """Whatever it is called, it lies in its run's folder."""
    assert harmless(name) == kept_as


@pytest.mark.parametrize("name", ["장애 " * 60 + ".png", "🔥" * 200, "x" * 4000, "a." * 400])
async def test_no_name_is_too_long_to_be_kept(tmp_path: Path, name: str) -> None:
    """A file system counts bytes: 255 of them, with the digest in front and the mark of a half-written copy behind."""
    await FolderOfFiles(tmp_path).keep("run-1", name, "d" * 64, b"one")

    (kept,) = (tmp_path / "run-1").iterdir()
    assert kept.read_bytes() == b"one"


async def test_a_copy_is_whole_or_not_there(tmp_path: Path) -> None:
    """The same content is written once; nothing half-written stays."""
    store = FolderOfFiles(tmp_path)

    await store.keep("run-1", "a.log", "d" * 64, b"one")
    await store.keep("run-1", "a.log", "d" * 64, b"two")

    assert [path.read_bytes() for path in (tmp_path / "run-1").iterdir()] == [b"one"]
