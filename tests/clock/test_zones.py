"""Zones by name, and that they are the package's own."""

import copy
import pickle
import struct
from datetime import datetime, timedelta
from importlib.resources import files
from itertools import pairwise

import pytest

from service.clock.zones import UnknownZone, zone_named, zone_names


def test_a_zone_is_one_object_even_after_a_copy() -> None:
    """Comparing by identity is what keeps arithmetic within a zone quick."""
    lisbon = zone_named("Europe/Lisbon")

    assert lisbon is zone_named("Europe/Lisbon")
    assert copy.deepcopy(lisbon) is lisbon
    assert pickle.loads(pickle.dumps(lisbon)) is lisbon


def test_every_name_has_a_zone() -> None:
    """Also links of old, and names with two slashes."""
    noon = datetime(2026, 6, 1, 12, 0)  # noqa: DTZ001 - a wall clock's
    offsets = {name: zone_named(name).utcoffset(noon) for name in zone_names()}

    assert offsets["America/Argentina/Buenos_Aires"] == timedelta(hours=-3)
    assert offsets["Asia/Kathmandu"] == timedelta(hours=5, minutes=45)
    assert offsets["Europe/Kiev"] == offsets["Europe/Kyiv"]
    assert None not in offsets.values()


@pytest.mark.parametrize("name", ["", "Europe", "../zones", "/etc/localtime", "europe/lisbon", "Europe/Lisbon\0"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    """A name is looked up, never opened as a path."""
    with pytest.raises(UnknownZone) as refused:
        zone_named(name)

    assert refused.value.name == name


def test_the_refusal_names_the_nearest_zone() -> None:
    """And travels between processes."""
    error = pickle.loads(pickle.dumps(UnknownZone("Europe/Lisboa")))

    assert str(error) == "'Europe/Lisboa' is no time zone of the IANA database. Did you mean 'Europe/Lisbon'?"


def test_a_name_in_place_of_a_zone_is_told_as_one() -> None:
    """No zone has a dot, and every name has one."""
    mend = "a name can't stand here: write the zone itself, such as 'Europe/Lisbon'"
    assert str(UnknownZone("desk.zone")) == f"'desk.zone' is no time zone of the IANA database; {mend}."


def transitions(name: str) -> list[tuple[int, int]]:
    """Return when a zone's offset from UTC changes, and by how many seconds, as its file lists them (RFC 8536)."""
    data = files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()

    def header(at: int) -> tuple[int, ...]:
        return struct.unpack(">6l", data[at + 20 : at + 44])

    utc, standard, leaps, times, types, letters = header(0)
    at = 44 + times * 5 + types * 6 + letters + leaps * 8 + standard + utc
    *_, times, types, _ = header(at)
    moments = struct.unpack(f">{times}q", data[at + 44 : at + 44 + 8 * times])
    kinds = data[at + 44 + 8 * times : at + 44 + 9 * times]
    offsets = [struct.unpack_from(">l", data, at + 44 + 9 * times + 6 * kind)[0] for kind in range(types)]
    ruled = [offsets[0], *(offsets[kind] for kind in kinds)]
    changes = zip(moments, pairwise(ruled), strict=True)
    return [(moment, after - before) for moment, (before, after) in changes if after != before]


def test_no_clocks_go_back_within_days_of_going_forward() -> None:
    """Openings look at each fourth midnight to find changes: two that cancel would go unseen between them."""
    days = [
        (later - sooner) / 86_400
        for name in zone_names()
        for (sooner, first), (later, second) in pairwise(transitions(name))
        if first * second < 0
    ]

    assert min(days) > 5
