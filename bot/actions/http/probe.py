"""Ask a web address whether it answers as it should.

Settles when the status equals `expect`, as many times in a row as `consecutive` says. Anything else, silence
included, is waited out.

When to reach for it: smoke-testing the standby before users see it, and watching the users' own address afterwards.

What bites: redirects are not followed, so expect the 301 or name the final address. The probe runs where the bot
runs; proxies of the environment (`https_proxy`, `no_proxy`) count.
"""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from bot.actions.base import Call, Check, Params, Rehearsal, Results, action
from bot.language import told
from bot.model.action import Before, ControlPlane, Observation, Pending, Risk, Settled
from bot.model.base import Duration
from bot.model.errors import Retryable
from bot.ports.aws import Reads


class ProbeParams(Params):
    """Where to ask and what to expect."""

    url: str = Field(
        description="Address to GET.", pattern=r"^https?://.+", examples=["https://orders-api.example.com/health"]
    )
    expect: int = Field(default=200, ge=100, le=599, description="Status that counts as good.")
    consecutive: int = Field(default=1, ge=1, le=100, description="Good answers wanted in a row.")
    timeout: Duration = Field(
        default=timedelta(seconds=5), gt=timedelta(0), le=timedelta(seconds=20), description="Limit for one answer."
    )


class ProbeResults(Results):
    """The answer."""

    status: int = Field(description="HTTP status.")
    milliseconds: int = Field(description="Until the status arrived.")


@action(
    "http.probe",
    risk=Risk.READ,
    control_plane=ControlPlane.NONE,
    measures="status",
    permissions=(),
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "url": "https://orders-api.example.com/health"},
        calls=(
            Call("http", "http_get", {"status": 503, "milliseconds": 12}),
            Call("http", "http_get", {"status": 503, "milliseconds": 12}),
            Call("http", "http_get", {"status": 200, "milliseconds": 9}),
        ),
    ),
)
class Probe(Check[ProbeParams]):
    """One GET per look."""

    Params = ProbeParams
    Results = ProbeResults

    def verify(self, aws: Reads, params: ProbeParams, before: Before) -> Observation:
        try:
            answer = aws.http_get(params.url, timeout=params.timeout.total_seconds())
        except Retryable as silence:
            return Pending(seen=str(silence))
        seen = told("{status} in {milliseconds} ms", status=answer.status, milliseconds=answer.milliseconds)
        if answer.status == params.expect:
            return Settled(seen=seen, results={"status": answer.status, "milliseconds": answer.milliseconds})
        said = f" ({answer.excerpt[:80]})" if answer.excerpt else ""
        return Pending(
            seen=told("{seen}, wanted {expect}{said}", seen=seen, expect=params.expect, said=said),
            look_again=timedelta(seconds=3),
            results={"status": answer.status, "milliseconds": answer.milliseconds},
        )

    def streak(self, params: ProbeParams) -> int:
        return params.consecutive
