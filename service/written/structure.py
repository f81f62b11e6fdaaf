"""Which keys a pack's files may have and what may stand under them, checked against `schemas/`. What names mean is not.

The schemas are JSON Schema (2020-12), the same that an editor uses; what a validator says of them is turned into the
words that a policy owner needs: which rule, which key, what would be right.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from service.wording import nearest
from service.written.findings import Finding, Places, Reporter, Steps
from service.written.naming import Naming, phrase, with_text_keys
from service.written.schemas import fits, validator
from service.written.violations import (
    Violation,
    form,
    known_keys,
    leaves,
    meant_keys,
    missing_keys,
    say,
    unknown_keys,
    violations_in,
    wanted_keys,
)

__all__ = ["check_structure"]

_FEW_KEYS = 8  # are listed where an unknown one is like none of them


def check_structure(data: object, places: Places, schema_name: str) -> tuple[Finding, ...]:
    """Return what is wrong with the structure of a file, sorted by place.

    data         the file's tree; None in it stands for a value that has been refused already, and is passed over
    places       where each piece of it is written
    schema_name  one of SCHEMA_NAMES, or `callers`
    Raises KeyError for another schema name.
    """
    written = with_text_keys(data)
    if fits(schema_name, written):
        return ()
    violations = violations_in(validator(schema_name).iter_errors(written))
    told = [leaf for broken in violations for leaf in leaves(broken)]
    teller = _Teller(data, places, meant_keys(told))
    for leaf in told:
        teller.tell(leaf)
    return tuple(sorted(set(teller.findings)))


class _Teller:
    """Turns the violations of one file into findings.

    meant  by the path of a mapping, the keys that unknown ones in it were meant to be: those are not missing as well
    """

    def __init__(self, data: Any, places: Places, meant: Mapping[Steps, Collection[str]]) -> None:
        self.findings: list[Finding] = []
        self._meant = meant
        self._report = Reporter(places, self.findings)
        self._naming = Naming(data)

    def tell(self, broken: Violation) -> None:
        """Add what one violation means."""
        path = self._naming.path(broken.path)
        meant = self._meant.get(broken.path, ())
        if isinstance(broken.found, str) and isinstance(self._naming.at(path), Mapping):
            self._wrong_key(broken, path)
        elif broken.keyword == "additionalProperties":
            for key in unknown_keys(broken):
                self._unknown_key(key, known_keys(broken), path)
        elif broken.keyword == "required":
            for key in set(missing_keys(broken)).difference(meant):
                self._wrong_value(path, "missing_key", f"needs the key '{key}'")
        elif wanted_keys(broken).isdisjoint(meant):
            self._wrong_value(path, *say(broken))

    def _wrong_key(self, broken: Violation, path: Steps) -> None:
        key = str(broken.found)
        if broken.keyword == "enum":
            self._unknown_key(key, broken.wanted, path)
        else:
            element, _ = self._naming.element(path)
            self._report.at_key(self._key(path, key), "bad_key", f"{element}: the key '{key}' {form(broken)}")

    def _unknown_key(self, key: str, known: Collection[str], path: Steps) -> None:
        element, rest = self._naming.element(path)
        inside = f" in {phrase(rest)}" if rest else ""
        close = nearest(key, known)
        there_are = f"; there are {', '.join(sorted(known))}" if close is None and 0 < len(known) <= _FEW_KEYS else ""
        message = f"{element}: unknown key '{key}'{inside}{there_are}"
        self._report.at_key(self._key(path, key), "unknown_key", message, close)

    def _wrong_value(self, path: Steps, code: str, what: str, close: str | None = None) -> None:
        element, rest = self._naming.element(path)
        where = f"{phrase(rest)} " if rest else ""
        self._report.at(path, code, f"{element}: {where}{what}", close)

    def _key(self, path: Steps, text: str) -> Steps:
        return (*path, self._naming.key(path, text))
