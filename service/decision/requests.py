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
from heapq import nsmallest
from itertools import accumulate

from service.errors import MOST_PROBLEMS, InvalidRequest, Problem
from service.instants import read_instant
from service.jsontext import Json
from service.paths import pointer_to
from service.wording import cut, did_you_mean, nearest

__all__ = ["LONGEST_REFERENCE", "DecisionRequest", "read_request", "unknown_decisions"]

LONGEST_REFERENCE = 200
"""Characters."""

_MEMBERS = ("facts", "decisions", "as_of", "policy", "reference")
_MOST_COMPARED = 4096  # names; each search for a nearest one reads them all
_MOST_NAMED = 12_000  # characters of members' names in the pointers of one answer


@dataclass(frozen=True, slots=True)
class DecisionRequest:
    """What is asked: which decisions about which case, judged when, by which policy.

    facts          the facts object, not yet checked against any schema
    decisions      names in the order asked, each once; None asks for all
    as_of          the instant at which dates are judged, as written; None leaves it to the case
    as_of_instant  the same, aware
    policy         the id of the pack; None leaves it to the service
    reference      what the caller calls the case, such as the number of a ticket; no rule reads it
    """

    facts: Mapping[str, Json]
    decisions: tuple[str, ...] | None = None
    as_of: str | None = None
    as_of_instant: datetime | None = None
    policy: str | None = None
    reference: str | None = None


def read_request(body: Json) -> DecisionRequest:
    """Return the request that a parsed body makes. Raises InvalidRequest with every problem, unknown members last."""
    if not isinstance(body, dict):
        raise InvalidRequest([Problem("", "wrong_type", f"The body must be a JSON object, not {_kind(body)}.")])
    if _is_plain(body):
        return DecisionRequest(body["facts"], tuple(body["decisions"]) if "decisions" in body else None)
    wrong = InvalidRequest.joining(
        InvalidRequest(_facts_problems(body)),
        _wrong_decisions(body),
        InvalidRequest([*_as_of_problems(body), *_policy_problems(body), *_reference_problems(body)]),
        _unknown_members(body),
    )
    if wrong.count:
        raise wrong
    as_of, names = body.get("as_of"), body.get("decisions")
    return DecisionRequest(
        facts=body["facts"],
        decisions=None if names is None else tuple(names),
        as_of=as_of,
        as_of_instant=None if as_of is None else read_instant(as_of),
        policy=body.get("policy"),
        reference=body.get("reference"),
    )


def _is_plain(body: Mapping[str, Json]) -> bool:
    """Say whether a body has facts, at most the names of decisions beside them, and nothing wrong around the facts."""
    names = body.get("decisions")
    if not isinstance(body.get("facts"), dict) or body.keys() - {"facts", "decisions"}:
        return False
    if not isinstance(names, list):
        return "decisions" not in body
    return all(type(name) is str for name in names) and 0 < len(names) == len(set(names))


def unknown_decisions(names: Sequence[str], valid: Collection[str]) -> InvalidRequest | None:
    """Return the refusal of the names that are not among the pack's decisions, `valid`, in the order asked."""
    if all(name in valid for name in names):
        return None
    unknown = [(place, name) for place, name in enumerate(names) if name not in valid]
    searches = _searches(valid)
    problems = [
        _unknown_decision(place, name, valid if rank < searches else ())
        for rank, (place, name) in enumerate(unknown[:MOST_PROBLEMS])
    ]
    return InvalidRequest(problems, len(unknown) - len(problems)) if unknown else None


def _searches(names: Collection[str]) -> int:
    """Return how many times the nearest of some names may be looked for: a body can hold any number of slips."""
    return max(1, _MOST_COMPARED // max(1, len(names)))


def _unknown_decision(place: int, name: str, among: Collection[str]) -> Problem:
    says = f"The policy has no decision '{cut(name)}'.{did_you_mean(name, among)}"
    return Problem(pointer_to("decisions", place), "unknown_decision", says, nearest(name, among))


def _facts_problems(body: Mapping[str, Json]) -> Iterator[Problem]:
    if "facts" not in body:
        yield Problem("", "missing_member", "The body lacks 'facts', the object that holds the case.")
    elif not isinstance(body["facts"], dict):
        yield _wrong_type(body["facts"], "an object", "facts")


def _wrong_decisions(body: Mapping[str, Json]) -> InvalidRequest:
    names = body.get("decisions", ["all"])
    if not isinstance(names, list):
        return InvalidRequest([_wrong_type(names, "an array of names of decisions", "decisions")])
    if not names:
        says = "decisions asks for none: name one, or leave it out to ask for all."
        return InvalidRequest([Problem("/decisions", "too_short", says)])
    return _wrong_names(names)


def _wrong_names(names: Sequence[Json]) -> InvalidRequest:
    problems: list[Problem] = []
    more = 0
    seen: set[str] = set()
    for place, name in enumerate(names):
        if isinstance(name, str) and name not in seen:
            seen.add(name)
        elif len(problems) < MOST_PROBLEMS:
            problems.append(_wrong_name(place, name))
        else:
            more += 1
    return InvalidRequest(problems, more)


def _wrong_name(place: int, name: Json) -> Problem:
    if not isinstance(name, str):
        return _wrong_type(name, "the name of a decision, a string", "decisions", place)
    says = f"decisions[{place}] asks for '{cut(name)}' a second time."
    return Problem(pointer_to("decisions", place), "duplicate_item", says)


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


def _reference_problems(body: Mapping[str, Json]) -> Iterator[Problem]:
    reference = body.get("reference", "none")
    if not isinstance(reference, str):
        yield _wrong_type(reference, "what you call the case, a string", "reference")
    elif not reference:
        yield Problem("/reference", "too_short", "reference is empty: give what you call the case, or leave it out.")
    elif len(reference) > LONGEST_REFERENCE:
        says = f"reference has {len(reference)} characters; the most are {LONGEST_REFERENCE}."
        yield Problem("/reference", "too_long", says)


def _unknown_members(body: Mapping[str, Json]) -> InvalidRequest:
    names = body.keys() - set(_MEMBERS)
    told = nsmallest(MOST_PROBLEMS, names)
    room = accumulate(told, lambda left, name: left - len(name), initial=_MOST_NAMED)
    problems = [
        _unknown_member(name, pointer_to(name) if len(name) <= left else "")
        for name, left in zip(told, room, strict=False)
    ]
    return InvalidRequest(problems, len(names) - len(problems))


def _unknown_member(name: str, pointer: str) -> Problem:
    says = f"The body has no member '{cut(name)}'.{did_you_mean(name, _MEMBERS)}"
    return Problem(pointer, "unknown_member", says, nearest(name, _MEMBERS))


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
