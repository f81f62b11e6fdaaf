"""On which days holidays close: rules, years, moves, and the `holidays` library as a second opinion."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import holidays as library
import pytest

from service.clock.calendars import build_calendar
from service.clock.closures import closed_days, closings_from, is_closed_day
from service.clock.holiday_rules import Easter, Holiday, dates_in

WORKWEEK = {"monday to friday": "09:00-17:00"}


def closed(year: int, *days: dict[str, Any], hours: Any = None, **others: Any) -> list[str]:
    """Return the days of a year that holidays close, as month and day."""
    data = {"calendar": "desk", "zone": "Europe/Lisbon", "hours": hours or WORKWEEK}
    calendar = build_calendar({**data, "holidays": {"days": list(days), **others}})
    assert calendar.holidays is not None
    return [date.fromordinal(day).isoformat()[5:] for day in sorted(closed_days(calendar.holidays, year))]


FEAST = {"holiday": "Feast", "date": "06-24"}
LEAP = {"holiday": "Leap Day", "date": "02-29"}
ONCE = {"holiday": "Founding Day", "date": "2026-05-04"}
NEW_YEAR = {"holiday": "New Year", "date": "01-01"}


def test_a_yearly_date_closes_each_year_and_a_full_date_once() -> None:
    """The writing of the date tells which."""
    assert [closed(year, FEAST, ONCE) for year in (2025, 2026)] == [["06-24"], ["05-04", "06-24"]]


def test_the_leap_day_closes_in_leap_years_only() -> None:
    """It neither moves to the 28th nor to the first of March; 1900 and 2100 are no leap years."""
    assert [year for year in (1900, 2000, 2023, 2024, 2100, 9996) if closed(year, LEAP)] == [2000, 2024, 9996]


@pytest.mark.parametrize(
    ("nth", "weekday", "month", "year", "day"),
    [
        (1, "monday", 6, 2026, ["06-01"]),
        (4, "thursday", 11, 2026, ["11-26"]),
        (-1, "monday", 5, 2026, ["05-25"]),
        (5, "friday", 1, 2026, ["01-30"]),
        (5, "friday", 2, 2026, []),
        (-5, "sunday", 2, 2032, ["02-01"]),
        (-5, "sunday", 2, 2026, []),
        (-1, "friday", 12, 9999, ["12-31"]),
    ],
)
def test_the_nth_weekday_of_a_month(nth: int, weekday: str, month: int, year: int, day: list[str]) -> None:
    """Counted from either end; a month without a fifth has none."""
    assert closed(year, {"holiday": "H", "nth": nth, "weekday": weekday, "month": month}) == day


def test_a_holiday_after_another_may_fall_in_another_year() -> None:
    """The day after New Year's Eve is in the next year, and the eve of New Year in the one before."""
    eve = {"holiday": "Eve", "after": "New Year", "days": -1}
    far = {"holiday": "Far", "after": "New Year", "days": 800}

    assert closed(2026, NEW_YEAR, eve) == ["01-01", "12-31"]
    assert closed(2026, {**NEW_YEAR, "from": 2024, "until": 2025}, far) == ["03-11"]


def test_a_holiday_after_another_counts_from_its_own_day_and_shares_its_years() -> None:
    """Not from the day to which the other one moved; where the other is not, there is nothing to count from."""
    feast = {**FEAST, "from": 2028, "observed": {"saturday": "friday"}}
    after = {"holiday": "After", "after": "Feast", "days": 1}

    assert closed(2028, feast, after) == ["06-23", "06-24", "06-25"]
    assert closed(2027, feast, after) == []


def test_a_long_chain_of_holidays_is_followed_to_its_end() -> None:
    """Each link asks two years of the one before: remembered, not asked anew."""
    chain = [{"holiday": str(link), "after": str(link - 1), "days": 1} for link in range(1, 60)]
    days = closed(2026, {"holiday": "0", "date": "01-01"}, *chain)

    assert (len(days), days[-1]) == (60, "03-01")


