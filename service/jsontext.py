"""JSON between bytes and values: strict when read, canonical when written. What the values mean is not its business."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import isinf
from typing import Any, TypeAlias

import jiter
import orjson
import rfc8785

from service.errors import MalformedJson
from service.wording import cut

__all__ = ["Json", "canonical", "parse", "parse_kept", "skim", "sort_key"]

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""A JSON value; what `parse` returns is built from dict and list."""

_PLACE = re.compile(r" at line (\d+) column (\d+)\Z")
# A number with an exponent, not the middle of a hash; or one with so many digits before its point.
_MAY_OVERFLOW = re.compile(rb"[:,\[\s-](?:[0-9]+(?:\.[0-9]+)?[eE][+0-9]|[0-9]{309})")
# What has either in it, found in a fifth of the time: each digit read as 0.
_ALIKE = bytes.maketrans(b"0123456789E", b"0000000000e")
_EXPONENT, _MANY_DIGITS = b"0e", b"0" * 309
# A text, so that no number is looked for within it; or such a number. Each is read once, from its first character.
_STRING_OR_LARGE = re.compile(
    rb'"(?:[^"\\]++|\\.)*+"'
    rb"|(?<![0-9.eE+-])-?(?:[0-9]{309,}+(?:\.[0-9]++)?+(?:[eE][-+]?[0-9]++)?+|[0-9]++(?:\.[0-9]++)?+[eE][-+]?[0-9]++)",
    re.DOTALL,
)
_ABOVE_BMP = re.compile(rb"[\xf0-\xf4]")
_PLAIN = frozenset({str, int, bool, type(None)})
_BEYOND = 2**1024 - 2**970  # the smallest integer that becomes infinite as a double
_TOO_LONG = "number out of range"  # an integer of more than 4,300 digits


def parse(text: bytes) -> Json:
    """Return the value that strict JSON text stands for (RFC 8259, in UTF-8, without a byte order mark).

    Integers keep every digit; other numbers become doubles.
    Raises MalformedJson, at the first fault, for bad syntax, UTF-8 or surrogates, for a member given twice (and names
    it), NaN, Infinity, a number beyond the doubles, whole or not, and nesting deeper than 200.

    >>> parse(b'{"loan": {"days": 3}}')
    {'loan': {'days': 3}}
    """
    return _read(text, beyond=_BEYOND)


def parse_kept(text: bytes) -> Json:
    """Return what `parse` does, but take integers of up to 4,300 digits: logs keep some that were taken once.

    Raises MalformedJson as well.
    """
    return _read(text, beyond=None)


def skim(text: bytes) -> Any:
    """Return what JSON text says that somebody else answers for, in a fifth of the time.

    Integers of more than 64 bits may become doubles, and of a member given twice the last counts.
    Raises ValueError for what is no JSON.
    """
    try:
        return orjson.loads(text)
    except ValueError:  # it reads no integer beyond the doubles
        return jiter.from_json(text, allow_inf_nan=False)


def canonical(value: Json) -> bytes:
    """Return the canonical bytes of a value: JSON Canonicalization Scheme (RFC 8785).

    Beyond the RFC, whose numbers are doubles, an integer outside ±(2**53 - 1) is written out in full, so that two
    integers that differ never get the same bytes. A tuple is written as an array.
    Raises ValueError for NaN, infinities and lone surrogates, TypeError for what is no JSON.

    >>> canonical({"b": 1.0, "a": [None, "é"]}) == '{"a":[null,"é"],"b":1}'.encode()
    True
    """
    if value is None:
        return b"null"
    if type(value) is str or _is_plain(value):
        try:
            text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
        except TypeError:
            return _written(value)
        # orjson sorts keys by code point and the RFC by UTF-16 unit: they differ only for keys above the BMP.
        if text.isascii() or not _ABOVE_BMP.search(text):
            return text
    return _written(value)


