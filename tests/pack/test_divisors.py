"""A derived fact that may divide by 0 is told of, unless its facts or a rule see to it."""

import pytest

from tests.analysis.small_packs import load, rules


@pytest.fixture
def warned(tmp_path):
    """Load a pack whose derived fact `share` divides, and return the codes that it is warned of."""

    def codes(of, divisor, *derived, when=None):
        properties = {
            "part": {"type": "number"},
            "items": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        }
        decision = {"decision": "d", "gives": {"k": "boolean"}, "rules": rules("d", (when, {"k": True}))}
        share = {"fact": "share", "quotient": ["part", divisor]}
        pack = load(tmp_path, {**properties, "whole": of}, decision, derived=[*derived, share])
        return [(each.code, each.message) for each in pack.warnings]

    return codes


NUMBER = {"type": "number"}


def test_the_warning_names_the_divisor_and_both_mends(warned):
    """Bounds of the fact, or a rule for the case."""
    assert warned(NUMBER, "whole") == [
        (
            "zero_divisor",
            (
                "derived fact share: 'whole' can be 0, and then there is no share: give it a minimum above 0 in the "
                "facts schema, or let a rule ask for {share: {known: false}}"
            ),
        )
    ]


@pytest.mark.parametrize(
    "of",
    [
        {**NUMBER, "minimum": 0.5},
        {**NUMBER, "maximum": -1},
        {**NUMBER, "enum": [1, -1]},
        {"type": "integer", "minimum": 1},
    ],
    ids=str,
)
def test_what_is_never_zero_is_not_told_of(warned, of):
    """By its bounds or its choices."""
    assert warned(of, "whole") == []


def test_what_a_rule_expects_is_not_told_of(warned):
    """It asks if there is a share at all."""
    assert warned(NUMBER, "whole", when={"share": {"known": False}}) == []


@pytest.mark.parametrize(
    ("form", "can_be_zero"),
    [
        ({"larger_of": ["whole", 1]}, False),
        ({"larger_of": ["whole", 0]}, False),
        ({"smaller_of": ["whole", 5]}, False),
        ({"smaller_of": ["whole", -1]}, False),
        ({"sum": [{"of": "whole", "times": 2}, -1]}, True),
        ({"sum": [{"of": "whole", "times": -2}, -1]}, False),
        ({"difference": [3, "whole"]}, True),
        ({"round": "whole", "places": 0, "how": "down"}, True),
        ({"round": "whole", "places": 0, "how": "up"}, False),
        ({"count": "items"}, False),
        ({"product": ["whole", "part"]}, True),
    ],
    ids=str,
)
def test_bounds_reach_through_what_is_derived(warned, form, can_be_zero):
    """Of a fact that is at least one half."""
    found = warned({**NUMBER, "minimum": 0.5}, "made", {"fact": "made", **form})
    assert [code for code, _ in found] == ["zero_divisor"] * can_be_zero
