"""Walks meet all that a pack is made of, each node once."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.model.conditions import Not, parts_of
from service.model.conditions import Test as Leaf
from service.model.derivations import Derived
from service.model.outcomes import Template
from service.model.pack import Applies, Clock, Copy, Decision, Group, Interpretation, Note, Rule
from service.model.walk import children, citing, conditions_in, every, leaves_in, templates_in, walk
from service.pack.loader import load_pack

KINDS = [Decision, Applies, Group, Rule, Clock, Copy, Note, Derived, Interpretation, Leaf, Not, Template]


@pytest.fixture(scope="module")
def pack():
    """Return a pack that has every kind of node."""
    return load_pack(Path("tests/fixtures/packs/library-loans"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_walk_meets_every_kind_of_node(pack, kind):
    """From the pack down to the tests and the values that copy."""
    assert next(every(kind, pack), None) is not None


def test_a_walk_meets_each_node_once_and_before_its_pieces(pack):
    """It is a tree."""
    met = [id(node) for node in walk(pack)]
    assert len(met) == len(set(met))
    place = {node: i for i, node in enumerate(met)}
    assert all(place[id(child)] > place[id(node)] for node in walk(pack) for child in children(node))


def test_conditions_are_met_with_what_they_are_the_condition_of(pack):
    """Every test stands in one of them."""
    found = list(conditions_in(pack))
    assert {type(owner) for owner, _ in found} == {Derived, Applies, Rule, Note}
    assert sum(len(list(leaves_in(condition))) for _, condition in found) == len(list(leaves_in(pack)))


def test_all_that_cites_has_its_clauses_in_the_pack(pack):
    """So that a page can tell of each clause what rests on it."""
    cited = {clause for each in citing(pack) for clause in each.cites}
    assert cited
    assert cited <= pack.clauses.keys()


def test_values_that_copy_are_met(pack):
    """With the names that they copy."""
    assert all(template.inputs for template in templates_in(pack))


def test_a_test_is_made_of_nothing():
    """A walk ends there."""
    leaf = Leaf("loan.kind", "known", None)
    assert parts_of(leaf) == ()
    assert list(walk(Not(leaf))) == [Not(leaf), leaf]
