"""The pack language's page: it has a word for every key and value of the language, and its whole examples can be read."""

import json
import re
from pathlib import Path

import pytest

from service.pack.schemas import SCHEMA_NAMES, schema_text
from service.pack.yaml_source import yaml_source

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall(PAGE)
SPANS = re.findall(r"`([^`\n]+)`", BLOCK.sub("", PAGE))

# Words of JSON Schema that `properties` of a schema of schemas may name, and that say nothing of a pack.
NEVER_WRITTEN = {"$defs", "$ref"}


def words(text):
    """Return the words of a piece of code."""
    return set(re.findall(r"[$A-Za-z][\w$-]*", text))


IN_SPANS = set().union(*map(words, SPANS))
KEYS = IN_SPANS | {key for _, text in BLOCKS for key in re.findall(r"([$A-Za-z][\w$-]*)'?:(?=\s|$)", text, re.MULTILINE)}
VALUES = IN_SPANS | {word for _, text in BLOCKS for word in words(text)}


def nodes(tree):
    """Yield every mapping in a tree of JSON."""
    if isinstance(tree, dict):
        yield tree
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from nodes(child)


def schema(name):
    """Return one of the schemas of the pack language."""
    return json.loads(schema_text(name))


def keys_of(name):
    """Return the keys that a schema lets a file have, whatever mapping they stand in."""
    return {
        key
        for node in nodes(schema(name))
        if isinstance(node.get("properties"), dict) and not isinstance(node["properties"].get("type"), str)
        for key in node["properties"]
    } - NEVER_WRITTEN


def values_of(name):
    """Return the words that a schema lets a value be, or gives as examples of one."""
    found = set()
    for node in nodes(schema(name)):
        listed = [*_listed(node, "enum"), *_listed(node, "examples")]
        found |= {each for each in [*listed, node.get("const")] if isinstance(each, str)}
    return found


def _listed(node, keyword):
    return node[keyword] if isinstance(node.get(keyword), list) else []


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_every_key_is_written_down(name):
    """A key that the page does not know is one that only the schema's author uses."""
    assert sorted(keys_of(name) - KEYS) == []


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_every_word_that_a_value_can_be_is_written_down(name):
    """Hit policies, units, types, weekdays, statuses."""
    assert sorted(values_of(name) - VALUES) == []
