"""Straight Python decides as what it is written from, to the byte and whatever a case holds, or leaves a case alone."""

import json
import traceback
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.cases import DECISIONS, make_cases
from benchmarks.partial_cases import make_tickets
from service.decision.desk import Desk
from service.decision.policy import Policy
from service.decision.requests import DecisionRequest
from service.decision.straight import Straight
from service.errors import InvalidFacts
from service.jsontext import parse
from service.pack.case_files import nested
from service.pack.loader import load_pack
from tests.analysis.small_packs import load, rules

PACKS = Path(__file__).resolve().parents[1] / "fixtures" / "packs"
TEXT = {"type": "string", "maxLength": 60}


def both(policy, straight, facts, asked, as_of=None):
    """Return what straight Python says of a case, and what is said one case after the other."""
    case = policy.pack.facts.read(facts)
    rested_on = policy.facts_read(asked)
    assumed = {name: value for name, value in case.assumed.items() if name in rested_on}
    return straight.decide(facts, asked, as_of), (assumed, policy.decide(case, asked, as_of))


@pytest.mark.parametrize("make", [make_cases, make_tickets])
def test_the_shipped_pack_comes_out_the_same(support, make):
    """Complete cases all straight away, tickets with something left out where nothing hangs on it."""
    policy, asked = Policy(support), DECISIONS
    straight = Straight(policy, often=0)
    said = 0
    for text in make(400, 7, clock=True):
        found, wanted = both(policy, straight, parse(text), asked)
        assert found in (None, wanted)
        said += found is not None
    assert said == 400 if make is make_cases else 100 < said < 400


@pytest.mark.parametrize("name", ["internet-provider", "library-loans", "northmoor", "repair-desk"])
def test_worked_cases_come_out_the_same(name):
    """Of packs that use all of the language; the second time by what was remembered of the first."""
    pack = load_pack(PACKS / name)
    policy = Policy(pack)
    straight = Straight(policy, often=0)
    said = 0
    for _ in range(2):
        for case in pack.cases:
            facts = json.loads(json.dumps(case.facts, default=dict))
            as_of = None if case.as_of is None else datetime.fromisoformat(case.as_of)
            for asked in (pack.answers, *((each,) for each in pack.answers)):
                found, wanted = both(policy, straight, facts, asked, as_of)
                assert found in (None, wanted)
                said += found is not None
    assert said > len(pack.cases)


HOSTILE = ["%", "%b", "%%", "%(a)b", "{title}", '"', "\\", "\x7f", "é", "𝄞", "\u202e", "'", "\n"]
LABEL = {
    "decision": "label",
    "gives": {"text": "string", "kind": "string", "more": {"type": "string", "optional": True}},
    "parts": [
        {
            "part": "label.text",
            "hit_policy": "first",
            "rules": rules(
                "label",
                ({"title": {"contains": "%"}}, {"text": "100 % of {title}", "kind": "%b"}),
                ({"any": [{"title": "x"}, {"count": {"at_least": 3}}]}, {"text": {"from": "title"}, "kind": "%%"}),
                ({"note": {"known": True}}, {"text": "%s", "kind": "note", "more": {"from": "note"}}),
                ({}, {"text": "plain", "kind": "none"}),
            ),
        }
    ],
}


@pytest.fixture(scope="module")
def label(tmp_path_factory):
    """A pack whose sentences and values look like formats."""
    declared = {"title": TEXT, "count": {"type": "integer"}, "note": TEXT | {"x-absent": "none"}}
    pack = load(tmp_path_factory.mktemp("label"), declared, LABEL)
    policy = Policy(pack)
    return policy, Straight(policy, often=0)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "title": st.lists(st.sampled_from([*HOSTILE, "x"]), max_size=3).map("".join),
            "count": st.one_of(st.integers(0, 4), st.integers(), st.sampled_from([2.0, 3.0])),
            "note": st.sampled_from(HOSTILE),
        },
    )
)
def test_no_text_is_taken_for_a_format(label, facts):
    """Documents are filled in: what fills them, and what stands in them, may be anything."""
    policy, straight = label
    found, wanted = both(policy, straight, facts, ("label",))
    assert found in (None, wanted)
    assert found is not None or "title" not in facts or "count" not in facts


