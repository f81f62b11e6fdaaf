"""Conditions as they are written: mappings of names to matchers become the trees of `conditions.py`, or findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service.nearest import nearest
from service.pack.conditions import All, AnyOf, Condition, Not, Ref, Test
from service.pack.findings import Finding
from service.pack.model import inner
from service.pack.readings import Path, Tree
from service.pack.vocabulary import ANY, COMPARABLE, Vocabulary, Word, literal, type_name

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
    "not", "known", *_ORDERINGS, "in", "not_in", "includes", "includes_any", "lacks", "empty", "same_as", "differs_from",
)  # fmt: skip
"""Every operator that a matcher mapping may hold."""

_COMBINERS = ("all", "any", "none")


@dataclass
class ConditionReader:
    """Reads the conditions of one file.

    own        the decision whose file it is: its members are read from inside (None in facts.yaml)
    in_notes   whether `known` may ask what the case left out
    """

    vocabulary: Vocabulary
    tree: Tree
    findings: list[Finding]
    own: str | None = None
    in_notes: bool = False

    def condition(self, written: object, path: Path, about: str) -> Condition:
        """Read a condition; what is wrong with it becomes findings, and it then holds always."""
        if written is None:
            return All(())
        if not isinstance(written, dict):
            self._report(path, "wrong_type", f"{about}: a condition is a mapping from names to matchers")
            return All(())
        parts = [self._entry(str(key), value, (*path, key), about) for key, value in written.items()]
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _entry(self, key: str, value: object, path: Path, about: str) -> Condition:
        if key not in _COMBINERS:
            return self._named(key, value, path, about)
        if not isinstance(value, list) or not value:
            self._report(path, "wrong_type", f"{about}: '{key}' takes a list of conditions")
            return All(())
        parts = tuple(self.condition(each, (*path, index), about) for index, each in enumerate(value))
        if key == "all":
            return All(parts)
        return AnyOf(parts) if key == "any" else Not(AnyOf(parts))

    def _named(self, name: str, matcher: object, path: Path, about: str) -> Condition:
        word = self.vocabulary.word(name)
        if word is None:
            self._unknown(name, path, about)
            return All(())
        if word.lenient:
            self._report(
                path,
                "lenient_in_condition",
                f"{about}: '{name}' passes over unknown facts: no condition can rest on it",
            )
        return self.matcher(word, matcher, path, about)

    def matcher(self, word: Word, matcher: object, path: Path, about: str) -> Condition:
        """Read one matcher on a name."""
        if not isinstance(matcher, dict):
            return self._equals(word, matcher, path, about)
        parts = [self._operator(word, str(op), operand, (*path, op), about) for op, operand in matcher.items()]
        if not parts:
            self._report(path, "wrong_type", f"{about}: the matcher of '{word.name}' is empty")
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _operator(self, word: Word, op: str, operand: object, path: Path, about: str) -> Condition:
        if op in _ORDERINGS:
            return self._ordering(word, op, operand, path, about)
        read: Callable[[Word, object, Path, str], Condition] | None = getattr(self, f"_op_{op}", None)
        if read is None or op not in MATCHERS:
            close = nearest(op, MATCHERS)
            self._report(path, "unknown_operator", f"{about}: '{op}' is no matcher", close, key=True)
            return All(())
        return read(word, operand, path, about)

    def _op_not(self, word: Word, operand: object, path: Path, about: str) -> Condition:
        return Not(self._equals(word, operand, path, about))

    def _op_known(self, word: Word, operand: object, path: Path, about: str) -> Condition:
        wanted = self._boolean(operand, path, about)
        if word.nullable or word.type == ANY:
            test = Test(self._key(word.name), "known", None)
        elif self.in_notes:
            test = Test(word.name, "given", None)
        else:
            self._report(
                path,
                "known_of_unknown",
                f"{about}: '{word.name}' is never none, only unknown, and a rule can't rest on what is not known yet",
            )
            return All(())
        return test if wanted else Not(test)

    def _op_empty(self, word: Word, operand: object, path: Path, about: str) -> Condition:
        self._needs_list(word, path, about)
        test = Test(self._key(word.name), "empty", None)
        if self._boolean(operand, path, about):
            return test
        return self._and_known(word, Not(test))

    def _op_includes(self, word: Word, operand: object, path: Path, about: str) -> Condition:
        return Test(self._key(word.name), "includes", self._items(word, operand, path, about))

    def _op_includes_any(self, word: Word, operand: object, path: Path, about: str) -> Condition:
        return Test(self._key(word.name), "includes_any", self._items(word, operand, path, about))

    def _op_lacks(self, word: Word, operand: object, path: Path, about: str) -> Condition:
        return self._and_known(word, Not(self._op_includes_any(word, operand, path, about)))

    def _op_in(self, word: Word, operand: object, path: Path, about: str) -> Condition:
        name = str(operand)
        if name in self.vocabulary.sets:
            members = self.vocabulary.sets[name]
            self._overlaps(word, name, members, path, about)
            return Test(self._key(word.name), "in", frozenset(members))
        other = self.vocabulary.word(name)
        if other is None:
            close = self.vocabulary.closest(name, self.vocabulary.sets)
            self._report(path, "unknown_name", f"{about}: there is no set or list '{name}'", close)
            return All(())
        self._needs_list(other, path, about)
        return Test(self._key(word.name), "in", Ref(self._key(name)))

    def _op_not_in(self, word: Word, operand: object, path: Path, about: str) -> Condition:
        return Not(self._op_in(word, operand, path, about))

    def _op_same_as(self, word: Word, operand: object, path: Path, about: str) -> Condition:
        other = self.vocabulary.word(str(operand))
        if other is None:
            self._unknown(str(operand), path, about)
            return All(())
        if ANY not in (word.type, other.type) and not _like(word.type, other.type):
            self._report(
                path,
                "wrong_type",
                f"{about}: '{word.name}' is a {word.type}, '{other.name}' a {other.type}: never the same",
            )
        return Test(self._key(word.name), "equals", Ref(self._key(other.name)))

    def _op_differs_from(self, word: Word, operand: object, path: Path, about: str) -> Condition:
        return Not(self._op_same_as(word, operand, path, about))

    def _equals(self, word: Word, operand: object, path: Path, about: str) -> Condition:
        key = self._key(word.name)
        if isinstance(operand, list):
            values = [self._constant(word, each, (*path, index), about) for index, each in enumerate(operand)]
            if not operand:
                self._report(path, "impossible_value", f"{about}: '{word.name}' can't be one of nothing")
            return Test(key, "one_of", tuple(values))
        return Test(key, "equals", self._constant(word, operand, path, about))

    def _constant(self, word: Word, operand: object, path: Path, about: str) -> object:
        if word.type in ("list", "periods", "object", "subject"):
            mend = {"list": "includes, lacks or empty", "subject": "{known: true}"}.get(word.type, "known")
            self._report(path, "wrong_type", f"{about}: '{word.name}' is a {word.type}: ask for {mend}")
            return operand
        try:
            value = literal(operand, word.type)
        except ValueError as wrong:
            self._report(path, "wrong_type", f"{about}: '{word.name}' is a {word.type}: {wrong}")
            return operand
        if word.choices is not None and value not in word.choices:
            close = nearest(str(value), [str(each) for each in word.choices])
            self._report(path, "impossible_value", f"{about}: '{word.name}' is never {_show(value)}", close)
        return value

    def _ordering(self, word: Word, op: str, operand: object, path: Path, about: str) -> Condition:
        relation, straight, kind = _ORDERINGS[op]
        compares = COMPARABLE.get(word.type)
        if word.type != ANY and (compares is None or (compares == "number") != (kind == "number")):
            suits = {"number": "numbers", "date": "dates and instants"}[kind]
            self._report(path, "wrong_type", f"{about}: '{op}' compares {suits}, and '{word.name}' is a {word.type}")
            return All(())
        test = Test(self._key(word.name), relation, self._bound(word, operand, path, about))
        return test if straight else self._and_known(word, Not(test), test.operand)

    def _bound(self, word: Word, operand: object, path: Path, about: str) -> object:
        if isinstance(operand, str) and operand in self.vocabulary.values:
            operand = self.vocabulary.values[operand]
        other = self.vocabulary.word(operand) if isinstance(operand, str) else None
        if other is not None:
            if ANY not in (word.type, other.type) and not _like(word.type, other.type):
                self._report(
                    path, "wrong_type", f"{about}: '{word.name}' is a {word.type}, '{other.name}' a {other.type}"
                )
            return Ref(self._key(other.name))
        try:
            return literal(operand, "number" if word.type == "integer" else word.type)
        except ValueError as wrong:
            close = self.vocabulary.closest(operand, self.vocabulary.values) if isinstance(operand, str) else None
            self._report(path, "wrong_type", f"{about}: {wrong}, nor a name", close)
            return operand

    def _and_known(self, word: Word, condition: Condition, operand: object = None) -> Condition:
        """Keep a negated comparison false of none, on either side."""
        asked = [word.name] if word.nullable else []
        if isinstance(operand, Ref):
            other = self.vocabulary.word(operand.name.removeprefix("@"))
            if other is not None and other.nullable:
                asked.append(other.name)
        if not asked:
            return condition
        return All((*(Test(self._key(name), "known", None) for name in asked), condition))

    def _items(self, word: Word, operand: object, path: Path, about: str) -> tuple[object, ...]:
        self._needs_list(word, path, about)
        items = tuple(operand) if isinstance(operand, list) else (operand,)
        for item in items:
            if word.items is not None and item not in word.items:
                close = nearest(str(item), [str(each) for each in word.items])
                self._report(path, "impossible_value", f"{about}: '{word.name}' never has {_show(item)}", close)
        return items

    def _overlaps(self, word: Word, name: str, members: tuple[object, ...], path: Path, about: str) -> None:
        choices = word.choices
        strange = [each for each in members if choices is not None and each not in choices]
        if strange:
            close = nearest(str(strange[0]), [str(each) for each in choices or ()])
            self._report(
                path,
                "impossible_value",
                f"{about}: the set '{name}' has {_show(strange[0])}, which '{word.name}' never is",
                close,
            )

    def _needs_list(self, word: Word, path: Path, about: str) -> None:
        if word.type not in ("list", ANY, "periods"):
            self._report(path, "wrong_type", f"{about}: '{word.name}' is a {word.type}, not a list")

    def _boolean(self, operand: object, path: Path, about: str) -> bool:
        if not isinstance(operand, bool):
            self._report(path, "wrong_type", f"{about}: takes true or false, not {type_name(operand)}")
        return operand is True

    def _key(self, name: str) -> str:
        return (
            inner(name) if self.own is not None and name.startswith(self.own + ".") and self._is_member(name) else name
        )

    def _is_member(self, name: str) -> bool:
        return name in self.vocabulary.members.get(self.own or "", ())

    def _unknown(self, name: str, path: Path, about: str) -> None:
        close = self.vocabulary.closest(name)
        self._report(
            path,
            "unknown_name",
            f"{about} reads '{name}', which neither the facts schema nor the pack declares",
            close,
            key=True,
        )

    def _report(self, path: Path, code: str, message: str, close: str | None = None, *, key: bool = False) -> None:
        place = self.tree.key_place(path) if key else self.tree.place(path)
        self.findings.append(Finding(place, code, message, close))


def _like(first: str, second: str) -> bool:
    return first == second or {first, second} <= {"integer", "number"}


def _show(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
