"""Checking the whole log: whatever somebody with full power over the database does to it is found and named."""

import shutil
import sqlite3
import tracemalloc
from contextlib import closing
from random import Random

import pytest
from uuid6 import uuid7

from service.audit.checking.findings import LogReport
from service.audit.checking.given import Given
from service.audit.checking.verification import verify
from service.audit.log.entries import Entry, write_entry, write_rotation
from service.audit.log.erasure import erase
from service.audit.log.notary import Notary, Signed, keep_checkpoint, register, verifiers
from service.audit.log.receipts import checkpoint
from service.audit.log.rotation import rotate
from service.audit.log.stamps import Stamp
from service.audit.log.store import Append, Store
from service.audit.proof.checkpoints import Checkpoint, sign_checkpoint
from service.audit.proof.merkle import Frontier, leaf_hash, subtree_root
from service.audit.proof.notes import Signer, write_note
from service.audit.proof.successions import Introduction
from service.audit.storage.databases import open_database
from service.decision.requests import read_request
from tests.audit.tampering import careless, drop_guards

WIDTH = 256


def append(store, count, pack, decided):
    """Append so many entries that differ by their ids, in one transaction for each 100, or fewer for very many."""
    one, at_once = write_entry(decided, Stamp(str(uuid7()), "2026-01-31T09:00:00.000Z")), max(100, count // 64)
    for first in range(0, count, at_once):
        ids = [str(uuid7()) for _ in range(min(count - first, at_once))]
        bodies = [one.body.replace(one.id.encode(), id_.encode()) for id_ in ids]
        store.append_all([Append(Entry(*each), pack, None) for each in zip(ids, bodies, strict=True)])


@pytest.fixture(scope="module")
def made_logs(tmp_path_factory, pack, decided):
    """Make a log of some size, once for each, all with one key; return the folder of its file and that of the key."""
    made = {}

    def make(size):
        if size not in made:
            made[size] = folder = tmp_path_factory.mktemp(f"made-{size}")
            if size:
                # Not the same files: what was signed last stands beside the key, and no other log is signed after that.
                shutil.copytree(make(0), folder, dirs_exist_ok=True)
            store = Store(open_database(str(folder / "audit.db")), Notary(folder / "audit.key", "library.example/log"))
            if not size:
                store.prepare()
            append(store, size, pack, decided)
            store.close()
        return made[size]

    return make


@pytest.fixture
def signed_store(open_store, made_logs, path, tmp_path):
    """An empty store in a file, whose checkpoints are signed."""
    made = made_logs(0)
    shutil.copy(made / "audit.key", tmp_path)
    return open_store(shutil.copy(made / "audit.db", path), key=tmp_path / "audit.key")


@pytest.fixture
def fill(signed_store, made_logs, pack, decided):
    """Append so many entries; what an empty log becomes by that is a copy."""

    def run(count: int) -> Store:
        if signed_store.size():
            append(signed_store, count, pack, decided)
        else:
            made, path = made_logs(count), signed_store.database.path
            with closing(sqlite3.connect(made / "audit.db")) as full, closing(sqlite3.connect(path)) as empty:
                full.backup(empty)
            for beside in made.glob("audit.key.*"):
                shutil.copy(beside, signed_store.notary.path.parent)
        return signed_store

    return run


class Intruder:
    """Somebody who can write anything into the file, and knows how it is built."""

    def __init__(self, path):
        self.path = path
        with closing(careless(path)) as connection, connection:
            drop_guards(connection)

    def do(self, *statements):
        """Run statements, each with or without values."""
        with closing(careless(self.path)) as connection:
            for statement in statements:
                connection.execute(*([statement] if isinstance(statement, str) else statement))
            connection.commit()

    def get(self, query):
        """Return the rows of a query."""
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(query).fetchall()

    def change(self, sequence, *, hide=False):
        """Change a byte of an entry; with `hide`, its hash beside it as well."""
        body = self.get(f"SELECT body FROM entries WHERE sequence = {sequence}")[0][0].replace(
            b"2026-01-31", b"2026-01-30"
        )
        self.do(("UPDATE entries SET body = ? WHERE sequence = ?", (body, sequence)))
        if hide:
            self.do(("UPDATE entries SET leaf = ? WHERE sequence = ?", (leaf_hash(body), sequence)))

    def renumber(self, first, by):
        """Move entries from one place on up or down, as if nothing had happened."""
        order = "DESC" if by > 0 else "ASC"
        moving = self.get(f"SELECT sequence FROM entries WHERE sequence >= {first} ORDER BY sequence {order}")
        self.do(*(("UPDATE entries SET sequence = ? WHERE sequence = ?", (at + by, at)) for (at,) in moving))

    def forge_tile(self, number):
        """Make the stored hashes of 256 entries anew, and nothing else."""
        leaves = [leaf_hash(body) for (body,) in self.get("SELECT body FROM entries ORDER BY sequence")]
        row = leaves[number * WIDTH : (number + 1) * WIDTH]
        forged = subtree_root(row), b"".join(row), number
        self.do(("UPDATE tiles SET root = ?, hashes = ? WHERE level = 0 AND number = ?", forged))

    def rebuild(self):
        """Make all stored hashes anew from the entries as they stand."""
        leaves = [leaf_hash(body) for (body,) in self.get("SELECT body FROM entries ORDER BY sequence")]
        frontier = Frontier().extended(leaves)
        grown = ("UPDATE tree SET size = ?, frontier = ?", (frontier.size, frontier.to_bytes()))
        deeds = ["DELETE FROM tiles", "DELETE FROM leaves", grown]
        for number in range(len(leaves) // WIDTH):
            row = leaves[number * WIDTH : (number + 1) * WIDTH]
            deeds.append(("INSERT INTO tiles VALUES (0, ?, ?, ?)", (number, subtree_root(row), b"".join(row))))
        for sequence, leaf in enumerate(leaves, start=1):
            deeds.append(("UPDATE entries SET leaf = ? WHERE sequence = ?", (leaf, sequence)))
            if sequence > len(leaves) // WIDTH * WIDTH:
                deeds.append(("INSERT INTO leaves VALUES (?, ?)", (sequence, leaf)))
        self.do(*deeds)


@pytest.fixture
def intruder(path):
    """Somebody who can write anything into the file."""
    return lambda: Intruder(path)


def found(report):
    """Return what was found, and of which entries, but for the triggers that every intruder switches off."""
    return [(each.code, each.first, each.last) for each in report.findings if each.code != "guard"]


def test_a_log_that_nobody_touched_is_good(fill):
    """Every entry, stored hash and checkpoint agrees."""
    store = fill(600)
    signed = checkpoint(store)

    report = verify(store)
    assert (report.is_good, report.entries, report.signed, signed.size) == (True, 600, 600, 600)
    assert report.checkpoints == 1
    assert not report.vouched


def test_an_entry_with_an_integer_beyond_the_doubles_is_good(signed_store, desk, pack):
    """Such facts were taken once; the columns say what the entry does."""
    decided = desk.decide(read_request({"facts": {"loan": {"pages": 10**400}}}))
    signed_store.append(write_entry(decided, Stamp()), pack)
    checkpoint(signed_store)

    assert verify(signed_store).is_good


def test_an_empty_log_is_good(signed_store):
    """There is a checkpoint of nothing, too."""
    checkpoint(signed_store)

    report = verify(signed_store)
    assert (report.is_good, report.entries, report.checkpoints) == (True, 0, 1)


@pytest.mark.parametrize("sequence", [1, 128, 256, 257, 512, 513, 599, 600])
@pytest.mark.parametrize("hide", [False, True])
def test_an_entry_that_was_changed_is_named(fill, intruder, sequence, hide):
    """The hash beside it can be changed as well; that which the tree has of it still tells."""
    store = fill(600)
    checkpoint(store)
    intruder().change(sequence, hide=hide)

    assert found(verify(store)) == [("changed", sequence, sequence)]


@pytest.mark.parametrize(("sequence", "part"), [(513, (513, 576)), (599, (593, 600)), (600, (593, 600))])
@pytest.mark.parametrize("is_removed", [False, True])
@pytest.mark.parametrize("is_signed", [False, True])
def test_an_entry_behind_the_last_tile_that_was_changed_with_its_hashes_is_bounded(
    fill, intruder, sequence, part, is_removed, is_signed
):
    """The tree's frontier has a hash of it and its neighbours, whether or not anything was signed over them."""
    store = fill(600)
    if is_signed:
        checkpoint(store)
    hand = intruder()
    hand.change(sequence, hide=True)
    if is_removed:
        hand.do(f"DELETE FROM leaves WHERE sequence = {sequence}")
    else:
        hand.do("UPDATE leaves SET hash = (SELECT leaf FROM entries e WHERE e.sequence = leaves.sequence)")

    assert [each for each in found(verify(store)) if each[0] != "hash"] == [("rewritten", *part)]


@pytest.mark.parametrize(
    ("count", "sequence", "first", "last"),
    [(754, 1, 1, 512), (754, 300, 1, 512), (1000, 600, 513, 768), (1000, 512, 1, 512), (256, 9, 1, 256)],
)
@pytest.mark.parametrize("spoil", ["forged", "removed"])
def test_an_entry_that_was_changed_with_its_tile_is_bounded(fill, intruder, count, sequence, first, last, spoil):
    """The tree remembers hashes over many tiles, and that these are the signed ones."""
    store = fill(count)
    kept = checkpoint(store).note
    hand, tile = intruder(), (sequence - 1) // WIDTH
    hand.change(sequence, hide=True)
    if spoil == "forged":
        hand.forge_tile(tile)
    else:
        hand.do(f"DELETE FROM tiles WHERE level = 0 AND number = {tile}")

    report = verify(store, given=[Given(kept)])
    assert [each for each in found(report) if each[0] != "hash"] == [("rewritten", first, last)]
    assert (report.given[0].state, report.checkpoints, report.signed) == ("contradicted", 0, 0)


def test_a_tile_that_was_changed_with_its_entry_hides_no_other(fill, intruder):
    """Where two tiles are forged, and a third tells which entry was changed."""
    store = fill(1100)
    checkpoint(store)
    hand = intruder()
    for sequence in (300, 600):
        hand.change(sequence, hide=True)
        hand.forge_tile((sequence - 1) // WIDTH)
    hand.change(900)

    assert found(verify(store)) == [("changed", 900, 900), ("rewritten", 1, 1024)]


def test_a_checkpoint_that_was_kept_is_continued_by_entries_alone(fill, intruder):
    """That the stored hashes lead to it tells which entry was changed; the log is another one all the same."""
    store = fill(300)
    kept = checkpoint(store).note
    intruder().change(20)
    report = verify(store, given=[Given(kept)])

    assert found(report) == [("changed", 20, 20)]
    assert (report.given[0].state, report.checkpoints, report.signed) == ("contradicted", 0, 0)


def test_a_checkpoint_that_was_kept_is_counted_once(fill):
    """The log has it as well."""
    store = fill(300)
    kept = checkpoint(store).note
    report = verify(store, given=[Given(kept), Given(kept)])

    assert (report.checkpoints, [each.state for each in report.given]) == (1, ["continued", "continued"])


@pytest.mark.parametrize("sequence", [1, 100, 256, 257, 600])
def test_an_entry_that_was_removed_is_named(fill, intruder, sequence):
    """A gap is left where it was."""
    store = fill(600)
    checkpoint(store)
    intruder().do(f"DELETE FROM entries WHERE sequence = {sequence}")

    codes = found(verify(store))
    assert ("removed", sequence, sequence) in codes or ("truncated", 600, 600) in codes
    assert not [each for each in codes if each[0] in ("changed", "inserted", "moved")]


@pytest.mark.parametrize("sequence", [1, 100, 256, 300])
def test_an_entry_that_was_removed_is_named_when_the_gap_was_closed(fill, intruder, sequence):
    """All that follows has moved up by one, which is not told of each."""
    store = fill(600)
    checkpoint(store)
    bad = intruder()
    bad.do(f"DELETE FROM entries WHERE sequence = {sequence}")
    bad.renumber(sequence + 1, -1)

    codes = found(verify(store))
    assert ("removed", sequence, sequence) in codes
    assert not [each for each in codes if each[0] in ("changed", "inserted", "moved")]


@pytest.mark.parametrize("sequence", [1, 100, 256, 257, 300])
def test_an_entry_that_was_inserted_is_named(fill, intruder, new_entry, sequence):
    """Somebody makes room for a decision that was never taken."""
    store = fill(600)
    checkpoint(store)
    bad, entry = intruder(), new_entry()
    pack = bad.get("SELECT digest FROM packs")[0][0]
    bad.renumber(sequence, 1)
    bad.do(
        (
            "INSERT INTO entries VALUES (?, ?, 'decision', ?, ?, ?)",
            (sequence, entry.id, pack, entry.leaf, entry.body),
        )
    )

    codes = found(verify(store))
    assert ("inserted", sequence, sequence) in codes
    assert not [each for each in codes if each[0] in ("changed", "removed", "moved")]


@pytest.mark.parametrize(("one", "other"), [(1, 2), (10, 20), (5, 300), (256, 257)])
def test_entries_that_changed_places_are_named(fill, intruder, one, other):
    """Both still are in the log, and neither is where it was appended."""
    store = fill(600)
    checkpoint(store)
    bad = intruder()
    bad.do(
        f"UPDATE entries SET sequence = -1 WHERE sequence = {one}",
        f"UPDATE entries SET sequence = {one} WHERE sequence = {other}",
        f"UPDATE entries SET sequence = {other} WHERE sequence = -1",
    )

    codes = {
        number for code, first, last in found(verify(store)) if code == "moved" for number in range(first, last + 1)
    }
    assert codes == {one, other}


def test_a_tail_that_was_cut_off_is_named_by_the_tree(fill, intruder):
    """Whoever forgets the tree is found out by it."""
    store = fill(600)
    intruder().do("DELETE FROM entries WHERE sequence > 590")

    assert ("truncated", 591, 600) in found(verify(store))


def test_a_tail_that_was_cut_off_with_all_traces_is_named_by_a_checkpoint_that_was_kept(fill, intruder):
    """Nothing inside the database tells any more; whoever has a checkpoint knows."""
    store = fill(600)
    kept = checkpoint(store).note
    bad = intruder()
    bad.do("DELETE FROM entries WHERE sequence > 590", "DELETE FROM checkpoints WHERE size > 590")
    bad.rebuild()

    assert found(verify(store)) == []
    report = verify(store, given=[Given(kept)])
    assert found(report) == [("truncated", 591, 600), ("unsigned", 1, 590)]
    assert report.findings[-1].says.startswith("Entries 1 to 590 are proven by nothing: ")


def test_a_log_that_was_rewritten_as_a_whole_is_bounded_by_its_checkpoints(fill, intruder):
    """Entry, hashes, tiles and tree agree with one another; only the signatures can't be made anew."""
    store = fill(256)
    checkpoint(store)
    store = fill(344)
    checkpoint(store)
    bad = intruder()
    bad.change(300)
    bad.rebuild()

    assert {each[:2] for each in found(verify(store))} == {("rewritten", 257)}


def test_a_rewritten_log_without_checkpoints_is_told_by_one_that_was_kept(fill, intruder):
    """The last word is with who took a checkpoint away."""
    store = fill(300)
    kept = checkpoint(store).note
    bad = intruder()
    bad.change(7)
    bad.rebuild()
    bad.do("DELETE FROM checkpoints")

    assert found(verify(store)) == []
    report = verify(store, given=[Given(kept)])
    assert found(report) == [("rewritten", 1, 300)]
    assert report.given[0].state == "contradicted"


def test_a_stored_hash_that_was_changed_does_not_accuse_its_entry(fill, intruder):
    """The entry leads to what was signed; what lies beside it doesn't."""
    store = fill(300)
    checkpoint(store)
    bad = intruder()
    hashes = bytearray(bad.get("SELECT hashes FROM tiles")[0][0])
    hashes[40] ^= 1
    bad.do(("UPDATE tiles SET hashes = ?", (bytes(hashes),)))

    codes = found(verify(store))
    assert codes.count(("hash", 2, 2)) == 1
    assert {each[0] for each in codes} == {"hash"}


def test_a_checkpoint_of_another_key_is_not_believed(fill, intruder):
    """Whoever rewrites the log can sign it, but not with the log's key."""
    store = fill(10)
    signed = checkpoint(store)
    forger = Signer.generate("library.example/log")
    note = signed.note.partition("\n\n")[0] + "\n\n" + forger.sign(signed.note.partition("\n\n")[0] + "\n")
    intruder().do(("UPDATE checkpoints SET note = ?", (note if note.endswith("\n") else note + "\n",)))

    assert found(verify(store)) == [("checkpoint", None, None)]


def test_only_keys_that_are_vouched_for_are_believed(fill):
    """The keys in the database are the database's own word."""
    store = fill(10)
    checkpoint(store)
    with store.database.reading() as connection:
        own = verifiers(connection)
    other = Signer.generate("library.example/log").verifier

    assert verify(store, own).is_good
    assert verify(store, own).vouched
    assert found(verify(store, [other])) == [("checkpoint", None, None)]


def test_a_row_that_says_another_id_than_its_entry_is_named(fill, intruder):
    """Asking for one decision would give another."""
    store = fill(3)
    intruder().do("UPDATE entries SET id = '019a0000-0000-7000-8000-000000000000' WHERE sequence = 2")

    assert found(verify(store)) == [("row", 2, 2)]


def test_a_key_that_the_old_one_introduced_is_believed(fill, pack, new_entry):
    """Who trusts the first key needs no other."""
    store = fill(5)
    with store.database.reading() as connection:
        first = verifiers(connection)
    rotate(store, store.notary, "yearly", "operator")
    store.append(new_entry(), pack)
    checkpoint(store)

    report = verify(store, first)
    assert (report.is_good, report.entries, report.signed, len(report.keys)) == (True, 7, 7, 2)


def test_a_key_without_the_old_ones_word_is_told(fill):
    """A lost key, or a thief."""
    store = fill(5)
    rotate(store, store.notary, "the disk is broken", "operator", without_old=True)

    assert found(verify(store)) == [("key", 6, 6)]


def test_a_rotation_that_somebody_wrote_into_the_log_gains_no_trust(fill, signed_store):
    """An entry alone vouches for nobody; the old key must have signed beside the new one."""
    store = fill(5)
    with store.database.reading() as connection:
        own = verifiers(connection)[0]
    other = Signer.generate(own.name)
    note = write_note(Introduction(other.verifier, 6).text, [other])
    with store.deed(write_rotation(note, Stamp(), "trick", None)):
        pass
    checkpoint(store)

    report = verify(store, [own])
    assert found(report) == [("key", 6, 6)]
    assert report.keys == [own.text]


def test_erased_facts_are_told_of_by_an_entry_or_found(fill, desk, pack, signed_store, intruder):
    """Erasing without a trace would be a way to hide."""
    facts = {"member": {"name": "Zoë"}}
    one, other = (
        signed_store.append(write_entry(desk.decide(read_request({"facts": facts})), Stamp()), pack) for _ in range(2)
    )
    erase(signed_store, one, "asked by the member", "operator")
    assert verify(signed_store).is_good

    intruder().do(f"DELETE FROM personal_keys WHERE sequence = {other.sequence}")
    assert found(verify(signed_store)) == [("erased", other.sequence, other.sequence)]


def insert(bad, sequence, entry):
    """Put an entry where none was appended."""
    pack = bad.get("SELECT digest FROM packs")[0][0]
    bad.do(
        ("INSERT INTO entries VALUES (?, ?, 'decision', ?, ?, ?)", (sequence, entry.id, pack, entry.leaf, entry.body))
    )


@pytest.fixture
def tampered(fill, intruder):
    """Fill a log, have it signed, let an intruder run statements, and return what is found."""

    def run(count, *statements):
        store = fill(count)
        checkpoint(store)
        intruder().do(*statements)
        return found(verify(store))

    return run


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["UPDATE entries SET sequence = 1000000 WHERE sequence = 600"], [("moved", 600, 600)]),
        (["UPDATE entries SET sequence = 9223372036854775807 WHERE sequence = 600"], [("moved", 600, 600)]),
        (["UPDATE entries SET sequence = -5 WHERE sequence = 1"], [("moved", 1, 1)]),
        (["UPDATE entries SET sequence = -5 WHERE sequence = 600"], [("moved", 600, 600)]),
        (["UPDATE entries SET sequence = sequence + 5000 WHERE sequence >= 300"], [("moved", 300, 600)]),
        (["UPDATE entries SET sequence = sequence + 5000 WHERE sequence >= 550"], [("moved", 550, 600)]),
        (["UPDATE entries SET sequence = sequence + 5000 WHERE sequence BETWEEN 20 AND 30"], [("moved", 20, 30)]),
    ],
)
def test_entries_that_were_given_other_sequences_are_named_as_one(tampered, statements, expected):
    """Their hashes are as they were, and lead to the root; nobody who asks by sequence finds them."""
    assert tampered(600, *statements) == expected


