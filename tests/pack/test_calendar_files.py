"""The files of `calendars/`: each a calendar, or found wrong, and known by its id all the same."""

from __future__ import annotations

import pytest

from service.pack.calendar_files import read_calendars
from service.pack.loader import load_pack, load_pack_files
from service.pack.pack_folder import PackFolder
from service.pack.sources import FolderSource
from service.written.findings import InvalidPack

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


@pytest.fixture
def together(write):
    """Read a folder with these files of `calendars/` and `holidays/`; returns the calendars and what is wrong."""

    def files(**texts):
        root = write()
        for name, text in texts.items():
            folder, _, stem = name.partition("_")
            (root / folder).mkdir(exist_ok=True)
            (root / folder / f"{stem}.yaml").write_text(text)
        folder = PackFolder(FolderSource(root))
        found = read_calendars(folder)
        place = [each.place for each in folder.findings]
        where = [(each.file.rpartition("/")[2], each.line, each.column) for each in place]
        return found, [(*at, each.code, each.message) for at, each in zip(where, folder.findings, strict=True)]

    return files


TOWN = "holidays: town\ndays: [{holiday: New Year, date: 01-01}, {holiday: Fair, nth: 2, weekday: friday, month: 3}]\n"
BRANCH = "calendar: branch\nzone: Atlantic/Azores\nhours: {monday to friday: '09:00-15:00'}\nholidays: town\n"


def test_calendars_share_a_list_of_holidays(together):
    """A list has one file, whichever calendars name it; each keeps the midnight of its own zone."""
    found, wrong = together(calendars_desk=DESK + "holidays: [town]\n", calendars_branch=BRANCH, holidays_town=TOWN)
    assert wrong == []
    assert [each.name for each in found["desk"].holidays.days] == ["New Year", "Fair"]
    assert found["desk"].holidays.days == found["branch"].holidays.days
    assert [found[name].holidays.zone for name in ("desk", "branch")] == ["Europe/Lisbon", "Atlantic/Azores"]


def test_a_holiday_that_is_the_same_in_two_lists_is_one(together):
    """Two towns have one New Year's Day; it moves to one day."""
    other = TOWN.replace("holidays: town", "holidays: other").replace("Fair", "Market")
    found, wrong = together(calendars_desk=DESK + "holidays: [town, other]\n", holidays_town=TOWN, holidays_other=other)
    assert wrong == []
    assert [each.name for each in found["desk"].holidays.days] == ["New Year", "Fair", "Market"]


def test_what_is_wrong_with_a_list_is_found_in_its_file_alone(together):
    """However many calendars share it."""
    found, wrong = together(
        calendars_desk=DESK + "holidays: town\n",
        calendars_branch=BRANCH,
        holidays_town=TOWN.replace("01-01", "02-30"),
    )
    assert [each[:4] for each in wrong] == [("town.yaml", 2, 34, "invalid_calendar")]
    assert wrong[0][4] == "holidays town: there is no day '02-30'. Did you mean '02-29'?"
    assert found == {"branch": None, "desk": None}


def test_a_list_may_hang_on_a_reading(write):
    """What a calendar rests on is read anew under each reading, and what is wrong there is told."""
    root = write("calendars/desk.yaml", "hours:", "holidays: town\nhours:")
    (root / "holidays").mkdir()
    choice = "{by_interpretation: day-of-return, free: 01-01, counted: 02-30}"
    (root / "holidays" / "town.yaml").write_text(TOWN.replace("01-01", choice))
    chosen = load_pack(root, {"day-of-return": "free"})
    assert chosen.calendars["desk"].holidays.days[0].rule.month == 1
    with pytest.raises(InvalidPack, match="there is no day '02-30'"):
        load_pack(root, {"day-of-return": "counted"})


def test_a_list_is_part_of_the_pack(write):
    """Its bytes are under the digest, and are kept for whoever replays."""
    root = write("calendars/desk.yaml", "hours:", "holidays: town\nhours:")
    (root / "holidays").mkdir()
    (root / "holidays" / "town.yaml").write_text(TOWN)
    pack = load_pack(root)
    assert pack.files["holidays/town.yaml"] == TOWN.encode()
    again = load_pack_files(pack.files, "kept")
    assert (again.digest, again.calendars) == (pack.digest, pack.calendars)

    (root / "holidays" / "town.yaml").write_text(TOWN.replace("01-01", "01-02"))
    changed = load_pack(root)
    assert changed.digest != pack.digest
    assert changed.calendars != pack.calendars


