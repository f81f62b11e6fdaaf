"""Candidates: over many blocks, exactly the entries whose bits say so, the newest first."""

import random
import shutil

import pytest
from sqlalchemy import insert

from service.audit.index.candidates import candidates
from service.audit.index.terms import DAMAGED
from service.audit.storage.databases import open_database
from service.audit.storage.tables import blocks, postings, terms
from service.audit.storage.tree import WIDTH

COUNT = 300  # blocks
NAMES = ("often", "seldom", "hardly", DAMAGED)
SHARES = {"often": 0.9, "seldom": 0.1, "hardly": 0.01, DAMAGED: 0.01}


@pytest.fixture(scope="module")
def bits():
    """Random bits of each term in blocks, as if there were entries."""
    chance = random.Random(8)
    return {
        (name, block): chance.getrandbits(WIDTH) & chance.getrandbits(WIDTH) & chance.getrandbits(WIDTH)
        for name in NAMES
        for block in range(COUNT)
        if chance.random() < SHARES[name]
    }


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def index(request, bits, empty_log, tmp_path_factory):
    """Lend a database of each kind with these bits in its index, which nobody changes; each block is of a second."""
    if request.param == "sqlite":
        url = shutil.copy(empty_log, tmp_path_factory.mktemp("index") / "audit.db")
    else:
        tables, postgresql = request.getfixturevalue("empty_tables"), request.getfixturevalue("postgresql")
        postgresql.restore(tables)
        url = postgresql.url()
    database = open_database(str(url))
    ids = {name: number for number, name in enumerate(NAMES, 1)}
    with database.writing() as connection:
        connection.execute(insert(terms), [{"id": number, "term": name} for name, number in ids.items()])
        connection.execute(
            insert(postings),
            [
                {"term": ids[name], "block": block, "bits": each.to_bytes(WIDTH // 8, "little")}
                for (name, block), each in bits.items()
            ],
        )
        connection.execute(
            insert(blocks),
            [{"block": block, "first_at": at(block), "last_at": at(block + 1)} for block in range(COUNT)],
        )
    yield database
    database.close()


def at(second):
    """Return a time as blocks have it."""
    return f"2026-01-31T09:{second // 60:02}:{second % 60:02}.000Z"


def expected(bits, wanted, newest, period=None):
    """Return the sequences, by looking at every bit."""
    found = []
    for block in range(newest, -1, -1):
        if period is not None and not (at(block) < period[1] and at(block + 1) >= period[0]):
            continue
        word = (1 << WIDTH) - 1
        for names in wanted:
            any_of = 0
            for name in names:
                any_of |= bits.get((name, block), 0)
            word &= any_of
        word |= bits.get((DAMAGED, block), 0)
        found += [block * WIDTH + place + 1 for place in range(WIDTH - 1, -1, -1) if word >> place & 1]
    return found


@pytest.mark.parametrize("newest", [COUNT - 1, 40, 0, -1])
@pytest.mark.parametrize(
    "wanted",
    [
        [{"often"}],
        [{"seldom"}],
        [{"often"}, {"seldom"}],
        [{"seldom"}, {"hardly"}],
        [{"hardly"}, {"often"}, {"seldom"}],
        [{"seldom", "hardly"}],
        [{"seldom", "hardly", "unheard-of"}, {"often"}],
        [{"often"}, {"unheard-of"}],
        [],
    ],
)
def test_the_entries_of_terms_are_found_over_many_blocks(index, bits, wanted, newest):
    """However far apart the blocks are in which they meet."""
    with index.reading() as connection:
        found = list(candidates(connection, list(map(frozenset, wanted)), None, newest))

    assert found == expected(bits, wanted, newest)


@pytest.mark.parametrize("wanted", [[], [{"often"}], [{"seldom"}, {"often"}]])
@pytest.mark.parametrize("begin_and_end", [(0, 1), (100, 130), (130, 130), (299, 1000), (0, 1000)])
def test_blocks_of_other_times_are_passed_over(index, bits, wanted, begin_and_end):
    """A block is of all the times from its earliest to its latest."""
    begin, end = begin_and_end
    period = at(begin), at(end)
    with index.reading() as connection:
        found = list(candidates(connection, list(map(frozenset, wanted)), period, COUNT - 1))

    assert found == expected(bits, wanted, COUNT - 1, period)
