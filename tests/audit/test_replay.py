"""Replays: what was decided is decided again, from the log alone, and compared byte by byte."""

import json
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from service.audit.log.entries import Entry, write_entry
from service.audit.log.erasure import erase
from service.audit.log.stamps import Stamp
from service.audit.proof.merkle import leaf_hash
from service.audit.replaying.old_cases import EntryMissing, old_entries
from service.audit.replaying.replay import Replay, ReplayReport
from service.audit.storage.unavailable import EntryDamaged
from service.decision.desk import Desk
from service.decision.requests import read_request
from service.facts.declaration import MISSING
from service.jsontext import canonical, parse
from service.pack.case_files import nested
from service.pack.loader import load_pack
from service.pack.pack_folder import digest_of
from tests.audit.tampering import tamper
from tests.thorough import tried

ROOT = Path(__file__).resolve().parents[2]
PACKS = sorted(path.parent for top in ("rules", "tests/fixtures/packs") for path in ROOT.glob(f"{top}/*/pack.yaml"))
INSTANTS = ["2026-01-30T16:59:59Z", "2026-02-28T23:30:00-06:00", "2026-03-29T01:30:00+02:00"]


def random_value(random, spec):
    """Return a JSON value that a fact can have."""
    if spec.type == "list":
        items = spec.choices or (("aa", "bb") if spec.item_type == "string" else (1, 2, 7))
        found = random.sample(items, random.randint(min(spec.min_items, len(items)), len(items)))
        return found[: spec.max_items]
    if spec.choices:
        return random.choice(spec.choices)
    return {
        "boolean": lambda: random.random() < 0.5,
        "string": lambda: "x" * max(spec.min_length, 1),
        "integer": lambda: (spec.minimum or 0) + random.randint(0, min((spec.maximum or 40) - (spec.minimum or 0), 40)),
        "number": lambda: random.choice([spec.minimum or 0, 2.5]),
        "date": lambda: random.choice(INSTANTS)[:10],
        "instant": lambda: random.choice(INSTANTS),
        "periods": lambda: [{"from": INSTANTS[0], "to": INSTANTS[2]}],
        "records": lambda: [{each.name: random_value(random, each) for each in spec.members} for _ in range(2)],
    }[spec.type]()


def random_body(random, pack):
    """Return the body of a request of which each fact is known or not."""
    share = random.choice([0.2, 0.6, 1.0])
    specs = pack.facts.facts.items()
    facts = {name: random_value(random, spec) for name, spec in specs if random.random() < share}
    body = {"facts": json.loads(json.dumps(nested(facts)))}
    if random.random() < 0.7:
        body["as_of"] = random.choice(INSTANTS)
    if random.random() < 0.5:
        body["decisions"] = random.sample(list(pack.decisions), random.randint(1, len(pack.decisions)))
    return body


def worked_body(pack, case):
    """Return the body of a request for what a worked case is about."""
    names = [name for name in pack.decisions if name in {*case.expect, *case.status, *case.needs}]
    body = {"facts": case.facts, "decisions": names or list(pack.decisions)}
    return json.loads(json.dumps(body if case.as_of is None else {**body, "as_of": case.as_of}))


@pytest.fixture
def keep(sqlite_store):
    """Decide a body by a pack and keep it; returns what was kept."""

    def kept(pack, body):
        decided = Desk([pack]).decide(read_request(body))
        return sqlite_store.append(write_entry(decided, Stamp()), pack)

    return kept


@pytest.fixture
def forge(path):
    """Rewrite an entry as who owns the file can: its body, and the hash of it that stands beside."""

    def forged(sequence, change):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("DROP TRIGGER IF EXISTS entries_no_update")
            (body,) = connection.execute("SELECT body FROM entries WHERE sequence = ?", [sequence]).fetchone()
            body = change(body)
            row = [body, leaf_hash(body), sequence]
            connection.execute("UPDATE entries SET body = ?, leaf = ? WHERE sequence = ?", row)

    return forged


@pytest.fixture
def changed(forge):
    """Rewrite an entry by changing what it says, parsed."""

    def change(sequence, deed):
        def rewritten(body):
            told = parse(body)
            deed(told)
            return canonical(told)

        forge(sequence, rewritten)

    return change


@pytest.fixture
def replayed(sqlite_store):
    """Return what came of each entry of the log, in order."""

    def found():
        replay = Replay(sqlite_store)
        return [replay.replay(kept) for kept in old_entries(sqlite_store, 0, None)]

    return found


