"""Terms: what an entry can be found by, and that no two things share a term."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audit.index.terms import is_term, term, terms_of, time_of
from service.audit.log.entries import write_entry
from service.audit.log.stamps import Stamp
from service.decision.requests import read_request
from service.jsontext import parse

LATE_MAP = {
    "loan": {
        "asked_at": "2026-03-02T10:00:00Z",
        "lent_on": "2026-02-01",
        "kind": "map",
        "returned": True,
        "days_late": 2,
        "parts": ["disc"],
    },
    "member": {"standing": "good", "card": {"expires_on": "2026-01-31"}},
}
PARTS = st.lists(st.text(max_size=5) | st.booleans() | st.integers(-3, 3), min_size=1, max_size=3).map(tuple)


@pytest.fixture(scope="session")
def entry(desk):
    """The entry of a map that came back late, as the desk `north` asked."""
    decided = desk.decide(read_request({"facts": LATE_MAP}))
    return parse(write_entry(decided, Stamp(at="2026-03-02T10:00:00.000Z"), "north").body)


def made(outcome):
    """Return the entry of one decision that gives an outcome and says nothing of why."""
    told = {"status": "decided", "outcome": outcome, "because": [], "overruled": [], "notes": []}
    policy = {"id": "library-loans", "version": "1.0.0", "digest": "sha256:00"}
    at = "2026-03-02T10:00:00.000Z"
    return {"kind": "decision", "decided_at": at, "policy": policy, "decisions": {"fine": told}}


def outcomes(outcome):
    """Return the paths and values that an outcome is found by."""
    found = [parse(each.encode()) for each in terms_of(made(outcome))]
    return {tuple(each[2:]) for each in found if each[0] == "outcome" and len(each) == 4}


@pytest.mark.parametrize(
    "wanted",
    [
        term("policy", "library-loans"),
        term("policy", "library-loans", "1.0.0"),
        term("version", "1.0.0"),
        term("caller", "north"),
        term("decision", "fine"),
        term("status", "decided"),
        term("status", "lending", "not_applicable"),
        term("rule", "fine.late"),
        term("rule", "fine", "fine.late"),
        term("overruled", "membership.in-good-standing"),
        term("overruled", "membership", "membership.in-good-standing"),
        term("clause", "cards"),
        term("clause", "membership", "cards"),
        term("outcome", "level", "low"),
        term("outcome", "fine", "amount", 2),
        term("outcome", "fine", "missing", "booklet"),
        term("outcome", "membership", "may_borrow", False),
        term("value", "low"),
        term("value", "fine", "booklet"),
    ],
)
def test_an_entry_is_found_by_what_stands_in_it(entry, wanted):
    """Each kind of term, alone and within its decision."""
    assert wanted in terms_of(entry)


def test_an_entry_is_found_by_the_digest_of_the_pack(entry, pack):
    """Two packs could claim the same version."""
    assert term("digest", pack.digest) in terms_of(entry)


def test_a_clause_that_only_a_note_cites_is_a_term():
    """Notes are part of what the caller is told."""
    entry = made({})
    entry["decisions"]["fine"]["notes"] = [{"says": "It is due.", "cites": [{"clause": "fees", "text": "Fees."}]}]

    assert {term("clause", "fees"), term("clause", "fine", "fees")} <= terms_of(entry)


def test_members_of_outcomes_are_named_by_their_path_and_lists_by_their_elements():
    """So a query needs no brackets."""
    outcome = {"until": {"day": "2026-03-02"}, "ways": [{"way": "letter"}, {"way": "call"}], "desks": ["main", 2]}

    assert outcomes(outcome) == {
        ("until.day", "2026-03-02"),
        ("ways.way", "letter"),
        ("ways.way", "call"),
        ("desks", "main"),
        ("desks", 2),
    }


@pytest.mark.parametrize(
    "value",
    [None, {}, [], "x" * 81, "2026-03-02T10:00:00Z", "2026-03-02t10:00:00.123+01:00", "2026-03-02T10:00:00-06:00"],
)
def test_prose_and_instants_are_no_terms(value):
    """Each entry would add its own, and nobody asks for an instant to the second."""
    assert outcomes({"member": value}) == set()


@pytest.mark.parametrize(
    "value", [True, False, 0, 2, 2.5, "", "x" * 80, "2026-03-02", "2026-03-02T10:00", "at 2026-03-02T10:00:00Z"]
)
def test_other_values_are_terms(value):
    """Also a text that has an instant inside."""
    assert is_term(value)
    assert outcomes({"member": value}) == {("member", value)}


def test_a_number_a_text_and_a_boolean_are_different_terms():
    """`1` is none of `"1"` and `true`, though Python holds two of them equal."""
    assert len({term("outcome", "level", value) for value in (1, "1", True)}) == 3
    assert term("outcome", "level", 2.0) == term("outcome", "level", 2)


def test_values_that_python_holds_equal_are_different_terms_within_one_entry_too():
    """`True == 1`, and what remembers the terms of the one must not answer for the other."""
    for outcome in ({"ways": [True, 1, "1"]}, {"ways": [1, True, "1"]}, {"ways": [0, False]}, {"ways": [False, 0]}):
        found = terms_of(made(outcome))
        for value in outcome["ways"]:
            assert {term("outcome", "ways", value), term("outcome", "fine", "ways", value)} <= found
            assert {term("value", value), term("value", "fine", value)} <= found


def test_a_value_is_a_term_wherever_it_is():
    """Who asks for it need not know the member."""
    found = terms_of(made({"until": {"day": "2026-03-02"}, "ways": ["letter"]}))

    for value in ("2026-03-02", "letter"):
        assert {term("value", value), term("value", "fine", value)} <= found


def test_decisions_that_say_almost_the_same_have_their_own_terms():
    """Terms are remembered by all that a decision says, and by its name."""
    one, other = made({"level": 2}), made({"level": 3})
    named = made({"level": 2})
    named["decisions"] = {"lending": named["decisions"]["fine"]}

    for _ in range(2):
        assert term("outcome", "fine", "level", 2) in terms_of(one)
        assert term("outcome", "fine", "level", 2) not in terms_of(other) | terms_of(named)
        assert term("outcome", "lending", "level", 2) in terms_of(named)


def test_a_number_of_any_length_is_a_term():
    """JSON knows no bound."""
    number = 10**30 + 1

    assert term("outcome", "fine", "level", number) in terms_of(made({"level": number}))


@given(PARTS, PARTS)
def test_no_two_things_share_a_term(one, other):
    """Else one would be found in place of the other."""
    same = [(type(part), part) for part in one] == [(type(part), part) for part in other]

    assert (term("outcome", *one) == term("outcome", *other)) == same


def test_a_term_is_never_longer_than_an_index_takes():
    """PostgreSQL refuses more than 2,704 bytes; a name can have any length."""
    one, other = term("rule", "é" * 5000 + "a"), term("rule", "é" * 5000 + "b")

    assert one != other
    assert len(one.encode()) < 2704


@pytest.mark.parametrize("kind", ["erasure", "rotation"])
def test_deeds_have_no_terms(kind):
    """They are no decisions."""
    assert terms_of({"kind": kind, "at": "2026-03-02T10:00:00.000Z", "id": "019a"}) == set()


def test_the_time_of_an_entry_is_that_of_the_decision_or_the_deed(entry):
    """The two have different names."""
    assert time_of(entry) == "2026-03-02T10:00:00.000Z"
    assert time_of({"kind": "erasure", "at": "2026-03-03T10:00:00.000Z"}) == "2026-03-03T10:00:00.000Z"
