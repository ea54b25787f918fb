"""Whether a host can be reached at all, found out without hanging.

Promises: a name that does not resolve is given up after four seconds and called a matter of DNS, while the lookup
itself stays behind in one thread per name; a host that took no connection is not tried again for a moment, so that the
retries of one look, and the looks of other steps, do not each wait for the same dead region. Refuses to know what is
sent. Behind a proxy, names are the proxy's matter.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError
from botocore.utils import get_environ_proxies

DNS_PATIENCE = 4.0
"""Seconds; a working resolver answers in milliseconds."""
NAME_HOLDS = 30.0
"""Seconds for which a name that resolved is not asked for again."""
TRY_AGAIN = 3.0
"""Seconds after which a host that took no connection is tried again."""

_UNREACHED = (EndpointConnectionError, ConnectTimeoutError)


class Reach:
    """Two botocore handlers over one memory of hosts."""

    def __init__(
        self,
        *,
        resolve: Callable[[str, int], object] = socket.getaddrinfo,
        monotonic: Callable[[], float] = time.monotonic,
        patience: float = DNS_PATIENCE,
    ) -> None:
        self._resolve, self._monotonic, self._patience = resolve, monotonic, patience
        self._lock = threading.Lock()
        self._known: dict[str, float] = {}
        self._asked: dict[str, tuple[Future[object], float]] = {}
        self._dead: dict[str, tuple[float, str]] = {}

    def before_send(self, request: Any = None, **_: object) -> None:
        """A `before-send` handler: raises EndpointConnectionError when the request's host cannot be reached."""
        url = str(request.url)
        parts = urlsplit(url)
        host = parts.hostname or ""
        until, why = self._dead.get(parts.netloc, (0.0, ""))
        if self._monotonic() < until:
            raise EndpointConnectionError(endpoint_url=url, error=why)
        if host and not _is_address(host) and parts.scheme not in get_environ_proxies(url):
            self._look_up(host, parts.port or 443, url)

    def note(self, caught_exception: Exception | None = None, request_dict: Any = None, **_: object) -> None:
        """A `needs-retry` handler: remembers a host that took no connection."""
        if not isinstance(caught_exception, _UNREACHED) or request_dict is None:
            return
        netloc = urlsplit(str(request_dict.get("url", ""))).netloc
        if self._monotonic() >= self._dead.get(netloc, (0.0, ""))[0]:
            why = str(getattr(caught_exception, "kwargs", {}).get("error", ""))
            self._dead[netloc] = (self._monotonic() + TRY_AGAIN, why)

    def _look_up(self, host: str, port: int, url: str) -> None:
        if self._monotonic() < self._known.get(host, 0.0):
            return
        asked, since = self._question(host, port)
        try:
            asked.result(max(0.0, since + self._patience - self._monotonic()))
        except NotYet:
            raise EndpointConnectionError(endpoint_url=url, error="NameResolution: the name server is silent") from None
        except OSError as unknown:
            raise EndpointConnectionError(endpoint_url=url, error=f"NameResolution: {unknown}") from unknown
        self._known[host] = self._monotonic() + NAME_HOLDS

    def _question(self, host: str, port: int) -> tuple[Future[object], float]:
        """The lookup that is under way for `host`, or a new one; one thread per name, however many ask."""
        with self._lock:
            if host not in self._asked:
                self._asked[host] = Future(), self._monotonic()
                threading.Thread(target=self._ask, args=(host, port), name=f"dns-{host}", daemon=True).start()
            return self._asked[host]

    def _ask(self, host: str, port: int) -> None:
        future = self._asked[host][0]
        try:
            answer = self._resolve(host, port)
        except OSError as error:
            future.set_exception(error)
        except Exception as error:
            future.set_exception(OSError(str(error)))
        else:
            future.set_result(answer)
        finally:
            with self._lock:
                del self._asked[host]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
