"""Conditions as they are written: mappings of names to matchers become the trees of `conditions.py`, or findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from service.model.conditions import ALWAYS, All, AnyOf, Condition, Not, Ref, Test
from service.model.names import Key, shown_name
from service.pack.operands import OperandReader
from service.pack.vocabulary import ANY, COMPARABLE, Vocabulary, Word
from service.wording import nearest
from service.written.reporter import Reporter, Steps

__all__ = ["MATCHERS", "ConditionReader"]

_ORDERINGS: Mapping[str, tuple[str, bool, str]] = {
    "less_than": ("less_than", True, "number"),
    "at_most": ("at_most", True, "number"),
    "more_than": ("at_most", False, "number"),
    "at_least": ("less_than", False, "number"),
    "before": ("less_than", True, "date"),
    "on_or_before": ("at_most", True, "date"),
    "after": ("at_most", False, "date"),
    "on_or_after": ("less_than", False, "date"),
}
"""Matcher -> leaf relation, whether it is taken straight or negated, and what it compares."""

MATCHERS = (
    "not", "known", *_ORDERINGS,
    "in", "not_in", "includes", "includes_any", "lacks", "empty", "same_as", "differs_from",
)  # fmt: skip
"""Every operator that a matcher mapping may hold."""

_COMBINERS = ("all", "any", "none")

_Read = Callable[[Word, object, Steps, str], Condition]


@dataclass(frozen=True)
class ConditionReader:
    """Reads the conditions of one file.

    own        the decision whose file it is: its members are read from inside (None in facts.yaml)
    in_notes   whether `known` may ask what the case left out
    """

    vocabulary: Vocabulary
    report: Reporter
    own: str | None = None
    in_notes: bool = False
    operands: OperandReader = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "operands", OperandReader(self.vocabulary, self.report, self.own))

    def condition(self, written: object, path: Steps, about: str) -> Condition:
        """Read a condition; what is wrong with it becomes findings, and it then holds always."""
        if written is None:
            return ALWAYS
        if not isinstance(written, dict):
            self.report.at(path, "wrong_type", f"{about}: a condition is a mapping from names to matchers")
            return ALWAYS
        return _all([self._entry(str(key), value, (*path, key), about) for key, value in written.items()])

    def _entry(self, key: str, value: object, path: Steps, about: str) -> Condition:
        if key not in _COMBINERS:
            return self.named(key, value, path, about)
        if not isinstance(value, list) or not value:
            self.report.at(path, "wrong_type", f"{about}: '{key}' takes a list of conditions")
            return ALWAYS
        parts = tuple(self.condition(each, (*path, index), about) for index, each in enumerate(value))
        if key == "all":
            return All(parts)
        return AnyOf(parts) if key == "any" else Not(AnyOf(parts))

    def named(self, name: str, matcher: object, path: Steps, about: str) -> Condition:
        """Read a matcher on a name: an entry of a condition, or a `when` cell of the column of that name."""
        word = self.vocabulary.word(name)
        if word is None:
            self.operands.unknown(name, path, about)
            return ALWAYS
        if word.lenient:
            message = f"{about}: '{name}' passes over unknown facts: no condition can rest on it"
            self.report.at(path, "lenient_in_condition", message)
        return self._matcher(word, matcher, path, about)

    def _matcher(self, word: Word, matcher: object, path: Steps, about: str) -> Condition:
        if matcher is None:  # refused already
            return ALWAYS
        if not isinstance(matcher, dict):
            return self._equals(word, matcher, path, about)
        if not matcher:
            self.report.at(path, "wrong_type", f"{about}: the matcher of '{word.name}' is empty")
        return _all([self._operator(word, str(op), operand, (*path, op), about) for op, operand in matcher.items()])

    def _operator(self, word: Word, op: str, operand: object, path: Steps, about: str) -> Condition:
        if operand is None:  # refused already
            return ALWAYS
        if op in _ORDERINGS:
            return self._ordering(word, op, operand, path, about)
        read: Mapping[str, _Read] = {
            "not": self._not,
            "known": self._known,
            "in": self._in,
            "not_in": self._not_in,
            "includes": self._includes,
            "includes_any": self._includes_any,
            "lacks": self._lacks,
            "empty": self._empty,
            "same_as": self._same_as,
            "differs_from": self._differs_from,
        }
        if op in read:
            return read[op](word, operand, path, about)
        self.report.at_key(path, "unknown_operator", f"{about}: '{op}' is no matcher", nearest(op, MATCHERS))
        return ALWAYS

    def _equals(self, word: Word, operand: object, path: Steps, about: str) -> Condition:
        key = self.operands.key(word.name)
        if not isinstance(operand, list):
            return self._test(key, "equals", self.operands.constant(word, operand, path, about), path)
        if not operand:
            self.report.at(path, "impossible_value", f"{about}: '{word.name}' can't be one of nothing")
        values = [self.operands.constant(word, each, (*path, index), about) for index, each in enumerate(operand)]
        return self._test(key, "one_of", tuple(values), path)

    def _not(self, word: Word, operand: object, path: Steps, about: str) -> Condition:
        return Not(self._equals(word, operand, path, about))

    def _known(self, word: Word, operand: object, path: Steps, about: str) -> Condition:
        wanted = self.operands.boolean(operand, path, about)
        if word.nullable or word.type == ANY:
            test = self._test(self.operands.key(word.name), "known", None, path)
        elif self.in_notes:
            test = self._test(word.name, "given", None, path)
        else:
            why = f"'{word.name}' is never none, only unknown, and a rule can't rest on what is not known yet"
            self.report.at(path, "known_of_unknown", f"{about}: {why}")
            return ALWAYS
        return test if wanted else Not(test)

    def _empty(self, word: Word, operand: object, path: Steps, about: str) -> Condition:
        self.operands.needs_list(word, path, about)
        test = self._test(self.operands.key(word.name), "empty", None, path)
        if self.operands.boolean(operand, path, about):
            return test
        return self._and_known(word, test)

    def _includes(self, word: Word, operand: object, path: Steps, about: str) -> Condition:
        items = self.operands.items(word, operand, path, about)
        return self._test(self.operands.key(word.name), "includes", items, path)

    def _includes_any(self, word: Word, operand: object, path: Steps, about: str) -> Test:
        items = self.operands.items(word, operand, path, about)
        return self._test(self.operands.key(word.name), "includes_any", items, path)

    def _lacks(self, word: Word, operand: object, path: Steps, about: str) -> Condition:
        return self._and_known(word, self._includes_any(word, operand, path, about))

    def _in(self, word: Word, operand: object, path: Steps, about: str) -> Condition:
        found = self.operands.collection(word, operand, path, about)
        return ALWAYS if found is None else self._test(self.operands.key(word.name), "in", found, path)

    def _not_in(self, word: Word, operand: object, path: Steps, about: str) -> Condition:
        return Not(self._in(word, operand, path, about))

    def _same_as(self, word: Word, operand: object, path: Steps, about: str) -> Condition:
        other = self.operands.same(word, operand, path, about)
        return ALWAYS if other is None else self._test(self.operands.key(word.name), "equals", other, path)

    def _differs_from(self, word: Word, operand: object, path: Steps, about: str) -> Condition:
        return Not(self._same_as(word, operand, path, about))

    def _ordering(self, word: Word, op: str, operand: object, path: Steps, about: str) -> Condition:
        relation, straight, kind = _ORDERINGS[op]
        compares = COMPARABLE.get(word.type)
        if word.type != ANY and (compares is None or (compares == "number") != (kind == "number")):
            suits = {"number": "numbers", "date": "dates and instants"}[kind]
            message = f"{about}: '{op}' compares {suits}, and '{word.name}' is a {word.type}"
            self.report.at(path, "wrong_type", message)
            return ALWAYS
        test = self._test(self.operands.key(word.name), relation, self.operands.bound(word, operand, path, about), path)
        return test if straight else self._and_known(word, test)

    def _and_known(self, word: Word, test: Test) -> Condition:
        """Negate a comparison, and keep it false of none on either side."""
        asked = [word.name] if word.nullable else []
        if isinstance(test.operand, Ref):
            other = self.vocabulary.word(shown_name(test.operand.name))
            if other is not None and other.nullable:
                asked.append(other.name)
        if not asked:
            return Not(test)
        known = (Test(self.operands.key(name), "known", None, test.place) for name in asked)
        return All((*known, Not(test)))

    def _test(self, key: Key, op: str, operand: object, path: Steps) -> Test:
        return Test(key, op, operand, self.report.place(path))


def _all(parts: list[Condition]) -> Condition:
    """Return the conjunction of conditions; of one, the one itself."""
    return parts[0] if len(parts) == 1 else All(tuple(parts))
