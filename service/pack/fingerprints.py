"""Fingerprints of passages: does a source document still say what its clauses restate? No files here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from service.model.pack import Clause

__all__ = ["Comparison", "Lines", "PassageState", "compare", "fingerprint", "passage", "read_lines", "uncovered"]

Lines = tuple[int, int]
"""First and last line of a passage, from 1, both in it."""

PassageState = Literal["unchanged", "moved", "changed", "uncovered"]

_WINDOW_SLACK = 2
"""How many times longer than the longest clause a passage may have become by new line breaks and still be found."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of one clause's passage, or of a stretch of the source that no clause restates.

    clause  the clause's id; None for an uncovered stretch
    state   unchanged: the passage stands where the clause says. moved: it stands at `lines` now. changed: it stands
            nowhere any more. uncovered: no clause restates `lines`
    lines   where the passage stands now; for a changed one, where it stood
    """

    clause: str | None
    state: PassageState
    lines: Lines


def fingerprint(passage: str) -> str:
    r"""Return the SHA-256 of a passage as 64 hexadecimal digits.

    Runs of whitespace count as one space and none at either end, so that new line breaks change nothing.

    >>> fingerprint("A book is due  after\\n four weeks.") == fingerprint("A book is due after four weeks.")
    True
    """
    return hashlib.sha256(" ".join(passage.split()).encode()).hexdigest()


def passage(text: str, first: int, last: int) -> str:
    """Return the lines `first` to `last` of a text, counted from 1, both included.

    Raises ValueError when there are no such lines.
    """
    lines = text.splitlines()
    if not 1 <= first <= last <= len(lines):
        raise ValueError(f"there are no lines {first} to {last} in a text of {len(lines)} lines")
    return "\n".join(lines[first - 1 : last])


def read_lines(written: str) -> Lines:
    """Return the lines that a clause names, such as "14-15" or "14". Raises ValueError when it names none.

    >>> read_lines("14-15"), read_lines("14")
    ((14, 15), (14, 14))
    """
    first, dash, last = written.partition("-")
    lines = int(first), int(last if dash else first)
    if not 1 <= lines[0] <= lines[1]:
        raise ValueError(f"'{written}' names no lines")
    return lines


def compare(clauses: Iterable[Clause], text: str) -> list[Comparison]:
    """Compare clauses with the source document as it is today.

    clauses  those without lines are passed over; of those without a fingerprint only the lines count as covered
    returns  a comparison for each clause, in their order; then the uncovered stretches of the text, from top to bottom
    Raises ValueError when a clause names its lines in no way that `read_lines` knows.
    """
    placed = [(each.id, read_lines(each.lines), each.sha256) for each in clauses if each.lines]
    marked = [(name, lines, sha256) for name, lines, sha256 in placed if sha256]
    elsewhere = _passages(text, max((last - first + 1 for _, (first, last), _ in marked), default=0))
    found = [_compared(name, lines, sha256, text, elsewhere) for name, lines, sha256 in marked]
    covered = [each.lines for each in found if each.state != "changed"]
    covered += [lines for _, lines, sha256 in placed if not sha256]
    return [*found, *(Comparison(None, "uncovered", lines) for lines in uncovered(text, covered))]


def uncovered(text: str, covered: Iterable[Lines]) -> list[Lines]:
    """Return the stretches of lines with text that lie in none of the covered ones, from top to bottom."""
    seen = {line for first, last in covered for line in range(first, last + 1)}
    stretches: list[Lines] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or number in seen:
            continue
        if stretches and stretches[-1][1] == number - 1:
            stretches[-1] = (stretches[-1][0], number)
        else:
            stretches.append((number, number))
    return stretches


def _compared(name: str, lines: Lines, sha256: str, text: str, elsewhere: dict[str, list[Lines]]) -> Comparison:
    places = elsewhere.get(sha256)
    if not places:
        return Comparison(name, "changed", lines)
    if _standing(text, lines) == sha256:
        return Comparison(name, "unchanged", lines)
    # The nearest of several: a phrase that is printed twice has rather moved a little than changed places.
    return Comparison(name, "moved", min(places, key=lambda place: (abs(place[0] - lines[0]), place)))


def _standing(text: str, lines: Lines) -> str | None:
    """Return the fingerprint of the lines, or None when the text ends before them."""
    try:
        return fingerprint(passage(text, *lines))
    except ValueError:
        return None


def _full_lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, " ".join(line.split())


def _passages(text: str, longest: int) -> dict[str, list[Lines]]:
    """Return the fingerprint of every passage that a clause could have become, with the places where it stands."""
    full = list(_full_lines(text))
    found: dict[str, list[Lines]] = {}
    for start in range(len(full)):
        for digest, lines in _growing(full[start : start + longest * _WINDOW_SLACK]):
            found.setdefault(digest, []).append(lines)
    return found


def _growing(full: Sequence[tuple[int, str]]) -> Iterator[tuple[str, Lines]]:
    """Yield the fingerprint of the first line, of the first two, and so on."""
    running = hashlib.sha256()
    for index, (number, line) in enumerate(full):
        running.update((" " if index else "").encode() + line.encode())
        yield running.hexdigest(), (full[0][0], number)
