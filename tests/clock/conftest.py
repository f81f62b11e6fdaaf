"""The library's loan desk, as data: what the tests of business time are about."""

from typing import Any

import pytest

from service.clock.calendars import Calendar, build_calendar


@pytest.fixture
def desk_data() -> dict[str, Any]:
    """Weekdays from 8 to 17 in Chicago, with a few holidays of every usual kind."""
    return {
        "calendar": "desk",
        "zone": "America/Chicago",
        "hours": {"monday to friday": "08:00-17:00"},
        "holidays": {
            "days": [
                {"holiday": "New Year's Day", "date": "01-01"},
                {"holiday": "Labor Day", "nth": 1, "weekday": "monday", "month": 9},
                {"holiday": "Thanksgiving", "nth": 4, "weekday": "thursday", "month": 11},
                {"holiday": "Friday of Thanks", "after": "Thanksgiving", "days": 1},
                {"holiday": "Christmas Eve", "date": "12-24"},
                {"holiday": "Christmas Day", "date": "12-25"},
            ]
        },
    }


@pytest.fixture
def desk(desk_data: dict[str, Any]) -> Calendar:
    """The desk, built."""
    return build_calendar(desk_data)


@pytest.fixture
def night_desk() -> Calendar:
    """A desk in Chicago that never closes."""
    return build_calendar({"calendar": "night-desk", "zone": "America/Chicago", "hours": "around_the_clock"})
