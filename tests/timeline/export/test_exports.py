"""What every export promises: complete, harmless, and in its own format."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from bot.model.errors import NotFound
from bot.model.events import NoteAdded, RunCreated, RunFinished, StepFailed, StepObserved, StepStarted
from bot.model.plan import Mode
from bot.model.records import Record
from bot.model.timeline import Timeline
from bot.timeline.build import build_timeline
from bot.timeline.export import EXPORTS, export, file_name
from bot.timeline.export.csv import neutral
from bot.timeline.export.markdown import plain
from tests.builders import (
    ANA,
    NOW,
    Story,
    a_failover_plan,
    a_finished_failover,
    a_person,
    a_plan,
    a_step,
    change,
    records_of,
)

LATER = NOW + timedelta(hours=1)
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "]]><svg onload=alert(1)>",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "a | b | c",
    "[click](javascript:alert(1))",
    "![x](http://evil.example/x.png)",
    "`code` **bold** ~~gone~~",
    "# heading",
    "1. list",
    "\u202egnp.exe\u2066",
    "zero\u200bwidth",
    "{{ 7*7 }}{% raw %}",
    "quote \" and ' and &lt;",
    "line\r\nbreak\x00nul",
    "</style><style>*{display:none}",
)


def _told(records: tuple[Record, ...]) -> Timeline:
    return build_timeline(records, as_of=LATER)


def _hostile(text: str) -> tuple[Record, ...]:
    mallory = a_person("mallory", text)
    plan = a_plan(
        a_step(title=text), title=text, reason=text, requester=mallory, inputs={"text": text}, impact_evidence=text
    )
    story = Story(plan).tell(RunCreated(plan=plan), by=mallory).tell(NoteAdded(text=text), after=1, by=mallory)
    story.tell(StepStarted(step="scale_api", attempt=1), after=1)
    story.tell(StepObserved(step="scale_api", seen=text, look_at=LATER), after=1)
    return story.tell(StepFailed(step="scale_api", attempt=1, why=text), after=1).records


class _Page(HTMLParser):
    """What a browser would build: tags, attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_page_cannot_be_made_to_run_or_load_anything(text: str) -> None:
    """Hostile text adds no tag and no attribute to the report; it is shown as text."""
    records = _hostile(text)
    calm = _Page(export("html", _told(_hostile("calm")), _hostile("calm")))

    page = _Page(export("html", _told(records), records))

    assert [tag for tag, _ in page.tags] == [tag for tag, _ in calm.tags]
    tags = [tag for tag, _ in page.tags]
    assert tags.count("script") == 1, "our own, which the page's policy names by its hash"
    assert not {"img", "iframe", "link", "object", "form"} & set(tags)
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "href", "style")]


@pytest.mark.parametrize("name", EXPORTS)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_invisible_survives(name: str, text: str) -> None:
    """No export holds a raw control, zero-width or direction-changing character, or raw markup from outside."""
    records = _hostile(text)

    made = export(name, _told(records), records)

    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069]", made)
    if name != "csv":
        assert "<script>alert" not in made
        assert "<img" not in made


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_cell_is_a_formula_and_no_row_breaks(text: str) -> None:
    """A spreadsheet shows text and never computes it; every row has its ten cells."""
    records = _hostile(text)

    rows = list(csv.reader(io.StringIO(export("csv", _told(records), records), newline=""), strict=True))

    assert {len(row) for row in rows} == {10}
    assert not [cell for row in rows[1:] for cell in (*row[3:7], row[9]) if cell.lstrip()[:1] in tuple("=+-@")]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_breaks_a_markdown_table(text: str) -> None:
    """Every row of a table has as many cells as its header, whatever the cells say."""
    records = _hostile(text)

    lines = export("md", _told(records), records).splitlines()

    tables = [line for line in lines if line.startswith("|")]
    pipes = [len(re.findall(r"(?<!\\)\|", line)) for line in tables]
    header = 0
    for line, count in zip(tables, pipes, strict=True):
        if lines[lines.index(line) - 1] == "":
            header = count
        assert count == header


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a | b", r"a \| b"),
        ("<b>", "&lt;b&gt;"),
        ("[x](y)", r"\[x\](y)"),
        ("# no heading", r"\# no heading"),
        ("1. no list", r"1\. no list"),
        ("promote_db", "promote_db"),
        ("_stressed_", r"\_stressed\_"),
        ("back\\slash", r"back\\slash"),
        ("&lt;", "&amp;lt;"),
    ],
)
def test_markdown_text_is_text(text: str, shown: str) -> None:
    """Markup from outside is escaped, and plain words are left readable."""
    assert plain(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1", "'=1"),
        (" @x", "'@x"),
        ("＝1", "'＝1"),
        ("a=1", "a=1"),
        ("", ""),
        ("\t-1", "'-1"),
        ("a;=1; @b;c", "a;'=1; '@b;c"),
        ("-1;-2", "'-1;'-2"),
    ],
)
def test_formulas_are_neutralised(text: str, shown: str) -> None:
    """What a spreadsheet would compute gets a quote in front."""
    assert neutral(text) == shown


def test_the_table_for_spreadsheets_is_rfc_4180() -> None:
    """Header, CRLF, UTC, one row per entry."""
    records = a_finished_failover()
    told = _told(records)

    made = export("csv", told, records)

    rows = list(csv.DictReader(io.StringIO(made, newline="")))
    assert made.count("\r\n") == len(told.entries) + 1
    assert len(rows) == len(told.entries)
    assert rows[0]["at"] == "2026-03-14T03:06:40.000+00:00"
    assert rows[0]["since_impact_s"] == "280.0"
    assert {row["source"] for row in rows} == {"measured", "stated"}


