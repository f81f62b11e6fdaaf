"""Counting over the loan desk's hours, by example; `test_business_time_by_minutes.py` has what holds for all inputs."""

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from service.clock.business_time import (
    MOST_PAUSES,
    MOST_SEGMENTS,
    MOST_YEARS,
    UNITS,
    Conventions,
    Count,
    NeverDue,
    Segment,
    Target,
    count,
    format_instant,
)
from service.clock.calendars import Calendar, build_calendar
from service.clock.conventions import CHOICES, ONLY_FORWARD
from service.clock.zones import UnknownZone

DAY, HOUR = Target(1, "business_day"), Target(1, "hour")


def at(text: str) -> datetime:
    """Return the instant."""
    return datetime.fromisoformat(text)


def chicago(text: str) -> datetime:
    """Return the instant that clocks in Chicago show so, away from their changes."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/Chicago"))


def shown(counted: Count) -> tuple[str, str, list[tuple[str, str]]]:
    """Return a count as text."""
    segments = [(format_instant(each.from_), format_instant(each.to)) for each in counted.segments]
    return format_instant(counted.starts_at), format_instant(counted.due_at), segments


@pytest.mark.parametrize(
    ("start", "starts_at", "due_at"),
    [
        ("2026-03-02T07:59:59", "2026-03-02T08:00:00-06:00", "2026-03-02T09:00:00-06:00"),
        ("2026-03-02T08:00:00", "2026-03-02T08:00:00-06:00", "2026-03-02T09:00:00-06:00"),
        ("2026-03-02T16:00:00", "2026-03-02T16:00:00-06:00", "2026-03-02T17:00:00-06:00"),
        ("2026-03-02T16:59:59", "2026-03-02T16:59:59-06:00", "2026-03-03T08:59:59-06:00"),
        ("2026-03-02T17:00:00", "2026-03-03T08:00:00-06:00", "2026-03-03T09:00:00-06:00"),
        ("2026-03-02T16:59:59.999999", "2026-03-02T16:59:59.999999-06:00", "2026-03-03T08:59:59.999999-06:00"),
    ],
)
def test_openings_are_half_open_to_the_microsecond(desk: Calendar, start: str, starts_at: str, due_at: str) -> None:
    """Open at eight sharp, closed at five sharp; an hour that ends at five is due then and not the next morning."""
    counted = count(desk, Target(1, "hour"), chicago(start))

    assert shown(counted)[:2] == (starts_at, due_at)


@pytest.mark.parametrize(
    ("start", "due_at"),
    [
        ("2026-03-02T10:00:00", "2026-03-03T10:00:00-06:00"),
        ("2026-03-07T12:00:00", "2026-03-09T17:00:00-05:00"),
        ("2026-03-02T08:00:00", "2026-03-02T17:00:00-06:00"),
        ("2026-11-25T10:00:00", "2026-11-30T10:00:00-06:00"),
        ("2026-12-23T16:00:00", "2026-12-28T16:00:00-06:00"),
    ],
)
def test_a_business_day_is_one_contact_day_of_open_time(desk: Calendar, start: str, due_at: str) -> None:
    """Monday at ten and a business day is Tuesday at ten; a Saturday's whole Monday counts, so it ends at closing."""
    assert format_instant(count(desk, DAY, chicago(start)).due_at) == due_at


def test_segments_are_the_periods_that_were_counted(desk: Calendar) -> None:
    """Whoever doubts a due time adds them up."""
    assert shown(count(desk, DAY, chicago("2026-03-06T16:30:00")))[2] == [
        ("2026-03-06T16:30:00-06:00", "2026-03-06T17:00:00-06:00"),
        ("2026-03-09T08:00:00-05:00", "2026-03-09T16:30:00-05:00"),
    ]


def test_touching_openings_are_one_segment() -> None:
    """Midnight between two open days is no interruption, holidays aside or not."""
    hours = {"monday to sunday": ["00:00-12:00", "12:00-24:00"]}
    holidays = {"days": [{"holiday": "Stocktaking", "date": "06-30"}]}
    desk = build_calendar({"calendar": "desk", "zone": "Europe/Lisbon", "hours": hours, "holidays": holidays})

    assert len(count(desk, Target(70, "hour"), at("2026-03-28T22:00:00Z")).segments) == 1


