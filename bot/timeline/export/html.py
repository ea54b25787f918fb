"""Timeline → one HTML page that needs nothing but itself: no font, no image, no script from anywhere.

Promises: readable on a phone, on paper, in the dark and aloud; text from outside is escaped and cannot load or run
anything, by escaping first and by the page's own content policy second. Times are UTC; one script of our own shows
them in the reader's zone when asked to. Refuses to decide what is worth showing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from bot.language import _, _n, spoken
from bot.model.plan import Mode
from bot.model.records import Record
from bot.model.timeline import Timeline
from bot.timeline.export import reading
from bot.timeline.export.picture import GLYPHS, NARROW, WIDE, gantt, loss_bar, phase_bar, took
from bot.timeline.terms import PHASE_MEANINGS, PHASE_TEXTS, kind_words, span_text, state_words, strategy_words
from bot.timeline.visible import visible

_HERE = Path(__file__).parent
_BADGES = {"completed": "good", "failed": "bad", "aborted": "bad", "rolled_back": "warn"}
_MARKS = {"completed": "✓", "failed": "✗", "aborted": "✗", "rolled_back": "↶"}


def to_html(timeline: Timeline, records: Sequence[Record]) -> str:
    """The report of one run."""
    del records  # every export is called alike
    css, script = _own("report.css"), _own("report.js")
    now = timeline.ended_at or timeline.as_of
    return _page().render(
        t=timeline,
        language=spoken(),
        css=Markup(css),  # noqa: S704  # our own file
        script=Markup(script),  # noqa: S704  # our own file
        csp=_policy(css, script),
        is_dry=timeline.mode is Mode.DRY_RUN,
        is_over=timeline.ended_at is not None,
        badge=_BADGES.get(timeline.status, "ask"),
        mark=_MARKS.get(timeline.status, "…"),
        start=timeline.rto.started_at or timeline.started_at,
        route=timeline.way,
        pictures=(gantt(timeline, WIDE), gantt(timeline, NARROW)),
        so_far=reading.so_far(timeline),
        phase_bar=phase_bar(timeline),
        loss_bar=loss_bar(timeline),
        took=lambda span: took(span, now),
        glyphs=GLYPHS,
    )


@cache
def _page_environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {"utc": reading.utc, "span": span_text}
    env.globals |= {
        "since": reading.since,
        "verdict": reading.verdict,
        "left": reading.left,
        "status_text": reading.status_text,
        "figures": reading.figures,
        "_": _,
        "_n": _n,
        "kind_words": kind_words,
        "state_words": state_words,
        "strategy_words": strategy_words,
        "phase_texts": PHASE_TEXTS,
        "phase_meanings": PHASE_MEANINGS,
    }
    return env


def _page() -> Template:
    return _page_environment().get_template("report.html.j2")


def _shown(value: object) -> object:
    """Whatever is printed can be seen; our own markup passes."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _own(name: str) -> str:
    """A file that stands beside this one."""
    return (_HERE / name).read_text(encoding="utf-8")


def _policy(css: str, script: str) -> str:
    """Nothing may load or run but our own style sheet and script, each named by its hash."""
    style, run = (base64.b64encode(hashlib.sha256(own.encode()).digest()).decode() for own in (css, script))
    allowed = f"style-src 'sha256-{style}'; script-src 'sha256-{run}'"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
