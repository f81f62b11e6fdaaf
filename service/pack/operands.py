"""What matchers compare with: constants, named values, sets and other names, each a fit for its word."""

from __future__ import annotations

from dataclasses import dataclass

from service.model.conditions import Ref
from service.model.names import Key, Own
from service.pack.vocabulary import ANY, Vocabulary, Word, literal, type_name
from service.wording import nearest
from service.written.reporter import Reporter, Steps

__all__ = ["OperandReader"]

_UNCOMPARABLE = {
    "list": "includes, lacks or empty",
    "periods": "known",
    "object": "known",
    "subject": "{known: true}",
}
"""Types whose values equal no constant, and what to ask for instead."""


@dataclass(frozen=True)
class OperandReader:
    """Reads the operands of one file's matchers; `own` is the decision whose file it is, if it is one's."""

    vocabulary: Vocabulary
    report: Reporter
    own: str | None = None

    def key(self, name: str) -> Key:
        """Return the key that a condition reads a name by: for a member of the own decision Own."""
        return Own(name) if name in self.vocabulary.members.get(self.own or "", ()) else name

    def constant(self, word: Word, operand: object, path: Steps, about: str) -> object:
        """Return a value that a word may equal."""
        if word.type in _UNCOMPARABLE:
            mend = _UNCOMPARABLE[word.type]
            self.report.at(path, "wrong_type", f"{about}: '{word.name}' is a {word.type}: ask for {mend}")
            return operand
        try:
            value = literal(operand, word.type)
        except ValueError as wrong:
            self.report.at(path, "wrong_type", f"{about}: '{word.name}' is a {word.type}: {wrong}")
            return operand
        if word.choices is not None and value not in word.choices:
            close = nearest(str(value), map(str, word.choices))
            self.report.at(path, "impossible_value", f"{about}: '{word.name}' is never {_show(value)}", close)
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
            message = f"{about}: '{word.name}' is a {word.type}, '{other.name}' a {other.type}{so}"
            self.report.at(path, "wrong_type", message)
        return Ref(self.key(other.name))

    def collection(self, word: Word, operand: object, path: Steps, about: str) -> Ref | frozenset[object] | None:
        """Return the named set, or the list of that name, that a word's value is looked for in."""
        name = str(operand)
        if word.type in _UNCOMPARABLE:
            self.report.at(path, "wrong_type", f"{about}: '{word.name}' is a {word.type}, which is in no set or list")
        if name in self.vocabulary.sets:
            return self._members(word, name, path, about)
        other = self.vocabulary.word(name)
        if other is None:
            close = self.vocabulary.closest(name, self.vocabulary.sets)
            self.report.at(path, "unknown_name", f"{about}: there is no set or list '{name}'", close)
            return None
        self.needs_list(other, path, about)
        return Ref(self.key(name))

    def _members(self, word: Word, name: str, path: Steps, about: str) -> frozenset[object]:
        """Return the members of a named set as values of the word's type."""
        members: list[object] = []
        for each in self.vocabulary.sets[name]:
            try:
                members.append(literal(each, word.type))
            except ValueError as wrong:
                message = f"{about}: '{word.name}' is a {word.type}, and in the set '{name}' {wrong}"
                self.report.at(path, "wrong_type", message)
                return frozenset()
        strange = [each for each in members if word.choices is not None and each not in word.choices]
        if strange:
            close = nearest(str(strange[0]), map(str, word.choices or ()))
            message = f"{about}: the set '{name}' has {_show(strange[0])}, which '{word.name}' never is"
            self.report.at(path, "impossible_value", message, close)
        return frozenset(members)

    def items(self, word: Word, operand: object, path: Steps, about: str) -> tuple[object, ...]:
        """Return the items that a list is asked for."""
        self.needs_list(word, path, about)
        items = tuple(operand) if isinstance(operand, list) else (operand,)
        for item in items:
            if word.items is not None and item not in word.items:
                close = nearest(str(item), map(str, word.items))
                self.report.at(path, "impossible_value", f"{about}: '{word.name}' never has {_show(item)}", close)
        return items

    def needs_list(self, word: Word, path: Steps, about: str) -> None:
        """Report a word that has no items."""
        if word.type not in ("list", ANY, "periods"):
            self.report.at(path, "wrong_type", f"{about}: '{word.name}' is a {word.type}, not a list")

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
    return f"'{value}'" if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
