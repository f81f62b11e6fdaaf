"""Conditions as they are written: mappings of names to matchers become the trees of `conditions.py`, or findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from decimal import Decimal

from service.facts.numbers import exact_value, number_text
from service.instants import read_time
from service.model.conditions import ALWAYS, All, AnyOf, Condition, Not, Ref, Test
from service.model.derivations import Chosen, Derived
from service.model.names import Key, OfItem, Own, shown_name
from service.model.records import names_beside
from service.pack.condition_texts import QUANTIFIERS, condition_text
from service.pack.text_matchers import INSIDE, TextReader
from service.pack.vocabulary import (
    ANY,
    COMPARABLE,
    Vocabulary,
    Word,
    a_type,
    it_is,
    literal,
    type_name,
    why_not_ongoing,
)
from service.wording import nearest
from service.written.findings import Reporter, Steps

__all__ = ["MATCHERS", "ConditionReader"]

_UNCOMPARABLE = {
    "list": "includes, lacks or empty",
    "periods": "known",
    "records": "some, every, no or empty",
    "object": "known",
    "subject": "{known: true}",
}
"""Types whose values equal no constant, and what to ask for instead."""


@dataclass(frozen=True)
class Items:
    """The list of records on whose items a condition is.

    members  their names
    twofold  those of them that are names of the pack as well
    """

    name: str
    members: frozenset[str]
    twofold: frozenset[str]


@dataclass(frozen=True)
class OperandReader:
    """Reads the operands of one file's matchers.

    own    the decision whose file it is, if it is one's
    among  on whose items the condition is, if it is on some
    """

    vocabulary: Vocabulary
    report: Reporter
    own: str | None = None
    among: Items | None = None

    def key(self, name: str) -> Key:
        """Return the key that a condition reads a name by: of an item OfItem, else as the vocabulary has it."""
        if self.among is not None and name in self.among.members:
            return OfItem(f"{self.among.name}[].{name}")
        return self.vocabulary.key(name, self.own)

    def constant(self, word: Word, operand: object, path: Steps, about: str) -> object:
        """Return a value that a word may equal."""
        if word.type in _UNCOMPARABLE:
            mend = _UNCOMPARABLE[word.type]
            self.report.at(path, "wrong_type", f"{about}: '{word.name}' is {a_type(word.type)}: ask for {mend}")
            return operand
        try:
            value = literal(operand, word.type)
        except ValueError as wrong:
            self.report.at(path, "wrong_type", f"{about}: '{word.name}' is {a_type(word.type)}: {wrong}")
            return operand
        if word.choices is not None and value not in word.choices:
            close = nearest(str(value), map(str, word.choices))
            self.report.at(
                path,
                "impossible_value",
                f"{about}: '{word.name}' is never {_show(value)}{it_is(word.choices, written=value)}",
                close,
            )
        return value

    def bound(self, word: Word, operand: object, path: Steps, about: str) -> object:
        """Return what a word is ordered against: a constant, a named value, or another name."""
        if isinstance(operand, str) and operand in self.vocabulary.values:
            operand = self.vocabulary.values[operand]
        other = self.vocabulary.word(operand) if isinstance(operand, str) else None
        if other is not None:
            return self._other(word, other, path, about, "")
        try:
            return literal(operand, "number" if word.type == "integer" else word.type)
        except ValueError as wrong:
            close = self.vocabulary.closest(operand, self.vocabulary.values) if isinstance(operand, str) else None
            self.report.at(path, "wrong_type", f"{about}: {wrong}, nor a name", close)
            return operand

    def same(self, word: Word, operand: object, path: Steps, about: str) -> Ref | None:
        """Return the name that a word is the same as, or None when there is none."""
        other = self.vocabulary.word(str(operand))
        if other is None:
            self.unknown(str(operand), path, about)
            return None
        return self._other(word, other, path, about, ": never the same")

    def _other(self, word: Word, other: Word, path: Steps, about: str, so: str) -> Ref:
        if ANY not in (word.type, other.type) and not _is_like(word.type, other.type):
            message = f"{about}: '{word.name}' is {a_type(word.type)}, '{other.name}' {a_type(other.type)}{so}"
            self.report.at(path, "wrong_type", message)
        if other.filled:
            self.refuse_filled(other, path, about)
        self.refuse_twofold(other.name, path, about)
        return Ref(self.key(other.name))

    def refuse_twofold(self, name: str, path: Steps, about: str) -> None:
        """Report a name that is a member of an item and stands for something else as well."""
        if self.among is not None and name in self.among.twofold:
            message = f"{about}: '{name}' is a member of an item of '{self.among.name}', and another name: rename one"
            self.report.at(path, "ambiguous_name", message)

    def refuse_filled(self, word: Word, path: Steps, about: str) -> None:
        """Report a word that may be a text that names fill: which texts it can be is not gone through."""
        message = f"{about}: '{word.name}' may be a text with names in braces: ask for what fills it"
        self.report.at(path, "filled_text", message)

    def collection(self, word: Word, operand: object, path: Steps, about: str) -> Ref | frozenset[object] | None:
        """Return the named set, or the list of that name, that a word's value is looked for in."""
        name = str(operand)
        if word.type in _UNCOMPARABLE:
            self.report.at(
                path, "wrong_type", f"{about}: '{word.name}' is {a_type(word.type)}, which is in no set or list"
            )
        if name in self.vocabulary.sets:
            return self._members(word, name, path, about)
        other = self.vocabulary.word(name)
        if other is None:
            close = self.vocabulary.closest(name, self.vocabulary.sets)
            self.report.at(path, "unknown_name", f"{about}: there is no set or list '{name}'", close)
            return None
        self.needs_list(other, path, about)
        if other.filled:
            self.refuse_filled(other, path, about)
        return Ref(self.key(name))

    def _members(self, word: Word, name: str, path: Steps, about: str) -> frozenset[object]:
        """Return the members of a named set as values of the word's type."""
        members: list[object] = []
        for each in self.vocabulary.sets[name]:
            try:
                members.append(literal(each, word.type))
            except ValueError as wrong:
                message = f"{about}: '{word.name}' is {a_type(word.type)}, and in the set '{name}' {wrong}"
                self.report.at(path, "wrong_type", message)
                return frozenset()
        strange = [each for each in members if word.choices is not None and each not in word.choices]
        if strange:
            close = nearest(str(strange[0]), map(str, word.choices or ()))
            there_are = it_is(word.choices, written=strange[0])
            message = f"the set '{name}' has {_show(strange[0])}, which '{word.name}' never is{there_are}"
            self.report.elsewhere(self.vocabulary.set_places[name], "impossible_value", message, close)
        return frozenset(members)

    def items(self, word: Word, operand: object, path: Steps, about: str) -> tuple[object, ...]:
        """Return the items that a list is asked for."""
        self.needs_list(word, path, about)
        items = tuple(map(exact_value, operand if isinstance(operand, list) else [operand]))
        for item in items:
            if word.items is not None and item not in word.items:
                close = nearest(str(item), map(str, word.items))
                message = f"{about}: '{word.name}' never has {_show(item)}{it_is(word.items, 'an item is')}"
                self.report.at(path, "impossible_value", message, close)
        return items

    def needs_list(self, word: Word, path: Steps, about: str) -> None:
        """Report a word that has no items."""
        if word.type not in ("list", ANY, "periods"):
            self.report.at(path, "wrong_type", f"{about}: '{word.name}' is {a_type(word.type)}, not a list")

    def needs_periods(self, word: Word, path: Steps, about: str) -> None:
        """Report a word that is no list of periods, or one of which none goes on."""
        if word.type not in ("periods", ANY):
            self.report.at(path, "wrong_type", f"{about}: '{word.name}' is {a_type(word.type)}, not a list of periods")
        elif word.ended:
            self.report.at(path, "impossible_value", f"{about}: {why_not_ongoing(word.name)}")

    def boolean(self, operand: object, path: Steps, about: str) -> bool:
        """Return an operand that is true or false."""
        if not isinstance(operand, bool):
            self.report.at(path, "wrong_type", f"{about}: takes true or false, not {type_name(operand)}")
        return operand is True

    def unknown(self, name: str, path: Steps, about: str) -> None:
        """Report, at the key, a name that nothing declares."""
        close = self.vocabulary.closest(name)
        message = f"{about} reads '{name}', which neither the facts schema nor the pack declares"
        self.report.at_key(path, "unknown_name", message, close)


