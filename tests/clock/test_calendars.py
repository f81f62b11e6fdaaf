"""Building calendars: every problem of a calendar's data, each with its place and the nearest valid text."""

import copy
import pickle
from datetime import date, timedelta
from typing import Any

import pytest

from service.clock.calendars import Calendar, InvalidCalendar, build_calendar
from service.clock.holiday_rules import dates_in

Found = tuple[tuple[str | int, ...], str | None]


def problems(**changes: Any) -> list[Found]:
    """Return the places and nearest texts of what is wrong with a plain calendar so changed."""
    plain = {"calendar": "desk", "zone": "Europe/Lisbon", "hours": {"monday to friday": "09:00-17:00"}}
    with pytest.raises(InvalidCalendar) as refused:
        build_calendar({**plain, **changes})
    return [(problem.path, problem.nearest) for problem in refused.value.problems]


def holiday_problems(*days: dict[str, Any], **others: Any) -> list[Found]:
    """Return the same of a calendar with these holidays, places from the list on."""
    found = problems(holidays={"days": list(days), **others})
    return [(path[2:] if path[:2] == ("holidays", "days") else path, nearest) for path, nearest in found]


def test_a_calendar_has_what_its_data_says(desk: Calendar) -> None:
    """Nine hours a day make a business day of nine; holidays are in the calendar's zone unless they name another."""
    assert (desk.id, desk.zone, desk.business_day) == ("desk", "America/Chicago", timedelta(hours=9))
    assert desk.hours == (*(((480, 1020),),) * 5, (), ())
    assert desk.holidays is not None
    assert (desk.holidays.zone, {each.closes for each in desk.holidays.days}) == ("America/Chicago", {(0, 1440)})
    assert not desk.is_around_the_clock


def test_around_the_clock_has_business_days_of_24_hours(night_desk: Calendar) -> None:
    """One full contact day is then a whole day."""
    assert night_desk.is_around_the_clock
    assert night_desk.business_day == timedelta(hours=24)


def test_a_range_of_weekdays_may_pass_the_end_of_the_week() -> None:
    """Saturday to Monday is three days."""
    hours = {"saturday to monday": "09:00-12:00"}
    desk = build_calendar({"calendar": "desk", "zone": "Europe/Lisbon", "hours": hours})

    assert [bool(openings) for openings in desk.hours] == [True, False, False, False, False, True, True]


def test_calendars_are_equal_by_what_they_say(desk: Calendar, desk_data: dict[str, Any]) -> None:
    """They are plain values: two loads of a file are one calendar, in this process and in another."""
    other = build_calendar({**desk_data, "holidays": {"days": desk_data["holidays"]["days"][1:]}})

    assert len({desk, build_calendar(desk_data), other}) == 2
    assert pickle.loads(pickle.dumps(desk)) == desk


def test_a_chain_of_a_thousand_holidays_is_a_plain_value(desk_data: dict[str, Any]) -> None:
    """Nothing in it lies deep, so that it can be compared and pickled."""
    chain = [{"holiday": str(link), "after": str(link + 1), "days": 1} for link in range(1000)]
    days = [*chain, {"holiday": "1000", "date": "2020-01-01"}]
    calendar = build_calendar({**desk_data, "holidays": {"days": days}})

    assert pickle.loads(pickle.dumps(calendar)) == calendar
    assert calendar.holidays is not None
    assert dates_in(calendar.holidays.days[0], 2022) == (date(2022, 9, 27),)


@pytest.mark.parametrize(
    ("zone", "nearest"),
    [("Europe/Lisboa", "Europe/Lisbon"), ("america/chicago", "America/Chicago"), ("xyzzy", None)],
)
def test_an_unknown_zone_is_a_problem(zone: str, nearest: str | None) -> None:
    """Zones are IANA names, spelt as IANA does."""
    assert problems(zone=zone) == [(("zone",), nearest)]
    assert problems(holidays={"zone": zone, "days": []}) == [(("holidays", "zone"), nearest)]


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("fryday", "friday"),
        ("Monday", "monday"),
        ("monday to fryday", "monday to friday"),
        ("monday to friday to sunday", "monday to friday"),
        ("holidays", None),
    ],
)
def test_an_unknown_weekday_is_a_problem(key: str, nearest: str | None) -> None:
    """Weekdays and their ranges are written in lower case English."""
    assert problems(hours={key: "09:00-17:00"}) == [(("hours", key), nearest)]


