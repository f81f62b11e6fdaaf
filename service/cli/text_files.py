"""Small files of text that a call names: read whole, or refused. What the text means is others' business."""

from __future__ import annotations

from pathlib import Path

__all__ = ["NoText", "read_text"]

_MOST_BYTES = 1 << 20


class NoText(Exception):
    """A file holds no such text: it is too long, or no UTF-8. The text goes on after 'it'."""


def read_text(path: Path) -> str:
    """Return the text in a file of at most a megabyte, in UTF-8. Raises NoText; OSError, ValueError as `open` does."""
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise NoText(f"has more than {_MOST_BYTES} bytes.")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise NoText("is not UTF-8.") from None