@pytest.mark.parametrize("sequence", [-(2**63), -5, 0])
def test_an_entry_before_the_first_place_is_named(fill, intruder, new_entry, sequence):
    """It would be answered by its id."""
    store = fill(600)
    checkpoint(store)
    insert(intruder(), sequence, new_entry())

    assert found(verify(store)) == [("inserted", sequence, sequence)]


@pytest.mark.parametrize("sequence", [256, 601, 10_000])
def test_an_entry_at_the_end_of_all_is_named(fill, intruder, new_entry, sequence):
    """A decision that was never taken, appended past the service."""
    store = fill(sequence - 1 if sequence == 256 else 600)
    checkpoint(store)
    insert(intruder(), sequence, new_entry())

    assert found(verify(store)) == [("inserted", sequence, sequence)]


def test_an_entry_in_a_log_of_none_is_named(signed_store, pack, intruder, new_entry):
    """Nothing was appended."""
    checkpoint(signed_store)
    bad = intruder()
    bad.do(("INSERT INTO packs VALUES (?, 'x', '1')", (pack.digest,)))
    insert(bad, 1, new_entry())

    assert [each for each in found(verify(signed_store)) if each[0] != "pack"] == [("inserted", 1, 1)]


def test_entries_on_both_sides_of_the_last_tile_that_changed_places_are_named(tampered):
    """Of one a stored hash is known, of the other only what the tree's frontier holds."""
    swap = [
        "UPDATE entries SET sequence = -9 WHERE sequence = 256",
        "UPDATE entries SET sequence = 256 WHERE sequence = 300",
        "UPDATE entries SET sequence = 300 WHERE sequence = -9",
    ]
    assert tampered(511, *swap) == [("moved", 256, 256), ("moved", 300, 300)]