def test_years_bound_a_holiday() -> None:
    """`from` is the first year with it, `until` the first without."""
    bound = {**FEAST, "from": 2020, "until": 2022}

    assert [year for year in range(2018, 2025) if closed(year, bound)] == [2020, 2021]


def test_easter_moves_good_friday_and_whit_monday() -> None:
    """Days from Western Easter, which is 5 April in 2026."""
    days = [{"holiday": "Good Friday", "easter": -2}, {"holiday": "Whit Monday", "easter": 50}]

    assert closed(2026, *days) == ["04-03", "05-25"]


@pytest.mark.parametrize("days", [-200, -2, 0, 300])
def test_easter_holidays_are_one_a_year_from_1900_to_9999(days: int) -> None:
    """However far from Easter, in whichever year it falls; that of the year 10000 brings nothing back."""
    holiday = Holiday("H", Easter(days))
    found = [len(dates_in(holiday, year)) for year in range(1900, 10_000)]

    assert found == [1] * 8099 + [0 if days == -200 else 1]


def test_a_library_holiday_is_picked_by_its_native_or_english_name() -> None:
    """From every category that the library has for the country, on literal days."""
    native = {"holiday": "A", "library": {"country": "PT", "name": "Dia da Liberdade"}}
    english = {"holiday": "B", "library": {"country": "PT", "name": "Freedom Day"}}
    optional = {"holiday": "C", "library": {"country": "PT", "name": "Carnival"}}
    scottish = {"holiday": "D", "library": {"country": "GB", "subdivision": "SCT", "name": "Saint Andrew's Day"}}

    assert closed(2026, native) == closed(2026, english) == ["04-25"]
    assert closed(2026, optional) == ["02-17"]
    assert closed(2024, scottish) == ["11-30"]


def test_a_library_holiday_has_all_its_days_and_goes_by_its_plain_name() -> None:
    """A feast of three days closes three; that its days are estimated is not a part of its name."""
    feast = {"holiday": "Feast", "library": {"country": "AE", "name": "Eid al-Adha Holiday"}}

    assert closed(2028, feast) == ["05-06", "05-07"]


def test_a_library_holiday_is_none_where_the_library_ends() -> None:
    """No guess about years that it does not cover, and no error."""
    freedom = {"holiday": "A", "library": {"country": "PT", "name": "Freedom Day"}}

    assert [closed(year, freedom) for year in (1900, 1973, 1974, 2100, 2101)] == [[], [], ["04-25"], ["04-25"], []]


def test_the_environment_does_not_choose_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library would read these variables; the same pack must decide the same everywhere."""
    monkeypatch.setenv("LANGUAGE", "uk")
    freedom = {"holiday": "A", "library": {"country": "PT", "subdivision": "11", "name": "Freedom Day"}}

    assert closed(1999, freedom) == ["04-25"]


def test_a_holiday_on_a_weekend_moves_where_the_calendar_says() -> None:
    """To the nearest such weekday; its own day stays closed too."""
    observed = {"saturday": "friday", "sunday": "monday"}

    assert closed(2026, {"holiday": "H", "date": "07-04"}, observed=observed) == ["07-03", "07-04"]
    assert closed(2027, {"holiday": "H", "date": "07-04"}, observed=observed) == ["07-04", "07-05"]
    assert closed(2028, {"holiday": "H", "date": "07-04"}, observed=observed) == ["07-04"]


def test_without_a_word_about_it_holidays_do_not_move() -> None:
    """A policy that lists dates means those dates."""
    assert closed(2026, {"holiday": "H", "date": "07-04"}) == ["07-04"]


def test_a_move_may_cross_new_year() -> None:
    """New Year's Day of 2028 is a Saturday, so 31 December 2027 is closed."""
    observed = {"saturday": "friday"}

    assert [closed(year, NEW_YEAR, observed=observed) for year in (2027, 2028)] == [["01-01", "12-31"], ["01-01"]]