def _read(text: bytes, beyond: int | None) -> Json:
    """Return the value of strict JSON text, unless a number in it is infinite, or an integer lies beyond a bound."""
    try:
        value: Json = jiter.from_json(text, allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError as error:
        raise _malformed(text, str(error)) from None
    if _may_overflow(text, value) and _has_too_large(value, beyond):
        raise _overflow(text, 1, 1)
    return value


def _malformed(text: bytes, reason: str) -> MalformedJson:
    place = _PLACE.search(reason)
    line, column = (int(place[1]), int(place[2])) if place else (1, 0)
    if reason.startswith(_TOO_LONG):
        return _overflow(text, line, column)
    if text.startswith(b"\xef\xbb\xbf"):
        return MalformedJson("a byte order mark stands before the JSON text; leave it out", 1, 1)
    return MalformedJson(_reason(text, line, column, _PLACE.sub("", reason)), line, column)


def _reason(text: bytes, line: int, column: int, reason: str) -> str:
    """Return the parser's reason, or a plainer one where its own would puzzle."""
    if reason.startswith("Detected duplicate key"):
        return f"the member {cut(reason.removeprefix('Detected duplicate key '), 200)} is given twice in one object"
    rest = text.split(b"\n")[line - 1][max(column - 1, 0) :]
    if rest.lstrip(b"-").startswith((b"NaN", b"Infinity")):
        return "NaN and Infinity are no JSON numbers"
    return reason


def _may_overflow(text: bytes, value: Json) -> bool:
    # A number alone has nothing before it, and is looked at in any case.
    if isinstance(value, (int, float)):
        return True
    alike = text.translate(_ALIKE)
    return (_EXPONENT in alike or _MANY_DIGITS in alike) and _MAY_OVERFLOW.search(text) is not None


def _has_too_large(value: Json, beyond: int | None) -> bool:
    """Tell whether a number inside is infinite, or an integer inside lies beyond a bound."""
    for each in _scalars(value):
        if isinstance(each, float):
            if isinf(each):
                return True
        elif beyond is not None and isinstance(each, int) and not -beyond < each < beyond:
            return True
    return False


def _overflow(text: bytes, line: int, column: int) -> MalformedJson:
    """Return the error for the first number that becomes infinite, in text that is valid JSON before it.

    line, column  where the parser stopped, for a number that is too long for it and yet is none
    """
    for token in _STRING_OR_LARGE.finditer(text):
        if token[0][:1] != b'"' and isinf(float(token[0])):
            start = text.rfind(b"\n", 0, token.start()) + 1
            line = text.count(b"\n", 0, token.start()) + 1
            return MalformedJson("a number is too large for a double", line, token.start() - start + 1)
    return MalformedJson("a number has more digits than can be read", line, column)


def _is_plain(value: Json) -> bool:
    """Tell whether nothing but JSON's own types is inside, and of floats those alone that orjson writes as the RFC."""
    unread: list[Any] = [(value,)]
    for values in unread:  # It grows while it is read: thrice as fast as a call for each object.
        for each in values:
            kind = type(each)
            if kind is dict:
                unread.append(each.values())
            elif kind is list or kind is tuple:
                unread.append(each)
            elif kind not in _PLAIN and (kind is not float or not _is_plain_float(each)):
                return False
    return True


def _is_plain_float(value: float) -> bool:
    """Tell whether ECMAScript, and so the RFC, writes a number without exponent, and with a point."""
    return (1e-5 <= value < 1e16 or -1e16 < value <= -1e-5) and not value.is_integer()


def _scalars(value: Json) -> Iterator[Any]:
    """Yield what is inside a value and is neither list nor object, in no order."""
    unread: list[Any] = [(value,)]
    while unread:
        values = unread.pop()
        for each in values.values() if type(values) is dict else values:
            kind = type(each)
            if kind is dict or kind is list or kind is tuple:
                if each:
                    unread.append(each)
            else:
                yield each


def _written(value: Json) -> bytes:
    """Write a value member by member; the library writes strings and floats, and knows no integer beyond 2**53."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value).encode()
    if isinstance(value, Mapping):
        members = [rfc8785.dumps(name) + b":" + _written(value[name]) for name in sorted(value, key=sort_key)]
        return b"{" + b",".join(members) + b"}"
    if isinstance(value, (list, tuple)):
        return b"[" + b",".join(map(_written, value)) + b"]"
    if value is None or isinstance(value, (bool, float, str)):
        return rfc8785.dumps(value)
    raise TypeError(f"a {type(value).__name__} is no JSON value")


def sort_key(name: object) -> bytes:
    """Return what the RFC sorts a member name by: its UTF-16 code units."""
    if not isinstance(name, str):
        raise TypeError(f"a member name must be a string, not {name!r}")
    return name.encode("utf-16-be")