def test_an_entry_that_was_inserted_behind_the_last_tile_is_named_alone(fill, intruder, new_entry):
    """All that follow have moved down by one."""
    store = fill(255)
    checkpoint(store)
    bad = intruder()
    bad.renumber(85, 1)
    insert(bad, 85, new_entry())

    assert found(verify(store)) == [("inserted", 85, 85)]


@pytest.mark.parametrize(("first", "last"), [(100, 400), (100, 1300), (1, 1500), (2, 2999)])
def test_a_gap_is_one_finding(tampered, first, last):
    """Whoever removes a thousand entries has done one thing."""
    deleted = f"DELETE FROM entries WHERE sequence BETWEEN {first} AND {last}"
    assert tampered(3000, deleted) == [("removed", first, last)]


def test_all_that_is_gone_is_one_finding(tampered):
    """Tiles and tree still tell how many there were."""
    assert tampered(600, "DELETE FROM entries") == [("truncated", 1, 600)]


def test_a_gap_behind_the_last_tile_hides_no_change(tampered):
    """Of each entry a hash is stored, so that all others are shown to be whole."""
    changed = "UPDATE entries SET body = replace(CAST(body AS TEXT), '2026-01-31', '2026-01-30') WHERE sequence = 590"
    cast = "UPDATE entries SET body = CAST(body AS BLOB) WHERE sequence = 590"
    got = tampered(600, "DELETE FROM entries WHERE sequence = 550", changed, cast)
    assert got == [("removed", 550, 550), ("changed", 590, 590)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET pack = NULL WHERE sequence = 5",
        "UPDATE entries SET pack = 'a' WHERE sequence = 5",
        "UPDATE entries SET pack = '' WHERE sequence = 5",
        "UPDATE entries SET id = 'library-loans' WHERE sequence = 5",
        "UPDATE entries SET id = x'00' WHERE sequence = 5",
        "UPDATE entries SET id = CAST(id AS BLOB) WHERE sequence = 5",
        "UPDATE entries SET id = CAST(x'ff' AS TEXT) WHERE sequence = 5",
        "UPDATE entries SET id = substr(id, 2) WHERE sequence = 5",
        "UPDATE entries SET kind = 'erasure' WHERE sequence = 5",
        "UPDATE entries SET kind = x'ff' WHERE sequence = 5",
        "UPDATE entries SET kind = CAST(x'ff00' AS TEXT) WHERE sequence = 5",
        "UPDATE entries SET body = CAST(body AS TEXT) WHERE sequence = 5",
    ],
)
def test_columns_that_say_another_thing_than_the_entry_are_told(tampered, statement):
    """By them entries are found; not a part of what they say is enough."""
    assert tampered(300, statement) == [("row", 5, 5)]


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("UPDATE entries SET leaf = zeroblob(32) WHERE sequence = 5", {("hash", 5, 5)}),
        ("UPDATE entries SET leaf = zeroblob(31) WHERE sequence = 590", {("hash", 590, 590)}),
        ("UPDATE entries SET leaf = 'x' WHERE sequence = 590", {("hash", 590, 590)}),
        ("UPDATE entries SET leaf = 1.5 WHERE sequence = 590", {("hash", 590, 590)}),
        ("UPDATE entries SET body = 5 WHERE sequence = 590", {("changed", 590, 590), ("row", 590, 590)}),
        ("UPDATE entries SET body = x'ff' WHERE sequence = 5", {("changed", 5, 5), ("row", 5, 5)}),
        ("UPDATE entries SET body = CAST(x'ff' AS TEXT) WHERE sequence = 5", {("changed", 5, 5), ("row", 5, 5)}),
        ("UPDATE entries SET body = '[]' WHERE sequence = 5", {("changed", 5, 5), ("row", 5, 5)}),
        (
            "UPDATE tiles SET hashes = substr(hashes, 1, 8191) WHERE number = 0",
            {("hash", None, None), ("hash", 1, 256)},
        ),
        ("UPDATE tiles SET hashes = x'' WHERE number = 0", {("hash", None, None), ("hash", 1, 256)}),
        ("UPDATE tiles SET hashes = 'abc' WHERE number = 0", {("hash", None, None), ("hash", 1, 256)}),
        ("UPDATE tiles SET root = 'abc' WHERE number = 0", {("hash", None, None)}),
        ("UPDATE tiles SET number = 7 WHERE number = 1", {("hash", None, None), ("hash", 257, 512)}),
        ("DELETE FROM tiles WHERE number = 1", {("hash", 257, 512)}),
        ("DELETE FROM tiles", {("hash", 1, 512)}),
        ("INSERT INTO tiles SELECT 1, 0, root, hashes FROM tiles WHERE number = 0", {("hash", None, None)}),
        ("INSERT INTO tiles VALUES ('x', -1, 1, 2)", {("hash", None, None)}),
        ("DELETE FROM leaves", {("hash", 513, 600)}),
        ("DELETE FROM leaves WHERE sequence = 513", {("hash", 513, 513)}),
        ("DELETE FROM leaves WHERE sequence > 590", {("hash", 591, 600)}),
        ("UPDATE leaves SET hash = zeroblob(32) WHERE sequence = 590", {("hash", 590, 590)}),
        ("UPDATE leaves SET hash = 'x' WHERE sequence = 590", {("hash", 590, 590)}),
        ("UPDATE leaves SET sequence = 700 WHERE sequence = 590", {("hash", None, None), ("hash", 590, 590)}),
        ("UPDATE leaves SET sequence = -1 WHERE sequence = 590", {("hash", None, None), ("hash", 590, 590)}),
        ("INSERT INTO leaves VALUES (7, 'x')", {("hash", None, None)}),
        ("INSERT INTO leaves VALUES (601, zeroblob(32))", {("hash", None, None), ("truncated", 601, 601)}),
        ("DELETE FROM tree", {("hash", None, None)}),
        ("UPDATE tree SET size = 0, frontier = x''", {("hash", None, None)}),
        ("INSERT INTO tree VALUES (0, 5, x'')", {("hash", None, None)}),
        ("UPDATE tree SET size = 'many'", {("hash", None, None)}),
        ("UPDATE tree SET size = 5", {("hash", None, None)}),
        ("UPDATE tree SET size = 9000000000000000000", {("hash", None, None)}),
        ("UPDATE tree SET frontier = 'x'", {("hash", None, None)}),
        ("UPDATE tree SET frontier = zeroblob(128)", {("hash", None, None)}),
        ("UPDATE checkpoints SET note = CAST(note AS BLOB)", {("checkpoint", None, None)}),
        ("UPDATE checkpoints SET note = CAST(x'ff' AS TEXT)", {("checkpoint", None, None)}),
        ("UPDATE checkpoints SET key = '00'", {("checkpoint", None, None)}),
        ("UPDATE checkpoints SET key = x'ff'", {("checkpoint", None, None)}),
        ("UPDATE checkpoints SET size = 700", {("checkpoint", None, None)}),
        ("UPDATE checkpoints SET size = 500", {("checkpoint", None, None)}),
        ("UPDATE checkpoints SET size = -1", {("checkpoint", None, None)}),
        ("UPDATE checkpoints SET size = 'abc'", {("checkpoint", None, None)}),
        ("UPDATE signers SET verifier = 'abc'", {("key", None, None), ("checkpoint", None, None)}),
        ("UPDATE signers SET verifier = x'00'", {("key", None, None), ("checkpoint", None, None)}),
        ("UPDATE signers SET verifier = CAST(x'ff' AS TEXT)", {("key", None, None), ("checkpoint", None, None)}),
        ("DELETE FROM signers", {("checkpoint", None, None)}),
        ("INSERT INTO personal_keys VALUES (-7, 'x')", {("personal", -7, -7)}),
        ("INSERT INTO personal_facts VALUES (9223372036854775807, 1)", {("personal", 2**63 - 1, 2**63 - 1)}),
    ],
)
def test_nothing_that_stands_in_a_table_ends_the_check(tampered, statement, codes):
    """SQLite keeps any type in any column; each is told of, and no entry is accused for it."""
    assert set(tampered(600, statement)) == codes


