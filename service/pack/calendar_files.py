"""The files of `calendars/` as Calendars, and those of `holidays/`, which calendars share.

What a calendar may say is in `service/clock/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from service.clock.calendars import Calendar, InvalidCalendar, build_calendar
from service.clock.holiday_list import build_holiday_list, lists_of
from service.clock.naming_others import others_of, whole
from service.model.pack import CalendarFile
from service.pack.calendar_findings import tell_calendar, tell_holidays, tell_unnamed
from service.pack.pack_folder import PackFolder
from service.pack.readings import Tree
from service.wording import nearest
from service.written.findings import Steps
from service.written.naming import with_text_keys
from service.written.shape import mapping

__all__ = ["calendar_files", "holiday_files", "read_calendars"]

_Data = dict[str, Any]


def read_calendars(folder: PackFolder) -> dict[str, Calendar | None]:
    """Return the calendars by id; None stands for one that is wrong, so that its id is known all the same."""
    calendars = dict(folder.sub_folder("calendars", "calendar"))
    for stem, tree in calendars.items():
        if tree is not None:
            folder.check_name(tree, "calendar", stem)
    lists = dict(folder.sub_folder("holidays", "holidays"))
    reader = _Reader(folder, calendars, {stem: _read_list(stem, tree, folder) for stem, tree in lists.items()})
    found = {stem: reader.calendar(stem) for stem in calendars}
    if None not in found.values():
        folder.findings.extend(tell_unnamed(lists, reader.lists_named()))
    return found


def calendar_files(trees: Mapping[str, Tree]) -> dict[str, CalendarFile]:
    """Return the calendars of a pack's trees as they are written, by id, in the order of their files."""
    return _files(trees, "calendars")


def holiday_files(trees: Mapping[str, Tree]) -> dict[str, CalendarFile]:
    """Return the same of the lists of holidays that calendars share."""
    return _files(trees, "holidays")


def _files(trees: Mapping[str, Tree], folder: str) -> dict[str, CalendarFile]:
    read = {PurePosixPath(name).stem: tree for name, tree in sorted(trees.items()) if name.startswith(f"{folder}/")}
    return {stem: CalendarFile(stem, mapping(tree.data), tree.place(())) for stem, tree in read.items()}


def _read_list(name: str, tree: Tree | None, folder: PackFolder) -> _Data | None:
    """Return the data of a shared list of holidays; None stands for one that is wrong."""
    if tree is None:
        return None
    folder.check_name(tree, "holidays", name)
    return folder.once(tree, partial(_build_list, name, tree, folder))


def _build_list(name: str, tree: Tree, folder: PackFolder) -> _Data | None:
    data = _data_of(tree)
    try:
        holidays = build_holiday_list(data)
    except InvalidCalendar as wrong:
        _report(wrong, f"holidays {name}", tree, folder)
        return None
    except (AttributeError, KeyError, TypeError, ValueError):
        # What is wrong with the file's structure has been reported; the rest of it can't be judged.
        if not tree.is_broken:
            raise
        return None
    folder.findings.extend(tell_holidays(holidays, f"holidays {name}", ("days",), tree))
    return data


class _Reader:
    """Reads the calendars of a folder, each after those that it names.

    trees  the files of `calendars/` by id
    lists  the shared lists of holidays, by id
    """

    def __init__(self, folder: PackFolder, trees: Mapping[str, Tree | None], lists: Mapping[str, _Data | None]) -> None:
        self.folder = folder
        self.trees = trees
        self.lists = lists
        self._read: dict[str, Calendar | None] = {}
        self._way: list[str] = []

    def calendar(self, name: str) -> Calendar | None:
        """Return a calendar; None for one that is wrong, or rests on one that is."""
        if name not in self._read:
            self._way.append(name)
            tree = self.trees[name]
            self._read[name] = None if tree is None else self._calendar(name, tree)
            self._way.pop()
        return self._read[name]

    def _calendar(self, name: str, tree: Tree) -> Calendar | None:
        try:
            others = {other: self._other(other, path, tree) for path, other in others_of(_data_of(tree))}
            lists = self._lists(name)
        except (AttributeError, KeyError, TypeError, ValueError):
            if not tree.is_broken:
                raise
            return None
        if None in others.values() or None in lists.values():
            return None
        # Where it is as one that is made of others, these have been read with that one.
        others.update({other: self.calendar(other) for _, other in others_of(self._whole(name))})
        beside = f"{others}{lists}" if others or lists else ""
        return self.folder.once(tree, partial(self._build, name, tree, others), beside)

    def _other(self, name: str, path: Steps, tree: Tree) -> Calendar | None:
        """Return a calendar that another names; None, and a finding, where it is not there or in a circle."""
        own = self._way[-1]
        if name not in self.trees:
            message = f"calendar {own} names '{name}', which is no calendar of this pack"
            self.folder.report(tree).at(path, "unknown_name", message, nearest(name, self.trees))
            return None
        if name in self._way:
            circle = self._way[self._way.index(name) :]
            message = f"calendars rest on each other in a circle: {' → '.join((*circle, name))}"
            self.folder.report(tree).at(path, "circle", message)
            return None
        return self.calendar(name)

    def lists_named(self) -> set[str]:
        """Return the shared lists that any calendar names, under the chosen readings or others."""
        trees = [tree for tree in self.trees.values() if tree is not None]
        if any(path[:1] in [(), ("holidays",), ("as",)] for tree in trees for path, _ in tree.uses):
            return set(self.lists)
        return {each for name in self.trees for each in lists_of(self._whole(name))}

    def _lists(self, name: str) -> dict[str, _Data | None]:
        """Return the shared lists that a calendar rests on."""
        return {each: self.lists[each] for each in lists_of(self._whole(name)) if each in self.lists}

    def _whole(self, name: str) -> _Data:
        """Return the data of a calendar, with those of the one that it is as."""
        tree = self.trees[name]
        data = {} if tree is None else _data_of(tree)
        return whole(data, self._whole(data["as"])) if data.get("as") in self._read else data

    def _build(self, name: str, tree: Tree, others: Mapping[str, Calendar | None]) -> Calendar | None:
        data = self._whole(name)
        try:
            calendar = build_calendar(
                data,
                {each: found for each, found in self.lists.items() if found is not None},
                {each: found for each, found in others.items() if found is not None},
            )
        except InvalidCalendar as wrong:
            _report(wrong, f"calendar {name}", tree, self.folder)
            return None
        except (AttributeError, KeyError, TypeError, ValueError):
            if not tree.is_broken:
                raise
            return None
        self.folder.findings.extend(tell_calendar(calendar, tree))
        return calendar


def _report(wrong: InvalidCalendar, whose: str, tree: Tree, folder: PackFolder) -> None:
    for problem in wrong.problems:
        message = f"{whose}: {problem.message}"
        folder.report(tree).at(problem.path, "invalid_calendar", message, problem.nearest)


def _data_of(tree: Tree) -> _Data:
    return {str(key): value for key, value in mapping(with_text_keys(tree.data)).items()}
