"""The call that finds decisions: `GET /v1/decisions`. What a query means is in `audit/log/search.py`."""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache, partial
from typing import Any, cast
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from service.audit.index.search_index import read_entry
from service.audit.index.terms import LONGEST_VALUE, Scalar, is_term
from service.audit.log.entries import Kept
from service.audit.log.search import MemberFilter, Query, search
from service.audit.log.store import Store
from service.decision.desk import Desk
from service.errors import MalformedJson
from service.instants import read_instant
from service.jsontext import Json, canonical, parse
from service.pack.case_files import STATUSES
from service.web.answers import accept_json, answer_json
from service.web.callers import require
from service.web.pack_pages import PackPages
from service.web.parameters import read_parameters
from service.web.problems import refuse
from service.web.stored import there
from service.wording import did_you_mean

__all__ = ["DEFAULT_LIMIT", "FILTERS", "MOST_ITEMS", "find", "names_of", "search_calls"]

FILTERS: Mapping[str, str] = {
    "reference": "What the caller called the case, all of it.",
    "fact": "A searchable fact and its value, as `customer.number:4711`; or a JSON object of such facts.",
    "from": "Decided at this RFC 3339 instant or later.",
    "until": "Decided before this RFC 3339 instant.",
    "policy": "The id of the policy that decided.",
    "version": "Its version.",
    "digest": "Its digest.",
    "decision": "A decision in the document. With it, the filters below are about this decision.",
    "status": "The status of a decision.",
    "outcome": "What is in an outcome: a member and its value as `level:2`, the names of nested members dotted; a JSON "
    "object of members; or a value that any member has.",
    "rule": "A rule in `because`.",
    "overruled": "A rule in `overruled`.",
    "clause": "A clause that `because` or `notes` cites.",
    "caller": "Who asked.",
}
"""The query parameters that say what is searched for, with what they mean."""

DEFAULT_LIMIT = 50
MOST_ITEMS = 500

_ALL_FACTS = "facts"
"""Under which `names_of` has all facts of the policies, also those that nothing is searched by."""

_TEXTS = ("policy", "version", "digest", "decision", "rule", "overruled", "clause", "caller", "reference")
_MOST_MEMBERS = 16
_BETWEEN = re.compile("[:=]")
_SEQUENCE = 8  # bytes in a cursor, before as many of a hash of the filters


def search_calls(desk: Desk, store: Store | None) -> Blueprint:
    """Return the call."""
    calls = Blueprint("searching", __name__)
    names = cache(partial(names_of, desk))

    @calls.get("/v1/decisions")
    def found() -> Response:
        require("read")
        accept_json()
        given = read_parameters(*FILTERS, "limit", "cursor")
        page = find(there(store), given, names)
        response = answer_json(page)
        if page["next"] is not None:
            response.headers["Link"] = _link({**given, "cursor": page["next"]})
        return response

    return calls


def find(
    store: Store, given: Mapping[str, str], names: Callable[[], Mapping[str, frozenset[str]]]
) -> Mapping[str, Any]:
    """Return the page of decisions that parameters ask for, as it is answered. Raises Refusal `bad-parameter`.

    names  called where nothing is found: the names that there are, by the parameter that asks for one
    """
    filters = {name: value for name, value in given.items() if name in FILTERS}
    query, limit = _query(filters), _limit(given.get("limit"))
    before = None if "cursor" not in given else _read_cursor(given["cursor"], filters)
    page = search(store, query, limit, before)
    if not page.items and before is None:
        paths = {"fact": query.facts, "outcome": query.outcome}
        members = [(name, each.path) for name, found in paths.items() for each in found if each.path is not None]
        _refuse_slips([*((name, value) for name, value in filters.items() if name not in paths), *members], names())
    following = None if page.next is None else _cursor(page.next, filters)
    return {"damaged": page.damaged, "decisions": list(map(_shown, page.items)), "next": following}


