"""The members that a decision gives, as declared: type, choices, copies. The values from rules are in `outcomes.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from service.facts.numbers import exact_value, number_text
from service.model.pack import Copy, Member
from service.model.values import hashable
from service.pack.vocabulary import ANY, Vocabulary, Word, a_type, literal, type_name, why_not_given, why_not_written
from service.wording import nearest
from service.written.findings import Reporter, Steps
from service.written.shape import Written

__all__ = ["MEMBER_TYPES", "MemberReader"]

MEMBER_TYPES = ("boolean", "string", "integer", "number", "date", "time", "instant", "list", "object", "periods")


@dataclass(frozen=True)
class MemberReader:
    """Reads the `gives` of one decision, first its types, later its copies.

    has_applies  whether the decision may be not applicable, so that each of its members can be none
    """

    decision: str
    vocabulary: Vocabulary
    report: Reporter
    has_applies: bool = False

    def members(self, gives: Written) -> tuple[Member, ...]:
        """Return the declared members in order."""
        return tuple(self._member(str(path), form, ("gives", path)) for path, form in gives.items())

    def _member(self, path: str, form: object, where: Steps) -> Member:
        spec = _spelt_out(form)
        record = spec.get("record")
        choices = self._values(spec.get("one_of"))
        type_ = self._type(spec, choices, path, where)
        choices = self._typed(choices, type_, path, where)
        return Member(
            path=path,
            name=f"{self.decision}.{path}",
            type=type_,
            choices=choices or ((True, False) if type_ == "boolean" else None),
            items=self._values(spec.get("items")),
            optional=spec.get("optional") is True,
            where_known=spec.get("where_known") is True,
            hidden=spec.get("hidden") is True,
            record=self._record(record, (*where, "list")) if isinstance(record, dict) else (),
            written=form,
            place=self.report.place(where),
        )

    def _record(self, written: Written, where: Steps) -> tuple[Member, ...]:
        return tuple(self._member(str(name), form, (*where, name)) for name, form in written.items())

    def _type(self, spec: Written, choices: tuple[object, ...] | None, path: str, where: Steps) -> str:
        type_ = str(spec.get("type") or (type_name(choices[0]) if choices else ANY))
        if "always" in spec and type_ == ANY:
            type_ = type_name(spec["always"])
        if type_ in (*MEMBER_TYPES, ANY):
            return type_
        close = nearest(type_, MEMBER_TYPES)
        self.report.at(where, "unknown_type", f"member {path}: '{type_}' is no type", close)
        return ANY

    def _typed(
        self, choices: tuple[object, ...] | None, type_: str, path: str, where: Steps
    ) -> tuple[object, ...] | None:
        """Return choices as values of a type: dates as dates."""
        try:
            return choices and tuple(literal(each, type_) for each in choices)
        except ValueError as wrong:
            self.report.at(where, "wrong_type", f"member {path} is {a_type(type_)}: {wrong}")
            return choices

    def _values(self, written: object) -> tuple[object, ...] | None:
        if isinstance(written, str) and written in self.vocabulary.sets:
            return self.vocabulary.sets[written]
        if not isinstance(written, list):
            return None
        return tuple(hashable(each) for each in written if each is not None)  # None was refused already

    def declare(self, member: Member, *, may_lack: bool = False, filled: bool = False) -> None:
        """Put a member into the vocabulary.

        may_lack  whether a rule may conclude that there is nothing of it
        filled    whether a rule may give it a text that names fill
        """
        self.vocabulary.words[member.name] = Word(
            member.name,
            member.type,
            choices=member.choices,
            items=member.items,
            nullable=self.has_applies or member.optional or member.where_known or may_lack,
            lenient=member.where_known,
            lacking=True,
            filled=filled,
        )

    def with_copied_type(self, member: Member, form: Written) -> Member:
        """Return a member that copies a name with that name's type, or its labels', as far as they are known."""
        source = self.vocabulary.word(str(form["from"]))
        labels = form.get("as")
        if isinstance(labels, dict):
            choices = tuple(dict.fromkeys(hashable(each) for each in labels.values()))
            type_ = "string" if choices and isinstance(choices[0], str) else ANY
            return replace(member, type=type_, choices=choices)
        if source is None:
            return member
        return replace(member, type=source.type, choices=source.choices, items=source.items)

    def copies(self, gives: Written) -> Iterator[Copy]:
        """Yield the members that no rule gives: those with `from` or `always`."""
        for path, form in gives.items():
            if isinstance(form, dict) and "from" in form:
                yield self._copy(str(path), form)
            elif isinstance(form, dict) and "always" in form:
                place = self.report.place(("gives", path))
                self._check_always(str(path), form)
                yield Copy(str(path), self.decision, None, None, hashable(form["always"]), place)

    def _check_always(self, path: str, form: Written) -> None:
        """Report a value that a member of its declared type never has."""
        where: Steps = ("gives", path, "always")
        if form.get("type") == "periods":
            message = f"member {path} is a list of periods, which is only copied: {{from: a name}}"
            self.report.at(where, "literal_periods", message)
            return
        try:
            literal(form["always"], str(form.get("type", ANY)))
        except ValueError as wrong:
            self.report.at(where, "wrong_type", f"member {path} is {a_type(str(form['type']))}: {wrong}")

    def _copy(self, path: str, form: Written) -> Copy:
        source = str(form["from"])
        word = self.vocabulary.word(source)
        where: Steps = ("gives", path, "from")
        if word is None:
            close = self.vocabulary.closest(source)
            self.report.at(where, "unknown_name", f"member {path} copies '{source}', which is not declared", close)
        elif word.lenient and form.get("where_known") is not True:
            message = f"member {path}: '{source}' passes over unknown facts, so the member must be 'where_known: true'"
            self.report.at(where, "lenient_member", message)
        if word is not None and word.personal is not None:
            message = f"member {path} copies '{source}', which {why_not_given(word)}"
            self.report.at(where, "personal_outcome", message)
        if word is not None and word.endless and not isinstance(form.get("as"), dict):
            message = f"member {path} copies '{source}', which {why_not_written(word)}"
            self.report.at(where, "endless_outcome", message)
        key = self.vocabulary.key(source, self.decision)
        labels = form.get("as")
        if word is not None and word.filled and isinstance(labels, dict):
            message = f"member {path}: '{source}' may be a text with names in braces, which 'as' can't translate"
            self.report.at(("gives", path, "as"), "filled_text", message)
        if not isinstance(labels, dict):
            return Copy(path, self.decision, key, None, place=self.report.place(("gives", path)))
        choices = (word.choices or ()) if word is not None else ()
        named = _by_value(labels, choices)
        for choice in choices:
            if choice not in named:
                message = f"member {path}: 'as' says nothing of {source} {choice}"
                self.report.at(("gives", path, "as"), "missing_label", message)
        return Copy(path, self.decision, key, named, place=self.report.place(("gives", path)))


def _by_value(labels: Mapping[object, object], choices: Iterable[object]) -> dict[object, object]:
    """Return labels by the values that they name; a key can't be a decimal, and names one as a text."""
    texts = {number_text(choice): choice for choice in choices if isinstance(choice, Decimal)}
    return {texts.get(key, key) if isinstance(key, str) else key: exact_value(label) for key, label in labels.items()}


def _spelt_out(form: object) -> Written:
    """Return a member's declaration in its long form."""
    if isinstance(form, str):
        return {"type": form}
    if isinstance(form, list):
        return {"one_of": form}
    if isinstance(form, dict):
        if "list" not in form:
            return form
        return {**form, "type": "list", "record" if isinstance(form["list"], dict) else "items": form["list"]}
    return {}
