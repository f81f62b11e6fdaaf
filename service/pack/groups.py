"""A decision's rule groups and tables as they are written: rules or rows under one hit policy. Rows are in `rows.py`.

How hits make one outcome is not here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from service.model.conditions import ALWAYS, All, Condition, Not
from service.model.order import circles
from service.model.outcomes import Copied, Template, Text
from service.model.pack import COLLECTED, Column, Group, Member, Rule
from service.model.values import ABSENT, Pairs, hashable
from service.pack.filled_texts import names_in
from service.pack.rows import NOTHING, OTHERWISE, path_of_nothing, read_rows, with_otherwise
from service.pack.surroundings import Surroundings
from service.pack.vocabulary import a_type, it_is
from service.wording import nearest
from service.written.findings import Steps
from service.written.shape import Written, elements, items, mapping, texts

__all__ = ["may_be_filled", "may_be_nothing", "read_concern", "read_group"]

_OWN_KEYS = (
    "part", "table", "asks", "says", "cites", "interpretation", "hit_policy", "order", "collect", "columns",
)  # fmt: skip
"""What a part says of itself; in a decision without parts, other keys stand beside them."""


def read_group(around: Surroundings, written: Written, path: Steps, name: str) -> Group:
    """Return a rule group or table; a decision without parts is one itself, at the empty path."""
    is_table = "rows" in written
    rules = read_rows(around, written, path, name) if is_table else read_rules(around, written, path, name)
    applies = written.get("applies_when") if path else None  # at the empty path it is the decision's own
    if isinstance(applies, dict):
        rules = _where_it_applies(around, written, path, name, rules)
    gives = tuple(dict.fromkeys(member for rule in rules for member in rule.then))
    nothing = path_of_nothing(name) if path_of_nothing(name) in gives else None
    members = tuple(member for member in gives if member != nothing)
    if nothing is not None:
        rules = tuple(_disagreeing(around, written, rules, members, nothing))
    _check_policy(around, written, path, name, members)
    policy = str(written.get("hit_policy", "unique"))
    return Group(
        id=name,
        decision=around.decision,
        policy=policy,
        order=_order(around, written, path, name, rules) if policy == "priority" or _ranks(written) else None,
        order_by=_order_by(around, written),
        rules=rules,
        gives=gives,
        lists=frozenset(member for member in members if around.members[member].type == "list"),
        interpretations=_interpretations(around, written, path),
        place=around.tree.place(path),
        columns=_columns(around, written, path) if is_table else (),
        cites=texts(written.get("cites")),
        nothing=nothing,
        collects=_collects(around, written, path, name, members),
        written={
            **{key: written[key] for key in _OWN_KEYS if key in written},
            **({"applies_when": applies} if isinstance(applies, dict) else {}),
        },
    )


def _disagreeing(
    around: Surroundings, written: Written, rules: Iterable[Rule], members: Iterable[str], nothing: str
) -> Iterator[Rule]:
    """Yield rules of which those that say that there is nothing disagree with those that give a value.

    These say as well that there is something; but not of what is collected, to which each rule only adds.
    """
    is_collected = written.get("hit_policy") == "collect"
    reduced = written.get("collect")
    made = {member for member in members if around.members[member].type == "list"} if is_collected else set()
    made |= reduced.keys() if is_collected and isinstance(reduced, dict) else set()
    lacking = dict.fromkeys(members, ABSENT)
    for rule in rules:
        if nothing in rule.then:
            yield replace(rule, then={**lacking, **rule.then})
        else:
            yield rule if rule.then.keys() <= made else replace(rule, then={nothing: ABSENT, **rule.then})


def _where_it_applies(
    around: Surroundings, written: Written, path: Steps, name: str, rules: tuple[Rule, ...]
) -> tuple[Rule, ...]:
    """Return a part's rules as they hold in the cases that it concerns, and one that says nothing in the others."""
    concerned, otherwise = read_concern(around, written, path, name)
    return (*[replace(rule, when=All((concerned, rule.when))) for rule in rules], otherwise)


def read_concern(around: Surroundings, written: Written, path: Steps, name: str) -> tuple[Condition, Rule]:
    """Return in which cases a part is asked at all, and the rule that says that there is nothing in all others."""
    own, where = mapping(written["applies_when"]), (*path, "applies_when")
    concerned = around.condition(own.get("when"), (*where, "when"), name)
    return concerned, Rule(
        id=f"{name}.applies",
        says=str(own.get("says", "")),
        cites=texts(own.get("cites")) or texts(written.get("cites")),
        interpretations=around.interpretations(own, where),
        when=Not(concerned),
        then={path_of_nothing(name): True},
        outranks=(),
        place=around.tree.place(where),
        written=own,
    )


def may_be_filled(part: Written) -> Iterator[str]:
    """Yield the members of a part to which a rule or row as it is written may give a text that names fill."""
    for each in items(part.get("rules")):
        yield from (str(member) for member, value in mapping(mapping(each).get("then")).items() if any(names_in(value)))
    members = texts(mapping(part.get("columns")).get("then"))
    for row in items(part.get("rows")):
        cells = row if isinstance(row, list) else items(mapping(row).get("cells") or mapping(row).get(OTHERWISE))
        yield from (member for member, value in zip(members[::-1], cells[::-1], strict=False) if any(names_in(value)))


