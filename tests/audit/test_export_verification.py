"""Checking an export: whatever somebody does to its files is found, and named as closely as can be known."""

import base64
import hashlib
import io
import json
import re
import shutil
import tracemalloc
from itertools import repeat
from pathlib import Path
from typing import get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.audit.checking.findings import ExportCode
from service.audit.checking.given import Given
from service.audit.exporting.export_verification import check_export
from service.audit.exporting.exports import FORMATS, write_export
from service.audit.exporting.parquet import compare
from service.audit.exporting.renditions import COLUMNS
from service.audit.log.entries import write_entry, write_rotation
from service.audit.log.notary import Notary, Signed, keep_checkpoint, register, verifiers
from service.audit.log.receipts import checkpoint
from service.audit.log.rotation import rotate
from service.audit.log.stamps import Stamp
from service.audit.log.store import Store
from service.audit.proof.checkpoints import Checkpoint, sign_checkpoint
from service.audit.proof.key_files import read_key
from service.audit.proof.merkle import Frontier, leaf_hash
from service.audit.proof.notes import Signer, write_note
from service.audit.proof.successions import Introduction
from service.audit.storage.databases import open_database
from service.decision.requests import read_request
from tests.thorough import tried

FIRST, LAST, SIZE = 4, 17, 23  # of the export, and of the log


@pytest.fixture(scope="module")
def made(tmp_path_factory, desk, pack):
    """A signed log of 23 entries in a file, its checkpoints, and its entries 4 to 17 exported in each format."""
    above = tmp_path_factory.mktemp("made")
    store = Store(open_database(str(above / "audit.db")), Notary(above / "log.key", "library.example/log"))
    store.prepare()
    notes = {}
    for number in range(SIZE):
        card = {"number": f'card "{number}", é'}
        decided = desk.decide(read_request({"facts": {"loan": {"pages": number + 1}, "member": {"card": card}}}))
        store.append(write_entry(decided, Stamp(at=f"2026-01-31T09:00:00.{number:03}Z"), f"desk{number % 3}"), pack)
        notes[number + 1] = checkpoint(store).note
    for format_ in FORMATS:
        write_export(store, above / format_, format_, FIRST - 1, LAST)
    with store.database.reading() as connection:
        keys = verifiers(connection)
        signer = read_key(above / "log.key", keys[0])
    bodies = [kept.entry.body for kept in store.entries()]
    store.close()
    return above, keys, notes, signer, bodies


@pytest.fixture
def keys(made):
    """The public keys of the log."""
    return made[1]


@pytest.fixture
def notes(made):
    """The log's checkpoints, by size."""
    return made[2]


class Export:
    """A copy of an export, to be spoiled."""

    def __init__(self, folder, format_):
        self.folder, self.name = folder, f"entries.{format_}"
        self.path = folder / self.name

    @property
    def told(self):
        """The manifest as plain data."""
        return json.loads((self.folder / "manifest.json").read_bytes())

    def tell(self, **members):
        """Change members of the manifest."""
        (self.folder / "manifest.json").write_text(json.dumps({**self.told, **members}))

    def tell_file(self, name, /, **members):
        """Change what the manifest says of a file."""
        self.tell(files=[{**each, **members} if each["name"] == name else each for each in self.told["files"]])

    def agree(self, name=None):
        """Let the manifest tell of a file what is true now."""
        content = (self.folder / (name or self.name)).read_bytes()
        self.tell_file(name or self.name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())

    def replace(self, old, new, *, agree=False):
        """Change bytes of the entries' file."""
        content = self.path.read_bytes()
        assert old in content
        self.path.write_bytes(content.replace(old, new, 1))
        if agree:
            self.agree()

    def rewrite(self, change):
        """Change the table of a Parquet file, and let the manifest agree."""
        table = pq.read_table(self.path)
        pq.write_table(pa.Table.from_pylist(change(table.to_pylist()), table.schema), self.path)
        self.agree()

    def lines(self, change):
        """Change the lines of a file of text, and let the manifest agree."""
        self.path.write_bytes(b"".join(change(self.path.read_bytes().splitlines(keepends=True))))
        self.agree()


@pytest.fixture
def export_of(made, tmp_path):
    """Return a copy of the export in a format."""

    def copy(format_):
        shutil.copytree(made[0] / format_, tmp_path / format_)
        return Export(tmp_path / format_, format_)

    return copy


@pytest.fixture
def export(export_of):
    """A copy of the export in NDJSON."""
    return export_of("ndjson")


def found(checked):
    """Return the findings without their sentences."""
    return [(each.code, each.file, each.first, each.last) for each in checked.findings]


def root_is_wrong(name, first=FIRST, last=LAST):
    """Return the finding that entries don't lead to what is signed."""
    return "root", name, first, last


