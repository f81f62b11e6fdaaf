"""How far a long command is, told on a terminal. What takes so long is elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

__all__ = ["progress"]

_BETWEEN_LINES = 0.5  # seconds


@contextmanager
def progress() -> Iterator[Callable[[int], None]]:
    """Lend what takes the number of entries so far, and tells it now and then; at the end nothing is left of it.

    Standard error that is no terminal gets nothing.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    told_at = 0.0

    def tell(entries: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at > _BETWEEN_LINES:
            told_at = time.monotonic()
            click.echo(f"\rentries: {entries:,}", nl=False, err=True)

    try:
        yield tell
    finally:
        click.echo("\r\033[K", nl=False, err=True)
