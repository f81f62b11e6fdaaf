"""Clusters of claims, against every case of short lines and lists."""

from datetime import date, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.analysis.lines import Line, line_of, shift_of
from service.analysis.regions import clusters, constant_along
from service.analysis.terms import (
    Atom,
    Below,
    CountOf,
    DayOf,
    Doubt,
    Has,
    Moved,
    Opaque,
    Sum,
    TotalOf,
    Unknown,
    below,
    evaluated,
    facts_in,
    holds_at,
    summed,
)
from service.facts.declaration import FactSpec
from service.model.derivations import Duration
from tests.thorough import tried

A, B = Unknown("a", "date"), Unknown("b", "date")
N, M = Unknown("n", "integer"), Unknown("m", "integer")
L = Unknown("l", "list")
FIRST = date(2024, 1, 27)
DAYS = [FIRST + timedelta(days=i) for i in range(7)]
LINES = {
    "a": Line("date", DAYS[0].toordinal(), DAYS[-1].toordinal()),
    "b": Line("date", DAYS[0].toordinal(), DAYS[-1].toordinal()),
    "n": Line("integer", -1, 3),
    "m": Line("integer", 0, 2),
}
LISTS = {"l": FactSpec(path="l", type="list", item_type="integer", minimum=0, maximum=2, min_items=1, max_items=2)}
ITEMS = [each for size in (1, 2) for each in product(range(3), repeat=size)]
VALUES = {"a": DAYS, "b": DAYS, "n": range(-1, 4), "m": range(3), "l": ITEMS}


def cases_of(facts):
    """Yield every case of some facts."""
    for values in product(*(VALUES[fact] for fact in facts)):
        yield dict(zip(facts, values, strict=True))


MOVES = st.builds(Duration, months=st.sampled_from([-1, 0, 1]), days=st.integers(-3, 3))
DATES = st.sampled_from([A, B]) | st.builds(Moved, st.sampled_from([A, B]), MOVES)
EDGES = st.dates(date(2023, 12, 24), date(2024, 3, 5))
DATE_CLAIMS = st.builds(below, DATES, DATES | EDGES)
TWO_DATES = st.builds(lambda one, other: summed([(one, 1), (other, -1)]), DATES, DATES)
APART = st.builds(below, TWO_DATES, st.integers(-40, 40))
AND_A_NUMBER = st.builds(
    lambda apart, n, times: below(summed([(apart, 1), (n, times)]), 0),
    TWO_DATES,
    st.sampled_from([N, M]),
    st.integers(-2, 2),
)
COUNTS = st.builds(CountOf, st.just(L), st.none() | st.frozensets(st.integers(0, 3), min_size=1, max_size=2))
NUMBERS = st.sampled_from([N, M, TotalOf(L)]) | COUNTS
SUMS = st.builds(
    lambda parts, edge: below(summed(parts), edge, whole={"l": True}),
    st.lists(st.tuples(NUMBERS, st.integers(-2, 2)), min_size=1, max_size=2),
    st.integers(-4, 5),
)
HAS = st.builds(lambda item: (Has(L, item), True), st.integers(0, 3))
DOUBTS = st.builds(lambda one, other: (Doubt("odd", (one, other)), True), DATES, st.sampled_from([N, A]))


def atoms_of(*claims, most=5):
    """Return some atoms, without those that are settled anyway."""
    made = st.lists(st.one_of(*claims).map(lambda claim: claim[0]), min_size=1, max_size=most)
    return made.map(lambda drawn: list(dict.fromkeys(each for each in drawn if isinstance(each, Atom))))


def truths_at(atoms, case):
    """Return which claims are true of a case."""
    return tuple(holds_at(atom, case) for atom in atoms)


def is_valid(cluster, point):
    """Say whether values are ones that a case can have."""
    return point.keys() <= set(cluster.facts) and all(value in VALUES[fact] for fact, value in point.items())


KINDS = st.sampled_from(
    [
        (DATE_CLAIMS,),
        (DATE_CLAIMS, APART),
        (DATE_CLAIMS, APART, AND_A_NUMBER),
        (SUMS,),
        (SUMS, HAS),
        (HAS,),
        (DATE_CLAIMS, SUMS, HAS),
    ]
).flatmap(lambda kinds: atoms_of(*kinds))