def said(checked):
    """Return the sentences of the findings."""
    return "\n".join(each.says for each in checked.findings)


# the entries


def test_a_changed_byte_is_named_by_file_and_range(export, keys):
    """Which of the entries it is nobody can tell any more: there is no hash of each of them."""
    export.replace(b'"pages":9', b'"pages":8')
    checked = check_export(export.folder, keys)

    assert found(checked) == [("file", export.name, None, None), root_is_wrong(export.name)]
    assert f"The file {export.name} was changed since the manifest was written: it has another SHA-256." in said(
        checked
    )
    assert "Entries 4 to 17 don't lead to what the checkpoint of 23 entries signs: one or more of them" in said(checked)
    assert "changed too" not in said(checked)


def test_a_changed_entry_is_found_also_when_the_manifest_was_made_to_agree(export, keys):
    """The manifest is not signed; the checkpoint is."""
    export.replace(b'"pages":9', b'"pages":8', agree=True)
    checked = check_export(export.folder, keys)

    assert found(checked) == [root_is_wrong(export.name)]
    assert "The file has the SHA-256 of the manifest, which was then changed too." in said(checked)


def test_an_entry_that_is_not_canonical_any_more_is_named(export, keys):
    """Somebody edited it by hand."""
    export.replace(b'"pages":9', b'"pages": 9', agree=True)
    checked = check_export(export.folder, keys)

    assert found(checked) == [root_is_wrong(export.name), ("entry", export.name, 9, 9)]
    assert "Entry 9 is no canonical JSON object." in said(checked)


def test_an_entry_that_is_no_json_is_named_once(export, keys):
    """Whatever else comes of it."""
    export.replace(b'{"as_of":', b'{"as_of"', agree=True)
    checked = check_export(export.folder, keys)

    assert [each for each in found(checked) if each[0] == "entry"] == [("entry", export.name, FIRST, FIRST)]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda lines: lines[1:], "has 13 entries, and the manifest tells of 14; 4 to 17 are 14"),
        (lambda lines: [*lines, lines[0]], "has 15 entries"),
        (
            lambda lines: [lines[1], lines[0], *lines[2:]],
            "one or more of them were changed, removed, inserted or moved",
        ),
        (lambda lines: [lines[0], *lines[:-1]], "one or more of them"),
        (
            lambda lines: [*lines[:-1], lines[-1][:-10]],
            "ends in the middle of an entry; the entries before 17 could be",
        ),
        (lambda lines: [], "has 0 entries"),
    ],
)
def test_entries_that_were_removed_added_or_moved_are_found(export, keys, change, says):
    """Though each of them is genuine."""
    export.lines(change)
    assert says in said(check_export(export.folder, keys))


def test_checkpoints_that_were_kept_narrow_down_what_was_changed(export, keys, notes):
    """Each one proves all before it."""
    export.replace(b'"pages":9', b'"pages":8', agree=True)
    checked = check_export(export.folder, keys, [Given(notes[size]) for size in (2, 6, 8, 12, 15, 20)])

    assert found(checked) == [root_is_wrong(export.name, 9, 12)]
    assert (checked.given_as("continued"), checked.given_as("apart")) == ([6, 8], [2])


def test_one_entry_is_named_where_checkpoints_lie_on_both_sides(export, keys, notes):
    """Closer it can't be."""
    export.replace(b'"pages":9', b'"pages":8', agree=True)
    checked = check_export(export.folder, keys, [Given(notes[8]), Given(notes[9])])

    assert found(checked) == [root_is_wrong(export.name, 9, 9)]
    assert "Entry 9 doesn't lead to what the checkpoint of 23 entries signs: it was changed" in said(checked)


def test_hashes_that_were_changed_are_told_apart_where_a_checkpoint_proves_the_entries(export, keys, notes):
    """The entries are right, the manifest is not."""
    other = base64.b64encode(bytes(32)).decode()
    export.tell(right=[[level, other] for level, _ in export.told["right"]])
    checked = check_export(export.folder, keys, [Given(notes[LAST])])

    assert found(checked) == [("root", "manifest.json", None, None)]
    assert "The manifest's hashes of the entries after 17 don't lead to" in said(checked)


def test_changed_hashes_before_the_entries_are_found(export, keys):
    """They are as good as entries."""
    export.tell(left=[base64.b64encode(bytes(32)).decode()] * 2)
    checked = check_export(export.folder, keys)

    assert found(checked) == [root_is_wrong(export.name)]
    assert "or the manifest's hashes of the entries around them were." in said(checked)


