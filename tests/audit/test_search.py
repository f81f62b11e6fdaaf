"""Searching: what a plain reading of every entry finds is found, in pages that stay, and never by reading all."""

import itertools
import json
import random
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import Barrier, get_ident

import pytest
from sqlalchemy import delete, event, select, text

from service.audit.index.search_index import Indexer, catch_up, read_indexed
from service.audit.index.terms import term, terms_of
from service.audit.log.entries import Entry, write_entry, write_erasure
from service.audit.log.search import MemberFilter, Query, search
from service.audit.log.stamps import Stamp
from service.audit.log.store import Append
from service.audit.proof.merkle import leaf_hash
from service.audit.storage.tables import blocks, postings, terms
from service.audit.storage.tree import WIDTH
from service.decision.requests import read_request
from service.jsontext import canonical
from tests.thorough import tried

BEGIN = datetime(2026, 1, 31, 9, tzinfo=UTC)
CALLERS = (None, "north", "south")
FILTERS = [each.name for each in fields(Query) if each.name != "facts"]  # the pack has none that are searchable
STATUSES = ("decided", "provisional", "undecided", "not_applicable")


def fact(chance, **values):
    """Return one of the values of each fact, or leave the fact out."""
    return {name: chance.choice(among) for name, among in values.items() if chance.random() < 0.8}


@pytest.fixture(scope="session")
def various(desk):
    """What the pack says to forty cases, of which much or little is known."""
    chance = random.Random(11)
    found = []
    for _ in range(40):
        loan = fact(
            chance,
            asked_at=["2026-03-02T10:00:00Z"],
            kind=["book", "map"],
            returned=[True, False],
            days_late=[0, 2, 40],
            parts=[["cover", "booklet"], ["disc"], []],
        )
        member = fact(chance, standing=["good", "suspended"], kind=["adult", "child"], card=[{}])
        some = {"decisions": ["fine", "membership"]}
        asked = chance.choice([{}, some, {"decisions": ["fine", "lending"]}, {**some, "reference": "4711"}])
        found.append(desk.decide(read_request({"facts": {"loan": loan, "member": member}, **asked})))
    return found


@pytest.fixture(scope="session")
def of_seed(various):
    """Return a row without end of entries of all kinds of cases, one about every minute but not in order."""

    @cache
    def row(seed):
        chance = random.Random(seed)
        return Row(
            write_entry(
                chance.choice(various),
                Stamp(at=at(minutes=number + chance.uniform(-9, 9))),
                chance.choice(CALLERS),
            )
            for number in itertools.count()
        )

    return row


class Row:
    """The first values that an iterator yields, which are made once."""

    def __init__(self, following):
        self.following, self.made = following, []

    def first(self, number):
        """Return so many of them."""
        self.made += itertools.islice(self.following, max(number - len(self.made), 0))
        return self.made[:number]


@pytest.fixture
def fill(of_seed):
    """Append entries of a row of those, the first ones; return them as they were kept."""
    return lambda store, number, seed=3: keep(store, of_seed(seed).first(number))


def keep(store, made):
    """Append entries, in one order in every run; as many in a transaction as threads that wait would share."""
    asked = [Append(entry, None, None) for entry in made]
    return [kept for first in range(0, len(asked), 64) for kept in store.append_all(asked[first : first + 64])]


def at(**later):
    """Return a time as entries have it."""
    return (BEGIN + timedelta(**later)).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def found(store, query, limit=100):
    """Return the sequences of all that is found, page by page."""
    sequences, before = [], None
    while True:
        page = search(store, query, limit, before)
        assert len(page.items) <= limit
        sequences += [kept.sequence for kept in page.items]
        if page.next is None:
            return sequences
        assert before is None or page.next < before
        before = page.next


def indexed(store):
    """Return how many blocks are indexed."""
    with store.database.reading() as connection:
        return read_indexed(connection)


def wait_for(store, count, meanwhile=lambda: None):
    """Look until so many blocks are indexed, five minutes at most."""
    deadline = time.monotonic() + 300
    while indexed(store) < count:
        assert time.monotonic() < deadline
        meanwhile()


