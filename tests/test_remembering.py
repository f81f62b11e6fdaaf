"""What is kept stays within its bound, and what is kept last is there."""

from service.remembering import Weighed, keep, weight


def test_what_is_kept_is_returned_and_found_again():
    """A value is remembered under its key."""
    known = {}
    assert keep(known, "map", 2, 3) == 2
    assert keep(known, "book", 5, 3) == 5
    assert known == {"map": 2, "book": 5}


def test_a_full_dictionary_is_emptied_before_it_takes_more():
    """So it never has more than so many, and always the newest."""
    known = {}
    for i in range(7):
        keep(known, i, i, 3)
        assert len(known) <= 3
        assert known[i] == i
    assert known == {6: 6}


def test_what_cases_gave_is_bounded_by_its_weight():
    """Texts and lists may be long: a memory of few entries could hold any amount of them."""
    known = Weighed(400_000)
    most = 0
    for i in range(100):
        known.keep((i, "x" * 4_000), (b"y", ("z",) * 100), 1_000)
        assert sum(weight(key) + weight(value) for key, value in known.items()) <= 400_000
        assert (i, "x" * 4_000) in known
        most = max(most, len(known))
    assert most > 10


def test_what_is_heavy_alone_is_returned_and_not_kept():
    """It would push out all else."""
    known = Weighed(400_000)
    known.keep("light", 1, 10)
    values = ["x" * 10_000, ("x",) * 10_000, (("x" * 10_000,),), {"a": "x" * 10_000}]
    assert [known.keep((i,), value, 10) for i, value in enumerate(values)] == values
    assert known == {"light": 1}


def test_a_memory_by_weight_has_no_more_entries_than_it_may():
    """As one by number alone."""
    known = Weighed(400_000)
    for i in range(7):
        known.keep(i, i, 3)
    assert known == {6: 6}