@settings(max_examples=tried(30, 600), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FORMATS), st.data())
def test_any_byte_of_any_file_can_be_changed_and_is_found(made, tmp_path_factory, format_, data):
    """Wherever it is, and whether or not the manifest was made to agree."""
    folder = tmp_path_factory.mktemp("bytes") / "export"
    shutil.copytree(made[0] / format_, folder)
    export = Export(folder, format_)
    names = [each["name"] for each in export.told["files"]]
    name = data.draw(st.sampled_from([names[0], names[0], *names]))
    content = bytearray((folder / name).read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    (folder / name).write_bytes(content)
    checked = check_export(folder, made[1])

    assert name in {each.file for each in checked.findings if each.code == "file"}
    export.agree(name)
    # In Parquet there are bytes that mean nothing, such as the name of the program that wrote it.
    assert check_export(folder, made[1]).findings or format_ == "parquet"


# the renditions


def differs(export, sequence):
    """Return the finding that a rendition says something else than the entries, from one on."""
    return "column", export.name, sequence, LAST


def changed(**columns):
    """Return what changes columns of entry 9 in a table of Parquet."""
    return lambda rows: [{**row, **columns} if row["sequence"] == 9 else row for row in rows]


@pytest.mark.parametrize(
    ("old", "new", "sequence"),
    [
        (b"\r\n9,", b"\r\n10,", 9),
        (b"\r\n9,", b"\r\n,", 9),
        (b"\r\n9,", b"\r\n9;", 9),
        (b",decision,2026-01-31T09:00:00.005Z,", b",erasure,2026-01-31T09:00:00.006Z,", 6),
        (b",desk1,", b",desk2,", 5),
        (b",desk1,", b',"desk1",', 5),
        (b",desk1,", b",,", 5),
        (b",desk1,,", b",desk1,4711,", 5),
        (b'""pages"":9', b'""pages"":8', 9),
        (b'""pages"":9', b'"pages"":9', 9),
        (b',"{""as_of""', b',{""as_of""', 4),
        (b"sequence,id", b"id,sequence", 4),
        (b'}"\r\n5,', b'}"\r\n\r\n5,', 5),
    ],
)
def test_csv_that_says_something_else_than_the_entries_is_told(export_of, keys, old, new, sequence):
    """What other programs read are the columns; the entries themselves are proven."""
    export = export_of("csv")
    export.replace(old, new, agree=True)
    checked = check_export(export.folder, keys)

    assert found(checked) == [differs(export, sequence)]
    assert said(checked) == f"entries.csv says something else than the entries do, from entry {sequence} on."


@pytest.mark.parametrize(
    ("change", "sequence"),
    [
        (changed(sequence=5), 9),
        (changed(id=None), 9),
        (changed(decided_at=0), 9),
        (changed(policy="another"), 9),
        (changed(digest=""), 9),
        (changed(as_of="never"), 9),
        (changed(reference="4711"), 9),
        (changed(entry="{}"), 9),
        (changed(entry=None), 9),
        (lambda rows: [*rows[:5], *rows[6:]], 9),
        (lambda rows: [*rows[:5], rows[6], rows[5], *rows[7:]], 9),
        (lambda rows: rows[:-1], 17),
        (lambda rows: [], 4),
    ],
)
def test_parquet_that_says_something_else_than_the_entries_is_told(export_of, keys, change, sequence):
    """Null is not the same as an empty text."""
    export = export_of("parquet")
    export.rewrite(change)

    assert found(check_export(export.folder, keys)) == [differs(export, sequence)]


@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_a_row_too_many_is_told(export_of, keys, format_):
    """It would be read as an entry."""
    export = export_of(format_)
    if format_ == "csv":
        export.lines(lambda lines: [*lines, lines[-1]])
    else:
        export.rewrite(lambda rows: [*rows, rows[-1]])

    assert found(check_export(export.folder, keys)) == [("column", export.name, LAST + 1, LAST + 1)]


def test_entries_behind_the_last_place_of_all_are_told_in_parquet(export_of):
    """No column can have their numbers."""
    export = export_of("parquet")
    last = 2**63 - 1
    left = [base64.b64encode(bytes(32)).decode()] * (last - 1).bit_count()
    (export.folder / "entries.ndjson").write_bytes(
        (export.folder / "entries.ndjson").read_bytes().split(b"\n")[0] + b"\n"
    )
    export.tell(first=last, last=last, size=last, after=last - 1, left=left, right=[])
    export.tell_file("entries.ndjson", entries=1)
    export.agree("entries.ndjson")
    checked = check_export(export.folder)

    assert [code for code, *_ in found(checked)] == ["checkpoint", "column"]


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.drop_columns(["caller"]),
        lambda table: table.set_column(0, "sequence", table["sequence"].cast(pa.int32())),
    ],
)
def test_parquet_with_other_columns_is_told(export_of, keys, change):
    """A reader that expects them would stumble."""
    export = export_of("parquet")
    pq.write_table(change(pq.read_table(export.path)), export.path)
    export.agree()

    assert found(check_export(export.folder, keys)) == [differs(export, FIRST)]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"{}\n" * 20])
