"""durable-rules behind a fence: one ruleset that tells which of its rules hold of a fact.

No pack and no decision here.

The C extension is driven directly: the library's own host starts threads that race with synchronous calls. What was
measured of it (2.0.28) and is kept in `tests/engine/test_durable.py`:

- a ruleset used from several threads crashes the process, so each belongs to the thread that made it;
- a *fact* fires every rule that matches, an *event* one; a fact that stays asserted leaks, so each is retracted,
  on one `sid`;
- `$or` fires once for each branch that holds, so hits are de-duplicated; `$nex` fires wrongly and is not used;
- comparisons coerce strings, numbers and booleans, so only numbers and booleans of checked types are sent;
- a comparison with an absent member is false, which is how an unknown fact is said;
- a name can be registered once in a process, so names carry a counter.

It has bounds, some of which it checks and some of which it overruns: see `MOST_…` below. `cutting.py` makes rulesets
that meet none of them.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
from collections.abc import Mapping, Sequence

import orjson

__all__ = [
    "MOST_CONNECTIVES",
    "MOST_FOLLOWING",
    "MOST_MEETINGS",
    "MOST_MEMBERS",
    "MOST_RULES",
    "MOST_SAME",
    "MOST_WAITING",
    "EngineFailure",
    "Ruleset",
]


def _load_extension() -> object:
    """Import the C extension lazily bound: on Python 3.13 it refers to a symbol that is gone and never called."""
    flags = sys.getdlopenflags()
    sys.setdlopenflags(os.RTLD_LAZY)
    try:
        import durable_rules_engine  # type: ignore[import-not-found]  # noqa: PLC0415 - only while the flags are set
    finally:
        sys.setdlopenflags(flags)
    return durable_rules_engine


_engine = _load_extension()

MOST_RULES = 4096
"""In a ruleset; refused with error 106 beyond."""
MOST_MEMBERS = 252
"""Of a fact, beside the two that it always has; refused with error 302 beyond, when the fact is asserted."""
MOST_CONNECTIVES = 15
"""`$and` and `$or` in one rule, however they are nested; refused with error 113 beyond."""
MOST_FOLLOWING = 511
"""Different comparisons that come first in rules, or after one and the same. With one more asking never returns, with
two more making: the interpreter is held, so that no thread can end it."""
MOST_MEETINGS = 128
"""Times that one and the same comparison is the end of a branch of an `$or`; refused with error 107 beyond."""
MOST_SAME = 255
"""Rules that end in one and the same comparison; the next one writes over what is not its own, and crashes."""
MOST_WAITING = 64
"""Comparisons that hold and wait to be followed up; refused with error 303 beyond, by the fact that makes them hold."""
_NO_MATCH = 1
_names = itertools.count(1)


class EngineFailure(Exception):
    """durable-rules refused a fact or a ruleset: a defect of ours or of its own, never of the case."""


class Ruleset:
    """Rules compiled by durable-rules. Belongs to the thread that made it: any other gets EngineFailure.

    name         told in errors; made unique in the process
    expressions  one condition a rule, in durable-rules' own JSON form, over the members of one fact
    Raises EngineFailure when the rules are too many or are refused.
    """

    def __init__(self, name: str, expressions: Sequence[Mapping[str, object]]) -> None:
        if len(expressions) > MOST_RULES:
            raise EngineFailure(f"{name} has {len(expressions)} rules; durable-rules takes {MOST_RULES}")
        self._definition = orjson.dumps(
            {str(i): {"all": [{"m": expression}]} for i, expression in enumerate(expressions)}
        ).decode()
        self._name = name
        self._thread = threading.get_ident()
        self._handle = self._register()

    def _register(self) -> int:
        try:
            return _engine.create_ruleset(f"{self._name}#{next(_names)}", self._definition)  # type: ignore[attr-defined, no-any-return]
        except Exception as wrong:
            raise EngineFailure(f"durable-rules refuses the ruleset {self._name}: {wrong}") from wrong

    def hits(self, members: Mapping[str, int | bool]) -> set[int]:
        """Return the positions of the rules that hold of a fact with these members.

        Raises EngineFailure; the ruleset then starts afresh, so that nothing of the failed fact stays behind.
        """
        if threading.get_ident() != self._thread:
            raise EngineFailure(f"the ruleset {self._name} belongs to another thread")
        fact = orjson.dumps({"sid": "0", "id": "0", **members}).decode()
        try:
            return self._ask(fact)
        except Exception as wrong:
            self._start_afresh()
            raise EngineFailure(f"durable-rules failed on {self._name}: {wrong}") from wrong

    def _ask(self, fact: str) -> set[int]:
        handle = self._handle
        found: set[int] = set()
        code, state = _engine.assert_fact(handle, fact)  # type: ignore[attr-defined]
        if code != _NO_MATCH:
            started = _engine.start_action_for_state(handle, state)  # type: ignore[attr-defined]
            action = started[1] if started else None
            while action:
                found.add(int(action[2 : action.index('"', 2)]))
                action = _engine.complete_and_start_action(handle, state)  # type: ignore[attr-defined]
        _engine.retract_fact(handle, fact)  # type: ignore[attr-defined]
        return found

    def _start_afresh(self) -> None:
        self.close()
        self._handle = self._register()

    def close(self) -> None:
        """Give back what durable-rules holds; the ruleset can't be asked any more."""
        _engine.delete_ruleset(self._handle)  # type: ignore[attr-defined]
