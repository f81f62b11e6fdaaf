"""What the doors can refuse, and why. Not here: what is wrong in a pack's own files, which `pack` tells with places.

::

    ClausewiseError
    ├── MalformedJson          the bytes are no strict JSON
    ├── ProblemsFound          it is JSON, and wrong; holds what is wrong with it
    │   ├── InvalidRequest     the body around the facts
    │   ├── InvalidFacts       the facts
    │   └── InvalidFactsSchema the facts schema of a pack
    ├── UnknownPolicy          no pack of that name
    └── PolicyNotInForce       a pack of that name, but not at that time

An exception carries the data; its text is made from it. All can be pickled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

__all__ = [
    "MOST_PROBLEMS",
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

MOST_PROBLEMS = 100
"""How many problems are told of one document: a hostile one could hold half a million."""


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
    """A document is wrong.

    problems  the first of what is wrong with it, in a fixed order: of what a caller sent, at most MOST_PROBLEMS
    more      how much there is besides
    """

    about: ClassVar[str] = "the document"
    most: ClassVar[int | None] = MOST_PROBLEMS

    def __init__(self, problems: Iterable[Problem], more: int = 0) -> None:
        found = tuple(problems)
        self.problems = found if self.most is None else found[: self.most]
        self.more = more + len(found) - len(self.problems)
        super().__init__(self.problems, self.more)

    @classmethod
    def joining(cls, *others: ProblemsFound) -> Self:
        """Return one refusal for all that is wrong, in this order."""
        return cls([each for other in others for each in other.problems], sum(other.more for other in others))

    @property
    def count(self) -> int:
        """How much is wrong in all."""
        return len(self.problems) + self.more

    def __str__(self) -> str:
        lines = [f"{problem.pointer or '(whole)'}: {problem.message}" for problem in self.problems]
        if self.more:
            lines.append(f"and {self.more} more")
        return "\n  ".join([f"{self.count} problem{'' if self.count == 1 else 's'} with {self.about}:", *lines])


class InvalidRequest(ProblemsFound):
    """The body of a request is wrong around its facts: its members, decisions, `as_of`, the policy or the reference."""

    about = "the request"


class InvalidFacts(ProblemsFound):
    """The facts of a case break the facts schema of the pack."""

    about = "the facts"


class InvalidFactsSchema(ProblemsFound):
    """A pack's facts schema says what facts can't mean; pointers are into the schema document."""

    about = "the facts schema"
    most = None  # the pack's own: every finding is told


class UnknownPolicy(ClausewiseError):
    """No pack is called `name`.

    nearest  the pack that was perhaps meant
    there    the packs that there are
    """

    def __init__(self, name: str, nearest: str | None = None, there: Sequence[str] = ()) -> None:
        super().__init__(name, nearest, tuple(there))
        self.name = name
        self.nearest = nearest
        self.there = tuple(there)

    def __str__(self) -> str:
        hint = "" if self.nearest is None else f" Did you mean '{self.nearest}'?"
        there = f" There is: {', '.join(self.there)}." if self.there else ""
        return f"There is no policy '{self.name[:200]}'.{hint}{there}"


class PolicyNotInForce(ClausewiseError):
    """The policy `name` has no version that is in force on `day` (a date, `YYYY-MM-DD`)."""

    def __init__(self, name: str, day: str) -> None:
        super().__init__(name, day)
        self.name = name
        self.day = day

    def __str__(self) -> str:
        return f"No version of the policy '{self.name}' is in force on {self.day}."
