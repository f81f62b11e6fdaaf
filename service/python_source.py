"""Python that is written by the program: its constants have names, and a traceback shows its lines."""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

__all__ = ["Source", "in_a_tuple", "source_of", "variable_of"]


class Source:
    """The source of one function in the making. No text from outside stands in it but as a literal."""

    def __init__(self) -> None:
        self._space: dict[str, object] = {}
        self._names: dict[int, str] = {}

    def constant(self, value: object, what: str) -> str:
        """Return the name by which the source knows a value, which says what it is and is numbered."""
        name = self._names.get(id(value))
        if name is None:
            name = self._names[id(value)] = f"{what}_{len(self._space)}"
            self._space[name] = value
        return name

    def function(self, head: str, lines: Iterable[str], of: str) -> Callable[..., Any]:
        """Return the function with a head such as `def read(given)` and these lines.

        of  what it was written from, as tracebacks name it
        """
        text = "\n".join([f"{head}:", *(f"    {line}" for line in lines)]) + "\n"
        name = f"<written from {of}, {sha256(text.encode()).hexdigest()[:12]}>"
        space = dict(self._space)
        exec(compile(text, name, "exec"), space)  # noqa: S102 - see the class
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        found: Callable[..., Any] = space[head.split("(", maxsplit=1)[0].removeprefix("def ")]  # type: ignore[assignment]
        return found


def in_a_tuple(parts: Iterable[str]) -> str:
    """Return the source of a tuple from those of what is in it."""
    return f"({''.join(f'{part}, ' for part in parts)})"


def variable_of(name: str, place: int) -> str:
    """Return a variable for a name, which reads like it; `place` is another for each name. Others begin otherwise.

    >>> variable_of("customer.plan", 3)
    'v_customer_plan_3'
    """
    return f"v_{re.sub('[^A-Za-z0-9]', '_', name)}_{place}"


def source_of(function: Callable[..., Any]) -> str:
    """Return the source of a function that a Source has made, constants as the names that it knows them by."""
    return "".join(linecache.getlines(function.__code__.co_filename))