def read(kept):
    """Return what each entry tells, by its sequence."""
    return {each.sequence: told_by(each.entry.body) for each in kept}


told_by = cache(json.loads)


def plainly(told, query):
    """Return the sequences of the entries that the query is true of, the newest first, by looking at each."""
    return sorted((sequence for sequence, each in told.items() if is_meant(each, query)), reverse=True)


def is_meant(told, query):
    """Tell what `search` should tell, without terms."""
    if told["kind"] != "decision":
        return False
    when = datetime.fromisoformat(told["decided_at"])
    whole = [
        (query.since, query.since is None or when >= query.since),
        (query.until, query.until is None or when < query.until),
        (query.policy, told["policy"]["id"] == query.policy),
        (query.version, told["policy"]["version"] == query.version),
        (query.digest, told["policy"]["digest"] == query.digest),
        (query.caller, told["caller"] == query.caller),
        (query.reference, told.get("reference") == query.reference),
        (query.decision, query.decision in told["decisions"]),
    ]
    decisions = [each for name, each in told["decisions"].items() if query.decision in (None, name)]
    said = [
        (query.status, lambda each: each["status"] == query.status),
        (query.rule, lambda each: query.rule in [reason["rule"] for reason in each["because"]]),
        (query.overruled, lambda each: query.overruled in [reason["rule"] for reason in each["overruled"]]),
        (query.clause, lambda each: f"'clause': '{query.clause}'" in str([each["because"], each["notes"]])),
        (
            query.outcome or None,
            lambda each: all(has_member(each["outcome"] or {}, member) for member in query.outcome),
        ),
    ]
    return all(holds for value, holds in whole if value is not None) and all(
        any(map(holds, decisions)) for value, holds in said if value is not None
    )


def has_member(outcome, wanted):
    """Tell whether a member, or an element of it, is one of some values and of its type."""
    members = outcome.values() if wanted.path is None else [outcome.get(wanted.path)]
    given = [each for member in members for each in (member if isinstance(member, list) else [member])]
    return any(each == value and type(each) is type(value) for each in given for value in wanted.values)


def random_query(chance, told, names):
    """Return a query by these filters that this entry is the answer to, or nearly."""
    name = chance.choice(sorted(told["decisions"]))
    decision = told["decisions"][name]
    when = datetime.fromisoformat(told["decided_at"])
    flat = [
        (path, value) for path, value in (decision["outcome"] or {"none": 0}).items() if not isinstance(value, dict)
    ]
    members = [
        MemberFilter(chance.choice([path, path, None]), tuple(value) if isinstance(value, list) else (value, "low"))
        for path, value in chance.sample(flat, min(len(flat), chance.choice([1, 1, 2, 3])))
    ]
    choices = {
        "since": when - timedelta(minutes=chance.choice([0, 30, 500])),
        "until": when + timedelta(minutes=chance.choice([1, 30, 500])),
        "policy": told["policy"]["id"],
        "version": chance.choice([told["policy"]["version"], "2.0.0"]),
        "digest": told["policy"]["digest"],
        "decision": name,
        "status": chance.choice([decision["status"], *STATUSES]),
        "outcome": tuple(members),
        "rule": chance.choice([reason["rule"] for reason in decision["because"]] or ["fine.late"]),
        "overruled": "membership.in-good-standing",
        "clause": chance.choice(["fines", "cards", "loans", "members"]),
        "caller": chance.choice(CALLERS[1:]),
        "reference": chance.choice(["4711", "4711", "4712"]),
    }
    return Query(**{each: choices[each] for each in names})


def test_what_a_plain_reading_finds_is_found(store, fill):
    """Every filter alone and with others, over indexed blocks and entries that are not indexed yet."""
    told = read(fill(store, 2 * WIDTH + 40))
    chance = random.Random(5)
    alone, together = tried((2, 40), (20, 2000))
    asked = [[name] for name in FILTERS] * alone
    asked += [chance.sample(FILTERS, chance.choice([0, 2, 2, 3])) for _ in range(together)]
    answers = Counter()
    for names in asked:
        query = random_query(chance, told[chance.randint(1, len(told))], names)
        expected = plainly(told, query)
        answers[bool(expected)] += 1
        assert found(store, query) == expected, query

    assert min(answers.values()) > 10


