"""The workspace's page can be read by weak eyes, in the light and in the dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.local import workspace
from tests.colours import DISTINCT, LEGIBLE, Theme, contrast, themes

CSS = (Path(workspace.__file__).parent / "page" / "workspace.css").read_text(encoding="utf-8")
TEXTS = ("ink", "muted", "faint", "link", "danger", "accent")
GROUNDS = ("bg", "soft", "hover", "raised", "whisper", "pin")
PAIRS = (
    ("accent-ink", "accent"), ("danger-ink", "danger"), ("code-ink", "code"), ("link", "mention"),
    ("mention-me-ink", "mention-me"), ("side-ink", "side"), ("side-bright", "side-active"), ("ink", "good-soft"),
    ("ink", "bad-soft"), ("ink", "warn-soft"), ("ink", "info-soft"),
)  # fmt: skip
EDGES = (("edge", "bg"), ("link", "bg"), ("side-focus", "side"), ("side-focus", "side-active"))
"""Of fields, and of what has the focus."""


@pytest.mark.parametrize("theme", themes(CSS), ids=["light", "dark"])
def test_text_stands_out_from_its_ground(theme: Theme) -> None:
    """Every colour of text on every ground that it stands on."""
    pairs = [*((text, ground) for text in TEXTS for ground in GROUNDS), *PAIRS]

    assert {pair: found for pair in pairs if (found := contrast(theme[pair[0]], theme[pair[1]])) < LEGIBLE} == {}


@pytest.mark.parametrize("theme", themes(CSS), ids=["light", "dark"])
def test_fields_and_the_focus_can_be_seen(theme: Theme) -> None:
    """Whoever has no mouse sees where they are, in the dark side bar too."""
    assert {pair: found for pair in EDGES if (found := contrast(theme[pair[0]], theme[pair[1]])) < DISTINCT} == {}


def test_every_colour_that_is_used_has_a_value() -> None:
    """One without a value is drawn as nothing, or in the colour of what stands around it."""
    used = set(re.findall(r"var\(--([\w-]+)\)", CSS))

    assert used - set(re.findall(r"--([\w-]+):", CSS)) == set()
