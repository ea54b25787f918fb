"""Draws every picture of the documentation anew: `make pictures`; some by `python -m tests.pictures.run run-card …`.

Needs chromium, chromedriver, fonts-inter, fonts-noto-color-emoji and, for Korean, fonts-noto-cjk.
"""

from __future__ import annotations

import re
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console

from bot.cli.plan_page import plan_page
from bot.cli.run_page import run_page
from bot.language import Language, speaking
from bot.timeline.build import build_timeline
from bot.timeline.export import export
from tests.pictures.incident_samples import INCIDENT
from tests.pictures.palette import LARGEST
from tests.pictures.samples import KOREAN, PEOPLE, PLAN, RECORDS, SAMPLES, Sample, until, view_of
from tests.pictures.stage import PHONE, Camera, camera, draw

IMAGES = Path(__file__).parents[2] / "docs" / "images"
_MOMENT = RECORDS[7].at
_PAGE = (1120, 1400)
_FONT = re.compile(r"@font-face \{.*?\}\s*", re.S)


def main(names: list[str]) -> int:
    """Draw the named pictures, all when none is named; 1 when one is too heavy for a page."""
    with camera() as lens:
        for sample in (*SAMPLES, *INCIDENT):
            if not names or sample.name in names:
                _draw(lens, sample)
        if not names or "places" in names:
            _places(lens)
        if not names or "report" in names:
            _report(lens, "en")
            _report(lens, "ko")
    if not names or "terminal" in names:
        _terminal()
    heavy = [path.name for path in sorted(IMAGES.iterdir()) if path.stat().st_size > LARGEST]
    for name in heavy:
        print(f"{name} is heavier than {LARGEST // 1024} KB")
    return int(bool(heavy))


def _draw(lens: Camera, sample: Sample) -> None:
    reader = "ben" if sample.place == "home" else "dev"
    draw(lens, sample.drawn(), PEOPLE, reader, _MOMENT, IMAGES / f"{sample.name}.png")
    if sample.name in KOREAN:
        draw(lens, sample.drawn("ko"), PEOPLE, reader, _MOMENT, IMAGES / f"{sample.name}.ko.png")


def _places(lens: Camera) -> None:
    """The card where people meet it: in a channel on a desk, and on a phone."""
    card = next(sample for sample in SAMPLES if sample.name == "run-card")
    desk = IMAGES / "workspace.png"
    draw(lens, card.drawn(), PEOPLE, "dev", _MOMENT, desk, whole=True, size=(1280, 1260))
    draw(lens, card.drawn(), PEOPLE, "dev", _MOMENT, IMAGES / "phone.png", whole=True, size=PHONE)


def _report(lens: Camera, language: Language) -> None:
    ending = "" if language == "en" else f".{language}"
    with speaking(language), tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(export("html", build_timeline(RECORDS, as_of=RECORDS[-1].at), RECORDS), encoding="utf-8")
        lens.look_at(page.as_uri(), _PAGE, "main")
        lens.take("", IMAGES / f"report{ending}.png")
        if language == "en":
            lens.look_at(page.as_uri(), PHONE, "main")
            lens.take("", IMAGES / "report-phone.png")


def _terminal() -> None:
    middle = view_of(until("step_observed", "promote_db"), 4)
    pages = {
        "terminal-plan": list(plan_page(PLAN)),
        "terminal-status": [run_page(middle, middle.timeline.as_of)],
    }
    for name, parts in pages.items():
        out = Console(record=True, width=128, file=StringIO(), highlight=False, markup=False, force_terminal=True)
        for part in parts:
            out.print(part)
        title = "dr plan orders-api" if name == "terminal-plan" else "dr status orders-api"
        drawn = out.export_svg(title=title, unique_id=name)
        (IMAGES / f"{name}.svg").write_text(_FONT.sub("", drawn), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
