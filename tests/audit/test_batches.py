"""Work that many threads ask for at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import pytest

from service.audit.log.batches import Batches
from service.audit.storage.unavailable import StoreUnavailable


def test_every_thread_gets_the_result_of_its_own_item():
    """However the items are batched, each is worked on once."""
    seen = []

    def work(items):
        seen.extend(items)
        return [item * 2 for item in items]

    batches = Batches(work)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(batches.submit, range(500)))

    assert results == [item * 2 for item in range(500)]
    assert sorted(seen) == list(range(500))


def test_what_arrives_while_a_batch_runs_makes_the_next_one():
    """One commit then serves all who came in the meantime."""
    first_runs, may_end = Event(), Event()
    sizes = []

    def work(items):
        sizes.append(len(items))
        first_runs.set()
        may_end.wait(300)
        return items

    batches = Batches(work)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(batches.submit, 0)
        first_runs.wait(300)
        rest = [pool.submit(batches.submit, item) for item in (1, 2, 3)]
        while len(batches._queue) < 3:
            pass
        may_end.set()
        assert [each.result() for each in (first, *rest)] == [0, 1, 2, 3]

    assert sizes == [1, 3]


@pytest.fixture
def three_at_once():
    """Submit the items 0, 1, 2 so that they make one batch; returns what came of each."""

    def run(work):
        ready, may_start, lock, is_first = Event(), Event(), Lock(), [True]

        def gated(items):
            with lock:
                holds_back, is_first[0] = is_first[0], False
            if holds_back:
                ready.set()
                may_start.wait(300)
                return items
            return work(items)

        batches = Batches(gated)
        with ThreadPoolExecutor(4) as pool:
            gate = pool.submit(batches.submit, "gate")
            ready.wait(300)
            rest = [pool.submit(batches.submit, item) for item in range(3)]
            while len(batches._queue) < 3:
                pass
            may_start.set()
            gate.result()
            return [each.exception() or each.result() for each in rest]

    return run


def test_an_outage_fails_the_whole_batch(three_at_once):
    """Trying each item by itself would make everybody wait for the same disk in turn."""
    tries = []

    def work(items):
        tries.append(items)
        raise StoreUnavailable("the disk is full")

    assert [type(each) for each in three_at_once(work)] == [StoreUnavailable] * 3
    assert len(tries) == 1


def test_a_defect_fails_only_the_item_that_has_it(three_at_once):
    """One caller's strange request must not cost the others their answers."""

    def work(items):
        if 1 in items:
            raise ValueError("1 is odd")
        return items

    results = three_at_once(work)

    assert (results[0], type(results[1]), results[2]) == (0, ValueError, 2)


def test_a_thread_that_is_ended_while_it_leads_does_not_hold_up_the_others():
    """A worker that is told to end raises SystemExit wherever it happens to be."""
    is_first = [True]

    def work(items):
        if is_first.pop() if is_first else False:
            raise SystemExit(1)
        return items

    batches = Batches(work)
    with pytest.raises(SystemExit):
        batches.submit(0)
    assert batches.submit(7) == 7


def test_items_of_one_thread_are_done_in_their_order_and_in_few_batches():
    """A file of cases is not committed line by line."""
    sizes = []

    def work(items):
        sizes.append(len(items))
        return [item * 2 for item in items]

    assert Batches(work, 64).submit_all(range(150)) == [item * 2 for item in range(150)]
    assert sizes == [64, 64, 22]
    assert Batches(work).submit_all([]) == []


def test_many_items_of_several_threads_meet_in_batches_and_none_waits_for_ever():
    """Whoever leads does others' items as well, and is called again for its own that are left."""

    def work(items):
        return [-item for item in items]

    batches = Batches(work, 7)
    with ThreadPoolExecutor(8) as pool:
        groups = [range(start, start + count) for start in range(0, 20_000, 100) for count in (1, 20, 50)]
        results = list(pool.map(batches.submit_all, groups))

    assert results == [[-item for item in group] for group in groups]


def test_a_failure_is_told_of_its_own_item_alone():
    """The others of the same thread have their results."""

    def work(items):
        if 3 in items:
            raise ValueError("three")
        return items

    outcomes = Batches(work).submit_all([1, 2, 3, 4])

    assert [each for each in outcomes if each != outcomes[2]] == [1, 2, 4]
    assert str(outcomes[2]) == "three"


def test_an_outage_is_told_of_every_item_of_its_batch():
    """To try each by itself would keep all of them waiting for the same."""
    tries = []

    def work(items):
        tries.append(items)
        raise StoreUnavailable("it is away")

    outcomes = Batches(work).submit_all([1, 2, 3])

    assert {type(each) for each in outcomes} == {StoreUnavailable}
    assert len(tries) == 1
