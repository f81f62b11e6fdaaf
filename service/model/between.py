"""Derived facts that stand between two parts of a decision: as its own parts see them, from its members by `Own`.

To all others they are what `facts.yaml` says of them, derived from the members of a decision as others read these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from service.model.derivations import Derived, reading
from service.model.names import Key, Own
from service.model.order import reached

__all__ = ["between", "resting_on_members"]


def resting_on_members(
    derived: Mapping[str, Derived], members: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """Return for each decision the derived facts that rest on a member of it, over derived facts alone.

    derived  each after those that it reads
    members  decision -> the full names of its members
    """
    found: dict[str, frozenset[str]] = {}
    for decision, own in members.items():
        resting: set[Key] = set()
        for name, each in derived.items():
            if any(read in own or read in resting for read in each.inputs):
                resting.add(name)
        found[decision] = frozenset(map(str, resting))
    return found


def between(
    derived: Mapping[str, Derived], members: Mapping[str, frozenset[str]], read: Mapping[str, Iterable[Key]]
) -> dict[Own, Derived]:
    """Return the derived facts that decisions read of their own members, as these decisions see them.

    members  decision -> the full names of its members
    read     decision -> the names that it reads
    """
    resting = resting_on_members(derived, members)
    return {
        Own(each.name): replace(each, is_between=True, how=reading(each.how, partial(_within, own)))
        for decision, names in read.items()
        for own in (members[decision] | resting[decision],)
        for each in _seen(derived, names, own)
    }


def _within(own: frozenset[str], name: Key) -> Key:
    return Own(name) if isinstance(name, str) and name in own else name


def _seen(derived: Mapping[str, Derived], read: Iterable[Key], own: frozenset[str]) -> Iterator[Derived]:
    """Yield the derived facts that a decision reads and that rest on its members, these among `own`."""
    by_key: dict[Key, Derived] = {each.key: each for each in derived.values()}
    asked = [key.name for key in read if isinstance(key, Own)]
    for name in reached(asked, lambda each: by_key[each].inputs if each in by_key else ()):
        if name in own and name in by_key:
            yield by_key[name]
