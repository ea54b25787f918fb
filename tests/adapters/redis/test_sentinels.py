"""A URL that names sentinels means the same servers to us as to docket."""

from __future__ import annotations

import pytest
from docket._redis_sentinel import parse_sentinel_url  # the reader that we must agree with; the product does not use it

from bot.adapters.redis.sentinels import read


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://one/runs",
        "redis+sentinel://one:1,two:2,[::1]:3/runs/4",
        "redis+sentinel://[::1]:1,[::2]/runs",
        "rediss+sentinel://u:p%40ss@one:1/runs?ssl_ca_certs=/etc/ca.pem&ssl_cert_reqs=none",
        "redis+sentinel://:secret@one, two:2/runs?sentinel_username=s&sentinel_password=t%26u",
        "redis+sentinel://u@one/runs/?socket_timeout=3&max_connections=9&health_check_interval=1",
    ],
)
def test_docket_and_we_read_the_same(url: str) -> None:
    """Servers, name, database, logins, options, TLS."""
    theirs = parse_sentinel_url(url)

    ours = read(url)

    assert [*ours.sentinels] == theirs.sentinels
    assert (ours.name, ours.db) == (theirs.service_name, theirs.db)
    assert ours.servers == theirs.connection_kwargs
    assert ours.own == theirs.sentinel_kwargs


@pytest.mark.parametrize(
    "url",
    ["redis+sentinel:///runs", "redis+sentinel://one", "redis+sentinel://one:x/runs", "redis+sentinel://one/runs/two"],
)
def test_what_docket_refuses_we_refuse(url: str) -> None:
    """With a sentence."""
    with pytest.raises(ValueError, match=" "):
        parse_sentinel_url(url)

    with pytest.raises(ValueError, match=" "):
        read(url)
