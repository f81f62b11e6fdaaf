"""The body of a request for decisions: the case and what is asked of it. The facts inside are for the pack's schema.

Problems, by code; the pointer is from the body's root:

=================  ==================================================================================================
unknown_member     the body has a member that no request has; `nearest` is the one that was perhaps meant
missing_member     the body has no `facts`
null_value         null stands where a value should; a member that is not needed is left out
wrong_type         a value of another type than the member's
too_short          no decision is asked for, or an empty name
duplicate_item     a decision is asked for twice
bad_instant        `as_of` is no RFC 3339 date and time with offset, or not of the years 1900 to 9899
unknown_decision   the pack has no decision of that name; `nearest` is the one that was perhaps meant
=================  ==================================================================================================
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.errors import InvalidRequest, Problem
from service.facts.schema import pointer_to, read_instant
from service.jsontext import Json
from service.wording import did_you_mean, nearest

__all__ = ["DecisionRequest", "read_request", "unknown_decisions"]

_MEMBERS = ("facts", "decisions", "as_of", "policy")
_MOST_SEARCHES = 64  # a hostile body could hold any number of misspelt names


@dataclass(frozen=True, slots=True)
class DecisionRequest:
    """What is asked: which decisions about which case, judged when, by which policy.

    facts          the facts object, not yet checked against any schema
    decisions      names in the order asked, each once; None asks for all
    as_of          the instant at which dates are judged, as written; None leaves it to the case
    as_of_instant  the same, aware
    policy         the id of the pack; None leaves it to the service
    """

    facts: Mapping[str, Json]
    decisions: tuple[str, ...] | None = None
    as_of: str | None = None
    as_of_instant: datetime | None = None
    policy: str | None = None


def read_request(body: Json) -> DecisionRequest:
    """Return the request that a parsed body makes. Raises InvalidRequest with every problem, unknown members last."""
    if not isinstance(body, dict):
        raise InvalidRequest([Problem("", "wrong_type", f"The body must be a JSON object, not {_kind(body)}.")])
    problems = [*_facts_problems(body), *_decisions_problems(body), *_as_of_problems(body), *_policy_problems(body)]
    problems += _unknown_members(body)
    if problems:
        raise InvalidRequest(problems)
    as_of, names = body.get("as_of"), body.get("decisions")
    return DecisionRequest(
        facts=body["facts"],
        decisions=None if names is None else tuple(names),
        as_of=as_of,
        as_of_instant=None if as_of is None else read_instant(as_of),
        policy=body.get("policy"),
    )


def unknown_decisions(names: Sequence[str], valid: Collection[str]) -> list[Problem]:
    """Return a problem for each name that is not among the pack's decisions, `valid`, in the order asked."""
    return [_unknown_decision(place, name, valid) for place, name in enumerate(names) if name not in valid]


def _unknown_decision(place: int, name: str, valid: Collection[str]) -> Problem:
    says = f"The policy has no decision '{_cut(name)}'."
    if place >= _MOST_SEARCHES:
        return Problem(pointer_to("decisions", place), "unknown_decision", says)
    return Problem(
        pointer_to("decisions", place), "unknown_decision", says + did_you_mean(name, valid), nearest(name, valid)
    )


def _facts_problems(body: Mapping[str, Json]) -> Iterator[Problem]:
    if "facts" not in body:
        yield Problem("", "missing_member", "The body lacks 'facts', the object that holds the case.")
    elif not isinstance(body["facts"], dict):
        yield _wrong_type(body["facts"], "an object", "facts")


def _decisions_problems(body: Mapping[str, Json]) -> Iterator[Problem]:
    names = body.get("decisions", ["all"])
    if not isinstance(names, list):
        yield _wrong_type(names, "an array of names of decisions", "decisions")
    elif not names:
        yield Problem("/decisions", "too_short", "decisions asks for none: name one, or leave it out to ask for all.")
    else:
        yield from _name_problems(names)


def _name_problems(names: Sequence[Json]) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, name in enumerate(names):
        if not isinstance(name, str):
            yield _wrong_type(name, "the name of a decision, a string", "decisions", place)
        elif name in seen:
            says = f"decisions[{place}] asks for '{_cut(name)}' a second time."
            yield Problem(pointer_to("decisions", place), "duplicate_item", says)
        else:
            seen.add(name)


def _as_of_problems(body: Mapping[str, Json]) -> Iterator[Problem]:
    if "as_of" not in body:
        return
    as_of = body["as_of"]
    if not isinstance(as_of, str):
        yield _wrong_type(as_of, "an instant such as '2026-01-31T09:00:00Z', a string", "as_of")
        return
    try:
        read_instant(as_of)
    except ValueError as error:
        yield Problem("/as_of", "bad_instant", f"as_of {error}.")


def _policy_problems(body: Mapping[str, Json]) -> Iterator[Problem]:
    policy = body.get("policy", "any")
    if not isinstance(policy, str):
        yield _wrong_type(policy, "the id of a policy, a string", "policy")
    elif not policy:
        yield Problem("/policy", "too_short", "policy is empty: give the id of a policy, or leave it out.")


def _unknown_members(body: Mapping[str, Json]) -> Iterator[Problem]:
    for place, name in enumerate(sorted(body.keys() - set(_MEMBERS))):
        is_searched = place < _MOST_SEARCHES
        hint = did_you_mean(name, _MEMBERS) if is_searched else ""
        says = f"The body has no member '{_cut(name)}'.{hint}"
        yield Problem(pointer_to(name), "unknown_member", says, nearest(name, _MEMBERS) if is_searched else None)


def _wrong_type(value: Json, wanted: str, *within: str | int) -> Problem:
    name = str(within[0]) + "".join(f"[{step}]" for step in within[1:])
    if value is None:
        return Problem(pointer_to(*within), "null_value", f"{name} is null, which is no value: leave it out instead.")
    return Problem(pointer_to(*within), "wrong_type", f"{name} must be {wanted}, not {_kind(value)}.")


def _kind(value: Json) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "null" if value is None else "an array" if isinstance(value, list) else "an object"


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
