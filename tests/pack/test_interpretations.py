"""`interpretations.yaml`: what was chosen where the text is open, and what each reading means."""

from __future__ import annotations

import pytest

from service.pack.interpretations import choices, read_interpretations
from service.pack.readings import resolve
from service.written.findings import Reporter
from service.written.yaml_source import yaml_source

TEXT = """\
interpretations:
  - interpretation: day-of-return
    question: Does the day of return count?
    cites: [fines, loans]
    chosen: free
    readings:
      free: {means: It does not., effect: No fine.}
      counted: {means: It does.}
"""


@pytest.fixture
def read(findings):
    """Read the text of the file, with readings from outside."""

    def interpretations(text, **chosen):
        tree, _ = resolve(yaml_source(text.encode(), "f"), {})
        return read_interpretations(tree, Reporter(tree, findings), {k.replace("_", "-"): v for k, v in chosen.items()})

    return interpretations


def test_an_interpretation_has_a_question_and_readings_one_of_them_chosen(read, findings):
    """It says what each means, and what would follow."""
    (found,) = read(TEXT).values()
    assert (found.id, found.chosen, found.cites) == ("day-of-return", "free", ("fines", "loans"))
    assert found.readings == {"free": {"means": "It does not.", "effect": "No fine."}, "counted": {"means": "It does."}}
    assert choices({found.id: found}) == {"day-of-return": ("free", ("free", "counted"))}
    assert findings == []


def test_a_reading_from_outside_stands_in_for_the_choice(read, findings):
    """To see what would follow, without changing the pack."""
    assert read(TEXT, day_of_return="counted")["day-of-return"].chosen == "counted"
    assert findings == []


@pytest.mark.parametrize("chosen", ["fre", "Free"])
def test_a_choice_that_is_no_reading_is_found_at_the_choice(read, findings, chosen):
    """With the reading that was meant."""
    read(TEXT.replace("chosen: free", f"chosen: {chosen}"))
    assert [(str(each.place), each.code, each.nearest) for each in findings] == [("f:5:13", "unknown_reading", "free")]


def test_an_interpretation_that_stands_twice_is_found(read, findings):
    """One of the two would be without effect."""
    read(TEXT + TEXT.partition("\n")[2])
    assert [(str(each.place), each.code) for each in findings] == [("f:9:21", "duplicate_id")]
