"""Texts of outcomes with names in braces, as they are written: 'Pay {amount}.' What fills them is not here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["BadBraces", "Name", "names_in", "pieces"]

_TOKEN = re.compile(r"\{\{|\}\}|\{([A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)*)\}|[{}]", re.ASCII)


class BadBraces(ValueError):
    """A brace of a text opens or closes no name."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in braces."""

    name: str


def pieces(text: str) -> tuple[str | Name, ...]:
    """Return a text as what stands in it and the names that fill it; a brace that is doubled is one that is meant.

    Raises BadBraces.

    >>> pieces("Pay {amount} {{in cash}}.")
    ('Pay ', Name(name='amount'), ' {in cash}.')
    """
    found: list[str | Name] = []
    plain, end = "", 0
    for token in _TOKEN.finditer(text):
        plain, end = plain + text[end : token.start()], token.end()
        if token[1] is not None:
            found += [plain, Name(token[1])]
            plain = ""
        elif len(token[0]) == 1:
            raise BadBraces(text)
        else:
            plain += token[0][0]
    return tuple(each for each in (*found, plain + text[end:]) if each != "")


def names_in(written: object) -> Iterator[str]:
    """Yield the names in braces in a value of an outcome, at any depth; none of a text whose braces are wrong."""
    if isinstance(written, dict):
        for each in written.values():
            yield from names_in(each)
    elif isinstance(written, list):
        for each in written:
            yield from names_in(each)
    elif isinstance(written, str):
        try:
            yield from (each.name for each in pieces(written) if isinstance(each, Name))
        except BadBraces:
            return
