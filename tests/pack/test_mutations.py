"""No pack is too broken to be refused: files of sound packs, changed at random, are taken or refused with places."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.pack import loader
from service.pack.loader import load_to_check
from service.pack.pack_folder import PackFolder
from service.pack.sources import FolderSource
from service.written.findings import InvalidPack
from service.written.yaml_source import yaml_source
from tests.plain_yaml import plain_yaml
from tests.thorough import tried

ROOT = Path(__file__).parents[2]
SMALL = Path(__file__).parent / "packs" / "small"
LOANS = ROOT / "tests" / "fixtures" / "packs" / "library-loans"
SHIPPED = ROOT / "rules" / "code42-enterprise-support"


def deep(levels):
    """Return conditions within conditions."""
    node = {"loan.kind": "book"}
    for _ in range(levels):
        node = {"all": [node]}
    return node


STRANGE = [
    0, -1, 3.5, True, "", "x", "all", "-", "on", "@fine.level", "2026-13-41", "24:00", 10**12, "x" * 5000, None,
    [], {}, [[]], [{}], [True, 1, "1"], ["x"] * 3000, {"a": {}}, {1: 2}, {True: "x"}, {"x": [1, {"y": 2}]},
    {"by_interpretation": 3}, {"by_interpretation": "last-day-is-in", "in_time": {}, "late": []},
    {"only_under": "x"}, {"only_under": {"worst-fine-counts": ["worst", {}]}},
    {"from": "loan.kind"}, {"value": "most_owed"}, {"known": True}, {"not": {"a": 1}}, {"in": ["a"]}, {"in": {}},
    deep(20), deep(40),
]  # fmt: skip
KEYS = ["x", "when", "rows", "rules", "parts", "from", "as", "always", "outranks", "order", "applies_when", 1, True]


def read(path):
    """Return a file's data as the loader reads it."""
    return json.loads(path.read_bytes()) if path.suffix == ".json" else yaml_source(path.read_bytes(), "f").data


def written(path, data):
    """Return data in the language of a file."""
    if path.suffix == ".json":
        return json.dumps(data)
    return plain_yaml(data)


def paths(node, here=()):
    """Yield the path to every piece of data but the whole."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in pairs:
        yield (*here, step)
        yield from paths(value, (*here, step))


def at(node, path):
    """Return the piece at a path."""
    for step in path:
        node = node[step]
    return node


@st.composite
def mutants(draw, data):
    """Change a file's data in one place."""
    changed = copy.deepcopy(data)
    every = list(paths(changed))
    path = draw(st.sampled_from(every))
    holder, last = at(changed, path[:-1]), path[-1]
    deed = draw(st.sampled_from(["delete", "rename", "replace", "replace", "move", "wrap", "repeat", "add"]))
    if deed == "delete":
        del holder[last]
    elif deed == "rename" and isinstance(holder, dict):
        name = draw(st.sampled_from([f"{last}x", str(last)[:-1] or "q", *KEYS]))
        pairs = [(name if key == last else key, value) for key, value in holder.items()]
        holder.clear()
        holder.update(pairs)
    elif deed == "move":
        holder[last] = copy.deepcopy(at(data, draw(st.sampled_from(every))))
    elif deed == "wrap":
        holder[last] = draw(st.sampled_from([[holder[last]], {"k": holder[last]}, [holder[last]] * 2]))
    elif deed == "repeat" and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[last]))
    elif deed == "add" and isinstance(holder, dict):
        holder[draw(st.sampled_from(KEYS))] = draw(st.sampled_from(STRANGE))
    else:
        holder[last] = draw(st.sampled_from(STRANGE))
    return changed


def load(folder, sound, changed):
    """Load a pack in which one file was changed, and which may be refused; return its findings.

    sound  the folder as it was read before: the YAML of its other files is what it was
    """
    files = PackFolder(FolderSource(folder))
    name = changed.relative_to(folder).as_posix()
    files._sources.update({each: read for each, read in sound._sources.items() if each != name})
    try:
        loader._loaded(files, {})
    except InvalidPack as refused:
        return refused.findings
    return ()


