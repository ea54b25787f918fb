"""A world in a file: several add up, and what is wrong with one is told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.local.cloud import seed


def test_a_second_file_adds_to_the_first(tmp_path: Path) -> None:
    """Its calls come after the first one's, and it needs no apps."""
    more = tmp_path / "more.yaml"
    more.write_text("calls:\n  - {call: ecs.create_cluster, in: us-west-2, with: {clusterName: shop}}\n")
    alone = seed.read()

    both = seed.read(seed.DEFAULT, more)

    assert both.calls[:-1] == alone.calls
    assert both.calls[-1]["with"] == {"clusterName": "shop"}
    assert both.apps == alone.apps


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("calls: [", "while parsing"),
        ("apps: []", "'calls' is missing"),
        ("calls: [{call: ecs.create_cluster}]", "'in' is missing"),
        ("calls: [{call: create_cluster, in: us-west-2}]", "is no call; write"),
        ("calls: []\napps: [{name: shop}]", "is no app; it needs name, host, regional_hosts"),
        ("calls: []\napps: [{name: a, host: b, regional_hosts: {}, alert: c}]", "may have .*alarm"),
    ],
    ids=["yaml", "calls", "in", "call", "an app's keys", "an app's other keys"],
)
def test_what_is_wrong_is_told_with_the_file(tmp_path: Path, text: str, why: str) -> None:
    """Whoever wrote it reads the file's name and the reason."""
    path = tmp_path / "mine.yaml"
    path.write_text(text)

    with pytest.raises(ValueError, match=f"mine.yaml: .*{why}"):
        seed.read(path)
