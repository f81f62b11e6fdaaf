"""Conditions as they are written become trees: every matcher, and what is wrong with each in its place."""

from __future__ import annotations

from datetime import date, time

import pytest

from service.model.conditions import ALWAYS, All, AnyOf, Not, Ref, Spelling
from service.model.conditions import Test as Leaf
from service.model.names import Own
from service.pack.matchers import MATCHERS, ConditionReader

KNOWN = Leaf("loan.returned_on", "known", None)
TIME = "loan.lent_time"
EIGHT = Leaf(TIME, "less_than", time(8))
MOST = Leaf("loan.most_days", "known", None)


@pytest.fixture
def read(words, report):
    """Read a condition of a rule in `fine`."""
    return lambda written, **how: ConditionReader(words, report, own="fine", **how).condition(
        written, ("when",), "rule"
    )


SOUND = [
    ({"loan.kind": "book"}, Leaf("loan.kind", "equals", "book")),
    ({"loan.kind": ["book", "map"]}, Leaf("loan.kind", "one_of", ("book", "map"))),
    ({"loan.lent_on": "2026-01-01"}, Leaf("loan.lent_on", "equals", date(2026, 1, 1))),
    ({"loan.kind": {"not": "book"}}, Not(Leaf("loan.kind", "equals", "book"))),
    (
        {"loan.days": {"not": {"less_than": 9, "at_most": 3}}},
        Not(All((Leaf("loan.days", "less_than", 9), Leaf("loan.days", "at_most", 3)))),
    ),
    (
        {"loan.days": {"either": [5, {"less_than": 3}]}},
        AnyOf((Leaf("loan.days", "equals", 5), Leaf("loan.days", "less_than", 3))),
    ),
    ({"loan.returned_on": {"known": True}}, KNOWN),
    ({"loan.returned_on": {"known": False}}, Not(KNOWN)),
    ({"loan.days": {"less_than": 3}}, Leaf("loan.days", "less_than", 3)),
    ({"loan.days": {"at_most": "most"}}, Leaf("loan.days", "at_most", 30)),
    ({"loan.days": {"more_than": 3}}, Not(Leaf("loan.days", "at_most", 3))),
    ({"loan.days": {"at_least": 0.5}}, Not(Leaf("loan.days", "less_than", 0.5))),
    (
        {"loan.days": {"more_than": "loan.most_days"}},
        All((MOST, Not(Leaf("loan.days", "at_most", Ref("loan.most_days"))))),
    ),
    ({"loan.lent_on": {"before": "today"}}, Leaf("loan.lent_on", "less_than", Ref("today"))),
    ({"loan.lent_on": {"on_or_before": "2026-01-01"}}, Leaf("loan.lent_on", "at_most", date(2026, 1, 1))),
    ({"loan.returned_on": {"after": "today"}}, All((KNOWN, Not(Leaf("loan.returned_on", "at_most", Ref("today")))))),
    ({"loan.lent_on": {"on_or_after": "today"}}, Not(Leaf("loan.lent_on", "less_than", Ref("today")))),
    ({"loan.kind": {"in": "short"}}, Leaf("loan.kind", "in", frozenset({"map", "film"}))),
    ({"loan.kind": {"not_in": "short"}}, Not(Leaf("loan.kind", "in", frozenset({"map", "film"})))),
    ({"loan.kind": {"in": "loan.gifts"}}, Leaf("loan.kind", "in", Ref("loan.gifts"))),
    ({"loan.lent_on": {"in": "holidays"}}, Leaf("loan.lent_on", "in", frozenset({date(2026, 1, 1)}))),
    ({"loan.parts": {"includes": "disc"}}, Leaf("loan.parts", "includes", ("disc",))),
    ({"loan.parts": {"includes_any": ["disc", "cover"]}}, Leaf("loan.parts", "includes_any", ("disc", "cover"))),
    ({"loan.parts": {"lacks": "disc"}}, Not(Leaf("loan.parts", "includes_any", ("disc",)))),
    ({"loan.parts": {"empty": True}}, Leaf("loan.parts", "empty", None)),
    (
        {"loan.gifts": {"empty": False}},
        All((Leaf("loan.gifts", "known", None), Not(Leaf("loan.gifts", "empty", None)))),
    ),
    (
        {"loan.lent_time": {"between": ["08:00", "18:00:30"]}},
        All((Not(EIGHT), Leaf(TIME, "less_than", time(18, 0, 30)))),
    ),
    ({"loan.lent_time": {"between": ["08:00", "06:00"]}}, AnyOf((Not(EIGHT), Leaf(TIME, "less_than", time(6))))),
    ({"loan.lent_time": {"between": ["08:00", "24:00"]}}, Not(EIGHT)),
    ({"loan.pauses": {"ongoing": True}}, Leaf("loan.pauses", "ongoing", None)),
    ({"loan.pauses": {"ongoing": False}}, Not(Leaf("loan.pauses", "ongoing", None))),
    ({"loan.note": {"same_as": "loan.kind"}}, Leaf("loan.note", "equals", Ref("loan.kind"))),
    ({"loan.days": {"differs_from": "loan.weight"}}, Not(Leaf("loan.days", "equals", Ref("loan.weight")))),
    ({"loan.note": {"starts_with": "EX-"}}, Leaf("loan.note", "starts_with", Spelling(("EX-",)))),
    ({"loan.note": {"ends_with": ["-a", "-b"]}}, Leaf("loan.note", "ends_with", Spelling(("-a", "-b")))),
    ({"loan.kind": {"contains": "oo"}}, Leaf("loan.kind", "contains", Spelling(("oo",)))),
    ({"loan.kind": {"ignoring_case": "Book"}}, Leaf("loan.kind", "spelt", Spelling(("book",), ignoring_case=True))),
    (
        {"loan.note": {"ignoring_case": {"contains": "Straße", "ends_with": ["A", "b"]}}},
        All(
            (
                Leaf("loan.note", "contains", Spelling(("strasse",), ignoring_case=True)),
                Leaf("loan.note", "ends_with", Spelling(("a", "b"), ignoring_case=True)),
            )
        ),
    ),
    ({"fine.level": "low"}, Leaf(Own("fine.level"), "equals", "low")),
    ({}, ALWAYS),
    (None, ALWAYS),
]


