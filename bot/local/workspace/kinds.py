"""The words every part of the workspace shares: JSON objects, and a refusal in Slack's own terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
Clock: TypeAlias = Callable[[], float]


class SlackError(Exception):
    """A call that Slack would refuse: `code` as it documents it, `complaints` as in `response_metadata.messages`."""

    def __init__(self, code: str, complaints: Sequence[str] = (), **extra: object) -> None:
        super().__init__(code)
        self.code = code
        self.complaints = list(complaints)
        self.extra = extra

    def as_slack(self) -> Json:
        """The answer's body: `ok: false`, the code, and what is wrong where."""
        body: Json = {"ok": False, "error": self.code, **self.extra}
        if self.complaints:
            body["errors"] = self.complaints
            body["response_metadata"] = {"messages": [f"[ERROR] {complaint}" for complaint in self.complaints]}
        return body
