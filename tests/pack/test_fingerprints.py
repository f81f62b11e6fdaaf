"""Fingerprints: a changed source document is noticed clause by clause."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.model.pack import Clause
from service.pack.fingerprints import Comparison, compare, fingerprint, passage, read_lines, uncovered

HOUSE_RULES = """House rules

A book is due after four weeks.
A map is due after one week.

An item returned late costs a fine
for each day.
"""


def clause(name: str, lines: str, text: str = HOUSE_RULES) -> Clause:
    """Return a clause with the fingerprint of those lines of a text."""
    sha256 = fingerprint(passage(text, *read_lines(lines)))
    return Clause(name, "House rules", "", "Restated.", lines, sha256, None)


HOUSE_CLAUSES = [clause("books", "1-3"), clause("maps", "4"), clause("fines", "6-7")]


def state_of(name: str, comparisons: list[Comparison]) -> tuple[str, tuple[int, int]]:
    """Return what became of one clause."""
    return next((each.state, each.lines) for each in comparisons if each.clause == name)


def stretches(comparisons: list[Comparison]) -> list[tuple[int, int]]:
    """Return the lines that no clause restates."""
    return [each.lines for each in comparisons if each.clause is None]


def test_the_fingerprint_is_the_sha256_of_the_words_joined_by_spaces():
    """Anyone can compute it again with common tools."""
    of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert fingerprint("abc") == fingerprint("  abc\n") == of_abc


@given(st.lists(st.text(alphabet="abcäé日.", min_size=1), min_size=1), st.sampled_from([" ", "\n", "\t ", "\r\n\r\n"]))
def test_new_line_breaks_do_not_change_a_fingerprint(words, break_):
    """A document that was merely wrapped anew says the same."""
    assert fingerprint(break_.join(words)) == fingerprint(" ".join(words))


@given(st.text(alphabet="ab ", min_size=1), st.text(alphabet="ab ", min_size=1))
def test_other_words_have_another_fingerprint(one, other):
    """Only white space is passed over."""
    assert (fingerprint(one) == fingerprint(other)) == (one.split() == other.split())


def test_a_passage_is_counted_from_line_one_with_both_ends_in_it():
    """Lines are those that an editor shows."""
    assert passage(HOUSE_RULES, 3, 4) == "A book is due after four weeks.\nA map is due after one week."


@pytest.mark.parametrize(("first", "last"), [(0, 1), (3, 2), (7, 8)])
def test_lines_that_are_not_there_are_refused(first, last):
    """A clause that names lines beyond the end names nothing, which must not pass as an empty passage."""
    with pytest.raises(ValueError, match=f"no lines {first} to {last}"):
        passage(HOUSE_RULES, first, last)


@pytest.mark.parametrize("written", ["", "4-", "-4", "0", "5-4", "four"])
def test_lines_that_are_not_written_as_numbers_are_refused(written):
    """Two ways to write them and no more: 14 and 14-15."""
    with pytest.raises(ValueError, match=r"invalid literal|names no lines"):
        read_lines(written)


def test_the_same_document_leaves_every_clause_unchanged_and_nothing_uncovered():
    """The state in which a pack is published."""
    assert compare(HOUSE_CLAUSES, HOUSE_RULES) == [
        Comparison("books", "unchanged", (1, 3)),
        Comparison("maps", "unchanged", (4, 4)),
        Comparison("fines", "unchanged", (6, 7)),
    ]


def test_a_document_wrapped_anew_moves_passages_and_changes_none():
    """The words stand, only their lines are others."""
    wrapped = HOUSE_RULES.replace("four weeks", "four\nweeks").replace("a fine\nfor", "a\nfine\nfor")
    compared = compare(HOUSE_CLAUSES, wrapped)
    assert state_of("books", compared) == ("moved", (1, 4))
    assert state_of("maps", compared) == ("moved", (5, 5))
    assert state_of("fines", compared) == ("moved", (7, 9))
    assert stretches(compared) == []


def test_a_new_paragraph_moves_what_follows_and_is_uncovered_itself():
    """What the policy now says besides is told by its lines."""
    grown = HOUSE_RULES.replace("\nAn item", "\nFilms are not lent.\nNor are games.\n\nAn item")
    compared = compare(HOUSE_CLAUSES, grown)
    assert state_of("maps", compared) == ("unchanged", (4, 4))
    assert state_of("fines", compared) == ("moved", (9, 10))
    assert stretches(compared) == [(6, 7)]


def test_a_changed_number_changes_its_clause_alone_and_uncovers_the_new_wording():
    """The owner sees which clause to read again, and where."""
    compared = compare(HOUSE_CLAUSES, HOUSE_RULES.replace("four weeks", "three weeks"))
    assert [(each.clause, each.state) for each in compared if each.clause] == [
        ("books", "changed"),
        ("maps", "unchanged"),
        ("fines", "unchanged"),
    ]
    assert stretches(compared) == [(1, 1), (3, 3)]


def test_a_passage_that_is_printed_twice_is_unchanged_at_its_own_lines():
    """A repeated heading is not taken for a moved one."""
    twice = f"{HOUSE_RULES}\n{HOUSE_RULES}"
    later = clause("maps-again", "12", twice)
    assert state_of("maps-again", compare([later], twice)) == ("unchanged", (12, 12))


def test_a_passage_that_is_printed_twice_has_moved_to_the_nearer_place():
    """A heading above it pushes each copy down by a line, and none to the other's place."""
    twice = f"{HOUSE_RULES}\n{HOUSE_RULES}"
    later = clause("maps-again", "12", twice)
    assert state_of("maps-again", compare([later], f"Of 2026\n{twice}")) == ("moved", (13, 13))


def test_blank_lines_around_a_passage_do_not_move_it():
    """A clause may name the blank lines with its passage or leave them out."""
    assert state_of("maps", compare([clause("maps", "4-5")], HOUSE_RULES)) == ("unchanged", (4, 5))


def test_a_document_that_became_shorter_moves_its_passages_up():
    """The lines that a clause names may not be there any more."""
    shorter = "An item returned late costs a fine for each day."
    assert state_of("fines", compare(HOUSE_CLAUSES, shorter)) == ("moved", (1, 1))


def test_clauses_without_a_fingerprint_are_passed_over_and_cover_nothing():
    """A clause may do without; then no promise is made about its words."""
    bare = Clause("books", "House rules", "", "Restated.", None, None, None)
    assert compare([bare], "A book is due after four weeks.") == [Comparison(None, "uncovered", (1, 1))]


@given(st.lists(st.sampled_from(["a", "b", "", " ", "a b"])), st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_a_line_is_uncovered_exactly_when_it_has_text_and_no_clause(lines, covered):
    """Nothing that a policy says can be forgotten."""
    found = uncovered("\n".join(lines), covered)
    told = [number for first, last in found for number in range(first, last + 1)]
    full = [number for number, line in enumerate(lines, start=1) if line.strip()]
    assert told == [number for number in full if not any(first <= number <= last for first, last in covered)]
