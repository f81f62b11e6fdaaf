"""Decision tables of DMN as packs: rows become a table, unary tests matchers, hit policies the pack language's own.

A table is {table, hit_policy, columns, inputs, outputs, rows, cases}, as `fixtures/dmn-tck/README.md` describes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from service.model.pack import Pack
from tests.analysis.small_packs import load

__all__ = ["facts_of", "given_by", "pack_of"]

Table = Mapping[str, Any]

POLICIES = {"U": "unique", "A": "any", "P": "priority", "F": "first"}
AGGREGATES = {"C+": "sum", "C#": "count", "C<": "least", "C>": "greatest"}
_TYPES: Mapping[str, dict[str, Any]] = {
    "boolean": {"type": "boolean"},
    "string": {"type": "string"},
    "number": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "date and time": {"type": "string", "format": "date-time"},
    "list": {"type": "array", "items": {"type": "string"}},
}
_OF_NUMBERS = {"<": "less_than", "<=": "at_most", ">": "more_than", ">=": "at_least"}
_OF_DATES = {"<": "before", "<=": "on_or_before", ">": "after", ">=": "on_or_after"}
_COMPARISON = re.compile(r"(<=|>=|<|>)\s*(.+)")
_RANGE = re.compile(r"([\[\](])(.+)\.\.(.+)([\])\[])")
_PIECES = re.compile(r'(?:"[^"]*"|\([^()]*\)|[^,"(])+')


def pack_of(table: Table, folder: Path) -> Pack:
    """Return the pack of a table: a fact for each input, and the decision `table`."""
    facts = {_fact(each["name"]): _declared(each) for each in table["inputs"]}
    return load(folder, facts, {"decision": "table", **_decision(table)})


def facts_of(table: Table, given: Sequence[Any]) -> dict[str, Any]:
    """Return the facts of a case that gives the inputs these values; None for one that it has not."""
    pairs = zip(table["inputs"], given, strict=True)
    return {"in": {_slug(each["name"]): value for each, value in pairs if value is not None}}


def given_by(table: Table, outcome: Mapping[str, Any] | None) -> Any:
    """Return what an outcome of the pack is in the table's own form: a value, a context or a list of these."""
    if outcome is None:
        return None
    if _is_list(table):
        return [_contexted(table, item) if _is_multiple(table) else item for item in outcome["all"]]
    return _contexted(table, outcome) if _is_multiple(table) else outcome.get(_member(0))


def _contexted(table: Table, given: Mapping[str, Any]) -> dict[str, Any]:
    return {each["name"]: given[_member(i)] for i, each in enumerate(table["outputs"]) if _member(i) in given}


def _is_list(table: Table) -> bool:
    return table["hit_policy"] in ("C", "R", "O")


def _is_multiple(table: Table) -> bool:
    return len(table["outputs"]) > 1


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower())


def _fact(name: str) -> str:
    return f"in.{_slug(name)}"


def _member(place: int) -> str:
    return f"out{place}"


def _declared(each: Mapping[str, Any]) -> dict[str, Any]:
    choices = {"enum": each["values"]} if "values" in each else {}
    return {**_TYPES[each["type"]], **choices, "x-absent": "none"}


# the decision


def _decision(table: Table) -> dict[str, Any]:
    policy = table["hit_policy"]
    made: dict[str, Any] = {"cites": "c", "gives": dict(_gives(table)), "hit_policy": POLICIES.get(policy, "collect")}
    ranked = table["outputs"][0].get("values")
    if policy == "P":
        made["order"] = {_member(0): ranked}
    elif policy == "O":
        made["order"] = {f"all.{_member(0)}" if _is_multiple(table) else "all": ranked}
    if policy in AGGREGATES:
        made["collect"] = {_member(0): AGGREGATES[policy]}
    elif _is_list(table):
        made["collect"] = {"all": "all"}
    return {**made, **_rows(table)}


def _gives(table: Table) -> Iterator[tuple[str, Any]]:
    forms = [(_member(i), _form(table, i)) for i in range(len(table["outputs"]))]
    if not _is_list(table):
        yield from ((name, {**form, "optional": True}) for name, form in forms)
    elif _is_multiple(table):
        yield "all", {"list": {name: form.get("one_of", form.get("type")) for name, form in forms}}
    else:
        yield "all", {"list": forms[0][1]["one_of"]} if "one_of" in forms[0][1] else "list"


