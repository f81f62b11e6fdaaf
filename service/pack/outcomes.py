"""The values that rules and rows give to members: constants, named values, and templates that copy names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service.model.pack import Member, Template
from service.model.values import ABSENT, Pairs, inner, settled
from service.pack.vocabulary import ANY, Vocabulary, literal, why_not_given
from service.wording import nearest
from service.written.reporter import Path, Reporter

__all__ = ["ValueReader"]


@dataclass(frozen=True)
class ValueReader:
    """Reads what a rule or row gives to members of one decision."""

    own: frozenset[str]
    vocabulary: Vocabulary
    report: Reporter

    def value(self, member: Member, written: object, path: Path, about: str) -> object:
        """Return a constant or a Template fit for a member; what is wrong becomes findings."""
        if written is None:  # refused already
            return None
        inputs: dict[str, None] = {}
        built = self._build(written, path, about, inputs)
        if member.type == "list" and not isinstance(built, _Copied) and not isinstance(written, list):
            built = (built,)
        if inputs:
            self._fits_copy(member, built, path, about)
            return Template(tuple(inputs), _filler(built))
        return self._checked(member, built, path, about)

    def _build(self, written: object, path: Path, about: str, inputs: dict[str, None]) -> object:
        if isinstance(written, dict):
            if set(written) == {"value"}:
                return self._named(str(written["value"]), (*path, "value"), about)
            if set(written) == {"from"}:
                return self._copied(str(written["from"]), (*path, "from"), about, inputs)
            return Pairs(
                tuple((str(key), self._build(each, (*path, key), about, inputs)) for key, each in written.items())
            )
        if isinstance(written, list):
            return tuple(self._build(each, (*path, index), about, inputs) for index, each in enumerate(written))
        return written

    def _named(self, name: str, path: Path, about: str) -> object:
        if name not in self.vocabulary.values:
            close = nearest(name, self.vocabulary.values)
            self.report.at(path, "unknown_name", f"{about}: there is no named value '{name}'", close)
            return None
        return settled(self.vocabulary.values[name])

    def _copied(self, name: str, path: Path, about: str, inputs: dict[str, None]) -> object:
        word = self.vocabulary.word(name)
        if word is None:
            close = self.vocabulary.closest(name)
            self.report.at(path, "unknown_name", f"{about} copies '{name}', which is not declared", close)
            return None
        if word.personal is not None:
            message = f"{about} copies '{name}', which {why_not_given(word)}"
            self.report.at(path, "personal_outcome", message)
        key = inner(name) if name in self.own else name
        inputs[key] = None
        return _Copied(key)

    def _fits_copy(self, member: Member, built: object, path: Path, about: str) -> None:
        if not isinstance(built, _Copied):
            return
        word = self.vocabulary.word(built.key.removeprefix("@"))
        if word is None or ANY in (word.type, member.type):
            return
        if word.type != member.type and {word.type, member.type} != {"integer", "number"}:
            self.report.at(
                path, "wrong_type", f"{about}: member {member.path} is a {member.type}, '{word.name}' a {word.type}"
            )
        if word.lenient and not member.where_known:
            why = f"'{word.name}' passes over unknown facts, so member {member.path} must be 'where_known: true'"
            self.report.at(path, "lenient_member", f"{about}: {why}")

    def _checked(self, member: Member, value: object, path: Path, about: str) -> object:
        if member.type == "list":
            return self._checked_list(member, value, path, about)
        if member.type == "object":
            return value
        try:
            typed = literal(value, member.type)
        except ValueError as wrong:
            self.report.at(path, "wrong_type", f"{about}: member {member.path} is a {member.type}: {wrong}")
            return value
        if member.choices is not None and typed not in member.choices:
            self._impossible(member, typed, member.choices, path, about)
        return typed

    def _checked_list(self, member: Member, value: object, path: Path, about: str) -> object:
        items = value if isinstance(value, tuple) else (value,)
        for item in items:
            if member.items is not None and item not in member.items:
                self._impossible(member, item, member.items, path, about)
        return items

    def _impossible(self, member: Member, value: object, choices: tuple[object, ...], path: Path, about: str) -> None:
        close = nearest(str(value), [str(each) for each in choices])
        self.report.at(path, "impossible_value", f"{about}: member {member.path} is never '{value}'", close)


@dataclass(frozen=True, slots=True)
class _Copied:
    """A place in a value that another name fills."""

    key: str


def _filler(built: object) -> Callable[[Mapping[str, object]], object]:
    """Return what fills a value's copied places; ABSENT where one of them is none."""

    def fill(values: Mapping[str, object]) -> object:
        filled = _fill(built, values)
        return ABSENT if filled is None else filled

    return fill


def _fill(built: object, values: Mapping[str, object]) -> object:
    if isinstance(built, _Copied):
        value = values.get(built.key)
        return None if value is ABSENT else value
    if isinstance(built, Pairs):
        pairs = [(key, _fill(each, values)) for key, each in built]
        return Pairs(pairs) if all(each is not None for _, each in pairs) else None
    if isinstance(built, tuple):
        items = tuple(_fill(each, values) for each in built)
        return items if None not in items else None
    return built
