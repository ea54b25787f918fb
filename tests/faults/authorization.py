"""A hundred thousand histories around gates, in as many processes as there are cores."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.faults.town import play


def histories(count: int, number: int) -> tuple[int, int, list[str]]:
    """Play so many histories of one seed: how many were played, how many steps began, and what was wrong."""
    played, began, wrong = 0, 0, list[str]()

    @seed(number)
    @settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.binary(min_size=8, max_size=140), st.integers(0, 1 << 62))
    def one(data: bytes, more: int) -> None:
        nonlocal played, began
        town = play(data + more.to_bytes(8, "big"))
        played, began = played + 1, began + town.began
        wrong.extend(f"{data.hex()}: {each}" for each in town.wrong)

    one()
    return played, began, wrong


def play_all(count: int, first_seed: int) -> tuple[str, list[str]]:
    """The figures, and every history with a step that began unauthorised."""
    workers, began_at = os.cpu_count() or 1, time.monotonic()
    share = -(-count // workers)
    with ProcessPoolExecutor(workers) as pool:
        parts = list(pool.map(histories, [share] * workers, range(first_seed, first_seed + workers)))
    played, began = sum(each[0] for each in parts), sum(each[1] for each in parts)
    wrong = [text for each in parts for text in each[2]]
    took = time.monotonic() - began_at
    return f"{played} histories, {began} steps began, {len(wrong)} unauthorised, {took:.0f} s", wrong
