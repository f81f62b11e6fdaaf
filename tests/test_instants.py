"""Dates and instants are read as RFC 3339 says, and refused with the reason."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.facts.values import as_json
from service.instants import counted_since_1970, read_date, read_instant


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-29",
        "1900-02-29",
        "2100-02-29",
        "2026-04-31",
        "2026-00-10",
        "2026-13-01",
        "2026-01-00",
        "2026-1-01",
        "20260101",
        "2026-W01-1",
        "2026-001",
        "1899-12-31",
        "9900-01-01",
        "0000-01-01",
        "12026-01-01",
        "-2026-01-01",
        "2026-01-01T00:00:00Z",
        " 2026-01-01",
        "2026-01-01\n",
        "２０２６-01-01",
        "2026/01/01",
        "",
    ],
)
def test_what_is_no_date_is_refused(text):
    """A date is a real day, written in the one way, in years that all arithmetic can reach."""
    with pytest.raises(ValueError, match=r"^is '"):
        read_date(text)


@pytest.mark.parametrize("text", ["1900-01-01", "9899-12-31", "2024-02-29", "2000-02-29", "2400-02-29"])
def test_a_date_at_the_edge_is_taken(text):
    """The first and the last day, and leap days of every kind."""
    assert read_date(text).isoformat() == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-03-01T10:00:00", "lacks an offset"),
        ("2026-03-01T10:00:00.5", "lacks an offset"),
        ("2026-12-31T23:59:60Z", "leap second"),
        ("2026-06-30T23:59:60.5+00:00", "leap second"),
        ("2026-03-01T24:00:00Z", "00 to 23"),
        ("1899-12-31T23:59:59Z", "year"),
        ("9900-01-01T00:00:00Z", "year"),
        ("2026-02-29T00:00:00Z", "does not exist"),
        ("2026-03-01T25:00:00Z", "does not exist"),
        ("2026-03-01T10:60:00Z", "does not exist"),
        ("2026-03-01T10:00:61Z", "does not exist"),
        ("2026-03-01T10:00:00+24:00", "not written"),
        ("2026-03-01T10:00:00+01:60", "not written"),
        ("2026-03-01T10:00:00+0100", "not written"),
        ("2026-03-01T10:00:00+01", "not written"),
        ("2026-03-01T10:00:00+01:00:00", "not written"),
        ("2026-03-01T10:00:00 Z", "not written"),
        ("2026-03-01T10:00:00.Z", "not written"),
        ("2026-03-01T10:00:00,5Z", "not written"),
        ("2026-03-01 10:00:00Z", "not written"),
        ("2026-03-01T10:00Z", "not written"),
        ("2026-03-01", "not written"),
        ("20260301T100000Z", "not written"),
        ("2026-03-01T10:00:00Z\n", "not written"),
        ("2026-03-01T1٠:00:00Z", "not written"),
        ("2026-03-01T10:00:00UTC", "not written"),
        ("1767225600", "not written"),
        ("", "not written"),
        ("2026-03-01T10:00:59.9999999999Z", "has 10 digits after the point of its seconds, and can have 9"),
        (f"2026-03-01T10:00:59.{'0' * 5000}Z", "has 5000 digits after the point"),
    ],
)
def test_what_is_no_instant_is_refused_with_its_reason(text, reason):
    """Each way to miss RFC 3339 is told apart, as each is mended in another way."""
    with pytest.raises(ValueError, match=r"^is '") as refused:
        read_instant(text)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("text", "slips", "mend"),
    [
        ("2026-03-06T16:30:00.000+0530", "its offset lacks the colon", "write '2026-03-06T16:30:00.000+05:30'"),
        ("2026-03-06T16:30:00+01", "its offset lacks the minutes", "write '2026-03-06T16:30:00+01:00'"),
        ("2026-03-06 16:30:00Z", "a space stands for its 'T'", "write '2026-03-06T16:30:00Z'"),
        ("2026-03-06T16:30Z", "its seconds are missing", "write '2026-03-06T16:30:00Z'"),
        ("2026-03-06T16:30:00,5Z", "a comma stands for the point of its seconds", "write '2026-03-06T16:30:00.5Z'"),
        ("2026-03-06T16:30:00 Z", "a space stands before its offset", "write '2026-03-06T16:30:00Z'"),
        ("2026-03-06T16:30:00UTC", "its offset is a name", "write '2026-03-06T16:30:00Z'"),
        (
            "2026-03-06 16:30:00",
            "a space stands for its 'T', it lacks an offset",
            "write '2026-03-06T16:30:00' and then 'Z' or an offset such as '+01:00'",
        ),
        ("1772814600000", "as milliseconds since 1970", "write '2026-03-06T16:30:00Z'"),
        ("1772814600123", "as milliseconds since 1970", "write '2026-03-06T16:30:00.123Z'"),
        ("1772814600", "as seconds since 1970", "write '2026-03-06T16:30:00Z'"),
    ],
)
def test_what_another_program_writes_for_an_instant_is_refused_with_what_to_write(text, slips, mend):
    """Ticket systems have ways of their own; whoever joins one to the service reads this once and is done."""
    with pytest.raises(ValueError, match="not written as") as refused:
        read_instant(text)

    assert slips in str(refused.value)
    assert str(refused.value).endswith(mend)


@pytest.mark.parametrize("text", ["2026-02-30 10:00:00Z", "2026-03-01 25:00:00Z", "2026-03-01T10:00:00+2400"])
def test_no_mend_is_told_that_would_be_refused_as_well(text):
    """An example is told instead."""
    with pytest.raises(ValueError, match=r"such as '2026-01-31T09:00:00Z'$"):
        read_instant(text)


@pytest.mark.parametrize("number", [0, 12, -1772814600000, 1772814600000.5, 10**400])
def test_a_number_that_counts_nothing_since_1970_is_no_instant(number):
    """A number of these days has 10, 13 or 16 digits."""
    assert counted_since_1970(number) is None


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01t10:00:00z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:00-00:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:00+23:59", datetime(2026, 2, 28, 10, 1, tzinfo=UTC)),
        ("2026-03-01T10:00:00-23:59", datetime(2026, 3, 2, 9, 59, tzinfo=UTC)),
        ("2024-02-29T23:59:59.9Z", datetime(2024, 2, 29, 23, 59, 59, 900_000, tzinfo=UTC)),
        ("1900-01-01T00:00:00+23:59", datetime(1899, 12, 31, 0, 1, tzinfo=UTC)),
        ("9899-12-31T23:59:59-23:59", datetime(9900, 1, 1, 23, 58, 59, tzinfo=UTC)),
        ("2026-03-01T10:00:00.0000009Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:59.999999999Z", datetime(2026, 3, 1, 10, 0, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read(text, instant):
    """Years count as written; a fraction is cut, so that no instant moves into another second, past a closing time."""
    assert read_instant(text) == instant


def test_an_instant_keeps_its_offset():
    """The offset as written is shown again, so it is kept."""
    assert read_instant("2026-03-01T10:00:00+05:30").utcoffset() == timedelta(hours=5, minutes=30)


@given(
    st.datetimes(*map(datetime.fromisoformat, ("1900-01-02", "9899-12-30"))),
    st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_an_instant_survives_being_written_and_read(moment, zone):
    """What a trace shows of a fact can be given as that fact."""
    instant = moment.replace(tzinfo=zone)

    assert read_instant(str(as_json(instant))) == instant