@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_a_file_that_is_no_rendition_is_told(export_of, keys, format_, content):
    """Whatever its name says."""
    export = export_of(format_)
    export.path.write_bytes(content)
    export.agree()

    assert found(check_export(export.folder, keys)) == [differs(export, FIRST)]


def test_a_rendition_is_compared_beside_entries_that_are_wrong(export_of, keys):
    """What is wrong with these is told by them."""
    export = export_of("csv")
    path = export.folder / "entries.ndjson"
    path.write_bytes(path.read_bytes().replace(b'"pages":9', b'"pages":8').replace(b'{"as_of":', b'{"as_of"', 1))
    export.agree("entries.ndjson")

    assert [code for code, *_ in found(check_export(export.folder, keys))] == ["root", "entry", "column"]


@pytest.fixture
def long_rows():
    """Return what makes a file of a few KiB that stands for so many rows, each with an entry of so many bytes."""

    def make(count, size, *, is_packed=True):
        told = {name: [None] * count for name in COLUMNS} | {"sequence": list(range(1, count + 1))}
        told["entry"] = ['{"x":"' + "a" * (size - 8) + '"}'] * count
        types = {"sequence": pa.int64(), "decided_at": pa.timestamp("ms", tz="UTC")}
        table = pa.table({name: pa.array(told[name], types.get(name, pa.string())) for name in COLUMNS})
        file = io.BytesIO()
        pq.write_table(table, file, compression="zstd", row_group_size=count, use_dictionary=is_packed)
        return file, told["entry"][0].encode()

    return make


def rows_in(made):
    """Return how many rows of a file are what they ought to be."""
    file, body = made
    return next(count for count, is_same in enumerate(compare(file, 1, repeat([body], 100))) if not is_same)


def test_a_small_file_that_stands_for_long_rows_takes_little_memory(long_rows):
    """A dictionary holds what is the same once; a checker that unpacks all of it at once can be made to fall over."""
    file, body = long_rows(45, 4 << 20)
    assert len(file.getvalue()) < 60_000
    for is_same in compare(file, 1, repeat([body], 45)):  # and nothing follows
        assert is_same
        assert pa.total_allocated_bytes() < 128 << 20


def test_a_row_that_is_longer_than_any_entry_is_not_read(long_rows):
    """The service takes no such case."""
    assert rows_in(long_rows(3, (32 << 20) + 1)) == 0


def test_a_row_group_that_is_larger_than_any_of_an_export_is_not_read(long_rows):
    """Without a dictionary a compressed page is unpacked as a whole."""
    assert rows_in(long_rows(9, 30 << 20, is_packed=False)) == 0


# what is signed


def test_nobody_vouches_for_the_keys_that_an_export_names_itself(export, keys, made):
    """Whoever can write the manifest can write a key into it."""
    signer = Signer.generate("library.example/log")
    bodies = [b'{"id":"forged"}', *made[4][1:]]
    leaves = [leaf_hash(body) for body in bodies]
    forged = sign_checkpoint(Checkpoint(signer.name, SIZE, Frontier().extended(leaves).root()), [signer])
    left = Frontier().extended(leaves[: FIRST - 1]).hashes
    export.tell(
        checkpoint=forged, left=[base64.b64encode(each).decode() for each in left], verifiers=[signer.verifier.text]
    )
    believed, checked = check_export(export.folder), check_export(export.folder, keys)

    assert (believed.findings, believed.vouched, believed.keys) == ([], False, [signer.verifier.text])
    assert found(checked) == [("checkpoint", "manifest.json", None, None)]
    assert "The checkpoint can't be believed: The note is not signed by a known key." in said(checked)
    assert (checked.checkpoint, checked.vouched) == (None, True)


def test_a_checkpoint_with_a_changed_root_is_not_believed(export, keys):
    """Its signature is wrong then; and the entries don't lead to it."""
    note = export.told["checkpoint"].split("\n")
    note[2] = base64.b64encode(bytes(32)).decode()
    export.tell(checkpoint="\n".join(note))
    checked = check_export(export.folder, keys)

    assert found(checked) == [("checkpoint", "manifest.json", None, None), root_is_wrong(export.name)]
    assert "The signature by library.example/log" in said(checked)


@pytest.mark.parametrize("note", ["", "nonsense", "a\nb\nc\n\n\N{EM DASH} x AAAA\n"])
def test_a_checkpoint_that_is_none_is_told(export, keys, note):
    """The entries are read all the same."""
    export.tell(checkpoint=note)
    checked = check_export(export.folder, keys)

    assert found(checked) == [("checkpoint", "manifest.json", None, None)]
    assert checked.entries == LAST - FIRST + 1


