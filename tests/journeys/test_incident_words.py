"""From terminals alone: is this a disaster, who leads, what those outside are told."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from bot.model.case import CaseLooked
from tests.cli.rooms import Terminal
from tests.cloud_fixture import LocalCloud, cloud, cloud_process
from tests.journeys.test_command_line import dr

__all__ = ["cloud", "cloud_process", "dr"]


def test_a_case_is_assessed_and_dismissed_from_a_terminal(dr: Terminal, cloud: LocalCloud) -> None:
    """Evidence, both costs and the deadline; the answer needs a reason and a person who may; AWS is not touched."""
    before = len(cloud.ledger())

    asked = dr("assess", "orders-api", "--as", "carol")
    again = dr("assess", "orders-api", "--as", "min", "--json")
    nobody = dr("assess", "orders", "--as", "carol")
    closed = dr("dismiss", "orders-api", "a", "bad", "deployment", "--as", "alice")
    twice = dr("dismiss", "orders-api", "again", "--as", "alice")

    assert asked.code == 0, asked.err
    for part in ("Is this a disaster? Orders", "orders-api-success-ratio", "AWS Health",
                 "The primary at http", "The standby at http", "A failover to us-west-2 takes", "Cannot be undone",
                 "The way back is a failback", "@sre-leads"):  # fmt: skip
        assert part in asked.out, asked.out
    entries = json.loads(again.out)["entries"]
    looked = CaseLooked.model_validate(entries[-1]["fact"])
    assert [entry["fact"]["kind"] for entry in entries] == ["case_opened", "case_looked", "case_looked"]
    assert looked.prospect.remaining is not None
    assert looked.prospect.loss is not None
    assert "orders-api" in nobody.err
    assert closed.code == 0, closed.err
    assert twice.code == 1
    assert len(cloud.ledger()) == before


def test_roles_and_words_to_others_from_terminals(dr: Terminal, cloud: LocalCloud) -> None:
    """Alice leads, hands over to Min with a brief, and Dave tells the others; each by their own hand."""
    impact = f"impact_started_at={datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    started = dr("failover", "orders-api", impact, "--as", "carol", "--yes")
    assert started.code == 0, started.err

    alice = dr("claim", "ic", "--as", "alice")
    dave = dr("claim", "ic", "--as", "dave")
    bob = dr("claim", "ic", "--as", "bob")
    asked = dr("handover", "ic", "min", "--as", "alice")
    early = dr("accept", "ic", "--yes", "--as", "bob")
    accepted = dr("accept", "ic", "--yes", "--as", "min")
    told = dr("update", "orders-api", "We", "promote", "the", "standby.", "--next", "30m", "--yes", "--as", "dave")
    wrong = dr("update", "orders-api", "--next", "soon", "--yes", "--as", "dave")
    rested = dr("update", "orders-api", "--snooze", "10m", "--as", "dave")
    stopped = dr("update", "orders-api", "--stop", "--as", "dave")
    when = dr("update", "orders-api", "--snooze", "soon", "--as", "dave")
    story = dr("timeline", "orders-api").out

    assert [said.code for said in (alice, asked, accepted, told)] == [0, 0, 0, 0], (asked.err, accepted.err, told.err)
    assert [said.code for said in (dave, bob, early, wrong)] == [1, 1, 1, 1]
    assert "Alice Kim" in bob.err
    assert "Failover of orders-api" in accepted.out
    assert "Next decision" in accepted.out
    assert "Park Min has read the brief and takes over as incident commander from Alice Kim" in story
    assert "We promote the standby" in story
    dr("abort", "orders-api", "--yes", "--as", "carol")
    assert "Nobody is reminded before" in rested.out, rested.err
    assert "Nobody is reminded any more." in stopped.out, stopped.err
    assert (when.code, "soon" in when.err) == (1, True)
