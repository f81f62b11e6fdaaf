"""A text in a condition that is the name of a fact is told: it compares with the letters, which nobody means."""

from __future__ import annotations

import pytest

from service.pack.loader import load_pack
from service.written.findings import InvalidPack


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


def test_a_text_that_is_given_and_is_a_name_is_told(write):
    """Whoever gives it means to copy."""
    folder = write("decisions/fine.yaml", "gives: {level: [low, high]}", "gives: {level: [low, high], told: string}")
    rules = folder / "decisions" / "fine.yaml"
    rules.write_text(rules.read_text().replace("then: {level: high}", "then: {level: high, told: loan.kind}", 1))
    rules.write_text(rules.read_text().replace("then: {level: low}", "then: {level: low, told: low}", 1))
    (found,) = [each for each in load_pack(folder).warnings if each.code == "name_as_text"]
    says = "fine.long-late: member told is the text 'loan.kind', not what the case has under that name"
    assert (found.place.line, found.message) == (7, f"{says}: say {{from: loan.kind}}")


def test_a_name_that_fits_no_member_is_told_with_how_it_is_copied(write):
    """One finding: it is no value of the member's type in any case."""
    folder = write("decisions/fine.yaml", "gives: {level: [low, high]}", "gives: {level: [low, high], cost: integer}")
    rules = folder / "decisions" / "fine.yaml"
    rules.write_text(rules.read_text().replace("then: {level: ", "then: {cost: loan.days_late, level: ", 1))
    with pytest.raises(InvalidPack) as refused:
        load_pack(folder)
    (found,) = refused.value.findings
    assert "'loan.days_late' is no integer; what the case has under it is {from: loan.days_late}" in found.message
