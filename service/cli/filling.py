"""Lines of several things, broken only between them: a name or a value stays whole where the width allows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, ConsoleOptions
from rich.text import Text

__all__ = ["Filled", "OneLine"]


class Filled:
    """Things in as few lines as they need; one that is wider than a line is wrapped by itself.

    parts      the things, in order
    separator  what follows each but the last, such as a comma
    head       what they are about; it stands before the first, two spaces away
    """

    def __init__(self, parts: Sequence[Text], separator: str, head: Text | None = None) -> None:
        ended = [part + Text(separator) for part in parts[:-1]] + list(parts[-1:])
        self._parts = ended if head is None else [head, *ended]
        self._gap_of_first = 1 if head is None else 2

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield the lines."""
        line = Text()
        for place, part in enumerate(self._parts):
            gap = 0 if place == 0 else self._gap_of_first if place == 1 else 1
            if place and line.cell_len + gap + part.cell_len > options.max_width:
                yield line
                line, gap = Text(), 0
            line.append(" " * gap).append_text(part)
        yield line


class OneLine:
    """Things in one line, a comma between them; an ellipsis stands for those that it has no room for."""

    def __init__(self, head: Text, parts: Sequence[Text]) -> None:
        self._head, self._parts = head, parts

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield the line."""
        line = self._head.copy()
        for place, part in enumerate(self._parts):
            told = part if place == 0 else Text(", ") + part
            is_last = place == len(self._parts) - 1
            if line.cell_len + told.cell_len > options.max_width - (0 if is_last else len(_MORE)):
                line.append(_MORE if place else "…")
                break
            line.append_text(told)
        line.no_wrap, line.overflow = True, "ellipsis"
        yield line


_MORE = ", …"