def test_before_anything_was_indexed_the_same_is_found(store, fill):
    """The first search finds all that was kept before there was one."""
    told = read(fill(store, 2 * WIDTH + 5))
    query = Query(status="provisional")

    assert found(store, query) == plainly(told, query) != []
    assert indexed(store) == 2


@contextmanager
def statements(store):
    """Lend a list of what this thread asks of the database meanwhile: statements, each with its sets of parameters."""
    asked, own = [], get_ident()

    def note(_connection, statement, many, once, _options):
        if get_ident() == own:
            asked.append((str(statement), many or [once]))

    event.listen(store.database.engine, "before_execute", note)
    try:
        yield asked
    finally:
        event.remove(store.database.engine, "before_execute", note)


@pytest.fixture
def backlog(store, fill, open_store, log_url):
    """A store of seven blocks that nobody has indexed, and what its entries tell."""
    told = read(fill(store, 7 * WIDTH + 10))
    store.close()
    behind = open_store(log_url)
    with behind.database.writing() as connection:
        for table in (postings, terms, blocks):
            connection.execute(delete(table))
    return behind, told


def test_a_search_indexes_its_share_and_leaves_the_rest_to_the_background(backlog):
    """Whoever is the first to ask doesn't wait for all that was kept before."""
    behind, told = backlog
    query = Query(caller="north")
    with statements(behind) as asked:
        page = search(behind, query, 20)
    written = [each["block"] for statement, many in asked if "INSERT INTO blocks" in statement for each in many]

    assert written == [0, 1]
    assert [each.sequence for each in page.items] == plainly(told, query)[:20]
    # Fewer than four blocks are left to the next search.
    wait_for(behind, 6)


def test_no_statement_asks_for_more_entries_than_a_block_has(backlog, hasty_store):
    """What is read at once is in memory at once; a page that is larger needs its own number."""
    behind, _ = backlog
    for limit, most in ((1, WIDTH), (500, 501)):
        with behind.database.writing(), statements(hasty_store) as asked:
            search(hasty_store, Query(rule="nothing"), limit)
        sets = [each["wanted"] for statement, many in asked if "entries.id" in statement for each in many]

        assert sum(map(len, sets)) == 7 * WIDTH + 10
        assert max(map(len, sets)) == most


@pytest.mark.parametrize("tail", [0, 1, WIDTH - 1])
def test_what_is_indexed_and_what_is_not_meet_without_gap_or_overlap(store, fill, tail):
    """Each decision is found once, and by a search without filters too."""
    count = 2 * WIDTH + tail
    fill(store, count)

    assert found(store, Query(), 100) == list(range(count, 0, -1))


def test_a_page_that_begins_far_back_reads_nothing_newer(store, fill):
    """The hundredth page costs no more than the first."""
    fill(store, 3 * WIDTH)
    catch_up(store.database, 3)
    with statements(store) as asked:
        search(store, Query(status="decided"), 10, WIDTH)
    newest = [each["newest"] for _, many in asked for each in many if "newest" in each]

    assert newest
    assert set(newest) == {0}


def test_in_an_empty_log_nothing_is_found(store):
    """And nothing fails."""
    assert search(store, Query(), 10) == search(store, Query(rule="fine.late", since=BEGIN), 10)
    assert found(store, Query()) == []


@pytest.mark.parametrize("count", [WIDTH - 1, WIDTH, WIDTH + 1])
def test_nothing_is_lost_at_the_end_of_a_block(store, fill, count):
    """Its last entry is the first one that the index can hide."""
    told = read(fill(store, count))

    assert found(store, Query(), 50) == list(range(count, 0, -1))
    assert found(store, Query(caller="north"), 7) == plainly(told, Query(caller="north"))


