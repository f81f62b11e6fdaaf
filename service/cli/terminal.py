"""The terminal: how wide it is, and whether it takes colours. What is written on it is made elsewhere."""

from __future__ import annotations

import os
import sys
from typing import Literal, NoReturn, TextIO

from rich.console import Console, Group, RenderableType

__all__ = ["Terminal", "standard_output"]

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


def _color_system() -> Literal["auto"] | None:
    return None if os.environ.get("NO_COLOR") else "auto"
