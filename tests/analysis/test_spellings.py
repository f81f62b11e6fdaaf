"""Texts of each kind that conditions tell apart, against every short text over a few letters."""

from itertools import islice, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.analysis.spellings import TooManyKinds, texts_of_each_kind
from service.model.conditions import Spelling
from service.model.conditions import Test as Leaf
from tests.thorough import tried

LETTERS = "abAßsxy"
# All of up to four letters, which show most kinds, and of the many of five letters a part.
WORDS = ["".join(letters) for length in range(5) for letters in product(LETTERS, repeat=length)]
WORDS += ["".join(letters) for letters in islice(product(LETTERS, repeat=5), 0, None, tried(5, 1))]

PARTS = st.text("abA", min_size=1, max_size=3) | st.sampled_from(["ss", "ß", "as", "xa"])


@st.composite
def leaves(draw):
    """Draw a test that looks inside a text."""
    ignoring_case = draw(st.booleans())
    ops = ["starts_with", "ends_with", "contains", *(["spelt"] if ignoring_case else [])]
    texts = draw(st.lists(PARTS, min_size=1, max_size=2))
    spelling = Spelling(tuple(each.casefold() if ignoring_case else each for each in texts), ignoring_case)
    return Leaf("t", draw(st.sampled_from(ops)), spelling)


def kind(tests, text):
    """Return which tests hold of a text."""
    return tuple(test.judge(text, test.operand) for test in tests)


def counted(tests, texts):
    """Return how many texts there are of each kind."""
    found = {}
    for text in texts:
        found[kind(tests, text)] = found.get(kind(tests, text), 0) + 1
    return found


@given(st.lists(leaves(), min_size=1, max_size=4), st.integers(0, 4), st.integers(0, 5), st.sets(PARTS, max_size=2))
@settings(max_examples=tried(30, 600), deadline=None)
def test_of_each_kind_that_there_is_a_text_is_found(tests, least, most, known):
    """Two where there are two; none too short or too long, and none that is known already."""
    found = list(texts_of_each_kind(tests, known, (least, most), 2))
    assert len(set(found)) == len(found)
    assert all(least <= len(text) <= most and text not in known for text in found)
    told, seen = counted(tests, found), counted(tests, (w for w in WORDS if least <= len(w) <= most and w not in known))
    assert all(told.get(each, 0) >= min(count, 2) for each, count in seen.items())


@given(st.lists(leaves(), min_size=1, max_size=3), st.integers(0, 40))
@settings(max_examples=tried(20, 400), deadline=None)
def test_long_texts_are_of_every_kind_that_a_text_with_room_can_be(tests, least):
    """However long a text has to be: no kind is lost and none is made up."""
    told = counted(tests, texts_of_each_kind(tests, (), (least, 1_000_000), 2))
    seen = counted(tests, (w + "x" * max(0, least - len(w)) for w in WORDS if len(w) >= min(least, 3)))
    assert seen.keys() <= told.keys()
    assert all(count == 2 for count in told.values() if least > 20)


@pytest.mark.parametrize(
    ("op", "sought", "length", "kinds"),
    [
        ("starts_with", "ab", (0, 1), {(False,)}),
        ("starts_with", "ab", (2, 2), {(True,), (False,)}),
        ("contains", "abc", (0, 2), {(False,)}),
    ],
)
def test_what_has_no_room_is_of_no_kind(op, sought, length, kinds):
    """A text of one letter starts with no two."""
    assert set(counted([Leaf("t", op, Spelling((sought,)))], ["", "x"])) == {(False,)}
    tests = [Leaf("t", op, Spelling((sought,)))]
    assert set(counted(tests, texts_of_each_kind(tests, (), length, 2))) == kinds


def test_a_beginning_and_an_end_may_share_letters():
    """`abc` starts with `ab` and ends with `bc`, although it has no room for both, one after the other."""
    tests = [Leaf("t", "starts_with", Spelling(("ab",))), Leaf("t", "ends_with", Spelling(("bc",)))]
    assert [t for t in texts_of_each_kind(tests, (), (3, 3), 2) if kind(tests, t) == (True, True)] == ["abc"]


def test_case_is_ignored_as_unicode_folds_it():
    """One letter may stand for two, and one that nobody would think of for another."""
    tests = [Leaf("t", "spelt", Spelling(("ss",), ignoring_case=True))]
    found = [text for text in texts_of_each_kind(tests, (), (1, 1), 9) if kind(tests, text) == (True,)]
    assert found == ["ß", "ẞ"]


def test_very_many_kinds_are_not_gone_through():
    """Each of twelve words may be there or not."""
    tests = [Leaf("t", "contains", Spelling((f"word{letter}",))) for letter in "abcdefghijkl"]
    with pytest.raises(TooManyKinds):
        list(texts_of_each_kind(tests, (), (0, 1000), 2))