@pytest.mark.parametrize("folder", PACKS, ids=lambda folder: folder.name)
def test_what_was_decided_is_decided_again_to_the_byte(folder, sqlite_store, replayed):
    """The worked cases of each pack, and random ones of which not all is known.

    Ten of these read every kind of fact, known and not; what an open case comes to has oracles of its own.
    """
    pack = load_pack(folder)
    desk, random = Desk([pack]), Random(4711)
    bodies = [worked_body(pack, case) for case in pack.cases]
    bodies += [random_body(random, pack) for _ in range(tried(10, 100))]
    decided = [write_entry(desk.decide(read_request(body)), Stamp()) for body in bodies]
    with ThreadPoolExecutor(32) as pool:  # who waits together is committed together
        list(pool.map(lambda entry: sqlite_store.append(entry, pack), decided))

    found = replayed()

    assert [each.state for each in found] == ["same"] * len(bodies)
    assert all(each.same for each in found)


def test_the_pack_that_decided_need_not_be_on_the_disk_any_more(tmp_path, keep, replayed):
    """The log has all of its files; its facts schema may have lain outside of its folder."""
    for part in ("rules", "schemas"):
        shutil.copytree(ROOT / part, tmp_path / part)
    keep(load_pack(next((tmp_path / "rules").iterdir())), {"facts": {}})
    for part in ("rules", "schemas"):
        shutil.rmtree(tmp_path / part)

    assert [each.state for each in replayed()] == ["same"]


def test_a_decision_that_was_changed_in_the_log_differs_where_it_was_changed(pack, keep, changed, replayed):
    """Its hash was made to fit, so only deciding again can tell."""
    keep(pack, {"facts": {"loan": {"returned": True, "days_late": 3, "parts": ["cover", "booklet"]}}})
    changed(1, lambda told: told["decisions"]["fine"]["outcome"].update(level="none"))

    (found,) = replayed()

    assert found.state == "differs"
    assert {part: each.as_json() for part, each in found.differences.items()} == {
        "/decisions/fine": {"pointer": "/decisions/fine/outcome/level", "kept": "none", "now": "low"}
    }
    assert found.same == len(pack.decisions) - 1


@pytest.mark.parametrize(
    ("deed", "part", "pointer", "kept", "now"),
    [
        (lambda told: told["assumed"].pop("loan.overdue"), "/assumed", "/assumed/loan.overdue", MISSING, False),
        (lambda told: told["policy"].update(version="9.9.9"), "/policy", "/policy/version", "9.9.9", "1.0.0"),
        (
            lambda told: told["decisions"]["fine"]["because"].pop(),
            "/decisions/fine",
            "/decisions/fine/because/2",
            MISSING,
            ...,
        ),
        (
            lambda told: told["decisions"]["fine"].update(more=1),
            "/decisions/fine",
            "/decisions/fine/more",
            1,
            MISSING,
        ),
        (
            lambda told: told["decisions"]["fine"].update(outcome=None),
            "/decisions/fine",
            "/decisions/fine/outcome",
            None,
            ...,
        ),
    ],
)
def test_the_first_difference_is_told_with_both_values(pack, keep, changed, replayed, deed, part, pointer, kept, now):
    """Also where one side has nothing."""
    keep(pack, {"facts": {"loan": {"returned": True, "days_late": 3, "parts": ["cover", "booklet"]}}})
    changed(1, deed)

    (found,) = replayed()

    (difference,) = found.differences.values()
    assert (list(found.differences), difference.pointer, difference.kept) == ([part], pointer, kept)
    assert now is ... or difference.now == now


def test_an_entry_that_is_only_spelt_otherwise_differs(pack, keep, forge, replayed):
    """Byte by byte: the same values in other bytes have another hash."""
    keep(pack, {"facts": {}})
    forge(1, lambda body: body.replace(b'{"as_of":null', b'{"as_of": null'))

    (found,) = replayed()

    assert (found.state, list(found.differences)) == ("differs", [""])


def test_personal_facts_are_put_back_before_deciding(pack, keep, replayed):
    """They stand beside the entry."""
    keep(pack, {"facts": {"member": {"name": "Zoe", "standing": "suspended"}}})

    assert [each.state for each in replayed()] == ["same"]


def test_a_case_with_an_integer_beyond_the_doubles_is_replayed(pack, keep, replayed):
    """Such facts were taken once, and decided on."""
    keep(pack, {"facts": {"loan": {"pages": 10**400}}})
    assert [each.state for each in replayed()] == ["same"]


def test_any_kind_of_database_is_replayed(pack, store):
    """The files of the pack and the personal facts come from it as bytes."""
    body = {"facts": {"member": {"name": "Zoe"}}}
    kept = store.append(write_entry(Desk([pack]).decide(read_request(body)), Stamp()), pack)

    assert Replay(store).replay(kept).state == "same"