def test_a_holiday_can_have_moves_of_its_own() -> None:
    """In place of the calendar's, and `{}` moves not at all."""
    observed = {"saturday": "friday"}
    own = {"holiday": "H", "date": "07-04", "observed": {"saturday": "monday"}}

    assert closed(2026, own, observed=observed) == ["07-04", "07-06"]
    assert closed(2026, {**own, "observed": {}}, observed=observed) == ["07-04"]


def test_the_next_open_day_is_no_weekend_and_no_other_holiday() -> None:
    """The earlier holiday moves first, and what it takes is taken."""
    christmas = [{"holiday": "Christmas", "date": "12-25"}, {"holiday": "Boxing Day", "date": "12-26"}]
    observed = {"saturday": "next_open_day", "sunday": "next_open_day"}

    assert closed(2021, *christmas, observed=observed) == ["12-25", "12-26", "12-27", "12-28"]
    assert closed(2022, *christmas, observed=observed) == ["12-25", "12-26", "12-27"]
    assert closed(2023, *christmas, observed=observed) == ["12-25", "12-26"]


def test_the_next_open_day_respects_the_calendars_own_week() -> None:
    """Where Saturday is a contact day, Friday's holiday moves to it."""
    hours = {"monday to thursday": "09:00-17:00", "saturday": "09:00-17:00"}

    assert closed(2026, {**NEW_YEAR, "date": "07-03"}, hours=hours, observed={"friday": "next_open_day"}) == [
        "07-03",
        "07-04",
    ]


def test_of_two_that_move_from_one_day_the_one_that_closes_more_moves_first() -> None:
    """Whichever stands first in the list."""
    days = [
        {"holiday": "Half", "date": "2026-08-01", "closes": {"from": "13:00"}},
        {"holiday": "Whole", "date": "2026-08-01"},
        {"holiday": "Break", "date": "2026-08-01", "closes": {"from": "12:00", "until": "13:00"}},
        {"holiday": "Night", "date": "2026-08-01", "closes": "business_day"},
    ]
    for each in (days, days[::-1]):
        data = {"calendar": "desk", "zone": "Etc/UTC", "hours": {"monday to friday": "09:00-17:00"}}
        holidays = build_calendar(
            {**data, "holidays": {"days": each, "observed": {"saturday": "next_open_day"}}}
        ).holidays
        assert holidays is not None
        since = date(2026, 8, 2).toordinal()
        found = sorted(closings_from(holidays, since, since + 7))
        assert [closing for _, closing in found] == [None, (0, 1440), (780, 1440), (720, 780)]


def test_all_years_have_their_closed_days() -> None:
    """Neither end of the calendar falls off it."""
    moving = {"holiday": "Last", "date": "12-31", "observed": dict.fromkeys(("friday", "saturday", "sunday"), "monday")}
    before = {"holiday": "Before", "after": "Last", "days": -1}

    assert closed(9999, moving, before, NEW_YEAR) == ["01-01", "12-30", "12-31"]
    assert closed(1, NEW_YEAR, {"holiday": "Eve", "after": "New Year", "days": -1}) == ["01-01", "12-31"]


def test_days_outside_all_years_are_not_closed() -> None:
    """Zones far apart ask for the day after the last."""
    calendar = build_calendar(
        {"calendar": "desk", "zone": "Europe/Lisbon", "hours": WORKWEEK, "holidays": {"days": [NEW_YEAR]}}
    )
    assert calendar.holidays is not None

    days = (0, 1, date.max.toordinal() + 1)
    assert [is_closed_day(calendar.holidays, day) for day in days] == [False, True, False]