def test_a_weekday_given_twice_is_a_problem() -> None:
    """Neither of the two openings may win in silence."""
    hours = {"monday to friday": "09:00-17:00", "friday": "09:00-16:00"}

    assert problems(hours=hours, business_day=8) == [(("hours", "friday"), None)]


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("9:00-17:00", "09:00"),
        ("09:00-17.30", "17:30"),
        ("09:00-25:00", None),
        ("09:00-24:01", None),
        ("09:60-17:00", None),
        ("nine to five", None),
        ("09:00\N{EN DASH}17:00", "09:00-17:00"),
        ("24:00-09:00", None),
        ("09:00-09:00", None),
        ("24:00-24:00", None),
    ],
)
def test_an_opening_that_is_none_is_a_problem(text: str, nearest: str | None) -> None:
    """Times have two digits each, closing is not when it opens, and only 24:00 lies past 23:59."""
    assert problems(hours={"monday": text}) == [(("hours", "monday"), nearest)]
    assert problems(hours={"monday": ["06:00-07:00", text]}) == [(("hours", "monday", 1), nearest)]


def test_openings_that_overlap_are_a_problem_and_touching_ones_are_not() -> None:
    """12:00 belongs to the second of two openings that meet there."""
    assert problems(hours={"monday": ["09:00-12:01", "12:00-15:00"]}) == [(("hours", "monday", 1), None)]
    assert problems(hours={"monday": ["12:00-15:00", "09:00-17:00"]}) == [(("hours", "monday", 1), None)]

    hours = {"monday": ["12:00-15:00", "09:00-12:00"]}
    desk = build_calendar({"calendar": "desk", "zone": "Europe/Lisbon", "hours": hours})
    assert desk.hours[0] == ((540, 900),)


def test_a_calendar_that_never_opens_is_a_problem() -> None:
    """No target on it would ever be due."""
    assert problems(hours={}) == [(("hours",), None)]
    assert problems(hours={"monday": []}) == [(("hours",), None)]


def test_days_that_differ_need_business_day() -> None:
    """Which of the lengths a business day has is for the policy to say."""
    hours = {"monday to friday": "09:00-17:00", "saturday": "09:00-12:00"}

    assert problems(hours=hours) == [(("hours",), None)]
    assert build_calendar(
        {"calendar": "desk", "zone": "Europe/Lisbon", "hours": hours, "business_day": 7.5}
    ).business_day == timedelta(hours=7, minutes=30)


@pytest.mark.parametrize("hours", [0, -1, 24.5])
def test_a_business_day_of_impossible_length_is_a_problem(hours: float) -> None:
    """It is a part of one day, and not nothing."""
    assert problems(business_day=hours) == [(("business_day",), None)]


@pytest.mark.parametrize(
    ("date", "nearest"),
    [
        ("02-30", "02-29"),
        ("04-31", "04-30"),
        ("13-01", None),
        ("2026-02-29", "2026-02-28"),
        ("2024-02-30", "2024-02-29"),
        ("2026-13-01", None),
        ("0000-01-01", None),
        ("1 May", None),
        ("5-1", None),
        ("20260501", None),
    ],
)
def test_an_impossible_date_is_a_problem(date: str, nearest: str | None) -> None:
    """29 February is a date, though not one of each year; 30 February is none."""
    assert holiday_problems({"holiday": "Founding Day", "date": date}) == [((0, "date"), nearest)]


def test_the_leap_day_is_a_date() -> None:
    """It falls in leap years only, which is no mistake."""
    days = [{"holiday": "Leap Day", "date": "02-29"}, {"holiday": "Once", "date": "2024-02-29"}]
    desk = {"calendar": "desk", "zone": "Europe/Lisbon", "hours": "around_the_clock", "holidays": {"days": days}}

    assert build_calendar(desk).holidays is not None


