"""`facts.yaml`: named values, sets and derived facts. How one derived fact is read is in `derivations.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from service.facts.countries import Countries
from service.facts.numbers import exact_value
from service.model.derivations import Derived
from service.model.names import shown_name
from service.model.order import Circle, circles, in_order, reached
from service.model.pack import NamedSet, NamedValue
from service.model.walk import chosen_in
from service.pack.country_sets import country_set
from service.pack.dated_values import changes_on_dates
from service.pack.derivations import DerivationReader
from service.pack.readings import Tree
from service.pack.vocabulary import ANY, Vocabulary, Word
from service.written.findings import Reporter, Steps
from service.written.shape import Written, elements, items, mapping

__all__ = ["FactsFile", "add_values", "named_sets", "named_values"]

_SAID = ("fact", "says", "cites")
"""Keys of a derived fact under which stands nothing that it reads."""


def named_values(tree: Tree) -> dict[str, NamedValue]:
    """Return the named values of the file, in its order."""
    found = mapping(mapping(tree.data).get("values"))
    return {
        str(name): NamedValue(str(name), value, tree.place(path), tree.interpretations(path))
        for name, value in found.items()
        for path in (("values", name),)
    }


def named_sets(tree: Tree, report: Reporter, countries: Callable[[], Countries]) -> dict[str, NamedSet]:
    """Return the named sets of the file, in its order.

    countries  gives the table of countries, for sets of them
    """
    found = mapping(mapping(tree.data).get("sets"))
    return {
        str(name): NamedSet(str(name), _members(each, report, path, countries), each, tree.place(path), interpretations)
        for name, each in found.items()
        for path in (("sets", name),)
        for interpretations in (tree.interpretations(path),)
    }


def _members(written: object, report: Reporter, path: Steps, countries: Callable[[], Countries]) -> tuple[object, ...]:
    if isinstance(written, dict):
        return country_set(written, countries(), report, path)
    return tuple(exact_value(each) for each in items(written) or [written] if isinstance(each, str | int | float))


def add_values(tree: Tree, vocabulary: Vocabulary, sets: Mapping[str, NamedSet]) -> None:
    """Put named values and sets into the vocabulary, before anything that may use them is declared.

    Those that change on a date are derived facts (`dated_values.py`).
    """
    for name, value in mapping(mapping(tree.data).get("values")).items():
        if changes_on_dates(value):
            continue
        vocabulary.values[str(name)] = value
        vocabulary.value_places[str(name)] = tree.place(("values", name))
    for each in sets.values():
        vocabulary.sets[each.name] = each.items
        vocabulary.set_places[each.name] = each.place


@dataclass(frozen=True)
class FactsFile:
    """Reads the derived facts, in two steps: `declare`, then `read` once the members of decisions are declared.

    taken  names of facts and subjects, which no derived fact can have
    """

    tree: Tree
    report: Reporter
    vocabulary: Vocabulary
    taken: frozenset[str]

    def declare(self) -> None:
        """Put the names of the derived facts into the vocabulary."""
        reader = DerivationReader(self.vocabulary, self.report)
        seen: set[str] = set()
        self._declare_unread()
        for i, written in self._written():
            name = str(written["fact"])
            self._check_fresh(name, ("derived", i, "fact"), is_twice=name in seen)
            seen.add(name)
            reader.declare(written)

    def _declare_unread(self) -> None:
        """Take on trust the names of derived facts that are wrong in themselves: that alone is told."""
        for each in self.tree.taken_out:
            name = each.get("fact")
            if isinstance(name, str):
                self.vocabulary.words.setdefault(name, Word(name, ANY, nullable=True))

    def _written(self) -> list[tuple[int, Written]]:
        return [(i, each) for i, each in elements(self.tree.data, "derived") if isinstance(each.get("fact"), str)]

    def _check_fresh(self, name: str, path: Steps, *, is_twice: bool) -> None:
        is_member = any(name in members for members in self.vocabulary.members.values())
        if is_twice or is_member or name in self.taken or name in ("as_of", "today"):
            whose = ": a decision gives a member of that name" if is_member else ""
            self.report.at(path, "duplicate_id", f"derived fact {name}: the name is taken{whose}")

    def read(self, copied: Mapping[str, str], settle_copies: Callable[[], None]) -> dict[str, Derived]:
        """Return the derived facts, each after those that it reads.

        copied         members that copy a name, with that name
        settle_copies  gives them its type, as far as that is known
        """
        reader = DerivationReader(self.vocabulary, self.report)
        written = {str(each["fact"]): (i, each) for i, each in self._written()}
        found: dict[str, Derived] = {}
        for name in self._order(written, copied):
            i, each = written[name]
            if not copied.keys().isdisjoint(_words(each)):
                settle_copies()
            derived = reader.read(each, ("derived", i))
            if derived is not None:
                found |= {one.name: one for one in chosen_in(derived)}
                found[name] = replace(derived, interpretations=self.tree.interpretations(("derived", i)))
        return found

    def _order(self, written: Mapping[str, tuple[int, Written]], copied: Mapping[str, str]) -> list[str]:
        def named(name: str) -> Iterator[str]:
            # Its own keys say how it is derived: a fact may be called as one of them, such as `count`.
            return _words([value for key, value in written[name][1].items() if key not in _SAID])

        def read_by(name: str) -> Iterator[str]:
            return (word for word in named(name) if word in written)

        def read_over_copies(name: str) -> Iterator[str]:
            read = reached(named(name), lambda word: filter(None, [copied.get(shown_name(word))]))
            return (word for word in map(shown_name, read) if word in written)

        with suppress(Circle):  # That is told where decisions are known, with the whole way.
            return in_order(written, read_over_copies)
        try:
            return in_order(written, read_by)
        except Circle:
            for names in circles(written, read_by):
                place: Steps = ("derived", written[names[0]][0])
                message = f"derived facts read each other in a circle: {' → '.join(names)}"
                self.report.at(place, "circle", message)
            return []


def _words(node: object) -> Iterator[str]:
    """Yield every text in plain data, keys included."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from _words(value)
    elif isinstance(node, list):
        for value in node:
            yield from _words(value)