def test_the_review_begins_with_facts_and_ends_with_questions() -> None:
    """Figures with their evidence, what is left, who decided what, then the blank sections."""
    records = a_finished_failover()

    made = export("md", _told(records), records)

    assert "| RTO | 30m | 26m 25s | met, 3m 35s to spare | Start 2026-03-14 03:02:00 UTC: alarm" in made
    assert "| RPO | 5m | 42s | not judged |" in made
    assert "- [ ] UNFENCED: “Stop writes in the old primary”" in made
    assert r"Note: AWS support case 1780-223 opened \| sev 1" in made
    headings = re.findall(r"^##+ (.+)$", made, re.MULTILINE)
    assert headings == [
        "Objectives", "Left to do", "What did not go as planned", "Decisions and approvals", "Timeline", "People",
        "Review", "Contributing factors", "What helped", "What was in the way", "Where we were lucky", "Follow-ups",
        "Proof",
    ]  # fmt: skip


def test_the_page_shows_what_matters() -> None:
    """Outcome, figures, what is left, every entry, the picture and the hashes."""
    records = a_finished_failover()
    told = _told(records)

    page = export("html", told, records)

    text = " ".join(_Page(page).text.split())
    assert "Completed" in text
    assert "met, 3m 35s to spare" in text
    assert all(" ".join(entry.text.split()) in text for entry in told.entries)
    assert all(span.title in text for span in told.spans)
    assert told.head in text
    assert told.plan_hash in text
    assert page.count('class="no-return"') == 3, "two pictures and the key"
    assert "RTO deadline 03:32:00" in text


def test_the_page_needs_nothing_but_itself() -> None:
    """No address is fetched, and the content policy would not let it be."""
    records = a_finished_failover()

    text = export("html", _told(records), records)

    page = _Page(text)
    policy = next(a["content"] for tag, a in page.tags if tag == "meta" and a.get("http-equiv"))
    script = text.split("<script>")[1].split("</script>")[0]
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy is not None
    assert f"script-src 'sha256-{hashed}'" in policy
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert not [a for _, a in page.tags if "src" in a or "href" in a]


def test_the_page_can_be_read_aloud() -> None:
    """Pictures are named, tables have headers, no meaning hangs on a colour alone."""
    records = a_finished_failover()

    page = _Page(export("html", _told(records), records))

    pictures = [a for tag, a in page.tags if tag == "svg" and a.get("aria-hidden") != "true"]
    assert pictures
    assert all(a.get("role") == "img" and (a.get("aria-label") or a.get("aria-labelledby")) for a in pictures)
    ids = {a["id"] for _, a in page.tags if "id" in a}
    named = " ".join(a["aria-labelledby"] or "" for a in pictures if "aria-labelledby" in a).split()
    assert set(named) <= ids
    assert [a.get("scope") for tag, a in page.tags if tag == "th"].count("col") == 10
    assert "warning" in page.text


def test_a_broken_chain_is_said_at_the_top() -> None:
    """Nobody reads a doctored report without being told."""
    records = change(a_finished_failover(), 9, at=NOW)
    told = _told(records)

    page, review = export("html", told, records), export("md", told, records)

    assert "Record 9 does not follow from the one before it." in page
    assert "**BROKEN at record 9**" in review


def test_a_rehearsal_says_so_and_shows_no_figure() -> None:
    """A dry run is never mistaken for the real thing."""
    records = a_finished_failover(mode=Mode.DRY_RUN)
    told = _told(records)

    page, review = export("html", told, records), export("md", told, records)

    assert "This was a dry run" in page
    assert "UNKNOWN" in page
    assert "> **Rehearsal.**" in review


def test_an_open_run_shows_the_time_so_far() -> None:
    """While it burns, the page says how long and how much is left."""
    records = a_finished_failover()[:40]
    told = build_timeline(records, as_of=records[0].at + timedelta(minutes=10))

    text = " ".join(_Page(export("html", told, records)).text.split())

    assert "so far" in text
    assert "15m 20s left" in text


@pytest.mark.parametrize("facts", [(), (RunFinished(outcome="aborted"),)], ids=["just created", "aborted at once"])
@pytest.mark.parametrize("name", EXPORTS)
def test_a_run_that_never_did_anything_can_be_exported(name: str, facts: tuple[RunFinished, ...]) -> None:
    """The emptiest journals make files too."""
    records = records_of(*facts, plan=a_failover_plan(impact_started_at=None, reason=""))

    assert export(name, _told(records), records)


def test_a_run_of_days_is_drawn_too() -> None:
    """The axis copes with a week and with seconds."""
    story = Story(a_failover_plan()).tell(RunCreated(plan=a_failover_plan()), by=ANA)
    records = story.tell(NoteAdded(text="still here"), after=700_000).records

    page = export("html", build_timeline(records, as_of=story.now), records)

    assert page.count('class="tick"') <= 14


def test_an_unknown_format_names_the_ones_there_are() -> None:
    """A typo is answered with the nearest name."""
    records = records_of()

    with pytest.raises(NotFound, match="json"):
        export("jsn", _told(records), records)


@pytest.mark.parametrize(("run", "name"), [("01JP", "01JP.md"), ("../../etc/x", "______etc_x.md")])
def test_file_names_stay_in_their_folder(run: str, name: str) -> None:
    """A run's id becomes a plain file name."""
    told = _told(records_of()).model_copy(update={"run": run})

    assert file_name("md", told) == name