@pytest.mark.parametrize("nth", [0, 6, -6])
def test_an_nth_weekday_that_no_month_has_is_a_problem(nth: int) -> None:
    """A month has four or five of each weekday."""
    assert holiday_problems({"holiday": "May Day", "nth": nth, "weekday": "monday", "month": 5}) == [((0, "nth"), None)]


def test_every_part_of_an_nth_weekday_is_checked() -> None:
    """One run tells all that is wrong."""
    day = {"holiday": "May Day", "nth": 9, "weekday": "mondy", "month": 13}

    assert holiday_problems(day) == [((0, "weekday"), "monday"), ((0, "nth"), None), ((0, "month"), None)]


def test_a_holiday_after_an_unknown_one_is_a_problem() -> None:
    """Names of holidays are those of the same list."""
    thanks = {"holiday": "Thanks", "date": "11-20"}
    bridge = {"holiday": "Bridge", "after": "Tanks", "days": 1}

    assert holiday_problems(thanks, bridge) == [((1, "after"), "Thanks")]


def test_holidays_in_a_circle_are_one_problem() -> None:
    """Said once, at the first of them; who hangs on the circle is not accused of it."""
    days = [
        {"holiday": "Hanger-on", "after": "Egg", "days": 1},
        {"holiday": "Hen", "after": "Egg", "days": 1},
        {"holiday": "Egg", "after": "Hen", "days": -1},
        {"holiday": "Navel", "after": "Navel", "days": 7},
    ]

    assert holiday_problems(*days) == [((1, "after"), None), ((3, "after"), None)]


def test_a_holiday_may_stand_before_the_one_that_it_is_relative_to() -> None:
    """The order of the list is the reader's."""
    days = [{"holiday": "Eve", "after": "Feast", "days": -1}, {"holiday": "Feast", "date": "06-24"}]
    desk = {"calendar": "desk", "zone": "Europe/Lisbon", "hours": "around_the_clock", "holidays": {"days": days}}
    built = build_calendar(desk)

    assert built.holidays is not None
    assert [day.name for day in built.holidays.days] == ["Eve", "Feast"]


def test_a_holiday_given_twice_is_a_problem() -> None:
    """`after` would not know which."""
    days = [{"holiday": "Feast", "date": "06-24"}, {"holiday": "Feast", "date": "06-25"}]

    assert holiday_problems(*days) == [((1, "holiday"), None)]


def test_a_holiday_without_years_is_a_problem() -> None:
    """`until` is the first year without it."""
    days = [{"holiday": "Feast", "date": "06-24", "from": 2020, "until": 2020}]

    assert holiday_problems(*days) == [((0, "until"), None)]


@pytest.mark.parametrize(
    ("pick", "place", "nearest"),
    [
        ({"country": "pt", "name": "Dia da Liberdade"}, "country", "PT"),
        ({"country": "GB", "subdivision": "SCTT", "name": "New Year's Day"}, "subdivision", "SCT"),
        ({"country": "PT", "name": "Dia da Libertade"}, "name", "Dia da Liberdade"),
        ({"country": "PT", "name": "Fredom Day"}, "name", "Freedom Day"),
        ({"country": "GB", "subdivision": "ENG", "name": "Saint Andrew's Day"}, "name", None),
    ],
)
def test_a_holiday_that_the_library_has_not_is_a_problem(pick: dict[str, str], place: str, nearest: str | None) -> None:
    """Country, subdivision and name are the library's, with the nearest of its own."""
    assert holiday_problems({"holiday": "Picked", "library": pick}) == [((0, "library", place), nearest)]


