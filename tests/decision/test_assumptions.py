"""Which defaults a decision rests on: another value of those would change it, and of the others none would."""

from __future__ import annotations

from itertools import product

import pytest

from service.decision.assumptions import rested_on
from service.facts.values import Case
from service.pack.case_files import nested

LATE = {"loan.returned": True, "loan.days_late": 31, "loan.kind": "map", "member.kind": "adult"}
IN_TIME = {**LATE, "loan.days_late": 0}


@pytest.mark.parametrize(
    ("facts", "names", "mattering"),
    [
        # very late is a high fine, whether a reminder was sent or not
        (LATE, ["fine"], set()),
        # in time it is none, unless one was sent
        (IN_TIME, ["fine"], {"loan.overdue"}),
        ({**IN_TIME, "loan.overdue": False}, ["fine"], set()),
        (IN_TIME, [], set()),
    ],
)
def test_those_count_that_would_change_it(loan_policy, facts, names, mattering):
    """A default that is read and does not matter is none of them."""
    case = loan_policy.pack.facts.read(nested(facts))
    assert rested_on(loan_policy, case, names, None) == mattering


@pytest.mark.parametrize("days", [None, 0, 1, 31])
def test_they_are_those_that_change_it_when_they_are_tried(loan_policy, days):
    """Every value of a boolean, with every value of what is unknown beside it."""
    facts = {**LATE, "loan.parts": []}
    del facts["loan.days_late"]
    known = facts if days is None else {**facts, "loan.days_late": days}
    case = loan_policy.pack.facts.read(nested(known))
    others = [0, 1, 30, 31] if days is None else [days]
    changes = False
    for each, overdue in product(others, (True, False)):
        tried = [
            loan_policy.decide(Case({**case.values, "loan.days_late": each, "loan.overdue": value}, {}, {}), ("fine",))
            for value in (overdue, not overdue)
        ]
        outcomes = [document["fine"].partition(b'"outcome":')[2].partition(b',"overruled"')[0] for document in tried]
        changes = changes or outcomes[0] != outcomes[1]
    assert ("loan.overdue" in rested_on(loan_policy, case, ["fine"], None)) == changes
