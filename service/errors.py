"""What the doors can refuse, and why. Not here: what is wrong in a pack's own files, which `pack` tells with places.

::

    ClausewiseError
    ├── MalformedJson          the bytes are no strict JSON
    ├── ProblemsFound          it is JSON, and wrong; holds every problem
    │   ├── InvalidRequest     the body around the facts
    │   ├── InvalidFacts       the facts
    │   └── InvalidFactsSchema the facts schema of a pack
    ├── UnknownPolicy          no pack of that name
    └── PolicyNotInForce       a pack of that name, but not at that time

An exception carries the data; its text is made from it. All can be pickled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

__all__ = [
    "ClausewiseError",
    "InvalidFacts",
    "InvalidFactsSchema",
    "InvalidRequest",
    "MalformedJson",
    "PolicyNotInForce",
    "Problem",
    "ProblemsFound",
    "UnknownPolicy",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a document, and where.

    pointer   JSON pointer (RFC 6901) from the document's root: "" is all of it, `/facts/loan/kind` a fact of a body
    code      one of a fixed set; the modules that make problems list theirs
    message   one or more sentences for a person: where, what is wrong, what would be right
    nearest   the nearest valid name or value, where one is misspelt
    """

    pointer: str
    code: str
    message: str
    nearest: str | None = None

    def as_json(self) -> dict[str, str]:
        """Return the problem as an element of a problem document's `errors`; without `nearest` when there is none."""
        shown = {"pointer": self.pointer, "code": self.code, "message": self.message}
        return shown if self.nearest is None else {**shown, "nearest": self.nearest}


class ClausewiseError(Exception):
    """The root of what Clausewise refuses; anything else that is raised is a bug."""


class MalformedJson(ClausewiseError):
    """The bytes are no strict JSON (RFC 8259): bad syntax or UTF-8, a member twice, a number too large for a double.

    message   what is wrong, without its place
    line      where it was noticed, from 1
    column    the same, in bytes from 1; 0 when nothing has been read yet
    """

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message, line, column)
        self.message = message
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}"


class ProblemsFound(ClausewiseError):
    """A document is wrong; `problems` holds all that is wrong with it, in a fixed order."""

    about: ClassVar[str] = "the document"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        count = len(self.problems)
        lines = [f"{problem.pointer or '(whole)'}: {problem.message}" for problem in self.problems]
        return "\n  ".join([f"{count} problem{'' if count == 1 else 's'} with {self.about}:", *lines])


class InvalidRequest(ProblemsFound):
    """The body of a request is wrong around its facts: its members, the decisions asked for, `as_of` or the policy."""

    about = "the request"


class InvalidFacts(ProblemsFound):
    """The facts of a case break the facts schema of the pack."""

    about = "the facts"


class InvalidFactsSchema(ProblemsFound):
    """A pack's facts schema says what facts can't mean; pointers are into the schema document."""

    about = "the facts schema"


class UnknownPolicy(ClausewiseError):
    """No pack is called `name`; `nearest` is the pack that was perhaps meant."""

    def __init__(self, name: str, nearest: str | None = None) -> None:
        super().__init__(name, nearest)
        self.name = name
        self.nearest = nearest

    def __str__(self) -> str:
        hint = "" if self.nearest is None else f" Did you mean '{self.nearest}'?"
        return f"There is no policy '{self.name}'.{hint}"


class PolicyNotInForce(ClausewiseError):
    """The policy `name` has no version that is in force on `day` (a date, `YYYY-MM-DD`)."""

    def __init__(self, name: str, day: str) -> None:
        super().__init__(name, day)
        self.name = name
        self.day = day

    def __str__(self) -> str:
        return f"No version of the policy '{self.name}' is in force on {self.day}."