def test_a_checkpoint_of_another_size_is_told(export, keys, notes):
    """It is genuine, but not what the hashes lead to."""
    export.tell(checkpoint=notes[20])
    assert "The checkpoint is of 20 entries, not of 23, as the manifest says." in said(
        check_export(export.folder, keys)
    )


def test_checkpoints_that_were_kept_agree_with_the_log_that_continues_them(export, keys, notes):
    """At either end, between, and at the ends of the subtrees behind the export; others can't be compared."""
    sizes = [3, 4, 10, 17, 18, 20, 23]
    checked = check_export(export.folder, keys, [Given(notes[size]) for size in [*sizes, 2, 19]])

    assert (checked.findings, checked.given_as("continued"), checked.given_as("apart")) == ([], sizes, [2, 19])


def test_a_log_that_was_rewritten_since_a_checkpoint_was_kept_is_told(export, keys, made):
    """All is signed as it should be: only who kept something can know."""
    signer, bodies = made[3], made[4]
    tree = Frontier().extended([leaf_hash(body) for body in [b"{}", *bodies[1:9]]])
    kept = sign_checkpoint(Checkpoint(signer.name, 9, tree.root()), [signer])
    checked = check_export(export.folder, keys, [Given(kept)])

    assert found(checked) == [("rewritten", None, 1, 9)]


@pytest.mark.parametrize(("size", "state"), [(9, "continued"), (2, "apart")])
def test_two_checkpoints_of_one_size_with_different_roots_are_told(export, keys, made, notes, size, state):
    """A log that shows different things to different people, whether or not the export tells which is its own."""
    signer = made[3]
    other = sign_checkpoint(Checkpoint(signer.name, size, bytes(32)), [signer])
    checked = check_export(export.folder, keys, [Given(notes[size]), Given(notes[size]), Given(other)])

    assert found(checked) == [("rewritten", None, 1, size)]
    assert [each.state for each in checked.given] == [state, state, "contradicted"]


def test_a_checkpoint_of_somebody_else_is_not_compared(export, keys):
    """It says nothing about this log."""
    signer = Signer.generate("elsewhere.example/log")
    given = Given(sign_checkpoint(Checkpoint(signer.name, 9, bytes(32)), [signer]))
    checked = check_export(export.folder, keys, [given])

    assert [each.code for each in checked.findings] == ["checkpoint"]
    assert "A checkpoint that was given can't be believed" in said(checked)


def test_a_checkpoint_of_another_log_is_not_compared_though_its_key_is_trusted(export, keys):
    """Whoever has several logs keeps several checkpoints."""
    signer = Signer.generate("elsewhere.example/log")
    other = sign_checkpoint(Checkpoint(signer.name, 9, bytes(32)), [signer])
    checked = check_export(export.folder, [*keys, signer.verifier], [Given(other)])

    assert said(checked) == (
        "A checkpoint that was given is of elsewhere.example/log, the export of library.example/log."
    )


def test_findings_about_checkpoints_that_were_given_name_their_files(export, keys, notes):
    """Whoever gives several knows which one is meant."""
    signer = Signer.generate("elsewhere.example/log")
    other = sign_checkpoint(Checkpoint(signer.name, 9, bytes(32)), [signer])
    checked = check_export(export.folder, keys, [Given(notes[9], "kept.txt"), Given(other, "other.txt")])

    assert [each.says.partition(" can't")[0] for each in checked.findings] == ["The checkpoint in 'other.txt'"]


# keys


@pytest.fixture
def rotated(tmp_path, desk, pack):
    """Return what makes a log of six entries, the fourth of which brings another key, and an export of a range."""

    def make(first, last, *, without_old):
        store = Store(open_database(str(tmp_path / "audit.db")), Notary(tmp_path / "log.key", "library.example/log"))
        store.prepare()
        decided = desk.decide(read_request({"facts": {"loan": {"pages": 1}}}))
        for number in range(5):
            if number == 3:
                rotate(store, store.notary, "yearly", "anna", without_old=without_old)
            store.append(write_entry(decided, Stamp()), pack)
        write_export(store, tmp_path / "rotated", "ndjson", first - 1, last)
        with store.database.reading() as connection:
            known = verifiers(connection)
        store.close()
        return tmp_path / "rotated", known

    return make


@pytest.mark.parametrize("trusted", [[], [0], [1], [0, 1]])
def test_a_key_for_which_the_old_one_signs_is_believed(rotated, trusted):
    """Whichever of them somebody knows."""
    folder, known = rotated(1, 6, without_old=False)

    assert check_export(folder, [known[each] for each in trusted]).findings == []


