"""Files that only their owner can use, and names that are on the disk. What is in the files is not known here."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["for_owner", "settle"]


def for_owner(path: str | Path, flags: int) -> int:
    """Open a file, made readable and writable by its owner alone, and return its descriptor; an `opener` of `open`."""
    return os.open(path, flags, 0o600)


def settle(folder: Path) -> None:
    """Let the names in a folder be on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
