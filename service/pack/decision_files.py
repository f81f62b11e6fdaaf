"""One file of `decisions/` as a Decision: its rules, tables, clocks, copies and notes, and in which order they are worked out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from service.nearest import nearest
from service.pack.conditions import ALWAYS, All, Condition, reads
from service.pack.findings import Finding
from service.pack.matchers import ConditionReader
from service.pack.model import Applies, Clock, Copy, Decision, Group, Member, Note, Rule, Template, inner
from service.pack.order import Circle, in_order
from service.pack.outcomes import MemberReader, ValueReader
from service.pack.readings import Path, Tree
from service.pack.vocabulary import ANY, Vocabulary

__all__ = ["CLOCK_UNITS", "DecisionReader", "texts"]

CLOCK_UNITS = ("minute", "hour", "business_minute", "business_hour", "business_day", "day")
_CLOCK_TYPES = {
    "starts": ("instant",),
    "amount": ("integer", "number"),
    "unit": ("string",),
    "calendar": ("string",),
    "zone": ("string",),
    "pauses": ("periods",),
}
_WHATEVER = "-"

Written = Mapping[str, object]


def texts(written: object) -> tuple[str, ...]:
    """Return one text or a list of them as a tuple: a list of one is written as the one."""
    if written is None:
        return ()
    return (written,) if isinstance(written, str) else tuple(str(each) for each in written)  # type: ignore[attr-defined]


@dataclass
class DecisionReader:
    """Reads one decision's tree, in two steps: `declare`, then `read` once every name of the pack is declared."""

    tree: Tree
    vocabulary: Vocabulary
    findings: list[Finding]
    calendars: frozenset[str] = frozenset()
    members: dict[str, Member] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.data: Written = self.tree.data  # type: ignore[assignment]
        self.id = str(self.data["decision"])
        self._copied_here: frozenset[str] = frozenset()

    def declare(self) -> None:
        """Put the decision's members into the vocabulary."""
        reader = self._member_reader()
        gives = self._gives()
        for member in reader.members(gives):
            self.members[member.path] = member
            reader.declare(member, has_applies="applies_when" in self.data)
        self.vocabulary.members[self.id] = frozenset(member.name for member in self.members.values())

    def settle_copies(self) -> None:
        """Give members that copy a name that name's type, where they declare none of their own."""
        for path, form in self._gives().items():
            member = self.members[path]
            if isinstance(form, dict) and "from" in form and member.type == ANY:
                self._settle_copy(member, form)

    def _settle_copy(self, member: Member, form: Written) -> None:
        source = self.vocabulary.word(str(form["from"]))
        labels = form.get("as")
        if isinstance(labels, dict):
            choices = tuple(dict.fromkeys(labels.values()))
            settled = replace(member, type="string" if isinstance(choices[0], str) else ANY, choices=choices)
        elif source is not None:
            settled = replace(member, type=source.type, choices=source.choices, items=source.items)
        else:
            return
        self.members[member.path] = settled
        self._member_reader().declare(settled, has_applies="applies_when" in self.data)

    def _gives(self) -> dict[str, object]:
        gives = self.data.get("gives")
        return {str(path): form for path, form in gives.items()} if isinstance(gives, dict) else {}

    def _member_reader(self) -> MemberReader:
        return MemberReader(self.id, self.vocabulary, self.tree, self.findings)

    @property
    def _own(self) -> frozenset[str]:
        return self.vocabulary.members[self.id]

    def read(self) -> Decision:
        """Return the decision; its `reads`, `facts` and `needs_before` are the loader's to fill."""
        copies = tuple(self._member_reader().copies(self._gives(), self._own))
        self._copied_here = frozenset(copy.member for copy in copies)
        parts: list[Group | Clock | Copy] = [*self._parts(), *copies]
        self._check_given(parts)
        retired = self._list(self.data, "retired")
        return Decision(
            id=self.id,
            asks=str(self.data.get("asks", "")),
            applies=self._applies(),
            members=tuple(self.members.values()),
            parts=self._in_order(parts),
            notes=tuple(self._note(note, ("notes", i)) for i, note in self._list(self.data, "notes")),
            place=self.tree.place(()),
            retired=tuple(str(each["rule"]) for _, each in retired),
        )

    def _list(self, holder: Written, key: str) -> list[tuple[int, Written]]:
        """Return the mappings of a list with their positions; an element that is broken stands there as no mapping."""
        found = holder.get(key)
        return [(i, each) for i, each in enumerate(found) if isinstance(each, dict)] if isinstance(found, list) else []

    def _applies(self) -> Applies | None:
        written = self.data.get("applies_when")
        if not isinstance(written, dict):
            return None
        path: Path = ("applies_when",)
        condition = self._condition(written.get("when"), (*path, "when"), f"decision {self.id}")
        return Applies(
            f"{self.id}.applies",
            str(written.get("says", "")),
            texts(written.get("cites")),
            self._interpretations(written, path),
            condition,
        )

    def _note(self, written: Written, path: Path) -> Note:
        name = str(written["note"])
        reader = ConditionReader(self.vocabulary, self.tree, self.findings, own=self.id, in_notes=True)
        return Note(
            name,
            str(written.get("says", "")),
            texts(written.get("cites")),
            self._interpretations(written, path),
            reader.condition(written.get("when"), (*path, "when"), f"note {name}"),
        )

    def _condition(self, written: object, path: Path, about: str) -> Condition:
        reader = ConditionReader(self.vocabulary, self.tree, self.findings, own=self.id)
        return reader.condition(written, path, about)

    def _interpretations(self, written: Written, path: Path) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*texts(written.get("interpretation")), *self.tree.interpretations(path))))

    def _parts(self) -> list[Group | Clock]:
        if "parts" not in self.data:
            if "rules" in self.data or "rows" in self.data:
                return [self._group(self.data, (), self.id)]
            return []
        return [self._part(part, ("parts", i)) for i, part in self._list(self.data, "parts")]

    def _part(self, part: Written, path: Path) -> Group | Clock:
        if "clock" in part:
            return self._clock(part, path)
        return self._group(part, path, str(part.get("part") or part.get("table")))

    def _group(self, part: Written, path: Path, name: str) -> Group:
        is_table = "rows" in part
        rules = self._rows(part, path, name) if is_table else self._rules(part, path)
        gives = tuple(dict.fromkeys(member for rule in rules for member in rule.then))
        return Group(
            id=name,
            decision=self.id,
            policy=str(part.get("hit_policy", "unique")),
            order=self._order(part, path, name, gives),
            rules=rules,
            gives=gives,
            lists=frozenset(member for member in gives if self.members[member].type == "list"),
            interpretations=self._group_interpretations(part, path),
            place=self.tree.place(path),
            is_table=is_table,
        )

    def _group_interpretations(self, part: Written, path: Path) -> tuple[str, ...]:
        """Return what shaped the part as a whole; what shaped one rule is that rule's own."""
        named = texts(part.get("interpretation"))
        shaped = [self.tree.interpretations((*path, key)) for key in ("hit_policy", "order", "columns")]
        return tuple(dict.fromkeys((*named, *(name for names in shaped for name in names))))

    def _order(
        self, part: Written, path: Path, name: str, gives: tuple[str, ...]
    ) -> tuple[str, Mapping[object, int]] | None:
        if part.get("hit_policy") != "priority":
            return None
        order = part.get("order")
        if not isinstance(order, dict) or len(order) != 1:
            self._report(
                path, "missing_key", f"{name}: hit policy priority needs 'order', such as {{level: [high, low]}}"
            )
            return None
        ((member, values),) = order.items()
        if member not in gives:
            close = nearest(str(member), gives)
            self._report((*path, "order"), "unknown_name", f"{name}: no rule gives the member '{member}'", close)
        if not isinstance(values, list):
            self._report((*path, "order"), "wrong_type", f"{name}: the order of '{member}' is a list of its values")
            return None
        return str(member), {value: rank for rank, value in enumerate(values)}

    def _rules(self, part: Written, path: Path) -> tuple[Rule, ...]:
        written = self._list(part, "rules")
        names = [str(each.get("rule")) for _, each in written]
        topmost = frozenset(
            name for name, (_, each) in zip(names, written, strict=True) if each.get("outranks") == "all"
        )
        rules = tuple(self._rule(each, (*path, "rules", i), names, topmost) for i, each in written)
        self._check_ranks(rules, path)
        return rules

    def _check_ranks(self, rules: Sequence[Rule], path: Path) -> None:
        below = {rule.id: [rules[i].id for i in rule.outranks] for rule in rules}
        try:
            in_order(below, lambda name: below[name])
        except Circle as circle:
            names = " outranks ".join(circle.names)
            self._report((*path, "rules"), "circle", f"rules outrank each other in a circle: {names}")

    def _rule(self, written: Written, path: Path, names: Sequence[str], topmost: frozenset[str]) -> Rule:
        name = str(written.get("rule"))
        about = f"rule {name}"
        then = written.get("then")
        given = then if isinstance(then, dict) else {}
        return Rule(
            id=name,
            says=str(written.get("says", "")),
            cites=texts(written.get("cites")),
            interpretations=self._interpretations(written, path),
            when=self._condition(written["when"], (*path, "when"), about) if "when" in written else ALWAYS,
            then=self._then(given, (*path, "then"), about),
            outranks=self._outranks(name, written.get("outranks"), (*path, "outranks"), names, topmost),
            place=self.tree.key_place((*path, "rule")),
        )

    def _then(self, given: Mapping[object, object], path: Path, about: str) -> dict[str, object]:
        reader = ValueReader(self._own, self.vocabulary, self.tree, self.findings)
        values: dict[str, object] = {}
        for key, written in given.items():
            member = self._member(str(key), (*path, key), about)
            if member is not None:
                values[member.path] = reader.value(member, written, (*path, key), about)
        return values

    def _member(self, path: str, where: Path, about: str) -> Member | None:
        found = self.members.get(path)
        if found is None or path in self._copied_here:
            close = nearest(path, self.members.keys() - self._copied_here)
            why = "is copied, so no rule can give it" if found else "is not declared in 'gives'"
            self._report(where, "unknown_member", f"{about} gives '{path}', which {why}", close, key=True)
            return None
        return found

    def _outranks(
        self, own: str, written: object, path: Path, names: Sequence[str], topmost: frozenset[str]
    ) -> tuple[int, ...]:
        """Return the positions of the rules outranked; `all` is all but those that outrank all too."""
        if written == "all":
            return tuple(i for i, name in enumerate(names) if name not in topmost)
        found = []
        for name in texts(written):
            if name in names and name != own:
                found.append(names.index(name))
            else:
                close = nearest(name, names)
                self._report(
                    path, "unknown_rule", f"rule {own} outranks '{name}', which is no other rule of its part", close
                )
        return tuple(found)

    def _rows(self, part: Written, path: Path, name: str) -> tuple[Rule, ...]:
        columns = part.get("columns")
        whens = texts(columns.get("when")) if isinstance(columns, dict) else ()
        thens = texts(columns.get("then")) if isinstance(columns, dict) else ()
        rows = part.get("rows")
        return tuple(
            rule
            for i, row in enumerate(rows if isinstance(rows, list) else [])
            if (rule := self._row(row, (*path, "rows", i), part, name, whens, thens)) is not None
        )

    def _row(
        self, row: object, path: Path, part: Written, name: str, whens: tuple[str, ...], thens: tuple[str, ...]
    ) -> Rule | None:
        extra: Written = row if isinstance(row, dict) else {}
        cells_path = (*path, "cells") if extra else path
        cells = extra.get("cells") if extra else row
        if not isinstance(cells, list) or len(cells) != len(whens) + len(thens):
            self._report(
                path, "wrong_width", f"table {name}: a row has a cell for each of its {len(whens) + len(thens)} columns"
            )
            return None
        keys = ", ".join(_cell_text(cell) for cell in cells[: len(whens)])
        about = f"row {name}({keys})"
        asked = {column: (cell, (*cells_path, i)) for i, (column, cell) in enumerate(zip(whens, cells, strict=False))}
        given = dict(zip(thens, cells[len(whens) :], strict=True))
        then = self._row_then(given, cells_path, len(whens), about)
        return Rule(
            id=f"{name}({keys})",
            says=self._row_says(
                str(extra.get("says") or part.get("says") or part.get("asks") or ""), cells, whens, thens
            ),
            cites=texts(extra.get("cites")) or texts(part.get("cites")),
            interpretations=tuple(
                dict.fromkeys((*texts(extra.get("interpretation")), *self.tree.interpretations(path)))
            ),
            when=self._row_condition(asked, about),
            then=then,
            outranks=(),
            place=self.tree.place(path),
        )

    def _row_condition(self, asked: Mapping[str, tuple[object, Path]], about: str) -> Condition:
        reader = ConditionReader(self.vocabulary, self.tree, self.findings, own=self.id)
        parts = []
        for column, (cell, path) in asked.items():
            if cell == _WHATEVER:
                continue
            word = self.vocabulary.word(column)
            if word is None:
                close = self.vocabulary.closest(column)
                self._report(
                    path,
                    "unknown_name",
                    f"{about} reads '{column}', which neither the facts schema nor the pack declares",
                    close,
                )
                continue
            if word.lenient:
                self._report(path, "lenient_in_condition", f"{about}: '{column}' passes over unknown facts")
            parts.append(reader.matcher(word, cell, path, about))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _row_then(self, given: Mapping[str, object], path: Path, offset: int, about: str) -> dict[str, object]:
        reader = ValueReader(self._own, self.vocabulary, self.tree, self.findings)
        values: dict[str, object] = {}
        for i, (key, written) in enumerate(given.items()):
            where = (*path, offset + i)
            member = self._member(key, where, about)
            if member is not None and written != _WHATEVER:
                values[member.path] = reader.value(member, written, where, about)
        return values

    def _row_says(self, template: str, cells: Sequence[object], whens: Sequence[str], thens: Sequence[str]) -> str:
        """Fill the columns that a table's sentence names in braces with the row's own cells."""
        names = [*whens, *(f"{self.id}.{then}" for then in thens)]
        short = [*whens, *thens]
        for name, alias, cell in zip(names, short, cells, strict=True):
            template = template.replace(f"{{{name}}}", _cell_text(cell)).replace(f"{{{alias}}}", _cell_text(cell))
        return template

    def _clock(self, part: Written, path: Path) -> Clock:
        name = str(part["clock"])
        inputs: dict[str, str] = {}
        fixed: dict[str, object] = {}
        for role in _CLOCK_TYPES:
            if role in part:
                self._clock_role(role, part[role], (*path, role), name, inputs, fixed)
        return Clock(
            id=name,
            decision=self.id,
            says=str(part.get("says", "")),
            cites=texts(part.get("cites")),
            interpretations=self._interpretations(part, path),
            inputs=inputs,
            fixed=fixed,
            gives=self._clock_gives(part, path, name),
            ends=str(part.get("business_day_ends", "same_time")),
            place=self.tree.place(path),
        )

    def _clock_role(
        self, role: str, written: object, path: Path, name: str, inputs: dict[str, str], fixed: dict[str, object]
    ) -> None:
        word = self.vocabulary.word(str(written))
        if word is not None:
            inputs[role] = inner(word.name) if word.name in self._own else word.name
            if word.type not in (*_CLOCK_TYPES[role], ANY):
                self._report(
                    path, "wrong_type", f"clock {name}: '{word.name}' is a {word.type}, not a fit for '{role}'"
                )
            valid = {"calendar": self.calendars, "unit": frozenset(CLOCK_UNITS)}.get(role)
            for choice in (word.choices or ()) if valid is not None else ():
                self._clock_constant(role, choice, path, name)
        else:
            fixed[role] = written
            self._clock_constant(role, written, path, name)

    def _clock_constant(self, role: str, value: object, path: Path, name: str) -> None:
        valid: Iterable[str] = {"calendar": self.calendars, "unit": CLOCK_UNITS}.get(role, ())
        if role == "amount" and not isinstance(value, bool) and isinstance(value, int | float):
            return
        if (role == "zone" and "/" in str(value)) or value in valid:
            return
        close = nearest(str(value), valid) or self.vocabulary.closest(value)
        self._report(path, "unknown_name", f"clock {name}: '{value}' is no {role} and no name", close)

    def _clock_gives(self, part: Written, path: Path, name: str) -> dict[str, str]:
        written = part.get("gives")
        gives = written if isinstance(written, dict) else {"starts_at": "starts_at", "due_at": "due_at"}
        for result, member in gives.items():
            self._member(str(member), (*path, "gives", result), f"clock {name}")
        return {str(result): str(member) for result, member in gives.items()}

    def _check_given(self, parts: Sequence[Group | Clock | Copy]) -> None:
        """Report members that nothing gives, or that two parts give."""
        givers: dict[str, list[str]] = {path: [] for path in self.members}
        for part in parts:
            for path in part_gives(part):
                givers.setdefault(path, []).append(part.id if not isinstance(part, Copy) else f"member {path}")
        for path, names in givers.items():
            if not names:
                self._report(
                    ("gives", path), "member_not_given", f"member {path}: no rule, table or clock gives it", key=True
                )
            elif len(names) > 1:
                self._report(
                    ("gives", path),
                    "given_twice",
                    f"member {path}: given by {' and by '.join(names)}; one part gives a member",
                    key=True,
                )

    def _in_order(self, parts: Sequence[Group | Clock | Copy]) -> tuple[Group | Clock | Copy, ...]:
        by_key = {inner(f"{self.id}.{path}"): i for i, part in enumerate(parts) for path in part_gives(part)}

        def read_by(index: str) -> list[str]:
            return [str(by_key[key]) for key in part_reads(parts[int(index)]) if key in by_key]

        try:
            order = in_order([str(i) for i in range(len(parts))], read_by)
        except Circle as circle:
            names = [_part_name(parts[int(index)]) for index in circle.names]
            self._report(
                (), "circle", f"decision {self.id}: its parts read each other in a circle: {' reads '.join(names)}"
            )
            return tuple(parts)
        return tuple(parts[int(index)] for index in order)

    def _report(self, path: Path, code: str, message: str, close: str | None = None, *, key: bool = False) -> None:
        place = self.tree.key_place(path) if key else self.tree.place(path)
        self.findings.append(Finding(place, code, message, close))


