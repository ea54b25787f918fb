"""How often Python looks for garbage in a bot that serves.

Everything imported and built at the start lives as long as the process. To look through it again and again took a fifth
of the engine's time with two hundred runs at once (docs/performance.md), and each full look holds up every click.
"""

from __future__ import annotations

import gc

FIRST, SECOND, THIRD = 50_000, 20, 50
"""Objects made before the youngest are looked at, and how often each generation waits for the one before it."""


def settle() -> None:
    """Set aside what is there now, and look at the rest less often. Call it once, when everything is imported."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(FIRST, SECOND, THIRD)
