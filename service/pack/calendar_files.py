"""The files of `calendars/` as Calendars. What a calendar may say is in `service/clock/`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from service.clock.calendars import Calendar, InvalidCalendar, build_calendar
from service.model.pack import CalendarFile
from service.pack.pack_folder import PackFolder
from service.pack.readings import Tree
from service.written.findings import Reporter
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
            found[stem] = _calendar(stem, tree, folder.report(tree))
    return found


def calendar_files(trees: Mapping[str, Tree]) -> dict[str, CalendarFile]:
    """Return the calendars of a pack's trees as they are written, by id, in the order of their files."""
    read = {PurePosixPath(name).stem: tree for name, tree in sorted(trees.items()) if name.startswith("calendars/")}
    return {stem: CalendarFile(stem, mapping(tree.data), tree.place(())) for stem, tree in read.items()}


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
