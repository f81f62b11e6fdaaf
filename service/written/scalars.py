"""What one unquoted word of YAML says: text, a number, true or false, or a trap. No files and no places here.

YAML 1.1 and 1.2 disagree on `no`, `08:00`, `010` and more, and both lose the writing of `1.10`. Whatever the two could
read differently, or would not give back as it was written, is refused here with its mend; what is left means the same
to every reader.
"""

from __future__ import annotations

import re

__all__ = ["SURE_INTEGER", "Trap", "plain_scalar"]

SURE_INTEGER = 2**53 - 1
"""The largest whole number that every JSON reader keeps exactly (RFC 8259, section 6)."""

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?")
_TIME = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-9]{1,2})+(?:\.[0-9_]*)?")
_NUMERALS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("octal_number", "an octal number", re.compile(r"[-+]?0[oO][0-7_]+")),
    ("hexadecimal_number", "a hexadecimal number", re.compile(r"[-+]?0[xX][0-9a-fA-F_]+")),
    ("binary_number", "a binary number", re.compile(r"[-+]?0[bB][01_]+")),
    ("not_finite", "infinity or not-a-number", re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")),
    ("leading_zero", "a number with a leading zero", re.compile(r"[-+]?0[0-9][0-9_]*(?:\.[0-9_]*)?")),
    ("underscored_number", "a number with underscores", re.compile(r"[-+]?(?:[0-9][0-9_]*)?\.?[0-9][0-9_]*_[0-9_.]*")),
)
_LOOSE_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_NULLS = frozenset({"~", "null", "Null", "NULL"})
_SWITCHES = frozenset({"yes", "no", "on", "off", "y", "n"})


class Trap(ValueError):
    """A word that YAML would guess at. `code` is for programs; the text says what is wrong and how to mend it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def plain_scalar(written: str) -> str | int | float | bool:
    """Return what an unquoted scalar says. Raises Trap for one that must be quoted or written otherwise.

    >>> plain_scalar("12"), plain_scalar("1.5"), plain_scalar("true"), plain_scalar("09:00-17:00")
    (12, 1.5, True, '09:00-17:00')
    """
    if written in ("true", "false"):
        return written == "true"
    if not written or written in _NULLS:
        raise Trap("empty_value", "null is no value here: leave the key out, or quote it if the text is meant")
    _refuse_words(written)
    if written[0] in "-+.0123456789":
        return _number(written)
    return written


def _refuse_words(written: str) -> None:
    lower = written.lower()
    if lower in ("true", "false"):
        raise Trap("boolean_word", f"write {lower} in small letters, or quote '{written}' if the text is meant")
    if lower in _SWITCHES:
        raise Trap(
            "boolean_word",
            f"'{written}' unquoted is a boolean to some readers: write true or false, or quote it ('{written}')",
        )
    if written in ("=", "<<"):
        raise Trap("merge_key", f"'{written}' unquoted has a meaning of its own in YAML: write out what it stands for")


def _number(written: str) -> str | int | float:
    if _INTEGER.fullmatch(written):
        return _integer(written)
    if _DECIMAL.fullmatch(written):
        return _decimal(written)
    if _DATE.fullmatch(written):
        raise Trap("unquoted_date", f"quote the date: '{written}'")
    if _TIME.fullmatch(written):
        raise Trap("unquoted_time", f"quote the time: '{written}' (unquoted, some readers of YAML count in sixties)")
    for code, name, pattern in _NUMERALS:
        if pattern.fullmatch(written):
            raise Trap(code, f"{written} reads as {name}: quote it ('{written}') if it is text, else write it plainly")
    if _LOOSE_NUMBER.fullmatch(written):
        raise Trap("number_loses_writing", f"{written} is no plain number: {_mends(written)}")
    return written


def _integer(written: str) -> int:
    # The length first: Python refuses to convert more than 4,300 digits.
    if len(written) > 17 or abs(int(written)) > SURE_INTEGER:
        raise Trap("number_too_large", f"{_short(written)} is too large to stay exact: quote it if it is text")
    if written == "-0":
        raise Trap("number_loses_writing", "-0 is no plain number: write 0, or quote it ('-0') if it is text")
    return int(written)


def _decimal(written: str) -> float:
    value = float(written) if len(written) <= 40 else None
    if value is None or repr(value) != written:
        raise Trap("number_loses_writing", f"{_short(written)} would not stay as it is written: {_mends(written)}")
    return value


def _mends(written: str) -> str:
    quoted = f"quote it ('{_short(written)}') if it is text"
    value = float(written) if len(written) <= 40 else None
    if value is None or abs(value) >= 10**15:
        return quoted
    plain = str(int(value)) if value == int(value) else repr(value)
    return f"{quoted}, else write {plain}" if "e" not in plain else quoted


def _short(written: str) -> str:
    return written if len(written) <= 40 else written[:37] + "..."
