"""One random pack tried: drawn, loaded, checked, asked about complete and partial cases, judged; again by its seed."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from service.written.findings import InvalidPack
from tests.oracle.drawing import draw_pack
from tests.oracle.filling import Case, Filler
from tests.oracle.folders import Door
from tests.oracle.judging import Disagreement, Judge
from tests.oracle.meaning import Meaning

__all__ = ["Tried", "try_pack", "try_seed"]

_CASES = 3
_MOST_COMPLETIONS = 300
_MOST_OF_ALL = 2000  # where a case leaves out what it likes


@dataclass(slots=True)
class Tried:
    """What trying one pack came to.

    refused   the findings of a pack that does not load
    passed     what was judged or skipped, counted
    not_found  what is said and was not seen in the completions tried
    """

    pack: Mapping[str, Any]
    disagreements: list[Disagreement] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)
    not_found: list[str] = field(default_factory=list)


def try_seed(seed: int) -> Tried:
    """Draw the pack of a seed and try it."""
    return try_pack(draw_pack(seed), seed)


def try_pack(pack: Mapping[str, Any], seed: int) -> Tried:
    """Try a pack with the cases of a seed."""
    tried = Tried(pack)
    nothing = Case({})
    door = _attempt(lambda: Door(pack), "load", nothing, tried)
    if door is None:
        return tried
    _attempt(door.check, "check", nothing, tried)
    rng = Random(f"cases {seed}")
    meaning = Meaning(pack)
    filler = Filler(meaning, rng)
    judge = Judge(meaning, filler, rng)
    for case, judged in _cases(filler, judge):
        documents = _attempt(lambda case=case: door.decide(case), "decide", case, tried)
        if documents is not None:
            tried.disagreements += judged(case, documents)
    tried.passed, tried.not_found = judge.passed, judge.not_found
    return tried


_Judged = Callable[[Case, Mapping[str, Any]], Iterator[Disagreement]]


def _cases(filler: Filler, judge: Judge) -> Iterator[tuple[Case, _Judged]]:
    """Yield cases, each with how it is judged."""
    for _ in range(_CASES):
        case = filler.complete()
        yield case, judge.complete
        few = filler.finite(case, _MOST_COMPLETIONS)
        if len(few.facts) < len(case.facts):
            yield few, judge.every
        part = filler.partial(case)
        unknown = filler.unknown(part)
        if unknown:
            yield part, judge.every if filler.are_few(unknown, _MOST_OF_ALL) else judge.some


def _attempt(deed: Callable[[], Any], what: str, case: Case, tried: Tried) -> Any:
    """Return what a deed gives; an exception other than a refusal of the pack is a disagreement."""
    try:
        return deed()
    except InvalidPack as refused:
        tried.refused = [str(each) for each in refused.findings]
    except Exception as wrong:  # noqa: BLE001 - any exception at all is what is looked for
        trace = traceback.format_exception_only(wrong)[-1].strip()
        place = traceback.extract_tb(wrong.__traceback__)[-1]
        says = f"{trace} ({place.name})"
        tried.disagreements.append(Disagreement(f"{what} fails", "-", says[:3000], "an answer", case))
    return None