@pytest.mark.parametrize(
    "facts",
    [
        {"title": 1},
        {"title": None},
        {"title": "x" * 61},
        {"count": True},
        {"count": 1.5},
        {"count": "3"},
        {"other": 1},
        {"title": {"a": 1}},
        [],
        None,
    ],
)
def test_facts_that_are_wrong_are_left_to_those_who_tell_it(label, facts):
    """Which say all that is wrong with them."""
    policy, straight = label
    assert straight.decide(facts, ("label",), None) is None
    with pytest.raises(InvalidFacts):
        policy.pack.facts.read(facts)


def test_what_is_not_asked_for_often_is_not_written(label):
    """To write it takes as long as to decide hundreds of cases."""
    policy, _ = label
    straight = Straight(policy, often=3)
    facts = {"title": "%", "count": 1, "note": "n"}
    said = [straight.decide(facts, ("label",), None) is not None for _ in range(5)]
    assert said == [False, False, False, True, True]
    assert all(straight.decide(facts, ("nothing",), None) is None for _ in range(5))


def test_a_desk_answers_alike_however_often_it_is_asked(support):
    """Callers notice nothing but that it is quicker."""
    desk = Desk([support])
    (text,) = make_cases(1, 3, clock=True)
    request = DecisionRequest(
        parse(text), as_of="2026-03-02T10:00:00Z", as_of_instant=datetime(2026, 3, 2, 10, tzinfo=UTC)
    )
    answers = {desk.decide(request).document() for _ in range(80)}
    assert len(answers) == 1


def test_it_can_be_read(label):
    """Each decision stands in it by its name, each fact as a variable, and nothing of the policy but as a literal."""
    _, straight = label
    source = straight.source(("label",))
    compile(source, "label", "exec")
    assert "# label" in source
    assert "v_title_0 = given.get('title', unknown)" in source


def test_a_traceback_shows_its_lines(tmp_path):
    """Whatever fails in it is found where it stands."""
    pack = load(
        tmp_path, {"title": TEXT}, {"decision": "d", "gives": {"a": "integer"}, "rules": rules("d", ({}, {"a": 1}))}
    )
    straight = Straight(Policy(pack), often=0)
    assert straight.decide({}, ("d",), None) is not None
    with pytest.raises(AttributeError) as failed:
        straight._written(("d",)).decide({}, "no instant")
    told = "".join(traceback.format_exception(failed.value))
    assert "<written from small, " in told
    assert "today = " in told


def test_a_date_is_judged_on_the_day_that_is_asked_for(tmp_path):
    """As it is where cases are decided one by one: given, none, or unknown."""
    declared = {"on": {"type": "string", "format": "date"}, "at": {"type": "string", "format": "date-time"}}
    is_over = rules("d", ({"on": {"before": "today"}}, {"a": 1}), ({"on": {"on_or_after": "today"}}, {"a": 2}))
    pack = load(
        tmp_path, declared, {"decision": "d", "gives": {"a": "integer"}, "rules": is_over}, head={"as_of": "at"}
    )
    policy = Policy(pack)
    straight = Straight(policy, often=0)
    said = []
    for facts in ({"on": "2026-03-01"}, {"on": "2026-03-01", "at": "2026-03-02T00:00:00Z"}, {}):
        for as_of in (None, datetime(2026, 3, 1, 12, tzinfo=UTC)):
            found, wanted = both(policy, straight, nested(facts), ("d",), as_of)
            assert found in (None, wanted)
            said.append(found is not None)
    assert said == [False, True, True, True, False, False]
