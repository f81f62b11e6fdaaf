"""Where the answer along a line changes, against looking at every day, and every minute around a change of clocks."""

import struct
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.analysis.lines import (
    OFFSETS,
    Line,
    ahead,
    always,
    day_changes,
    first_at,
    first_day,
    last_below,
    line_of,
    shift_of,
    turned,
    valued,
)
from service.analysis.sweeps import moved_days
from service.analysis.terms import Below, DayOf, Moved, Sum, Unknown, evaluated, holds_at, number
from service.clock.zones import zone_named, zone_names
from service.errors import MalformedJson
from service.jsontext import parse
from service.model.derivations import Duration
from tests.thorough import tried

DAY = 86_400_000_000
HOUR = DAY // 24
MINUTE = HOUR // 60
DATE, INSTANT = Unknown("d", "date"), Unknown("i", "instant")

# Zones whose clocks were set back over midnight, and some that left out or repeated days.
BACK_OVER_MIDNIGHT = [
    ("America/St_Johns", date(1987, 10, 25)),  # at 00:01
    ("America/St_Johns", date(2010, 11, 7)),
    ("Asia/Amman", date(2012, 10, 26)),
    ("Africa/Cairo", date(2010, 8, 11)),
    ("America/Havana", date(2000, 10, 29)),
    ("America/Havana", date(1980, 10, 12)),
    ("Pacific/Apia", date(2011, 12, 30)),  # left out
    ("Pacific/Kwajalein", date(1993, 8, 21)),  # left out
    ("Pacific/Kwajalein", date(1969, 10, 1)),  # begun twice, 23 hours apart
    ("America/Juneau", date(1900, 8, 20)),
    ("Europe/Amsterdam", date(1937, 7, 1)),  # offsets with seconds
    ("Europe/London", date(2026, 3, 29)),
    ("Etc/GMT-14", date(2026, 1, 1)),
]

MOVES = st.builds(
    Duration,
    years=st.integers(-3, 3),
    months=st.integers(-30, 30),
    weeks=st.integers(-3, 3),
    days=st.integers(-40, 40),
)
FAR_MOVES = st.builds(Duration, years=st.integers(-9000, 9000), days=st.sampled_from([0, 30, -30, 36_500, -36_500]))
DAYS = st.dates(date(1900, 1, 1), date(9899, 12, 31))
FURTHER = st.integers(-3, 3) | st.integers(-5_000_000, 5_000_000)


def listed_changes(zone):
    """Return the changes that a zone's file lists with the offset from then on, both in seconds (RFC 9636)."""
    data = files("tzdata").joinpath("zoneinfo", *zone.split("/")).read_bytes()
    counts = struct.unpack(">6l", data[20:44])
    start = 44 + counts[5] + counts[4] * 6 + counts[3] * 5 + counts[2] * 8 + counts[1] + counts[0]
    _, _, _, times, types, _ = struct.unpack(">6l", data[start + 20 : start + 44])
    body = data[start + 44 :]
    seconds = struct.unpack(f">{times}q", body[: 8 * times])
    kinds = body[8 * times : 9 * times]
    offsets = [struct.unpack(">l", body[9 * times + 6 * i : 9 * times + 6 * i + 4])[0] for i in range(types)]
    return list(zip(seconds, [offsets[kind] for kind in kinds], strict=True)), max(map(abs, offsets))


def test_offsets_are_below_a_day_and_change_at_most_once_an_hour():
    """What `day_changes` rests on is so in every zone from 1900 on, for the changes that its file lists."""
    begins = int(datetime(1899, 12, 30, tzinfo=UTC).timestamp())
    for zone in sorted(zone_names()):
        listed, widest = listed_changes(zone)
        assert widest < 86_400, zone
        real = [at for (at, offset), (_, before) in zip(listed[1:], listed, strict=False) if offset != before]
        late = [at for at in real if at >= begins]
        assert all(later - earlier > 3600 for earlier, later in pairwise(late)), zone