def _form(table: Table, place: int) -> dict[str, Any]:
    """Return what one output can be: what it lists, or what the rows give."""
    values = table["outputs"][place].get("values")
    if values is not None:
        return {"one_of": values}
    given = [_output(table, row[table["columns"] + place]) for row in table["rows"]]
    if all(isinstance(each, bool) for each in given):
        return {"type": "boolean"}
    return {"type": "number" if all(isinstance(each, int | float) for each in given) else "string"}


def _rows(table: Table) -> dict[str, Any]:
    """Return the rows under their columns; as rules where two ask the same, as a row's id is what it asks."""
    width, types = table["columns"], {each["name"]: each["type"] for each in table["inputs"]}
    names = [each["name"] for each in table["inputs"][:width]]
    asked = [[_matcher(table, types[n], cell) for n, cell in zip(names, row, strict=False)] for row in table["rows"]]
    given = [[_output(table, cell) for cell in row[width:]] for row in table["rows"]]
    if _is_list(table) and not _is_multiple(table):
        given = [[[item] for item in row] for row in given]
    columns = [f"all.{_member(i)}" if _is_list(table) else _member(i) for i in range(len(given[0]))]
    columns = columns if _is_multiple(table) or not _is_list(table) else ["all"]
    rest = [each.get("default") for each in table["outputs"]]
    if any(one == other for i, one in enumerate(asked) for other in asked[:i]):
        facts = [_fact(name) for name in names]
        rules = [
            {"rule": f"table.r{i}", "says": "A row.", "cites": "c", "then": dict(zip(columns, row, strict=True))}
            | _when({fact: cell for fact, cell in zip(facts, cells, strict=True) if cell != "-"})
            for i, (cells, row) in enumerate(zip(asked, given, strict=True), start=1)
        ]
        return {"rules": rules}
    rows: list[Any] = [[*cells, *row] for cells, row in zip(asked, given, strict=True)]
    if None not in rest:
        rows.append({"otherwise": rest, "says": "What is left.", "cites": "c"})
    return {"says": "A row.", "columns": {"when": [_fact(name) for name in names], "then": columns}, "rows": rows}


def _when(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"when": asked} if asked else {}


# cells


def _matcher(table: Table, type_: str, cell: str) -> Any:
    """Return the matcher that some unary tests are."""
    if cell == "-":
        return cell
    tests = [_test(table, type_, each.strip()) for each in _PIECES.findall(cell)]
    if len(tests) == 1:
        return tests[0]
    return {"either": tests} if any(isinstance(each, dict) for each in tests) else tests


def _test(table: Table, type_: str, test: str) -> Any:
    ops = _OF_DATES if type_.startswith("date") else _OF_NUMBERS
    if test.startswith("not("):
        inner = _matcher(table, type_, test[4:-1])
        is_name = isinstance(inner, dict) and set(inner) == {"same_as"}
        return {"differs_from": inner["same_as"]} if is_name else {"not": inner}
    if compared := _COMPARISON.fullmatch(test):
        return {ops[compared[1]]: _operand(table, compared[2])}
    if within := _RANGE.fullmatch(test):
        low, high = (ops[">="] if within[1] == "[" else ops[">"]), (ops["<="] if within[4] == "]" else ops["<"])
        return {low: _operand(table, within[2]), high: _operand(table, within[3])}
    named = _named(table, test)
    if named is not None:
        return {"in" if named["type"] == "list" else "same_as": _fact(named["name"])}
    return _literal(test)


def _operand(table: Table, written: str) -> Any:
    named = _named(table, written.strip())
    return _literal(written.strip()) if named is None else _fact(named["name"])


def _output(table: Table, cell: str) -> Any:
    """Return what a cell gives: a value, a name's, or a text that joins texts and names."""
    pieces = [each.strip() for each in re.findall(r'(?:"[^"]*"|[^+"])+', cell)]
    if len(pieces) == 1:
        named = _named(table, cell)
        return _literal(cell) if named is None else {"from": _fact(named["name"])}
    named_or_text = [(_named(table, each), each) for each in pieces]
    return "".join(_literal(each) if named is None else f"{{{_fact(named['name'])}}}" for named, each in named_or_text)


def _named(table: Table, written: str) -> Mapping[str, Any] | None:
    return next((each for each in table["inputs"] if each["name"] == written), None)


def _literal(written: str) -> Any:
    if dated := re.fullmatch(r'date\("(.*)"\)', written):
        return dated[1]
    if written.startswith('"'):
        return written[1:-1]
    if written in ("true", "false"):
        return written == "true"
    return int(written) if re.fullmatch(r"-?\d+", written) else float(written)
