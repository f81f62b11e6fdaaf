"""The values that rules and rows give to members: constants, named values, and templates that copy names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from service.facts.numbers import exact_value
from service.model.derivations import Derived, reading
from service.model.names import Key, Own, shown_name
from service.model.outcomes import Copied, Template, Text
from service.model.pack import Member
from service.model.values import Pairs, hashable
from service.pack.arithmetic import ArithmeticReader
from service.pack.filled_texts import BadBraces, Name, pieces
from service.pack.inputs import InputReader
from service.pack.vocabulary import ANY, Vocabulary, a_type, it_is, literal, why_not_given, why_not_written
from service.wording import nearest
from service.written.findings import Reporter, Steps
from service.written.shape import Written

__all__ = ["ValueReader"]


_UNTOLD = ("object", "periods", "subject")


class _Copies(NamedTuple):
    """The names that a value copies, and those of them that are multiples, as derived facts."""

    inputs: dict[Key, None]
    multiples: dict[Key, Derived]


@dataclass(frozen=True)
class ValueReader:
    """Reads what a rule or row gives to members of one decision."""

    decision: str
    vocabulary: Vocabulary
    report: Reporter

    def value(self, member: Member, written: object, path: Steps, about: str) -> object:
        """Return a constant or a Template fit for a member; what is wrong becomes findings."""
        if written is None:  # refused already
            return None
        inputs: dict[Key, None] = {}
        multiples: dict[Key, Derived] = {}
        built = self._build(written, path, about, _Copies(inputs, multiples))
        if built is None:  # a name that nothing has: that alone is told
            return None
        if member.type == "list" and not isinstance(built, Copied) and not isinstance(written, list):
            built = (built,)
        if member.record and isinstance(built, tuple):
            built = tuple(self._recorded(member, item, multiples, path, about) for item in built)
        if inputs:
            self._fits_copy(member, built, multiples, path, about)
            return Template(tuple(inputs), built, tuple(multiples.values()))
        return self._checked(member, built, path, about)

    def _build(self, written: object, path: Steps, about: str, copies: _Copies) -> object:
        if isinstance(written, dict):
            if set(written) == {"value"}:
                return self._named(str(written["value"]), (*path, "value"), about, copies)
            if set(written) == {"from"}:
                return self._copied_whole(str(written["from"]), (*path, "from"), about, copies)
            if set(written) == {"from", "times"}:
                return self._multiple(written, path, about, copies)
            return Pairs(
                tuple((str(key), self._build(each, (*path, key), about, copies)) for key, each in written.items())
            )
        if isinstance(written, list):
            return tuple(self._build(each, (*path, index), about, copies) for index, each in enumerate(written))
        return self._text(written, path, about, copies) if isinstance(written, str) else exact_value(written)

    def _text(self, written: str, path: Steps, about: str, copies: _Copies) -> object:
        """Return a text, or a Text where names stand in it in braces."""
        try:
            found = pieces(written)
        except BadBraces:
            message = f"{about}: a brace of '{written}' opens or closes no name: double it where a brace is meant"
            self.report.at(path, "bad_braces", message)
            return written
        filled = [self._in_braces(each.name, path, about, copies) if isinstance(each, Name) else each for each in found]
        if None in filled or not any(isinstance(each, Copied) for each in filled):
            return "".join(each for each in filled if isinstance(each, str))
        return Text(tuple(filled))  # type: ignore[arg-type]

    def _in_braces(self, name: str, path: Steps, about: str, copies: _Copies) -> object:
        """Return the place that a name in braces fills: a name of the pack, or a member of the decision by its path."""
        paths = {own.split(".", maxsplit=1)[1]: own for own in self.vocabulary.members[self.decision]}
        word = self.vocabulary.word(name) or self.vocabulary.word(paths.get(name, ""))
        if word is None:
            close = self.vocabulary.closest(name, paths)
            self.report.at(path, "unknown_name", f"{about}: '{{{name}}}' is no name that is declared", close)
            return None
        if word.type in _UNTOLD:
            self.report.at(path, "wrong_type", f"{about}: '{name}' is {a_type(word.type)}, of which no text can tell")
        return self._copied(word.name, path, about, copies)

    def _named(self, name: str, path: Steps, about: str, copies: _Copies) -> object:
        if name in self.vocabulary.dated:
            return self._copied_whole(name, path, about, copies)
        if name not in self.vocabulary.values:
            close = nearest(name, self.vocabulary.values)
            self.report.at(path, "unknown_name", f"{about}: there is no named value '{name}'", close)
            return None
        return hashable(self.vocabulary.values[name])

    def _copied_whole(self, name: str, path: Steps, about: str, copies: _Copies) -> object:
        word = self.vocabulary.word(name)
        if word is not None and word.filled:
            message = f"{about}: '{name}' may be a text with names in braces: copy it as one, '{{{name}}}'"
            self.report.at(path, "filled_text", message)
        return self._copied(name, path, about, copies)

    def _multiple(self, written: Written, path: Steps, about: str, copies: _Copies) -> object:
        """Return the place of a name so many times: the sum in which it counts so often, a derived fact."""
        inner = _Copies({}, {})
        copied = self._copied(str(written["from"]), (*path, "from"), about, inner)
        if not isinstance(copied, Copied):
            return None
        reader = ArithmeticReader(InputReader(self.vocabulary, self.report))
        made = reader.multiple(written["from"], written["times"], path, about)
        if made is None:
            return None
        how, type_, told = made
        is_between = isinstance(copied.key, Own)
        how = reading(how, lambda _: copied.key)
        multiple = Derived(told, told, (), type_, how, self.report.place(path), is_between=is_between)
        copies.multiples[multiple.key] = multiple
        copies.inputs[multiple.key] = None
        return Copied(multiple.key)

    def _copied(self, name: str, path: Steps, about: str, copies: _Copies) -> object:
        word = self.vocabulary.word(name)
        if word is None:
            close = self.vocabulary.closest(name)
            self.report.at(path, "unknown_name", f"{about} copies '{name}', which is not declared", close)
            return None
        if word.personal is not None:
            message = f"{about} copies '{name}', which {why_not_given(word)}"
            self.report.at(path, "personal_outcome", message)
        if word.endless:
            self.report.at(path, "endless_outcome", f"{about} copies '{name}', which {why_not_written(word)}")
        key = self.vocabulary.key(name, self.decision)
        copies.inputs[key] = None
        return Copied(key)

    def _recorded(
        self, member: Member, item: object, multiples: Mapping[Key, Derived], path: Steps, about: str
    ) -> object:
        """Return an item of a list of records, its values as those of their types."""
        declared = {each.path: each for each in member.record}
        if not isinstance(item, Pairs):
            message = f"{about}: an item of {member.path} is a record with {', '.join(declared)}"
            self.report.at(path, "wrong_type", message)
            return item
        given = dict(item)
        for name in given.keys() - declared.keys():
            message = f"{about}: a record of {member.path} has no '{name}'"
            self.report.at(path, "unknown_member", message, nearest(name, declared))
        for each in member.record:
            if each.path not in given and not each.optional:
                self.report.at(path, "missing_key", f"{about}: a record of {member.path} lacks '{each.path}'")
        return Pairs((name, self._in_record(declared.get(name), each, multiples, path, about)) for name, each in item)

    def _in_record(
        self, member: Member | None, built: object, multiples: Mapping[Key, Derived], path: Steps, about: str
    ) -> object:
        if member is None or built is None:
            return built
        if isinstance(built, Copied | Text):
            self._fits_copy(member, built, multiples, path, about)
            return built
        return self._checked(member, built, path, about)

    def _fits_copy(
        self, member: Member, built: object, multiples: Mapping[Key, Derived], path: Steps, about: str
    ) -> None:
        if isinstance(built, Text):
            self._fits_text(member, built, path, about)
        if not isinstance(built, Copied):
            return
        multiple = multiples.get(built.key)
        word = self.vocabulary.word(shown_name(built.key if multiple is None else multiple.inputs[0]))
        if word is not None and multiple is not None:
            word = replace(word, name=multiple.name, type=multiple.type)
        if word is None or ANY in (word.type, member.type):
            return
        if word.type != member.type and {word.type, member.type} != {"integer", "number"}:
            self.report.at(
                path,
                "wrong_type",
                f"{about}: member {member.path} is {a_type(member.type)}, '{word.name}' {a_type(word.type)}",
            )
        if word.lenient and not member.where_known:
            why = f"'{word.name}' passes over unknown facts, so member {member.path} must be 'where_known: true'"
            self.report.at(path, "lenient_member", f"{about}: {why}")

    def _fits_text(self, member: Member, built: Text, path: Steps, about: str) -> None:
        if member.type not in ("string", ANY) or member.choices is not None:
            which = "one of a few texts" if member.type == "string" else a_type(member.type)
            message = f"{about}: member {member.path} is {which}, and a text with names in braces can be any text"
            self.report.at(path, "wrong_type", message)
        words = [self.vocabulary.word(shown_name(each.key)) for each in built.pieces if isinstance(each, Copied)]
        lenient = [word.name for word in words if word is not None and word.lenient]
        if lenient and not member.where_known:
            why = f"'{lenient[0]}' passes over unknown facts, so member {member.path} must be 'where_known: true'"
            self.report.at(path, "lenient_member", f"{about}: {why}")

    def _checked(self, member: Member, value: object, path: Steps, about: str) -> object:
        if member.type == "list":
            return self._checked_list(member, value, path, about)
        if member.type == "object":
            return value
        if member.type == "periods":
            message = f"{about}: member {member.path} is a list of periods, which is only copied: {{from: a name}}"
            self.report.at(path, "literal_periods", message)
            return value
        try:
            typed = literal(value, member.type)
        except ValueError as wrong:
            self.report.at(path, "wrong_type", f"{about}: member {member.path} is {a_type(member.type)}: {wrong}")
            return value
        if member.choices is not None and typed not in member.choices:
            self._impossible(member, typed, member.choices, path, about)
        return typed

    def _checked_list(self, member: Member, value: object, path: Steps, about: str) -> object:
        items = value if isinstance(value, tuple) else (value,)
        for item in items:
            if member.items is not None and item is not None and item not in member.items:
                self._impossible(member, item, member.items, path, about)
        return items

    def _impossible(self, member: Member, value: object, choices: tuple[object, ...], path: Steps, about: str) -> None:
        close = nearest(str(value), [str(each) for each in choices])
        self.report.at(
            path, "impossible_value", f"{about}: member {member.path} is never '{value}'{it_is(choices)}", close
        )
