"""What the pack language's page says of the layers of calendars is so: its calendars are asked when they open."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from service.clock.business_time import Conventions, Target, count
from service.clock.zones import zone_named
from service.pack.calendar_files import read_calendars
from service.pack.pack_folder import PackFolder
from service.pack.sources import FolderSource

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
FILES = re.findall(r"^```yaml\n((calendar|holidays): ([a-z_]+).*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
HOUSE = "holidays: house\ndays: [{holiday: House Day, date: '10-05'}]\n"


@pytest.fixture(scope="module")
def calendars(tmp_path_factory):
    """The calendars of the page, and the one list of which it shows no more than the name."""
    root = tmp_path_factory.mktemp("page")
    for text, kind, name in (*FILES, (HOUSE, "holidays", "house")):
        file = root / {"calendar": "calendars", "holidays": "holidays"}[kind] / f"{name}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    folder = PackFolder(FolderSource(root))
    found = read_calendars(folder)
    assert folder.findings == []
    return found


@pytest.fixture
def hours_on(calendars):
    """Return the openings of a calendar from a day's midnight on for so many days, as texts in its zone."""

    def openings(name, day, days=1):
        calendar = calendars[name]
        start = datetime.fromisoformat(f"{day}T00:00:00Z").replace(tzinfo=None)
        counted = count(calendar, Target(20, "day"), at(start, calendar))
        end = at(start + timedelta(days=days), calendar)
        within = [each for each in counted.segments if each.from_ < end]
        return " ".join(f"{each.from_:%a %H:%M}-{each.to:%H:%M}" for each in within)

    return openings


def at(moment, calendar):
    """Return a moment of a calendar's own clocks."""
    return moment.replace(tzinfo=zone_named(calendar.zone))


def test_the_page_has_its_calendars(calendars):
    """One for each layer."""
    assert sorted(calendars) == ["azores", "both_desks", "branch", "desk", "museum", "night", "pool", "traders"]


@pytest.mark.parametrize(
    ("name", "day", "days", "opens"),
    [
        # parts of days and spans of them
        ("desk", "2026-12-24", 1, "Thu 09:00-13:00"),
        ("desk", "2026-05-06", 1, "Wed 09:00-12:00 Wed 14:00-17:00"),
        ("desk", "2026-12-26", 9, "Sat 09:00-12:00 Sat 13:00-15:00"),
        # a shared list
        ("branch", "2027-06-14", 2, "Tue 09:00-15:00"),
        ("branch", "2026-10-05", 2, "Tue 09:00-15:00"),
        ("azores", "2026-10-05", 2, "Tue 09:00-15:00"),
        ("azores", "2027-01-01", 1, "Fri 09:00-15:00"),
        # special days and seasons
        ("museum", "2026-03-14", 2, "Sat 10:00-14:00"),
        ("museum", "2026-12-24", 1, "Thu 09:00-11:00 Thu 12:00-14:00"),
        ("pool", "2026-05-29", 4, "Fri 09:00-17:00 Mon 09:00-15:00"),
        ("pool", "2026-08-31", 2, "Mon 09:00-15:00 Tue 09:00-17:00"),
        # nights and other days
        ("night", "2026-03-13", 3, "Fri 00:00-06:00 Fri 22:00-06:00"),
        ("traders", "2026-03-14", 2, "Sun 21:00-21:00"),
        # of others
        ("both_desks", "2026-10-02", 4, "Fri 10:00-15:00"),
        ("both_desks", "2027-06-14", 2, "Tue 10:00-15:00"),
    ],
)
def test_a_calendar_opens_as_the_page_says(hours_on, name, day, days, opens):
    """Each claim of the page, at a day of which it speaks."""
    assert hours_on(name, day, days) == opens


def test_a_night_is_due_at_its_end_and_a_week_of_traders_has_five_days(calendars):
    """Business days by closing."""

    def due(name, starts, days):
        counted = count(
            calendars[name],
            Target(days, "business_day"),
            datetime.fromisoformat(starts),
            conventions=Conventions(business_day_ends="closing"),
        )
        return counted.due_at.isoformat()

    assert due("night", "2026-03-13T21:00:00Z", 1) == "2026-03-14T06:00:00+00:00"
    assert due("traders", "2026-03-15T20:59:59Z", 1) == "2026-03-16T21:00:00+00:00"
    assert due("traders", "2026-03-15T20:59:59Z", 5) == "2026-03-20T21:00:00+00:00"
    assert due("traders", "2026-03-16T20:00:00Z", 1) == "2026-03-17T21:00:00+00:00"
