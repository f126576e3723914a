"""Logs: one event a line, as JSON for machines or in colour for people at a terminal."""

import logging
import sys

import structlog


class _Stderr:
    """Writes to whatever stderr is at the moment: it may be replaced while a program runs."""

    def __init__(self, *_: object) -> None:
        pass

    def msg(self, line: str) -> None:
        sys.stderr.write(f"{line}\n")

    log = debug = info = warning = error = critical = exception = msg


def configure(*, pretty: bool | None = None, level: int = logging.INFO) -> None:
    """Set up structlog; call it once at the start of a command. Logs go to stderr, answers to stdout.

    `pretty` chooses coloured lines instead of JSON; None decides by whether stderr is a terminal.
    """
    if pretty is None:
        pretty = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Stderr,
    )
    # URLs and bodies of requests may hold secrets, so libraries log warnings only.
    for name in ("httpx", "httpcore", "websockets", "apscheduler", "uvicorn.access", "jieba"):
        logging.getLogger(name).setLevel(logging.WARNING)
