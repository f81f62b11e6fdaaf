"""Counts over the calendars of random packs, layer on layer, against the plain day by day of `open_time.py`."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import pytest

from service.clock.business_time import Conventions, NeverDue, Target, count
from service.clock.calendars import Calendar
from service.clock.conventions import CHOICES
from service.clock.measures import contact_days_between, open_time_between
from tests.oracle.day_counts import counted
from tests.oracle.drawing import draw_calendars
from tests.oracle.drawing_conventions import with_conventions
from tests.oracle.folders import calendars_read
from tests.oracle.open_time import days_between, due, due_before, time_between

_DAYS = ("2026-01-31", "2026-03-08", "2026-03-29", "2026-05-01", "2026-11-01", "2026-12-31", "2027-03-14")
_MOST = {"minute": 3000, "hour": 40, "business_day": 6, "day": 4}
_WITH_CALENDARS = [seed for seed in range(240) if draw_calendars(seed)[0]]


class Drawn(NamedTuple):
    """The calendars of a random pack with the lists that they share, as they are written and as they are read."""

    seed: int
    calendars: dict[str, Any]
    lists: dict[str, Any]
    read: dict[str, Calendar]


@pytest.fixture(scope="module", params=_WITH_CALENDARS)
def drawn(request):
    """Return what nobody changes: every test asks the same calendars, as a server does."""
    calendars, lists = draw_calendars(request.param)
    return Drawn(request.param, calendars, lists, calendars_read(calendars, lists))


def test_counts_over_drawn_calendars_are_what_a_plain_count_finds(drawn):
    """Starts, pauses and amounts are the seed's; near changes of the clocks and New Year."""
    rng = Random(f"counts {drawn.seed}")
    for name, calendar in drawn.read.items():
        for _ in range(6):
            role, ends = _drawn_role(rng, name)
            pack = drawn.calendars, drawn.lists, role
            assert _counted(calendar, role, business_day_ends=ends) == _shown(due(*pack, ends))
            told = _counted(calendar, role, business_day_ends=ends, at_closing="next_opening")
            assert told == _shown(due(*pack, ends, opens_next=True))
            role.pop("pauses", None)
            assert _counted(calendar, role, counts="backward") == _shown(due_before(*pack))


def test_days_and_openings_over_drawn_calendars_are_those_met_one_by_one(drawn):
    """By every convention, with pauses and without."""
    rng = Random(f"conventions {drawn.seed}")
    for name, calendar in drawn.read.items():
        for _ in range(8):
            role, _ = _drawn_role(rng, name)
            clock = {"pauses": "its"} if role.get("pauses") else rng.choice(({}, {"counts": "backward"}))
            clock = with_conventions(rng, clock, drawn.calendars)
            if "counts" not in clock and rng.random() < 0.3:
                clock["at_closing"] = "next_opening"
            role |= {"unit": clock["unit"], "amount": rng.choice((1, 2, 3, 5, 1.5))}
            said = {key: clock[key] for key in CHOICES if key in clock}
            given = counted(drawn.calendars, drawn.lists, role, clock)
            assert _counted(calendar, role, **said) == _shown(given)


def test_measures_over_drawn_calendars_are_what_a_plain_sum_finds(drawn):
    """Of the same calendars, to instants some days later."""
    rng = Random(f"measures {drawn.seed}")
    for name, calendar in drawn.read.items():
        for _ in range(6):
            role, _ = _drawn_role(rng, name)
            since, until = role["starts"], role["starts"] + timedelta(minutes=rng.randint(0, 20000))
            pack = drawn.calendars, drawn.lists, {**role, "since": since, "until": until}
            zone, pauses = role.get("zone"), role.get("pauses", ())
            assert open_time_between(calendar, since, until, zone=zone, pauses=pauses) == time_between(*pack)
            assert contact_days_between(calendar, until, since, zone=zone) == -days_between(*pack)


def _drawn_role(rng, name):
    start = datetime.fromisoformat(f"{rng.choice(_DAYS)}T00:00:00+00:00") + timedelta(minutes=rng.randint(-9000, 9000))
    unit = rng.choice(sorted(_MOST))
    role = {"calendar": name, "starts": start, "unit": unit, "amount": rng.randint(1, _MOST[unit])}
    if rng.random() < 0.4:
        role["zone"] = rng.choice(("Asia/Kathmandu", "America/Chicago"))
    if unit != "business_day" and rng.random() < 0.3:
        since = start + timedelta(minutes=rng.randint(-500, 3000))
        role["pauses"] = [(since, since + timedelta(minutes=rng.randint(1, 3000)))]
    return role, rng.choice(("same_time", "closing"))


def _counted(calendar, role, **conventions):
    target, further = Target(role["amount"], role["unit"]), {"zone": role.get("zone"), "pauses": role.get("pauses", ())}
    try:
        found = count(calendar, target, role["starts"], **further, conventions=Conventions(**conventions))
    except NeverDue:
        return {}
    segments = tuple((each.from_, each.to) for each in found.segments)
    return _shown({"starts_at": found.starts_at, "due_at": found.due_at, "segments": segments})


def _shown(given):
    """Return what a clock gives as text: in an hour that clocks show twice, equal instants compare unequal."""
    return {key: str(value) if key != "segments" else [f"{a} {b}" for a, b in value] for key, value in given.items()}


def test_a_plain_count_that_never_ends_stops_with_the_calendar():
    """Holidays near its last day may be kept on days that no calendar has."""
    holidays = {"days": [{"holiday": "One", "date": "12-31"}], "observed": {"saturday": "friday"}}
    calendars = {
        "desk": {"calendar": "desk", "zone": "Etc/UTC", "hours": {"monday": "09:00-17:00"}, "holidays": holidays}
    }
    role = {"calendar": "desk", "starts": datetime.fromisoformat("9999-12-01T00:00:00+00:00"), "amount": 9}
    assert counted(calendars, {}, {**role, "unit": "business_day"}, {"business_day_ends": "closing"}) == {}
