"""What conditions on the items of lists of records mean, and what is derived of such lists, for a complete case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.oracle.meaning import Conditions, Lookup

__all__ = ["ITEM_FORMS", "QUANTIFIERS", "is_of_records", "made_of", "quantified", "typed_items"]

QUANTIFIERS: Mapping[str, Callable[[list[bool]], bool]] = {
    "some": any,
    "every": all,
    "no": lambda found: not any(found),
}
ITEM_FORMS: Mapping[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "sum": sum,
    "greatest": lambda found: max(found, default=None),
    "latest": lambda found: max(found, default=None),
    "least": lambda found: min(found, default=None),
    "earliest": lambda found: min(found, default=None),
}


def typed_items(items: Mapping[str, Any], value: Any, typed: Callable[[Any, Any], Any]) -> tuple[dict[str, Any], ...]:
    """Return the items of a list as rules read them: a member that is left out has its default, or is none."""
    found = []
    for each in value:
        told = {name: spec.get("default") for name, spec in items["properties"].items()} | each
        specs = items["properties"]
        found.append({name: None if it is None else typed(specs[name], it) for name, it in told.items()})
    return tuple(found)


def quantified(conditions: Conditions, name: str, op: str, where: Mapping[str, Any]) -> Callable[[Lookup], bool]:
    """Return what says of how many items of a list a condition holds; of a list that is none it says no."""
    holds = _on_items(conditions, name, where)

    def judged(look: Lookup) -> bool:
        items = look(name)
        return items is not None and QUANTIFIERS[op]([holds(look, item) for item in items])

    return judged


def _on_items(
    conditions: Conditions, name: str, where: Mapping[str, Any]
) -> Callable[[Lookup, Mapping[str, Any]], bool]:
    members = conditions.meaning.specs[name][0]["items"]["properties"]
    inside = conditions.beside(members)
    holds = inside.compiled(where)
    return lambda look, item: holds(lambda asked: item[asked] if asked in members else look(asked))


def is_of_records(written: Mapping[str, Any]) -> bool:
    """Say whether a derived fact is made of a list of records."""
    of_one = any(isinstance(written.get(form), str) for form in ITEM_FORMS)
    return of_one and ("where" in written or ("of" in written and "count" not in written and "percent" not in written))


def made_of(conditions: Conditions, written: Mapping[str, Any]) -> Callable[[Lookup], Any]:
    """Return what is derived of a list of records."""
    form = next(form for form in ITEM_FORMS if form in written)
    name, member = written[form], written.get("of")
    holds = _on_items(conditions, name, written.get("where", {}))

    def derived(look: Lookup) -> Any:
        items = look(name)
        if items is None:
            return None
        chosen = [item for item in items if holds(look, item)]
        if member is None:
            return len(chosen)
        return ITEM_FORMS[form]([item[member] for item in chosen if item[member] is not None])

    return derived