@pytest.mark.parametrize("table", ["entries", "leaves", "tiles", "tree", "checkpoints", "signers", "personal_facts"])
def test_a_table_that_is_gone_is_told(fill, intruder, table):
    """The check goes on with what is there."""
    store = fill(300)
    checkpoint(store)
    intruder().do(f"DROP TABLE {table}")

    report = verify(store)
    assert any(each.code == "guard" and "can't be read" in each.says for each in report.findings)


def test_rows_that_are_not_numbered_end_the_reading_of_a_table(fill, intruder):
    """A table without its key could hold the same rows for ever."""
    store = fill(600)
    intruder().do(
        "CREATE TABLE other (sequence, id TEXT, kind TEXT, pack TEXT, leaf BLOB, body BLOB)",
        "INSERT INTO other SELECT * FROM entries",
        "PRAGMA legacy_alter_table = ON",
        "DROP TABLE entries",
        "ALTER TABLE other RENAME TO entries",
        "UPDATE entries SET sequence = '0' WHERE sequence = 256",
    )

    report = verify(store)
    assert any("numbered by integers that grow" in each.says for each in report.findings)
    assert ("removed", 256, 256) in found(report)


def test_stored_hashes_that_changed_places_accuse_no_entry(fill, intruder):
    """The entries lead to what was signed."""
    store = fill(600)
    checkpoint(store)
    bad = intruder()
    hashes = bad.get("SELECT hashes FROM tiles WHERE number = 0")[0][0]
    hashes = hashes[:32] + hashes[64:96] + hashes[32:64] + hashes[96:]
    root = subtree_root([hashes[at : at + 32] for at in range(0, len(hashes), 32)])
    bad.do(("UPDATE tiles SET hashes = ?, root = ? WHERE number = 0", (hashes, root)))

    assert found(verify(store)) == [("hash", 2, 2), ("hash", 3, 3)]


