"""Text from outside, made safe to look at: nothing invisible may change what a reader believes they read.

Promises: control, zero-width and bidirectional characters become `⟨U+202E⟩`, line breaks become `↵`, and doing it twice
changes nothing. Refuses to know any markup; each export escapes for its own format.
"""

from __future__ import annotations

import re

_BREAKS = re.compile(r"\s*(?:\r\n|[\n\r\x0b\x0c\x85\u2028\u2029])\s*")
INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""What prints as nothing or reorders its neighbours (Unicode TR 36); the joiner inside emoji is let through."""


def visible(text: str) -> str:
    """One line in which every character can be seen."""
    line = _BREAKS.sub(" ↵ ", text.strip()).replace("\t", " ")
    return INVISIBLE.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", line)