def test_around_the_clock_is_one_segment_across_a_change_of_the_clocks(night_desk: Calendar) -> None:
    """An hour is an hour of real time, whatever the clocks show."""
    counted = count(night_desk, Target(1, "business_day"), at("2026-03-07T12:00:00-06:00"))

    assert shown(counted) == (
        "2026-03-07T12:00:00-06:00",
        "2026-03-08T13:00:00-05:00",
        [("2026-03-07T12:00:00-06:00", "2026-03-08T13:00:00-05:00")],
    )


@pytest.mark.parametrize(
    ("target", "due_at"),
    [
        (Target(90, "minute"), "2026-03-02T09:30:00-06:00"),
        (Target(90, "business_minute"), "2026-03-02T09:30:00-06:00"),
        (Target(1.5, "hour"), "2026-03-02T09:30:00-06:00"),
        (Target(10, "business_hour"), "2026-03-03T09:00:00-06:00"),
        (Target(0.5, "business_day"), "2026-03-02T12:30:00-06:00"),
        (Target(1, "day"), "2026-03-04T14:00:00-06:00"),
        (Target(3, "business_day"), "2026-03-04T17:00:00-06:00"),
    ],
)
def test_every_unit_is_open_time(desk: Calendar, target: Target, due_at: str) -> None:
    """Only a business day depends on the calendar; a `day` is 24 hours of open time."""
    assert format_instant(count(desk, target, chicago("2026-03-02T08:00:00")).due_at) == due_at


def test_business_day_hours_stand_in_where_days_differ() -> None:
    """With eight hours to a business day, Saturday's five are no whole one."""
    hours = {"monday to friday": "09:00-17:00", "saturday": ["09:00-12:00", "13:00-15:00"]}
    desk = build_calendar({"calendar": "desk", "zone": "Europe/Lisbon", "hours": hours, "business_day": 8})

    assert shown(count(desk, DAY, at("2026-01-10T10:00:00Z"))) == (
        "2026-01-10T10:00:00+00:00",
        "2026-01-12T13:00:00+00:00",
        [
            ("2026-01-10T10:00:00+00:00", "2026-01-10T12:00:00+00:00"),
            ("2026-01-10T13:00:00+00:00", "2026-01-10T15:00:00+00:00"),
            ("2026-01-12T09:00:00+00:00", "2026-01-12T13:00:00+00:00"),
        ],
    )


def test_no_time_is_due_where_the_counting_starts(desk: Calendar) -> None:
    """At the next opening when closed, and nothing was counted."""
    opening = "2026-03-09T08:00:00-05:00"

    assert shown(count(desk, Target(0, "hour"), chicago("2026-03-07T12:00:00"))) == (opening, opening, [])


def test_a_zone_moves_the_hours_but_not_the_holidays(desk: Calendar) -> None:
    """Lisbon keeps Lisbon's hours, while the holiday runs from midnight to midnight in Chicago: 6:00 to 6:00 there."""
    counted = count(desk, Target(10, "hour"), at("2025-12-31T16:00:00Z"), zone="Europe/Lisbon")
    early = build_calendar(
        {
            "calendar": "early-desk",
            "zone": "America/Chicago",
            "hours": {"monday to friday": "05:00-08:00"},
            "holidays": {"days": [{"holiday": "New Year's Day", "date": "01-01"}]},
        }
    )

    assert shown(counted)[2] == [
        ("2025-12-31T16:00:00+00:00", "2025-12-31T17:00:00+00:00"),
        ("2026-01-02T08:00:00+00:00", "2026-01-02T17:00:00+00:00"),
    ]
    assert shown(count(early, Target(3, "hour"), at("2025-12-31T12:00:00Z"), zone="Europe/Lisbon"))[2] == [
        ("2026-01-01T05:00:00+00:00", "2026-01-01T06:00:00+00:00"),
        ("2026-01-02T06:00:00+00:00", "2026-01-02T08:00:00+00:00"),
    ]