@pytest.mark.long
def test_tiles_above_the_first_level_are_checked(fill, intruder):
    """Receipts are made from them."""
    store = fill(65_536)
    checkpoint(store)
    assert verify(store).is_good
    intruder().do("UPDATE tiles SET hashes = zeroblob(8192) WHERE level = 1")
    assert found(verify(store)) == [("hash", None, None)]


@pytest.mark.parametrize("count", [1024, 2048])
def test_hostile_repeats_are_compared_in_time(fill, intruder, new_entry, count):
    """One stored hash for all entries, and entries that alternate, would keep a plain comparison busy for hours."""
    store = fill(count)
    bad = intruder()
    one, other = bad.get("SELECT body FROM entries WHERE sequence = 1")[0][0], new_entry().body
    hash_ = leaf_hash(one)
    bad.do(
        ("UPDATE tiles SET hashes = ?, root = ? WHERE level = 0", (hash_ * WIDTH, subtree_root([hash_] * WIDTH))),
        ("UPDATE entries SET body = ? WHERE sequence % 2 = 0", (one,)),
        ("UPDATE entries SET body = ? WHERE sequence % 2 = 1", (other,)),
    )

    assert not verify(store).is_good


def test_a_tree_that_was_emptied_accuses_no_entry(tampered):
    """Neither tiles nor the tree's row say how many there were; what was signed does."""
    assert tampered(600, "DELETE FROM tiles", "UPDATE tree SET size = 0, frontier = x''") == [
        ("hash", None, None),
        ("hash", 1, 512),
    ]


def test_missing_triggers_are_told(fill, intruder):
    """Somebody has made room for changes, or runs the log without its guards."""
    store = fill(3)
    assert verify(store).is_good
    intruder()

    (finding,) = verify(store).findings
    assert finding.code == "guard"
    assert "entries_no_update" in finding.says


def test_a_trigger_that_does_nothing_is_no_guard(fill, intruder):
    """Its name alone keeps nobody from anything."""
    store = fill(3)
    Intruder(intruder().path).do("CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT 1; END")

    assert "entries_no_update" in verify(store).findings[0].says