def copied(source, folder):
    """Copy a sound pack with its facts schema; return the copy, the files to be changed, and it as it was read."""
    shutil.copytree(source, folder)
    head = folder / "pack.yaml"
    named = read(head)["facts_schema"]
    shutil.copyfile(source / named, folder / "facts.schema.json")
    head.write_text(head.read_text().replace(named, "facts.schema.json"))
    sound = PackFolder(FolderSource(folder))
    loader._loaded(sound, {})
    return folder, sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".json")), sound


@pytest.fixture(scope="module", params=[SMALL, LOANS], ids=lambda path: path.name)
def pack(request, tmp_path_factory):
    """Two packs of library loans: one to see through, one with every construct of the language."""
    return copied(request.param, tmp_path_factory.mktemp("mutants") / request.param.name)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """Copy a pack of the size that packs have; it is slow to load."""
    return copied(SHIPPED, tmp_path_factory.mktemp("mutants") / SHIPPED.name)


def load_with(folder, sound, path, content):
    """Load a pack with other bytes in one of its files, and check that each finding says where and what."""
    original = path.read_bytes()
    try:
        path.write_bytes(content)
        findings = load(folder, sound, path)
    finally:
        path.write_bytes(original)
    for finding in findings:
        assert finding.place.file
        assert min(finding.place.line, finding.place.column) >= 1
        assert finding.message


def load_changed(folder, files, sound, data):
    """Load a pack with one piece of one of its files changed."""
    path = data.draw(st.sampled_from(files))
    load_with(folder, sound, path, written(path, data.draw(mutants(read(path)))).encode())


@settings(max_examples=tried(40, 800), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_pack_with_anything_changed_is_taken_or_refused(pack, data):
    """An exception of another kind would be a bug; a finding without a place would be no help."""
    load_changed(*pack, data)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_shipped_pack_with_anything_changed_is_taken_or_refused(shipped, data):
    """What the toy packs lack may break in other ways."""
    load_changed(*shipped, data)


@settings(max_examples=tried(20, 400), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.binary(max_size=6))
def test_a_file_with_any_bytes_put_in_is_taken_or_refused(pack, data, junk):
    """What is no YAML, no JSON or no text at all is told at its place."""
    folder, files, sound = pack
    path = data.draw(st.sampled_from(files))
    content = path.read_bytes()
    start = data.draw(st.integers(0, len(content)))
    load_with(folder, sound, path, content[:start] + junk + content[start + (len(junk) + 1) // 2 :])


@st.composite
def read_two_ways(draw, data, interpretations):
    """Let an interpretation choose one piece of a file's data: what stands there now, or under another reading else."""
    changed = copy.deepcopy(data)
    every = list(paths(changed))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(every))
        interpretation = draw(st.sampled_from(interpretations))
        try:
            now = at(changed, path)
            other = copy.deepcopy(draw(st.sampled_from([*STRANGE, *(at(data, each) for each in every)])))
            at(changed, path[:-1])[path[-1]] = {
                "by_interpretation": interpretation["interpretation"],
                **{each: now if each == interpretation["chosen"] else other for each in interpretation["readings"]},
            }
        except (KeyError, TypeError, IndexError):  # of another path, which an earlier change has moved
            continue
    return changed


def found_by_reading_all_again(pack, folder):
    """Return the errors of a pack under each reading that it did not choose, each time read from its first file on."""
    found = set()
    for each in pack.interpretations.values():
        for reading in set(each.readings) - {each.chosen} if each.is_resolved else ():
            files = PackFolder(FolderSource(folder))
            loader._read(files, {each.id: reading}, as_other=True)
            found |= {(error.place, error.code) for error in files.findings if loader._is_amiss(error)}
    return found


@settings(max_examples=tried(12, 250), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_is_shared_between_readings_hides_nothing(pack, data):
    """A check reads again only what a reading changes; it finds what reading all again would."""
    folder, files, _ = pack
    chosen = read(folder / "interpretations.yaml")["interpretations"]
    sources = [path for path in files if path.parent.name in ("decisions", "calendars") or path.name == "facts.yaml"]
    path = data.draw(st.sampled_from(sources))
    original = path.read_bytes()
    try:
        path.write_text(written(path, data.draw(read_two_ways(read(path), chosen))))
        try:
            changed, told = load_to_check(folder)
        except InvalidPack:
            return
        assert {(each.place, each.code) for each in told} == found_by_reading_all_again(changed, folder)
    finally:
        path.write_bytes(original)