def test_a_holiday_may_close_a_part_of_the_day() -> None:
    """Closed from noon on, the morning still counts."""
    desk = build_calendar(
        {
            "calendar": "desk",
            "zone": "Europe/Lisbon",
            "hours": {"monday to friday": "09:00-17:00"},
            "holidays": {"closes": {"from": "12:00"}, "days": [{"holiday": "Christmas Eve", "date": "12-24"}]},
        }
    )

    assert shown(count(desk, DAY, at("2026-12-24T10:00:00Z")))[2] == [
        ("2026-12-24T10:00:00+00:00", "2026-12-24T12:00:00+00:00"),
        ("2026-12-25T09:00:00+00:00", "2026-12-25T15:00:00+00:00"),
    ]


def test_a_count_of_many_years_keeps_to_the_week() -> None:
    """Five thousand business days are a thousand weeks; only so many segments as can be read are listed."""
    hours = {"monday to friday": "08:00-17:00"}
    desk = build_calendar({"calendar": "desk", "zone": "Europe/Lisbon", "hours": hours})
    monday = at("2026-01-05T08:00:00Z")

    counted = count(desk, Target(5000, "business_day"), monday, lists_segments=False)

    assert counted.segments == ()
    assert len(count(desk, Target(MOST_SEGMENTS, "business_day"), monday).segments) == MOST_SEGMENTS
    with pytest.raises(NeverDue, match="too many to list"):
        count(desk, Target(MOST_SEGMENTS + 1, "business_day"), monday)
    assert counted.due_at.replace(tzinfo=None) == datetime(2026, 1, 2, 17, 0) + timedelta(weeks=1000)  # noqa: DTZ001 - a wall clock's
    assert count(desk, DAY, monday).due_at == at("2026-01-05T17:00:00Z")


def test_pauses_do_not_count_and_a_start_inside_one_waits_for_its_end(desk: Calendar) -> None:
    """Pauses come in any order, may overlap, and one that ends before it begins holds no time."""
    pauses = [
        (chicago("2026-03-02T14:00:00"), chicago("2026-03-02T15:00:00")),
        (chicago("2026-03-02T09:00:00"), chicago("2026-03-02T11:00:00")),
        (chicago("2026-03-02T10:00:00"), chicago("2026-03-02T12:00:00")),
        (chicago("2026-03-02T16:00:00"), chicago("2026-03-02T13:00:00")),
    ]

    assert shown(count(desk, Target(3, "hour"), chicago("2026-03-02T10:30:00"), pauses=pauses)) == (
        "2026-03-02T12:00:00-06:00",
        "2026-03-02T16:00:00-06:00",
        [
            ("2026-03-02T12:00:00-06:00", "2026-03-02T14:00:00-06:00"),
            ("2026-03-02T15:00:00-06:00", "2026-03-02T16:00:00-06:00"),
        ],
    )


def test_a_pause_of_eight_thousand_years_ends_like_any_other(desk: Calendar) -> None:
    """A case's facts give pauses, and no length of theirs is an error."""
    pause = (at("2026-01-01T00:00:00Z"), at("9899-12-31T00:00:00Z"))
    counted = count(desk, DAY, at("2026-03-02T15:00:00Z"), pauses=[pause])

    assert format_instant(counted.due_at) == "9900-01-02T17:00:00-06:00"


@pytest.mark.parametrize(
    ("days", "start", "due_at"),
    [
        (1, "2026-03-02T10:00:00", "2026-03-03T17:00:00-06:00"),
        (1, "2026-03-02T08:00:00", "2026-03-03T17:00:00-06:00"),
        (1, "2026-03-02T07:59:59", "2026-03-02T17:00:00-06:00"),
        (1, "2026-03-02T17:00:00", "2026-03-03T17:00:00-06:00"),
        (1, "2026-03-07T12:00:00", "2026-03-09T17:00:00-05:00"),
        (2, "2026-03-06T10:00:00", "2026-03-10T17:00:00-05:00"),
        (1.5, "2026-03-02T10:00:00", "2026-03-04T17:00:00-06:00"),
    ],
)
def test_business_days_can_end_at_closing(desk: Calendar, days: float, start: str, due_at: str) -> None:
    """The day of the start counts only when it is reached before its first opening."""
    counted = count(
        desk, Target(days, "business_day"), chicago(start), conventions=Conventions(business_day_ends="closing")
    )

    assert format_instant(counted.due_at) == due_at


