"""A small healthy folder to break: one runbook that uses every part of the language, and its catalogue.

`broken(text, old, new)` puts a mistake into it; a `‸` in `new` marks the character that the complaint must point at.
"""

from __future__ import annotations

RUNBOOK = """\
schema: dr/v1
runbook: shop.failover
version: 3
title: Fail the shop over to ${{ service.recovery_region }}
owners: ["@shop-sre"]
strategy: warm
kind: failover
when: The primary region is impaired.

clock:
  starts: inputs.impact_started_at
  stops: steps.verify_service
  recovery_point: steps.measure_lag.outputs.last_consistent_at

inputs:
  mode:
    type: choice
    options: [unplanned, planned]
    default: unplanned
  impact_started_at:
    type: datetime
    required: true
  desired_tasks:
    type: integer
    default: 24
    min: 6
    max: 60
  ticket:
    type: string
    pattern: "^INC-[0-9]+$"
  patience:
    type: duration
    default: 10m

approvers:
  board:
    groups: ["@leads", "@directors"]

defaults:
  region: ${{ service.recovery_region }}
  timeout: 10m
  retry: { max_attempts: 3, backoff: 5s }
  on_failure: pause

steps:
  measure_lag:
    title: How much would be lost now?
    uses: aurora.measure_global_lag
    with:
      global_cluster: ${{ resources.database.global_cluster }}
      target_region: ${{ service.recovery_region }}
    on_failure: continue

  declare:
    title: Go or no go
    needs: [measure_lag]
    approve:
      from: board
      count: 2
      typed: shop ${{ service.recovery_region }}
      text: Lost now, in seconds, ${{ steps.measure_lag.outputs.lag_seconds }}
      show: [plan, steps.measure_lag]
      expires: 10m

  scale_api:
    title: Scale to ${{ inputs.desired_tasks }}
    needs: [declare]
    uses: ecs.set_desired_count
    with:
      cluster: shop
      service: shop-api
      desired: ${{ inputs.desired_tasks }}
    verify:
      until:
        - check: http.probe
          with: { url: "${{ service.health.recovery_url }}" }
      every: 5s
      timeout: 2m
    rollback:
      uses: ecs.set_desired_count
      with: { cluster: shop, service: shop-api, desired: 4 }

  promote_db:
    title: Promote the database
    needs: [scale_api]
    if: ${{ inputs.mode == 'unplanned' || steps.measure_lag.outputs.lag_seconds < 5.0 }}
    uses: aurora.failover_global_cluster
    point_of_no_return: true
    confirm:
      text: Promote?
      by: [ops, ic]
    with:
      global_cluster: ${{ resources.database.global_cluster }}
      target_cluster: ${{ resources.database.cluster_arn }}
      allow_data_loss: ${{ inputs.mode == 'unplanned' }}
    accepts:
      unfenced: The shop's only writer is the api that is scaled here.

  wait_capacity:
    title: Wait for a healthy fleet
    needs: [scale_api]
    wait:
      until:
        - check: elbv2.healthy_targets
          with: { target_group: shop-usw2 }
          gte: 20
      every: 15s
      timeout: 12m

  allowlist:
    title: The payment provider lets us in
    needs: [declare]
    manual:
      assignee: ops
      do:
        - Open the console in ${{ service.recovery_region }}
      answer: { field: ticket, label: Ticket number, pattern: "^PSP-[0-9]+$" }

  breathe:
    title: Let caches warm up
    needs: [promote_db, wait_capacity, allowlist]
    wait:
      for: 30s

  verify_service:
    title: Users are served
    needs: [breathe]
    uses: cloudwatch.alarm_ok
    with:
      alarm: ${{ service.health.alarm }}
      stable_for: ${{ inputs.patience }}

  announce:
    title: Tell everybody
    needs: [verify_service]
    uses: sns.publish
    with:
      topic: arn:aws:sns:us-west-2:111122223333:dr-events
      subject: The shop is back
      message: >-
        Served from ${{ service.recovery_region }},
        ticket ${{ steps.allowlist.outputs.ticket }}

on_abort:
  before_no_return: rollback
  after_no_return: offer shop.failback
"""

CATALOG = """\
tiers:
  tier-1: { rto: 30m, rpo: 1m }

people:
  ann: { name: Ann, slack: U01ANN0000, cli: ann, groups: ["@leads", "@shop-sre"] }
  ben: { name: Ben, slack: U02BEN0000, cli: ben, groups: ["@directors"] }
  cat: { name: Cat, slack: U03CAT0000, groups: ["@leads", "@directors"] }

roles:
  ic: { groups: ["@leads"] }
  ops: { groups: ["@shop-sre"] }

services:
  shop:
    tier: tier-1
    strategy: warm
    primary_region: us-east-1
    recovery_region: us-west-2
    account: "111122223333"
    owners: ["@shop-sre"]
    channel: "#incidents"
    health:
      recovery_url: http://shop.example.com/health
      alarm: shop-success
    resources:
      database:
        global_cluster: shop-global
        cluster_arn: arn:aws:rds:us-west-2:111122223333:cluster:shop-usw2
        ports: [5432]
    runbooks:
      failover: shop.failover

  search:
    tier: tier-1
    strategy: cold
    rto: 7d
    rpo: 1d
    primary_region: us-east-1
    recovery_region: us-west-2
    channel: "#incidents"
    depends_on: [shop]
"""

NAMES = frozenset({"shop.failover", "shop.failback"})
MARK = "‸"


def broken(text: str, old: str, new: str) -> tuple[str, int, int]:
    """`text` with the one `old` replaced by `new`, and the line and column that the mark in `new` stands for."""
    assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
    marked = text.replace(old, new)
    before, _, after = marked.partition(MARK)
    return before + after, before.count("\n") + 1, len(before) - before.rfind("\n")
