"""The files of `calendars/`: each a calendar, or found wrong, and known by its id all the same."""

from __future__ import annotations

import pytest

from service.pack.calendar_files import read_calendars
from service.pack.pack_folder import PackFolder
from service.pack.sources import FolderSource

DESK = "calendar: desk\nzone: Europe/Lisbon\nhours: {monday: '09:00-17:00'}\n"


@pytest.fixture
def read(write):
    """Read a folder with this in its one calendar; returns it and the codes of what is wrong."""

    def calendar(text):
        folder = PackFolder(FolderSource(write()))
        (folder.source.folder / "calendars" / "desk.yaml").write_text(text)
        found = read_calendars(folder)
        return found, [(each.place.line, each.code, each.nearest) for each in folder.findings]

    return calendar


def test_a_calendar_is_built(read):
    """Named after its file."""
    found, wrong = read(DESK)
    assert found["desk"].zone == "Europe/Lisbon"
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (DESK.replace("Lisbon", "Lisbn"), [(2, "invalid_calendar", "Europe/Lisbon")]),
        (DESK.replace("monday", "mondey"), [(3, "invalid_calendar", "monday")]),
        (DESK.replace("monday", "true"), [(3, "invalid_calendar", None)]),
        (DESK.replace("calendar: desk", "calendar: desc"), [(1, "misnamed_file", "desk")]),
        (DESK.replace("zone", "zne"), [(2, "unknown_key", "zone")]),
        (DESK.replace("Europe/Lisbon", "loan.zone"), [(2, "invalid_calendar", None)]),
        (DESK.replace("{monday: '09:00-17:00'}", "5"), [(3, "wrong_type", None)]),
        ("- desk\n", [(1, "wrong_type", None)]),
    ],
)
def test_a_calendar_that_is_wrong_is_found_in_its_place(read, text, wrong):
    """Its id is known: clocks that name it are not at fault."""
    found, told = read(text)
    assert told == wrong
    assert list(found) == ["desk"]