def test_a_start_in_a_break_is_inside_its_day() -> None:
    """Saturday has been open already, so Monday is the first business day after it."""
    hours = {"monday to friday": "09:00-17:00", "saturday": ["09:00-12:00", "13:00-15:00"]}
    desk = build_calendar({"calendar": "desk", "zone": "Europe/Lisbon", "hours": hours, "business_day": 8})

    assert shown(count(desk, DAY, at("2026-01-10T12:30:00Z"), conventions=Conventions(business_day_ends="closing")))[
        2
    ] == [
        ("2026-01-10T13:00:00+00:00", "2026-01-10T15:00:00+00:00"),
        ("2026-01-12T09:00:00+00:00", "2026-01-12T17:00:00+00:00"),
    ]


def test_only_business_days_end_at_closing(desk: Calendar) -> None:
    """Four hours are four hours."""
    start = chicago("2026-03-02T10:00:00")

    assert count(desk, Target(4, "hour"), start, conventions=Conventions(business_day_ends="closing")) == count(
        desk, Target(4, "hour"), start
    )


def test_a_day_is_as_long_as_it_really_is_when_the_clocks_change() -> None:
    """Night hours lose an hour in spring and gain one in autumn."""
    night = build_calendar({"calendar": "desk", "zone": "America/Chicago", "hours": {"sunday": "00:00-06:00"}})

    spring = count(night, Target(6, "hour"), at("2026-03-08T06:00:00Z"))
    autumn = count(night, Target(7, "hour"), at("2026-11-01T05:00:00Z"))

    assert shown(spring)[2] == [
        ("2026-03-08T00:00:00-06:00", "2026-03-08T06:00:00-05:00"),
        ("2026-03-15T00:00:00-05:00", "2026-03-15T01:00:00-05:00"),
    ]
    assert shown(autumn)[2] == [("2026-11-01T00:00:00-05:00", "2026-11-01T06:00:00-06:00")]


@pytest.mark.parametrize(
    ("hours", "start", "starts_at"),
    [
        ("02:30-06:00", "2026-03-08T06:00:00Z", "2026-03-08T03:30:00-05:00"),
        ("01:30-06:00", "2026-11-01T05:00:00Z", "2026-11-01T01:30:00-05:00"),
        ("02:30-03:15", "2026-03-08T06:00:00Z", "2026-03-15T02:30:00-05:00"),
    ],
)
def test_an_opening_time_that_the_clocks_skip_or_repeat(hours: str, start: str, starts_at: str) -> None:
    """2:30 is 3:30 where there is none, the first 1:30 where there are two; an opening after its closing is none."""
    night = build_calendar({"calendar": "desk", "zone": "America/Chicago", "hours": {"sunday": hours}})

    assert format_instant(count(night, Target(1, "minute"), at(start)).starts_at) == starts_at


def test_a_day_that_a_zone_skipped_has_no_hours() -> None:
    """Samoa went from Thursday, 29 December 2011 to Saturday: no Friday's hours may open on the Saturday."""
    desk = build_calendar({"calendar": "desk", "zone": "Pacific/Apia", "hours": {"thursday to friday": "09:00-17:00"}})

    assert shown(count(desk, Target(9, "hour"), at("2011-12-29T19:00:00Z")))[2] == [
        ("2011-12-29T09:00:00-10:00", "2011-12-29T17:00:00-10:00"),
        ("2012-01-05T09:00:00+14:00", "2012-01-05T10:00:00+14:00"),
    ]


def test_a_holiday_reaches_two_dates_far_across_the_date_line() -> None:
    """The first hour of the second in Kiritimati is still the last of New Year's Eve at the other end of the world."""
    desk = build_calendar(
        {
            "calendar": "desk",
            "zone": "Pacific/Kiritimati",
            "hours": "around_the_clock",
            "holidays": {"zone": "Etc/GMT+12", "days": [{"holiday": "New Year's Eve", "date": "12-31"}]},
        }
    )

    counted = count(desk, Target(1, "hour"), at("2026-01-01T02:00:00+14:00"))

    assert format_instant(counted.starts_at) == "2026-01-02T02:00:00+14:00"