def may_be_nothing(part: Written) -> Sequence[str]:
    """Return the members of a part of which a rule or row as it is written may conclude that there is nothing."""
    rules = [mapping(each).get("then") for each in items(part.get("rules"))]
    members = texts(mapping(part.get("columns")).get("then"))
    if NOTHING in rules or "applies_when" in part:
        return [*members, *(str(member) for then in rules for member in mapping(then))]
    cells = [mapping(row).get("cells") if isinstance(row, dict) else row for row in items(part.get("rows"))]
    return members if any(NOTHING in items(row) for row in cells) else ()


def _check_policy(around: Surroundings, written: Written, path: Steps, name: str, gives: Sequence[str]) -> None:
    """Report an order that has no effect, and periods that nothing gathers."""
    policy = str(written.get("hit_policy", "unique"))
    is_chosen = around.tree.interpretations((*path, "hit_policy"))  # another reading may be the one that ranks
    if "order" in written and policy not in ("priority", "collect") and not is_chosen:
        message = (
            f"{name}: only hit policies priority and collect rank by 'order', and this one is {policy}: leave it out"
        )
        around.report.at_key((*path, "order"), "idle_order", message)
    for member in gives if policy == "collect" else ():
        if around.members[member].type == "periods":
            message = f"{name}: hit policy collect gathers the items of lists, and member {member} is a list of periods"
            around.report.at_key((*path, "hit_policy"), "collected_periods", message)


def _ranks(written: Written) -> bool:
    """Say whether a part gathers lists in an order of its own."""
    return written.get("hit_policy") == "collect" and "order" in written


def _collects(
    around: Surroundings, written: Written, path: Steps, name: str, members: Sequence[str]
) -> Mapping[str, str]:
    """Return what is made of all that rules give, member by member; report what can't be made so."""
    found: dict[str, str] = {}
    for key, how in mapping(written.get("collect")).items():
        member, where = around.members.get(str(key)), (*path, "collect", key)
        if written.get("hit_policy") != "collect":
            message = f"{name}: only hit policy collect makes one of what all rules give"
            around.report.at_key((*path, "collect"), "idle_order", message)
            return {}
        if member is None or str(key) not in members:
            message = f"{name}: no rule gives the member '{key}'"
            around.report.at_key(where, "unknown_name", message, nearest(str(key), members))
        elif how in COLLECTED and (wrong := _why_not(member, str(how))):
            around.report.at(where, "wrong_type", f"{name}: member {key} {wrong}")
        elif how in COLLECTED:
            found[member.path] = str(how)
    return found


def _why_not(member: Member, how: str) -> str | None:
    """Return why what rules give of a member can't be made one so; None where it can."""
    if how == "all":
        return None if member.type == "list" else f"is {a_type(member.type)}, and 'all' keeps the items of a list"
    if member.type not in ("integer", "number"):
        return f"is {a_type(member.type)}, and '{how}' is a number"
    if member.choices is not None and how in ("sum", "count"):
        return f"is one of a few numbers, and its '{how}' can be any"
    return None


def _columns(around: Surroundings, written: Written, path: Steps) -> tuple[Column, ...]:
    columns = mapping(written.get("columns"))
    return tuple(
        Column(name, key == "then", around.tree.place((*path, "columns", key, i)))
        for key in ("when", "then")
        for i, name in enumerate(texts(columns.get(key)))
    )


def _interpretations(around: Surroundings, written: Written, path: Steps) -> tuple[str, ...]:
    """Return what shaped the part as a whole; what shaped one rule is that rule's own."""
    shaped = [around.tree.interpretations((*path, key)) for key in ("hit_policy", "order", "collect", "columns")]
    named = texts(written.get("interpretation"))
    return tuple(dict.fromkeys((*named, *(name for names in shaped for name in names))))


def _order(
    around: Surroundings, written: Written, path: Steps, name: str, rules: Sequence[Rule]
) -> tuple[str, Mapping[object, int]] | None:
    order = mapping(written.get("order"))
    if len(order) != 1:
        message = f"{name}: hit policy priority needs 'order', such as {{level: [high, low]}}"
        around.report.at(path, "missing_key", message)
        return None
    ((member, values),) = order.items()
    recorded = around.recorded(str(member))
    member = member if recorded is None else recorded[0]
    gives = {each for rule in rules for each in rule.then}
    if member not in gives:
        close = nearest(str(member), gives)
        around.report.at((*path, "order"), "unknown_name", f"{name}: no rule gives the member '{member}'", close)
    if not isinstance(values, list):
        around.report.at((*path, "order"), "wrong_type", f"{name}: the order of '{member}' is a list of its values")
        return None
    given = (rule.then[str(member)] for rule in rules if str(member) in rule.then)
    if recorded is None:
        _check_ranks(around, around.members.get(str(member)), values, given, (*path, "order", member))
    else:
        _check_record_ranks(around, recorded, values, given, (*path, "order", ".".join(recorded)))
    return str(member), {hashable(value): rank for rank, value in enumerate(values)}


