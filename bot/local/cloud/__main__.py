"""`python -m bot.local.cloud`: the local AWS as a process.

    --port N      listen there on 127.0.0.1 (default: any free port)
    --speed X     transitions take 1/X of their time
    --seed FILE   another world than world.yaml
    --also FILE   more of the same, planted beside it
    --frozen      time passes only by POST /_cloud/clock
    --tied        end when standard input ends, that is, with the parent

One line of JSON on standard output says where it listens, once the world is planted; or why it could not be.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import threading
import time
import warnings
from pathlib import Path

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from bot.local.cloud import seed
from bot.local.cloud.clock import Clock
from bot.local.cloud.gate import Gate
from bot.local.cloud.world import World

TICK_SECONDS = 0.2


class QuietHandler(MotoRequestHandler):
    """No line per request; errors are still logged."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def main(argv: list[str] | None = None) -> None:
    options = parse(argv)
    logging.basicConfig(level=logging.WARNING, format="%(name)s %(levelname)s %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    warnings.filterwarnings(
        "ignore", category=UserWarning, module="moto"
    )  # it remarks on error codes outside its models
    clock = Clock(speed=options.speed, frozen=options.frozen)
    try:
        gate = Gate(lambda: World(clock), seed.read(options.seed, *options.also))
    except ValueError as wrong:
        print(json.dumps({"error": str(wrong)}), flush=True)
        raise SystemExit(1) from wrong
    server = make_server("127.0.0.1", options.port, gate, threaded=True, request_handler=QuietHandler)
    threading.Thread(target=tick, args=(gate,), daemon=True).start()
    if options.tied:
        threading.Thread(target=end_with_parent, daemon=True).start()
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    server.serve_forever()


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.local.cloud", description="A local AWS for demos and tests.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--seed", type=Path, default=seed.DEFAULT)
    parser.add_argument("--also", type=Path, action="append", default=[])
    parser.add_argument("--frozen", action="store_true")
    parser.add_argument("--tied", action="store_true")
    return parser.parse_args(argv)


def tick(gate: Gate) -> None:
    while True:
        time.sleep(TICK_SECONDS)
        gate.tick()


def end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)  # threads that hold connections open must not keep the process


if __name__ == "__main__":
    main()
