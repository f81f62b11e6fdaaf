"""Terms: what an entry of the audit log can be found by, as texts. Where they are kept is in `search_index.py`.

The entries of a block are indexed once. So what `terms_of` gives for an entry changes only together with a step of
`migrations` that empties the index; a kind of term for what no entry had before needs none.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import orjson

from service.jsontext import Json, canonical

__all__ = ["DAMAGED", "LONGEST_VALUE", "Scalar", "TermKind", "is_term", "term", "terms_of", "time_of", "value_at"]

TermKind: TypeAlias = Literal[
    "caller",
    "clause",
    "damaged",
    "decision",
    "digest",
    "fact",
    "outcome",
    "overruled",
    "policy",
    "reference",
    "rule",
    "status",
    "value",
    "version",
]
Scalar: TypeAlias = bool | int | float | str

LONGEST_VALUE = 80
"""Characters of a value of an outcome that is a term: a longer one is prose."""

_OF_CALLER: tuple[TermKind, ...] = ("caller", "reference")
_LONGEST_TERM = 500  # characters; PostgreSQL takes no more than 2,704 bytes into an index
_SHORTEST_INSTANT = len("2026-01-31T09:00:00Z")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")


@lru_cache(maxsize=65536, typed=True)  # the same few thousand occur again and again
def term(kind: TermKind, *parts: Scalar) -> str:
    """Return a term: canonical JSON of its kind, then of where it holds, then of what it is.

    >>> term("status", "decided")
    '["status","decided"]'
    >>> term("outcome", "fine", "amount", 2)
    '["outcome","fine","amount",2]'
    """
    text = canonical([kind, *parts]).decode()
    return text if len(text) <= _LONGEST_TERM else "sha256:" + hashlib.sha256(text.encode()).hexdigest()


DAMAGED = term("damaged")
"""Of an entry that is gone, is none, or no longer has the hash that it was stored with: nobody can tell what it was
found by."""


def terms_of(entry: Mapping[str, Any]) -> set[str]:
    """Return the terms of an entry, given as the object that its body is; only a decision has any.

    caller NAME                    where callers are known
    reference TEXT                 where the caller has told what it calls the case
    fact NAME VALUE                for each fact that the entry names as searchable, and for each element of a list
    policy ID, policy ID VERSION, version VERSION, digest DIGEST
    decision NAME                  for each decision in the document
    status STATUS                  for each of its statuses
    rule ID, overruled ID          for each rule that stands in `because`, in `overruled`
    clause ID                      for each clause that `because` or `notes` cites
    outcome PATH VALUE             for each member of an outcome, its path dotted, and for each element of a list
    value VALUE                    for the same, wherever in an outcome it is

    From `status` on also with the decision: `status NAME STATUS`. Instants and texts of more than 80 characters are no
    terms: they would be as many as the entries.
    """
    if entry["kind"] != "decision":
        return set()
    policy = entry["policy"]
    found = {
        term("policy", policy["id"]),
        term("policy", policy["id"], policy["version"]),
        term("version", policy["version"]),
        term("digest", policy["digest"]),
    }
    for kind in _OF_CALLER:
        if entry.get(kind) is not None:
            found.add(term(kind, entry[kind]))
    for name in entry.get("searchable", ()):
        value = value_at(entry["facts"], name)
        found.update(term("fact", name, each) for each in (value if isinstance(value, list) else [value]))
    for name, told in entry["decisions"].items():
        found |= _of_decision(name, told)
    return found


def value_at(facts: Mapping[str, Any], name: str) -> Any:
    """Return the value of a fact by its dotted name; None where it is not given."""
    found: Any = facts
    for step in name.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def time_of(entry: Mapping[str, Any]) -> str:
    """Return when an entry was made: RFC 3339 in UTC, to the millisecond. The order of such texts is that of time.

    Raises KeyError or ValueError where the entry does not tell.
    """
    made: object = entry["decided_at"] if "decided_at" in entry else entry["at"]
    if not isinstance(made, str) or not made.isprintable():
        raise ValueError("the time of an entry is a text")
    return made


def is_term(value: Json) -> bool:
    """Tell whether an outcome can be found by a value of its members."""
    if isinstance(value, str):
        return len(value) <= LONGEST_VALUE and (len(value) < _SHORTEST_INSTANT or not _INSTANT.fullmatch(value))
    return isinstance(value, (bool, int, float))


def _of_decision(name: str, told: Mapping[str, Any]) -> frozenset[str]:
    try:
        written = orjson.dumps((name, told))
    except TypeError:  # it writes no integer of more than 64 bits
        return _of_told(name, told)
    return _of_written(written)


@lru_cache(maxsize=4096)  # most of what is decided was decided before
def _of_written(written: bytes) -> frozenset[str]:
    return _of_told(*orjson.loads(written))


def _of_told(name: str, told: Mapping[str, Any]) -> frozenset[str]:
    because, overruled = told["because"], told["overruled"]
    found = {term("decision", name), *_both("status", name, told["status"])}
    for reason in because:
        found.update(_both("rule", name, reason["rule"]))
    for reason in overruled:
        found.update(_both("overruled", name, reason["rule"]))
    for clause in {cited["clause"] for citing in (*because, *told["notes"]) for cited in citing["cites"]}:
        found.update(_both("clause", name, clause))
    for path, value in _members(told["outcome"], ""):
        found.update(_both("outcome", name, path, value), _both("value", name, value))
    return frozenset(found)


@lru_cache(maxsize=65536, typed=True)
def _both(kind: TermKind, decision: str, *parts: Scalar) -> tuple[str, str]:
    return term(kind, *parts), term(kind, decision, *parts)


def _members(value: Any, path: str) -> list[tuple[str, Scalar]]:
    """Return the scalars inside an outcome that are terms, each with its path."""
    if isinstance(value, dict):
        pairs = ((member, f"{path}.{name}" if path else name) for name, member in value.items())
    elif isinstance(value, list):
        pairs = ((element, path) for element in value)
    else:
        return [(path, value)] if is_term(value) else []
    return [found for member, place in pairs for found in _members(member, place)]
