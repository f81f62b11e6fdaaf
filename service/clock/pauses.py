"""Periods that do not count, which may overlap, and of which one may go on. Nothing is counted here."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeAlias

from service.clock.walls import instant_of
from service.clock.year_hours import Span

__all__ = ["MOST_PAUSES", "Pauses", "ended", "holds", "ongoing_since", "unpaused"]

MOST_PAUSES = 2000
"""How many pauses are taken."""

Pauses: TypeAlias = Sequence[tuple[datetime, datetime | None]]
"""Half-open periods in any order; empty is what ends no later than it begins, and what has no end goes on."""


def unpaused(begin: int, end: int, pauses: Pauses) -> Iterator[Span]:
    """Yield the periods from `begin` to `end` outside the pauses, in order."""
    spans = ((instant_of(since), end if until is None else instant_of(until)) for since, until in pauses)
    for since, until in sorted(spans):
        if until > since:
            if begin < min(since, end):
                yield begin, min(since, end)
            begin = max(begin, until)
    if begin < end:
        yield begin, end


def holds(pauses: Pauses, instant: int) -> bool:
    """Tell whether a pause holds an instant."""
    begun = (until for since, until in pauses if instant_of(since) <= instant)
    return any(until is None or instant < instant_of(until) for until in begun)


def ongoing_since(pauses: Pauses) -> int | None:
    """Return the instant since which a pause goes on, of several the first; None where none does."""
    return min((instant_of(since) for since, until in pauses if until is None), default=None)


def ended(pauses: Pauses) -> Pauses:
    """Return the pauses without those that go on."""
    return [each for each in pauses if each[1] is not None]
