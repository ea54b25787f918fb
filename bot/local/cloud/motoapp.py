"""moto as one component: asked for every operation that this cloud does not answer itself.

Promises: an answer of moto's, or a loud refusal. What moto does not implement would be HTML, an empty 404 or a
traceback; what moto acknowledges without doing (see HOLLOW) would be a lie. Both become NotImplementedByLocalCloud.
"""

from __future__ import annotations

import io
import os
from typing import Any, cast

from bot.local.cloud.errors import not_implemented
from bot.local.cloud.wire import Reply, Target
from bot.local.cloud.world import ACCOUNT

# moto reads its settings when it is imported
os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT
os.environ["MOTO_ACM_VALIDATION_WAIT"] = "-1"  # a requested certificate is issued
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"  # 1,300 images per region cost most of a reset and serve nobody

from moto import backends
from moto.backends import get_backend
from moto.moto_api._internal import mock_random
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

_MODULES = frozenset(backends.list_of_moto_modules())
backends.list_of_moto_modules = lambda: _MODULES  # moto reads its own folder again for each call, 300 looks at a time

HOLLOW: dict[tuple[str, str], str] = {
    ("dynamodb", "UpdateTable"): "ReplicaUpdates",
    ("ssm", "SendCommand"): "",
}
"""Operations that moto answers with 200 and does not carry out; with a parameter's name, only when that is given."""


class Moto:
    """moto's WSGI application, asked in process."""

    def __init__(self) -> None:
        self._app = DomainDispatcherApplication(create_backend_app)

    def ask(self, target: Target, body: bytes) -> Reply:
        """moto's reply. Raises AwsError when moto does not know the operation."""
        refused = not_implemented(target.service, target.name)
        environ = target.request.environ | {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        if self.is_hollow(target) or not self._knows(environ):
            raise refused
        try:
            answer = self._run(environ)
        except NotImplementedError as missing:
            raise refused from missing
        if is_nothing(answer) and target.request.method != "HEAD":
            raise refused
        return answer

    def reset(self, seed: int) -> None:
        """Forget everything; generated ids follow from `seed`."""
        moto_api_backend.reset()
        mock_random.seed(seed)

    def is_hollow(self, target: Target) -> bool:
        only_with = HOLLOW.get((target.service, target.name))
        return only_with is not None and (not only_with or bool(target.params().get(only_with)))

    def _knows(self, environ: dict[str, Any]) -> bool:
        host = self._app.infer_service_region_host(environ, environ["PATH_INFO"])
        return host is None or self._app.get_backend_for_host(host) is not None

    def _run(self, environ: dict[str, Any]) -> Reply:
        said: list[tuple[int, dict[str, str]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> None:
            said.append((int(status.split()[0]), dict(headers)))

        body = b"".join(self._app(environ, start_response))
        return Reply(*said[-1], body)


def is_nothing(answer: Reply) -> bool:
    """moto's way of not knowing: an error without a body, or a web page."""
    return not answer.ok and (not answer.body.strip() or answer.body.lstrip()[:9].lower() == b"<!doctype")


def backend(service: str, region: str) -> Any:
    """moto's state of a service in a region; global services live under `aws`."""
    return get_backend(cast("Any", service))[ACCOUNT][region]