def _is_like(first: str, second: str) -> bool:
    return first == second or {first, second} <= {"integer", "number"}


def _show(value: object) -> str:
    if isinstance(value, Decimal):
        return number_text(value)
    return f"'{value}'" if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


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
    "not", "either", "known", *_ORDERINGS, "between", *INSIDE, "ignoring_case",
    "in", "not_in", "includes", "includes_any", "lacks", "empty", "ongoing", *QUANTIFIERS, "same_as", "differs_from",
)  # fmt: skip
"""Every operator that a matcher mapping may hold."""

_MIDNIGHT = "24:00"
_COMBINERS = ("all", "any", "none")

_Read = Callable[[Word, object, Steps, str], Condition]


@dataclass(frozen=True)
class ConditionReader:
    """Reads the conditions of one file.

    own        the decision whose file it is: its members are read from inside (None in facts.yaml)
    in_notes   whether `known` may ask what the case left out
    among      on whose items the conditions are, if they are on some: members are in the vocabulary by their own names
    """

    vocabulary: Vocabulary
    report: Reporter
    own: str | None = None
    in_notes: bool = False
    among: Items | None = None
    operands: OperandReader = field(init=False)

    def __post_init__(self) -> None:
        operands = OperandReader(self.vocabulary, self.report, self.own, self.among)
        object.__setattr__(self, "operands", operands)

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
        self.operands.refuse_twofold(name, path, about)
        if word.lenient:
            message = f"{about}: '{name}' passes over unknown facts: no condition can rest on it"
            self.report.at(path, "lenient_in_condition", message)
        if word.filled:
            self.operands.refuse_filled(word, path, about)
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
        if op in INSIDE or op == "ignoring_case":
            reader = TextReader(word, self.operands.key(word.name), self.report, about)
            return reader.inside(op, operand, path) if op in INSIDE else reader.any_case(operand, path)
        read: Mapping[str, _Read] = {
            "not": self._not,
            "either": self._either,
            "known": self._known,
            "between": self._between,
            "in": self._in,
            "not_in": self._not_in,
            "includes": self._includes,
            "includes_any": self._includes_any,
            "lacks": self._lacks,
            "empty": self._empty,
            "ongoing": self._ongoing,
            "some": self._some,
            "every": self._every,
            "no": self._no,
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
        return Not(self._matcher(word, operand, path, about))

    def _either(self, word: Word, operand: object, path: Steps, about: str) -> Condition:
        if not isinstance(operand, list) or len(operand) < 2:
            self.report.at(path, "wrong_type", f"{about}: 'either' takes a list of two or more matchers")
            return ALWAYS
        return AnyOf(tuple([self._matcher(word, each, (*path, i), about) for i, each in enumerate(operand)]))

    def _known(self, word: Word, operand: object, path: Steps, about: str) -> Condition:
        wanted = self.operands.boolean(operand, path, about)
        key = self.operands.key(word.name)
        known = self._test(key, "known", None, path)
        if word.nullable or word.type == ANY or (self.in_notes and isinstance(key, Own)):
            test = known
        elif self.in_notes:
            given = self._test(word.name, "given", None, path)
            # A member of a decision without an outcome is none, and so is what rests on one.
            return self._either_way(All((given, known)) if word.lacking else given, wanted)
        else:
            why = f"'{word.name}' is never none, only unknown, and a rule can't rest on what is not known yet"
            if self.among is not None and word.name in self.among.members:
                why = f"each item of '{self.among.name}' has '{word.name}'"
            self.report.at(path, "known_of_unknown", f"{about}: {why}")
            return ALWAYS
        return self._either_way(test, wanted)

    @staticmethod
    def _either_way(condition: Condition, wanted: bool) -> Condition:
        return condition if wanted else Not(condition)

    def _empty(self, word: Word, operand: object, path: Steps, about: str) -> Condition:
        if word.type != "records":
            self.operands.needs_list(word, path, about)
        test = self._test(self.operands.key(word.name), "empty", None, path)
        if self.operands.boolean(operand, path, about):
            return test
        return self._and_known(word, test)

    def _ongoing(self, word: Word, operand: object, path: Steps, about: str) -> Condition:
        self.operands.needs_periods(word, path, about)
        test = self._test(self.operands.key(word.name), "ongoing", None, path)
        if self.operands.boolean(operand, path, about):
            return test
        return self._and_known(word, test)

    def _some(self, word: Word, operand: object, path: Steps, about: str) -> Condition:
        test = self._none_chosen(word, operand, path, about, straight=True)
        return ALWAYS if test is None else self._and_known(word, test)

    def _no(self, word: Word, operand: object, path: Steps, about: str) -> Condition:
        return self._none_chosen(word, operand, path, about, straight=True) or ALWAYS

    def _every(self, word: Word, operand: object, path: Steps, about: str) -> Condition:
        return self._none_chosen(word, operand, path, about, straight=False) or ALWAYS

    def _none_chosen(self, word: Word, operand: object, path: Steps, about: str, *, straight: bool) -> Test | None:
        """Return the test that no item is such as a condition says; or, not straight, that none is otherwise."""
        derived = self.chosen(word, operand, path, about, straight=straight)
        if derived is None:
            return None
        return Test(derived.name, "empty", None, self.report.place(path), derived)

    def chosen(self, word: Word, written: object, path: Steps, about: str, *, straight: bool = True) -> Derived | None:
        """Return the items of a list of records for which a condition holds, or does not, as a derived fact.

        Its name says so: `incidents where severity 1`.
        """
        if word.type == ANY or written is None:
            return None
        if word.type != "records" or not word.members:
            mend = "a condition on items needs a list of records, as the facts schema declares it"
            self.report.at(path, "wrong_type", f"{about}: '{word.name}' is {a_type(word.type)}: {mend}")
            return None
        if not isinstance(written, dict):
            message = f"{about}: takes a condition on an item of '{word.name}', not {type_name(written)}"
            self.report.at(path, "wrong_type", message)
            return None
        where = self._among(word).condition(written, path, about)
        for name in names_beside(where):
            if isinstance(name, Own):
                why = f"'{name.name}' is a member of this decision: let a decision of its own give it"
                self.report.at(path, "own_beside_items", f"{about}: {why}")
                return None
        told = condition_text(written)
        name, where = (
            (f"{word.name} where {told}", where) if straight else (f"{word.name} where not ({told})", Not(where))
        )
        return Derived(name, name, (), "records", Chosen(word.name, where), self.report.place(path))

    def _among(self, word: Word) -> ConditionReader:
        """Return what reads conditions on the items of a list."""
        members = {each.name: each for each in word.members}
        twofold = frozenset(name for name in members if name in self.vocabulary.words)
        inside = replace(self.vocabulary, words={**self.vocabulary.words, **members})
        return ConditionReader(inside, self.report, self.own, among=Items(word.name, frozenset(members), twofold))

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
            suits = {"number": "numbers", "date": "dates, instants and times of day"}[kind]
            message = f"{about}: '{op}' compares {suits}, and '{word.name}' is {a_type(word.type)}"
            self.report.at(path, "wrong_type", message)
            return ALWAYS
        test = self._test(self.operands.key(word.name), relation, self.operands.bound(word, operand, path, about), path)
        return test if straight else self._and_known(word, test)

    def _between(self, word: Word, operand: object, path: Steps, about: str) -> Condition:
        """Read two times of day: from the first on until before the second, of the next day where that is earlier."""
        if word.type not in ("time", ANY):
            message = f"{about}: 'between' compares times of day, and '{word.name}' is {a_type(word.type)}"
            self.report.at(path, "wrong_type", f"{message}: say where it begins and ends, each with its own matcher")
            return ALWAYS
        ends = operand if isinstance(operand, list) else []
        if len(ends) != 2:
            self.report.at(path, "wrong_type", f"{about}: 'between' takes two times of day: ['08:00', '18:00']")
            return ALWAYS
        if None in ends:  # refused already
            return ALWAYS
        begins = self._ordering(word, "on_or_after", ends[0], (*path, 0), about)
        if ends[1] == _MIDNIGHT:
            return begins
        until = self._ordering(word, "before", ends[1], (*path, 1), about)
        first, last = (self._time_of(each) for each in ends)
        if first is not None and first == last:
            self.report.at(path, "impossible_value", f"{about}: no time is between '{ends[0]}' and the same")
        is_overnight = first is not None and last is not None and last < first
        return AnyOf((begins, until)) if is_overnight else All((begins, until))

    def _time_of(self, operand: object) -> time | None:
        """Return a time of day that is written, or a named value; None for another, which is reported elsewhere."""
        value = self.vocabulary.values.get(operand, operand) if isinstance(operand, str) else operand
        try:
            return read_time(str(value))
        except ValueError:
            return None

    def _and_known(self, word: Word, test: Test) -> Condition:
        """Negate a comparison, and keep it false of none on either side."""
        asked = [word.name] if word.nullable or word.lacking else []
        if isinstance(test.operand, Ref):
            key = test.operand.name
            other = self.vocabulary.word(key.member if isinstance(key, OfItem) else shown_name(key))
            if other is not None and (other.nullable or other.lacking):
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
