"""Where log lines go: to stderr, so that stdout stays for answers; JSON in production, text for people.

Promises: no line carries a secret, whoever logs it; events are cleaned before anything else sees them, and the finished
line, traceback included, once more.
"""

from __future__ import annotations

import logging
import sys

import structlog

from bot.cli.calm import Calm
from bot.model.secrets import redact, redacted

NOISY = ("docket", "slack_bolt", "slack_sdk", "botocore", "urllib3", "aiohttp")
SAID_AT_EVERY_START = "As you gave `client` as well, `token` will be unused."
"""Bolt finds SLACK_BOT_TOKEN in the environment and says so at every start; we give it to the client ourselves."""


def to_stderr(*, level: int = logging.WARNING, as_json: bool = False, for_good: bool = False) -> None:
    """Events of our own and of libraries in one form; libraries speak from warnings up.

    `for_good` makes each logger once, as it is set up here, so that a line that is not shown costs next to nothing.
    """
    shared: list[structlog.typing.Processor] = [
        without_secrets,
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    render: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=for_good,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render, _clean_line],
        )
    )
    handler.addFilter(Calm())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in NOISY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    logging.getLogger("slack_bolt").addFilter(_is_news)


def without_secrets(
    logger: structlog.typing.WrappedLogger, name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """The first processor: every text of the event, blotted."""
    return {key: redacted(value) for key, value in event.items()}


def _is_news(line: logging.LogRecord) -> bool:
    return line.getMessage() != SAID_AT_EVERY_START


def _clean_line(logger: structlog.typing.WrappedLogger, name: str, line: structlog.typing.EventDict) -> str:
    """The last one: what rendering added, such as a traceback."""
    return redact(str(line))
