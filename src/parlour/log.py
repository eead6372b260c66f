"""Logs: structured, on standard error; lines for a person at a terminal, JSON for a program."""

import logging
import sys

import structlog


def configure_logs(level: str) -> None:
    """From now on everything of *level* and above is logged."""
    # Tracebacks come without the values of variables: those hold bodies, tokens and phone numbers.
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    for_programs = (structlog.processors.format_exc_info, structlog.processors.JSONRenderer())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *((plain,) if sys.stderr.isatty() else for_programs),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=level.upper(), stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    for library in ("uvicorn", "alembic"):
        logging.getLogger(library).setLevel("WARNING")