@pytest.mark.parametrize(
    "target",
    [Target(1_000_000, "business_day"), Target(10**30, "hour"), Target(1e300, "minute"), Target(3, "business_day")],
)
def test_a_count_past_the_year_9999_is_never_due(desk: Calendar, target: Target) -> None:
    """Said as such, and at once where the amount is beyond all time; the error carries what was asked."""
    start = at("9999-12-30T12:00:00-06:00")

    with pytest.raises(NeverDue) as never:
        count(desk, target, start)

    assert (never.value.calendar, never.value.target, never.value.start) == ("desk", target, start)
    assert str(pickle.loads(pickle.dumps(never.value))) == str(never.value)


@pytest.mark.parametrize("ends", ["same_time", "closing"])
def test_a_calendar_without_hours_never_opens(ends: str) -> None:
    """Nothing is promised by a desk that is always closed."""
    closed = Calendar("closed", "Europe/Lisbon", ((),) * 7, timedelta(hours=8))

    with pytest.raises(NeverDue):
        count(closed, DAY, at("1900-01-01T00:00:00Z"), conventions=Conventions(business_day_ends=ends))


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "Europe/Lisbon", "Asia/Kathmandu"])
@pytest.mark.parametrize("start", ["1900-01-01T00:00:00Z", "9999-12-28T00:00:00Z"])
def test_both_ends_of_time_can_be_counted(desk: Calendar, night_desk: Calendar, zone: str, start: str) -> None:
    """No arithmetic may fall off the ends of the calendar, in any zone."""
    for calendar in (desk, night_desk):
        counted = count(calendar, Target(5, "hour"), at(start), zone=zone)

        assert sum((each.to - each.from_ for each in counted.segments), timedelta()) == timedelta(hours=5)


def test_a_unit_that_is_none_is_refused(desk: Calendar) -> None:
    """A typing error must not count as something else."""
    with pytest.raises(ValueError, match="is no unit of time"):
        count(desk, Target(1, "fortnight"), at("2026-03-02T10:00:00Z"))


@pytest.mark.parametrize(
    "amount", [-1, -0.5, Fraction(-1, 3), Decimal("-0.5"), float("nan"), float("inf"), Decimal("nan"), -(10**400)]
)
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("ends", ["same_time", "closing"])
def test_an_amount_that_is_no_length_of_time_is_never_due(desk: Calendar, amount: float, unit: str, ends: str) -> None:
    """A case can give any number; the reason names it."""
    with pytest.raises(NeverDue) as never:
        count(desk, Target(amount, unit), at("2026-03-02T10:00:00Z"), conventions=Conventions(business_day_ends=ends))

    assert never.value.reason.endswith("is no length of time")
    assert len(never.value.reason) < 80


@pytest.mark.parametrize("amount", [10**18, 10**400, 1e300, 1.7e308, Fraction(10**30, 7), Decimal("1e400")])
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("ends", ["same_time", "closing"])
def test_an_amount_beyond_the_bound_is_never_due(desk: Calendar, amount: float, unit: str, ends: str) -> None:
    """However large, and in few words."""
    with pytest.raises(NeverDue) as never:
        count(desk, Target(amount, unit), at("2026-03-02T10:00:00Z"), conventions=Conventions(business_day_ends=ends))

    what = "openings" if unit == "opening" else "of open time"
    assert f"{what} in the 50 years after 2026-03-02T08:00:00-06:00" in never.value.reason
    assert "inf" not in never.value.reason
    assert len(never.value.reason) < 140


def test_fractions_count_as_they_are_written(desk: Calendar) -> None:
    """Seven tenths of an hour are 42 minutes, a third of nine hours three; a microsecond is the smallest step."""
    start = chicago("2026-03-02T08:00:00")

    assert count(desk, Target(0.7, "hour"), start).due_at == start + timedelta(minutes=42)
    assert count(desk, Target(Decimal("0.7"), "hour"), start).due_at == start + timedelta(minutes=42)
    assert count(desk, Target(Fraction(1, 3), "business_day"), start).due_at == start + timedelta(hours=3)
    assert count(desk, Target(0.00000001, "minute"), start).due_at == start + timedelta(microseconds=1)


