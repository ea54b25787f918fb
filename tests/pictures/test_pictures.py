"""The pictures of the documentation are there, light, and shown. `make pictures` draws them."""

from __future__ import annotations

import re

from tests.pictures.incident_samples import INCIDENT
from tests.pictures.palette import LARGEST
from tests.pictures.run import IMAGES
from tests.pictures.samples import KOREAN, SAMPLES

LOOKS = (IMAGES.parent / "looks.md").read_text(encoding="utf-8")
README = (IMAGES.parents[1] / "README.md").read_text(encoding="utf-8")


def test_every_view_is_drawn_and_shown() -> None:
    """A view that nobody sees in the documentation is one that nobody looks at."""
    named = {f"{sample.name}.png" for sample in (*SAMPLES, *INCIDENT)}

    assert {name for name in named if not (IMAGES / name).exists()} == set()
    assert {name for name in named if f"(images/{name})" not in LOOKS} == set()
    assert {name for name in KOREAN if not (IMAGES / f"{name}.ko.png").exists()} == set()


def test_every_picture_that_is_shown_exists_and_has_words() -> None:
    """No dead picture, and none without a text for those who cannot see it."""
    shown = re.findall(r"!\[([^\]]*)\]\((?:docs/)?images/([^)]+)\)", LOOKS + README)

    assert shown
    assert [name for _, name in shown if not (IMAGES / name).exists()] == []
    assert [name for words, name in shown if len(words) < 8] == []


def test_no_picture_is_heavy() -> None:
    """A page of pictures opens on a train."""
    assert {path.name: path.stat().st_size for path in IMAGES.iterdir() if path.stat().st_size > LARGEST} == {}