@pytest.mark.parametrize("zone", ["Europe/London", "America/Sao_Paulo", "Africa/Cairo", "Asia/Gaza", "America/Nuuk"])
def test_rules_for_later_years_change_clocks_weeks_apart(zone):
    """A file's rule says of two changes a year; they are no hour apart either."""
    tz = zone_named(zone)
    for year in (2099, 2100, 2400, 9897):
        hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=i) for i in range(366 * 24)]
        offsets = [each.astimezone(tz).utcoffset() for each in hours]
        changes = [i for i in range(1, len(hours)) if offsets[i] != offsets[i - 1]]
        assert all(later - earlier > 48 for earlier, later in pairwise(changes))


def is_from(zone, place, day):
    """Say whether it is a day or later in a zone, as the standard library has it."""
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=place)
    return instant.astimezone(zone_named(zone)).date() >= day


@pytest.mark.parametrize(("zone", "near"), BACK_OVER_MIDNIGHT)
def test_a_day_begins_where_looking_at_each_minute_finds_it(zone, near):
    """All changes are found, to the microsecond, on the days around one on which clocks were set back over midnight."""
    for day in (near + timedelta(days=i) for i in range(-2, 3)):
        middle = number(datetime(day.year, day.month, day.day, tzinfo=UTC))
        changes = day_changes(zone, day.toordinal())
        for place in changes:
            assert is_from(zone, place, day) != is_from(zone, place - 1, day)
        minutes = range(middle - 50 * HOUR, middle + 50 * HOUR, MINUTE)
        truths = [is_from(zone, place, day) for place in minutes]
        assert truths == [sum(change <= place for change in changes) % 2 == 1 for place in minutes]


@given(st.sampled_from(sorted(zone_names())), st.dates(date(1900, 1, 1), date(2060, 12, 31)), st.data())
def test_a_day_in_any_zone_begins_where_its_changes_say(zone, day, data):
    """Before the first change it is not yet the day, after the last one it is or was."""
    changes = day_changes(zone, day.toordinal())
    assert len(changes) % 2 == 1
    assert list(changes) == sorted(changes)
    middle = number(datetime(day.year, day.month, day.day, tzinfo=UTC))
    for place in (
        *changes,
        *(change - 1 for change in changes),
        middle + data.draw(st.integers(-50 * HOUR, 50 * HOUR)),
    ):
        assert is_from(zone, place, day) is (sum(change <= place for change in changes) % 2 == 1)


LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def months_later(day, months):
    """Return a day some months later as a calendar of its own counts it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    is_leap_february = month == 1 and year % 4 == 0 and (year % 100 or year % 400 == 0)
    return date(year, month + 1, min(day.day, 29 if is_leap_february else LENGTHS[month]))


# A year is like any other of as many days. These begin and end in leap years and others, in the century that has a leap
# day and in those that have none, for moves of any of the lengths below; a thorough run tries all, until they repeat.
YEARS = tried([(1895, 1905), (1995, 2005), (2095, 2105), (2195, 2205)], [(1999, 2400)])


@pytest.mark.parametrize("years", YEARS, ids="{0[0]} to {0[1]}".format)
@pytest.mark.parametrize("months", [1, -1, 2, 11, 12, -12, 13, 18, 48, -49, 1200])
def test_moves_by_months_are_turned_round_on_every_day(years, months):
    """For each day, the first day that is moved to it or later is the one found by moving every day."""
    first, last = date(years[0], 1, 1).toordinal(), date(years[1], 12, 31).toordinal()
    moved = [months_later(date.fromordinal(day), months).toordinal() for day in range(first, last + 1)]
    goals = range(moved[40], moved[-40])
    wanted = []
    at = 0
    for goal in goals:
        while moved[at] < goal:
            at += 1
        wanted.append(first + at)
    by = Duration(months=months)

    assert [first_day(by, goal) for goal in goals] == wanted


@given(st.one_of(MOVES, FAR_MOVES), st.lists(st.one_of(MOVES, FAR_MOVES), max_size=2), DAYS, DAYS, FURTHER)
def test_a_moved_date_is_below_a_place_up_to_where_it_is_turned(by, others, day, near, further):
    """Also where moves stop at the ends of the calendar, and one after the other: there is one change, or none."""
    term = Moved(DATE, by)
    for each in others:
        term = Moved(term, each)
    place = evaluated(term, {"d": near}).toordinal() + further
    (change,) = turned(term, place)
    assert (evaluated(term, {"d": day}).toordinal() < place) is (day.toordinal() < change)
    assert first_at(term, place) == change
    assert last_below(term, place) == change - 1


@given(
    st.sampled_from([zone for zone, _ in BACK_OVER_MIDNIGHT]),
    MOVES,
    st.integers(-100, 100),
    st.datetimes(datetime(1900, 1, 2), datetime(2100, 1, 1)),  # noqa: DTZ001 - the zone is put in
    st.integers(-4 * 24 * 60, 4 * 24 * 60),
)
def test_the_day_of_an_instant_is_below_a_place_where_its_changes_say(zone, by, hours, at, minutes):
    """Through a move by time, the day in a zone, and a move of that day, nothing is lost."""
    term = Moved(DayOf(Moved(INSTANT, Duration(hours=hours)), zone), by)
    at = at.replace(tzinfo=UTC)
    place = evaluated(term, {"i": at}).toordinal()
    changes = turned(term, place)
    other = at + timedelta(minutes=minutes)
    truth = evaluated(term, {"i": other}).toordinal() < place
    assert truth is (sum(change <= number(other) for change in changes) % 2 == 0)
    assert truth or number(other) >= first_at(term, place)
    assert not truth or number(other) <= last_below(term, place)
    for change in changes:
        around = [valued("instant", place) for place in (change - 1, change)]
        before, after = (evaluated(term, {"i": each}).toordinal() for each in around)
        assert (before < place) is not (after < place)


def test_what_hangs_on_how_an_instant_is_written_is_not_turned():
    """One month on is another moment in another offset."""
    assert turned(Moved(INSTANT, Duration(months=1)), 0) is None
    assert turned(DayOf(Moved(INSTANT, Duration(years=1)), "UTC"), 719_163) is None
    assert turned(Moved(INSTANT, Duration(days=1, minutes=-5)), 0) == [5 * MINUTE - DAY]


def test_a_shift_is_told_only_where_it_is_always_the_same():
    """Days of an instant are 24 hours in its own offset; months, days in zones and the calendar's ends differ."""
    assert shift_of(Moved(DATE, Duration(weeks=1, days=-1, hours=30))) == 6
    assert shift_of(Moved(Moved(INSTANT, Duration(days=1)), Duration(hours=-1))) == 23 * HOUR
    for term in (
        Moved(DATE, Duration(months=1)),
        DayOf(INSTANT, "UTC"),
        Moved(DATE, Duration(days=36_600)),
        Moved(Moved(DATE, Duration(days=20_000)), Duration(days=20_000)),
    ):
        assert shift_of(term) is None


@given(st.lists(st.one_of(MOVES, FAR_MOVES), max_size=3), DAYS)
def test_a_date_is_ahead_of_its_fact_within_bounds(moves, day):
    """However it is moved, and where moves stop at an end of the calendar."""
    term = DATE
    for by in moves:
        term = Moved(term, by)
    least, most = ahead(term)
    assert least <= (evaluated(term, {"d": day}) - day).days * DAY <= most


@given(
    st.lists(MOVES, max_size=2),
    st.sampled_from(sorted(zone_names())),
    st.datetimes(datetime(1900, 1, 2), datetime(9899, 12, 30)),  # noqa: DTZ001 - the zone is put in
)
def test_the_day_of_an_instant_is_ahead_of_it_within_bounds(moves, zone, at):
    """As midnight in UTC, in whatever zone it is the day."""
    at = at.replace(tzinfo=UTC)
    term = DayOf(INSTANT, zone)
    for by in moves:
        term = Moved(term, by)
    least, most = ahead(term)
    midnight = (evaluated(term, {"i": at}).toordinal() - date(1970, 1, 1).toordinal()) * DAY
    assert least <= midnight - number(at) <= most


