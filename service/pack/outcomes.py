"""What a decision gives: the members that it declares, and the values that rules give them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from service.nearest import nearest
from service.pack.findings import Finding
from service.pack.model import ABSENT, Copy, Member, Pairs, Template, inner, settled
from service.pack.readings import Path, Tree
from service.pack.vocabulary import ANY, Vocabulary, Word, literal, type_name

__all__ = ["MemberReader", "ValueReader"]

_TYPES = ("boolean", "string", "integer", "number", "date", "instant", "list", "object", "periods")


@dataclass
class MemberReader:
    """Reads the `gives` of one decision, first its types, later its copies."""

    decision: str
    vocabulary: Vocabulary
    tree: Tree
    findings: list[Finding]

    def members(self, gives: Mapping[str, object]) -> tuple[Member, ...]:
        """Return the declared members in order."""
        return tuple(self._member(str(path), form, ("gives", path)) for path, form in gives.items())

    def _member(self, path: str, form: object, where: Path) -> Member:
        spec: dict[str, object] = {}
        if isinstance(form, str):
            spec["type"] = form
        elif isinstance(form, list):
            spec["one_of"] = form
        elif isinstance(form, dict):
            spec = dict(form)
            if "list" in spec:
                spec.update(type="list", items=spec["list"])
        choices = self._values(spec.get("one_of"))
        type_ = str(spec.get("type") or (type_name(choices[0]) if choices else ANY))
        if "always" in spec and type_ == ANY:
            type_ = type_name(spec["always"])
        if type_ not in (*_TYPES, ANY):
            close = nearest(type_, _TYPES)
            self.findings.append(
                Finding(self.tree.place(where), "unknown_type", f"member {path}: '{type_}' is no type", close)
            )
            type_ = ANY
        return Member(
            path=path,
            name=f"{self.decision}.{path}",
            type=type_,
            choices=choices or ((True, False) if type_ == "boolean" else None),
            items=self._values(spec.get("items")),
            optional=spec.get("optional") is True,
            where_known=spec.get("where_known") is True,
            hidden=spec.get("hidden") is True,
        )

    def _values(self, written: object) -> tuple[object, ...] | None:
        if isinstance(written, str) and written in self.vocabulary.sets:
            return self.vocabulary.sets[written]
        return tuple(written) if isinstance(written, list) else None

    def declare(self, member: Member, *, has_applies: bool) -> None:
        """Put a member into the vocabulary."""
        self.vocabulary.words[member.name] = Word(
            member.name,
            member.type,
            choices=member.choices,
            items=member.items,
            nullable=has_applies or member.optional or member.where_known,
            lenient=member.where_known,
        )

    def copies(self, gives: Mapping[str, object], own: frozenset[str]) -> Iterator[Copy]:
        """Yield the members that no rule gives: those with `from` or `always`."""
        for path, form in gives.items():
            if isinstance(form, dict) and "from" in form:
                yield self._copy(str(path), form, own)
            elif isinstance(form, dict) and "always" in form:
                yield Copy(str(path), self.decision, None, None, settled(form["always"]))

    def _copy(self, path: str, form: Mapping[str, object], own: frozenset[str]) -> Copy:
        source = str(form["from"])
        word = self.vocabulary.word(source)
        where: Path = ("gives", path, "from")
        if word is None:
            close = self.vocabulary.closest(source)
            self.findings.append(
                Finding(
                    self.tree.place(where),
                    "unknown_name",
                    f"member {path} copies '{source}', which is not declared",
                    close,
                )
            )
        elif word.lenient and form.get("where_known") is not True:
            self.findings.append(
                Finding(
                    self.tree.place(where),
                    "lenient_member",
                    f"member {path}: '{source}' passes over unknown facts, so the member must be 'where_known: true'",
                )
            )
        labels = form.get("as")
        if isinstance(labels, dict) and word is not None and word.choices is not None:
            for choice in word.choices:
                if choice not in labels:
                    self.findings.append(
                        Finding(
                            self.tree.place(("gives", path, "as")),
                            "missing_label",
                            f"member {path}: 'as' says nothing of {source} {choice}",
                        )
                    )
        return Copy(
            path,
            self.decision,
            inner(source) if source in own else source,
            labels if isinstance(labels, dict) else None,
        )


@dataclass
class ValueReader:
    """Reads what a rule or row gives to members of one decision."""

    own: frozenset[str]
    vocabulary: Vocabulary
    tree: Tree
    findings: list[Finding]

    def value(self, member: Member, written: object, path: Path, about: str) -> object:
        """Return a constant or a Template fit for a member; what is wrong becomes findings."""
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
            self._report(path, "unknown_name", f"{about}: there is no named value '{name}'", close)
            return None
        return settled(self.vocabulary.values[name])

    def _copied(self, name: str, path: Path, about: str, inputs: dict[str, None]) -> object:
        word = self.vocabulary.word(name)
        if word is None:
            close = self.vocabulary.closest(name)
            self._report(path, "unknown_name", f"{about} copies '{name}', which is not declared", close)
            return None
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
            self._report(
                path, "wrong_type", f"{about}: member {member.path} is a {member.type}, '{word.name}' a {word.type}"
            )
        if word.lenient and not member.where_known:
            self._report(
                path,
                "lenient_member",
                f"{about}: '{word.name}' passes over unknown facts, so member {member.path} must be 'where_known: true'",
            )

    def _checked(self, member: Member, value: object, path: Path, about: str) -> object:
        if member.type == "list":
            return self._checked_list(member, value, path, about)
        if member.type == "object":
            return value
        try:
            typed = literal(value, member.type)
        except ValueError as wrong:
            self._report(path, "wrong_type", f"{about}: member {member.path} is a {member.type}: {wrong}")
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
        self._report(path, "impossible_value", f"{about}: member {member.path} is never '{value}'", close)

    def _report(self, path: Path, code: str, message: str, close: str | None = None) -> None:
        self.findings.append(Finding(self.tree.place(path), code, message, close))


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