AMERICAN = [
    {"holiday": "New Year's Day", "date": "01-01"},
    {"holiday": "Martin Luther King Jr. Day", "nth": 3, "weekday": "monday", "month": 1, "from": 1986},
    {"holiday": "Washington's Birthday", "nth": 3, "weekday": "monday", "month": 2},
    {"holiday": "Memorial Day", "nth": -1, "weekday": "monday", "month": 5},
    {"holiday": "Juneteenth National Independence Day", "date": "06-19", "from": 2021},
    {"holiday": "Independence Day", "date": "07-04"},
    {"holiday": "Labor Day", "nth": 1, "weekday": "monday", "month": 9},
    {"holiday": "Columbus Day", "nth": 2, "weekday": "monday", "month": 10},
    {"holiday": "Veterans Day", "date": "11-11"},
    {"holiday": "Thanksgiving Day", "nth": 4, "weekday": "thursday", "month": 11},
    {"holiday": "Christmas Day", "date": "12-25"},
]
YEARS = range(1980, 2101)


def libraries(days: Iterator[date]) -> list[str]:
    """Return the library's days as month and day."""
    return sorted({day.isoformat()[5:] for day in days})


@pytest.mark.parametrize(("moves", "observed"), [({}, False), ({"saturday": "friday", "sunday": "monday"}, True)])
def test_american_holidays_are_those_of_the_library(moves: dict[str, str], observed: bool) -> None:
    """Dates, nth weekdays, years and moves of eleven holidays over 121 years, against somebody else's reckoning."""
    data = {"calendar": "desk", "zone": "America/Chicago", "hours": WORKWEEK}
    calendar = build_calendar({**data, "holidays": {"days": AMERICAN, "observed": moves}})
    assert calendar.holidays is not None
    for year in YEARS:
        expected = library.country_holidays("US", years=year, observed=observed, expand=False, language="en_US")
        # The library lets a New Year's Day move into a year that it was not asked for.
        days = {day.toordinal() for day in expected if day.year == year}
        assert closed_days(calendar.holidays, year) == days, year


def test_easter_holidays_are_those_of_the_library() -> None:
    """Good Friday, and Corpus Christi sixty days after Easter."""
    for year in YEARS:
        expected = library.country_holidays("BR", years=year, expand=False, language="en_US", categories="optional")
        corpus_christi = libraries(iter(expected.get_named("Corpus Christi")))
        assert closed(year, {"holiday": "Corpus Christi", "easter": 60}) == corpus_christi, year
        portuguese = library.country_holidays("PT", years=year, expand=False, language="en_US")
        friday = libraries(iter(portuguese.get_named("Good Friday")))
        assert closed(year, {"holiday": "Good Friday", "easter": -2}) == friday, year


def test_english_substitute_days_are_those_of_the_library() -> None:
    """Christmas and Boxing Day at a weekend move to the next open days, as England has it."""
    days = [{"holiday": "Christmas", "date": "12-25"}, {"holiday": "Boxing Day", "date": "12-26"}]
    observed = {"saturday": "next_open_day", "sunday": "next_open_day"}
    for year in YEARS:
        english = library.country_holidays("GB", subdiv="ENG", years=year, expand=False, language="en_GB")
        named = (day for day, name in english.items() if "Christmas Day" in name or "Boxing Day" in name)
        assert closed(year, *days, observed=observed) == libraries(named), year


def test_a_day_is_closed_in_whichever_order_years_are_asked() -> None:
    """What is remembered of one year must not colour another."""
    holidays = {"days": [NEW_YEAR], "observed": {"saturday": "friday", "sunday": "next_open_day"}}
    data = {"calendar": "desk", "zone": "Europe/Lisbon", "hours": WORKWEEK, "holidays": holidays}
    calendar, again = build_calendar(data).holidays, build_calendar(data).holidays
    assert calendar is not None
    assert again is not None
    forwards = [closed_days(calendar, year) for year in range(2000, 2040)]
    backwards = [closed_days(again, year) for year in reversed(range(2000, 2040))]

    assert forwards == backwards[::-1]
