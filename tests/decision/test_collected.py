"""One value of all that rules give: sums, counts, the least and the greatest; lists that keep all, or are in order."""

import json

import pytest

from service.decision.policy import Policy
from service.decision.proving import prove
from tests.analysis.small_packs import load, rules

FACTS = {
    "late": {"type": "boolean"},
    "lost": {"type": "boolean"},
    "price": {"type": "number", "minimum": 0},
    "worth": {"type": "number", "minimum": 0},
}
FEE = {
    "decision": "fee",
    "cites": "c",
    "gives": {"cost": "number", "most": {"type": "number", "optional": True}, "reasons": "integer", "ways": "list"},
    "hit_policy": "collect",
    "collect": {"cost": "sum", "most": "greatest", "reasons": "count", "ways": "all"},
    "order": {"ways": ["letter", "message"]},
    "rules": rules(
        "fee",
        ({"late": True}, {"cost": 0.1, "most": 0.1, "reasons": 1, "ways": ["message", "letter"]}),
        ({"lost": True}, {"cost": {"from": "price"}, "most": {"from": "price"}, "reasons": 1, "ways": "letter"}),
        ({"lost": True}, {"cost": {"from": "worth"}, "most": {"from": "worth"}}),
    ),
}
LETTER = {
    "decision": "letter",
    "cites": "c",
    "gives": {"sent": "boolean"},
    "rules": rules(
        "letter", ({"fee.cost": {"at_least": 10}}, {"sent": True}), ({"fee.cost": {"less_than": 10}}, {"sent": False})
    ),
}
HIGHEST = {
    "decision": "highest",
    "cites": "c",
    "gives": {"over": "boolean"},
    "rules": rules(
        "highest",
        ({"fee.most": {"more_than": 5}}, {"over": True}),
        ({"fee.most": {"not": {"more_than": 5}}}, {"over": False}),
    ),
}


@pytest.fixture
def pack(tmp_path):
    """Return a pack whose fee is added up, and two decisions that read it."""
    return load(tmp_path, FACTS, FEE, LETTER, HIGHEST)


@pytest.fixture
def told(pack):
    """Return what is decided of facts."""
    policy = Policy(pack)
    return lambda **facts: {
        name: json.loads(document) for name, document in policy.decide(pack.facts.read(facts)).items()
    }


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"late": True, "lost": True, "price": 0.2, "worth": 5}, (5.3, 5, 2, ["letter", "letter", "message"])),
        ({"late": True, "lost": False}, (0.1, 0.1, 1, ["letter", "message"])),
        ({"late": False, "lost": False}, (0, None, 0, [])),
    ],
)
def test_what_rules_give_becomes_one(told, facts, outcome):
    """Exactly; where no rule gives it a sum and a count are 0, and there is no greatest."""
    fee = told(**facts)["fee"]
    assert (fee["status"], tuple(fee["outcome"].get(each) for each in FEE["gives"])) == ("decided", outcome)


def test_no_case_lacks_a_sum_and_no_rules_disagree_about_one(pack):
    """Every part is proved."""
    assert (prove(pack).findings, prove(pack).unproved, prove(pack).unsettled) == ((), (), ())


@pytest.mark.parametrize(
    ("facts", "letter", "highest"),
    [
        ({"lost": True, "price": 10}, True, True),
        ({"late": True, "lost": True, "price": 9.9}, True, True),
        ({"late": False, "lost": True, "price": 9.9}, ["worth"], True),
        ({"lost": True, "price": 3, "worth": 4}, False, False),
        ({"lost": True, "price": 3}, ["worth", "late"], ["worth"]),
        ({"price": 3, "lost": False}, False, False),
    ],
)
def test_what_is_unknown_of_a_sum_is_settled_exactly(told, facts, letter, highest):
    """It is asked for where it can make a difference, and nowhere else."""
    found = told(**facts)
    for name, right in (("letter", letter), ("highest", highest)):
        assert "exact" not in found[name]
        if isinstance(right, list):
            assert (found[name]["status"], found[name]["needs"]) == ("undecided", right)
        else:
            assert (found[name]["status"], list(found[name]["outcome"].values())) == ("decided", [right])
