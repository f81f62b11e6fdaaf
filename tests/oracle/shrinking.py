"""Makes a pack smaller while it still shows a disagreement: rules, parts, decisions and facts are dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import islice
from typing import Any

__all__ = ["shrunk"]

_MOST_TRIES = 150


def shrunk(pack: dict[str, Any], shows: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return a smaller pack that `shows` still says yes to; the pack itself where none does."""
    tries = place = 0
    is_smaller = False
    while tries < _MOST_TRIES:
        smaller = next(islice(_smaller(pack), place, None), None)
        if smaller is None and not is_smaller:
            break
        if smaller is None:  # once more from the start: what could not go before may go now
            place, is_smaller = 0, False
            continue
        tries += 1
        if shows(smaller):
            pack, is_smaller = smaller, True  # what stood at this place is gone: the next thing stands there now
        else:
            place += 1
    return pack


def _smaller(pack: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in pack["decisions"]:
        if len(pack["decisions"]) > 1:
            smaller = deepcopy(pack)
            del smaller["decisions"][name]
            smaller["head"]["decisions"].remove(name)
            yield smaller
    for path in list(_droppable(pack["decisions"], ())):
        smaller = deepcopy(pack)
        _drop(smaller["decisions"], path)
        yield smaller
    for key in ("derived", "values", "sets"):
        for place in range(len(pack["facts"].get(key, ()))):
            smaller = deepcopy(pack)
            entries = smaller["facts"][key]
            del entries[list(entries)[place] if isinstance(entries, dict) else place]
            if not entries:
                del smaller["facts"][key]
            yield smaller
    for path in list(_properties(pack["schema"], ())):
        smaller = deepcopy(pack)
        _drop(smaller["schema"], path)
        yield smaller


_Path = tuple[Any, ...]


def _droppable(written: Any, path: _Path) -> Iterator[_Path]:
    """Yield the places of what can be left out: elements of lists, optional keys, conditions, members."""
    if isinstance(written, list):
        for place, each in enumerate(written):
            if len(written) > 1 or path[-1] == "notes":
                yield (*path, place)
            yield from _droppable(each, (*path, place))
    elif isinstance(written, dict):
        around = path[-1] if path else None
        for key, each in written.items():
            if key in ("applies_when", "when", "notes", "outranks", "hit_policy") or around in (
                "gives",
                "then",
                "when",
            ):
                yield (*path, key)
            yield from _droppable(each, (*path, key))


def _properties(schema: Any, path: _Path) -> Iterator[_Path]:
    for name, each in schema["properties"].items():
        here = (*path, "properties", name)
        yield here
        if each["type"] == "object":
            yield from _properties(each, here)
        else:
            yield from ((*here, key) for key in each if key in ("default", "x-absent", "x-personal"))


def _drop(written: Any, path: _Path) -> None:
    for step in path[:-1]:
        written = written[step]
    del written[path[-1]]