@pytest.mark.parametrize(
    ("observed", "found"),
    [
        ({"saterday": "friday"}, [(("holidays", "observed", "saterday"), "saturday")]),
        ({"saturday": "fryday"}, [(("holidays", "observed", "saturday"), "friday")]),
        ({"saturday": "next_open_dai"}, [(("holidays", "observed", "saturday"), "next_open_day")]),
    ],
)
def test_a_move_from_or_to_no_weekday_is_a_problem(observed: dict[str, str], found: list[Found]) -> None:
    """In the calendar's own moves, and in those of a single holiday."""
    feast = {"holiday": "Feast", "date": "06-24"}

    assert holiday_problems(feast, observed=observed) == found
    ((path, nearest),) = found
    assert holiday_problems({**feast, "observed": observed}) == [((0, *path[1:]), nearest)]


@pytest.mark.parametrize(
    ("closes", "place"),
    [
        ({"from": "12:00", "until": "12:00"}, ()),
        ({"from": "12:00", "until": "11:00"}, ()),
        ({"from": "noon"}, ("from",)),
        ({"until": "25:00"}, ("until",)),
    ],
)
def test_holidays_that_close_at_no_time_are_a_problem(closes: dict[str, str], place: tuple[str, ...]) -> None:
    """The hours that a holiday closes are a part of one day, forwards."""
    assert holiday_problems(closes=closes) == [(("holidays", "closes", *place), None)]


def test_every_problem_is_told_at_once() -> None:
    """Nobody should mend a calendar one error at a time."""
    found = problems(
        zone="Europe/Lisbonn",
        hours={"munday": "9-5"},
        business_day=25,
        holidays={
            "zone": "Mars",
            "closes": {"from": "x"},
            "observed": {"sonday": "monday"},
            "days": [{"holiday": "A", "date": "02-31"}, {"holiday": "B", "after": "C", "days": 1}],
        },
    )

    assert [".".join(map(str, path)) for path, _ in found] == [
        "zone",
        "hours.munday",
        "hours.munday",
        "hours.munday",
        "business_day",
        "holidays.zone",
        "holidays.closes.from",
        "holidays.observed.sonday",
        "holidays.days.0.date",
        "holidays.days.1.after",
    ]


def test_the_error_reads_as_text_and_survives_a_journey() -> None:
    """It may be raised in one process and shown in another."""
    with pytest.raises(InvalidCalendar) as refused:
        build_calendar({"calendar": "desk", "zone": "Europe/Lisboa", "hours": "around_the_clock"})

    text = "calendar desk, zone: 'Europe/Lisboa' is no time zone of the IANA database. Did you mean 'Europe/Lisbon'?"
    assert str(refused.value) == text
    assert str(pickle.loads(pickle.dumps(refused.value))) == text
    assert str(copy.copy(refused.value)) == text


