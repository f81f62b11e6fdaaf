"""The terminal: how wide it is, and whether it takes colours. What is written on it is made elsewhere."""

from __future__ import annotations

import os
import sys
from typing import Literal, NoReturn, TextIO

from rich.console import Console, Group, RenderableType

__all__ = ["Terminal", "standard_output", "tolerate_encoding", "write_line"]

_WIDEST = 120
"""Columns. Longer lines of prose are hard to read, however wide the window is."""


class Terminal(Console):
    """A console that writes text as it is: no markup and no guesses at what to highlight.

    Colours are for terminals, and for no one who has set NO_COLOR; FORCE_COLOR is for those who want them in a pipe.
    """

    def __init__(self, file: TextIO) -> None:
        super().__init__(file=file, markup=False, highlight=False, emoji=False, color_system=_color_system())
        self.width = min(self.width, _WIDEST)

    def show(self, text: RenderableType) -> None:
        """Write text, wrapped to the width. What is no terminal gets no spaces at the ends of lines."""
        if self.is_terminal:
            self.print(Group(text), crop=False)
            return
        with self.capture() as captured:
            self.print(Group(text), crop=False)
        self.file.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())

    def on_broken_pipe(self) -> NoReturn:
        """Let the group of commands end quietly, as for every other output."""
        raise BrokenPipeError


def standard_output() -> Terminal:
    """Return the terminal, file or pipe that results go to."""
    return Terminal(sys.stdout)


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


def _color_system() -> Literal["auto"] | None:
    return None if os.environ.get("NO_COLOR") else "auto"
