"""A number that may lead a date out of the calendar is told of, unless its bounds or a rule see to it."""

import pytest

from tests.analysis.small_packs import load, rules


@pytest.fixture
def warned(tmp_path):
    """Load a pack whose derived fact `until` is moved by numbers, and return what it is warned of."""

    def found(num, *derived, when=None, start=None, **length):
        properties = {"start": start or {"type": "string", "format": "date"}, "num": num}
        decision = {"decision": "d", "gives": {"k": "boolean"}, "rules": rules("d", (when, {"k": True}))}
        until = {"fact": "until", "date": "start", "plus": length or {"months": "num"}}
        pack = load(tmp_path, properties, decision, derived=[*derived, until])
        return [(each.code, each.message) for each in pack.warnings]

    return found


WHOLE = {"type": "integer"}
HALF = {"fact": "half", "quotient": ["num", 2]}
FULL = {"fact": "full", "round": "half", "places": 0, "how": "up"}


def test_the_warning_names_the_number_and_both_mends(warned):
    """Bounds of the fact, or a rule for the case."""
    why = "'num' may lead out of the years 2 to 9998, and then there is no until"
    mend = "give it a minimum and a maximum in the facts schema, or let a rule ask for {until: {known: false}}"
    assert warned(WHOLE) == [("unbounded_duration", f"derived fact until: {why}: {mend}")]


@pytest.mark.parametrize(
    ("num", "length"),
    [
        ({**WHOLE, "minimum": 0}, {"months": "num"}),
        ({**WHOLE, "maximum": 0}, {"months": "num"}),
        ({**WHOLE, "minimum": 0, "maximum": 1200}, {"months": "num"}),
        ({**WHOLE, "enum": [1, 100]}, {"years": "num"}),
        ({**WHOLE, "minimum": -1899, "maximum": 0}, {"years": "num"}),
    ],
    ids=str,
)
def test_a_number_that_may_lead_too_far_is_told_of(warned, num, length):
    """From the last date of a case, or the first."""
    assert [code for code, _ in warned(num, **length)] == ["unbounded_duration"]


@pytest.mark.parametrize(
    ("num", "length"),
    [
        ({**WHOLE, "minimum": 0, "maximum": 1188}, {"months": "num"}),
        ({**WHOLE, "enum": [1, 99]}, {"years": "num"}),
        ({**WHOLE, "minimum": -1800, "maximum": 90}, {"years": "num"}),
        ({**WHOLE, "minimum": 0, "maximum": 30_000}, {"days": "num"}),
    ],
    ids=str,
)
def test_what_stays_within_is_not_told_of(warned, num, length):
    """By its bounds or its choices."""
    assert warned(num, **length) == []


def test_what_is_reckoned_is_told_of_with_another_mend(warned):
    """It has no bounds of its own."""
    ((code, message),) = warned({**WHOLE, "minimum": 0}, HALF, FULL, months="full")
    assert (code, "give it bounds by 'larger_of' and 'smaller_of'" in message) == ("unbounded_duration", True)
    assert warned({**WHOLE, "minimum": 0, "maximum": 9}, {"fact": "two", "sum": ["num", "num"]}, months="two") == []


def test_what_a_rule_expects_is_not_told_of(warned):
    """It asks if there is such a date at all."""
    assert warned(WHOLE, when={"until": {"known": False}}) == []
