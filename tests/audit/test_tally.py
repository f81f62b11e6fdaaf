"""Tallies: counts with samples, in bounded memory."""

from service.audit.replaying.tally import Tally


def test_things_are_counted_with_their_first_samples_the_most_frequent_first():
    """A reader looks at the head of a list."""
    tally = Tally(2)
    for thing, sample in [("a", 1), ("b", 2), ("b", 3), ("b", 4)]:
        tally.add(thing, sample)

    assert list(tally) == [("b", 3, [2, 3]), ("a", 1, [1])]
    assert (tally.count("b"), tally.count("c")) == (3, 0)


def test_an_empty_tally_is_false():
    """So that what never came needs no line."""
    assert not Tally(1)


def test_beyond_a_thousand_things_the_rest_is_counted_together():
    """Names of a caller's making must not fill the memory; what is known already is still told apart."""
    tally = Tally(1)
    for thing in [*range(1500), 0]:
        tally.add(thing, thing)

    assert (len(list(tally)), tally.further, tally.count(0)) == (1000, 500, 2)