def test_what_rests_on_erased_facts_is_not_compared_and_all_else_is(pack, keep, sqlite_store, replayed):
    """Also what rests on them through other decisions."""
    resting = {name for name, each in pack.decisions.items() if "member.name" in each.facts}
    body = {"facts": {"member": {"name": "Zoe", "standing": "good"}, "loan": {"days_late": 3}}}
    erase(sqlite_store, keep(pack, body), "asked for", None)
    erase(sqlite_store, keep(pack, {**body, "decisions": ["membership"]}), "asked for", None)
    erase(sqlite_store, keep(pack, {**body, "decisions": ["fine"]}), "asked for", None)

    found = replayed()

    assert "membership" in resting
    assert "fine" not in resting
    assert [(each.state, each.erased) for each in found] == [
        ("partly_comparable", resting),
        ("not_comparable", {"membership"}),
        ("same", frozenset()),
    ]


def test_a_difference_beside_erased_facts_is_found(pack, keep, sqlite_store, changed, replayed):
    """What was erased excuses nothing else."""
    kept = keep(pack, {"facts": {"member": {"name": "Zoe"}, "loan": {"returned": True, "days_late": 3}}})
    erase(sqlite_store, kept, "asked for", None)
    changed(1, lambda told: told["decisions"]["fine"].update(status="not_applicable"))

    assert [(each.state, list(each.differences)) for each in replayed()] == [("differs", ["/decisions/fine"])]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DELETE FROM pack_files", "missing_pack"),
        ("UPDATE pack_files SET content = content || x'0a' WHERE path = 'clauses.yaml'", "altered_pack"),
        ("UPDATE pack_files SET content = CAST(content || x'0a' AS BLOB) WHERE path = 'clauses.yaml'", "altered_pack"),
        ("UPDATE pack_files SET path = CAST(path AS BLOB) WHERE path = 'clauses.yaml'", "altered_pack"),
        ("DELETE FROM pack_files WHERE path = 'clauses.yaml'", "altered_pack"),
        ("UPDATE pack_files SET content = x'00' WHERE path = 'pack.yaml'", "altered_pack"),
        ("UPDATE personal_facts SET sealed = x'00'", "damaged_entry"),
        ("UPDATE personal_facts SET sealed = 'text'", "damaged_entry"),
        ("UPDATE personal_keys SET key = 'text'", "damaged_entry"),
    ],
)
def test_a_log_that_lacks_what_decided_is_told(pack, path, keep, replayed, statement, code):
    """What can't be decided again is not taken for the same."""
    keep(pack, {"facts": {"member": {"name": "Zoe"}}})
    tamper(path, statement)

    (found,) = replayed()

    assert (found.state, found.lost.code) == ("refused", code)


def test_a_pack_that_is_as_it_was_and_refused_now_is_told(pack, keep, replayed):
    """Then it is the engine that has changed."""
    files = {**pack.files, "clauses.yaml": b"clauses: none"}
    keep(replace(pack, files=files, digest=digest_of(files, {})), {"facts": {}})

    (found,) = replayed()

    assert (found.state, found.lost.code) == ("refused", "refused_pack")
    assert "this version refuses the pack" in found.lost.says


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        (lambda told: told["personal"].update({"member.name": "sha256:" + "0" * 64}), "broken_commitment"),
        (lambda told: told["personal"].clear() or told["personal"].update(other="x"), "broken_commitment"),
        (lambda told: told["decisions"].update(fines={"status": "decided"}), "unknown_decision"),
        (lambda told: told["facts"].update(loans={}), "refused_facts"),
        (lambda told: told["facts"].update(member=3), "malformed_entry"),
        (lambda told: told.pop("facts"), "malformed_entry"),
        (lambda told: told.update(as_of="yesterday"), "malformed_entry"),
        (lambda told: told.update(engine={"clausewise": 1}), "malformed_entry"),
        (lambda told: told["policy"].pop("digest"), "malformed_entry"),
        (lambda told: told.update(decisions=[]), "malformed_entry"),
    ],
)
def test_an_entry_that_was_changed_beyond_deciding_is_told(pack, keep, changed, replayed, deed, code):
    """Whatever was made of it, there is no crash, and the next entry is replayed."""
    keep(pack, {"facts": {"member": {"name": "Zoe"}}})
    keep(pack, {"facts": {}})
    changed(1, deed)

    first, second = replayed()

    assert (first.state, first.lost.code, second.state) == ("refused", code, "same")
    assert "Zoe" not in first.lost.says


