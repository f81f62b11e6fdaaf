"""The manifest of an export: read as it was written, and refused whole where it makes no sense."""

import json
import shutil

import pytest

from service.audit.exporting.exports import write_export
from service.audit.exporting.manifests import BadManifest, read_manifest
from service.audit.log.entries import write_entry
from service.audit.log.notary import Notary
from service.audit.log.stamps import Stamp
from service.audit.log.store import Append, Store
from service.audit.storage.databases import open_database

FIRST, LAST, SIZE = 4, 17, 23  # of the export, and of the log


class Export:
    """An export whose manifest is to be spoiled."""

    def __init__(self, folder):
        self.folder, self.path = folder, folder / "manifest.json"

    @property
    def told(self):
        """The manifest as plain data."""
        return json.loads(self.path.read_bytes())

    def tell(self, **members):
        """Change members of the manifest."""
        self.path.write_text(json.dumps({**self.told, **members}))


@pytest.fixture(scope="module")
def made(tmp_path_factory, empty_log, pack, decided):
    """The folder of such an export."""
    above = tmp_path_factory.mktemp("made")
    database = open_database(str(shutil.copy(empty_log, above)))
    store = Store(database, Notary(above / "log.key", "library.example/log"))
    store.prepare()
    store.append_all([Append(write_entry(decided, Stamp()), pack, None) for _ in range(SIZE)])
    write_export(store, above / "export", "ndjson", FIRST - 1, LAST)
    store.close()
    return above / "export"


@pytest.fixture
def export(made, tmp_path):
    """Entries 4 to 17 of 23: a copy."""
    return Export(shutil.copytree(made, tmp_path / "export"))


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"format": "clausewise-export-v2"}, "Format must be 'clausewise-export-v1', not 'clausewise-export-v2'."),
        ({"files": None}, "Files must not be null."),
        ({"files": ["x"]}, r"Files\.0 must be a mapping, not text."),
        ({"first": 0, "after": -1}, "After must be at least 0, not -1."),
        ({"first": True}, "First must be a whole number, not true."),
        ({"after": 4}, "4 to 17, after 4, is no range of 23 entries."),
        ({"size": 16}, "4 to 17, after 3, is no range of 16 entries."),
        ({"size": 10**30}, "Size must be at most 9223372036854775807"),
        ({"last": 3}, "4 to 3, after 3, is no range"),
        ({"left": []}, "Left has 0 hashes; for 3 entries it has 2."),
        ({"left": ["AAAA", "AAAA"]}, r"Left\.0 must be 32 bytes in base64"),
        ({"left": [1, 2]}, r"Left\.0 must be text, not the number 1"),
        ({"right": []}, r"Right has not the levels \[0, 1, 1, 0\], which cover entries 18 to 23."),
        ({"right": [[1]]}, r"Right\.0 needs at least 2 entries, not 1."),
        ({"right": [["1", "A"]]}, r"Right\.0\.0 must be a whole number, not text."),
        ({"checkpoint": None}, "Checkpoint must not be null."),
        (
            {"packs": [{"policy": "x", "version": "1", "digest": "sha256:x"}]},
            r"Packs\.0\.digest must be 'sha256:' and 64",
        ),
        ({"packs": [{"policy": "x"}]}, r"Packs\.0 needs the key 'version'."),
        ({"verifiers": ["x"]}, "The text of a public key is"),
        ({"verifiers": [1]}, r"Verifiers\.0 must be text"),
        ({"introductions": [None]}, r"Introductions\.0 must not be null."),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(export, members, says):
    """With the member that is wrong; nothing is checked by half of it."""
    export.tell(**members)
    with pytest.raises(BadManifest, match=says):
        read_manifest(export.folder)


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "/etc/passwd",
        "packs/../../secret",
        "packs/./a",
        "packs//a",
        "packs/a\\..\\b",
        "packs/a\n",
        "packs/",
        "manifest.json",
        "entries.xml",
        "other/entries.csv",
        "packs\0",
        "",
        7,
    ],
)
def test_a_name_that_leaves_the_folder_is_refused(export, name):
    """Whoever checks an export must not be made to read something else."""
    files = export.told["files"]
    export.tell(files=[*files[:-1], {**files[-1], "name": name}])
    with pytest.raises(BadManifest, match=r"Files\.\d+"):
        read_manifest(export.folder)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda files: [*files, files[-1]], "A file is listed twice."),
        (lambda files: files[1:], "Files must list entries.ndjson, and at most one of entries.csv, entries.parquet."),
        (
            lambda files: [*files, *({**files[0], "name": f"entries.{each}"} for each in ("csv", "parquet"))],
            "and at most one of entries.csv, entries.parquet.",
        ),
        (lambda files: [{**files[0], "sha256": "A" * 64}], r"Files\.0\.sha256 must be 64 hexadecimal digits"),
        (lambda files: [{**files[0], "bytes": -1}], r"Files\.0\.bytes must be at least 0"),
        (lambda files: [{**files[0], "entries": None}], r"Files\.0\.entries must not be null."),
    ],
)
def test_a_list_of_files_that_makes_no_sense_is_refused(export, change, says):
    """As any other member."""
    export.tell(files=change(export.told["files"]))
    with pytest.raises(BadManifest, match=says):
        read_manifest(export.folder)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The manifest is no JSON"),
        (b"\xff", "The manifest is no JSON"),
        (b"[]", "The manifest must be a mapping, not a list"),
        (b'{"format":"a","format":"b"}', "given twice"),
        (b"[" * 100_000, "The manifest is no JSON"),
    ],
)
def test_a_manifest_that_can_not_be_read_is_refused(export, content, says):
    """With its path."""
    (export.folder / "manifest.json").write_bytes(content)
    with pytest.raises(BadManifest, match=says) as refused:
        read_manifest(export.folder)
    assert str(refused.value).startswith(str(export.folder / "manifest.json"))


def test_a_folder_without_a_manifest_is_no_export(tmp_path):
    """It may be one that was never finished."""
    with pytest.raises(BadManifest, match="The manifest can't be read: No such file or directory"):
        read_manifest(tmp_path)


def test_a_manifest_is_read_as_it_was_written(export):
    """Nothing is lost between the two."""
    assert read_manifest(export.folder).text == (export.folder / "manifest.json").read_bytes()