def test_a_key_for_which_no_old_one_signs_is_told(rotated):
    """By whom it came nobody can know from the log: as the check of the whole log has it."""
    folder, known = rotated(1, 6, without_old=True)

    assert found(check_export(folder)) == [("key", "entries.ndjson", 4, 4)]
    assert said(check_export(folder)) == "Entry 4 changes the signing key without the old key's word."
    assert found(check_export(folder, known[:1])) == [
        ("checkpoint", "manifest.json", None, None),
        ("key", "entries.ndjson", 4, 4),
    ]
    assert check_export(folder, known).findings == []
    assert check_export(folder, known[1:]).findings == []


def test_a_key_that_came_outside_of_the_range_is_told_as_well(rotated):
    """The manifest names it, and nothing leads there."""
    folder, known = rotated(5, 6, without_old=True)

    assert found(check_export(folder)) == [("key", "manifest.json", None, None)]
    assert check_export(folder, known[1:]).findings == []


@pytest.fixture
def stolen(tmp_path, desk, pack):
    """Return what lets the thief of a replaced key write into a log of seven entries, and an export of a range.

    The fourth entry replaces the key; `brings` tells which key the seventh, the thief's, brings: None, the old one, or
    one of theirs.
    """

    def make(brings, first=1, last=7):
        store = Store(open_database(str(tmp_path / "audit.db")), Notary(tmp_path / "log.key", "library.example/log"))
        store.prepare()
        decided = desk.decide(read_request({"facts": {"loan": {"pages": 1}}}))
        for _ in range(3):
            store.append(write_entry(decided, Stamp()), pack)
        old = Signer.parse((tmp_path / "log.key").read_text().strip())
        rotate(store, store.notary, "yearly", "anna")
        with store.database.reading() as connection:
            known = verifiers(connection)
        for _ in range(2):
            store.append(write_entry(decided, Stamp()), pack)
        new = {None: old, "old": old, "another": Signer.generate(old.name)}[brings]
        note = write_note(Introduction(new.verifier, 7).text, [old, new] if new != old else [old])
        entry = write_rotation(note, Stamp(), "stolen", "thief") if brings else None
        with store.deed(entry or write_entry(decided, Stamp()), is_signed=True) as deed:
            if new != old:
                register(deed.connection, new.verifier, note)
            made = Checkpoint(new.name, deed.frontier.size, deed.frontier.root())
            keep_checkpoint(deed.connection, Signed(made.size, sign_checkpoint(made, [new])), new.verifier)
        write_export(store, tmp_path / "stolen", "ndjson", first - 1, last)
        store.close()
        return tmp_path / "stolen", known

    return make


@pytest.mark.parametrize("trusted", [slice(0, 0), slice(0, 1), slice(0, 2)])
def test_a_key_that_was_replaced_vouches_for_nothing_that_came_after(stolen, trusted):
    """As the check of the whole log has it, where the range holds the entry that replaced it."""
    folder, known = stolen(None)

    checked = check_export(folder, known[trusted])
    assert found(checked) == [("checkpoint", "manifest.json", None, None)]
    assert said(checked).endswith("it is signed with a key that was replaced at entry 4.")
    assert checked.checkpoint is None


def test_a_checkpoint_that_was_given_is_not_believed_by_a_key_that_was_replaced(rotated, tmp_path):
    """Nor is it one that the log continues; one of what came before is."""
    folder, known = rotated(1, 6, without_old=False)
    (path,) = (each for each in tmp_path.glob("log.key*") if known[0].key_id.hex() in each.name)
    old = read_key(path, known[0])
    leaves = [leaf_hash(line) for line in (folder / "entries.ndjson").read_bytes().splitlines()]
    before, after = (
        sign_checkpoint(Checkpoint(old.name, size, Frontier().extended(leaves[:size]).root()), [old]) for size in (3, 5)
    )

    checked = check_export(folder, known, [Given(before, "before"), Given(after, "after")])
    assert found(checked) == [("checkpoint", None, None, None)]
    assert said(checked).startswith("The checkpoint in 'after' can't be believed")
    assert checked.given_as("continued") == [3]


@pytest.mark.parametrize("first", [1, 5])
@pytest.mark.parametrize("trusted", [slice(0, 0), slice(0, 1), slice(0, 2)])
def test_a_key_that_was_replaced_introduces_no_other(stolen, trusted, first):
    """Whether the range holds the entry that replaced it or only the manifest tells of it."""
    folder, known = stolen("another", first)

    codes = found(check_export(folder, known[trusted]))
    assert ("key", "entries.ndjson", 7, 7) in codes
    assert (("checkpoint", "manifest.json", None, None) in codes) == bool(trusted.stop)