def test_a_damaged_entry_does_not_keep_the_others_from_being_replayed(pack, path, keep, sqlite_store):
    """It is told in its place."""
    for _ in range(3):
        keep(pack, {"facts": {}})
    tamper(path, "UPDATE entries SET body = x'7b7d' WHERE sequence = 2")

    found = list(old_entries(sqlite_store, 0, None))

    assert [isinstance(each, EntryDamaged) for each in found] == [False, True, False]
    assert [each.sequence for each in found] == [1, 2, 3]


@pytest.mark.parametrize(
    ("gone", "until", "found"),
    [((1,), None, "mddd"), ((2, 3), None, "dmmd"), ((4,), None, "dddm"), ((4,), 3, "ddd"), ((1, 2, 3, 4), 9, "mmmm")],
)
def test_a_missing_entry_is_told_in_its_place(pack, path, keep, sqlite_store, gone, until, found):
    """What was removed must not look as if all were the same."""
    for _ in range(4):
        keep(pack, {"facts": {}})
    tamper(path, f"DELETE FROM entries WHERE sequence IN ({', '.join(map(str, gone))})")

    entries = list(old_entries(sqlite_store, 0, until))
    assert "".join("m" if isinstance(each, EntryMissing) else "d" for each in entries) == found
    assert [each.sequence for each in entries] == list(range(1, len(found) + 1))


def test_missing_entries_beside_a_damaged_one_are_told(pack, path, keep, sqlite_store):
    """Each by what it is."""
    for _ in range(4):
        keep(pack, {"facts": {}})
    tamper(path, "DELETE FROM entries WHERE sequence IN (1, 3)")
    tamper(path, "UPDATE entries SET body = x'7b7d' WHERE sequence = 2")
    report = ReplayReport(2)
    for each in old_entries(sqlite_store, 0, 3):
        report.add_damaged(each)

    assert [(code, count, [each.sequence for each in samples]) for code, count, samples in report.refused] == [
        ("missing_entry", 2, [1, 3]),
        ("damaged_entry", 1, [2]),
    ]


def test_only_decisions_within_the_range_are_yielded(pack, keep, sqlite_store):
    """The log has entries of other kinds between them."""
    for _ in range(3):
        keep(pack, {"facts": {}})
    sqlite_store.append(Entry("a-deed", b"{}", "erasure"), None)
    keep(pack, {"facts": {}})

    assert [each.sequence for each in old_entries(sqlite_store, 1, None)] == [2, 3, 5]
    assert [each.sequence for each in old_entries(sqlite_store, 0, 2)] == [1, 2]


def test_the_report_counts_entries_decisions_and_engines(pack, keep, sqlite_store, changed, replayed):
    """And shows no more samples than it is asked for."""
    fine = {"facts": {"loan": {"returned": True, "days_late": 3}}, "decisions": ["fine"]}
    for _ in range(4):
        keep(pack, fine)
    erase(sqlite_store, keep(pack, {"facts": {"member": {"name": "Zoe"}}, "decisions": ["membership"]}), "why", None)
    for sequence in (1, 2, 3):
        changed(sequence, lambda told: told["decisions"]["fine"].update(status="decibel"))
    report = ReplayReport(2)
    for each in replayed():
        report.add(each)
    report.add_damaged(EntryDamaged(9))

    assert dict(report.entries) == {"differs": 3, "same": 1, "not_comparable": 1, "refused": 1}
    assert dict(report.decisions) == {"differs": 3, "same": 1, "not_comparable": 1}
    ((part, count, samples),) = report.differing
    assert (part, count, [each.sequence for each in samples]) == ("/decisions/fine", 3, [1, 2])
    assert [(code, count) for code, count, _ in report.refused] == [("damaged_entry", 1)]
    assert [count for _, count, _ in report.engines] == [5]
    assert not report.is_same


def test_a_sample_has_the_reference_by_which_its_caller_knows_the_case(keep, pack, changed, replayed):
    """Whoever reads of a difference can look the ticket up; also where the case can't be decided again."""
    keep(pack, {"facts": {}, "reference": "4711"})
    keep(pack, {"facts": {}, "reference": "4712"})
    keep(pack, {"facts": {}})
    changed(1, lambda told: told["assumed"].clear())
    changed(2, lambda told: told["facts"].update(nothing=1))
    changed(3, lambda told: told["assumed"].clear())
    report = ReplayReport(3)
    for each in replayed():
        report.add(each)

    ((_, _, differing),) = report.differing
    ((_, _, refused),) = report.refused
    assert [each.as_json().get("reference") for each in differing] == ["4711", None]
    assert [each.as_json()["reference"] for each in refused] == ["4712"]
