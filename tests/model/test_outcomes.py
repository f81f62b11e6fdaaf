"""Values of rules with places that other names fill."""

from __future__ import annotations

import pytest

from service.model.names import Own
from service.model.outcomes import Copied, Template, copied_in, filled
from service.model.values import ABSENT, Pairs

NESTED = Template(("a", Own("d.b")), Pairs([("x", Copied("a")), ("y", (1, Copied(Own("d.b"))))]))


def test_places_are_filled_at_any_depth():
    """In lists and in mappings."""
    assert filled(NESTED, {"a": 1, Own("d.b"): 2}) == Pairs([("x", 1), ("y", (1, 2))])
    assert isinstance(filled(NESTED, {"a": 1, Own("d.b"): 2}), Pairs)


@pytest.mark.parametrize("values", [{"a": 1}, {"a": 1, Own("d.b"): None}, {"a": ABSENT, Own("d.b"): 2}])
def test_where_a_place_stays_empty_there_is_no_value(values):
    """None, absent and not there come to the same."""
    assert filled(NESTED, values) is ABSENT


def test_a_constant_copies_nothing():
    """Only a template has inputs."""
    assert copied_in("low") == ()
    assert copied_in(NESTED) == ("a", Own("d.b"))
