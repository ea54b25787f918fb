"""Which page of an overview each run stands on.

Promises: a run keeps its page for as long as pages are well filled, so that one that leaves moves no other: a run that
moved to a page which was just drawn would be out of sight until that page's next turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from bot.slack.views.crowd import PAGE, Face


class Paging:
    """The pages of one overview."""

    def __init__(self) -> None:
        self._page: dict[str, int] = {}

    def laid(self, faces: Collection[Face]) -> list[list[Face]]:
        """The runs page by page; a new one goes where there is room, and half empty books are bound anew."""
        known = {face.run for face in faces}
        self._page = {run: page for run, page in self._page.items() if run in known}
        filled = Counter(self._page.values())
        ordered = sorted(faces, key=lambda face: (face.since, face.run))
        if filled and (len(filled) <= max(filled) or pages_for(len(known)) <= (max(filled) + 1) // 2):
            self._page, filled = {}, Counter()
        for face in ordered:
            if face.run not in self._page:
                self._page[face.run] = page = next(page for page in range(len(known)) if filled[page] < PAGE)
                filled[page] += 1
        pages: list[list[Face]] = [[] for _page in filled]
        for face in ordered:
            pages[self._page[face.run]].append(face)
        return pages


def pages_for(runs: int) -> int:
    """So many pages hold them."""
    return -(-runs // PAGE)
