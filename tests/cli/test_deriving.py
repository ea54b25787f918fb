"""iam-policy, docs, rehearse: what follows from the files, at the command line."""

from __future__ import annotations

import json
from pathlib import Path

from bot.actions.pages import MADE
from tests.cli.rooms import Terminal


def test_the_policy_of_a_service_is_one_document(dr: Terminal) -> None:
    """Ready to paste: allow statements first, the deny list last, with the service's own names."""
    said = dr("iam-policy", "orders-api")

    statements = json.loads(said.out)["Statement"]
    assert said.code == 0
    assert [each["Effect"] for each in statements[-2:]] == ["Allow", "Deny"]
    assert "service/orders/orders-api" in said.out


def test_the_policy_of_a_runbook_is_that_of_its_service(dr: Terminal) -> None:
    """Both names lead to the same text while the service has one runbook."""
    assert "ecs:UpdateService" in dr("iam-policy", "orders-api.failover").out


def test_policies_can_be_written_to_files(dr: Terminal, tmp_path: Path) -> None:
    """Each file is a policy, and its path is printed."""
    said = dr("iam-policy", "--all", "-o", str(tmp_path))

    files = sorted(tmp_path.glob("all*.json"))
    assert said.out.split() == [str(path) for path in files]
    assert all(json.loads(path.read_text())["Version"] == "2012-10-17" for path in files)


def test_the_trust_policy_names_the_bot(dr: Terminal) -> None:
    """What the service's role must say about the bot's."""
    said = dr("iam-policy", "orders-api", "--trust", "arn:aws:iam::111122223333:role/dr-bot")

    assert "sts:SetSourceIdentity" in said.out


def test_wrong_targets_are_told(dr: Terminal) -> None:
    """Nothing, both, a typo, a service without runbooks: one sentence each."""
    assert "or say --all" in dr("iam-policy").err
    assert "or say --all" in dr("iam-policy", "orders-api", "--all").err
    assert "orders-api" in dr("iam-policy", "order-api").err
    assert "no runbooks" in dr("iam-policy", "nobody-uses").err or dr("iam-policy", "nobody-uses").code == 1


def test_pages_are_written_for_every_action(dr: Terminal, tmp_path: Path) -> None:
    """One page each, and an index that links them all; the page of an action that is gone goes, others stay."""
    (tmp_path / "actions").mkdir()
    (tmp_path / "actions" / "rds.gone.md").write_text(f"# rds.gone\n\n{MADE}\n")
    (tmp_path / "actions" / "mine.md").write_text("# Notes\n")

    said = dr("docs", "actions", "-o", str(tmp_path / "actions"))

    index = (tmp_path / "actions" / "README.md").read_text()
    names = [action["name"] for action in json.loads(dr("actions", "--json").out)]
    assert said.code == 0
    assert all(f"]({name}.md)" in index for name in names)
    assert {path.name for path in (tmp_path / "actions").iterdir()} == {
        "README.md", "mine.md", *(f"{name}.md" for name in names),
    }  # fmt: skip


def test_a_rehearsal_ends_with_the_right_code(dr: Terminal) -> None:
    """0 at the end, 1 before it, with the story either way."""
    well, ill = dr("rehearse", "orders-api"), dr("rehearse", "orders-api", "--set", "mode=sideways")

    assert (well.code, ill.code) == (0, 1)
    assert "The run is complete." in well.out
    assert "predicted RTO" in well.out
    assert "sideways" in ill.err


def test_a_rehearsal_speaks_json(dr: Terminal) -> None:
    """Scripts get the timeline."""
    said = dr("rehearse", "orders-api", "--json")

    assert json.loads(said.out)["timeline"]["status"] == "completed"
