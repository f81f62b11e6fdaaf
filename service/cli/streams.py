"""Standard output and error, as bytes leave by them. What is laid out for people is shown by `terminal.py`."""

from __future__ import annotations

import sys

__all__ = ["tolerate_encoding", "write_line"]


def write_line(text: str | bytes) -> None:
    """Write one line to standard output as it is: never wrapped, bytes not even decoded."""
    sys.stdout.flush()
    sys.stdout.buffer.write((text if isinstance(text, bytes) else _encoded(text)) + b"\n")


def tolerate_encoding() -> None:
    """Let a character that standard output or error can't encode become an escape instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _encoded(text: str) -> bytes:
    return text.encode(sys.stdout.encoding or "utf-8", errors="backslashreplace")
