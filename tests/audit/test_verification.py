"""Checking the whole log: whatever somebody with full power over the database does to it is found and named."""

import sqlite3
from contextlib import closing

import pytest

from service.audit.entries import write_entry, write_rotation
from service.audit.erasure import erase
from service.audit.merkle import Frontier, leaf_hash, subtree_root
from service.audit.notary import Notary, verifiers
from service.audit.notes import Signer, write_note
from service.audit.receipts import checkpoint
from service.audit.rotation import rotate
from service.audit.stamps import Stamp
from service.audit.store import Append, Store
from service.audit.successions import introduction
from service.audit.verification import verify
from service.requests import read_request

WIDTH = 256


@pytest.fixture
def signed_store(open_store, path, tmp_path):
    """An empty store in a file, whose checkpoints are signed."""
    store = open_store(path)
    store.notary = Notary(tmp_path / "audit.key", "library.example/log")
    store.prepare()
    return store


@pytest.fixture
def fill(signed_store, pack, new_entry):
    """Append so many entries, in one transaction for each 100."""

    def run(count: int) -> Store:
        while count > 0:
            asked = [Append(new_entry(), pack, None) for _ in range(min(count, 100))]
            signed_store.append_all(asked)
            count -= 100
        return signed_store

    return run


class Intruder:
    """Somebody who can write anything into the file, and knows how it is built."""

    def __init__(self, path):
        self.path = path
        with closing(sqlite3.connect(path)) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")

    def do(self, *statements):
        """Run statements, each with or without values."""
        with closing(sqlite3.connect(self.path)) as connection:
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
        for (sequence,) in self.get(
            f"SELECT sequence FROM entries WHERE sequence >= {first} ORDER BY sequence {order}"
        ):
            self.do(f"UPDATE entries SET sequence = {sequence + by} WHERE sequence = {sequence}")

    def rebuild(self):
        """Make all stored hashes anew from the entries as they stand."""
        leaves = [leaf_hash(body) for (body,) in self.get("SELECT body FROM entries ORDER BY sequence")]
        frontier = Frontier().extended(leaves)
        self.do("DELETE FROM tiles", ("UPDATE tree SET size = ?, frontier = ?", (frontier.size, frontier.to_bytes())))
        for number in range(len(leaves) // WIDTH):
            row = leaves[number * WIDTH : (number + 1) * WIDTH]
            self.do(("INSERT INTO tiles VALUES (0, ?, ?, ?)", (number, subtree_root(row), b"".join(row))))
        for sequence, leaf in enumerate(leaves, start=1):
            self.do(("UPDATE entries SET leaf = ? WHERE sequence = ?", (leaf, sequence)))


@pytest.fixture
def intruder(path):
    """Somebody who can write anything into the file."""
    return lambda: Intruder(path)


def found(report):
    """Return what was found, and of which entries."""
    return [(each.code, each.first, each.last) for each in report.findings]


def test_a_log_that_nobody_touched_is_good(fill):
    """Every entry, stored hash and checkpoint agrees."""
    store = fill(600)
    signed = checkpoint(store)

    report = verify(store)
    assert (report.is_good, report.entries, report.signed, signed.size) == (True, 600, 600, 600)
    assert report.checkpoints == 1
    assert not report.vouched


def test_an_empty_log_is_good(signed_store):
    """There is a checkpoint of nothing, too."""
    checkpoint(signed_store)

    report = verify(signed_store)
    assert (report.is_good, report.entries, report.checkpoints) == (True, 0, 1)


@pytest.mark.parametrize("sequence", [1, 128, 256, 257, 512, 513, 599, 600])
@pytest.mark.parametrize("hide", [False, True])
def test_an_entry_that_was_changed_is_named(fill, intruder, sequence, hide):
    """The hash beside it can be changed as well; the tile, or the checkpoint over the last block, still tells."""
    store = fill(600)
    checkpoint(store)
    intruder().change(sequence, hide=hide)

    report = verify(store)
    if hide and sequence > 512:
        assert ("rewritten", 1, 600) in found(report)  # as no checkpoint was signed in between
    else:
        assert ("changed", sequence, sequence) in found(report)


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

    codes = {each for each in found(verify(store)) if each[0] in ("moved", "changed", "removed", "inserted")}
    assert codes in (
        {("moved", one, one), ("moved", other, other)},
        {("moved", one, one)},  # of neighbours one has moved past the other
        {("moved", other, other)},
    )


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

    assert verify(store).is_good
    assert found(verify(store, earlier=[kept])) == [("truncated", 591, 600)]


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

    assert verify(store).is_good
    assert found(verify(store, earlier=[kept])) == [("rewritten", 1, 300)]


def test_a_stored_hash_that_was_changed_does_not_accuse_its_entry(fill, intruder):
    """The entry leads to what was signed; what lies beside it doesn't."""
    store = fill(300)
    checkpoint(store)
    bad = intruder()
    hashes = bytearray(bad.get("SELECT hashes FROM tiles")[0][0])
    hashes[40] ^= 1
    bad.do(("UPDATE tiles SET hashes = ?", (bytes(hashes),)))

    codes = found(verify(store))
    assert ("hash", 2, 2) in codes
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
    rotate(store, store.notary, "the disk is broken", "operator", is_lost=True)

    assert found(verify(store)) == [("key", 6, 6)]


def test_a_rotation_that_somebody_wrote_into_the_log_gains_no_trust(fill, signed_store):
    """An entry alone vouches for nobody; the old key must have signed beside the new one."""
    store = fill(5)
    with store.database.reading() as connection:
        own = verifiers(connection)[0]
    other = Signer.generate(own.name)
    note = write_note(introduction(other.verifier), [other])
    with store.deed(write_rotation(other.verifier, note, Stamp(), "trick", None)):
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