@pytest.mark.parametrize("trusted", [slice(0, 0), slice(0, 1), slice(0, 2)])
def test_an_introduction_that_the_manifest_leaves_out_counts_by_its_entry(stolen, trusted):
    """The list in the manifest is not signed, the entries are."""
    folder, known = stolen("another")
    path = folder / "manifest.json"
    told = json.loads(path.read_bytes())
    path.write_text(json.dumps({**told, "introductions": told["introductions"][1:]}))

    assert ("key", "entries.ndjson", 7, 7) in found(check_export(folder, known[trusted]))


@pytest.mark.parametrize("trusted", [slice(0, 0), slice(0, 1), slice(0, 2)])
def test_a_key_that_was_replaced_does_not_come_back_by_its_own_word(stolen, trusted):
    """An entry that brings it once more would make its thief's checkpoints the log's."""
    folder, known = stolen("old")

    codes = found(check_export(folder, known[trusted]))
    assert ("key", "entries.ndjson", 7, 7) in codes
    assert ("checkpoint", "manifest.json", None, None) in codes


@pytest.fixture(scope="module")
def changed_twice(tmp_path_factory, desk, pack):
    """Return what makes an export of a range of a log of five entries, the second and fourth of which bring a key."""
    above = tmp_path_factory.mktemp("changed-twice")
    store = Store(open_database(str(above / "audit.db")), Notary(above / "log.key", "library.example/log"))
    store.prepare()
    decided = desk.decide(read_request({"facts": {"loan": {"pages": 1}}}))
    for number in range(3):
        store.append(write_entry(decided, Stamp()), pack)
        if number < 2:
            rotate(store, store.notary, "yearly", "anna")
    with store.database.reading() as connection:
        known = verifiers(connection)

    def make(first, last):
        folder = above / f"{first}-{last}"
        if not folder.exists():
            write_export(store, folder, "ndjson", first - 1, last)
        return folder, known

    yield make
    store.close()


@pytest.mark.parametrize("trusted", [[], [0], [1], [2], [0, 2], [1, 2], [0, 1, 2]])
@pytest.mark.parametrize("last", [1, 3, 5])
@pytest.mark.parametrize("first", [1, 3, 5])
def test_keys_that_followed_one_another_are_believed(changed_twice, trusted, first, last):
    """Whichever of them somebody knows, and whichever of the entries that brought them are in the range."""
    folder, known = changed_twice(min(first, last), max(first, last))

    assert check_export(folder, [known[each] for each in trusted]).findings == []


def test_a_fact_that_is_called_like_a_rotation_is_none(export, keys):
    """Only what an entry says of itself counts."""
    export.replace(b'{"as_of"', b'{"a":{"kind":"rotation"},"as_of"', agree=True)

    assert {each.code for each in check_export(export.folder, keys).findings} == {"root"}


# files and packs


def test_a_file_of_entries_that_is_not_listed_is_told(export, keys):
    """Who opens the folder would take it for the export's."""
    (export.folder / "entries.csv").write_text("sequence\n")
    (export.folder / "notes.txt").write_text("bought in March")

    assert found(check_export(export.folder, keys)) == [("file", "entries.csv", None, None)]


@pytest.mark.parametrize("format_", FORMATS)
def test_a_missing_file_of_entries_is_told(export_of, keys, format_):
    """And nothing else that follows from it."""
    export = export_of(format_)
    export.path.unlink()
    codes = found(check_export(export.folder, keys))
    assert codes == [("file", export.name, None, None)]


def test_a_link_in_place_of_a_file_is_not_followed(export, keys, tmp_path):
    """It could lead to any file of whoever checks."""
    export.path.rename(tmp_path / "elsewhere")
    export.path.symlink_to(tmp_path / "elsewhere")
    (export.folder / "packs").rename(tmp_path / "packs")
    (export.folder / "packs").symlink_to(tmp_path / "packs")
    checked = check_export(export.folder, keys)

    assert {each.code for each in checked.findings} == {"file"}
    assert len(checked.findings) == len(export.told["files"])


def test_a_length_that_is_wrong_in_the_manifest_is_told(export, keys):
    """The file is right, by its SHA-256."""
    export.tell_file(export.name, bytes=7)
    assert found(check_export(export.folder, keys)) == [("file", "manifest.json", None, None)]


def test_a_count_that_is_wrong_in_the_manifest_is_told(export, keys):
    """Three numbers must agree."""
    export.tell_file(export.name, entries=13)
    checked = check_export(export.folder, keys)

    assert found(checked) == [("rows", export.name, None, None)]
    assert "has 14 entries, and the manifest tells of 13; 4 to 17 are 14." in said(checked)


@pytest.fixture
def pack_file(export):
    """The name of one of the pack's files in the export."""
    return next(each["name"] for each in export.told["files"] if each["name"].endswith("/facts.yaml"))


