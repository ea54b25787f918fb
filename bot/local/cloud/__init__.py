"""A local AWS: moto over HTTP in a child process, and our own handlers for what a recovery needs and moto lacks.

One endpoint for all services and regions; both are read from the request's credential scope. `/_cloud/…` rules the
world (see control.py), and the same port is the HTTP proxy behind which the demo's applications answer (see
probe.py).
"""

from bot.local.cloud.process import Cloud

__all__ = ["Cloud"]
