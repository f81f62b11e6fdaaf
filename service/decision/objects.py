"""JSON objects of the same members, written over and over: the names stand ready in canonical order (RFC 8785)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TypeAlias

from service.facts.values import Period
from service.jsontext import Json, canonical, sort_key
from service.remembering import Weighed, keep

__all__ = ["Objects"]

_MOST_REMEMBERED = 1024
_HEAVIEST = 2**19
_PERIODS = frozenset({Period})

_Tree: TypeAlias = "dict[str, _Tree | int]"


class Objects:
    """Writes objects of some members, each left out where it has no value. Safe to share between threads.

    members  the names that lead to each, of inner objects first; none is within another
    as_json  what a value is as JSON, where it is no text, date or instant
    instant  writes an instant as canonical JSON
    """

    def __init__(
        self,
        members: Sequence[Sequence[str]],
        as_json: Callable[[object], Json],
        instant: Callable[[datetime], bytes],
    ) -> None:
        self._members = tuple(members)
        self._as_json = as_json
        self._instant = instant
        self._known: Weighed[str, bytes] = Weighed(_HEAVIEST)
        self._forms: dict[tuple[bool, ...], tuple[bytes, tuple[int, ...]]] = {}

    def written(self, values: Sequence[object], absent: object = None) -> bytes:
        """Return the object as canonical JSON; `values` in the order of the paths, `absent` for those left out."""
        text, order = self._form_for(values, absent)
        return text % tuple([self.value(values[i]) for i in order])

    def pattern(
        self, values: Sequence[object], is_open: Callable[[int], bool], absent: object
    ) -> tuple[bytes, tuple[int, ...]]:
        """Return the object as a format that is still to be filled, and the positions of the values that fill it.

        values   as for `written`
        is_open  says of a position whether its value is filled in later
        """
        text, order = self._form_for(values, absent)
        parts = [b"%b" if is_open(i) else self.value(values[i]).replace(b"%", b"%%") for i in order]
        return text.replace(b"%%", b"%%%%") % tuple(parts), tuple(filter(is_open, order))

    def value(self, value: object) -> bytes:
        """Return a value as canonical JSON."""
        if type(value) is str:
            found = self._known.get(value)
            return found if found is not None else self._known.keep(value, canonical(value), _MOST_REMEMBERED)
        kind = type(value)
        if kind is bool:
            return b"true" if value else b"false"
        if isinstance(value, datetime):
            return self._instant(value)
        if isinstance(value, date):
            return b'"%b"' % value.isoformat().encode()
        if kind is tuple and _PERIODS.issuperset(map(type, value)) and value:  # type: ignore[call-overload]
            return b"[%b]" % b",".join([self._period(*each) for each in value])  # type: ignore[attr-defined]
        return b"null" if value is None else canonical(self._as_json(value))

    def _period(self, since: datetime, until: datetime | None) -> bytes:
        if until is None:
            return b'{"from":%b}' % self._instant(since)
        return b'{"from":%b,"to":%b}' % (self._instant(since), self._instant(until))

    def _form_for(self, values: Sequence[object], absent: object) -> tuple[bytes, tuple[int, ...]]:
        there = tuple([value is not absent for value in values])
        return self._forms.get(there) or keep(self._forms, there, self._form(there), _MOST_REMEMBERED)

    def _form(self, there: Sequence[bool]) -> tuple[bytes, tuple[int, ...]]:
        """Return an object as a format, and the positions of the members that fill it in order."""
        tree: _Tree = {}
        for i, (*around, last) in enumerate(self._members):
            holder = tree
            for step in around if there[i] else ():
                holder = holder.setdefault(step, {})  # type: ignore[assignment]
            if there[i]:
                holder[last] = i
        order: list[int] = []
        return _form_of(tree, order), tuple(order)


def _form_of(tree: _Tree, order: list[int]) -> bytes:
    parts: list[bytes] = []
    for name in sorted(tree, key=sort_key):
        inner = tree[name]
        if isinstance(inner, int):
            order.append(inner)
        form = b"%b" if isinstance(inner, int) else _form_of(inner, order)
        parts.append(canonical(name).replace(b"%", b"%%") + b":" + form)
    return b"{%b}" % b",".join(parts)