def _order_by(around: Surroundings, written: Written) -> str | None:
    """Return the member of records by which their order ranks them; None where it ranks none."""
    found = [around.recorded(str(member)) for member in mapping(written.get("order"))]
    return found[0][1] if found and found[0] is not None else None


def _check_record_ranks(
    around: Surroundings, recorded: tuple[str, str], values: list[object], given: Iterable[object], path: Steps
) -> None:
    """Report an order of records that lacks a value, or by what a rule copies: that is no place in an order."""
    name, by = recorded
    member = next(each for each in around.members[name].record if each.path == by)
    records = [value.value if isinstance(value, Template) else value for value in given]
    ranked = [
        dict(item).get(by) for each in records if isinstance(each, tuple) for item in each if isinstance(item, Pairs)
    ]
    if any(isinstance(value, Copied | Text) for value in ranked) or any(isinstance(each, Copied) for each in records):
        message = f"the order of {name} goes by '{by}', and a rule copies it: let each rule give it a value"
        around.report.at(path, "copied_order", message)
        return
    _check_ranks(around, replace(member, path=".".join(recorded)), values, ranked, path)


def _check_ranks(
    around: Surroundings, found: Member | None, values: list[object], given: Iterable[object], path: Steps
) -> None:
    """Report an order that has a value which the member never is, or lacks one that a rule gives."""
    choices = (found.items if found.type == "list" else found.choices) if found is not None else None
    if found is None or choices is None:
        return
    member = found.path
    ranked = [hashable(value) for value in values]
    for i, value in enumerate(ranked):
        if value not in choices:
            close = nearest(str(value), map(str, choices))
            around.report.at(
                (*path, i), "impossible_value", f"member {member} is never '{value}'{it_is(choices)}", close
            )
    items_given = (item for each in given for item in (each if isinstance(each, tuple) else (each,)))
    for value in dict.fromkeys(items_given):
        if value in choices and value not in ranked:
            around.report.at(path, "unranked_value", f"the order of member {member} lacks its value '{value}'")


def read_rules(around: Surroundings, part: Written, path: Steps, name: str) -> tuple[Rule, ...]:
    """Return the rules under a part's `rules`, in their own order."""
    written = elements(part, "rules")
    reader = _RuleReader(
        around,
        name,
        names=[str(each.get("rule")) for _, each in written],
        topmost=frozenset(str(each.get("rule")) for _, each in written if each.get("outranks") == "all"),
    )
    rules = tuple(reader.rule(each, (*path, "rules", i)) for i, each in written)
    _check_outranks(around, rules, path)
    is_last = [each.get("when") == OTHERWISE for _, each in written]
    return with_otherwise(around, rules, is_last, [(*path, "rules", i) for i, _ in written])


def _check_outranks(around: Surroundings, rules: Sequence[Rule], path: Steps) -> None:
    below = {rule.id: [rules[i].id for i in rule.outranks] for rule in rules}
    for names in circles(below, lambda name: below[name]):
        message = f"rules outrank each other in a circle: {' → '.join(names)}"
        around.report.at((*path, "rules"), "circle", message)


@dataclass(frozen=True)
class _RuleReader:
    """Reads the rules of one part.

    part     its id
    names    the ids of all of its rules
    topmost  those of the rules that outrank all others
    """

    around: Surroundings
    part: str
    names: Sequence[str]
    topmost: frozenset[str]

    def rule(self, written: Written, path: Steps) -> Rule:
        """Return one rule; what is wrong with it becomes findings."""
        name = str(written.get("rule"))
        about = f"rule {name}"
        asked = "when" in written and written["when"] != OTHERWISE
        return Rule(
            id=name,
            says=str(written.get("says", "")),
            cites=texts(written.get("cites")),
            interpretations=self.around.interpretations(written, path),
            when=self.around.condition(written["when"], (*path, "when"), about) if asked else ALWAYS,
            then=self._then(written.get("then"), (*path, "then"), about),
            outranks=self._outranks(name, written.get("outranks"), (*path, "outranks")),
            place=self.around.tree.key_place((*path, "rule")),
            written=written,
        )

    def _then(self, given: object, path: Steps, about: str) -> dict[str, object]:
        values: dict[str, object] = {}
        if given == NOTHING:
            return {path_of_nothing(self.part): True}
        for key, written in mapping(given).items():
            member = self.around.member(str(key), (*path, key), about)
            if member is not None:
                values[member.path] = self.around.value(member, written, (*path, key), about)
        return values

    def _outranks(self, own: str, written: object, path: Steps) -> tuple[int, ...]:
        """Return the positions of the rules outranked; `all` is all but those that outrank all too."""
        if written == "all":
            return tuple(i for i, name in enumerate(self.names) if name not in self.topmost)
        found = []
        for name in texts(written):
            if name in self.names and name != own:
                found.append(self.names.index(name))
            else:
                close = nearest(name, self.names)
                message = f"rule {own} outranks '{name}', which is no other rule of its part"
                self.around.report.at(path, "unknown_rule", message, close)
        return tuple(found)
