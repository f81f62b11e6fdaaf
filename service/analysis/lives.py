"""What a clock comes to of which something is unknown: terms, and of its target's state the claims on which it hangs.

Where no more is unknown than `as_of` and the stop, the target is counted, and each of its states is where some claims
about these instants are true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from service.analysis.claims import Claims, less
from service.analysis.terms import NEVER_DUE, Doubt, Opaque, Unknown, is_symbolic
from service.clock.business_time import Count
from service.clock.lifetimes import Held, due_of, starts_of
from service.clock.pauses import Pauses
from service.clock.walls import instant_of
from service.model.names import Key
from service.model.pack import LIFE, Clock, Pack
from service.model.working_clock import Uncounted, lacking_in, members_of, roles_of, work_clock

__all__ = ["ENDS_IN", "AtHand", "at_hand", "is_at_hand", "never_due", "states", "to_come"]

_Claim = TypeVar("_Claim")

ENDS_IN = "running"
"""The state of a target for which none of the claims of `states` is true."""

_MOST_PAUSES = 32


@dataclass(frozen=True, slots=True)
class AtHand:
    """What a clock comes to that can be counted, though of the life of its target terms are left.

    counted  None where nothing is, or there is no `as_of`; of what a pause holds, what it holds
    given    what it gives, in the order of `gives`, where it is not stopped at `as_of`, and
    at_stop  where it is; None where it has no stop. The states in both are left to `states`
    """

    counted: Count | Held | None
    given: tuple[object, ...]
    at_stop: tuple[object, ...] | None


def is_at_hand(clock: Clock, values: Mapping[Key, object]) -> bool:
    """Say whether a clock can be counted though what its target has become may be unknown."""
    return not any(is_symbolic(value) for name, value in values.items() if name not in clock.of_life)


def to_come(clock: Clock, values: Mapping[Key, object]) -> tuple[object, ...]:
    """Return what a clock gives as terms, in the order of `gives`; none where it gives nothing.

    What does not hang on `as_of` and the stop is a term that does not rest on them.
    """
    roles = roles_of(clock, values)
    if lacking_in(roles) is not None:
        return (None,) * len(clock.gives)
    counted = tuple([None if name in clock.of_life else value for name, value in values.items()])
    of_life = tuple(values.values())
    return tuple([Opaque((clock, result), of_life if result in LIFE else counted) for result in clock.gives])


def never_due(clock: Clock, pack: Pack, values: Mapping[Key, object], *, anything: bool) -> Doubt | None:
    """Return the claim that pauses keep a clock from ever being due; None where none can.

    anything  whether a pack is proved for all cases: pauses that last for 50 years are passed over then, but those that
              go on are not
    """
    pauses = values.get(clock.inputs.get("pauses", ""))
    if isinstance(pauses, Unknown):
        may_be = pack.facts.facts[pauses.fact].open_ended or not anything
    else:
        may_be = is_symbolic(pauses) or (isinstance(pauses, tuple) and any(each.to is None for each in pauses))
    relation = "due" if isinstance(pauses, Opaque) else NEVER_DUE
    return Doubt(relation, tuple(values.values())) if may_be else None


def at_hand(clock: Clock, pack: Pack, values: Mapping[Key, object]) -> AtHand:
    """Return what a clock gives that can be counted: of its target's life terms, where they rest on any."""
    came, of_life = work_clock(clock, pack.calendars, values), {name: values[name] for name in clock.of_life}
    counted = came.held if isinstance(came, Uncounted) else came
    if counted is None or of_life.get("as_of") is None:
        given = members_of(clock, pack.calendars, {**values, **dict.fromkeys(of_life)})
        return AtHand(None, tuple([given.get(member) for member in clock.gives.values()]), None)
    stop = clock.inputs.get("stops")
    if stop not in of_life or stop == "as_of" or of_life[stop] is None:
        return AtHand(counted, _given(clock, pack, values), None)
    at_stop = _given(clock, pack, {**values, "as_of": of_life[stop], stop: None})
    return AtHand(counted, _given(clock, pack, {**values, stop: None}), at_stop)


def _given(clock: Clock, pack: Pack, values: Mapping[Key, object]) -> tuple[object, ...]:
    known = {name: None if is_symbolic(value) else value for name, value in values.items()}
    given, terms = members_of(clock, pack.calendars, known), to_come(clock, values)
    is_open = any(is_symbolic(value) for value in values.values())
    pairs = zip(clock.gives.items(), terms, strict=True)
    return tuple([term if is_open and result in LIFE else given.get(member) for (result, member), term in pairs])


def states(
    counted: Count | Held, roles: Mapping[str, Any], claims: Claims[_Claim]
) -> Sequence[tuple[_Claim, str]] | None:
    """Return claims, each with the state of a target where it is true and none before it is; None if they are many.

    It is as `state_at` tells it; `roles` has `as_of`, and `stops` where there is one, as constants or terms.
    """
    as_of, stop = roles["as_of"], roles.get("stops")
    pauses = list(_met(counted, roles.get("pauses") or ()))
    if len(pauses) > _MOST_PAUSES:
        return None
    found: list[tuple[_Claim, str]] = []
    if stop is not None:
        is_stopped = claims.negate(less(as_of, stop, claims))
        if isinstance(counted, Count):
            found.append((claims.both(is_stopped, claims.negate(less(counted.due_at, stop, claims))), "met"))
        found.append((is_stopped, "missed" if isinstance(counted, Count) else "met"))
    if isinstance(counted, Count):
        found.append((less(counted.due_at, as_of, claims), "missed"))
    if starts_of(counted) is None:
        found.append((claims.truth(True), "not_started"))
    starts_at = counted.starts_at if isinstance(counted, Count) else counted.count.starts_at
    found.append((less(as_of, starts_at, claims), "not_started"))
    for since, until in pauses:
        begun = claims.negate(less(as_of, since, claims))
        found.append((begun if until is None else claims.both(begun, less(as_of, until, claims)), "paused"))
    return found


def _met(counted: Count | Held, pauses: Pauses) -> Iterator[tuple[datetime, datetime | None]]:
    """Yield the pauses that a target can be in before it is due."""
    starts, due = starts_of(counted), due_of(counted)
    if starts is None:
        return
    for since, until in pauses:
        is_over = until is not None and max(instant_of(since), starts) >= instant_of(until)
        if not is_over and (due is None or instant_of(since) <= due):
            yield since, until