def test_triggers_of_postgresql_that_are_off_are_told(postgresql_store):
    """Its owner can switch them off without removing them."""
    assert verify(postgresql_store).is_good
    with postgresql_store.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE entries DISABLE TRIGGER entries_keep")
        connection.exec_driver_sql("DROP TABLE personal_keys")

    first, second = verify(postgresql_store).findings
    assert (first.code, second.code) == ("guard", "guard")
    assert "entries_keep" in first.says
    assert "personal" in second.says


def forged(store, bad, signer):
    """Change an entry, make all stored hashes anew, and sign what came of it."""
    bad.change(20)
    bad.rebuild()
    size, frontier = bad.get("SELECT size, frontier FROM tree")[0]
    note = sign_checkpoint(Checkpoint(signer.name, size, Frontier.from_bytes(size, frontier).root()), [signer])
    bad.do(
        "DELETE FROM checkpoints WHERE size > 6",
        ("INSERT INTO checkpoints VALUES (?, ?, ?)", (size, signer.verifier.key_id.hex(), note)),
    )


@pytest.fixture
def rotated(fill, signed_store):
    """A log of 26 entries whose key was changed at entry 6; returns the old key and the new one."""
    fill(5)
    path = signed_store.notary.path
    old = Signer.parse(path.read_text().strip())
    rotate(signed_store, signed_store.notary, "the old one may be known to others", "operator")
    fill(20)
    checkpoint(signed_store)
    return old, Signer.parse(path.read_text().strip())


@pytest.mark.parametrize("trusted", [[], ["old"], ["old", "new"]])
def test_a_key_that_was_replaced_vouches_for_nothing_that_came_after(signed_store, rotated, intruder, trusted):
    """Whoever has stolen it could sign another log."""
    keys = [{"old": rotated[0], "new": rotated[1]}[each].verifier for each in trusted]
    assert verify(signed_store, keys).is_good
    forged(signed_store, intruder(), rotated[0])

    report = verify(signed_store, keys)
    assert found(report) == [("checkpoint", None, None)]
    assert "a key that was replaced at entry 6" in report.findings[1].says
    assert report.signed == 6


@pytest.mark.parametrize("erased", [b"1e999", b"1" + b"0" * 30, b"-1", b"0", b"2", b"3", b"null", b'"1"', b"[]"])
def test_an_erasure_of_no_entry_before_it_is_told(signed_store, new_entry, pack, erased):
    """What is written as a number may be of any size."""
    signed_store.append(new_entry(), pack)
    signed_store.append(Entry("x", b'{"erased":{"sequence":%b},"id":"x","kind":"erasure"}' % erased, "erasure"), None)
    checkpoint(signed_store)

    assert found(verify(signed_store)) == [("row", 2, 2)]


@pytest.mark.parametrize("trusted", [slice(0, 1), slice(0, 2), slice(1, 2)])
def test_a_key_that_was_replaced_introduces_no_other(fill, signed_store, trusted):
    """Whoever finds the old key, and can write into the log, makes no key of theirs the log's."""
    fill(5)
    old = Signer.parse(signed_store.notary.path.read_text().strip())
    rotate(signed_store, signed_store.notary, "yearly", "operator")
    fill(3)
    thief = Signer.generate(old.name)
    note = write_note(Introduction(thief.verifier, 10).text, [old, thief])
    with signed_store.database.reading() as connection:
        keys = verifiers(connection)
    with signed_store.deed(write_rotation(note, Stamp(), "stolen", "thief"), is_signed=True) as deed:
        register(deed.connection, thief.verifier, note)
        made = Checkpoint(thief.name, deed.frontier.size, deed.frontier.root())
        keep_checkpoint(deed.connection, Signed(made.size, sign_checkpoint(made, [thief])), thief.verifier)

    report = verify(signed_store, keys[trusted])
    assert ("key", 10, 10) in found(report)
    assert thief.verifier.text not in report.keys


@pytest.mark.parametrize("trusted", [slice(0, 0), slice(0, 1), slice(0, 2)])
def test_a_key_that_was_replaced_does_not_come_back_by_its_own_word(fill, signed_store, trusted):
    """An entry that brings it once more would make its thief's checkpoints the log's."""
    fill(5)
    old = Signer.parse(signed_store.notary.path.read_text().strip())
    rotate(signed_store, signed_store.notary, "yearly", "operator")
    fill(3)
    note = write_note(Introduction(old.verifier, 10).text, [old])
    with signed_store.database.reading() as connection:
        keys = verifiers(connection)
    with signed_store.deed(write_rotation(note, Stamp(), "stolen", "thief"), is_signed=True) as deed:
        made = Checkpoint(old.name, deed.frontier.size, deed.frontier.root())
        keep_checkpoint(deed.connection, Signed(made.size, sign_checkpoint(made, [old])), old.verifier)

    report = verify(signed_store, keys[trusted])
    assert ("key", 10, 10) in found(report)
    if trusted.stop:
        assert ("checkpoint", None, None) in found(report)


@pytest.mark.parametrize("without_old", [False, True])
@pytest.mark.parametrize("trusted", [[0], [1], [0, 1], [0, 2], [1, 2], [0, 1, 2]])
def test_keys_that_followed_one_another_are_believed(fill, signed_store, trusted, without_old):
    """Whichever of them somebody knows; one for which the old key did not sign must be known itself."""
    for number in range(2):
        fill(3)
        rotate(signed_store, signed_store.notary, "yearly", "operator", without_old=without_old and number == 1)
    fill(3)
    with signed_store.database.reading() as connection:
        keys = verifiers(connection)

    report = verify(signed_store, [keys[each] for each in trusted])
    assert report.is_good == (2 in trusted or not without_old)


def test_keys_that_no_entry_connects_are_told(fill):
    """A thief of the old key has dropped the entry that replaced it; whoever knows both keys is told."""
    store = fill(5)
    checkpoint(store)
    with store.database.reading() as connection:
        own = verifiers(connection)[0]

    report = verify(store, [own, Signer.generate(own.name).verifier])
    assert found(report) == [("key", None, None), ("key", None, None)]


@pytest.mark.parametrize("kind", ["rotation", "erasure"])
def test_deeds_count_whatever_the_column_says(rotated, desk, pack, signed_store, intruder, kind):
    """What is told is told by the entry."""
    kept = signed_store.append(
        write_entry(desk.decide(read_request({"facts": {"member": {"name": "Zoë"}}})), Stamp()), pack
    )
    erase(signed_store, kept, "asked by the member", "operator")
    intruder().do(f"UPDATE entries SET kind = 'decision' WHERE kind = '{kind}'")

    sequence = 6 if kind == "rotation" else 28
    assert found(verify(signed_store, [rotated[0].verifier])) == [("row", sequence, sequence)]


