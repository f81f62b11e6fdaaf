"""Time zones by IANA name, read from the `tzdata` package alone. No arithmetic and no calendars here."""

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from service.wording import nearest

__all__ = ["UnknownZone", "Zone", "no_zone", "zone_named", "zone_names"]


def no_zone(name: str) -> str:
    """Return what a text is that is no zone: one with a dot was meant as the name of a fact or member."""
    why = "; a name can't stand here: write the zone itself, such as 'Europe/Lisbon'" if "." in name else ""
    return f"no time zone of the IANA database{why}"


class UnknownZone(ValueError):
    """No such zone: `.name` as it was given, `.nearest` the IANA name that it resembles, or None."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
        self.nearest = nearest(name, zone_names())

    def __str__(self) -> str:
        meant = f" Did you mean '{self.nearest}'?" if self.nearest else ""
        return f"'{self.name}' is {no_zone(self.name)}.{meant}"


class Zone(ZoneInfo):
    """A zone of the `tzdata` package; unlike other ZoneInfos read from a file, it can be copied and pickled."""

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to find the zone again: by its name."""
        return zone_named, (self.key,)


@cache
def zone_names() -> frozenset[str]:
    """Return every IANA name, links such as "Europe/Kiev" included."""
    return frozenset(files("tzdata").joinpath("zones").read_text("utf-8").split())


@cache
def zone_named(name: str) -> Zone:
    """Return the zone with this IANA name; the same object each time.

    The operating system's own database is never asked: where two machines differ in it, so would their decisions.
    Raises UnknownZone.
    """
    if name not in zone_names():
        raise UnknownZone(name)
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as compiled:
        return Zone.from_file(compiled, key=name)
