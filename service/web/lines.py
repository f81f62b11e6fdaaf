"""The lines of a body: cut where they end, and read ahead while others are worked on. What they say is not known here.

Memory is bounded: of lines that nobody has taken, so many are held and no more are read until they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from threading import Condition, Thread

from flask import request

from service.web.problems import Refusal

__all__ = ["LONGEST_LINE", "Line", "LinesAhead", "lines_of", "pieces_of_body"]

LONGEST_LINE = 1024 * 1024
"""Bytes, without the line end."""

_MOST_LINES = 64
_MOST_BYTES = LONGEST_LINE
_PIECE = 65536  # bytes


@dataclass(frozen=True, slots=True)
class Line:
    """A line with something in it.

    number  from 1; blank lines count
    text    without its end; or why there is none: it is longer than may be, or does not come
    """

    number: int
    text: bytes | Refusal


class LinesAhead:
    """Lines that a thread of its own reads ahead; whoever takes them gets all that have come, and waits for the first.

    So who sends one line and waits for its answer gets it, and who sends many gets them worked on together. Close it
    when no more will be taken.
    """

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = lines
        self._held: list[Line] = []
        self._bytes = 0
        self._is_over = False
        self._failure: Exception | None = None
        self._changed = Condition()
        self._thread = Thread(target=self._read, name="clausewise-lines", daemon=True)
        self._thread.start()

    def take(self) -> list[Line]:
        """Return the lines that have come, one or more; none when there are no more. Raises what reading raised."""
        with self._changed:
            self._changed.wait_for(lambda: self._held or self._is_over)
            taken, self._held, self._bytes = self._held, [], 0
            self._changed.notify_all()
        if not taken and self._failure is not None:
            raise self._failure
        return taken

    def close(self) -> None:
        """Let the thread end when it has read what it is at."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _read(self) -> None:
        try:
            for line in self._lines:
                if not self._hold(line):
                    return
        except Exception as failure:  # noqa: BLE001 - handed to who takes
            self._failure = failure
        finally:
            self.close()

    def _hold(self, line: Line) -> bool:
        """Hold a line when there is room; tell whether anybody will take it."""
        with self._changed:
            self._changed.wait_for(self._has_room)
            self._held.append(line)
            self._bytes += 0 if isinstance(line.text, Refusal) else len(line.text)
            self._changed.notify_all()
            return not self._is_over

    def _has_room(self) -> bool:
        return self._is_over or (len(self._held) < _MOST_LINES and self._bytes < _MOST_BYTES)


def lines_of(pieces: Iterable[bytes]) -> Iterator[Line]:
    """Yield the lines that are not blank. They end with LF or CR LF, the last one may lack its end.

    The line at which pieces end in a Refusal is the last one, and is refused.

    pieces  of the text, cut anywhere
    """
    number = 1
    begun = bytearray()
    try:
        for piece in pieces:
            *ended, rest = piece.split(b"\n")
            for end in ended:
                yield from _line(number, begun, end)
                number += 1
                begun.clear()
            if len(begun) <= LONGEST_LINE + 1:  # what is longer already is told of, not kept
                begun += rest
    except Refusal as refusal:
        yield Line(number, refusal)
    else:
        yield from _line(number, begun, b"")


def pieces_of_body() -> Iterator[bytes]:
    """Return the body of the current request, piece by piece as it comes; it can be taken in another thread."""
    read: Callable[[int], bytes] = request.environ["wsgi.input"].read1  # what has come, be it ever so little
    return iter(partial(read, _PIECE), b"")


def _line(number: int, begun: bytearray, end: bytes) -> Iterator[Line]:
    text = (bytes(begun) + end).removesuffix(b"\r")
    if len(text) > LONGEST_LINE:
        yield Line(number, Refusal("too-large", f"A line may have {LONGEST_LINE} bytes at most."))
    elif text.strip(b" \t\r"):
        yield Line(number, text)
