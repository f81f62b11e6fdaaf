"""Failed cases as text: those that differ in the same points together, the first of them in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import TypeAlias

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from service.cli.filling import Filled
from service.cli.values import exact_lines, in_exact_words
from service.decision.trial import Mismatch, Trial
from service.wording import counted

__all__ = ["failure_parts", "uncut"]

_MOST_ALIKE = 3
"""Cases that differ in the same points and are shown in full; what one change has done, the next ones only repeat."""

_MOST_POINTS = 20
_SHORT = 60

_Point: TypeAlias = tuple[str, str]  # kind and name of a difference


def failure_parts(failed: Sequence[Trial]) -> Iterator[RenderableType]:
    """Yield what is to be told of failed cases, an empty line after each part; nothing where none failed.

    One change of a pack fails many cases in the same way: so they are grouped by the points in which they differ. Where
    not all are shown, what differs ends the list, in a line for each point.
    """
    for alike in _grouped(failed):
        if len(alike) > _MOST_ALIKE:
            yield from (_alike_heading(alike), Text())
        yield from (part for trial in alike[:_MOST_ALIKE] for part in (_failure(trial), Text()))
        if len(alike) > _MOST_ALIKE:
            yield from (_further(alike[_MOST_ALIKE:]), Text())
    if any(len(alike) > _MOST_ALIKE for alike in _grouped(failed)):
        yield from (_points(failed), Text())


def uncut(*parts: str | tuple[str, str]) -> Text:
    """Return a line that is wrapped by no one, as a place in it must stay whole for editors to jump to it."""
    return Text.assemble(*parts, no_wrap=True, overflow="ignore")


def _point(difference: Mismatch) -> _Point:
    return difference.kind, difference.name


def _grouped(failed: Sequence[Trial]) -> list[list[Trial]]:
    """Return the cases by the points in which they differ, in the order of the first of each."""
    groups: dict[frozenset[_Point], list[Trial]] = {}
    for trial in failed:
        groups.setdefault(frozenset(map(_point, trial.differences)), []).append(trial)
    return list(groups.values())


def _alike_heading(alike: Sequence[Trial]) -> RenderableType:
    names = dict.fromkeys(difference.name for difference in alike[0].differences)
    return Text.assemble((f"{counted(len(alike), 'case')} differ alike", "bold red"), f", in {', '.join(names)}:")


def _further(trials: Sequence[Trial]) -> RenderableType:
    """Return how many more there are, and in which files; all that differs in them is in the JSON."""
    files = Counter(PurePath(trial.case.place.file).name for trial in trials)
    where = ", ".join(f"{count} in {file}" for file, count in files.items())
    return Text.assemble((f"and {len(trials)} more like these", "bold"), f": {where}. All are told by --format json.")


def _points(failed: Sequence[Trial]) -> RenderableType:
    """Return what differs over all cases, first what differs in most."""
    found: dict[_Point, list[Mismatch]] = {}
    for trial in failed:
        for difference in trial.differences:
            found.setdefault(_point(difference), []).append(difference)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    points = sorted(found.values(), key=lambda each: -len(each))
    told = [each for each in points[:_MOST_POINTS] if len(each) > 1]
    for differences in told:
        table.add_row(f"{len(differences)} cases", differences[0].name, _in_common(differences))
    if points[len(told) :]:
        table.add_row("", f"and {counted(len(points) - len(told), 'other')}", "")
    return Group(Text("What differs", "bold"), Padding(table, (0, 0, 0, 2)))


def _in_common(differences: Sequence[Mismatch]) -> Text:
    """Return what differences in one point have in common."""
    kind = differences[0].kind
    if kind in _TOLD:
        return Text(_TOLD[kind])
    told = {(in_exact_words(each.expected), in_exact_words(each.got)) for each in differences}
    expected, got = next(iter(told))
    if len(told) > 1 or len(expected) + len(got) > _SHORT:
        return Text("otherwise from case to case" if len(told) > 1 else "in all of them alike")
    return Text.assemble("expected ", (expected, "green"), ", got ", (got, "red"))


def _failure(trial: Trial) -> RenderableType:
    heading = uncut((f"{trial.case.place}: ", "cyan"), (trial.case.title, "bold"))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for difference in trial.differences:
        for label, told, style in _lines(difference):
            table.add_row(Text(label, style), told)
    table.add_row(Text("won", "dim"), _ids(trial.won or ("no rule",)))
    if trial.overruled:
        table.add_row(Text("overruled", "dim"), _ids(trial.overruled))
    return Group(heading, Padding(table, (0, 0, 0, 2)))


def _ids(names: Sequence[str]) -> Filled:
    return Filled([Text(name, "dim") for name in names], ",")


def _lines(difference: Mismatch) -> Iterator[tuple[str, Text, str]]:
    """Yield label, text and style of the lines that tell one difference."""
    if difference.kind in _TOLD:
        yield difference.kind, Text(f"{difference.name} {_TOLD[difference.kind]}"), "bold red"
        return
    yield _LABELS.get(difference.kind, difference.kind), Text(difference.name, "bold"), "bold red"
    yield "  expected", Text("\n".join(exact_lines(difference.expected)), "green"), ""
    yield "  got", Text("\n".join(exact_lines(difference.got)), "red"), ""


_LABELS = {"outcome": "expect"}  # as the case's own key is called
_TOLD = {
    "because": "is not among the reasons",
    "overruled": "was not overruled",
    "notes": "was not said",
    "silent": "was said",
}
