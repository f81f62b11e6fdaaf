"""The rules of one part as written: condition, outcome and rank of each. How hits make one outcome is not here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.model.conditions import ALWAYS
from service.model.order import Circle, in_order
from service.model.pack import Rule
from service.pack.scope import Scope
from service.wording import nearest
from service.written.reporter import Steps
from service.written.shape import Written, elements, mapping, texts

__all__ = ["read_rules"]


def read_rules(scope: Scope, part: Written, path: Steps) -> tuple[Rule, ...]:
    """Return the rules under a part's `rules`, in their own order."""
    written = elements(part, "rules")
    reader = _RuleReader(
        scope,
        names=[str(each.get("rule")) for _, each in written],
        topmost=frozenset(str(each.get("rule")) for _, each in written if each.get("outranks") == "all"),
    )
    rules = tuple(reader.rule(each, (*path, "rules", i)) for i, each in written)
    _check_ranks(scope, rules, path)
    return rules


def _check_ranks(scope: Scope, rules: Sequence[Rule], path: Steps) -> None:
    below = {rule.id: [rules[i].id for i in rule.outranks] for rule in rules}
    try:
        in_order(below, lambda name: below[name])
    except Circle as circle:
        names = " outranks ".join(circle.names)
        scope.report.at((*path, "rules"), "circle", f"rules outrank each other in a circle: {names}")


@dataclass(frozen=True)
class _RuleReader:
    """Reads the rules of one part.

    names    the ids of all of its rules
    topmost  those of the rules that outrank all others
    """

    scope: Scope
    names: Sequence[str]
    topmost: frozenset[str]

    def rule(self, written: Written, path: Steps) -> Rule:
        """Return one rule; what is wrong with it becomes findings."""
        name = str(written.get("rule"))
        about = f"rule {name}"
        asked = "when" in written
        return Rule(
            id=name,
            says=str(written.get("says", "")),
            cites=texts(written.get("cites")),
            interpretations=self.scope.interpretations(written, path),
            when=self.scope.condition(written["when"], (*path, "when"), about) if asked else ALWAYS,
            then=self._then(mapping(written.get("then")), (*path, "then"), about),
            outranks=self._outranks(name, written.get("outranks"), (*path, "outranks")),
            place=self.scope.tree.key_place((*path, "rule")),
            written=written,
        )

    def _then(self, given: Written, path: Steps, about: str) -> dict[str, object]:
        values: dict[str, object] = {}
        for key, written in given.items():
            member = self.scope.member(str(key), (*path, key), about)
            if member is not None:
                values[member.path] = self.scope.value(member, written, (*path, key), about)
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
                self.scope.report.at(path, "unknown_rule", message, close)
        return tuple(found)
