"""Zones by name, and that they are the package's own."""

import copy
import pickle
from datetime import datetime, timedelta

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
