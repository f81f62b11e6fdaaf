"""The facts schema of a pack: read, and each thing that is wrong with it at its line and column."""

from __future__ import annotations

import json

import pytest

from service.pack.schema_file import no_facts, read_facts_schema
from service.written.yaml_source import MAX_BYTES

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"days": {"type": "integer", "minimum": 0}},
}


@pytest.fixture
def read(findings):
    """Read a facts schema of this content."""

    def schema(content):
        written = content if isinstance(content, bytes) else json.dumps(content, indent=1).encode()
        return read_facts_schema(written, "facts.json", findings)

    return schema


def test_a_schema_is_read(read, findings):
    """A sound one gives its facts and no finding."""
    schema = read(SCHEMA)
    assert list(schema.facts) == ["days"]
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
        (b" " * (MAX_BYTES + 1), ("facts.json:1:1", "file_too_large")),
        ({**SCHEMA, "properties": {"days": {"type": "integr"}}}, ("facts.json:6:12", "not_one_of")),
        ({**SCHEMA, "properties": {"days": {"type": "integer", "minimun": 0}}}, ("facts.json:7:4", "unknown_key")),
        (
            {**SCHEMA, "properties": {"days": {"type": "integer", "x-personal": "yes"}}},
            ("facts.json:7:18", "wrong_type"),
        ),
        (
            {**SCHEMA, "properties": {"days": {"type": "array", "items": {"type": "string", "x-personal": True}}}},
            ("facts.json:9:19", "bad_personal"),
        ),
        (
            {**SCHEMA, "properties": {"days": {"type": "integer", "minimum": 9, "maximum": 1}}},
            ("facts.json:7:15", "bad_bounds"),
        ),
    ],
)
def test_what_is_wrong_has_its_place_in_the_file(read, findings, content, found):
    """A pointer into a document is not where an editor jumps to."""
    assert read(content) is None
    assert [(str(each.place), each.code) for each in findings] == [found]
