"""What AWS refused is caught by its code."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from bot.actions.answers import refusal, unready


def caught(error: Exception, *codes: str) -> bool:
    try:
        raise error
    except refusal(*codes):
        return True


@pytest.mark.parametrize(
    "codes", [("NoSuchKey",), ("404", "NoSuchKey"), ("NoSuch*",), ("*Key",)], ids=["one", "several", "start", "end"]
)
def test_a_refusal_is_caught_by_its_code(codes: tuple[str, ...]) -> None:
    """A code is named whole, as one of several, or with a star."""
    assert caught(ClientError({"Error": {"Code": "NoSuchKey"}}, "HeadObject"), *codes)


@pytest.mark.parametrize("codes", [(), ("NoSuch",), ("nosuchkey",), ("AccessDenied",)])
def test_another_refusal_passes(codes: tuple[str, ...]) -> None:
    """Half a code, another case, another code, or none at all: the error goes on to the worker."""
    with pytest.raises(ClientError, match="NoSuchKey"):
        caught(ClientError({"Error": {"Code": "NoSuchKey"}}, "HeadObject"), *codes)


def test_silence_is_no_refusal() -> None:
    """An error without an answer has no code; it passes, whatever codes are named."""
    with pytest.raises(TimeoutError):
        caught(TimeoutError("no answer"), "NoSuchKey", "Invalid*")


def test_a_source_that_cannot_be_used_says_whether_it_is_there() -> None:
    """On its way or broken with its status; a name that does not exist with the region in which it was looked for."""
    assert unready("snap-1", "pending", "completed", "us-west-2") == (
        "snap-1 is pending; it has to be completed first."
    )
    assert unready("snap-1", None, "completed", "us-west-2") == "snap-1 is not in us-west-2; name one that is there."
