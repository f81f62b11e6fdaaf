"""Numbers that follow from numbers, as `facts.yaml` writes them: sums, shares, limits, rounding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from service.facts.numbers import Number, as_fraction, exact, number_text, plain, product, total
from service.model.derivations import (
    Arithmetic,
    Divided,
    Elapsed,
    Extreme,
    How,
    Limited,
    Measured,
    Multiplied,
    Rounded,
    Summed,
    SummedList,
)
from service.pack.inputs import InputReader, names_of
from service.pack.vocabulary import Word
from service.written.findings import Steps
from service.written.shape import Written

__all__ = ["ArithmeticReader", "is_endless"]

_NUMBERS = ("integer", "number")
_HOUR, _MINUTE = 3_600_000_000, 60_000_000  # microseconds

Made: TypeAlias = tuple[How, str]
"""How a number follows, and its type."""


class _Term(NamedTuple):
    """A name or a constant that stands in a list of numbers, and how many times it counts."""

    word: Word | None
    constant: Number
    times: Number


@dataclass(frozen=True)
class ArithmeticReader:
    """Reads the forms of derived facts that come to a number of numbers, or of two instants."""

    inputs: InputReader

    @property
    def forms(self) -> dict[str, Callable[[Written, Steps, str], Made | None]]:
        """What reads each form: the derived fact as it is written, its path, and how a finding on it begins."""
        return {
            "sum": self._sum,
            "difference": self._difference,
            "product": self._product,
            "quotient": self._quotient,
            "percent": self._percent,
            "larger_of": lambda *written: self._limited("larger_of", *written),
            "smaller_of": lambda *written: self._limited("smaller_of", *written),
            "round": self._round,
            "hours_from": lambda *written: self._elapsed("hours_from", _HOUR, *written),
            "minutes_from": lambda *written: self._elapsed("minutes_from", _MINUTE, *written),
        }

    def multiple(self, name: object, times: object, path: Steps, about: str) -> tuple[How, str, str] | None:
        """Return a name so many times: how it follows, its type, and how it is told, as `loan.cost times 2`."""
        term = self._term({"of": name, "times": times}, path, about, "from")
        if term is None or term.word is None:
            return None
        how, type_ = _summed([term])
        return how, type_, f"{term.word.name} times {number_text(term.times)}"

    def _sum(self, written: Written, path: Steps, about: str) -> Made | None:
        listed = written["sum"]
        if isinstance(listed, str):
            word = self.inputs.word(listed, (*path, "sum"), about, ("list", "records"))
            if word is not None and word.type == "records":
                message = f"{about}: '{listed}' is a list of records: say in 'of' which member of its items is summed"
                self.inputs.report.at((*path, "sum"), "missing_key", message)
                return None
            return None if word is None else (SummedList(word.name), "number")
        terms = self._terms("sum", listed, path, about, "a list of names and numbers, or one list")
        return None if terms is None else _summed(terms)

    def _difference(self, written: Written, path: Steps, about: str) -> Made | None:
        terms = self._pair("difference", written["difference"], path, about)
        return None if terms is None else _summed([terms[0], terms[1]._replace(times=-1)])

    def _product(self, written: Written, path: Steps, about: str) -> Made | None:
        terms = self._terms("product", written["product"], path, about)
        if terms is None:
            return None
        words, constant = _words(terms), product(each.constant for each in terms if each.word is None)
        type_ = _type(words, constant)
        if len(words) == 1:
            return Summed(names_of(words), 0, (constant,)), type_
        return Multiplied(names_of(words), constant), type_

    def _quotient(self, written: Written, path: Steps, about: str) -> Made | None:
        terms = self._pair("quotient", written["quotient"], path, about)
        return None if terms is None else self._divided(*terms, 1, (*path, "quotient", 1), about)

    def _percent(self, written: Written, path: Steps, about: str) -> Made | None:
        ends = [self._term(written.get(key), (*path, key), about) for key in ("percent", "of")]
        if ends[0] is None or ends[1] is None:
            return None
        if ends[0].word is None and ends[1].word is None:
            self._constants_alone((*path, "percent"), about)
            return None
        return self._divided(ends[0], ends[1], 100, (*path, "of"), about)

    def _divided(self, over: _Term, under: _Term, times: Number, path: Steps, about: str) -> Made | None:
        """Return a number so many times divided by another, of which one at least is a name."""
        if under.word is not None:
            name = None if over.word is None else over.word.name
            return Divided(name, under.word.name, product((over.constant, times))), "number"
        if under.constant == 0:
            self.inputs.report.at(path, "impossible_value", f"{about}: divides by 0, which comes to nothing")
            return None
        factor = plain(as_fraction(times) / as_fraction(under.constant))
        names = () if over.word is None else (over.word.name,)
        return Summed(names, 0, (factor,)), "number"

    def _limited(self, form: str, written: Written, path: Steps, about: str) -> Made | None:
        terms = self._terms(form, written[form], path, about)
        if terms is None:
            return None
        largest = form == "larger_of"
        limits = [each.constant for each in terms if each.word is None]
        limit = (max if largest else min)(limits) if limits else None
        words = _words(terms)
        return Limited(names_of(words), largest, limit), _type(words, 1 if limit is None else limit)

    def _round(self, written: Written, path: Steps, about: str) -> Made | None:
        word = self.inputs.word(written["round"], (*path, "round"), about, _NUMBERS)
        places = written.get("places")
        if word is None or not isinstance(places, int):
            return None
        return Rounded(word.name, places, str(written.get("how"))), "number" if places else "integer"

    def _elapsed(self, form: str, unit: int, written: Written, path: Steps, about: str) -> Made | None:
        ends = [(written.get(key), (*path, key)) for key in (form, "to")]
        words = self.inputs.words(ends, about, ("instant",))
        return None if words is None else (Elapsed(words[0].name, words[1].name, unit), "number")

    # what stands in a list of numbers

    def _terms(
        self, form: str, listed: object, path: Steps, about: str, wanted: str = "a list of names and numbers"
    ) -> list[_Term] | None:
        if not isinstance(listed, list):
            self.inputs.report.at((*path, form), "wrong_type", f"{about}: '{form}' takes {wanted}")
            return None
        terms = [self._term(each, (*path, form, i), about) for i, each in enumerate(listed)]
        found = [term for term in terms if term is not None]
        if len(found) < len(terms):
            return None
        if form != "sum" and not _words(found):
            self._constants_alone((*path, form), about)
            return None
        return found

    def _pair(self, form: str, listed: object, path: Steps, about: str) -> tuple[_Term, _Term] | None:
        terms = self._terms(form, listed, path, about, "a list of two names or numbers")
        if terms is None:
            return None
        if len(terms) != 2:
            message = f"{about}: '{form}' takes two names or numbers, not {len(terms)}"
            self.inputs.report.at((*path, form), "wrong_type", message)
            return None
        return terms[0], terms[1]

    def _term(self, written: object, path: Steps, about: str, key: str = "of") -> _Term | None:
        """Return what stands at a path; of a mapping that says how many times, the name stands under `key` there."""
        times = self._times(written, path, about)
        if isinstance(written, dict):
            written, path = written.get("of"), (*path, key)
        if times is None:
            return None
        constant = self._constant(written)
        if constant is not None:
            return _Term(None, product((constant, times)), 1)
        word = self.inputs.word(written, path, about, _NUMBERS)
        return None if word is None else _Term(word, 1, times)

    def _times(self, written: object, path: Steps, about: str) -> Number | None:
        """Return how many times a term of a sum counts: one that is no mapping, once."""
        if not isinstance(written, dict):
            return 1
        times = self._constant(written.get("times"))
        if times:
            return times
        why = "is 0, so that it counts for nothing" if times == 0 else "is a number, written or a named value"
        mend = "leave the term out" if times == 0 else "for the product of two names take 'product'"
        self.inputs.report.at((*path, "times"), "wrong_type", f"{about}: 'times' {why}: {mend}")
        return None

    def _constant(self, written: object) -> Number | None:
        """Return a number that is written, or the named value of that name; None for all else."""
        value = self.inputs.vocabulary.values.get(written, written) if isinstance(written, str) else written
        return exact(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def _constants_alone(self, path: Steps, about: str) -> None:
        message = f"{about}: reads no name, and so is the same for every case: write it as a named value"
        self.inputs.report.at(path, "constant_fact", message)


def _words(terms: list[_Term]) -> list[Word]:
    return [each.word for each in terms if each.word is not None]


def _type(words: list[Word], *constants: Number) -> str:
    is_whole = all(isinstance(each, int) for each in constants) and all(word.type == "integer" for word in words)
    return "integer" if is_whole else "number"


def _summed(terms: list[_Term]) -> Made:
    words = _words(terms)
    times = tuple(each.times for each in terms if each.word is not None)
    constant = total(product((each.constant, each.times)) for each in terms if each.word is None)
    # Once each is how sums have always been written down.
    weights = () if all(each == 1 for each in times) else times
    return Summed(names_of(words), constant, weights), _type(words, constant, *times)


def is_endless(how: How, words: list[Word | None]) -> bool:
    """Say whether a number that follows so may be no decimal that ends, such as a third."""
    if isinstance(how, Measured):
        return how.unit is not None
    if isinstance(how, Rounded) or not isinstance(how, Arithmetic | Elapsed | Extreme):
        return False
    if isinstance(how, Divided | Elapsed):
        return True
    has_share = isinstance(how, Summed) and any(isinstance(times, Fraction) for times in how.times)
    return has_share or any(word is not None and word.endless for word in words)