def part_gives(part: Group | Clock | Copy) -> tuple[str, ...]:
    """Return the paths of the members that a part gives."""
    if isinstance(part, Copy):
        return (part.member,)
    return part.gives if isinstance(part, Group) else tuple(part.gives.values())


def part_reads(part: Group | Clock | Copy) -> tuple[str, ...]:
    """Return the names that a part reads, each once; own members by their inner key."""
    if isinstance(part, Copy):
        return (part.source,) if part.source is not None else ()
    if isinstance(part, Clock):
        return tuple(dict.fromkeys(part.inputs.values()))
    found: dict[str, None] = {}
    for rule in part.rules:
        found.update(dict.fromkeys(reads(rule.when)))
        for value in rule.then.values():
            if isinstance(value, Template):
                found.update(dict.fromkeys(value.inputs))
    return tuple(found)


def _part_name(part: Group | Clock | Copy) -> str:
    return f"member {part.member}" if isinstance(part, Copy) else part.id


def _cell_text(cell: object) -> str:
    """Return a cell as the row's id and sentences show it."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, list):
        return " or ".join(_cell_text(each) for each in cell)
    if isinstance(cell, dict):
        return " and ".join(f"{str(key).replace('_', ' ')} {_cell_text(value)}" for key, value in cell.items())
    return str(cell)
