"""Colours as a style sheet names them, and how far two of them stand apart, as WCAG 2.2 reckons it."""

from __future__ import annotations

import re

LEGIBLE, DISTINCT = 4.5, 3.0
"""Level AA: text of ordinary size, and the edge of what can be typed into or is focused."""

Theme = dict[str, str]


def themes(css: str) -> tuple[Theme, Theme]:
    """The colours by name, in the light and in the dark."""
    roots = re.findall(r":root \{(.*?)\}", css, re.S)[:2]
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6})\b", root)) for root in roots)
    return light, light | dark


def contrast(one: str, other: str) -> float:
    """From 1, the same, to 21, black on white."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
