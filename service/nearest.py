"""The nearest valid name to a misspelt one. No sentence but one is made here, and no name is corrected."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["did_you_mean", "nearest"]

_LONGEST = 120
"""Characters. A longer word is no slip of the fingers, and comparing it would cost time in proportion to its square."""

_LIKENESS = 0.72
"""The least similarity, 0 to 1: lets one swap in four letters through ('whne', 'when': 0.75) and little else."""


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that `word` was probably meant to be, or None when nothing is near.

    Capitals, hyphens, underscores and spaces do not count as differences. A last segment alone finds its one full name.
    The order of the candidates does not matter: of equally near ones the first in the alphabet is returned.

    >>> nearest("loan.overdu", ["loan.overdue", "loan.kind"])
    'loan.overdue'
    >>> nearest("kind", ["loan.overdue", "loan.kind"])
    'loan.kind'
    """
    if not word or len(word) > _LONGEST:
        return None
    by_fold: dict[str, str] = {}
    for candidate in sorted(set(candidates)):
        by_fold.setdefault(_folded(candidate), candidate)
    folded = _folded(word)
    if folded in by_fold:
        return by_fold[folded]
    close = get_close_matches(folded, sorted(by_fold, reverse=True), n=1, cutoff=_LIKENESS)
    return by_fold[close[0]] if close else _by_last_segment(folded, by_fold)


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Return the question that ends an error message, a space before it, or "" when nothing is near."""
    found = nearest(word, candidates)
    return f" Did you mean '{found}'?" if found is not None else ""


def _folded(word: str) -> str:
    return word.strip().casefold().replace("-", "_").replace(" ", "_")


def _by_last_segment(folded: str, by_fold: dict[str, str]) -> str | None:
    ends = [name for fold, name in by_fold.items() if fold.endswith("." + folded)]
    return ends[0] if len(ends) == 1 else None
