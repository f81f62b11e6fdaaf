"""The values that rules give to members: constants of the member's type, or templates that copy."""

from __future__ import annotations

from datetime import date

import pytest

from service.model.names import Own
from service.model.outcomes import Template, filled
from service.model.pack import Member
from service.model.values import ABSENT, Pairs
from service.pack.outcomes import ValueReader

LEVEL = Member("level", "fine.level", "string", choices=("low", "high"))
PARTS = Member("parts", "fine.parts", "list", items=("disc", "cover"))
ANYTHING = Member("more", "fine.more", "object")
DAY = Member("day", "fine.day", "date")
AMOUNT = Member("amount", "fine.amount", "number")
LETTER = Member("letter", "fine.letter", "string")


@pytest.fixture
def read(words, report):
    """Read what a rule of `fine` gives to a member."""
    reader = ValueReader("fine", words, report)
    return lambda member, written: reader.value(member, written, ("then",), "rule")


@pytest.mark.parametrize(
    ("member", "written", "value"),
    [
        (LEVEL, "low", "low"),
        (DAY, "2026-01-01", date(2026, 1, 1)),
        (AMOUNT, {"value": "most"}, 30),
        (PARTS, ["disc", "cover"], ("disc", "cover")),
        (PARTS, "disc", ("disc",)),
        (PARTS, [], ()),
        (ANYTHING, {"a": [1, {"b": 2}]}, Pairs([("a", (1, Pairs([("b", 2)])))])),
        (ANYTHING, {"value": "period"}, Pairs([("days", 28)])),
    ],
)
def test_a_constant_is_a_hashable_value_of_the_member_s_type(read, findings, member, written, value):
    """A list of one is written as the one; a date is a date."""
    assert read(member, written) == value
    assert findings == []


COPIES = [
    (LEVEL, {"from": "fine.level"}, {Own("fine.level"): "low"}, "low"),
    (DAY, {"from": "loan.lent_on"}, {"loan.lent_on": date(2026, 1, 1)}, date(2026, 1, 1)),
    (AMOUNT, {"from": "loan.days"}, {"loan.days": 3}, 3),
    (PARTS, {"from": "loan.parts"}, {"loan.parts": ("disc",)}, ("disc",)),
    (ANYTHING, {"a": [1, {"from": "loan.days"}]}, {"loan.days": 3}, Pairs([("a", (1, 3))])),
    (ANYTHING, {"a": {"from": "loan.note"}}, {"loan.note": None}, ABSENT),
    (ANYTHING, [{"from": "loan.note"}, 1], {"loan.note": ABSENT}, ABSENT),
    (LETTER, "{loan.days} {{days}}", {"loan.days": 3}, "3 {days}"),
    (LETTER, "A {level} fine", {Own("fine.level"): "low"}, "A low fine"),
    (LETTER, "A {fine.level} fine", {Own("fine.level"): None}, ABSENT),
    (ANYTHING, {"a": ["On {loan.lent_on}"]}, {"loan.lent_on": date(2026, 1, 1)}, Pairs([("a", ("On 2026-01-01",))])),
]


@pytest.mark.parametrize("entry", COPIES, ids=[str(each[1]) for each in COPIES])
def test_a_copy_is_filled_from_what_it_names(read, findings, entry):
    """Deep inside lists and mappings too; a copy of none gives nothing."""
    member, written, given, value = entry
    template = read(member, written)
    assert isinstance(template, Template)
    assert template.inputs == tuple(given)
    assert filled(template, given) == value
    assert findings == []


@pytest.mark.parametrize(
    ("member", "written", "found"),
    [
        (LEVEL, "hihg", ("then", "impossible_value", "high")),
        (LEVEL, 3, ("then", "wrong_type", None)),
        (DAY, "2026-02-30", ("then", "wrong_type", None)),
        (PARTS, ["disc", "covr"], ("then", "impossible_value", "cover")),
        (AMOUNT, {"value": "mots"}, ("then.value", "unknown_name", "most")),
        (DAY, {"from": "loan.lend_on"}, ("then.from", "unknown_name", "loan.lent_on")),
        (DAY, {"from": "loan.kind"}, ("then", "wrong_type", None)),
        (DAY, {"from": "loan.known_on"}, ("then", "lenient_member", None)),
        (ANYTHING, {"a": [{"from": "loan.kid"}]}, ("then.a.0.from", "unknown_name", "loan.kind")),
    ],
)
def test_a_value_that_does_not_fit_is_found(read, findings, member, written, found):
    """At the value, with the nearest valid one."""
    read(member, written)
    assert found in [(each.place.file, each.code, each.nearest) for each in findings]


@pytest.mark.parametrize(
    ("written", "place", "why"),
    [
        ({"who": {"from": "member.name"}}, "then.who.from", "copies 'member.name', which is personal"),
        ([{"who": {"from": "member.name"}}], "then.0.who.from", "copies 'member.name', which is personal"),
        (
            [{"from": "member.is_named"}],
            "then.0.from",
            "copies 'member.is_named', which rests on the personal fact 'member.name'",
        ),
    ],
)
def test_an_outcome_gives_nothing_personal(read, findings, written, place, why):
    """An outcome is kept for ever and shown to every reader; what is derived from a person's fact can tell it."""
    read(ANYTHING, written)
    assert [(each.place.file, each.code) for each in findings] == [(place, "personal_outcome")]
    assert why in findings[0].message
    assert "let a rule read it and give a constant" in findings[0].message


def test_a_member_that_is_left_out_when_unsettled_may_copy_what_passes_over_unknown_facts(read, findings):
    """It says so itself."""
    read(Member("day", "fine.day", "date", where_known=True), {"from": "loan.known_on"})
    assert findings == []