@given(KINDS)
@settings(max_examples=tried(75, 1500))
def test_the_regions_of_a_cluster_are_those_of_all_cases(atoms):
    """Each atom is in one cluster; no case is without a region, and no region of an exact cluster without a case."""
    found = clusters(atoms, LINES, LISTS)
    assert sorted((atom for cluster in found for atom in cluster.atoms), key=repr) == sorted(atoms, key=repr)
    for cluster in found:
        seen = {truths_at(cluster.atoms, case) for case in cases_of(cluster.facts)}
        told = [region.truths for region in cluster.regions]
        assert len(told) == len(set(told))
        assert seen <= set(told)
        assert set(cluster.facts) == set().union(*map(facts_in, cluster.atoms))
        if cluster.is_exact:
            assert seen == set(told)
            for region in cluster.regions:
                for point in region.points:
                    assert is_valid(cluster, point)
                    assert truths_at(cluster.atoms, {**next(cases_of(cluster.facts)), **point}) == region.truths


@given(KINDS)
@settings(max_examples=tried(30, 600))
def test_clusters_that_share_a_fact_go_with_each_other_or_are_not_exact(atoms):
    """Combinations of regions of exact clusters are those of cases: nothing is taken apart that hangs together."""
    found = clusters(atoms, LINES, LISTS)
    assume(len(found) > 1 and all(cluster.is_exact for cluster in found))
    order = [atom for cluster in found for atom in cluster.atoms]
    seen = {truths_at(order, case) for case in cases_of(sorted(frozenset().union(*map(facts_in, order))))}
    told = {sum((region.truths for region in each), ()) for each in product(*(cluster.regions for cluster in found))}
    assert seen == told


@given(atoms_of(DATE_CLAIMS, most=3) | atoms_of(SUMS, most=3), st.data())
@settings(max_examples=tried(30, 600))
def test_regions_meet_where_cases_that_differ_in_some_facts_lie_in_them(atoms, data):
    """Exactly those pairs, for one fact or more that change."""
    found = clusters(atoms, LINES, LISTS)
    assume(found)
    cluster = data.draw(st.sampled_from(found))
    assume(len(cluster.facts) > 1 and cluster.is_exact)
    changing = data.draw(st.sets(st.sampled_from(cluster.facts), min_size=1))
    kept = [fact for fact in cluster.facts if fact not in changing]
    beside = [set() for _ in cluster.regions]
    position = {region.truths: i for i, region in enumerate(cluster.regions)}
    for case in cases_of(cluster.facts):
        beside[position[truths_at(cluster.atoms, case)]].add(tuple(case[fact] for fact in kept))
    for i, j in product(range(len(beside)), repeat=2):
        if i != j:
            assert cluster.meet(frozenset(changing), i, j) == (not beside[i].isdisjoint(beside[j]))


TERMS = st.one_of(
    st.tuples(atoms_of(DATE_CLAIMS, APART), DATES),
    st.tuples(atoms_of(DATE_CLAIMS), TWO_DATES),
    st.tuples(atoms_of(SUMS), NUMBERS),
)


def none_worked_out(term, _):
    """Work nothing out."""
    raise LookupError(term)


@given(TERMS)
@settings(max_examples=tried(50, 1000))
def test_a_term_is_constant_in_a_region_where_all_its_cases_give_one_value(drawn):
    """What is said of it is so; of a date or instant it is always said, but where facts meet and months pass."""
    atoms, term = drawn
    for cluster in clusters(atoms, LINES, LISTS):
        if not (facts_in(term) and facts_in(term) <= set(cluster.facts)):
            continue
        values = {}
        for case in cases_of(cluster.facts):
            values.setdefault(truths_at(cluster.atoms, case), set()).add(evaluated(term, case))
        for i, region in enumerate(cluster.regions):
            is_constant, value = cluster.constant_in(i, term, none_worked_out)
            if is_constant is not None and cluster.is_exact:
                assert is_constant is (len(values[region.truths]) == 1)
            if is_constant:
                assert values[region.truths] == {value}
            # a move by months is no shift along the line, and where facts meet, no other move is known
            is_followed = len(cluster.facts) == 1 or shift_of(term) is not None
            if isinstance(term, Unknown | Moved) and is_followed and cluster.is_exact:
                assert is_constant is not None


