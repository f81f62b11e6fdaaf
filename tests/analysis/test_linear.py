"""Sums of numbers, days apart and lists, against trying every value of small domains."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from itertools import combinations_with_replacement, product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.analysis.linear import NotLinear, Question
from service.analysis.lines import Line, line_of
from service.analysis.terms import (
    Below,
    CountOf,
    DayOf,
    Has,
    Moved,
    Sum,
    TotalOf,
    Unknown,
    below,
    holds_at,
    number,
    summed,
)
from service.facts.declaration import FactSpec
from service.model.derivations import Duration
from tests.thorough import tried

N, M = Unknown("n", "integer"), Unknown("m", "integer")
L = Unknown("l", "list")
LINES = {"n": Line("integer", -2, 3), "m": Line("integer", 0, 4)}


def lists_of(spec, items):
    """Return every list of some items that a declaration allows."""
    most = 3 if spec.max_items is None else spec.max_items
    found = [each for size in range(spec.min_items, most + 1) for each in product(items, repeat=size)]
    found = [each for each in found if not spec.unique or len(set(each)) == len(each)]
    if spec.unique and spec.choices is not None:
        found = [each for each in found if list(each) == sorted(each, key=spec.choices.index)]
    return found


def is_allowed(spec, items):
    """Say whether a list is one that its declaration allows."""
    kinds = {"string": str, "integer": int, "number": int | Decimal | Fraction}
    return (
        spec.min_items <= len(items)
        and (spec.max_items is None or len(items) <= spec.max_items)
        and (not spec.unique or max(Counter(items).values(), default=1) == 1)
        and all(isinstance(each, kinds[spec.item_type]) for each in items)
        and (spec.choices is None or set(items) <= set(spec.choices))
        and all(spec.minimum is None or number(each) >= number(spec.minimum) for each in items)
        and all(spec.maximum is None or number(each) <= number(spec.maximum) for each in items)
    )


def specs(kind):
    """Return declarations of short lists of a kind."""
    sizes = st.tuples(st.integers(0, 2), st.integers(0, 3)).filter(lambda each: each[0] <= each[1])
    bounds = {"string": st.just((None, None))}.get(kind, st.just((0, 2)))
    choices = {
        "string": st.sampled_from([("x", "y"), ("x", "y", "z")]),
        "integer": st.sampled_from([None, (0, 2)]),
    }[kind]

    def made(drawn):
        (low, high), (fewest, most), closed, unique = drawn
        return FactSpec(
            path="l",
            type="list",
            item_type=kind,
            min_items=fewest,
            max_items=most,
            unique=unique,
            minimum=None if closed else low,
            maximum=None if closed else high,
            choices=closed,
        )

    return st.tuples(bounds, sizes, choices, st.booleans()).map(made)


def atoms_of(kind):
    """Return claims about two numbers and a list: items, counts and sums."""
    items = st.sampled_from(["x", "y", "q"] if kind == "string" else [0, 1, 2, 5])
    counts = st.builds(CountOf, st.just(L), st.none() | st.frozensets(items, min_size=1, max_size=2))
    terms = [st.sampled_from([N, M]), counts] + ([st.just(TotalOf(L))] if kind == "integer" else [])
    parts = st.lists(st.tuples(st.one_of(*terms), st.integers(-2, 2)), min_size=1, max_size=3)
    sums = st.tuples(parts, st.integers(-4, 4)).map(
        lambda drawn: below(summed(drawn[0], drawn[1]), 0, whole={"l": True})
    )
    below_ = sums.map(lambda made: made[0]).filter(lambda claim: isinstance(claim, Below))
    atoms = below_ | st.builds(Has, st.just(L), items)
    return st.lists(atoms, min_size=1, max_size=4, unique=True)


KINDS = st.sampled_from(["string", "integer"]).flatmap(lambda kind: st.tuples(specs(kind), atoms_of(kind)))


def items_of(spec):
    """Return every item that a list of a small declaration can have."""
    return list(spec.choices) if spec.choices is not None else [0, 1, 2]


def truths_at(atoms, case):
    """Return which claims are true of a case."""
    return tuple(holds_at(atom, case) for atom in atoms)


@given(KINDS)
@settings(max_examples=tried(30, 600))
def test_regions_are_those_of_all_small_cases(drawn):
    """Exactly the combinations that some case has, each with a valid case that has it."""
    spec, atoms = drawn
    question = Question(LINES, {"l": spec}, atoms)
    found = dict(question.regions(256))
    cases = [
        {"n": n, "m": m, "l": items} for n in range(-2, 4) for m in range(5) for items in lists_of(spec, items_of(spec))
    ]
    seen = {truths_at(atoms, case) for case in cases}
    assert seen <= found.keys()
    assert question.is_exact
    assert found.keys() == seen
    for truths, (values, _) in found.items():
        case = {"n": 0, "m": 0, "l": lists_of(spec, items_of(spec))[0], **values}
        assert truths_at(atoms, case) == truths
        assert is_allowed(spec, case["l"])


@given(KINDS, st.data())
@settings(max_examples=tried(30, 600))
def test_two_cases_that_differ_in_some_facts(drawn, data):
    """The changed claims are about a case in which those facts, and no others, may have other values."""
    spec, atoms = drawn
    question = Question(LINES, {"l": spec}, atoms)
    first = [(atom, data.draw(st.booleans())) for atom in atoms]
    second = [(atom, data.draw(st.booleans())) for atom in atoms]
    others = data.draw(st.sets(st.sampled_from("nml"), min_size=1))
    found = question.solve(first, second, frozenset(others))
    cases = [
        {"n": n, "m": m, "l": items} for n in range(-2, 4) for m in range(5) for items in lists_of(spec, items_of(spec))
    ]
    kept = [fact for fact in "nml" if fact not in others]

    def of(wanted):
        good = [case for case in cases if truths_at(atoms, case) == tuple(truth for _, truth in wanted)]
        return {tuple(case[fact] for fact in kept) for case in good}

    assert (found is not None) == (not of(first).isdisjoint(of(second)))


FREE = st.builds(
    FactSpec,
    path=st.just("l"),
    type=st.just("list"),
    item_type=st.sampled_from(["integer", "number"]),
    minimum=st.sampled_from([None, 0, Decimal("0.5")]),
    maximum=st.sampled_from([None, 3, Decimal("2.5")]),
    min_items=st.integers(0, 2),
    max_items=st.sampled_from([None, 2, 3]),
    unique=st.booleans(),
)
FREE_ATOMS = st.lists(
    st.builds(Has, st.just(L), st.sampled_from([0, 1, Decimal("0.5"), 3, 7]))
    | st.tuples(st.sampled_from([TotalOf(L), CountOf(L)]), st.integers(-4, 9)).map(lambda drawn: below(*drawn)[0])
    | st.integers(-1, 4).map(lambda edge: below(Sum(((TotalOf(L), 1), (CountOf(L), -edge))), 0)[0]),
    min_size=1,
    max_size=4,
    unique=True,
)


@given(FREE, FREE_ATOMS)
@settings(max_examples=tried(30, 600))
def test_lists_of_any_numbers_miss_nothing_and_show_what_they_find(spec, atoms):
    """Every case that is tried is in a region; where all is exact, each region has a valid case that shows it."""
    lists = {"l": spec}
    if spec.item_type == "integer":
        atoms = [below(atom.sum, 0, whole={"l": True})[0] if isinstance(atom, Below) else atom for atom in atoms]
        assume(len(set(atoms)) == len(atoms))
    question = Question({}, lists, atoms)
    found = dict(question.regions(256))
    grid = [Fraction(each, 4 if spec.item_type == "number" else 1) for each in range(-6, 16)]
    items = [int(each) if each.denominator == 1 else Decimal(str(float(each))) for each in grid]
    # No claim asks in which order a list is.
    in_order = (each for size in range(4) for each in combinations_with_replacement(items, size))
    for case in (each for each in in_order if is_allowed(spec, each)):
        assert truths_at(atoms, {"l": case}) in found
    for truths, (values, _) in found.items():
        if values:
            assert truths_at(atoms, values) == truths
            assert is_allowed(spec, values["l"])


def test_ends_of_numbers_are_those_of_the_schema():
    """Sums reach as far as their numbers do, and no further."""
    lines = {"n": line_of("number"), "m": line_of("integer", -(10**17), 10**17)}
    n, m = Unknown("n", "number"), Unknown("m", "integer")
    most = int(lines["n"].most) + 10**17
    edges = [most, most + 1, -most, -most + 1]
    atoms = [Below(Sum(((n, 1), (m, 1)), -edge)) for edge in edges]
    found = {truths for truths, _ in Question(lines, {}, atoms).regions(16)}
    assert found == {
        (True, True, False, True),
        (True, True, False, False),
        (False, True, False, False),
    }


def test_what_is_no_sum_is_refused():
    """Days in zones and moves by months are not linear; items that nobody asked for are not known."""
    day = Unknown("d", "date")
    lines = {"d": line_of("date"), "i": line_of("instant")}
    for term in (Moved(day, Duration(months=1)), DayOf(Unknown("i", "instant"), "UTC")):
        with pytest.raises(NotLinear):
            Question(lines, {}, ()).solve([(Below(Sum(((term, 1),), 0)), True)])
    spec = FactSpec(path="l", type="list", item_type="string")
    for claim in (Has(L, "x"), Below(Sum(((CountOf(L, frozenset({"x"})), 1),), 0)), Below(Sum(((TotalOf(L), 1),), 0))):
        with pytest.raises(NotLinear):
            Question({}, {"l": spec}, ()).solve([(claim, True)])


def test_too_many_regions_are_not_told():
    """More than the bound is none at all."""
    atoms = [Below(Sum(((N, 1),), -edge)) for edge in range(-1, 3)]
    question = Question(LINES, {}, atoms)
    assert question.regions(3) is None
    assert len(Question(LINES, {}, atoms).regions(5)) == 5


def test_the_same_question_has_the_same_answer():
    """What was asked before makes no difference to the values that show an answer."""
    atoms = [Below(Sum(((N, 1), (M, 1)), -2)), Below(Sum(((N, 1), (M, -1)), 0))]
    fresh = Question(LINES, {}, atoms).solve([(atoms[0], True)])
    question = Question(LINES, {}, atoms)
    for truth in (True, False):
        question.solve([(atoms[1], truth)], [(atoms[0], truth)], frozenset("m"))
    assert question.solve([(atoms[0], True)]) == fresh
    assert question.regions(9) == Question(LINES, {}, atoms).regions(9)
    only = Below(Sum(((N, 1),), -1))
    assert question.solve([(only, False)]) == Question(LINES, {}, atoms).solve([(only, False)])
    assert question.solve([(only, False)])[0].keys() == {"n"}


def test_what_is_found_does_not_hang_on_what_was_asked_before():
    """Not which regions come first, nor with which values: the same question is the same answer, whoever asked what."""
    spec = FactSpec(path="l", type="list", item_type="integer", max_items=4)
    bounds = [summed([(TotalOf(L), 1), (N, times)]) for times in (1, -1, 2)]
    atoms = [below(bound, edge)[0] for bound in bounds for edge in (0, 5)] + [Has(L, 1), Has(L, 10)]

    def asked(count):
        question = Question({"n": line_of("integer", 0)}, {"l": spec}, atoms[:count])
        found = question.regions(64)
        return found, [question.fresh().solve(list(zip(atoms, truths, strict=False))) for truths, _ in found or ()]

    first = asked(len(atoms))
    for count in (3, 5, 2, 6, 4):
        asked(count)
    assert asked(len(atoms)) == first