@pytest.mark.parametrize(
    ("statements", "code"),
    [
        (["DELETE FROM personal_keys WHERE sequence = 2"], "erased"),
        (["DELETE FROM personal_facts WHERE sequence = 2"], "erased"),
        (["DELETE FROM personal_facts WHERE sequence = 2", "DELETE FROM personal_keys WHERE sequence = 2"], "erased"),
        (["UPDATE personal_keys SET key = zeroblob(32) WHERE sequence = 2"], "personal"),
        (["UPDATE personal_keys SET key = 'x' WHERE sequence = 2"], "personal"),
        (["UPDATE personal_keys SET key = x'' WHERE sequence = 2"], "personal"),
        (["UPDATE personal_facts SET sealed = zeroblob(80) WHERE sequence = 2"], "personal"),
        (["UPDATE personal_facts SET sealed = CAST(x'ff' AS TEXT) WHERE sequence = 2"], "personal"),
    ],
)
def test_personal_facts_are_what_the_entry_commits_to_or_erased(signed_store, desk, pack, intruder, statements, code):
    """Erasing without a trace would be a way to hide; so would other facts."""
    for name in ("Zoë", "Ada", "Eve"):
        facts = {"member": {"name": name}}
        signed_store.append(write_entry(desk.decide(read_request({"facts": facts})), Stamp()), pack)
    assert verify(signed_store).is_good
    intruder().do(*statements)

    assert found(verify(signed_store)) == [(code, 2, 2)]


def test_facts_that_stand_although_they_were_erased_are_told(signed_store, desk, pack, intruder):
    """A backup was restored, and nobody has done the erasures again."""
    kept = signed_store.append(
        write_entry(desk.decide(read_request({"facts": {"member": {"name": "Zoë"}}})), Stamp()), pack
    )
    bad = intruder()
    ((key,),) = bad.get("SELECT key FROM personal_keys")
    erase(signed_store, kept, "asked by the member", "operator")
    assert found(verify(signed_store)) == []
    bad.do(("INSERT INTO personal_keys VALUES (1, ?)", (key,)))

    assert found(verify(signed_store)) == [("personal", 1, 1)]


@pytest.mark.parametrize(
    "statements",
    [
        [],
        ["DELETE FROM tiles WHERE number > 0"],
        ["DELETE FROM tiles", "DELETE FROM tree"],
        ["DELETE FROM entries WHERE sequence = 8191", "UPDATE entries SET sequence = 200000000 WHERE sequence = 8192"],
    ],
)
def test_memory_stays_flat(fill, intruder, statements):
    """A log doesn't fit into memory, whatever was done to it."""
    store = fill(8192)
    bad = intruder()
    bad.change(1)
    bad.do(*statements)
    tracemalloc.start()
    try:
        verify(store)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * 1024 * 1024  # the entries alone are 4.8 million bytes


SIZES = (1, 5, 255, 256, 257, 511, 512, 513, 600, 800)
COLUMNS = "sequence, id, kind, pack, leaf, body"


@pytest.fixture(scope="module")
def signed_logs(made_logs, tmp_path_factory):
    """Make a signed log of some size, once for each, and return its folder."""
    made = {}

    def make(size):
        if size not in made:
            made[size] = folder = tmp_path_factory.mktemp(f"log-{size}")
            shutil.copytree(made_logs(size), folder, dirs_exist_ok=True)
            store = Store(open_database(str(folder / "audit.db")), Notary(folder / "audit.key", "library.example/log"))
            checkpoint(store)
            store.close()
        return made[size]

    return make


class Edits:
    """What somebody did to the rows of a log, one edit after the other, and who is guilty.

    rows  as they stand now, each with the sequence at which it was appended; None for one that was inserted
    """

    def __init__(self, rows, random, new_entry):
        self.original = [tuple(row) for row in rows]
        self.rows = [[*row, row[0]] for row in rows]
        self.random, self.new_entry = random, new_entry
        self.touched = set()
        self.closes_gaps = random.random() < 0.5
        for _ in range(random.randint(1, 4)):
            getattr(self, random.choice(["change", "hide", "remove", "insert", "swap", "copy"]))()
        if self.closes_gaps:
            for place, row in enumerate(self.rows, start=1):
                row[0] = place

    def at(self):
        """Choose a row, often one at a border."""
        last = len(self.rows) - 1
        chosen = self.random.choice([0, last, 254, 255, 256, self.random.randrange(last + 1)])
        return min(chosen, last)

    def change(self, *, hides=False):
        """Change the bytes of an entry."""
        if not self.rows:
            return
        row = self.rows[self.at()]
        row[5] = row[5].replace(b"2026-01-3", b"2026-02-%d" % self.random.randint(1, 9))
        if hides:
            row[4] = leaf_hash(row[5])
        self.touched.add(row[6])

    def hide(self):
        """Change them and the hash beside them."""
        self.change(hides=True)

    def remove(self):
        """Remove an entry."""
        if self.rows:
            self.touched.add(self.rows.pop(self.at())[6])

    def insert(self):
        """Put in one that was never appended."""
        if self.closes_gaps and self.rows:
            entry, at = self.new_entry(), self.at()
            self.rows.insert(at, [0, entry.id, "decision", self.rows[at][3], entry.leaf, entry.body, None])

    def swap(self):
        """Let two entries change places."""
        if len(self.rows) < 2:
            return
        i, j = self.random.sample(range(len(self.rows)), 2)
        one, other = self.rows[i], self.rows[j]
        self.rows[i], self.rows[j] = [one[0], *other[1:]], [other[0], *one[1:]]
        self.touched |= {one[6], other[6]}

    def copy(self):
        """Put the bytes of one entry in place of another's."""
        if len(self.rows) < 2:
            return
        i, j = self.at(), self.random.randrange(len(self.rows))
        if i != j:
            self.rows[i][4:6] = self.rows[j][4:6]
            self.touched.add(self.rows[i][6])

    @property
    def now(self):
        """The rows as they stand."""
        return [tuple(row[:6]) for row in self.rows]

    def lost(self):
        """Return the sequences of entries whose bytes stand nowhere any more."""
        there = {row[5] for row in self.rows}
        return {row[0] for row in self.original if row[5] not in there}

    def displaced(self):
        """Return the sequences of entries that do stand elsewhere, if only to make room."""
        return {row[6] for row in self.rows if row[6] != row[0]}

    def guilty_places(self):
        """Return the places of rows that were inserted, changed or moved."""
        return {row[0] for row in self.rows if row[6] is None or row[6] in self.touched}


def check_findings(edits, report):
    """What was done is found, all that is lost is in the range of some finding, and nobody else is named alone."""
    told = [each for each in report.findings if each.code != "guard"]
    assert bool(told) == (edits.now != edits.original)
    ranges = [(each.first, each.last) for each in told if each.first is not None]
    assert all(first <= last for first, last in ranges)
    for sequence in edits.lost():
        assert any(first <= sequence <= last for first, last in ranges), sequence
    for each in told:
        if each.first == each.last and each.code in ("changed", "removed", "moved", "inserted", "hash", "row"):
            guilty = edits.guilty_places() if each.code in ("inserted", "row") else edits.touched
            if each.code == "moved":
                guilty = guilty | edits.displaced()
            assert each.first in guilty, each


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_done_to_entries_is_found_and_no_other_is_named(signed_logs, open_store, tmp_path, new_entry, seed):
    """Four edits at once, at borders of tiles above all, with hashes hidden or not, gaps closed or left."""
    random = Random(seed)
    shutil.copytree(signed_logs(random.choice(SIZES)), tmp_path / "log")
    store = open_store(tmp_path / "log" / "audit.db")
    bad = Intruder(tmp_path / "log" / "audit.db")
    edits = Edits(bad.get(f"SELECT {COLUMNS} FROM entries ORDER BY sequence"), random, new_entry)
    bad.do("DELETE FROM entries", *(("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", row) for row in edits.now))

    check_findings(edits, verify(store))