def test_without_a_decision_each_filter_is_about_some_decision(store, desk, pack):
    """With one, all are about it."""
    facts = {"loan": {"returned": False}, "member": {"standing": "good"}}
    store.append(write_entry(desk.decide(read_request({"facts": facts})), Stamp()), pack)

    assert found(store, Query(rule="membership.in-good-standing", status="not_applicable")) == [1]
    assert found(store, Query(decision="membership", rule="membership.in-good-standing")) == [1]
    assert found(store, Query(decision="fine", status="not_applicable")) == [1]
    assert found(store, Query(decision="fine", rule="membership.in-good-standing")) == []
    assert found(store, Query(decision="membership", status="not_applicable")) == []


def entry_of(number, **outcomes):
    """Return an entry that gives outcomes, by decision, and says nothing of why."""
    told = {
        name: {"status": "decided", "outcome": outcome, "because": [], "overruled": [], "notes": []}
        for name, outcome in outcomes.items()
    }
    policy = {"id": "library-loans", "version": "1.0.0", "digest": "sha256:00"}
    id_ = f"019c12f4-5e80-7a3b-8c4d-{number:012}"
    times = {"as_of": None, "decided_at": at()}
    return Entry(id_, canonical({"id": id_, **times, "policy": policy, "decisions": told, "kind": "decision"}))


@pytest.mark.parametrize("count", [0, WIDTH])
def test_members_are_of_one_outcome_but_for_those_that_name_their_decision(store, count):
    """Two decisions that have one each are another case."""
    outcomes = [
        {"fine": {"level": 2, "name": "high"}},
        {"fine": {"level": 2}, "lending": {"name": "high"}},
        {"fine": {"level": 1, "name": "high"}, "lending": {"fine": {"level": 2}}},
    ]
    keep(store, [entry_of(number, **each) for number, each in enumerate(outcomes + [{"fine": {}}] * count)])
    level, name = MemberFilter("level", (2,)), MemberFilter("name", ("high",))
    own_level, own_name = MemberFilter("fine.level", (2,)), MemberFilter("lending.name", ("high",))

    assert found(store, Query(outcome=(level, name))) == [1]
    assert found(store, Query(outcome=(MemberFilter(None, (2,)), MemberFilter(None, ("high",))))) == [1]
    assert found(store, Query(outcome=(own_level, name))) == [2, 1]
    assert found(store, Query(outcome=(own_level, own_name))) == [2]
    assert found(store, Query(outcome=(own_level,))) == [3, 2, 1]
    assert found(store, Query(outcome=(own_level,), decision="lending")) == [3]
    assert found(store, Query(outcome=(own_level, name), decision="fine")) == [1]