def test_months_are_ahead_within_bounds_on_every_day_of_400_years():
    """Also back over 3,097 months from a day after which months were short and leap days many.

    All days of a month that are not clipped are moved as far as its first, and only its last ones ever are.
    """
    every = np.arange(date(2000, 1, 1).toordinal(), date(2400, 1, 1).toordinal(), dtype=np.int64)
    of_month = np.array([date.fromordinal(day).day for day in every.tolist()])
    days = every[(of_month == 1) | (of_month >= 28)]
    for months in (-3097, -4763, -4681, *range(-4800, 4801, 37)):
        by = Duration(months=months)
        least, most = (bound // DAY for bound in ahead(Moved(DATE, by)))
        gone = moved_days(days, by) - days
        assert least <= gone.min()
        assert gone.max() <= most


WITHIN = st.builds(Moved, st.just(DATE), MOVES) | st.just(DATE)


@given(st.builds(Moved, WITHIN, MOVES), WITHIN, st.integers(-40, 40), st.lists(DAYS, min_size=20, max_size=20))
def test_a_claim_that_is_always_so_is_so_on_any_day(one, other, apart, days):
    """Half a year on is never before a month on."""
    claim = Below(Sum(((one, 1), (other, -1)), apart))
    truth = always(claim)
    if truth is not None:
        assert {holds_at(claim, {"d": day}) for day in days} == {truth}


def test_what_is_always_so_is_seen():
    """Where the bounds of two functions of one date lie apart; not where they meet, nor of two dates."""
    half, month = (Moved(DATE, Duration(months=months)) for months in (6, 1))
    assert always(Below(Sum(((month, 1), (half, -1))))) is True
    assert always(Below(Sum(((half, 1), (month, -1))))) is False
    assert always(Below(Sum(((month, 1), (DATE, -1)), -30))) is None
    assert always(Below(Sum(((half, 1), (Unknown("e", "date"), -1))))) is None
    assert always(Below(Sum(((half, 1),), 3))) is None


def test_lines_end_where_the_schema_ends():
    """The first and last values that a fact can have are those that can be written, in the widest offset too."""
    assert line_of("date") == Line("date", date(1900, 1, 1).toordinal(), date(9899, 12, 31).toordinal())
    line = line_of("instant")
    east, west = (timezone(sign * timedelta(hours=23, minutes=59)) for sign in (1, -1))
    assert line.least == number(datetime(1900, 1, 1, tzinfo=east))
    assert line.most == number(datetime(9899, 12, 31, 23, 59, 59, 999_999, tzinfo=west))
    assert line_of("integer", Decimal("0.5"), 7) == Line("integer", 1, 7)
    assert line_of("number", Decimal("0.1"), 7) == Line("number", Fraction(1, 10), 7)
    most = line_of("integer").most
    assert (line_of("integer").least, line_of("number").most) == (-most, most)
    assert parse(str(most).encode()) == most
    with pytest.raises(MalformedJson):
        parse(str(most + 1).encode())
    assert len(OFFSETS) == 2879


@given(st.sampled_from(["date", "instant", "integer", "number"]), st.data())
def test_the_value_at_a_place_has_that_place(kind, data):
    """At both ends too; a year is written with an offset in which it can be."""
    line = line_of(kind, -(10**20), 10**20) if kind in ("integer", "number") else line_of(kind)
    places = st.sampled_from([line.least, line.most]) | st.integers(int(line.least), int(line.most))
    if kind == "number":
        places |= st.fractions(-5, 5)
    place = data.draw(places)
    value = valued(kind, place)
    assert number(value) == place
    if kind in ("date", "instant"):
        assert 1900 <= value.year <= 9899
