"""Every code of a finding is provoked by a pack that is broken in that way: none is there that nobody has seen."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import service
from tests.pack.broken_packs import BROKEN

CODE = re.compile(r"[a-z]+(_[a-z0-9]+)*")
NOTERS = {"Finding", "Trap", "at", "at_key", "_at", "_report", "_wrong", "_wrong_value"}
"""The functions that note a finding: the first of their words that has the form of a code is one."""

IN_TRIPLES = {"violations.py", "yaml_reader.py"}
"""The modules in which a code begins a triple, with the words that go with it."""

WHOLE_FILES = {"empty_file", "file_too_large", "unreadable_file"}
"""Codes about a whole file, which `test_loader.py` provokes by its content or by what stands in its place."""

CHECKED_ONLY = {
    "missing_fingerprint", "name_as_text", "never_counts", "unbounded_amount", "unbounded_duration", "unbounded_text",
    "uncited_reading", "unnamed_holidays", "zero_divisor",
}  # fmt: skip
"""Codes of warnings, for which no pack is refused; the tests of what warns provoke them."""

FACTS_SCHEMA = {"bad_bounds"}
"""Codes that `service/facts.py` gives to what is wrong with a facts schema; its own tests provoke the others."""


def called(node):
    """Return the name of a function that is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def words(nodes):
    """Return those of some nodes that are texts of the form of a code."""
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return [text for text in texts if CODE.fullmatch(text)]


def codes_in(path):
    """Yield the codes that a module notes or has in its triples."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and called(node) in NOTERS:
            yield from words(node.args[:4])[:1]
        elif isinstance(node, ast.Tuple) and len(node.elts) == 3 and path.name in IN_TRIPLES:
            yield from words(node.elts[:1])


def reported():
    """Return every code that stands in the sources."""
    house = Path(service.__file__).parent
    return {
        code for room in ("written", "model", "pack") for path in (house / room).glob("*.py") for code in codes_in(path)
    }


def test_every_code_is_provoked_by_a_broken_pack_and_no_other_is():
    """A code that nothing provokes is untested, or a mistake that can't happen."""
    provoked = {code for entries in BROKEN.values() for _, _, code, _, _ in entries}
    assert provoked - FACTS_SCHEMA == reported() - WHOLE_FILES - CHECKED_ONLY