def test_a_target_is_due_up_to_the_bound_and_no_later(night_desk: Calendar) -> None:
    """Fifty years of 366 days after the counting starts, be the start paused for however long."""
    days = MOST_YEARS * 366
    start = at("2026-03-02T10:00:00Z")
    pause = (start, at("9000-01-01T00:00:00Z"))

    assert count(night_desk, Target(days, "day"), start).due_at == start + timedelta(days=days)
    assert count(night_desk, Target(days, "day"), start, pauses=[pause]).due_at == pause[1] + timedelta(days=days)
    with pytest.raises(NeverDue, match=r"has no 18300\.1 days of open time in the 50 years after"):
        count(night_desk, Target(days + 0.1, "day"), start)
    with pytest.raises(NeverDue, match="left before the year 10000"):
        count(night_desk, Target(days, "day"), at("9990-01-01T00:00:00Z"))


def test_a_target_is_not_due_while_a_pause_goes_on(desk: Calendar) -> None:
    """Unless it was before that began: a pause without an end is as one that ends after any other."""
    start, ongoing = chicago("2026-03-02T10:00:00"), (chicago("2026-03-02T11:00:00"), None)

    assert count(desk, Target(1, "hour"), start, pauses=[ongoing]).due_at == ongoing[0]
    for target, since in ((Target(61, "minute"), start), (DAY, ongoing[0]), (HOUR, chicago("2026-03-09T10:00:00"))):
        with pytest.raises(NeverDue) as never:
            count(desk, target, since, pauses=[(since, since), ongoing])
        assert never.value.reason == "the pause since 2026-03-02T11:00:00-06:00 goes on"


def test_a_pause_that_goes_on_is_no_reason_before_it_begins(desk: Calendar) -> None:
    """What is never due by then is so for another reason."""
    with pytest.raises(NeverDue, match="of open time in the 50 years after"):
        count(
            desk,
            Target(10**6, "hour"),
            at("2026-01-01T00:00:00Z"),
            pauses=[(at("2090-01-01T00:00:00Z"), None)],
        )


def test_pauses_are_no_more_than_a_count_takes(desk: Calendar) -> None:
    """A fact may hold any number of them."""
    start = chicago("2026-03-02T08:00:00")
    pauses = [(start + timedelta(minutes=2 * i), start + timedelta(minutes=2 * i + 1)) for i in range(MOST_PAUSES + 1)]

    assert count(desk, Target(1, "hour"), start, pauses=pauses[1:]).due_at == start + timedelta(minutes=118)
    with pytest.raises(NeverDue, match="there are 2001 pauses, and a count takes at most 2000"):
        count(desk, Target(1, "hour"), start, pauses=pauses)


def test_a_naive_start_is_refused(desk: Calendar) -> None:
    """A time without an offset is no instant."""
    with pytest.raises(TypeError):
        count(desk, DAY, datetime(2026, 3, 2, 10, 0))  # noqa: DTZ001 - naive on purpose


@pytest.mark.parametrize(
    ("zone", "date", "closes", "start"),
    [
        ("America/Los_Angeles", "03-14", ("02:30", "03:00"), "2021-03-14T09:30:00Z"),
        ("Pacific/Apia", "12-30", ("12:00", "24:00"), "2011-12-30T09:30:00Z"),
    ],
)
def test_a_closing_that_the_clocks_skip_closes_nothing(
    zone: str, date: str, closes: tuple[str, str], start: str
) -> None:
    """It ends, as the clocks move, before it begins: nothing is closed, and nothing is counted twice."""
    since, until = closes
    holidays = {"zone": zone, "closes": {"from": since, "until": until}, "days": [{"holiday": "Skipped", "date": date}]}
    always = build_calendar(
        {"calendar": "always", "zone": "Etc/UTC", "hours": "around_the_clock", "holidays": holidays}
    )
    begins, ends = at(start), at(start) + timedelta(days=1)
    counted = count(always, Target(1440, "minute"), begins)

    assert counted == Count(begins, ends, (Segment(begins, ends),))


def test_an_unknown_zone_is_refused_with_the_nearest(desk: Calendar) -> None:
    """A zone may come from a case's facts."""
    with pytest.raises(UnknownZone) as refused:
        count(desk, DAY, at("2026-03-02T10:00:00Z"), zone="Europe/Lisbonn")

    assert refused.value.nearest == "Europe/Lisbon"


