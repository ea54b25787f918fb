"""All that can be said about a runbook before it is needed: every rule over one draft, sorted by line.

Promises that a mistake fails in review, never at 3 a.m. Refuses to stop at the first one.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.model.action import ActionSpec
from bot.model.problem import Problem
from bot.model.service import Catalog
from bot.runbook.nodes import Map, Scalar, Spot, at, key_spot, value_spot
from bot.runbook.rules import (
    actions,
    escalation,
    inputs,
    patience,
    people,
    reading,
    references,
    safety,
    shape,
    stability,
    templates,
    tiers,
)
from bot.runbook.rules.accepted import unanswered
from bot.runbook.rules.book import Book, Found, Rule
from bot.runbook.schema import Draft

RULES: tuple[Rule, ...] = (
    shape.not_too_many_steps,
    shape.needs_exist,
    shape.no_cycles,
    shape.every_step_can_begin,
    shape.if_is_not_false,
    shape.one_kind_each,
    shape.parts_belong_to_actions,
    shape.verify_has_room,
    shape.no_return_is_guarded,
    shape.writes_are_guarded,
    shape.undoable_or_not_retried,
    actions.actions_are_known,
    actions.checks_are_checks,
    people.gates_ask_somebody,
    people.confirmations_name_roles,
    people.manual_steps_have_somebody,
    people.groups_are_known,
    people.prompts_show_what_exists,
    escalation.escalations_ask_somebody,
    escalation.escalations_lead_somewhere,
    escalation.escalations_keep_to_r3,
    inputs.names_are_identifiers,
    inputs.options_fit,
    inputs.limits_fit,
    inputs.patterns_compile,
    inputs.defaults_fit,
    references.version_is_one,
    references.clock_refers,
    references.runbooks_are_known,
    references.services_call_it_what_it_is,
    references.waits_have_one_end,
    references.spans_can_be_lived,
    templates.expressions_hold,
    templates.expressions_are_no_plain_text,
    templates.expressions_stand_where_they_are_read,
    templates.conditions_are_expressions,
    templates.failures_lead_somewhere,
    templates.regions_look_like_regions,
    templates.regions_are_somebodys,
    templates.choices_are_compared_with_options,
    stability.nothing_needs_the_dying_region,
    stability.nothing_waits_for_the_dying_region,
    stability.global_control_planes_are_told,
    stability.nothing_is_made_on_the_day,
    tiers.nothing_is_r4,
    tiers.tiers_are_raised_only,
    tiers.gates_of_r3_are_whole,
    safety.writes_ask_somebody,
    safety.no_return_takes_two,
    safety.nothing_rolls_back_past_no_return,
    safety.what_users_get_is_proven,
    safety.losing_data_comes_after_a_fence,
    safety.gates_are_not_conditional,
    safety.nothing_expires_into_an_abort_past_no_return,
    safety.nothing_is_done_twice_at_once,
    safety.users_follow_the_data,
    patience.gates_leave_time,
    patience.waits_end,
    patience.steps_have_time,
    patience.opaque_calls_are_not_retried,
    patience.timeouts_do_not_wave_through,
    patience.the_clock_stops_at_a_proof,
    patience.the_loss_is_measured,
    patience.failovers_have_a_clock,
    patience.messages_do_not_hold_up,
    reading.few_things_are_known_by_heart,
    reading.one_action_a_line,
    reading.answers_are_values,
    reading.branches_come_first,
    reading.nothing_is_longer_than_two_lines,
    reading.pauses_are_near,
)


def lint(
    draft: Draft, specs: Mapping[str, ActionSpec], catalog: Catalog | None = None, names: frozenset[str] | None = None
) -> list[Problem]:
    """Every mistake that goes beyond form, by line.

    Without a catalogue, people and services are not checked; without `names`, called runbooks are not.
    """
    if draft.runbook is None:
        return []
    book = Book(draft.runbook, draft.node, draft.damaged, specs, catalog, names)
    complaints = unanswered(book, [each for rule in RULES for each in rule(book)])
    found = {problem_at(draft.node, draft.path, each) for each in complaints}
    return sorted(found, key=lambda each: (each.line, each.column, each.text))


def problem_at(node: Map, file: str, found: Found) -> Problem:
    """A complaint with the line and column of what it is about."""
    spot = _spot(node, found)
    return Problem(path=file, line=spot.line, column=spot.column, text=found.text, code=found.code, level=found.level)


def _spot(node: Map, found: Found) -> Spot:
    if found.key:
        return key_spot(node, found.path)
    here = at(node, found.path)
    if isinstance(here, Scalar) and (found.offset or found.marker):
        return here.spot_of(found.offset, found.marker)
    return value_spot(node, found.path)
