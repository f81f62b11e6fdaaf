"""Where a pack's files come from: a folder and what was kept of one give the same pack, and decide alike."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from service.decision.policy import Policy
from service.instants import read_instant
from service.model.values import thawed
from service.pack.loader import load_pack, load_pack_files
from service.pack.sources import FolderSource, KeptSource
from service.written.findings import InvalidPack

ROOT = Path(__file__).parents[2]
PACKS = sorted(
    path.parent
    for top in ("rules", "tests/fixtures/packs", "tests/pack/packs")
    for path in ROOT.glob(f"{top}/*/pack.yaml")
)


def decided(pack):
    """Return what a pack says to a few of its worked cases and to one without facts, as bytes."""
    policy = Policy(pack)
    asked = [(thawed(case.facts), case.as_of) for case in pack.cases[:: len(pack.cases) // 8 + 1]] + [({}, None)]
    return [
        policy.decide(pack.facts.read(facts), as_of=None if as_of is None else read_instant(as_of))
        for facts, as_of in asked
    ]


@pytest.mark.parametrize("folder", PACKS, ids=lambda folder: folder.name)
def test_a_pack_s_files_alone_give_the_pack_again(folder):
    """Of the same digest and deciding the same bytes: so an old decision can be made again."""
    pack = load_pack(folder)
    again = load_pack_files(dict(reversed(pack.files.items())), "kept")
    assert again.digest == pack.digest
    assert dict(again.files) == dict(pack.files)
    assert decided(again) == decided(pack)


def test_nothing_is_read_from_the_disk(write, tmp_path, monkeypatch):
    """Neither the folder, which is gone, nor a file that happens to lie where one of the pack's would."""
    folder = write()
    pack = load_pack(folder)
    monkeypatch.chdir(folder)
    kept = {path: content for path, content in pack.files.items() if path != "facts.yaml"}
    with pytest.raises(InvalidPack):
        load_pack_files(kept, ".")
    shutil.rmtree(folder / "decisions")
    assert load_pack_files(pack.files, ".").digest == pack.digest


def test_a_facts_schema_from_outside_of_the_folder_is_kept_in_it(write, tmp_path):
    """The path that `pack.yaml` names leads nowhere once the folder is gone."""
    folder = write("pack.yaml", "facts_schema: facts.schema.json", "facts_schema: ../elsewhere.json")
    (folder / "facts.schema.json").rename(tmp_path / "elsewhere.json")
    pack = load_pack(folder)
    (tmp_path / "elsewhere.json").unlink()
    assert load_pack_files(pack.files, "kept").digest == pack.digest


def test_a_folder_of_kept_files_is_the_same_pack(write, tmp_path):
    """An export writes them; the path in `pack.yaml` leads nowhere there."""
    folder = write("pack.yaml", "facts_schema: facts.schema.json", "facts_schema: ../../elsewhere.json")
    (folder / "facts.schema.json").rename(folder.parents[1] / "elsewhere.json")
    pack = load_pack(folder)
    for path, content in pack.files.items():
        file = tmp_path / "a" / "deeper" / "export" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    assert load_pack(tmp_path / "a" / "deeper" / "export").digest == pack.digest


def test_a_facts_schema_in_the_folder_need_not_be_named(write):
    """The pack is found whole wherever its folder is put; the schema is kept under the same path as any other."""
    named = load_pack(write())
    unnamed = load_pack(write("pack.yaml", "facts_schema: facts.schema.json\n", ""))
    assert unnamed.facts == named.facts
    assert unnamed.files["facts.schema.json"] == named.files["facts.schema.json"]
    assert load_pack_files(unnamed.files, "kept").digest == unnamed.digest


def test_a_facts_schema_that_is_nowhere_is_missed_where_it_was_named(write):
    """Neither path leads to one."""
    folder = write("pack.yaml", "facts_schema: facts.schema.json", "facts_schema: ../elsewhere.json")
    (folder / "facts.schema.json").unlink()
    with pytest.raises(InvalidPack) as refused:
        load_pack(folder)
    assert any("../elsewhere.json" in str(each) for each in refused.value.findings)


def test_what_is_wrong_with_kept_files_is_told_below_their_name(write):
    """As if they lay in a folder that is called so."""
    files = dict(load_pack(write()).files)
    del files["clauses.yaml"], files["facts.schema.json"]
    with pytest.raises(InvalidPack) as refused:
        load_pack_files(files, "kept")
    found = {(each.place.file, each.code) for each in refused.value.findings}
    assert {("kept/clauses.yaml", "unreadable_file"), ("kept/pack.yaml", "unreadable")} <= found


def test_a_file_below_the_working_folder_is_shown_relative_to_it(write, monkeypatch):
    """As editors and terminals do."""
    pack = write()
    monkeypatch.chdir(pack.parent)
    assert FolderSource(pack).shown("pack.yaml") == "small/pack.yaml"
    monkeypatch.chdir(pack / "cases")
    assert FolderSource(pack).shown("pack.yaml") == str(pack / "pack.yaml")


def test_a_sub_folder_has_its_yaml_files_alone(tmp_path):
    """A folder and what was kept of it agree; what lies deeper, or is called otherwise, is none of them."""
    names = ["a/b.yaml", "a/c.yml", "a/.d.yaml", "a/e.txt", "a/f/g.yaml", "aa/h.yaml", "b.yaml"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    kept = KeptSource(dict.fromkeys(names, b""), "kept")
    for source in (FolderSource(tmp_path), kept):
        assert list(source.yaml_files("a")) == [".d.yaml", "b.yaml", "c.yml"]
        assert list(source.yaml_files("nowhere")) == []
