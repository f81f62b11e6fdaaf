"""Lines of the service's own log, on standard error: JSON, one a line, or words and colours on a terminal."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

__all__ = ["log"]


def log() -> FilteringBoundLogger:
    """Return what writes a line: an event, and what is to be known of it by name."""
    return _log(sys.stderr.isatty())


@cache
def _log(is_terminal: bool) -> FilteringBoundLogger:
    # Imported when there is a line to write: it takes as long as a good part of the service's start.
    import structlog  # noqa: PLC0415

    shown = [_joined, structlog.dev.ConsoleRenderer(sort_keys=False)]
    logger: FilteringBoundLogger = structlog.wrap_logger(
        _StandardError(),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *(shown if is_terminal else [structlog.processors.JSONRenderer()]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(0),
    )
    return logger


def _joined(_: object, __: str, told: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Return what a line tells with its lists as a person would write them."""
    return {name: ", ".join(each) if isinstance(each, list) else each for name, each in told.items()}


class _StandardError:
    """Writes each line at once, so that those of several processes don't run into one another.

    Where nobody takes it any more, as after a terminal was closed, the service goes on all the same.
    """

    def msg(self, line: str) -> None:
        with suppress(OSError):
            sys.stderr.write(line + "\n")
            sys.stderr.flush()

    error = info = warning = msg