@pytest.mark.parametrize(("written", "condition"), SOUND, ids=[str(written) for written, _ in SOUND])
def test_what_is_written_is_read(read, findings, written, condition):
    """A matcher that is the opposite of another is a leaf under Not, false of none on either side."""
    assert read(written) == condition
    assert findings == []


def test_every_matcher_of_the_language_is_read():
    """The list above has each of them."""
    used = {op for written, _ in SOUND for value in (written or {}).values() if isinstance(value, dict) for op in value}
    assert used == set(MATCHERS)


def test_all_any_and_none_take_lists_of_conditions(read, findings):
    """Entries of a mapping must all hold, as the operators of one matcher must."""
    low, book = Leaf(Own("fine.level"), "equals", "low"), Leaf("loan.kind", "equals", "book")
    written = {"any": [{"fine.level": "low", "loan.kind": "book"}, {"all": [{"loan.kind": "book"}]}]}
    assert read(written) == AnyOf((All((low, book)), All((book,))))
    assert read({"none": [{"loan.kind": "book"}]}) == Not(AnyOf((book,)))
    assert read({"loan.days": {"less_than": 3, "not": 0}}) == All(
        (Leaf("loan.days", "less_than", 3), Not(Leaf("loan.days", "equals", 0)))
    )
    assert findings == []


def test_only_a_note_asks_what_the_case_left_out(read, findings):
    """A rule can't rest on what is not known yet."""
    asked = {"loan.kind": {"known": False}}
    assert read(asked, in_notes=True) == Not(Leaf("loan.kind", "given", None))
    assert findings == []
    assert read(asked) == ALWAYS
    assert [each.code for each in findings] == ["known_of_unknown"]