def test_a_count_can_be_copied_and_pickled(desk: Calendar) -> None:
    """Bulk work hands counts from process to process."""
    counted = count(desk, DAY, at("2026-03-02T16:00:00Z"))

    assert copy.deepcopy(counted) == counted
    assert pickle.loads(pickle.dumps(counted)) == counted


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 3, 6, 22, 30, tzinfo=UTC), "2026-03-06T22:30:00+00:00"),
        (datetime(2026, 3, 6, 22, 30, 0, 1500, tzinfo=UTC), "2026-03-06T22:30:00.001500+00:00"),
        (datetime(2026, 3, 6, 22, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))), "2026-03-06T22:30:00+05:45"),
        (datetime(1911, 6, 1, 12, 0, tzinfo=ZoneInfo("Europe/Lisbon")), "1911-06-01T11:59:45-00:37"),
        (datetime(1900, 6, 1, 12, 0, tzinfo=ZoneInfo("Africa/Monrovia")), "1900-06-01T12:00:08-00:43"),
        (datetime(1, 1, 1, 12, 0, tzinfo=timezone(timedelta(seconds=-20))), "0001-01-01T12:00:20+00:00"),
    ],
)
def test_instants_are_written_as_rfc_3339(moment: datetime, text: str) -> None:
    """Local mean time has seconds in its offset, RFC 3339 has not: the instant stays, the offset is rounded."""
    assert format_instant(moment) == text
    assert datetime.fromisoformat(text) == moment


def test_segments_are_values(desk: Calendar) -> None:
    """Two counts of the same are equal, so that a document can be compared."""
    start = chicago("2026-03-02T10:00:00")
    counted = count(desk, Target(1, "hour"), start)

    assert counted == Count(start, start + timedelta(hours=1), (Segment(start, start + timedelta(hours=1)),))


def test_of_two_special_days_on_one_date_the_first_holds() -> None:
    """As `check` says of them; and on 29 February a span of each year begins on 1 March where there is none."""
    special = [
        {"special_day": "A", "date": "2026-03-01", "hours": "10:00-11:00"},
        {"special_day": "B", "dates": "02-29 to 03-01", "hours": "12:00-13:00"},
    ]
    desk = build_calendar(
        {"calendar": "d", "zone": "Etc/UTC", "hours": {"tuesday": "09:00-17:00"}, "special_days": special}
    )

    def opens(day: str) -> str:
        return format_instant(count(desk, Target(0, "hour"), datetime.fromisoformat(f"{day}T00:00:00Z")).starts_at)

    assert opens("2026-02-28") == "2026-03-01T10:00:00+00:00"
    assert opens("2027-02-27") == "2027-03-01T12:00:00+00:00"
    assert opens("2028-02-26") == "2028-02-29T12:00:00+00:00"


@pytest.mark.parametrize(
    ("hours", "begins", "segments"),
    [
        ("22:00-06:00", None, ["2011-12-29T22:00:00-10:00", "2011-12-31T06:00:00+14:00"]),
        ("21:00-21:00", "21:00", ["2011-12-29T21:00:00-10:00", "2011-12-31T21:00:00+14:00"]),
    ],
)
def test_a_night_goes_on_over_a_day_that_a_zone_skips(hours: str, begins: str | None, segments: list[str]) -> None:
    """Samoa had no 30 December 2011: the night before it is as long as any, and that of the day itself is not."""
    data = {"calendar": "night", "zone": "Pacific/Apia", "hours": {"thursday to friday": hours}}
    night = build_calendar({**data, **({"day_begins": begins} if begins else {})})
    start = datetime.fromisoformat(segments[0])

    counted = count(night, Target(1, "business_day"), start)

    assert [format_instant(each) for each in counted.segments[0]] == segments
    opens_next = count(night, Target(0, "minute"), counted.due_at).starts_at
    assert format_instant(opens_next) == f"2012-01-05T{hours[:5]}:00+14:00"


def test_a_calendar_without_open_time_before_says_so(desk: Calendar) -> None:
    """Backward there are 50 years too, or as many as there are."""
    late = at("2026-03-02T10:00:00-06:00")
    with pytest.raises(NeverDue, match=r"no 999999 business hours of open time in the 50 years before 2026-03-02"):
        count(desk, Target(999_999, "business_hour"), late, conventions=Conventions(counts="backward"))
    with pytest.raises(NeverDue, match=r"no 999999 hours of open time since the year 1\."):
        count(
            desk, Target(999_999, "hour"), at("0030-03-05T10:00:00+00:00"), conventions=Conventions(counts="backward")
        )
    with pytest.raises(NeverDue, match=r"calendar closed has no open time in the 50 years before 2026-03-02"):
        count(
            Calendar("closed", "UTC", ((),) * 7, timedelta(hours=8)),
            HOUR,
            late,
            conventions=Conventions(counts="backward"),
        )


