"""A pack's files read one by one, with what they are called and what the digest covers."""

from __future__ import annotations

import pytest

from service.pack.pack_folder import PackFolder
from service.pack.sources import FolderSource


@pytest.fixture
def folder(write):
    """Read the small pack."""
    return PackFolder(FolderSource(write()))


def test_a_file_is_read_kept_and_named_after_its_folder(folder):
    """Findings lead to it from where the command was given."""
    tree = folder.tree("clauses.yaml", "clauses")
    assert tree is folder.trees["clauses.yaml"]
    assert folder.files["clauses.yaml"] == (folder.source.folder / "clauses.yaml").read_bytes()
    assert tree.file.endswith("small/clauses.yaml")


def test_an_optional_file_may_be_missing(folder):
    """Another may not."""
    (folder.source.folder / "facts.yaml").unlink()
    assert folder.optional_tree("facts.yaml", "facts") is None
    assert folder.findings == []
    assert folder.tree("facts.yaml", "facts") is None
    assert [each.code for each in folder.findings] == ["unreadable_file"]
    assert folder.broken == {"facts.yaml"}


def test_a_sub_folder_gives_its_yaml_files_by_name(folder):
    """In alphabetical order on every system; a folder that is not there is empty."""
    (folder.source.folder / "decisions" / "notes.txt").write_text("for later")
    assert [stem for stem, _ in folder.sub_folder("decisions", "decision")] == ["fine", "reply"]
    assert list(folder.sub_folder("nowhere", "decision")) == []


def test_two_files_of_one_name_are_one_too_many(folder):
    """One of them would be passed over."""
    (folder.source.folder / "decisions" / "fine.yml").write_text("decision: fine")
    assert [stem for stem, _ in folder.sub_folder("decisions", "decision")] == ["fine", "reply"]
    assert [(each.code, each.place.file.rpartition("/")[2]) for each in folder.findings] == [
        ("misnamed_file", "fine.yml")
    ]


def test_a_file_is_named_after_what_stands_in_it(folder):
    """A name leads to its place."""
    tree = folder.tree("decisions/fine.yaml", "decision")
    folder.check_name(tree, "decision", "fine")
    assert folder.findings == []
    folder.check_name(tree, "decision", "fines")
    assert [(each.code, each.nearest) for each in folder.findings] == [("misnamed_file", "fines")]


def test_the_digest_tells_every_byte_and_every_reading(folder):
    """Two packs of one digest decide alike."""
    folder.keep("a", b"1")
    digests = {folder.digest({}), folder.digest({"x": "y"}), folder.digest({"x": "z"})}
    folder.keep("a", b"2")
    digests.add(folder.digest({}))
    assert len(digests) == 4
    assert all(digest.startswith("sha256:") for digest in digests)
