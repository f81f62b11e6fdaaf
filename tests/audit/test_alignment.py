"""Two rows of hashes laid side by side: what differs gets a name, in time and memory that no input can exhaust."""

from hashlib import sha256

import pytest

from service.audit.checking.alignment import Alignment, Edit, condensed


def hash_of(name):
    """Return a hash of one's own for each name."""
    return sha256(str(name).encode()).digest()


def differences(expected, found, width=256):
    """Align names, given block by block of places; `found` has names by place."""
    alignment = Alignment()
    stored = {number: hash_of(name) for number, name in enumerate(expected, start=1)}
    standing = {place: hash_of(name) for place, name in sorted(found.items())}

    def within(rows, first, last):
        return {place: hash_ for place, hash_ in rows.items() if first <= place <= last}

    alignment.add({}, within(standing, min(standing, default=0), 0))
    for first in range(1, len(stored) + 1, width):
        last = first + width - 1
        alignment.add(within(stored, first, last), within(standing, first, min(last, len(stored))))
    alignment.add({}, within(standing, len(stored) + 1, max(standing, default=0)))
    return alignment.finish()


def in_places(names, first=1):
    """Give names places without a gap."""
    return dict(enumerate(names, start=first))


LOG = list(range(1, 12 * 256 + 1))


def test_equal_rows_have_no_difference():
    """Nothing is held back either."""
    assert differences(LOG, in_places(LOG)) == []


@pytest.mark.parametrize("count", [1, 255, 1201, 2500])
def test_a_gap_is_one_difference_whether_it_was_closed_or_left(count):
    """Those that moved up are not told of."""
    gone = [Edit("removed", 101, 100 + count)]
    left = {place: name for place, name in in_places(LOG).items() if not 100 < place <= 100 + count}

    assert differences(LOG, left) == gone
    assert differences(LOG, in_places([*LOG[:100], *LOG[100 + count :]])) == gone


@pytest.mark.parametrize("count", [1, 255, 1500])
def test_what_was_inserted_is_one_difference(count):
    """All that follow have moved down."""
    new = [f"new {number}" for number in range(count)]

    assert differences(LOG, in_places([*LOG[:100], *new, *LOG[100:]])) == [Edit("inserted", 101, 100 + count)]


def test_entries_that_were_moved_are_one_difference_for_each_run():
    """They turn up in another place, with the hashes that they had."""
    places = in_places(LOG)
    for number in range(300, 310):
        places[number + 5000] = places.pop(number)

    assert differences(LOG, places) == [Edit("moved", 300, 309, 5300)]


def test_a_shift_that_nothing_explains_is_told():
    """Nothing was inserted before them."""
    places = {(name if name < 2000 else name + 7000): name for name in LOG}

    assert differences(LOG, places) == [Edit("moved", 2000, 3072, 9000)]


@pytest.mark.parametrize(("one", "other"), [(1, 2), (10, 11), (256, 257), (5, 2900)])
def test_both_of_two_that_changed_places_are_told(one, other):
    """Neither is where it was appended."""
    places = in_places(LOG)
    places[one], places[other] = places[other], places[one]

    moved = {number for each in differences(LOG, places) for number in (each.first, each.last)}
    assert moved == {one, other}


@pytest.mark.parametrize(("number", "place"), [(5, 900), (900, 5), (100, 130), (130, 100), (256, 258), (1, 3072)])
def test_one_that_was_moved_is_told_alone(number, place):
    """Those between have made room, or closed the gap."""
    names = LOG[: number - 1] + LOG[number:]
    names.insert(place - 1, number)

    assert differences(LOG, in_places(names)) == [Edit("moved", number, number, place)]


def test_of_entries_in_the_opposite_order_each_is_named():
    """None of them is taken for another, and none for changed."""
    told = differences(LOG, in_places(reversed(LOG)))

    assert {each.kind for each in told} == {"moved"}
    assert [each.now for each in told] == [len(LOG) + 1 - each.first for each in told]
    assert {number for each in told for number in range(each.first, each.last + 1)} == set(LOG)


def test_a_row_of_which_all_was_changed_is_one_difference():
    """Nothing in common is found, however far one looks."""
    assert differences(LOG, in_places([f"changed {name}" for name in LOG])) == [Edit("changed", 1, 3072)]


def test_repeats_are_compared_in_time():
    """A thousand equal hashes beside a thousand that alternate."""
    stored = ["same"] * 20_000
    found = ["same" if number % 2 else "other" for number in range(20_000)]

    assert {each.kind for each in differences(stored, in_places(found))} == {"changed"}


def test_memory_is_bounded_when_a_hundred_thousand_are_changed():
    """What was named is not held any more, and what is held has a limit."""
    alignment, held = Alignment(), 0
    for start in range(0, 100_000, 256):
        numbers = range(start + 1, start + 257)
        alignment.add(
            {number: hash_of(number) for number in numbers},
            {number: hash_of(-number) for number in numbers},
        )
        held = max(held, len(alignment._missing), len(alignment._surplus))

    assert held < 66_000
    (found,) = alignment.finish()
    assert (found.kind, found.first, found.last) == ("changed", 1, 100_096)


def test_memory_is_bounded_when_entries_were_inserted_without_end():
    """They stand behind all that was appended."""
    alignment = Alignment()
    for start in range(0, 180_000, 30_000):
        alignment.add({}, {number: hash_of(number) for number in range(start, start + 30_000)})
        assert len(alignment._surplus) < 132_000

    assert alignment.finish() == [Edit("inserted", 0, 179_999)]


def test_runs_are_told_as_one():
    """Only where they follow one another, and have gone the same way."""
    told = [Edit("moved", 2, 2, 12), Edit("moved", 1, 1, 11), Edit("moved", 3, 3, 99)]

    assert condensed(told) == [Edit("moved", 1, 2, 11), Edit("moved", 3, 3, 99)]