def test_a_claim_about_which_nothing_is_known_leaves_the_others_not_exact():
    """It is a cluster of its own, and might hang together with what shares its facts."""
    doubt, claim = Doubt("odd", (A,)), below(A, B)[0]
    alone, other = sorted(clusters([doubt, claim], LINES, LISTS), key=lambda each: each.atoms != (doubt,))
    assert [region.truths for region in alone.regions] == [(True,), (False,)]
    assert not alone.is_exact
    assert not other.is_exact
    (far,) = (each for each in clusters([doubt, below(N, 2)[0]], LINES, LISTS) if each.facts == ("n",))
    assert far.is_exact


INSTANT = Unknown("i", "instant")


@pytest.mark.parametrize(
    "atoms",
    [
        [below(DayOf(INSTANT, "America/Chicago"), DayOf(INSTANT, "UTC"))[0]],
        [below(Moved(INSTANT, Duration(months=1)), line_of("instant").least // 1)[0]],
        [Below(Sum(((Moved(INSTANT, Duration(months=1)), 1),), -(10**15))), Below(Sum(((INSTANT, 1),), -(10**15)))],
    ],
)
def test_one_instant_is_settled_also_where_days_meet_or_months_pass(atoms):
    """What was once left open."""
    (cluster,) = clusters(atoms, {"i": line_of("instant")}, {})
    assert cluster.is_exact
    for region in cluster.regions:
        assert region.points
        for point in region.points:
            assert truths_at(atoms, point) == region.truths


def test_a_clocks_result_may_be_anything():
    """It is not said to be the same in a region, nor along a line, because it is so at the ends."""
    due = Opaque(("clock",), (A,))
    (cluster,) = clusters([below(A, DAYS[3])[0]], LINES, LISTS)
    assert cluster.constant_in(0, due, lambda *_: 7) == (None, None)
    assert cluster.constant_in(0, Opaque(("other",), (A,)), lambda _, values: values[0]) == (False, None)
    assert constant_along(LINES["a"], "a", due, lambda *_: 7) is None
    assert constant_along(LINES["a"], "a", A, none_worked_out) is False
    far = Moved(A, Duration(years=9000))
    assert constant_along(LINES["a"], "a", far, none_worked_out) is True


@pytest.mark.parametrize(
    ("spec", "atoms", "regions"),
    [
        # Nothing but the items asked for can be in the list, which is never empty.
        ({"minimum": 1, "maximum": 2, "min_items": 1}, [Has(L, 1), Has(L, 2)], 3),
        # An item that no such list has.
        ({"minimum": 1, "maximum": 9}, [Has(L, 0), Has(L, 2)], 2),
        # A set that needs more items than there are others.
        ({"minimum": 1, "maximum": 3, "min_items": 2, "unique": True}, [Has(L, 1), Has(L, 2)], 3),
        ({"item_type": "string", "max_length": 1}, [Has(L, "long"), Has(L, "s")], 2),
        ({"item_type": "string", "max_length": 0, "min_items": 1}, [Has(L, "")], 1),
        ({"minimum": 1, "maximum": 3, "unique": True}, [below(3, CountOf(L))[0]], 1),
    ],
)
def test_a_list_has_only_what_its_declaration_allows(spec, atoms, regions):
    """Bounds of items and lengths are looked at, not items alone."""
    declared = FactSpec(**{"path": "l", "type": "list", "item_type": "integer", **spec})
    found = clusters(atoms, {}, {"l": declared})
    assert all(cluster.is_exact for cluster in found)
    assert len(list(product(*(cluster.regions for cluster in found)))) == regions


def test_too_much_is_taken_apart_and_told():
    """Where there are too many regions each claim is settled by itself, and more is possible than there is."""
    facts = [Unknown(f"x{i}", "integer") for i in range(20)]
    lines = {fact.fact: Line("integer", 0, 9) for fact in facts}
    atoms = [below(summed([(one, 1), (other, 1)]), 9)[0] for one, other in pairwise(facts)]
    found = clusters(atoms, lines, {})
    assert len(found) == len(atoms)
    assert not any(cluster.is_exact for cluster in found)
    assert all(len(cluster.regions) == 2 for cluster in found)