def forge(bad, random):
    """Do something to the stored hashes as well, so that they speak for the entries as they stand."""
    rows = bad.get("SELECT sequence, body FROM entries ORDER BY sequence")
    grown = Frontier().extended([leaf_hash(body) for _, body in rows])
    tiles = len(rows) // WIDTH
    begin, tile = random.randint(tiles * WIDTH, len(rows) + 1), random.randrange(max(tiles, 1))
    forged = [(leaf_hash(body), sequence) for sequence, body in rows]
    deeds = {
        "no tile": [f"DELETE FROM tiles WHERE level = 0 AND number = {tile}"],
        "no tiles": ["DELETE FROM tiles"],
        "tree": [("UPDATE tree SET size = ?, frontier = ?", (grown.size, grown.to_bytes()))],
        "size": [("UPDATE tree SET size = size + ?", (random.choice([-1, 1, 256]),))],
        "frontier": ["UPDATE tree SET frontier = zeroblob(length(frontier))"],
        "beside": [("UPDATE entries SET leaf = ? WHERE sequence = ?", each) for each in forged],
        "leaves": [("UPDATE leaves SET hash = ? WHERE sequence = ?", each) for each in forged],
        "no leaves": [f"DELETE FROM leaves WHERE sequence >= {begin}"],
    }
    for _ in range(random.randint(1, 3)):
        deed = random.choice(["tile", *deeds])
        if deed != "tile":
            bad.do(*deeds[deed])
        elif tiles:
            bad.forge_tile(tile)


@pytest.mark.parametrize("seed", range(60))
def test_forged_hashes_hide_nothing_from_what_was_signed(signed_logs, open_store, tmp_path, new_entry, seed):
    """Whatever they say: entries that are not those which were signed don't continue the checkpoint."""
    random = Random(1000 + seed)
    size = random.choice(SIZES)
    shutil.copytree(signed_logs(size), tmp_path / "log")
    store = open_store(tmp_path / "log" / "audit.db")
    bad = Intruder(tmp_path / "log" / "audit.db")
    edits = Edits(bad.get(f"SELECT {COLUMNS} FROM entries ORDER BY sequence"), random, new_entry)
    bad.do("DELETE FROM entries", *(("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", row) for row in edits.now))
    forge(bad, random)
    ((note,),) = bad.get("SELECT note FROM checkpoints")
    report = verify(store, given=[Given(note)])

    is_continued = [(row[0], row[5]) for row in edits.now[:size]] == [(row[0], row[5]) for row in edits.original]
    assert report.given[0].state == ("continued" if is_continued else "contradicted")
    told = [(each.first, each.last) for each in report.findings if each.code not in {"guard", "hash", "row"}]
    assert is_continued or told
    for sequence in edits.lost():
        assert any(first <= sequence <= last for first, last in told if first is not None), sequence


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_to_entries_on_a_server_is_found(postgresql_store, pack, new_entry, tmp_path, seed):
    """The same, in the other database."""
    store = postgresql_store
    store.notary = Notary(tmp_path / "audit.key", "library.example/log")
    store.prepare()
    store.append_all([Append(new_entry(), pack, None) for _ in range(270)])
    checkpoint(store)
    with store.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE entries DISABLE TRIGGER USER")
        rows = connection.exec_driver_sql(f"SELECT {COLUMNS} FROM entries ORDER BY sequence").all()
        edits = Edits(rows, Random(seed), new_entry)
        connection.exec_driver_sql("DELETE FROM entries")
        for row in edits.now:
            connection.exec_driver_sql("INSERT INTO entries VALUES (%s, %s, %s, %s, %s, %s)", row)

    check_findings(edits, verify(store))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pack_files SET content = CAST(replace(CAST(content AS TEXT), 'loan', 'loam') AS BLOB)",
        "UPDATE pack_files SET content = 'text' WHERE path = 'pack.yaml'",
        "DELETE FROM pack_files WHERE path = 'pack.yaml'",
        "DELETE FROM pack_files",
    ],
)
def test_a_pack_that_is_not_the_one_that_decided_is_told(fill, intruder, statement):
    """Who decides again with it would get another answer, and blame the entry."""
    store = fill(3)
    checkpoint(store)
    intruder().do(statement)

    assert [each[0] for each in found(verify(store)) if each[0] != "guard"] == ["pack"]


@pytest.mark.parametrize(
    "statements",
    [
        ["DELETE FROM pack_files", "DELETE FROM packs"],
        ["DELETE FROM pack_files", "DELETE FROM packs", "UPDATE entries SET pack = NULL"],
        ["DELETE FROM packs"],
    ],
)
def test_a_pack_that_is_gone_is_told_by_the_entries_that_it_decided(fill, intruder, pack, statements):
    """Nothing of it is left in its own tables; nobody could decide again."""
    store = fill(300)
    checkpoint(store)
    intruder().do(*statements)
    said = [each.says for each in verify(store).findings if each.code == "pack"]

    assert said == [f"The log does not have the pack {pack.digest}, though entries say that it decided."]


def test_many_entries_without_a_signature_are_told(fill, intruder):
    """Whoever removes the checkpoints could write what they like behind the last one that is left."""
    store = fill(2100)
    assert verify(store).is_good
    intruder().do("DELETE FROM checkpoints WHERE size > 1100")
    assert found(verify(store)) == []  # a thousand
    intruder().do("DELETE FROM checkpoints")

    assert found(verify(store)) == [("unsigned", 1, 2100)]


def test_as_many_entries_as_the_service_leaves_without_a_signature_are_fine(fill, intruder):
    """It signs with every 1,024th."""
    store = fill(1000)
    fill(23)
    intruder().do("DELETE FROM checkpoints")
    assert found(verify(store)) == []
    fill(1)
    intruder().do("DELETE FROM checkpoints")

    assert found(verify(store)) == [("unsigned", 1, 1024)]


def test_what_comes_of_a_finding_does_not_hide_it():
    """One entry that is gone leaves thousands beside which the wrong personal facts stand."""
    report = LogReport()
    for sequence in range(1, 1202):
        report.add("personal", "It has no such facts.", sequence)
    report.add("removed", "Entry 9 was removed.", 9)
    report.put_last("personal")

    assert (report.findings[0].code, len(report.findings), report.more) == ("removed", 1001, 201)


def test_whoever_trusts_only_a_key_that_was_replaced_is_told(signed_store, rotated):
    """The log is believed; the key that speaks now is to be kept as well."""
    old, new = (each.verifier for each in rotated)

    assert verify(signed_store, [old]).replaced == [(old, 6, new)]
    assert [verify(signed_store, keys).replaced for keys in ([new], [old, new], [])] == [[], [], []]