def names_of(desk: Desk) -> Mapping[str, frozenset[str]]:
    """Return the names that the loaded policies have, by the parameter that asks for one; and all of their facts."""
    policies = [policy for versions in desk.policies.values() for policy in versions]
    pages = [cast("Mapping[str, Any]", parse(PackPages(policy).clauses)) for policy in policies]
    clauses = [clause for page in pages for clause in page["clauses"]]
    rules = frozenset(rule for clause in clauses for rule in clause["cited_by"])
    return {
        "policy": frozenset(desk.policies),
        "decision": frozenset(name for policy in policies for name in policy.pack.decisions),
        "clause": frozenset(clause["clause"] for clause in clauses),
        "rule": rules,
        "overruled": rules,
        "fact": frozenset(name for policy in policies for name in policy.pack.facts.searchable),
        _ALL_FACTS: frozenset(name for policy in policies for name in policy.pack.facts.facts),
        "outcome": frozenset(
            member.path for policy in policies for each in policy.pack.decisions.values() for member in each.members
        ),
    }


def _refuse_slips(asked: Iterable[tuple[str, str]], names: Mapping[str, frozenset[str]]) -> None:
    """Refuse a name that finds nothing, that no loaded policy has, and that is nearly one that there is.

    A fact that they have, and by which nothing is searched, is refused as well.
    Any other that finds nothing may have been in a version that nobody has any more.
    """
    for name, given in asked:
        there_are = names.get(name, frozenset())
        if (
            given not in there_are
            and not _is_inside(name, given, there_are)
            and (hint := did_you_mean(given, there_are))
        ):
            refuse("bad-parameter", f"'{name}' is '{given[:40]}', which finds nothing and no policy has.{hint}")
        if name == "fact" and given in names[_ALL_FACTS] - there_are:
            why = "nothing is searched by it, as its schema does not mark it `x-searchable`"
            refuse("bad-parameter", f"'fact' is '{given[:40]}', which finds nothing: {why}.")


def _is_inside(name: str, given: str, members: frozenset[str]) -> bool:
    """Say whether a name is of something within a member of an outcome: of what is inside, no pack tells the names."""
    return name == "outcome" and any(given.startswith(f"{member}.") for member in members)


def _query(filters: Mapping[str, str]) -> Query:
    for name, value in filters.items():
        if not value:
            refuse("bad-parameter", f"The query parameter '{name}' is empty: give it a value, or leave it out.")
    since, until = _instant("from", filters), _instant("until", filters)
    if since is not None and until is not None and since >= until:
        refuse("bad-parameter", "'from' is not before 'until': nothing was decided between them.")
    return Query(
        since,
        until,
        status=_status(filters.get("status")),
        outcome=_members_of("outcome", filters.get("outcome")),
        facts=_facts(filters.get("fact")),
        **{name: filters[name] for name in _TEXTS if name in filters},
    )


def _instant(name: str, filters: Mapping[str, str]) -> datetime | None:
    if name not in filters:
        return None
    try:
        return read_instant(filters[name])
    except ValueError as error:
        hint = " In a query '+' means a space: write '%2B'." if " " in filters[name] else ""
        refuse("bad-parameter", f"'{name}' {error}.{hint}")


def _status(given: str | None) -> str | None:
    if given is not None and given not in STATUSES:
        hint = did_you_mean(given, STATUSES)
        refuse("bad-parameter", f"There is no status '{given[:40]}'.{hint} There is: {', '.join(STATUSES)}.")
    return given


def _facts(given: str | None) -> tuple[MemberFilter, ...]:
    found = _members_of("fact", given)
    if any(each.path is None for each in found):
        refuse("bad-parameter", "'fact' must name the fact before its value, such as 'customer.number:4711'.")
    return found


def _members_of(name: str, given: str | None) -> tuple[MemberFilter, ...]:
    """Return the members that are meant by a JSON object, by a path and a value, or by a value alone."""
    if given is None:
        return ()
    text, path = given.strip(), None
    values = _values(text)
    if values == (text,):  # no JSON
        path, text = _parted(name, text)
        values = _values(text)
    members = tuple(_members(name, path, values))
    if len(members) > _MOST_MEMBERS:
        refuse("bad-parameter", f"'{name}' has {len(members)} members, and can have {_MOST_MEMBERS}.")
    return members


