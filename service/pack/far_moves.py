"""Numbers by which dates and instants are moved, held against the calendar: beyond it there is none of these."""

from __future__ import annotations

from collections.abc import Iterator

from service.model.derivations import Derived, Duration, ShiftedBy
from service.model.names import shown_name
from service.model.pack import Pack
from service.model.walk import leaves_in
from service.model.working import reach_of_moves
from service.pack.bounds import bounds_of
from service.written.findings import Finding

__all__ = ["far_moves"]

_YEAR = 365  # days, or a little more
_LATER, _EARLIER = 99 * _YEAR, 1898 * _YEAR
"""By how many days a date of a case can be moved, whichever of the years 1900 to 9899 it lies in."""


def far_moves(pack: Pack) -> Iterator[Finding]:
    """Yield a warning for each number that may lead too far, unless a condition asks if there is what it leads to.

    Not for members of decisions, whose values stand in rules.
    """
    expected = {shown_name(test.name) for test in leaves_in(pack) if test.op == "known"}
    for derived in pack.derived.values():
        if isinstance(derived.how, ShiftedBy) and derived.name not in expected:
            for name, unit in zip(map(shown_name, derived.how.counts), derived.how.units, strict=True):
                is_told = name in pack.facts.facts or pack.derivation(name) is not None
                if is_told and _is_far(pack, name, unit):
                    yield Finding(derived.place, "unbounded_duration", _says(pack, derived, name), severity="warning")


def _says(pack: Pack, derived: Derived, name: str) -> str:
    first, end = reach_of_moves(of_dates=derived.type == "date")
    in_schema = name in pack.facts.facts
    mend = "a minimum and a maximum in the facts schema" if in_schema else "bounds by 'larger_of' and 'smaller_of'"
    why = f"'{name}' may lead out of the years {first.year} to {end.year - 1}, and then there is no {derived.name}"
    ask = f"let a rule ask for {{{derived.name}: {{known: false}}}}"
    return f"derived fact {derived.name}: {why}: give it {mend}, or {ask}"


def _is_far(pack: Pack, name: str, unit: Duration) -> bool:
    least, most = bounds_of(pack, name)
    if least is None or most is None:
        return True
    days = unit.years * _YEAR + unit.months * _YEAR / 12 + unit.weeks * 7 + unit.days
    days += unit.hours / 24 + unit.minutes / 1440
    ends = sorted((float(least) * days, float(most) * days))
    return ends[0] < -_EARLIER or ends[1] > _LATER