def test_a_warning_about_a_list_is_told_once(together):
    """In its file, not at each calendar."""
    late = TOWN.replace("01-01", "'2026-01-01', from: 2027")
    _, wrong = together(calendars_desk=DESK + "holidays: town\n", calendars_branch=BRANCH, holidays_town=late)
    assert [each[:4] for each in wrong] == [("town.yaml", 2, 8, "never_falls")]


def test_a_list_that_no_calendar_names_is_told(together):
    """Its holidays are open days: whoever wrote the file did not mean that."""
    _, wrong = together(calendars_desk=DESK, holidays_town=TOWN)
    said = "holidays town: no calendar names this list, so its days are open: say `holidays: town` in one"
    assert wrong == [("town.yaml", 1, 1, "unnamed_holidays", said)]


def test_a_list_that_is_named_wrongly_is_told_there_alone(together):
    """One mistake is one finding."""
    _, wrong = together(calendars_desk=DESK + "holidays: twon\n", holidays_town=TOWN)
    assert [each[3] for each in wrong] == ["invalid_calendar"]


@pytest.mark.parametrize("reading", ["free", "counted"])
def test_a_list_that_is_named_under_some_reading_is_not_told(write, reading):
    """It waits for its owner to choose."""
    choice = "{by_interpretation: day-of-return, free: town, counted: {days: [{holiday: Fair, date: 05-04}]}}"
    root = write("calendars/desk.yaml", "hours:", f"holidays: {choice}\nhours:")
    (root / "holidays").mkdir()
    (root / "holidays" / "town.yaml").write_text(TOWN)
    assert load_pack(root, {"day-of-return": reading}).warnings == ()


@pytest.mark.parametrize(
    ("holidays", "wrong"),
    [
        ("holidays: twon", (4, 11, "'twon' is no list in `holidays/`. Did you mean 'town'?")),
        ("holidays: [town, twon]", (4, 18, "'twon' is no list in `holidays/`. Did you mean 'town'?")),
        ("holidays: {lists: twon}", (4, 19, "'twon' is no list in `holidays/`. Did you mean 'town'?")),
        (
            "holidays: {lists: town, days: [{holiday: Bridge, after: Fare, days: 1}]}",
            (4, 57, "'Fare' is no holiday of this calendar. Did you mean 'Fair'?"),
        ),
    ],
)
def test_a_list_that_is_not_there_is_found_where_it_is_named(together, holidays, wrong):
    """With the nearest one."""
    _, found = together(calendars_desk=DESK + holidays + "\n", holidays_town=TOWN)
    line, column, says = wrong
    assert found == [("desk.yaml", line, column, "invalid_calendar", f"calendar desk: {says}")]


def test_lists_with_midnights_of_two_zones_need_one_to_be_chosen(together):
    """A day can't begin twice."""
    texts = {
        "holidays_town": TOWN + "zone: Europe/Lisbon\n",
        "holidays_other": TOWN.replace(": town", ": other") + "zone: Asia/Tokyo\n",
    }
    _, wrong = together(calendars_desk=DESK + "holidays: [town, other]\n", **texts)
    assert [each[:4] for each in wrong] == [("desk.yaml", 4, 11, "invalid_calendar")]
    assert "(town has Europe/Lisbon, other has Asia/Tokyo); say which with `zone`" in wrong[0][4]

    chosen = DESK + "holidays: {lists: [town, other], zone: Asia/Tokyo}\n"
    found, wrong = together(calendars_desk=chosen, **texts)
    assert (wrong, found["desk"].holidays.zone) == ([], "Asia/Tokyo")


def test_a_calendar_is_as_another_but_for_what_it_says(together):
    """Its zone and holidays are its own; the hours are the other's."""
    found, wrong = together(
        calendars_desk=DESK, calendars_branch="calendar: branch\nas: desk\nzone: Atlantic/Azores\nholidays: town\n",
        holidays_town=TOWN,
    )  # fmt: skip
    assert wrong == []
    branch = found["branch"]
    assert (branch.id, branch.zone, branch.hours) == ("branch", "Atlantic/Azores", found["desk"].hours)
    assert (branch.holidays.zone, found["desk"].holidays) == ("Atlantic/Azores", None)


