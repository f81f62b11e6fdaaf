"""JSON between bytes and values: strict when read, canonical when written. What the values mean is not its business."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import isinf
from typing import Any, TypeAlias

import jiter
import orjson
import rfc8785

from service.errors import MalformedJson

__all__ = ["Json", "canonical", "parse"]

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""A JSON value; what `parse` returns is built from dict and list."""

_PLACE = re.compile(r" at line (\d+) column (\d+)\Z")
# A number with an exponent, not the middle of a hash; or one with so many digits before its point.
_MAY_OVERFLOW = re.compile(rb"[:,\[\s-](?:[0-9]+(?:\.[0-9]+)?[eE][+0-9]|[0-9]{309})")
_STRING_OR_NUMBER = re.compile(rb'"(?:[^"\\]|\\.)*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?', re.DOTALL)
_ABOVE_BMP = re.compile(rb"[\xf0-\xf4]")
_PLAIN = frozenset({str, int, bool, type(None)})


def parse(text: bytes) -> Json:
    """Return the value that strict JSON text stands for (RFC 8259, in UTF-8, without a byte order mark).

    Integers keep every digit; other numbers become doubles.
    Raises MalformedJson, at the first fault, for bad syntax, UTF-8 or surrogates, for a member given twice (and names
    it), NaN, Infinity, a number beyond the doubles, an integer of more than 4,300 digits and nesting deeper than 200.

    >>> parse(b'{"loan": {"days": 3}}')
    {'loan': {'days': 3}}
    """
    try:
        value: Json = jiter.from_json(text, allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError as error:
        raise _malformed(text, str(error)) from None
    # A number alone has nothing before it, and is looked at in any case.
    if (isinstance(value, float) or _MAY_OVERFLOW.search(text)) and _is_infinite(value):
        raise _overflow(text)
    return value


def canonical(value: Json) -> bytes:
    """Return the canonical bytes of a value: JSON Canonicalization Scheme (RFC 8785).

    Beyond the RFC, whose numbers are doubles, an integer outside ±(2**53 - 1) is written out in full, so that two
    integers that differ never get the same bytes. A tuple is written as an array.
    Raises ValueError for NaN, infinities and lone surrogates, TypeError for what is no JSON.

    >>> canonical({"b": 1.0, "a": [None, "é"]}) == '{"a":[null,"é"],"b":1}'.encode()
    True
    """
    if _is_plain(value):
        try:
            text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
        except TypeError:
            return _written(value)
        # orjson sorts keys by code point and the RFC by UTF-16 unit: they differ only for keys above the BMP.
        if text.isascii() or not _ABOVE_BMP.search(text):
            return text
    return _written(value)


def _malformed(text: bytes, reason: str) -> MalformedJson:
    place = _PLACE.search(reason)
    line, column = (int(place[1]), int(place[2])) if place else (1, 0)
    if text.startswith(b"\xef\xbb\xbf"):
        return MalformedJson("a byte order mark stands before the JSON text; leave it out", 1, 1)
    return MalformedJson(_reason(text, line, column, _PLACE.sub("", reason)), line, column)


def _reason(text: bytes, line: int, column: int, reason: str) -> str:
    """Return the parser's reason, or a plainer one where its own would puzzle."""
    if reason.startswith("Detected duplicate key"):
        return f"the member {reason.removeprefix('Detected duplicate key ')} is given twice in one object"
    rest = text.split(b"\n")[line - 1][max(column - 1, 0) :]
    if rest.lstrip(b"-").startswith((b"NaN", b"Infinity")):
        return "NaN and Infinity are no JSON numbers"
    return reason


def _is_infinite(value: Json) -> bool:
    if isinstance(value, float):
        return isinf(value)
    if isinstance(value, dict):
        return any(map(_is_infinite, value.values()))
    return isinstance(value, list) and any(map(_is_infinite, value))


def _overflow(text: bytes) -> MalformedJson:
    """Return the error for the first number of valid JSON text that becomes infinite."""
    for token in _STRING_OR_NUMBER.finditer(text):
        if token[0][:1] != b'"' and not token[0].lstrip(b"-").isdigit() and isinf(float(token[0])):
            start = text.rfind(b"\n", 0, token.start()) + 1
            line = text.count(b"\n", 0, token.start()) + 1
            return MalformedJson("a number is too large for a double", line, token.start() - start + 1)
    raise AssertionError("an infinite value comes from a number in the text")


def _is_plain(value: Json) -> bool:
    """Tell whether no float and nothing but JSON's own types is inside, for which orjson's bytes are the RFC's."""
    unread: list[Any] = [(value,)]
    for values in unread:  # It grows while it is read: thrice as fast as a call for each object.
        for each in values:
            kind = type(each)
            if kind is dict:
                unread.append(each.values())
            elif kind is list or kind is tuple:
                unread.append(each)
            elif kind not in _PLAIN:
                return False
    return True


def _written(value: Json) -> bytes:
    """Write a value member by member; the library writes strings and floats, and knows no integer beyond 2**53."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value).encode()
    if isinstance(value, Mapping):
        members = [rfc8785.dumps(name) + b":" + _written(value[name]) for name in sorted(value, key=_sort_key)]
        return b"{" + b",".join(members) + b"}"
    if isinstance(value, (list, tuple)):
        return b"[" + b",".join(map(_written, value)) + b"]"
    if value is None or isinstance(value, (bool, float, str)):
        return rfc8785.dumps(value)
    raise TypeError(f"a {type(value).__name__} is no JSON value")


def _sort_key(name: object) -> bytes:
    """Return what the RFC sorts a member name by: its UTF-16 code units."""
    if not isinstance(name, str):
        raise TypeError(f"a member name must be a string, not {name!r}")
    return name.encode("utf-16-be")
