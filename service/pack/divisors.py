"""What derived facts divide by, held against what that can be: where it is 0 there is none, as a rule must expect."""

from __future__ import annotations

from collections.abc import Iterator

from service.model.derivations import Derived, Divided
from service.model.names import shown_name
from service.model.pack import Pack
from service.model.walk import leaves_in
from service.pack.bounds import bounds_of
from service.written.findings import Finding

__all__ = ["zero_divisors"]


def zero_divisors(pack: Pack) -> Iterator[Finding]:
    """Yield a warning for each derived fact that may divide by 0, unless a condition asks if there is such a fact."""
    expected = {shown_name(test.name) for test in leaves_in(pack) if test.op == "known"}
    for derived in pack.derived.values():
        if isinstance(derived.how, Divided) and derived.name not in expected:
            divisor = shown_name(derived.how.divisor)
            if _can_be_zero(pack, divisor):
                yield Finding(derived.place, "zero_divisor", _says(pack, derived, divisor), severity="warning")


def _says(pack: Pack, derived: Derived, divisor: str) -> str:
    in_schema = divisor in pack.facts.facts
    mend = "give it a minimum above 0 in the facts schema" if in_schema else "keep it above 0 by 'larger_of'"
    why = f"'{divisor}' can be 0, and then there is no {derived.name}"
    return f"derived fact {derived.name}: {why}: {mend}, or let a rule ask for {{{derived.name}: {{known: false}}}}"


def _can_be_zero(pack: Pack, name: str) -> bool:
    fact = pack.facts.facts.get(name)
    if fact is not None and fact.choices is not None:
        return 0 in fact.choices
    least, most = bounds_of(pack, name)
    return not (least is not None and least > 0) and not (most is not None and most < 0)
