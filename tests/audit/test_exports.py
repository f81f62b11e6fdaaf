"""Exports: what is written of the log, in each format, and that nothing half written is ever left behind."""

import base64
import csv
import fcntl
import gc
import hashlib
import json
import os
import re
import resource
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.audit.exporting.export_verification import check_export
from service.audit.exporting.exports import FORMATS, ExportRefused, write_export
from service.audit.log.entries import Entry, write_entry
from service.audit.log.erasure import erase
from service.audit.log.notary import Notary, verifiers
from service.audit.log.receipts import checkpoint
from service.audit.log.stamps import Stamp
from service.audit.log.store import Store
from service.audit.proof.checkpoints import open_checkpoint
from service.audit.proof.merkle import cover
from service.audit.storage.databases import open_database
from service.audit.storage.unavailable import EntryDamaged, StoreUnavailable
from service.decision.requests import read_request
from service.jsontext import parse
from service.pack.loader import load_pack
from tests.audit.tampering import tamper

COUNT = 11
CARD = 'é,"7"\r\n\U0001f4d6=1'  # what CSV, UTF-8 and spreadsheets trip over
CALLER = 'desk,"east"'
REFERENCE = 'ticket "4711", é'
NAME = "Ines Duarte"


def entry(desk, number):
    """Return an entry of ten, each of which decides another case."""
    facts = {"loan": {"pages": number + 1}, "member": {"card": {"number": CARD}, "name": NAME}}
    named = {"reference": REFERENCE} if number else {}
    decided = desk.decide(read_request({"facts": facts, "as_of": "2026-03-01T09:00:00+01:00", **named}))
    return write_entry(decided, Stamp(at=f"2026-01-31T09:00:00.{number:03}Z"), CALLER if number else None)


@pytest.fixture(scope="module")
def kept_at(desk, pack):
    """Return what makes a log of ten decisions and an erasure, signed, at a URL with a key file."""
    entries = [entry(desk, number) for number in range(COUNT - 1)]

    def make(url, key):
        store = Store(open_database(str(url)), Notary(key, "library.example/log"))
        store.prepare()
        for each in entries:
            store.append(each, pack)
        erase(store, next(store.entries(2)), "asked by the member", "desk")
        store.close()

    return make


@pytest.fixture(scope="module")
def kept_in_file(kept_at, tmp_path_factory):
    """The file of such a log, and that of its key."""
    folder = tmp_path_factory.mktemp("kept")
    kept_at(folder / "audit.db", folder / "log.key")
    return folder / "audit.db", folder / "log.key"


@pytest.fixture(scope="module")
def kept_on_server(kept_at, postgresql, tmp_path_factory):
    """Such a log in PostgreSQL, dumped, and the file of its key."""
    key = tmp_path_factory.mktemp("kept") / "log.key"
    postgresql.empty()
    kept_at(postgresql.url(), key)
    return postgresql.dump(), key


@pytest.fixture
def log(request, open_store, kind, path, tmp_path):
    """Ten decisions and an erasure, signed, on each kind of database: a copy, to do with as one likes."""
    if kind == "postgresql":
        (dump, key), postgresql = request.getfixturevalue("kept_on_server"), request.getfixturevalue("postgresql")
        postgresql.restore(dump)
        url = postgresql.url()
    else:
        file, key = request.getfixturevalue("kept_in_file")
        url = shutil.copy(file, path)
    return open_store(url, key=shutil.copy(key, tmp_path / "log.key"))


@pytest.fixture
def bodies(log):
    """The entries of the log, in their order."""
    return [kept.entry.body for kept in log.entries()]


@pytest.fixture
def keys(log):
    """The public keys of the log."""
    with log.database.reading() as connection:
        return verifiers(connection)


@pytest.fixture
def folder(tmp_path):
    """Where an export is to be."""
    return tmp_path / "export"


def leaf(body):
    """Return the hash of an entry in the tree."""
    return hashlib.sha256(b"\0" + body).digest()


def root(leaves):
    """Return the root of a tree, straight from its definition (RFC 9162, 2.1.1)."""
    if len(leaves) == 1:
        return leaves[0]
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(leaves[:middle]) + root(leaves[middle:])).digest()


