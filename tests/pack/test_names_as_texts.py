"""A text in a condition that is the name of a fact is told: it compares with the letters, which nobody means."""

from __future__ import annotations

import pytest

from service.pack.loader import load_pack


@pytest.fixture
def told(write):
    """Return what is told of the small pack where its rule asks this, and parts and labels can be any texts."""

    def warnings(when):
        folder = write("decisions/fine.yaml", "{loan.days_late: {more_than: most}}", when)
        schema = folder / "facts.schema.json"
        free = schema.read_text().replace('"enum": [\n              "disc",', '"examples": ["disc",')
        schema.write_text(free.replace('"parts"', '"labels": {"type": "array", "items": {"type": "string"}}, "parts"'))
        found = [each for each in load_pack(folder).warnings if each.code == "name_as_text"]
        return [(each.place.line, each.message.partition(": ")[2]) for each in found]

    return warnings


@pytest.mark.parametrize(
    ("when", "name", "mend"),
    [
        ("{loan.note: loan.kind}", "loan.kind", "say loan.note: {same_as: loan.kind}"),
        ("{loan.note: [lost, loan.kind]}", "loan.kind", "say loan.note: {same_as: loan.kind}"),
        ("{none: [{loan.note: {not: fine.level}}]}", "fine.level", "say loan.note: {same_as: fine.level}"),
        ("{loan.parts: {includes: loan.kind}}", "loan.kind", "say loan.kind: {in: loan.parts}"),
        ("{loan.parts: {lacks: [disc, loan.kind]}}", "loan.kind", "say loan.kind: {in: loan.parts}"),
        ("{loan.parts: {includes_any: loan.labels}}", "loan.labels", "write its items out"),
    ],
)
def test_a_text_that_is_a_name_is_told_with_what_is_meant(told, when, name, mend):
    """It holds for no case, or for all."""
    assert told(when) == [(11, f"'{name}' is a text here, not what the case has under that name: {mend}")]


@pytest.mark.parametrize(
    "when",
    ["{loan.note: lost}", "{loan.note: {same_as: loan.kind}}", "{loan.kind: {in: loan.parts}}", "{loan.kind: map}"],
)
def test_what_is_meant_as_it_stands_is_not_told(told, when):
    """A text, or a name where one is read."""
    assert told(when) == []
