"""What stands ready for a pack before any case: what rests on what, what each fact might be, what hits come to."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

from service.analysis.cells import NotTold, cells_of
from service.analysis.claims import followed
from service.analysis.domains import Choice, Domain, Items, domains, members_met
from service.analysis.lines import Line
from service.analysis.reach import Reach
from service.analysis.regions import Cluster, clusters
from service.analysis.terms import Atom, ChosenOf, Unknown
from service.model.conditions import Test
from service.model.derivations import Chosen
from service.model.hits import Resolution, fill, resolve, settler
from service.model.names import Key
from service.model.outcomes import copied_in
from service.model.pack import Group, Pack
from service.model.values import ABSENT, none_if_absent
from service.remembering import keep

__all__ = ["Ground", "given_by", "positions"]

_MOST_REMEMBERED = 65536
_LEAST_REMEMBERED = 1024
_MOST_CLUSTERED = 256
_MOST_CHOSEN = 1024


class Ground:
    """What stands ready for a pack: what rests on what, what each fact might be, what hits come to.

    domains  of every fact
    read     names that some decision reads, derived facts and what these rest on included
    ranks    of the variables that facts are, in the order in which they are first read
    lines    of those facts that have an order, what each can be
    members_met  of lists of records, the members that are compared with other names
    """

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.reach = Reach(pack)
        self.domains: Mapping[str, Domain] = domains(pack)
        self.read = frozenset(pack.beneath(name for each in pack.decisions.values() for name in each.reads))
        self.ranks = {fact: 2 * i + 1 for i, fact in enumerate(self.reach.first_read)}
        self.whole = {
            each.path: each.type == "integer" or each.item_type == "integer"
            for spec in pack.facts.facts.values()
            for each in (spec, *spec.members)
        }
        self.members_met = members_met(pack)
        self._copied: dict[str, tuple[Key, ...]] = {}
        self._resolutions: dict[str, dict[int, Resolution]] = {}
        self._settlers: dict[str, Callable[[Sequence[int]], tuple[object, ...]]] = {}
        self._given: dict[str, dict[int, Hashable]] = {}
        parts = sum(len(decision.parts) for decision in pack.decisions.values())
        self._most = max(_LEAST_REMEMBERED, _MOST_REMEMBERED // (1 + parts))  # of each group
        self._truths: dict[Test, tuple[bool, ...]] = {}
        self.lines = {fact: each for fact, each in self.domains.items() if isinstance(each, Line)}
        self._lists = {fact: each.spec for fact, each in self.domains.items() if isinstance(each, Items)}
        self._clusters: dict[tuple[Atom, ...], list[Cluster]] = {}
        self._chosen: dict[ChosenOf, bool | None] = {}

    def clusters(self, atoms: tuple[Atom, ...]) -> list[Cluster]:
        """Return claims in clusters, with what can be true together in each; found out once for the same claims."""
        found = self._clusters.get(atoms)
        if found is None:
            found = keep(self._clusters, atoms, clusters(atoms, self.lines, self._lists), _MOST_CLUSTERED)
        return [cluster.fresh() for cluster in found]

    def resolution(self, group: Group, bits: int) -> Resolution:
        """Return what rules that hold, by their positions as bits, come to."""
        known = self._resolutions.setdefault(group.id, {})
        found = known.get(bits)
        if found is None:
            found = keep(known, bits, resolve(group, positions(bits)), self._most)
        return found

    def may_lack(self, of: Unknown | ChosenOf, member: str) -> bool:
        """Say whether the items of a list of records may be without a member."""
        root = of.of if isinstance(of, ChosenOf) else of
        return any(each.name == member and each.absent_is_none for each in self.pack.facts.facts[root.fact].members)

    def chosen(self, how: Chosen, values: tuple[object, ...]) -> Hashable:
        """Return what is chosen of a list beside settled values: of an unknown one nothing, or all, if always so."""
        found, items = followed(how, values), values[0]
        if not isinstance(found, ChosenOf) or not isinstance(items, Unknown):
            return found
        if found not in self._chosen:
            keep(self._chosen, found, self._always_chosen(found), _MOST_CHOSEN)
        return {True: items, False: (), None: found}[self._chosen[found]]

    def _always_chosen(self, items: ChosenOf) -> bool | None:
        """Say whether every item that a list can have is chosen, or none; None where some are, or nobody knows."""
        try:
            truths = {cell.truths for cell in cells_of(self._lists[items.of.fact], [items], ())}
        except NotTold:
            return None
        return (True,) in truths if len(truths) == 1 else None

    def given(self, group: Group) -> Callable[[int], Hashable]:
        """Return what says which values rules give, as bits, that copy nothing: in the group's order, None for none."""
        known = self._given.setdefault(group.id, {})
        settle = self._settlers.get(group.id)
        if settle is None:
            settle = self._settlers[group.id] = settler(group)

        def given(bits: int) -> Hashable:
            found = known.get(bits)
            return found if found is not None else keep(known, bits, settle(positions(bits)), self._most)

        return given

    def copied(self, group: Group) -> tuple[Key, ...]:
        """Return the names that the rules of a group copy."""
        found = self._copied.get(group.id)
        if found is None:
            names = {name for rule in group.rules for value in rule.then.values() for name in copied_in(value)}
            found = self._copied[group.id] = tuple(sorted(names))
        return found

    def truths(self, test: Test, domain: Choice) -> tuple[bool, ...]:
        """Return of which values of its fact a test holds."""
        found = domain.truths.get(test) or self._truths.get(test)
        if found is None:
            found = self._truths[test] = tuple(test.judge(value, test.operand) for value in domain.values)
        return found


def given_by(group: Group, resolution: Resolution, values: Mapping[Key, object]) -> tuple[Hashable, ...]:
    """Return the members' values, in the group's order, that a resolution comes to; `values` are those for `fill`."""
    filled_in = fill(group, resolution, values)
    return tuple(none_if_absent(filled_in.get(member, ABSENT)) for member in group.gives)


def positions(bits: int) -> tuple[int, ...]:
    """Return the positions of the bits that are set, in order."""
    found: list[int] = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return tuple(found)