def test_a_calendar_may_be_as_one_that_is_made_of_others(together):
    """In a zone of its own, in which its days begin."""
    found, wrong = together(
        calendars_desk=DESK,
        calendars_branch=BRANCH.replace("holidays: town\n", ""),
        calendars_both=BOTH,
        calendars_a_same="calendar: a_same\nas: both\nzone: Asia/Tokyo\n",
    )
    assert wrong == []
    assert found["a_same"].made_of == found["both"].made_of
    assert found["a_same"].zone == "Asia/Tokyo"


def test_what_a_calendar_of_others_rests_on_is_read_anew_under_each_reading(write):
    """However far down the list is that hangs on it."""
    root = write("calendars/desk.yaml", "hours:", "holidays: town\nhours:")
    (root / "holidays").mkdir()
    choice = "{by_interpretation: day-of-return, free: 01-01, counted: 01-02}"
    (root / "holidays" / "town.yaml").write_text(TOWN.replace("01-01", choice))
    (root / "calendars" / "as.yaml").write_text("calendar: as\nas: desk\n")
    (root / "calendars" / "all.yaml").write_text(BOTH.replace("both", "all").replace("branch", "as"))

    chosen = PackFolder(FolderSource(root))
    chosen.choices = {"day-of-return": ("free", ("free", "counted"))}
    free = read_calendars(chosen)["all"]
    other = PackFolder(chosen.source, chosen)
    other.choices = {"day-of-return": ("counted", ("free", "counted"))}

    counted = read_calendars(other)["all"]

    days = [each.holidays.days[0].rule.day for made in (free, counted) for each in made.made_of.calendars]
    assert days == [1, 1, 2, 2]


BOTH = "calendar: both\nzone: Etc/UTC\nbusiness_day: 4\nopen_when_all: [desk, branch]\n"


def test_calendars_that_rest_on_each_other_in_a_circle_are_told_the_whole_way(together):
    """Once, at the one that closes the circle; none of them can be read."""
    found, wrong = together(
        calendars_desk=BOTH.replace("both", "desk").replace("[desk, branch]", "[both, branch]"),
        calendars_branch=BRANCH.replace("holidays: town\n", ""),
        calendars_both=BOTH,
    )
    message = "calendars rest on each other in a circle: both → desk → both"
    assert wrong == [("desk.yaml", 4, 17, "circle", message)]
    assert [name for name, each in found.items() if each is None] == ["both", "desk"]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (BOTH.replace("branch", "brunch"), ("both.yaml", 4, 23, "unknown_name")),
        (BOTH.replace("business_day: 4\n", ""), ("both.yaml", 3, 16, "invalid_calendar")),
        (BOTH.replace("[desk, branch]", "[desk]"), ("both.yaml", 4, 16, "too_few")),
        (BOTH + "hours: around_the_clock\n", ("both.yaml", 1, 1, "too_many_keys")),
        (BOTH.replace("open_when_all", "open_when_al"), ("both.yaml", 4, 1, "unknown_key")),
        (BOTH.replace("zone: Etc/UTC\n", ""), ("both.yaml", 1, 1, "missing_key")),
        (BOTH + "seasons: [{season: S, dates: june, hours: around_the_clock}]\n", ("both.yaml", 1, 1, "missing_key")),
        (BOTH + "holidays: {days: [{holiday: X, date: 01-01, dates: june}]}\n", ("both.yaml", 5, 19, "too_many_keys")),
    ],
)
def test_what_is_wrong_with_a_calendar_of_others_is_found_in_its_place(together, text, wrong):
    """Names that nothing bears, and keys that do not go together."""
    _, found = together(
        calendars_desk=DESK, calendars_branch=BRANCH.replace("holidays: town\n", ""), calendars_both=text
    )
    assert [each[:4] for each in found] == [wrong]


def test_calendars_that_are_never_open_at_once_are_told(together):
    """An empty combination is no error: one of them may yet change."""
    sunday = "calendar: branch\nzone: Europe/Lisbon\nhours: {sunday: '09:00-15:00'}\n"
    _, wrong = together(calendars_desk=DESK, calendars_branch=sunday, calendars_both=BOTH)
    (found,) = wrong
    assert found[:4] == ("both.yaml", 4, 1, "never_open")
    assert "its calendars are never open at once" in found[4]