@pytest.mark.parametrize("size", [300, 700, 1300])
def test_as_many_terms_as_there_are_get_into_the_index(store, size):
    """They are asked for and written some hundreds at a time."""
    keep(store, [entry_of(number, fine={"days": list(range(size))} if number == 3 else {}) for number in range(WIDTH)])
    assert catch_up(store.database, 1) == 1

    for day in (0, size // 2, size - 1):
        assert found(store, Query(outcome=(MemberFilter("days", (day,)),))) == [4]
    with store.database.reading() as connection:
        names = set(connection.execute(select(terms.c.term)).scalars())
    assert {term("outcome", "days", day) for day in range(size)} <= names


def test_the_first_instant_is_in_and_the_last_is_not(store, decided, pack):
    """Days that follow one another share no decision. Between two milliseconds nothing was decided."""
    for second in range(3):
        store.append(write_entry(decided, Stamp(at=at(seconds=second))), pack)
    one, two = BEGIN + timedelta(seconds=1), BEGIN + timedelta(seconds=2)
    little = timedelta(microseconds=1)

    assert found(store, Query(since=one)) == [3, 2]
    assert found(store, Query(until=one)) == [1]
    assert found(store, Query(since=one, until=two)) == [2]
    assert found(store, Query(since=one + little)) == [3]
    assert found(store, Query(until=one + little)) == [2, 1]
    assert found(store, Query(since=one.astimezone(datetime.fromisoformat("2026-01-01T00:00:00-06:00").tzinfo))) == [
        3,
        2,
    ]


def test_pages_stay_while_entries_are_appended(store, fill):
    """A caller that reads on sees each decision once, and none that came later in between."""
    told = read(fill(store, WIDTH + 100))
    query = Query(caller="south")
    expected = plainly(told, query)
    seen, before = [], None
    for seed in range(100, 200):
        page = search(store, query, 20, before)
        seen += [each.sequence for each in page.items]
        fill(store, 30, seed)
        if page.next is None:
            break
        again = search(store, query, 20, before)
        assert before is None or again == page
        before = page.next

    assert seen == expected


def test_a_page_has_what_was_kept(store, fill):
    """Not a copy in the index, that could tell something else."""
    kept = {each.sequence: each.entry for each in fill(store, WIDTH)}

    for each in search(store, Query(), WIDTH).items:
        assert each.entry == kept[each.sequence]


def test_a_last_page_that_is_full_says_so(store, decided, pack):
    """Nobody has to ask for an empty one."""
    for _ in range(4):
        store.append(write_entry(decided, Stamp()), pack)

    assert search(store, Query(), 4).next is None
    assert search(store, Query(), 3).next == 2


def test_deeds_are_not_found(store, decided, pack):
    """An erasure is no decision, but its place counts."""
    first = store.append(write_entry(decided, Stamp()), pack)
    store.append(write_erasure(first, Stamp(), "asked for", None), None)
    for _ in range(WIDTH):
        store.append(write_entry(decided, Stamp()), pack)

    assert found(store, Query()) == [*range(WIDTH + 2, 2, -1), 1]
    assert found(store, Query(since=BEGIN)) == [*range(WIDTH + 2, 2, -1), 1]


def test_the_index_tells_each_term_of_each_block(store, fill):
    """Bit 0 of byte 0 is the first entry; the times are the earliest and the latest."""
    told = read(fill(store, 2 * WIDTH + 30))
    catch_up(store.database, 10)

    expected, times = {}, {}
    for sequence in range(1, 2 * WIDTH + 1):
        number, place = divmod(sequence - 1, WIDTH)
        times.setdefault(number, []).append(told[sequence]["decided_at"])
        for name in terms_of(told[sequence]):
            expected.setdefault((name, number), bytearray(WIDTH // 8))[place // 8] |= 1 << place % 8
    with store.database.reading() as connection:
        rows = connection.execute(
            select(terms.c.term, postings.c.block, postings.c.bits).join(terms, terms.c.id == postings.c.term)
        )
        assert {(name, number): bits for name, number, bits in rows} == expected
        assert {row.block: (row.first_at, row.last_at) for row in connection.execute(select(blocks))} == {
            number: (min(each), max(each)) for number, each in times.items()
        }


def test_several_can_index_at_once(store, fill, open_store, log_url):
    """Searches and the background do, in every process."""
    told = read(fill(store, 6 * WIDTH))
    databases = [open_store(log_url, patience=30).database for _ in range(4)]
    together = Barrier(len(databases))

    def index(database):
        together.wait()
        return catch_up(database, 100)

    with ThreadPoolExecutor(len(databases)) as pool:
        list(pool.map(index, databases))
    query = Query(clause="fines")

    assert catch_up(store.database, 100) == 0
    assert found(store, query) == plainly(told, query)


def test_the_indexer_indexes_in_the_background(store, fill):
    """No search has to wait for what was appended long ago."""
    indexer = Indexer(store.database, least=2)
    fill(store, 2 * WIDTH)
    indexer.wake()
    wait_for(store, 2)
    indexer.close()


def test_the_indexer_tries_again_when_the_database_can_be_written_again(store, hasty_store, fill):
    """An outage costs nothing but time."""
    fill(store, WIDTH)
    indexer = Indexer(hasty_store.database, least=1)
    with store.database.writing():
        indexer.wake()
        kept = found(hasty_store, Query(decision="fine"))
        assert indexed(store) == 0
    wait_for(store, 1, indexer.wake)
    indexer.close()

    assert found(store, Query(decision="fine")) == kept


def test_an_indexer_that_is_closed_stays_so(store, fill):
    """A store that ends is not written to any more; one that never began ends as well."""
    fill(store, WIDTH)
    indexer = Indexer(store.database, least=1)
    indexer.close()
    indexer.wake()
    indexer.close()

    assert indexed(store) == 0


def test_a_database_that_can_only_be_read_is_searched(store, hasty_store, fill):
    """What is indexed by the index, and the rest one by one, a page at a time."""
    told = read(fill(store, WIDTH))
    catch_up(store.database, 1)
    told |= read(fill(store, 2 * WIDTH, seed=4))
    query = Query(status="provisional", caller="north")

    with store.database.writing():
        assert found(hasty_store, query) == plainly(told, query) != []
        assert indexed(hasty_store) == 1


def test_a_page_that_costs_much_ends_early_and_tells_where_to_go_on(store, hasty_store, fill):
    """A rare thing in a long log that is not indexed would take minutes."""
    fill(store, 2 * WIDTH)
    with store.database.writing():
        page = search(hasty_store, Query(rule="nothing"), 10, patience=300)
        assert (page.items, page.next is not None) == ((), True)
        page = search(hasty_store, Query(rule="nothing"), 10, page.next, patience=300)
        assert (page.items, page.next) == ((), None)


@contextmanager
def written_by_hand(store):
    """Lend a connection that nothing keeps from changing entries."""
    with store.database.writing() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        connection.execute(
            text("DROP TRIGGER entries_no_update" if is_sqlite else "DROP TRIGGER entries_keep ON entries")
        )
        yield connection


@pytest.mark.parametrize("is_indexed_before", [True, False])
def test_a_damaged_entry_is_told_and_the_search_goes_on(store, fill, is_indexed_before):
    """Nobody knows what it said; it hides nothing of what is older."""
    fill(store, 2 * WIDTH)
    if is_indexed_before:
        catch_up(store.database, 2)
    with written_by_hand(store) as connection:
        connection.execute(text("UPDATE entries SET leaf = body WHERE sequence IN (100, 102)"))
    rest = [each for each in range(2 * WIDTH, 0, -1) if each not in {100, 102}]

    page = search(store, Query(), 2 * WIDTH)
    assert ([each.sequence for each in page.items], page.damaged, page.next) == (rest, (102, 100), None)
    page = search(store, Query(), 3, 104)
    assert ([each.sequence for each in page.items], page.damaged, page.next) == ([103, 101], (102,), 101)
    assert search(store, Query(), 3, page.next).damaged == (100,)
    assert found(store, Query()) == rest


def test_an_entry_that_was_damaged_before_it_was_indexed_may_be_any_answer(store, fill):
    """It is not quietly left out; one that was damaged later is told where it was an answer."""
    told = read(fill(store, 2 * WIDTH))
    query = Query(caller="north")
    later = plainly(told, query)[-1]
    with written_by_hand(store) as connection:
        connection.execute(text("UPDATE entries SET leaf = body WHERE sequence = 300"))
    catch_up(store.database, 2)
    with store.database.writing() as connection:
        connection.execute(text(f"UPDATE entries SET leaf = body WHERE sequence = {later}"))

    page = search(store, query, 500)
    expected = [each for each in plainly(told, query) if each not in {300, later}]
    assert ([each.sequence for each in page.items], page.damaged) == (expected, (300, later))
    assert search(store, Query(rule="nothing"), 500).damaged == (300,)


MALFORMED = [
    b'{"x":1}',
    b"{",
    b"[]",
    b"5",
    b'{"decided_at":"2026-01-31T09:00:00.000Z"}',
    b'{"at":5,"kind":"erasure"}',
    b'{"at":"2026-01-31T09:00:00.000Z","kind":"erasure"}',
    b'{"decided_at":"2026-01-31T09:00:00.000Z","decisions":[],"kind":"decision","policy":{"digest":[],"id":[],"version":[]}}',
    b'{"decided_at":"2026-01-31T09:00:00.000Z","decisions":{"fine":{}},"kind":"decision","policy":{"digest":1e999}}',
]


@pytest.mark.parametrize("is_indexed_before", [True, False])
def test_an_entry_that_is_no_decision_is_told_and_the_search_goes_on(store, fill, is_indexed_before):
    """It has the hash that stands beside it, as whoever can write into the database can see to."""
    fill(store, WIDTH)
    with written_by_hand(store) as connection:
        for sequence, body in enumerate(MALFORMED, start=100):
            wrong = {"body": body, "leaf": leaf_hash(body), "at": sequence}
            connection.execute(text("UPDATE entries SET body = :body, leaf = :leaf WHERE sequence = :at"), wrong)
    if is_indexed_before:
        catch_up(store.database, 1)
    last = 99 + len(MALFORMED)

    for query in (Query(), Query(caller="nobody"), Query(since=BEGIN - timedelta(days=1))):
        page = search(store, query, 500)
        told = set(page.damaged) | {each.sequence for each in page.items}
        assert {100, 101, 102, 103, last} <= set(page.damaged) <= set(range(100, last + 1))
        assert told in ({*range(1, WIDTH + 1)}, set(page.damaged))


def test_an_entry_that_is_gone_is_told_and_moves_no_other(store, fill):
    """Whoever removes one changes nothing of what the index says of those behind it."""
    told = read(fill(store, 2 * WIDTH))
    with store.database.writing() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        connection.execute(
            text("DROP TRIGGER entries_no_delete" if is_sqlite else "DROP TRIGGER entries_keep ON entries")
        )
        connection.execute(text("DELETE FROM entries WHERE sequence IN (1, 300)"))
    del told[1], told[300]
    query = Query(caller="north")

    page = search(store, query, 500)
    assert ([each.sequence for each in page.items], page.damaged) == (plainly(told, query), (300, 1))
    assert indexed(store) == 2


def test_a_block_that_is_damaged_throughout_is_of_any_time(store, fill):
    """None of its entries can be told to be of another."""
    fill(store, 2 * WIDTH)
    with written_by_hand(store) as connection:
        connection.execute(text(f"UPDATE entries SET leaf = body WHERE sequence <= {WIDTH}"))
    catch_up(store.database, 2)

    for query in (Query(since=BEGIN + timedelta(days=99)), Query(until=BEGIN - timedelta(days=99))):
        page = search(store, query, 500)
        assert (page.items, page.damaged) == ((), tuple(range(WIDTH, 0, -1)))


QUERIES = (
    Query(),
    Query(since=BEGIN, until=BEGIN + timedelta(hours=1)),
    Query(caller="north", status="decided", outcome=(MemberFilter("level", ("low", 1)),), since=BEGIN),
)


def test_nothing_that_grows_with_the_log_is_read_from_end_to_end(store, fill):
    """Each statement of a search, and of indexing, finds its rows by an index."""
    fill(store, 3 * WIDTH + 10)
    asked = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(store.database.engine, "before_cursor_execute", note)
    for query in QUERIES:
        search(store, query, 10)
        search(store, query, 10, 500)
    event.remove(store.database.engine, "before_cursor_execute", note)

    plans = {statement: plan(store, statement, parameters) for statement, parameters in asked}
    assert all(any(f"FROM {name}" in each.replace("\n", "") for each in plans) for name in ("entries", "postings"))
    for statement, told in plans.items():
        assert re.search(SCANS, told, re.IGNORECASE) is None, f"{statement}\n{told}"
        assert "TEMP B-TREE" not in told, f"{statement}\n{told}"


SCANS = r"SCAN (entries|postings|blocks|terms)\b|Seq Scan on (entries|postings|blocks|terms)\b"


def plan(store, statement, parameters):
    """Return how the database would run a statement; PostgreSQL as if the tables were large."""
    with store.database.reading() as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return "\n".join(row[-1] for row in rows)
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))


def test_a_term_is_named_once(store, fill):
    """However many index, and however often."""
    fill(store, 2 * WIDTH)
    catch_up(store.database, 1)
    catch_up(store.database, 1)

    with store.database.reading() as connection:
        names = connection.execute(select(terms.c.term)).scalars().all()
    assert len(names) == len(set(names))
    assert term("decision", "fine") in names
