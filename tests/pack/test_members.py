"""The members that a decision declares: every form of a declaration, and copies."""

from __future__ import annotations

from datetime import date

import pytest

from service.model.names import Own
from service.model.pack import Copy
from service.pack.members import MemberReader
from service.pack.vocabulary import ANY


@pytest.fixture
def reader(words, report):
    """Read the members of a decision that always applies."""
    return MemberReader("fine", words, report)


FORMS = [
    ("integer", "integer", None, None),
    ("boolean", "boolean", (True, False), None),
    ([1, 2], "integer", (1, 2), None),
    ({"list": ["a", "b"]}, "list", None, ("a", "b")),
    ({"list": "short"}, "list", None, ("map", "film")),
    ({"type": "string", "one_of": "short"}, "string", ("map", "film"), None),
    ({"type": "date", "one_of": ["2026-01-01"]}, "date", (date(2026, 1, 1),), None),
    ({"always": "main"}, "string", None, None),
    ({"from": "loan.kind"}, ANY, None, None),
]


@pytest.mark.parametrize(("form", "member"), [(form, ("fine.level", *rest)) for form, *rest in FORMS])
def test_a_declaration_has_a_short_and_a_long_form(reader, findings, form, member):
    """Both mean the same: a name, a type, choices, and choices for the items of a list."""
    (found,) = reader.members({"level": form})
    assert (found.name, found.type, found.choices, found.items) == member
    assert findings == []


def test_a_member_may_be_optional_hidden_or_left_out_when_unsettled(reader):
    """It is none of these unless it says so."""
    plain, marked = reader.members({"a": "string", "b": {"type": "string", "optional": True, "hidden": True}})
    assert (plain.optional, plain.hidden, plain.where_known) == (False, False, False)
    assert (marked.optional, marked.hidden, marked.where_known) == (True, True, False)


@pytest.mark.parametrize(("has_applies", "optional", "nullable"), [(0, 0, False), (1, 0, True), (0, 1, True)])
def test_a_member_can_be_none_when_its_decision_can_be_not_applicable(words, report, has_applies, optional, nullable):
    """Or when it is optional."""
    reader = MemberReader("fine", words, report, has_applies=bool(has_applies))
    (member,) = reader.members({"level": {"type": "string", "optional": bool(optional)}})
    reader.declare(member)
    assert words.word("fine.level").nullable is nullable


def test_a_copy_has_the_type_of_what_it_copies_or_of_its_labels(reader):
    """As soon as that is known."""
    (member,) = reader.members({"kind": {"from": "loan.kind"}})
    assert reader.with_copied_type(member, {"from": "loan.kind"}).choices == ("book", "map", "film")
    labels = {"from": "loan.days", "as": {1: "one", 2: "few", 3: "few"}}
    assert reader.with_copied_type(member, labels).choices == ("one", "few")
    assert reader.with_copied_type(member, {"from": "loan.nothing"}) == member


def test_copies_are_the_members_that_no_rule_gives(reader, findings):
    """Own members are read from inside, others from outside."""
    gives = {
        "kind": {"from": "loan.kind"},
        "shown": {"from": "fine.level", "as": {"low": 1, "high": 2}},
        "desk": {"always": ["main", {"floor": 1}]},
        "level": "string",
    }
    kind, shown, desk = reader.copies(gives)
    assert (kind.member, kind.source, kind.labels) == ("kind", "loan.kind", None)
    assert (shown.source, shown.labels) == (Own("fine.level"), {"low": 1, "high": 2})
    assert isinstance(desk, Copy)
    assert desk.always == ("main", (("floor", 1),))
    assert findings == []


@pytest.mark.parametrize(
    ("form", "found"),
    [
        ("strin", ("gives.x", "unknown_type", "string")),
        ({"type": "date", "one_of": ["2026-02-30"]}, ("gives.x", "wrong_type", None)),
        ({"from": "loan.kid"}, ("gives.x.from", "unknown_name", "loan.kind")),
        ({"from": "loan.known_on"}, ("gives.x.from", "lenient_member", None)),
        ({"from": "fine.level", "as": {"low": 1}}, ("gives.x.as", "missing_label", None)),
        ({"from": "member.name", "hidden": True}, ("gives.x.from", "personal_outcome", None)),
        ({"from": "member.is_named", "as": {True: "y", False: "n"}}, ("gives.x.from", "personal_outcome", None)),
    ],
)
def test_a_declaration_that_means_nothing_is_found(reader, findings, form, found):
    """In its place in `gives`."""
    gives = {"x": form}
    reader.members(gives)
    list(reader.copies(gives))
    assert [(each.place.file, each.code, each.nearest) for each in findings] == [found]