BROKEN = [
    ({"loan.kid": "book"}, "key when.loan.kid", "unknown_name", "loan.kind"),
    ({"loan.kind": "bok"}, "when.loan.kind", "impossible_value", "book"),
    ({"loan.kind": ["map", "flim"]}, "when.loan.kind.1", "impossible_value", "film"),
    ({"loan.kind": []}, "when.loan.kind", "impossible_value", None),
    ({"loan.kind": 3}, "when.loan.kind", "wrong_type", None),
    ({"loan.kind": {}}, "when.loan.kind", "wrong_type", None),
    ({"loan.days": {"either": {"less_than": 3}}}, "when.loan.days.either", "wrong_type", None),
    ({"loan.days": {"either": [{"less_than": 3}]}}, "when.loan.days.either", "wrong_type", None),
    ({"loan.kind": {"either": ["map", {"not": "bok"}]}}, "when.loan.kind.either.1.not", "impossible_value", "book"),
    ({"loan.days": {"not": {"les_than": 3}}}, "key when.loan.days.not.les_than", "unknown_operator", "less_than"),
    ({"loan.days": {"starts_with": "3"}}, "when.loan.days.starts_with", "wrong_type", None),
    ({"loan.days": {"ignoring_case": "a"}}, "when.loan.days.ignoring_case", "wrong_type", None),
    ({"loan.note": {"starts_with": ["a", 49]}}, "when.loan.note.starts_with.1", "wrong_type", None),
    ({"loan.note": {"ends_with": ""}}, "when.loan.note.ends_with", "empty", None),
    ({"loan.note": {"ends_with": []}}, "when.loan.note.ends_with", "empty", None),
    ({"loan.note": {"contains": ["a", "b"]}}, "when.loan.note.contains", "wrong_type", None),
    ({"loan.note": {"ignoring_case": {}}}, "when.loan.note.ignoring_case", "wrong_type", None),
    (
        {"loan.note": {"ignoring_case": {"start_with": "a"}}},
        "key when.loan.note.ignoring_case.start_with",
        "unknown_operator",
        "starts_with",
    ),
    ({"loan.kind": {"starts_with": "B"}}, "when.loan.kind.starts_with", "impossible_value", None),
    ({"loan.kind": {"ignoring_case": "bok"}}, "when.loan.kind.ignoring_case", "impossible_value", None),
    ({"loan.days": {"mor_than": 3}}, "key when.loan.days.mor_than", "unknown_operator", "more_than"),
    ({"loan.days": {"more_than": "mots"}}, "when.loan.days.more_than", "wrong_type", "most"),
    ({"loan.days": {"after": "today"}}, "when.loan.days.after", "wrong_type", None),
    ({"loan.lent_time": {"before": "8:00"}}, "when.loan.lent_time.before", "wrong_type", None),
    ({"loan.lent_time": {"at_least": 8}}, "when.loan.lent_time.at_least", "wrong_type", None),
    ({"loan.lent_time": {"between": ["08:00", "25:00"]}}, "when.loan.lent_time.between.1", "wrong_type", None),
    ({"loan.lent_time": {"between": ["08:00", "08:00"]}}, "when.loan.lent_time.between", "impossible_value", None),
    ({"loan.lent_time": {"between": ["08:00"]}}, "when.loan.lent_time.between", "wrong_type", None),
    ({"loan.days": {"between": [1, 5]}}, "when.loan.days.between", "wrong_type", None),
    ({"loan.lent_on": {"less_than": 3}}, "when.loan.lent_on.less_than", "wrong_type", None),
    ({"loan.lent_on": {"before": "loan.asked_at"}}, "when.loan.lent_on.before", "wrong_type", None),
    ({"loan.kind": {"in": "shrt"}}, "when.loan.kind.in", "unknown_name", "short"),
    ({"loan.kind": {"in": "odd"}}, "facts.yaml", "impossible_value", None),
    ({"loan.kind": {"in": "loan.days"}}, "when.loan.kind.in", "wrong_type", None),
    ({"loan.days": {"in": "short"}}, "when.loan.days.in", "wrong_type", None),
    ({"loan.parts": {"in": "short"}}, "when.loan.parts.in", "wrong_type", None),
    ({"loan.parts": "disc"}, "when.loan.parts", "wrong_type", None),
    ({"loan.pauses": "disc"}, "when.loan.pauses", "wrong_type", None),
    ({"reservation": "x"}, "when.reservation", "wrong_type", None),
    ({"loan.parts": {"includes": "disk"}}, "when.loan.parts.includes", "impossible_value", "disc"),
    ({"loan.kind": {"includes": "book"}}, "when.loan.kind.includes", "wrong_type", None),
    ({"loan.parts": {"ongoing": True}}, "when.loan.parts.ongoing", "wrong_type", None),
    ({"loan.repairs": {"ongoing": True}}, "when.loan.repairs.ongoing", "impossible_value", None),
    ({"loan.parts": {"empty": "no"}}, "when.loan.parts.empty", "wrong_type", None),
    ({"loan.kind": {"same_as": "loan.days"}}, "when.loan.kind.same_as", "wrong_type", None),
    ({"loan.kind": {"same_as": "loan.not"}}, "key when.loan.kind.same_as", "unknown_name", "loan.note"),
    ({"loan.known_on": {"known": True}}, "when.loan.known_on", "lenient_in_condition", None),
    ({"any": {"loan.kind": "book"}}, "when.any", "wrong_type", None),
    ({"any": []}, "when.any", "wrong_type", None),
    ({"all": ["x"]}, "when.all.0", "wrong_type", None),
    ("loan.kind", "when", "wrong_type", None),
]


@pytest.mark.parametrize(("written", "found"), [(each[0], each[1:]) for each in BROKEN])
def test_what_is_wrong_is_found_in_its_place(read, findings, written, found):
    """With the nearest valid name or value, where one is misspelt."""
    read(written)
    assert found in [(each.place.file, each.code, each.nearest) for each in findings]
