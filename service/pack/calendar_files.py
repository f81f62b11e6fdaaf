"""The files of `calendars/` as Calendars. What a calendar may say is in `service/clock/`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import PurePosixPath

from service.clock.calendars import Calendar, InvalidCalendar, build_calendar
from service.clock.coverage import ending_holidays, last_open_year
from service.model.pack import CalendarFile
from service.pack.pack_folder import PackFolder
from service.pack.readings import Tree
from service.written.findings import Finding, Reporter
from service.written.naming import with_text_keys
from service.written.shape import mapping

__all__ = ["calendar_files", "read_calendars"]


def read_calendars(folder: PackFolder) -> dict[str, Calendar | None]:
    """Return the calendars by id; None stands for one that is wrong, so that its id is known all the same."""
    found: dict[str, Calendar | None] = {}
    for stem, tree in folder.sub_folder("calendars", "calendar"):
        found[stem] = None
        if tree is not None:
            folder.check_name(tree, "calendar", stem)
            found[stem] = folder.once(tree, partial(_read, stem, tree, folder))
    return found


def _read(stem: str, tree: Tree, folder: PackFolder) -> Calendar | None:
    calendar = _calendar(stem, tree, folder.report(tree))
    folder.findings.extend([] if calendar is None else _ends(calendar, tree))
    return calendar


def calendar_files(trees: Mapping[str, Tree]) -> dict[str, CalendarFile]:
    """Return the calendars of a pack's trees as they are written, by id, in the order of their files."""
    read = {PurePosixPath(name).stem: tree for name, tree in sorted(trees.items()) if name.startswith("calendars/")}
    return {stem: CalendarFile(stem, mapping(tree.data), tree.place(())) for stem, tree in read.items()}


def _ends(calendar: Calendar, tree: Tree) -> Iterator[Finding]:
    """Yield what ends of a calendar while time goes on."""
    last = last_open_year(calendar)
    if last != date.max.year:
        when = "on no day of any year" if last is None else f"on no day after the year {last}"
        message = f"calendar {calendar.id} opens {when}: all its hours fall on holidays; no count over it is ever due"
        yield Finding(tree.key_place(("holidays",)), "never_open", message, severity="warning")
    for index, name, year in ending_holidays(calendar):
        message = (
            f"calendar {calendar.id}: the `holidays` library has dates for '{name}' until {year}; from {year + 1} on "
            f"its day counts as open: list its dates with `date`, or say `until: {year + 1}` if it was abolished"
        )
        yield Finding(tree.place(("holidays", "days", index, "library")), "holidays_end", message, severity="warning")


def _calendar(name: str, tree: Tree, report: Reporter) -> Calendar | None:
    data = {str(key): value for key, value in mapping(with_text_keys(tree.data)).items()}
    try:
        return build_calendar(data)
    except InvalidCalendar as wrong:
        for problem in wrong.problems:
            report.at(problem.path, "invalid_calendar", f"calendar {name}: {problem.message}", problem.nearest)
    except (AttributeError, KeyError, TypeError, ValueError):
        # What is wrong with the file's structure has been reported; the rest of it can't be judged.
        if not tree.is_broken:
            raise
    return None
