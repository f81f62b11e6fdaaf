"""Values of rules with places that other names fill."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest

from service.model.names import Own
from service.model.outcomes import Copied, Template, Text, Woven, copied_in, filled, woven
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


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("as it is", "as it is"),
        (True, "true"),
        (3, "3"),
        (Decimal("2.50"), "2.5"),
        (Fraction(1, 2), "0.5"),
        (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 9, tzinfo=timezone(timedelta(hours=-6))), "2026-01-31T09:00:00-06:00"),
        (("disc", 2, False), "disc, 2, false"),
        ((Pairs([("by", "post"), ("days", 2)]), Pairs([("by", "phone")])), "by post, days 2; by phone"),
        ((), ""),
    ],
)
def test_a_text_tells_a_value_as_a_document_does(value, told):
    """The items of a list with commas, its records with semicolons; a number as it is written."""
    text = Template(("a",), Text(("It is ", Copied("a"), ".")))
    assert filled(text, {"a": value}) == f"It is {told}."


def test_a_text_with_an_open_place_is_still_in_the_making():
    """What is open is of a kind that only the analysis knows."""
    is_open = object()
    assert woven(["a", is_open]) == Woven(("a", is_open))
    assert woven(["a", (1, Woven((is_open,)))]) == Woven(("a", (1, Woven((is_open,)))))
    assert woven(["a", None, is_open]) is None


def test_a_constant_copies_nothing():
    """Only a template has inputs."""
    assert copied_in("low") == ()
    assert copied_in(NESTED) == ("a", Own("d.b"))
