"""What is kept stays within its bound, and what is kept last is there."""

from service.remembering import keep


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