def test_a_target_that_comes_out_at_the_last_closing_has_no_next_opening() -> None:
    """As one that has too little open time."""
    desk = build_calendar({"calendar": "last", "zone": "UTC", "hours": {"monday to friday": "09:00-17:00"}})
    start = at("9999-12-31T16:00:00+00:00")
    assert count(desk, HOUR, start).due_at == at("9999-12-31T17:00:00+00:00")
    with pytest.raises(NeverDue, match=r"calendar last has no 1 hour of open time left before the year 10000\."):
        count(desk, HOUR, start, conventions=Conventions(at_closing="next_opening"))


def test_a_pause_that_begins_during_open_hours_is_no_closing(desk: Calendar) -> None:
    """And where one takes up the next opening, a target waits for its end."""

    def due(start: str, *pause: str) -> str:
        paused = [(chicago(pause[0]), chicago(pause[1]))]
        return format_instant(
            count(desk, HOUR, chicago(start), pauses=paused, conventions=Conventions(at_closing="next_opening")).due_at
        )

    begins = due("2026-03-02T10:00:00", "2026-03-02T11:00:00", "2026-03-02T12:00:00")
    assert begins == "2026-03-02T11:00:00-06:00"
    takes_up = due("2026-03-02T16:00:00", "2026-03-02T17:00:00", "2026-03-03T12:00:00")
    assert takes_up == "2026-03-03T12:00:00-06:00"


@pytest.mark.parametrize(
    "further",
    [
        {"counts": "sideways"},
        {"at_closing": "whenever"},
        {"business_day_ends": "midnight"},
        {"business_day_ends": "9:00"},
        {"first_day": "yesterday"},
        *({"counts": "backward", key: CHOICES[key][1]} for key in ONLY_FORWARD),
    ],
)
def test_a_convention_that_is_none_or_only_forward_is_refused(further: dict[str, str]) -> None:
    """Nothing that a call asks for is passed over."""
    with pytest.raises(ValueError, match=r"is one of|counted backward has no"):
        Conventions(**further)


def test_what_is_counted_backward_takes_no_pauses(desk: Calendar) -> None:
    """Rather than passing over them."""
    pause = at("2026-03-02T10:00:00-06:00"), at("2026-03-02T11:00:00-06:00")
    with pytest.raises(ValueError, match="takes no pauses"):
        count(desk, HOUR, pause[1], pauses=[pause], conventions=Conventions(counts="backward"))


def test_a_time_of_day_before_a_day_begins_is_of_the_next_date() -> None:
    """As the hours are: Monday's day goes from Monday 21:00 to Tuesday 21:00, and its 10:00 is Tuesday's."""
    hours = {"sunday to thursday": "21:00-21:00"}
    traders = build_calendar({"calendar": "traders", "zone": "UTC", "day_begins": "21:00", "hours": hours})
    for ends, due_at in (("10:00", "2026-03-03T10:00:00+00:00"), ("22:00", "2026-03-02T22:00:00+00:00")):
        ways = Conventions(business_day_ends=ends, first_day="next_day")
        counted = count(traders, DAY, at("2026-03-02T12:00:00Z"), conventions=ways)
        assert format_instant(counted.due_at) == due_at


def test_a_time_of_day_beyond_a_short_day_is_of_the_date_that_begins_the_day() -> None:
    """Where it is closed at the time on either date, the day's own begin tells which is meant."""
    hours = {"monday to friday": "21:00-23:00"}
    late = build_calendar({"calendar": "late", "zone": "UTC", "day_begins": "21:00", "hours": hours})
    ways = Conventions(business_day_ends="10:00", first_day="next_day")
    counted = count(late, DAY, at("2026-03-02T12:00:00Z"), conventions=ways)
    assert format_instant(counted.due_at) == "2026-03-03T21:00:00+00:00"