SUMMER = {"season": "Summer", "dates": "june to august", "hours": {"monday to friday": "09:00-17:00"}}
FAIR = {"special_day": "Fair", "date": "2026-03-14", "hours": "10:00-14:00"}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"hours": {"monday": "22:00-06:00", "tuesday": "05:00-13:00"}}, (("hours", "monday"), None)),
        ({"hours": {"sunday": "22:00-06:00", "monday": "05:00-13:00"}}, (("hours", "sunday"), None)),
        ({"hours": {"monday": ["20:00-06:00", "22:00-23:00"]}}, (("hours", "monday", 1), None)),
        ({"day_begins": "21:00", "hours": {"monday": "20:00-22:00"}}, (("hours", "monday"), None)),
        ({"day_begins": "24:00"}, (("day_begins",), "00:00")),
        ({"day_begins": "9:00"}, (("day_begins",), "09:00")),
        ({"seasons": [{**SUMMER, "dates": "june to agust"}]}, (("seasons", 0, "dates"), "june to august")),
        ({"seasons": [{**SUMMER, "dates": "06-31 to 08-31"}]}, (("seasons", 0, "dates"), "06-30")),
        ({"seasons": [{**SUMMER, "dates": "06-01 to 2026-08-31"}]}, (("seasons", 0, "dates"), None)),
        ({"seasons": [{**SUMMER, "dates": "all summer"}]}, (("seasons", 0, "dates"), None)),
        (
            {"seasons": [{**SUMMER, "dates": "2026-08-31 to 2026-06-01"}]},
            (("seasons", 0, "dates"), "2026-06-01 to 2026-08-31"),
        ),
        ({"seasons": [SUMMER, {**SUMMER, "dates": "may"}]}, (("seasons", 1, "season"), None)),
        ({"seasons": [SUMMER, {**SUMMER, "season": "B", "dates": "08-31 to 09-02"}]}, (("seasons", 1, "dates"), None)),
        (
            {"seasons": [SUMMER, {**SUMMER, "season": "B", "dates": "2027-05-31 to 2027-06-01"}]},
            (("seasons", 1, "dates"), None),
        ),
        ({"seasons": [{**SUMMER, "hours": {"mondy": "09:00-17:00"}}]}, (("seasons", 0, "hours", "mondy"), "monday")),
        ({"seasons": [{**SUMMER, "hours": {"monday": "09:00-12:00"}}]}, (("hours",), None)),
        ({"special_days": [FAIR, FAIR]}, (("special_days", 1, "special_day"), None)),
        ({"special_days": [{**FAIR, "hours": "10:00"}]}, (("special_days", 0, "hours"), None)),
        ({"special_days": [{**FAIR, "date": "2026-02-29"}]}, (("special_days", 0, "date"), "2026-02-28")),
        ({"special_days": [{**FAIR, "until": 1}]}, (("special_days", 0, "until"), None)),
    ],
)
def test_a_layer_that_cannot_be_is_a_problem(changes: dict[str, Any], wrong: Found) -> None:
    """Nights that reach into hours of the next day, spans that are none, seasons that have a day both."""
    assert problems(**changes) == [wrong]


@pytest.mark.parametrize(
    ("day", "wrong"),
    [
        ({"dates": "12-24 to 01-01", "observed": {"saturday": "monday"}}, ((0, "observed"), None)),
        ({"date": "01-01", "closes": {"from": "14:00", "until": "12:00"}}, ((0, "closes"), None)),
        ({"date": "01-01", "closes": {"from": "1:00"}}, ((0, "closes", "from"), "01:00")),
        ({"dates": "12-24"}, ((0, "dates"), None)),
    ],
)
def test_a_holiday_that_closes_what_cannot_be_is_a_problem(day: dict[str, Any], wrong: Found) -> None:
    """A span has no weekday of its own to move from."""
    assert holiday_problems({"holiday": "H", **day}) == [wrong]


def test_a_holiday_after_a_span_of_days_is_a_problem() -> None:
    """None of its days is the one to count from."""
    span = {"holiday": "Shutdown", "dates": "12-24 to 12-31"}
    assert holiday_problems(span, {"holiday": "H", "after": "Shutdown", "days": 1}) == [((1, "after"), None)]


def test_a_calendar_of_all_layers_is_a_plain_value() -> None:
    """Frozen, equal by what it says, and the same after a journey to another process."""
    data = {
        "calendar": "desk",
        "zone": "Europe/Lisbon",
        "day_begins": "05:00",
        "hours": {"monday to friday": ["09:00-17:00", "22:00-04:00"]},
        "seasons": [SUMMER],
        "business_day": 8,
        "special_days": [FAIR],
        "holidays": {"days": [{"holiday": "H", "dates": "12-24 to 01-01", "closes": "business_day"}]},
    }
    desk = build_calendar(data)
    both = {"calendar": "both", "zone": "Etc/UTC", "business_day": 8, "open_when_any": ["desk", "other"]}
    others = {"desk": desk, "other": build_calendar({**data, "calendar": "other", "zone": "Asia/Tokyo"})}
    made_of = build_calendar(both, others=others)

    for each, again in ((desk, build_calendar(data)), (made_of, build_calendar(both, others=others))):
        assert each == again
        assert hash(each) == hash(again)
        assert pickle.loads(pickle.dumps(each)) == each
    assert desk != build_calendar({**data, "special_days": []})
    with pytest.raises(AttributeError):
        desk.special_days = ()  # type: ignore[misc]
