"""Counts that are gathered: each is handed on once, whoever asks and however many count at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from service.web.gathered import _MOST, Gathered


def test_what_was_counted_is_handed_on_together_when_somebody_asks():
    """A key with its number, and nothing twice."""
    handed = []
    gathered = Gathered(handed.append)
    gathered.add(["a", "b", "a"])
    gathered.add(["a"])
    gathered.hand_on()
    gathered.hand_on()

    assert handed == [{"a": 3, "b": 1}]


def test_it_is_handed_on_when_nobody_asks():
    """Another worker may be asked."""
    handed, came = Counter(), Event()

    def take(counts):
        handed.update(counts)
        came.set()

    gathered = Gathered(take)
    for number in (1, 2):
        gathered.add(["a"])
        came.wait()
        came.clear()
        assert handed == {"a": number}


def test_what_is_gathered_has_a_bound():
    """Callers make up as many documents as they like."""
    handed = []
    gathered = Gathered(handed.append)
    gathered.add(range(_MOST))

    assert sum(map(len, handed)) == _MOST


def test_no_count_is_lost_between_threads():
    """Some add while others hand on."""
    handed = Counter()
    gathered = Gathered(handed.update)

    def work(number):
        gathered.add(["a"] * 10)
        if number % 7 == 0:
            gathered.hand_on()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(500)))
    gathered.hand_on()

    assert handed == {"a": 5000}
