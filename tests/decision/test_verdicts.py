"""What the rules of a decision came to is remembered apart from what its clock counts, and nothing else is changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.decision.policy import Policy
from service.pack.case_files import nested
from tests.analysis.small_packs import load, rules

MOMENT = {"type": "string", "format": "date-time"}
KIND = {"type": "string", "enum": ["small", "large", "odd", "none"]}
PART = {"type": "array", "items": {"type": "string", "enum": ["lid", "box"]}, "uniqueItems": True}
DESK = {"calendar": "desk", "zone": "Etc/UTC", "hours": {"monday to friday": "09:00-17:00"}}
NIGHT = {"calendar": "night", "zone": "Etc/UTC", "hours": {"monday to sunday": "18:00-24:00"}}
FACTS = {"kind": KIND, "urgent": {"type": "boolean"}, "told": {"type": "boolean"}, "parts": PART, "at": MOMENT}
CLOCK = {
    "clock": "reply.clock",
    "says": "It is counted.",
    "cites": "c",
    "starts": "at",
    "amount": "reply.amount",
    "unit": "hour",
    "calendar": "reply.desk",
    "zone": "Etc/UTC",
    "gives": {"due_at": "due", "segments": "open"},
}
REPLY = {
    "decision": "reply",
    "gives": {
        "amount": "integer",
        "desk": {"type": "string"},
        "due": {"type": "instant", "optional": True},
        "open": {"type": "periods", "optional": True},
        "seen": {"type": "boolean", "optional": True},
    },
    "applies_when": {
        "when": {"any": [{"urgent": False}, {"kind": {"not": "none"}}]},
        "cites": "c",
        "says": "It concerns things.",
    },
    "parts": [
        {
            "part": "reply.amount",
            "hit_policy": "first",
            "rules": rules(
                "reply.amount",
                ({"kind": "small"}, {"amount": 4}),
                ({"any": [{"kind": "large"}, {"many": True}]}, {"amount": 40, "seen": {"from": "many"}}),
                ({"urgent": True}, {"amount": 1}),
            ),
        },
        {
            "part": "reply.desk",
            "hit_policy": "any",
            "rules": rules(
                "reply.desk",
                ({"urgent": True}, {"desk": "night"}),
                ({"kind": {"not": "odd"}, "told": True}, {"desk": "desk"}),
            ),
        },
        CLOCK,
    ],
    "notes": [{"note": "reply.parts-given", "says": "Parts.", "cites": "c", "when": {"parts": {"known": True}}}],
}
DERIVED = [
    {"fact": "how_many", "count": "parts"},
    {"fact": "many", "when": {"how_many": {"more_than": 1}}},
]


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    """A decision whose rules read few values, and whose clock starts at any instant."""
    folder = tmp_path_factory.mktemp("reply")
    return load(folder, FACTS, REPLY, derived=DERIVED, calendars=[DESK, NIGHT])


@pytest.fixture(scope="module")
def policy(pack):
    """The pack, and all that it comes to remember of the cases of this module."""
    return Policy(pack)


def cases_of():
    """Return cases of which anything may be left out, at instants in and out of hours, and at the end of all days."""
    values = {
        "kind": st.sampled_from(KIND["enum"]),
        "urgent": st.booleans(),
        "told": st.booleans(),
        "parts": st.sampled_from([[], ["lid"], ["lid", "box"]]),
        "at": st.sampled_from(
            ["2026-03-02T10:00:00Z", "2026-03-02T10:00:00+01:00", "2026-03-07T23:59:59.5Z", "9899-12-31T23:00:00Z"]
        ),
    }
    return st.fixed_dictionaries({}, optional=values)


@given(cases_of())
def test_a_case_is_decided_as_if_it_were_the_first(pack, policy, facts):
    """Whatever was decided before: the same rules at another instant, or with something else unknown."""
    case = pack.facts.read(nested(facts))
    assert policy.decide(case) == Policy(pack).decide(case)


def test_the_rules_of_a_case_at_another_instant_are_not_asked_again(pack):
    """Else this would be no memory."""
    policy = Policy(pack)
    facts = {"kind": "small", "urgent": False, "told": True, "parts": [], "at": "2026-03-02T10:00:00Z"}
    first = policy.decide(pack.facts.read(facts))
    asked = {name: dict(each.known) for name, each in policy.program.asked.items()}
    for each in policy.program.asked.values():
        each.known.clear()
    later = policy.decide(pack.facts.read(facts | {"at": "2026-03-03T10:00:00Z"}))
    assert (first == later, any(each.known for each in policy.program.asked.values())) == (False, False)
    assert all(asked.values())


@pytest.mark.parametrize(
    ("kind", "when", "clocks"),
    [({"type": "number"}, {"at_least": 1}, [CLOCK]), (KIND, "small", [])],
    ids=["rules that read a number", "no clock"],
)
def test_what_does_not_come_again_is_not_remembered(tmp_path, kind, when, clocks):
    """A decision without a clock is remembered whole, and of many values none comes again."""
    reply = {
        "decision": "reply",
        "gives": {"amount": "integer", "desk": "string", **({"due": "instant", "open": "periods"} if clocks else {})},
        "parts": [
            {
                "part": "reply.rules",
                "rules": rules("reply", ({"kind": when}, {"amount": 1, "desk": "desk"})),
            },
            *clocks,
        ],
    }
    pack = load(tmp_path, {"at": MOMENT, "kind": kind}, reply, calendars=[DESK])
    assert Policy(pack).ready["reply"].verdicts is None


def test_a_decision_whose_rules_read_what_is_counted_is_not_remembered(tmp_path):
    """They are to be asked after the clock."""
    reply = REPLY | {
        "notes": [{"note": "reply.open", "says": "It is due.", "cites": "c", "when": {"reply.due": {"known": True}}}]
    }
    pack = load(tmp_path, FACTS, reply, derived=DERIVED, calendars=[DESK, NIGHT])
    assert Policy(pack).ready["reply"].verdicts is None
