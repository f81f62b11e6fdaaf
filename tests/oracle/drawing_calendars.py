"""Layers laid on the calendars of random packs, and calendars made of them: every form that one can have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

__all__ = ["layered"]

_ZONES = ("Etc/UTC", "Europe/Lisbon", "America/Chicago", "Asia/Kathmandu")
_PARTS = ({"from": "13:00"}, {"until": "12:00"}, {"from": "12:00", "until": "14:00"}, "business_day")
_SPECIAL = ("13:00-17:00", "22:00-04:00", ["06:00-08:00", "20:00-23:30"], "00:00-24:00")


def layered(rng: Random, calendars: dict[str, Any], days: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return calendars with layers on half of them and others beside, and the lists of holidays that they share.

    days  dates near which a case's instants lie
    """
    drawing = _Layers(rng, days)
    found = {name: drawing.on(each) if rng.random() < 0.6 else each for name, each in calendars.items()}
    if rng.random() < 0.4:
        made_of = drawing.made_of(sorted(found))
        if "open_when_all" in made_of:
            found["wide"] = drawing.wide()
        found["made"] = made_of
    return found, drawing.lists


class _Layers:
    """Draws layers; `lists` are the shared lists that they have named so far."""

    def __init__(self, rng: Random, days: Sequence[str]) -> None:
        self.rng = rng
        self.days = days
        self.lists: dict[str, Any] = {}

    def on(self, calendar: dict[str, Any]) -> dict[str, Any]:
        """Return a calendar with a layer or two more; its business days are of eight hours."""
        made = {**calendar, "business_day": 8}
        layers = (self._night, self._season, self._special, self._closing, self._shared)
        for place in sorted(self.rng.sample(range(len(layers)), 2)):  # what others heed comes first
            layers[place](made)
        return made

    def made_of(self, names: Sequence[str]) -> dict[str, Any]:
        """Return a calendar made of others, or as one of them."""
        if self.rng.random() < 0.4:
            # Open at most times, so that both are open often enough to be looked for day by day.
            both = [self.rng.choice(names), "wide"]
            made: dict[str, Any] = {"calendar": "made", "open_when_all": both, "zone": self._zone(), "business_day": 4}
        elif len(names) > 1 and self.rng.random() < 0.5:
            made = {"calendar": "made", "open_when_any": list(names), "zone": self._zone(), "business_day": 4}
        else:
            made = {"calendar": "made", "as": self.rng.choice(names), "zone": self._zone()}
        if "as" not in made and self.rng.random() < 0.5:
            made["day_begins"] = self.rng.choice(("05:00", "12:00", "21:00"))
        if self.rng.random() < 0.5:
            self.rng.choice((self._special, self._shared))(made)
        return made

    def wide(self) -> dict[str, Any]:
        """Return a calendar that is open on all days for most of the time."""
        made: dict[str, Any] = {"calendar": "wide", "zone": self._zone(), "business_day": 8}
        made["hours"] = {"monday to sunday": ["00:00-10:30", "11:45-24:00"]}
        self._closing(made)
        return made

    def _zone(self) -> str:
        return self.rng.choice(_ZONES)

    def _night(self, made: dict[str, Any]) -> None:
        made["hours"] = self.rng.choice(
            ({"monday to friday": "22:00-06:00"}, {"sunday to friday": ["06:30-12:00", "20:00-04:00"]})
        )
        if self.rng.random() < 0.4:
            made["day_begins"] = "21:00"
            made["hours"] = self.rng.choice(({"sunday to thursday": "21:00-21:00"}, "around_the_clock"))

    def _season(self, made: dict[str, Any]) -> None:
        if made.get("day_begins"):
            hours: Any = "around_the_clock"
        else:
            hours = self.rng.choice(({"monday to friday": "09:00-15:00"}, {"saturday to thursday": "23:00-05:00"}))
        dates = self.rng.choice(("june to august", "02-20 to 04-10", "12-15 to 01-31", self._span(20)))
        made["seasons"] = [{"season": "Season", "dates": dates, "hours": hours}]

    def _special(self, made: dict[str, Any]) -> None:
        hours = self.rng.choice(_SPECIAL[:1] if "day_begins" in made or "as" in made else _SPECIAL)  # within any day
        when = self.rng.choice(({"date": self._day()}, {"dates": self._span(1)}, {"date": self._day()[5:]}))
        if when.get("date") == "02-29":
            when = {"dates": "february"}
        made["special_days"] = [{"special_day": "Special", **when, "hours": hours}]

    def _closing(self, made: dict[str, Any]) -> None:
        days = [
            {"holiday": "Half", "date": self._day(), "closes": self.rng.choice(_PARTS)},
            {"holiday": "Span", "dates": self._span(3)},
            {"holiday": "After", "after": "Half", "days": 1},
        ]
        made["holidays"] = {"days": days[: self.rng.randint(1, 3)]}
        if self.rng.random() < 0.5:
            made["holidays"]["observed"] = {"saturday": "monday", "sunday": "tuesday"}
        if self.rng.random() < 0.3:
            made["holidays"]["closes"] = self.rng.choice(_PARTS)

    def _shared(self, made: dict[str, Any]) -> None:
        day = self._day()
        nth = {"nth": 1, "weekday": "monday", "month": int(day[5:7])}
        self.lists.setdefault("town", {"holidays": "town", "days": [{"holiday": "Town", "date": self._day()}]})
        self.lists.setdefault("house", {"holidays": "house", "days": [{"holiday": "Month", **nth}]})
        if self.rng.random() < 0.5:
            self.lists["house"]["closes"] = self.rng.choice(_PARTS)
        own = {"lists": ["town", "house"], "days": [{"holiday": "Own", "after": "Town", "days": 2}]}
        made["holidays"] = self.rng.choice(("town", ["town", "house"], own))

    def _day(self) -> str:
        return self.rng.choice(self.days)

    def _span(self, most: int) -> str:
        first = date.fromisoformat(self._day())
        return f"{first} to {first + timedelta(days=self.rng.randint(0, most))}"
