"""Decision diagrams against the functions that they stand for, value by value."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.analysis.diagrams import Diagram, Diagrams, Leaf, Outlook, TooMuchWork, results, support

BOUND = 100_000
WIDTHS = (2, 3, 2, 4)
POINTS = list(product(*(range(width) for width in WIDTHS)))
TABLES = st.lists(st.integers(0, 2), min_size=len(POINTS), max_size=len(POINTS))


def build(space: Diagrams, table: dict[tuple[int, ...], int], rank: int = 0, point: tuple[int, ...] = ()) -> Diagram:
    """Return the diagram of a function given value by value."""
    if rank == len(WIDTHS):
        return space.leaf(table[point])
    return space.node(rank, [build(space, table, rank + 1, (*point, i)) for i in range(WIDTHS[rank])])


def read(diagram: Diagram, point: tuple[int, ...]) -> object:
    """Return a diagram's result at a point."""
    while not isinstance(diagram, Leaf):
        diagram = diagram.children[point[diagram.rank]]
    return diagram.value


@given(TABLES, TABLES)
def test_apply_is_pointwise(first, second):
    """What is applied to diagrams is applied to their results."""
    space = Diagrams(BOUND)
    tables = [dict(zip(POINTS, values, strict=True)) for values in (first, second)]
    one, two = (build(space, table) for table in tables)
    joined = space.apply(lambda a, b: a * 3 + b, one, two)
    assert [read(joined, p) for p in POINTS] == [tables[0][p] * 3 + tables[1][p] for p in POINTS]


@given(TABLES)
def test_support_is_exactly_what_matters(values):
    """A variable is in the support when two points that differ in it alone have different results."""
    table = dict(zip(POINTS, values, strict=True))
    matters = {
        rank
        for rank in range(len(WIDTHS))
        for p in POINTS
        for i in range(WIDTHS[rank])
        if table[p] != table[(*p[:rank], i, *p[rank + 1 :])]
    }
    diagram = build(Diagrams(BOUND), table)
    assert support(diagram) == matters
    assert set(results(diagram)) == set(values)


@given(TABLES, st.integers(0, 3))
def test_an_outlook_tells_what_is_left_open(values, rank):
    """Once a variable is settled, just the results of its points remain."""
    table = dict(zip(POINTS, values, strict=True))
    diagram = build(Diagrams(BOUND), table)
    outlook = Outlook(diagram)
    assert set(outlook.at) == support(diagram)
    for i in range(WIDTHS[rank]):
        left = outlook.left(rank, outlook.columns(rank)[i]) if rank in outlook.at else outlook.all
        of = {leaf.value for place, leaf in enumerate(outlook.leaves) if left >> place & 1}
        assert of == {table[p] for p in POINTS if p[rank] == i}


@given(TABLES, TABLES, TABLES)
def test_equal_functions_are_one_object(first, second, third):
    """However a function is made, it is the same diagram."""
    space = Diagrams(BOUND)
    conditions = [dict(zip(POINTS, values, strict=True)) for values in (first, second, third)]
    test, yes, no = (build(space, table) for table in conditions)
    truth = space.apply(lambda value: value > 0, test)
    chosen = space.choose(truth, yes, no)
    expected = {p: conditions[1][p] if conditions[0][p] > 0 else conditions[2][p] for p in POINTS}
    assert chosen is build(space, expected)
    assert space.negate(space.negate(truth)) is truth
    assert space.both(truth, space.negate(truth)) is space.false
    assert space.either(truth, space.negate(truth)) is space.true


def test_equal_values_that_differ_stay_apart():
    """Python holds True equal to 1; as answers they differ."""
    space = Diagrams(BOUND)
    assert space.leaf(True) is not space.leaf(1)
    assert space.leaf((True,)) is not space.leaf((1,))


@given(TABLES, st.lists(TABLES, min_size=3, max_size=3))
def test_what_is_bound_to_results_is_a_diagram_for_each(first, others):
    """Each result is replaced by a diagram of its own, which may ask for variables before those that led to it."""
    space = Diagrams(BOUND)
    table = dict(zip(POINTS, first, strict=True))
    tables = [dict(zip(POINTS, values, strict=True)) for values in others]
    made = [build(space, each) for each in tables]
    bound = space.bind(lambda value: made[value], build(space, table))
    assert bound is build(space, {p: tables[table[p]][p] for p in POINTS})


@given(st.sampled_from(range(len(WIDTHS))), st.data())
def test_a_variable_may_choose_among_any_diagrams(rank, data):
    """`chosen` puts the variable where it belongs, whatever its children ask for: itself and earlier ones included."""
    space = Diagrams(BOUND)
    tables = [dict(zip(POINTS, data.draw(TABLES), strict=True)) for _ in range(WIDTHS[rank])]
    chosen = space.chosen(rank, [build(space, table) for table in tables])
    assert chosen is build(space, {p: tables[p[rank]][p] for p in POINTS})


@given(st.lists(TABLES, min_size=1, max_size=4))
def test_conditions_are_followed_together(tables):
    """Which of some conditions are true together is a set of bits for each point."""
    space = Diagrams(BOUND)
    truths = [dict(zip(POINTS, values, strict=True)) for values in tables]
    made = [space.apply(lambda value: value > 0, build(space, table)) for table in truths]
    bits = {p: sum(1 << i for i, table in enumerate(truths) if table[p] > 0) for p in POINTS}
    assert space.together(made) is build(space, bits)


def test_work_is_counted_and_bounded():
    """A space says how many steps it took, and takes no more than it may; a user may allow more at any time."""
    space = Diagrams(BOUND)
    digits = build(space, {p: i for i, p in enumerate(POINTS)})
    assert space.work == 0
    space.apply(lambda value: -value, digits)
    steps = space.work
    assert steps >= len(POINTS)
    space.bound = steps + 10
    with pytest.raises(TooMuchWork):
        space.apply(lambda value: value + 1, digits)
    space.bound = 10 * steps
    assert len(results(space.apply(lambda value: value + 1, digits))) == len(POINTS)


@given(TABLES, TABLES, TABLES)
def test_what_is_made_again_is_remembered_and_takes_as_many_steps(first, second, third):
    """Else whether something stays within its bound would hang on what was asked before."""
    space = Diagrams(BOUND)
    tables = [dict(zip(POINTS, values, strict=True)) for values in (first, second, third)]
    made = [build(space, table) for table in tables]
    truths = [space.apply(lambda value: value > 0, each) for each in made]
    deeds = [
        lambda: space.choose(truths[0], made[1], made[2]),
        lambda: space.together(truths),
        lambda: space.mapped("negative", lambda value: -value, made[0]),
    ]
    for deed in deeds:
        begun = space.work
        once = deed()
        steps = space.work - begun
        assert deed() is once
        assert space.work - begun == 2 * steps
        space.bound = space.work + steps - 1
        if steps:
            with pytest.raises(TooMuchWork):
                deed()
        space.bound = BOUND + space.work


def test_large_values_count_for_more_in_what_a_space_holds():
    """Whoever keeps a space is told when it is too much."""
    light, heavy = Diagrams(BOUND), Diagrams(BOUND)
    for i in range(10):
        light.leaf(i)
        heavy.leaf(("x" * 10_000, i))
    assert heavy.size > 30 * light.size > 0
