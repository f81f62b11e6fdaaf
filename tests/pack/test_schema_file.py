"""The facts schema of a pack: read, and each thing that is wrong with it at its line and column."""

from __future__ import annotations

import json

import pytest

from service.pack.schema_file import no_facts, read_facts_schema

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"days": {"type": "integer", "minimum": 0}},
}


@pytest.fixture
def read(tmp_path, findings):
    """Read a facts schema of this content."""

    def schema(content):
        path = tmp_path / "facts.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content, indent=1).encode())
        return read_facts_schema(path, "facts.json", findings)

    return schema


def test_a_schema_is_read_with_its_bytes(read, findings):
    """The digest covers them."""
    schema, content = read(SCHEMA)
    assert list(schema.facts) == ["days"]
    assert json.loads(content) == SCHEMA
    assert findings == []


def test_no_schema_has_no_facts():
    """It stands for one that could not be read."""
    assert (len(no_facts().facts), len(no_facts().subjects)) == (0, 0)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", ("facts.json:1:1", "malformed_json")),
        (b'{"a": 1,\n "a": 2}', ("facts.json:2:6", "malformed_json")),
        (b"null", ("facts.json:1:1", "wrong_type")),
        (b"[]", ("facts.json:1:1", "wrong_type")),
        ({**SCHEMA, "properties": {"days": {"type": "integr"}}}, ("facts.json:6:12", "not_one_of")),
        ({**SCHEMA, "properties": {"days": {"type": "integer", "minimun": 0}}}, ("facts.json:7:4", "unknown_key")),
        (
            {**SCHEMA, "properties": {"days": {"type": "integer", "minimum": 9, "maximum": 1}}},
            ("facts.json:7:15", "bad_bounds"),
        ),
    ],
)
def test_what_is_wrong_has_its_place_in_the_file(read, findings, content, found):
    """A pointer into a document is not where an editor jumps to."""
    schema, _ = read(content)
    assert schema is None
    assert [(str(each.place), each.code) for each in findings] == [found]


@pytest.mark.parametrize("name", ["nothing.json", ".", "nul\0"])
def test_a_file_that_cannot_be_read_is_the_fault_of_whoever_names_it(tmp_path, findings, name):
    """The finding then belongs to `pack.yaml`."""
    with pytest.raises((OSError, ValueError)):
        read_facts_schema(tmp_path / name, name, findings)
    assert findings == []
