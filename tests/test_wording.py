"""The nearest valid name, and the question made of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.wording import did_you_mean, nearest

NAMES = ("loan.overdue", "loan.kind", "member.kind", "gold", "silver", "when", "says", "day-of-return", "next_open_day")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("loan.overdu", "loan.overdue"),
        ("glod", "gold"),
        ("Gold", "gold"),
        (" gold ", "gold"),
        ("whne", "when"),
        ("day_of_return", "day-of-return"),
        ("next-open-day", "next_open_day"),
        ("Next Open Day", "next_open_day"),
        ("gold", "gold"),
    ],
)
def test_a_slip_of_the_fingers_finds_what_was_meant(written, meant):
    """Swapped, lost and wrong letters, capitals, and the three ways to join words."""
    assert nearest(written, NAMES) == meant


@pytest.mark.parametrize("written", ["", "xyz", "platinum", "o", "gold" * 1000])
def test_a_word_near_nothing_has_no_nearest_name(written):
    """A wrong hint costs its reader more than none."""
    assert nearest(written, NAMES) is None


def test_a_last_segment_finds_its_full_name_when_there_is_one():
    """Names are dotted, and their beginning is what is left out most often."""
    assert nearest("overdue", NAMES) == "loan.overdue"
    assert nearest("kind", NAMES) is None


def test_of_two_equally_near_names_the_one_that_begins_alike_is_meant():
    """'munday' is as near to sunday as to monday."""
    assert nearest("munday", ["sunday", "monday"]) == "monday"


@given(st.permutations(["bat", "cat", "Cat", "c-at", "c_at"]), st.sampled_from(["aat", "c at", "CAT", "ca"]))
def test_the_order_of_the_candidates_does_not_matter(candidates, written):
    """Messages are the same whatever order a set or a mapping had."""
    assert nearest(written, candidates) == nearest(written, sorted(candidates))


@given(st.text(max_size=200), st.lists(st.text(max_size=30), max_size=8))
def test_only_a_candidate_is_ever_returned(written, candidates):
    """Whatever is written, a hint can be followed."""
    assert nearest(written, candidates) in {None, *candidates}


def test_the_question_ends_a_sentence_or_is_not_asked():
    """It is appended to messages as it is."""
    assert did_you_mean("glod", NAMES) == " Did you mean 'gold'?"
    assert did_you_mean("platinum", NAMES) == ""
