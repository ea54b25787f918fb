"""What a piece of code costs by itself, whatever else the machine and the test session are about."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


def measured(work: Callable[[], Answer]) -> tuple[Answer, float]:
    """The answer and its processor seconds in this thread; what other tests left in memory is not searched for it."""
    gc.freeze()
    began = time.thread_time()
    try:
        return work(), time.thread_time() - began
    finally:
        gc.unfreeze()
