"""Words that messages share: the nearest valid name to a misspelt one, values and counts as a sentence shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

__all__ = ["begin_like", "counted", "cut", "did_you_mean", "listed", "nearest", "shown"]

_LONGEST = 120
"""Characters. A longer word is no slip of the fingers, and comparing it would cost time in proportion to its square."""

_MOST_ALIKE = 24

_LIKENESS = 0.72
"""The least similarity, 0 to 1: lets one swap in four letters through ('whne', 'when': 0.75) and little else."""


_OTHER_CODES = {"UK": "GB", "EL": "GR"}
"""What many write for a country, as ISO 3166-1 reserves it or the European Union does so, and its code."""


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that `word` was probably meant to be, or None when nothing is near.

    Capitals, hyphens, underscores and spaces do not count as differences. A last segment alone finds its one full name.
    The order of the candidates does not matter: of equally near ones, that with the longer beginning in common is
    returned, then the first in the alphabet.

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
    if _OTHER_CODES.get(word) in by_fold.values():
        return _OTHER_CODES[word]
    close = _closest(folded, by_fold)
    return by_fold[close] if close is not None else _by_last_segment(folded, by_fold)


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Return the question that ends an error message, a space before it, or "" when nothing is near."""
    found = nearest(word, candidates)
    return f" Did you mean '{found}'?" if found is not None else ""


def cut(text: str, longest: int = 40) -> str:
    """Return a text, cut to a readable length."""
    return text if len(text) <= longest else text[: longest - 3] + "..."


def shown(value: object) -> str:
    """Return a value for a message: a text in quotes, all cut to a readable length."""
    return f"'{cut(value)}'" if isinstance(value, str) else cut(str(value))


def listed(values: Sequence[object], most: int = 8) -> str:
    """Return values for a message, those beyond `most` as their number.

    >>> listed(["map", "book", 3], 2)
    "'map', 'book' and 1 more"
    """
    told = ", ".join(map(shown, values[:most]))
    return told if len(values) <= most else f"{told} and {len(values) - most} more"


def begin_like(word: str, choices: Sequence[str]) -> str | None:
    """Return the end of a sentence that lists, of many choices, those with the longest beginning in common with a word.

    It is "" where one is the word but for its capitals, as that is the nearest; None where none begins like it.

    >>> begin_like("maap", ["map", "manual", "book"])
    "; those that begin like it are 'map', 'manual'"
    """
    start = word.strip().casefold()[:_LONGEST]
    whole = start
    while start:
        alike = [choice for choice in choices if choice.casefold().startswith(start)]
        if alike and start == whole == alike[0].casefold():
            return ""
        if len(alike) == 1:
            return f"; {shown(alike[0])} begins like it"
        if alike:
            return f"; those that begin like it are {listed(alike, _MOST_ALIKE)}"
        start = start[:-1]
    return None


def counted(count: int, unit: str) -> str:
    """Return how many there are.

    >>> counted(1, "item"), counted(2, "item")
    ('1 item', '2 items')
    """
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _folded(word: str) -> str:
    return word.strip().casefold().replace("-", "_").replace(" ", "_")


def _closest(folded: str, folds: Iterable[str]) -> str | None:
    best, best_score = None, (_LIKENESS, -1)
    matcher = SequenceMatcher(b=folded, autojunk=False)
    for fold in folds:
        matcher.set_seq1(fold)
        # Both are upper bounds of the ratio, and far cheaper.
        if matcher.real_quick_ratio() >= best_score[0] and matcher.quick_ratio() >= best_score[0]:
            score = (matcher.ratio(), _beginning_in_common(fold, folded))
            if score > best_score:
                best, best_score = fold, score
    return best


def _beginning_in_common(first: str, second: str) -> int:
    return next((i for i, (one, other) in enumerate(zip(first, second, strict=False)) if one != other), len(first))


def _by_last_segment(folded: str, by_fold: dict[str, str]) -> str | None:
    ends = [name for fold, name in by_fold.items() if fold.endswith("." + folded)]
    return ends[0] if len(ends) == 1 else None