def everything_in(folder):
    """Return the names of all files below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("asked", [(0, None), (0, 4), (3, 7), (3, None), (6, 7), (COUNT - 1, None)])
def test_an_export_verifies_whatever_its_range_and_format(log, keys, folder, format_, asked):
    """From the first entry or not, up to the last one or not, or only one."""
    after, until = asked
    last = until or COUNT
    manifest = write_export(log, folder, format_, after, until)
    checked = check_export(folder, keys)

    assert (manifest.first, manifest.last, manifest.size) == (after + 1, last, COUNT)
    assert checked.findings == []
    assert (checked.manifest, checked.entries, checked.vouched) == (manifest, last - after, True)
    assert checked.checkpoint == open_checkpoint(checkpoint(log).note, keys)


def test_ndjson_has_an_entry_on_each_line_byte_for_byte(log, bodies, folder):
    """What `sha256sum` makes of a line is what the document's `audit` says."""
    write_export(log, folder, "ndjson", 2, 9)

    assert (folder / "entries.ndjson").read_bytes() == b"".join(body + b"\n" for body in bodies[2:9])


def test_any_reader_of_csv_finds_columns_and_the_exact_entries(log, bodies, pack, folder):
    """RFC 4180, with commas, quotes, line breaks and letters beyond ASCII."""
    write_export(log, folder, "csv")
    with (folder / "entries.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)

    assert header == [
        *(
            "sequence",
            "id",
            "kind",
            "decided_at",
            "as_of",
            "caller",
            "reference",
            "policy",
            "version",
            "digest",
            "entry",
        )
    ]
    assert [row[-1].encode() for row in rows] == bodies
    told = parse(bodies[1])
    at, as_of = "2026-01-31T09:00:00.001Z", told["as_of"]
    assert rows[1][:-1] == [
        "2",
        told["id"],
        "decision",
        at,
        as_of,
        CALLER,
        REFERENCE,
        pack.id,
        pack.version,
        pack.digest,
    ]
    assert told["facts"]["member"]["card"]["number"] == CARD
    assert rows[-1][2:-1] == ["erasure", "", "", "desk", "", "", "", ""]
    assert (folder / "entries.csv").read_bytes().count(b"\r\n") == COUNT + 1


def test_parquet_has_the_columns_with_their_types_and_the_exact_entries(log, bodies, pack, folder):
    """For programs that read columns; what an entry has not is null."""
    write_export(log, folder, "parquet")
    table = pq.read_table(folder / "entries.parquet")
    rows = table.to_pylist()

    assert table.schema.field("sequence").type == pa.int64()
    assert table.schema.field("decided_at").type == pa.timestamp("ms", "UTC")
    others = set(table.column_names) - {"sequence", "decided_at"}
    assert {table.schema.field(name).type for name in others} == {pa.string()}
    assert [row["entry"].encode() for row in rows] == bodies
    assert [row["sequence"] for row in rows] == list(range(1, COUNT + 1))
    assert rows[1]["decided_at"] == datetime(2026, 1, 31, 9, 0, 0, 1000, UTC)
    assert (rows[0]["caller"], rows[1]["caller"], rows[1]["digest"]) == (None, CALLER, pack.digest)
    assert [row["reference"] for row in rows[:3]] == [None, REFERENCE, REFERENCE]
    assert {rows[-1][name] for name in ("decided_at", "as_of", "policy", "version", "digest")} == {None}
    assert pq.ParquetFile(folder / "entries.parquet").metadata.row_group(0).column(10).compression == "ZSTD"


@pytest.mark.parametrize("format_", FORMATS)
def test_an_entry_with_an_integer_beyond_the_doubles_is_exported(log, desk, pack, keys, folder, format_):
    """Such facts were taken once; nothing is wrong with what says so."""
    decided = desk.decide(read_request({"facts": {"loan": {"pages": 10**400}}}))
    log.append(write_entry(decided, Stamp()), pack)
    write_export(log, folder, format_)
    assert check_export(folder, keys).is_good


def test_the_manifest_leads_to_the_signed_root(log, bodies, keys, folder):
    """Worked out here from the definition of the tree, not by what wrote it."""
    write_export(log, folder, "ndjson", 3, 6)
    told = json.loads((folder / "manifest.json").read_bytes())
    leaves = [leaf(body) for body in bodies]

    def written(begin, end):
        return base64.b64encode(root(leaves[begin:end])).decode()

    assert (told["format"], told["after"], told["first"], told["last"]) == ("clausewise-export-v1", 3, 4, 6)
    assert told["left"] == [written(0, 2), written(2, 3)]
    assert told["right"] == [[1, written(6, 8)], [1, written(8, 10)], [0, written(10, 11)]]
    assert [level for level, _ in told["right"]] == [level for level, _ in cover(6, COUNT)]
    assert open_checkpoint(told["checkpoint"], keys).root == root(leaves)
    assert told["verifiers"] == [key.text for key in keys]


def test_the_manifest_lists_every_file_with_its_length_and_sha256(log, folder):
    """Those of `sha256sum`."""
    write_export(log, folder)
    told = json.loads((folder / "manifest.json").read_bytes())

    assert sorted([*(each["name"] for each in told["files"]), "manifest.json"]) == everything_in(folder)
    for each in told["files"]:
        content = (folder / each["name"]).read_bytes()
        assert (each["bytes"], each["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert told["files"][0]["entries"] == COUNT


def test_the_packs_that_decided_come_along_and_can_be_loaded(log, pack, folder):
    """So that what was decided can be decided again, by the same rules."""
    manifest = write_export(log, folder)

    assert [(each.policy, each.version, each.digest) for each in manifest.packs] == [
        (pack.id, pack.version, pack.digest)
    ]
    assert load_pack(folder / "packs" / pack.digest.removeprefix("sha256:")).digest == pack.digest


def test_without_decisions_there_are_no_packs(log, folder):
    """An erasure is decided by nobody."""
    assert write_export(log, folder, "csv", COUNT - 1).packs == ()
    assert everything_in(folder) == ["entries.csv", "entries.ndjson", "manifest.json"]


@pytest.mark.parametrize("format_", FORMATS)
def test_personal_facts_never_leave(log, folder, format_):
    """Only what commits to them does."""
    write_export(log, folder, format_)

    contents = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    if format_ == "parquet":
        contents += [row["entry"].encode() for row in pq.read_table(folder / "entries.parquet").to_pylist()]
    assert not any(NAME.encode() in content for content in contents)


def test_only_the_owner_can_read_an_export(log, folder):
    """Cases can be confidential, as in the database."""
    write_export(log, folder)

    assert {path.stat().st_mode & 0o077 for path in [folder, *folder.rglob("*.*")]} == {0}


def test_a_checkpoint_that_covers_the_range_needs_no_key(log, folder, tmp_path):
    """Somebody else may export what was signed already."""
    checkpoint(log)
    reader = Store(log.database)

    assert write_export(reader, folder, "ndjson", 0, COUNT).size == COUNT
    log.append(Entry("y", b'{"id":"y","kind":"rotation"}', "rotation"), None)
    assert write_export(reader, tmp_path / "until", "ndjson", 0, 4).size == COUNT
    with pytest.raises(StoreUnavailable, match="there is no key to sign a checkpoint with"):
        write_export(reader, tmp_path / "all")


# what is refused


def test_a_log_without_entries_is_refused(store, folder):
    """There would be nothing to prove."""
    with pytest.raises(ExportRefused, match="The log has no entries yet"):
        write_export(store, folder)
    assert not folder.exists()


@pytest.mark.parametrize("asked", [(0, 12), (4, 4), (5, 4), (COUNT, None), (-1, 3)])
def test_a_range_that_the_log_has_not_is_refused(log, folder, asked):
    """Rather than be cut to what there is."""
    with pytest.raises(ExportRefused, match=r"There are no entries after .* the log has 11, from 1 to 11\."):
        write_export(log, folder, "ndjson", *asked)
    assert not folder.exists()


@pytest.mark.parametrize("name", ["manifest.json", "packs", "entries.csv", "entries.ndjson"])
def test_an_export_is_never_written_over(log, folder, name):
    """Nor mixed with what is left of one."""
    folder.mkdir()
    (folder / name).write_text("earlier")
    (folder / "readme.txt").write_text("mine")
    with pytest.raises(ExportRefused, match=rf"'{re.escape(str(folder / name))}' is there already"):
        write_export(log, folder)
    assert everything_in(folder) == sorted([name, "readme.txt"])


def test_a_folder_that_is_no_folder_is_refused(log, folder):
    """With the system's reason."""
    folder.write_text("")
    with pytest.raises(ExportRefused, match="can't be written: File exists"):
        write_export(log, folder)


def test_two_exports_into_one_folder_at_a_time_are_refused(log, folder):
    """The second one is."""
    folder.mkdir()
    other = os.open(folder, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(ExportRefused, match="Another export is being written into"):
        write_export(log, folder)
    os.close(other)
    assert write_export(log, folder).last == COUNT


def test_what_a_killed_export_left_behind_is_in_nobodys_way(log, folder):
    """It could not tidy up itself."""
    (folder / ".clausewise-unfinished" / "packs").mkdir(parents=True)
    (folder / ".clausewise-unfinished" / "entries.ndjson").write_text("{")
    write_export(log, folder)

    assert check_export(folder).is_good
    assert sorted(path.name for path in folder.iterdir()) == ["entries.ndjson", "manifest.json", "packs"]


# what goes wrong on the way


@contextmanager
def full_disk():
    """Let no file grow beyond 2 KiB: for the process this is like a full disk.

    Only as long as it must be: what the tests print may go to a file as well.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("exists", [True, False])
def test_a_full_disk_leaves_nothing_behind(log, folder, format_, exists):
    """Half an export could be taken for a whole one."""
    if exists:
        folder.mkdir()
    checkpoint(log)
    with full_disk(), pytest.raises(ExportRefused, match=r"The export into '.*' can't be written: File too large\."):
        write_export(log, folder, format_)
    gc.collect()  # nothing complains later, when what wrote the file is thrown away

    assert folder.exists() == exists
    assert not exists or list(folder.iterdir()) == []


class Interrupted(Store):
    """A store that somebody at the keyboard loses patience with."""

    def entries(self, after=0, last=None):
        """Yield five entries, and no more."""
        yield from super().entries(after, after + 5)
        raise KeyboardInterrupt


@pytest.mark.parametrize("format_", FORMATS)
def test_an_interrupted_export_leaves_nothing_behind(log, folder, format_):
    """Neither a manifest nor a file that is not whole."""
    with pytest.raises(KeyboardInterrupt):
        write_export(Interrupted(log.database, log.notary), folder, format_)
    gc.collect()

    assert not folder.exists()
    assert write_export(log, folder, format_).last == COUNT


@pytest.fixture
def intruder(sqlite_store, path, tmp_path, pack, new_entry):
    """Return what changes a log of ten entries behind the service's back, and the log."""
    sqlite_store.notary = Notary(tmp_path / "log.key", "library.example/log")
    sqlite_store.prepare()
    for _ in range(10):
        sqlite_store.append(new_entry(), pack)
    checkpoint(sqlite_store)

    return sqlite_store, partial(tamper, path)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE entries SET body = x'7b7d' WHERE sequence = 4", "Entry 4 of the audit log is damaged"),
        (
            f"UPDATE entries SET body = x'7b7d', leaf = x'{leaf(b'{}').hex()}' WHERE sequence = 4",
            "something was changed",
        ),
        ("DELETE FROM entries WHERE sequence = 4", "An entry is missing from the log between 0 and 10"),
        ("DELETE FROM entries WHERE sequence > 8", "Entries 9 to 10 are missing"),
        ("DELETE FROM pack_files", "decided entries, but the log does not have it"),
    ],
)
def test_nothing_is_exported_that_would_not_verify(intruder, folder, statement, says):
    """Whoever exports is told, rather than whoever checks years later."""
    store, change = intruder
    change(statement)
    with pytest.raises((ExportRefused, EntryDamaged), match=says):
        write_export(store, folder)
    assert not folder.exists()