def test_a_changed_file_of_a_pack_is_named(export, keys, pack_file):
    """By its own SHA-256."""
    (export.folder / pack_file).write_text("values: {}")
    assert found(check_export(export.folder, keys)) == [("file", pack_file, None, None)]


def test_a_pack_is_proven_by_the_entries_that_it_decided(export, keys, pack_file):
    """Its digest is in them: no manifest can replace it."""
    (export.folder / pack_file).write_text("values: {}")
    export.agree(pack_file)
    checked = check_export(export.folder, keys)

    assert found(checked) == [("pack", pack_file.rpartition("/")[0], None, None)]
    assert "they don't have the digest that entries name" in said(checked)


def test_a_file_of_a_pack_that_was_left_out_is_found(export, keys, pack_file):
    """The digest is over all of them."""
    export.tell(files=[each for each in export.told["files"] if each["name"] != pack_file])
    (export.folder / pack_file).unlink()
    assert found(check_export(export.folder, keys)) == [("pack", pack_file.rpartition("/")[0], None, None)]


def test_a_file_that_was_added_to_a_pack_is_found(export, keys, pack_file):
    """Whoever loads the folder would read it."""
    added = pack_file.replace("facts.yaml", "decisions/another.yaml")
    (export.folder / added).write_text("")
    assert found(check_export(export.folder, keys)) == [("pack", added, None, None)]


def test_a_file_of_a_pack_is_never_in_memory(export, keys, pack_file):
    """It may be of any size where the manifest says so."""
    size = 128 << 20
    added = pack_file.replace("facts.yaml", "large.bin")
    with (export.folder / added).open("wb") as file:
        file.truncate(size)
    digest = hashlib.sha256(bytes(size)).hexdigest()
    export.tell(files=[*export.told["files"], {"name": added, "bytes": size, "sha256": digest}])
    tracemalloc.start()
    checked = check_export(export.folder, keys)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found(checked) == [("pack", added.rpartition("/")[0], None, None)]
    assert peak < 80 << 20  # that much of a manifest may be read


def test_a_pack_that_is_not_there_is_found(export, keys, pack_file):
    """Its entries could not be decided again."""
    shutil.rmtree(export.folder / "packs")
    export.tell(packs=[], files=export.told["files"][:1])
    checked = check_export(export.folder, keys)

    assert found(checked) == [("pack", "manifest.json", None, None)]
    assert "decided entries, but the export does not have it" in said(checked)


def test_a_pack_that_decided_nothing_is_found(export, keys):
    """It could be taken for one that did."""
    other = "0" * 64
    (export.folder / "packs" / other).mkdir()
    (export.folder / "packs" / other / "pack.yaml").write_text("")
    digest = hashlib.sha256().hexdigest()
    listed = {"name": f"packs/{other}/pack.yaml", "bytes": 0, "sha256": digest}
    export.tell(files=[*export.told["files"], listed])
    assert f"packs/{other} belongs to no pack that the manifest lists." in said(check_export(export.folder, keys))
    export.tell(packs=[*export.told["packs"], {"policy": "x", "version": "1", "digest": f"sha256:{other}"}])
    assert "is in the export, but decided no entry of it." in said(check_export(export.folder, keys))


def test_a_pack_under_another_name_is_found(export, keys):
    """Entries name the pack in full."""
    export.tell(packs=[{**export.told["packs"][0], "version": "9.9.9"}])
    checked = check_export(export.folder, keys)

    assert found(checked) == [("pack", "manifest.json", None, None)] * 2


def test_no_more_findings_are_listed_than_somebody_reads(export, keys):
    """A file of a million wrong rows must not fill the memory."""
    export.lines(lambda lines: [b"{ }\n"] * 1200)
    checked = check_export(export.folder, keys)

    assert [each.code for each in checked.findings] == ["rows", *["entry"] * 1000]
    assert checked.more == 200


def test_a_name_that_no_file_can_have_is_a_file_that_is_not_there(export):
    """It is not the system's place to complain."""
    name = f"packs/{'x' * 5000}"
    export.tell_file(export.told["files"][-1]["name"], name=name)
    assert ("file", name, None, None) in found(check_export(export.folder))


def test_a_finding_is_json_for_programs(export, keys):
    """As those of a log are, with the file."""
    export.path.unlink()
    says = "The file entries.ndjson is not there, or is a link."
    assert [each.as_json() for each in check_export(export.folder, keys).findings] == [
        {"code": "file", "says": says, "file": "entries.ndjson", "first": None, "last": None}
    ]


def test_every_code_is_documented():
    """Whoever gets one looks there."""
    page = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text()
    table = page.partition("## clausewise audit export")[2].partition("| code | means |")[2].partition("\n\n")[0]

    assert set(re.findall(r"^\| `([a-z]+)`", table, re.MULTILINE)) == set(get_args(ExportCode))