def _parted(parameter: str, text: str) -> tuple[str | None, str]:
    """Return the path of a member and its value; without a path, the value of any."""
    if text.startswith("{"):
        refuse(
            "bad-parameter", f"'{parameter}' begins like a JSON object and is none: names and texts stand in quotes."
        )
    path, *rest = map(str.strip, _BETWEEN.split(text, maxsplit=1))
    if not rest and path:
        return None, path
    if not path or not rest[0]:
        refuse("bad-parameter", f"'{parameter}' must be a value, or a name and its value, such as 'level:2'.")
    return path, rest[0]


def _values(text: str) -> tuple[Json, ...]:
    """Return what a text can mean: `2` is a number, and a text as well."""
    try:
        value = parse(text.encode())
    except MalformedJson:
        return (text,)
    return (value, text) if isinstance(value, (bool, int, float)) else (value,)


def _members(parameter: str, path: str | None, values: tuple[Json, ...]) -> Iterator[MemberFilter]:
    """Yield the member of a path that has one of some values, or those inside of an object."""
    value = values[0]
    if isinstance(value, Mapping) and value:
        for name, member in value.items():
            yield from _members(parameter, name if path is None else f"{path}.{name}", (member,))
        return
    if value is None or isinstance(value, (Mapping, list)):
        what = "null" if value is None else "an empty object" if value == {} else "a list, but its elements can"
        refuse("bad-parameter", f"'{parameter}' can't be {what}. A text that looks like that stands in double quotes.")
    if parameter == "outcome" and not all(map(is_term, values)):
        refuse(
            "bad-parameter", f"'outcome': instants, and texts of more than {LONGEST_VALUE} characters, are not found."
        )
    yield MemberFilter(path, cast("tuple[Scalar, ...]", values))


def _limit(given: str | None) -> int:
    if given is None:
        return DEFAULT_LIMIT
    if not (
        given.isascii() and given.isdecimal() and len(given) <= len(str(MOST_ITEMS)) and 0 < int(given) <= MOST_ITEMS
    ):
        refuse("bad-parameter", f"'limit' is '{given[:40]}', and must be a whole number from 1 to {MOST_ITEMS}.")
    return int(given)


def _link(following: Mapping[str, str]) -> str:
    """Return the value of the header `Link` that leads to the next page (RFC 8288)."""
    return f'<{request.script_root}/v1/decisions?{urlencode(following)}>; rel="next"'


def _cursor(sequence: int, filters: Mapping[str, str]) -> str:
    digest = hashlib.sha256(canonical(filters)).digest()[:_SEQUENCE]
    return urlsafe_b64encode(sequence.to_bytes(_SEQUENCE) + digest).rstrip(b"=").decode()


def _read_cursor(given: str, filters: Mapping[str, str]) -> int:
    """Return the sequence before which to go on."""
    try:
        found = urlsafe_b64decode(given.encode("ascii") + b"==")
        sequence = int.from_bytes(found[:_SEQUENCE])
    except ValueError:
        refuse("bad-parameter", "'cursor' is none that this service gave: take it from 'next' as it is.")
    if given != _cursor(sequence, filters):
        refuse("bad-parameter", "'cursor' is none of a search with these filters: repeat those that it was given for.")
    return sequence


def _shown(kept: Kept) -> Json:
    told = read_entry(kept.entry.body)
    return {
        "id": kept.entry.id,
        "sequence": kept.sequence,
        "decided_at": told["decided_at"],
        "as_of": told["as_of"],
        "caller": told.get("caller"),
        "reference": told.get("reference"),
        "policy": told["policy"],
        "decisions": {
            name: {"status": each["status"], "outcome": each["outcome"]} for name, each in told["decisions"].items()
        },
    }
