"""Orders in which each thing comes after what it reads."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.model.order import Circle, in_order, reached


def test_what_reads_nothing_keeps_its_order():
    """The writer's order is kept wherever it can be."""
    assert in_order(["b", "a", "c"], lambda _: []) == ["b", "a", "c"]


def test_what_is_read_comes_before_and_only_once():
    """Things that were not named but are read are in the order too."""
    reads = {"fine": ["late", "kind"], "late": ["due"], "kind": [], "due": []}
    assert in_order(["fine", "kind"], lambda name: reads[name]) == ["due", "late", "kind", "fine"]


def test_a_circle_is_told_from_its_first_name_round_to_it_again():
    """What leads into the circle is no part of it."""
    reads = {"start": ["a"], "a": ["b"], "b": ["c"], "c": ["a"]}
    with pytest.raises(Circle) as met:
        in_order(["start"], lambda name: reads[name])
    assert met.value.names == ("a", "b", "c", "a")
    assert str(met.value) == "a reads b reads c reads a"


def test_a_thing_that_reads_itself_is_a_circle():
    """The smallest one."""
    with pytest.raises(Circle) as met:
        in_order(["a"], lambda _: ["a"])
    assert met.value.names == ("a", "a")


def test_a_chain_may_be_longer_than_the_stack_is_deep():
    """Many rules may outrank each other one by one."""
    length = 5000
    assert in_order(["0"], lambda name: [str(int(name) + 1)] if int(name) < length else [])[0] == str(length)


@given(st.dictionaries(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=3), min_size=10, max_size=10))
def test_every_order_has_what_is_read_before_what_reads_it(reads):
    """Or there is a circle, and it is one."""

    def read_by(name):
        return [str(each) for each in reads.get(int(name), ())]

    names = [str(name) for name in reads]
    try:
        order, circle = in_order(names, read_by), ()
    except Circle as met:
        order, circle = [], met.names
    assert all(order.index(read) < order.index(name) for name in order for read in read_by(name))
    assert all(after in read_by(before) for before, after in pairwise(circle))
    assert circle[:1] == circle[-1:]
    assert order or circle


def test_what_is_reached_stands_once_and_the_nearest_first():
    """A trace lists a fact where it is read first, also when the things read each other in a circle."""
    read_by = {"a": ["b", "c"], "b": ["d"], "c": ["d", "a"]}

    assert reached(["a"], lambda name: read_by.get(name, ())) == ("a", "b", "c", "d")
