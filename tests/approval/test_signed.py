"""A vote from a terminal proves itself: what ssh-keygen signs is believed, and nothing else."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.approval.signed import NAMESPACE, is_signed, must_prove_itself, text_of
from bot.approval.votes import Ballot
from bot.cli.signing import signed
from bot.model.errors import Refused, UserError
from bot.model.events import GateOpened
from bot.model.people import Person
from bot.model.run import Run
from tests.builders import BEN, NOW, a_gate, a_plan, a_step, records_of
from tests.usecases.desks import a_catalog

PLAN = a_plan(a_step("promote_db", gate=a_gate(2, strict=True)), a_step("shift", gate=a_gate(1)))
RUN = Run.of(records_of(GateOpened(step="promote_db", text="Go?", expires_at=NOW + timedelta(hours=1)), plan=PLAN))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two people's keys."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("ben", "eve"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
        subprocess.run(command, check=True)  # a fixed program
    return {name: folder / name for name in ("ben", "eve")}


def person(keys: dict[str, Path], *names: str) -> Person:
    return BEN.model_copy(update={"keys": tuple(keys[name].with_suffix(".pub").read_text() for name in names)})


def ballot(who: Person, **more: Any) -> Ballot:
    return replace(Ballot("promote_db", who, "approve", PLAN.hash, "orders-global"), **more)


def test_what_ssh_keygen_signed_is_believed(keys: dict[str, Path]) -> None:
    """With the key that stands in the catalogue, one of several."""
    ben = person(keys, "eve", "ben")

    cast = signed(RUN, ballot(ben), keys["ben"])

    assert is_signed(text_of(RUN, cast), cast.signature, ben.keys)
    must_prove_itself(RUN, cast, a_catalog(), named=True)


@pytest.mark.parametrize(
    "other",
    [
        {"decision": "deny"}, {"typed": "orders"}, {"comment": "go"}, {"step": "shift"},
        {"person": BEN.model_copy(update={"id": "eve"})},
    ],
)  # fmt: skip
def test_a_signature_is_good_for_one_vote_only(keys: dict[str, Path], other: dict[str, Any]) -> None:
    """Any other decision, phrase, remark, step or person needs another one."""
    ben = person(keys, "ben")

    cast = signed(RUN, ballot(ben), keys["ben"])

    assert not is_signed(text_of(RUN, replace(cast, **other)), cast.signature, ben.keys)


@pytest.mark.parametrize("more", [{"run": "another"}, {"reason": "another plan"}])
def test_a_signature_is_good_for_one_run_and_plan_only(keys: dict[str, Path], more: dict[str, Any]) -> None:
    """Carried over to the next run, it says nothing."""
    ben = person(keys, "ben")
    elsewhere = Run.of(records_of(plan=PLAN.model_copy(update=more)))

    cast = signed(RUN, ballot(ben), keys["ben"])

    assert not is_signed(text_of(elsewhere, cast), cast.signature, ben.keys)


def test_a_signature_is_good_for_one_round_only(keys: dict[str, Path]) -> None:
    """What was signed before the request was made again says nothing of the new one."""
    ben = person(keys, "ben")
    asked_again = GateOpened(step="promote_db", round=2, text="Go?", expires_at=NOW + timedelta(hours=1))
    later = Run.of(records_of(asked_again, plan=PLAN))

    cast = signed(RUN, ballot(ben), keys["ben"])

    assert is_signed(text_of(RUN, cast), cast.signature, ben.keys)
    assert not is_signed(text_of(later, cast), cast.signature, ben.keys)


def test_a_key_of_somebody_else_proves_nothing(keys: dict[str, Path]) -> None:
    """Nor does a person without keys."""
    cast = signed(RUN, ballot(BEN), keys["eve"])

    assert not is_signed(text_of(RUN, cast), cast.signature, person(keys, "ben").keys)
    assert not is_signed(text_of(RUN, cast), cast.signature, ())


def test_a_signature_for_another_purpose_proves_nothing(keys: dict[str, Path]) -> None:
    """A key signs commits too; those are no votes."""
    ben = person(keys, "ben")
    command = ["ssh-keygen", "-Y", "sign", "-n", "git", "-f", str(keys["ben"])]
    made = subprocess.run(command, input=text_of(RUN, ballot(ben)), capture_output=True, check=True)  # a fixed program

    assert NAMESPACE != "git"
    assert not is_signed(text_of(RUN, ballot(ben)), made.stdout.decode(), ben.keys)


@pytest.mark.parametrize("junk", ["", "yes", "U1NIU0lH", "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n"])
def test_junk_proves_nothing(keys: dict[str, Path], junk: str) -> None:
    """And breaks nothing."""
    assert not is_signed(b"text", junk, person(keys, "ben").keys)
    assert not is_signed(b"text", junk, ("ssh-rsa AAAA", "nonsense"))


@pytest.mark.parametrize(
    ("how", "named", "step", "decision", "reason"),
    [
        ("signed", False, "promote_db", "approve", "unsigned-vote"),
        ("signed", True, "promote_db", "deny", ""),
        ("signed", True, "shift", "approve", ""),
        ("login", True, "promote_db", "approve", "named-vote"),
        ("login", False, "promote_db", "approve", ""),
        ("named", True, "promote_db", "approve", ""),
    ],
)
def test_the_catalogue_says_what_is_believed_in_a_terminal(
    how: Any, named: bool, step: str, decision: Any, reason: str
) -> None:
    """R3 approvals only: saying no, and smaller steps, must stay easy."""
    cast = ballot(BEN, step=step, decision=decision)
    if not reason:
        must_prove_itself(RUN, cast, a_catalog(terminal_votes=how), named=named)
        return
    with pytest.raises(Refused) as refused:
        must_prove_itself(RUN, cast, a_catalog(terminal_votes=how), named=named)
    assert refused.value.reason == reason


def test_a_key_that_is_not_there_is_told(tmp_path: Path) -> None:
    """In ssh-keygen's own words."""
    with pytest.raises(UserError, match="did not sign"):
        signed(RUN, ballot(BEN), tmp_path / "nothing")
