"""The pack language's page has a word for every key and value of the language, and its whole examples can be read."""

import json
import re
import textwrap
from pathlib import Path

import pytest

from service.clock.targets import UNITS
from service.pack.case_files import STATUSES
from service.pack.derivations import FORMS
from service.pack.durations import INSTANT_UNITS
from service.pack.matchers import MATCHERS
from service.pack.members import MEMBER_TYPES
from service.written.schemas import SCHEMA_NAMES, schema_text
from service.written.structure import check_structure
from service.written.yaml_source import yaml_source

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = [text for language, text in BLOCK.findall(PAGE) if language == "yaml"]
FIRST_KEYS = {
    "pack": "pack", "clauses": "clauses", "interpretations": "interpretations", "values": "facts",
    "decision": "decision", "calendar": "calendar", "holidays": "holidays", "cases": "cases",
}  # fmt: skip
"""The key with which a whole file begins, and the schema of such a file."""


def words(text):
    """Return the words of a piece of code."""
    return set(re.findall(r"[$A-Za-z][\w$-]*", text))


def in_spans(page):
    """Return the words that stand in backticks in a line."""
    return {word for span in re.findall(r"`([^`\n]+)`", BLOCK.sub("", page)) for word in words(span)}


def keys_on(page):
    """Return the words that a page shows as keys, or has in backticks."""
    shown = "\n".join(text for _, text in BLOCK.findall(page))
    return in_spans(page) | set(re.findall(r"([$A-Za-z][\w$-]*):(?=\s)", shown))


def values_on(page):
    """Return the words that a page shows at all, or has in backticks."""
    return in_spans(page).union(*(words(text) for _, text in BLOCK.findall(page)))


def subschemas(tree):
    """Yield a JSON Schema and every schema within it; a mapping from names to schemas is none."""
    yield tree
    for keyword, value in tree.items():
        named = keyword in {"properties", "$defs", "dependentSchemas"}
        inside = value.values() if named else value if isinstance(value, list) else [value]
        for each in inside:
            if isinstance(each, dict):
                yield from subschemas(each)


def keys_of(name):
    """Return the keys that a schema knows, whatever mapping they stand in."""
    return {key for each in subschemas(json.loads(schema_text(name))) for key in each.get("properties", {})}


def values_of(name):
    """Return the words to which a schema limits a value."""
    listed = [each.get("enum", [each.get("const")]) for each in subschemas(json.loads(schema_text(name)))]
    return {word for each in listed for word in each if isinstance(word, str)}


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_every_key_of_a_file_is_written_down(name):
    """A key that the page does not know is one that only the schema's author uses."""
    assert sorted(keys_of(name) - keys_on(PAGE)) == []


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_every_word_that_a_value_can_be_is_written_down(name):
    """Hit policies, types, weekdays, statuses."""
    assert sorted(values_of(name) - values_on(PAGE)) == []


def test_every_word_that_the_reader_knows_is_written_down():
    """What reads a pack could know a word that the schemas don't."""
    assert sorted({*MATCHERS, *FORMS, *INSTANT_UNITS} - keys_on(PAGE)) == []
    assert sorted({*UNITS, *MEMBER_TYPES, *STATUSES} - values_on(PAGE)) == []


@pytest.mark.parametrize("key", ["includes_any", "earliest_known", "where_known", "x-personal", "dates_in", "silent"])
def test_a_key_that_is_only_spoken_of_counts_as_missing(key):
    """Else the tests above could never fail: a word in plain text is no documentation of a key."""
    assert key in keys_on(PAGE)
    assert key not in keys_on(re.sub(rf"\b{key}\b", "something", PAGE) + f"\nHere {key} is spoken of.\n")


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.split(":", 1)[0].strip(" -"))
def test_examples_can_be_read_and_have_the_structure_of_their_file(text):
    """A whole file is checked as such; an excerpt with an ellipsis for what is left out may be no YAML at all."""
    schema = FIRST_KEYS.get(text.split(":", 1)[0])
    text = text.replace("9f86d0…", "f" * 64)
    if schema is None and re.search(r"^ *…$", text, re.MULTILINE):
        return
    source = yaml_source(textwrap.dedent(text).encode(), "example.yaml")
    assert source.findings == ()
    if schema is not None:
        assert check_structure(source.data, source, schema) == ()


def test_every_kind_of_file_has_a_whole_example():
    """An example that no longer begins as a file does would go unchecked."""
    begun = {text.split(":", 1)[0] for text in EXAMPLES}
    assert begun >= set(FIRST_KEYS)
