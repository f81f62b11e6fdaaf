"""What is proved of parts: gaps, overlaps, disagreements, rules that never hold or never win, each with its cases."""

import json

import pytest

from service.decision.policy import Policy
from service.decision.proving import prove
from service.instants import read_instant
from tests.analysis.small_packs import load, rules

KIND = {"loan.kind": {"type": "string", "enum": ["book", "film", "map"]}}
DAYS = {"loan.days": {"type": "integer", "minimum": 0, "maximum": 1000}}
WEIGHT = {"loan.weight": {"type": "number", "minimum": 0}}
DATE = {"type": "string", "format": "date"}
INSTANT = {"type": "string", "format": "date-time"}
LEVELS = {"level": ["high", "low"]}


def fine(*written, policy="unique", gives=None, **more):
    """Return a decision of rules, each given as (when, then)."""
    found = {"decision": "fine", "gives": gives or LEVELS, "hit_policy": policy, **more}
    return {**found, "rules": rules("fine", *written)}


HIGH, LOW = {"level": "high"}, {"level": "low"}


@pytest.fixture
def proved(tmp_path):
    """Load a small pack and return what is proved of it; every case of a finding is decided as any other would be."""

    def found(properties, *decisions, **more):
        pack = load(tmp_path, properties, *decisions, **more)
        proof = prove(pack)
        policy = Policy(pack)
        for finding in proof.findings:
            for region in (finding.further or {}).get("regions", []):
                if region["case"] is not None:
                    shows(policy, finding, region)
        return proof

    return found


def shows(policy, finding, region):
    """Require that a decision of a region's case is without an outcome: that is what every kind of finding comes to."""
    as_of = read_instant(region["as_of"]) if "as_of" in region else None
    decision = finding.further["part"].partition(".")[0]
    told = json.loads(policy.decide(policy.pack.facts.read(region["case"]), [decision], as_of)[decision])
    assert (told["status"], told["needs"]) == ("undecided", []), (finding, region)


def codes(proof):
    """Return the codes of what is found."""
    return [finding.code for finding in proof.findings]


def where(finding):
    """Return a finding's regions in words."""
    return [region["where"] for region in finding.further["regions"]]


def test_a_part_that_is_whole_is_proved(proved):
    """Nothing is found, and it is said that all was looked at."""
    proof = proved(KIND, fine(({"loan.kind": "map"}, HIGH), ({"loan.kind": {"not": "map"}}, LOW)))
    assert (proof.findings, proof.unproved, proof.unsettled) == ((), (), ())
    assert [part.part for part in proof.parts] == ["fine"]


def test_a_gap_is_told_in_the_facts_own_words_with_a_case(proved):
    """As a sentence, as a condition that a rule could have, and as a case that can be decided."""
    proof = proved(
        {**KIND, **DAYS},
        fine(({"loan.kind": "map"}, HIGH), ({"loan.days": {"less_than": 12}, "loan.kind": {"not": "map"}}, LOW)),
    )
    (finding,) = proof.findings
    assert finding.message == (
        "fine: no rule gives level where loan.kind is book or film; loan.days is 12 or more, "
        'for example with {"loan":{"days":12,"kind":"book"}}'
    )
    assert finding.further == {
        "part": "fine",
        "rules": [],
        "members": ["level"],
        "regions_count": 1,
        "regions": [
            {
                "where": ["loan.kind is book or film", "loan.days is 12 or more"],
                "when": {"loan.kind": ["book", "film"], "loan.days": {"at_least": 12}},
                "case": {"loan": {"days": 12, "kind": "book"}},
            }
        ],
    }


@pytest.mark.parametrize(
    ("declared", "matchers", "told"),
    [
        ({"type": "number"}, [{"at_most": 12}, {"at_least": 15}], ["f is above 12 and below 15"]),
        ({"type": "number"}, [{"less_than": 12}, {"more_than": 12}], ["f is 12"]),
        ({"type": "number"}, [{"less_than": 0.5}, {"more_than": 0.75}], ["f is 0.5 or more and at most 0.75"]),
        (
            {"type": "number", "minimum": 0, "maximum": 9},
            [{"at_least": 1, "at_most": 8}],
            ["f is below 1", "f is above 8"],
        ),
        ({"type": "integer"}, [{"at_most": 12}, {"at_least": 15}], ["f is from 13 to 14"]),
        ({"type": "integer"}, [{"less_than": 12}, {"more_than": 12}], ["f is 12"]),
        ({"type": "integer"}, [{"at_least": 3}], ["f is at most 2"]),
        (
            {"type": "integer", "minimum": 0, "maximum": 9},
            [[1, 2, 5]],
            ["f is 0", "f is from 3 to 4", "f is 6 or more"],
        ),
        (DATE, [{"before": "2026-01-01"}, {"after": "2026-01-31"}], ["f is from 2026-01-01 to 2026-01-31"]),
        (DATE, [{"on_or_after": "2026-01-01"}], ["f is 2025-12-31 or earlier"]),
        (DATE, [{"not": "2026-02-28"}], ["f is 2026-02-28"]),
        (
            INSTANT,
            [{"before": "2026-01-01T00:00:00Z"}, {"on_or_after": "2026-02-01T00:00:00Z"}],
            ["f is from 2026-01-01T00:00:00Z to before 2026-02-01T00:00:00Z"],
        ),
        ({"type": "boolean"}, [True], ["f is false"]),
        ({"type": "string"}, ["a", "b"], ["f is not a or b"]),
        ({"type": "string"}, [{"not": ["a", "b"]}], ["f is a or b"]),
        ({"type": "string"}, [{"starts_with": "a"}], ["f does not start with a"]),
        ({"type": "string"}, [{"not": {"ends_with": ["a", "b"]}}], ["f ends with a or b"]),
        ({"type": "string"}, [{"not": {"ignoring_case": "gold"}}], ["f is gold, ignoring case"]),
        (
            {"type": "string", "x-absent": "none"},
            [{"known": False}, {"ignoring_case": {"contains": "Leak"}}],
            ["f is known and does not contain leak, ignoring case"],
        ),
        (
            {"type": "string", "maxLength": 3},
            [{"not": {"starts_with": "ab"}}, {"not": {"ends_with": "bc"}}],
            ["f starts with ab; f ends with bc"],
        ),
        ({"type": "string"}, [{"starts_with": "a"}, {"not": "b"}], ["f is b"]),
        ({"type": "string", "minLength": 1, "maxLength": 1}, [{"not": ["a", "b"]}], ["f is a or b"]),
        ({"type": "string", "enum": ["a", "b", "c"]}, [{"not": "b"}], ["f is b"]),
        ({"type": "number", "enum": [0.5, 1, 2.25]}, [1], ["f is 0.5 or 2.25"]),
        ({"type": "number", "x-absent": "none"}, [{"less_than": 5}], ["f is 5 or more", "f is none"]),
        ({"type": "string", "enum": ["a", "b"], "x-absent": "none"}, [{"known": False}, "a"], ["f is b"]),
        ({"type": "boolean", "default": True}, [True], ["f is false"]),
        ({"type": "array", "items": {"type": "string"}}, [{"includes": "a"}], ["f lacks a"]),
        ({"type": "array", "items": {"type": "string"}}, [{"empty": True}, {"includes_any": ["a", "b"]}], None),
        (
            {"type": "array", "uniqueItems": True, "items": {"type": "string", "enum": ["a", "b", "c"]}},
            [{"lacks": ["a"]}, {"includes": "b"}],
            ["f includes a; f lacks b"],
        ),
        (
            {"type": "array", "minItems": 2, "items": {"type": "integer", "minimum": 5}},
            [{"includes": 7}],
            ["f lacks 7"],
        ),
    ],
)
def test_gaps_of_each_kind_of_fact(proved, declared, matchers, told):
    """The edges are those that are meant: half open where the rules are."""
    proof = proved({"f": declared}, fine(*[({"f": matcher}, LOW) for matcher in matchers], policy="any"))
    (finding,) = proof.findings
    assert finding.code == "gap"
    assert all(region["case"] is not None for region in finding.further["regions"])
    assert told is None or ["; ".join(each) for each in where(finding)] == told


def test_texts_of_too_many_kinds_are_told_not_to_be_proved(tmp_path):
    """Twelve words that may each be in a text: what hangs on them may be open, and no gap is made up."""
    asked = [({"f": {"contains": f"word {letter}"}}, LOW) for letter in "abcdefghijkl"]
    pack = load(tmp_path, {"f": {"type": "string"}}, fine(*asked, policy="any"))
    proof = prove(pack)
    assert [finding.code for finding in proof.findings] == ["not_proved"]
    assert [each.why for each in proof.unsettled] == ["not all that is asked of f is settled"]
    told = json.loads(Policy(pack).decide(pack.facts.read({}))["fine"])
    assert (told["status"], told["needs"], told["exact"]) == ("undecided", ["f"], False)


def test_otherwise_leaves_no_gap_and_no_overlap(proved):
    """It holds of all that is left; where nothing is, it is told that it never holds."""
    rest = ("otherwise", HIGH)
    assert proved(KIND, fine(({"loan.kind": "map"}, LOW), rest)).findings == ()
    whole = [({"loan.kind": "map"}, LOW), ({"loan.kind": {"not": "map"}}, HIGH)]
    (finding,) = proved(KIND, fine(*whole, rest)).findings
    assert (finding.code, finding.further["rule"]) == ("never_holds", "fine.r3")


def test_all_regions_of_a_gap_are_told_and_counted(proved):
    """The first eight in full; for each a case."""
    days = [{"loan.days": each} for each in range(0, 40, 2)]
    (finding,) = proved(DAYS, fine(*[(when, LOW) for when in days], policy="any")).findings
    assert finding.further["regions_count"] == 20
    assert where(finding) == [[f"loan.days is {day}"] for day in range(1, 17, 2)]
    assert finding.message.startswith("fine: no rule gives level in 20 regions: (1) loan.days is 1 (2) loan.days is 3")
    assert " (8) loan.days is 15 and 12 more, for example with " in finding.message


def test_optional_members_and_gathered_lists_have_no_gap(proved):
    """A complete outcome may lack them."""
    optional = fine(
        ({"loan.kind": "map"}, LOW), gives={"level": {"one_of": ["high", "low"], "type": "string", "optional": True}}
    )
    assert proved(KIND, optional).findings == ()
    gathered = fine(({"loan.kind": "map"}, {"ways": "letter"}), policy="collect", gives={"ways": {"list": ["letter"]}})
    assert proved(KIND, gathered).findings == ()


def test_a_gap_counts_only_where_the_decision_applies(proved):
    """Elsewhere no rule has to give anything."""
    applies = {"says": "Fines concern maps.", "cites": "c", "when": {"loan.kind": "map"}}
    assert proved(KIND, fine(({"loan.kind": "map"}, LOW), applies_when=applies)).findings == ()
    assert codes(proved(KIND, fine(({"loan.kind": "book"}, LOW), applies_when=applies))) == ["never_holds", "gap"][::-1]


def test_overlaps_are_told_by_the_rules_that_hold_together(proved):
    """Each combination of rules by itself."""
    proof = proved(
        DAYS,
        fine(
            ({"loan.days": {"at_most": 10}}, LOW),
            ({"loan.days": {"at_least": 10}}, HIGH),
            ({"loan.days": [10, 20]}, HIGH),
        ),
    )
    told = {tuple(finding.further["rules"]): where(finding) for finding in proof.findings if finding.code == "overlap"}
    assert told == {
        ("fine.r1", "fine.r2", "fine.r3"): [["loan.days is 10"]],
        ("fine.r2", "fine.r3"): [["loan.days is 20"]],
    }


def test_rules_that_win_together_and_disagree_are_told(proved):
    """Under `any` they may hold together, and must agree."""
    written = ({"loan.kind": ["book", "map"]}, LOW), ({"loan.kind": ["film", "map"]}, HIGH)
    (finding,) = proved(KIND, fine(*written, policy="any")).findings
    assert (finding.code, where(finding)) == ("conflict", [["loan.kind is map"]])
    assert finding.message.startswith(
        "fine: fine.r1 and fine.r2 win together and disagree about level where loan.kind is map"
    )


def test_copied_values_disagree_where_they_differ(proved):
    """Dates that are copied are compared; where they are the same day there is nothing to tell."""
    due = {"due_on": "date"}
    copies = [({}, {"due_on": {"from": f"loan.{name}"}}) for name in ("asked_on", "promised_on")]
    days = {"loan.asked_on": DATE, "loan.promised_on": DATE}
    proof = proved(days, fine(*copies, policy="any", gives=due))
    assert codes(proof) == ["conflict"]
    assert where(proof.findings[0]) == [
        ["loan.asked_on is before loan.promised_on"],
        ["loan.asked_on is after loan.promised_on"],
    ]


def test_a_copied_value_that_can_be_none_leaves_a_gap(proved):
    """The rule holds, and gives nothing."""
    days = {"loan.asked_on": {**DATE, "x-absent": "none"}}
    proof = proved(days, fine(({}, {"due_on": {"from": "loan.asked_on"}}), gives={"due_on": "date"}))
    assert (codes(proof), where(proof.findings[0])) == (["gap"], [["loan.asked_on is none"]])


def test_a_copied_member_that_can_be_none_is_a_gap(proved):
    """No rule gives it: it is copied from a fact that a case may do without."""
    facts = {**KIND, "loan.asked_on": {**DATE, "x-absent": "none"}}
    copied = fine(({}, LOW), gives={**LEVELS, "asked_on": {"type": "date", "from": "loan.asked_on"}})
    (finding,) = proved(facts, copied).findings
    assert finding.message.startswith("fine.asked_on: nothing gives asked_on where loan.asked_on is none, for example")


def test_a_copy_of_a_member_that_no_rule_gives_is_no_gap_of_its_own(proved):
    """It is told once, where the rules are."""
    facts = {"loan.days": {"type": "integer", "minimum": 0, "maximum": 9}}
    gives = {**LEVELS, "name": {"type": "string", "from": "fine.level", "as": {"high": "High", "low": "Low"}}}
    proof = proved(facts, fine(({"loan.days": {"less_than": 5}}, LOW), gives=gives))
    assert [finding.further["part"] for finding in proof.findings] == ["fine"]


def test_a_rule_that_no_case_meets_is_told_at_its_place(proved):
    """Two bounds that leave nothing between them."""
    proof = proved(WEIGHT, fine(({}, LOW), ({"loan.weight": {"more_than": 5, "less_than": 5}}, HIGH)))
    (finding,) = proof.findings
    assert finding.code == "never_holds"
    assert finding.message.startswith("rule fine.r2 never holds: no case that fine applies to is such as it says. ")
    assert finding.place.line > 1


@pytest.mark.parametrize("policy", ["first", "priority"])
def test_a_rule_that_is_always_beaten_is_told_with_what_masks_it(proved, policy):
    """By the one before it, or by the one that comes first in the order."""
    order = {"order": {"level": ["high", "low"]}} if policy == "priority" else {}
    proof = proved(
        DAYS,
        fine(
            ({"loan.days": {"at_least": 5}}, HIGH),
            ({"loan.days": {"at_least": 9}}, LOW),
            ({"loan.days": {"less_than": 5}}, LOW),
            policy=policy,
            **order,
        ),
    )
    (finding,) = proof.findings
    assert (finding.code, finding.further) == ("never_wins", {"rule": "fine.r2", "by": ["fine.r1"]})
    assert finding.message.startswith("rule fine.r2 never wins: wherever it holds, fine.r1 ")


def test_a_rule_that_several_mask_together_is_told_with_all_of_them(proved):
    """None of them alone does."""
    proof = proved(
        DAYS,
        fine(
            ({"loan.days": {"less_than": 5}}, HIGH),
            ({"loan.days": {"at_least": 5}}, HIGH),
            ({"loan.days": {"at_least": 2}}, LOW),
            policy="first",
        ),
    )
    (finding,) = proof.findings
    assert finding.further == {"rule": "fine.r3", "by": ["fine.r1", "fine.r2"]}


def test_a_decision_that_never_applies_is_told_once(proved):
    """What its rules say does not matter then."""
    applies = {"says": "Never.", "cites": "c", "when": {"all": [{"loan.kind": "map"}, {"loan.kind": "book"}]}}
    proof = proved(KIND, fine(({"loan.kind": "film"}, LOW), applies_when=applies))
    assert codes(proof) == ["never_applies"]


def test_members_of_other_decisions_are_followed_to_the_facts(proved):
    """What a member never has, or never together with a fact, is no gap, and a rule for it never holds."""
    size = {
        "decision": "size",
        "gives": {"class": ["small", "large", "huge"]},
        "hit_policy": "first",
        "rules": rules("size", ({"loan.days": {"less_than": 10}}, {"class": "small"}), ({}, {"class": "large"})),
    }
    written = [({"size.class": "small"}, LOW), ({"size.class": "large", "loan.days": {"at_least": 10}}, HIGH)]
    assert codes(proved(DAYS, size, fine(*written))) == []
    assert codes(proved(DAYS, size, fine(*written, ({"size.class": "huge"}, HIGH)))) == ["never_holds"]
    assert codes(proved(DAYS, size, fine(*written, ({"size.class": "small", "loan.days": 10}, HIGH)))) == [
        "never_holds"
    ]


def test_a_gap_of_one_decision_is_a_gap_of_those_that_read_it(proved):
    """Its members are none there."""
    size = {
        "decision": "size",
        "gives": {"class": ["small", "large"]},
        "hit_policy": "unique",
        "rules": rules(
            "size",
            ({"loan.days": {"less_than": 10}}, {"class": "small"}),
            ({"loan.days": {"more_than": 10}}, {"class": "large"}),
        ),
    }
    proof = proved(DAYS, size, fine(({"size.class": "small"}, LOW), ({"size.class": "large"}, HIGH)))
    assert [(finding.further["part"], where(finding)) for finding in proof.findings] == [
        ("fine", [["loan.days is 10"]]),
        ("size", [["loan.days is 10"]]),
    ]


def test_facts_that_meet_are_told_together(proved):
    """A region of several facts: the case has values that meet as it says."""
    days = {"loan.lent_on": DATE, "loan.due_on": DATE}
    proof = proved(days, fine(({"loan.due_on": {"after": "loan.lent_on"}}, LOW)))
    (finding,) = proof.findings
    assert where(finding) == [["loan.due_on is loan.lent_on or earlier"]]
    lent, due = (finding.further["regions"][0]["case"]["loan"][name] for name in ("lent_on", "due_on"))
    assert due <= lent


def test_days_between_two_dates_are_told_by_the_name_of_the_derived_fact(proved):
    """In the pack's own words."""
    derived = [{"fact": "loan.length", "days_from": "loan.lent_on", "to": "loan.due_on"}]
    days = {"loan.lent_on": DATE, "loan.due_on": DATE}
    written = [({"loan.length": {"less_than": 14}}, LOW), ({"loan.length": {"more_than": 28}}, HIGH)]
    proof = proved(days, fine(*written), derived=derived)
    (finding,) = proof.findings
    assert where(finding) == [["loan.length is 14 or more and below 29"]]
    assert finding.further["regions"][0]["when"] == {"loan.length": {"at_least": 14, "less_than": 29}}
    assert finding.further["regions"][0]["case"] is not None


def test_months_and_zones_are_told_in_the_facts_own_days(proved):
    """Where the derived day changes, in days of the fact itself."""
    derived = [{"fact": "loan.due_on", "date": "loan.lent_on", "plus": {"months": 1}}]
    written = [({"loan.due_on": {"before": "2026-02-28"}}, LOW), ({"loan.due_on": {"after": "2026-02-28"}}, HIGH)]
    proof = proved({"loan.lent_on": DATE}, fine(*written), derived=derived)
    assert where(proof.findings[0]) == [["loan.lent_on is from 2026-01-28 to 2026-01-31"]]


def test_the_instant_of_the_request_is_part_of_the_case(proved):
    """What rests on today has a day."""
    proof = proved({"loan.due_on": DATE}, fine(({"today": {"on_or_before": "loan.due_on"}}, LOW)))
    (finding,) = proof.findings
    assert finding.code == "gap"
    assert where(finding) == [["today is after loan.due_on"]]
    assert "as_of" in finding.further["regions"][0]


def test_periods_and_sizes_of_lists_have_cases(proved):
    """As many items as it takes."""
    period = {"type": "object", "additionalProperties": False, "required": ["from", "to"]}
    facts = {"loan.pauses": {"type": "array", "items": {**period, "properties": {"from": INSTANT, "to": INSTANT}}}}
    (finding,) = proved(facts, fine(({"loan.pauses": {"empty": True}}, LOW))).findings
    assert len(finding.further["regions"][0]["case"]["loan"]["pauses"]) == 1
    derived = [{"fact": "loan.size", "count": "loan.parts"}]
    facts = {"loan.parts": {"type": "array", "items": {"type": "string"}}}
    (finding,) = proved(facts, fine(({"loan.size": {"at_most": 4}}, LOW)), derived=derived).findings
    assert len(finding.further["regions"][0]["case"]["loan"]["parts"]) == 5


def test_sums_are_told_by_their_names_and_exactly(proved):
    """A tenth and two tenths are three tenths."""
    derived = [{"fact": "loan.total", "sum": ["loan.fee", "loan.fine"]}]
    facts = {name: {"type": "number", "minimum": 0, "maximum": 1} for name in ("loan.fee", "loan.fine")}
    written = [({"loan.total": {"at_most": 0.3}}, LOW), ({"loan.total": {"more_than": 0.4}}, HIGH)]
    (finding,) = proved(facts, fine(*written), derived=derived).findings
    assert where(finding) == [["loan.total is above 0.3 and at most 0.4"]]


def test_subjects_that_a_case_does_without_are_looked_at(proved):
    """A case without a reservation has none of its facts."""
    facts = {
        "reservation": {
            "type": "object",
            "additionalProperties": False,
            "x-subject": True,
            "properties": {"days": {"type": "integer", "minimum": 0}},
        },
        **KIND,
    }
    proof = proved(facts, fine(({"reservation.days": {"less_than": 5}}, LOW)))
    told = {"; ".join(each) for each in where(proof.findings[0])}
    assert told == {"reservation.days is 5 or more", "reservation is none"}
    proof = proved(facts, fine(({"reservation": {"known": True}}, LOW), ({"reservation": {"known": False}}, HIGH)))
    assert proof.findings == ()


@pytest.mark.parametrize("hidden", [None, 777])
def test_a_large_table_of_choices_is_proved(tmp_path, hidden):
    """Of 1,500 rows and 13 columns: a row that is left out is found."""
    columns = [f"loan.c{i}" for i in range(13)]
    facts = {name: {"type": "string", "enum": [f"v{k}" for k in range(5)]} for name in columns}
    cells = []
    for place in range(1500):
        digits = [f"v{place // 5**k % 5}" for k in range(4)]
        last = place // 625
        rest = [f"v{last}" if last < 2 else [f"v{k}" for k in range(2, 5)], *["-"] * 8]
        cells.append([*digits, *rest, "low" if place % 2 else "high"])
    # 5 * 5 * 5 * 5 * 3 combinations are 1875: what the rows leave is one region.
    kept = [row for place, row in enumerate(cells) if place != hidden]
    table = {"decision": "fine", "cites": "c", "gives": LEVELS, "hit_policy": "unique"}
    table |= {"columns": {"when": columns, "then": ["level"]}, "rows": kept}
    proof = prove(load(tmp_path, facts, table))
    (finding,) = proof.findings
    assert (finding.code, proof.unproved) == ("gap", ())
    assert all(region["case"] is not None for region in finding.further["regions"])
    assert (
        ["loan.c0 is v2", "loan.c1 is v0", "loan.c2 is v1", "loan.c3 is v1", "loan.c4 is v1"] in where(finding)
    ) == (hidden is not None)


def test_too_many_combinations_are_told_and_not_guessed(tmp_path):
    """Rows that each ask for other pairs of many facts."""
    names = [f"loan.c{i}" for i in range(40)]
    facts = {name: {"type": "boolean"} for name in names}
    written = [({names[i]: True, names[(i * 7 + 3) % 40]: False}, LOW) for i in range(40)]
    proof = prove(load(tmp_path, facts, fine(*written)), most_steps=10_000)
    assert codes(proof) == ["not_proved"]
    assert [part.part for part in proof.unproved] == ["fine"]
    assert "there are too many combinations of loan.c0, " in proof.findings[0].message


CALENDAR = {"calendar": "desk", "zone": "Etc/UTC", "hours": {"monday to friday": "09:00-17:00"}}


def test_what_a_clock_comes_to_is_not_settled_and_shown_by_cases(proved):
    """Its results are not looked into: each rule is shown to win by a case, or it is said that this was not proved."""
    reply = {
        "decision": "reply",
        "gives": {"due_at": "instant"},
        "parts": [
            {
                "clock": "reply.clock",
                "says": "A reply is due in a working day.",
                "cites": "c",
                "starts": "loan.asked_at",
                "amount": 8,
                "unit": "hour",
                "calendar": "desk",
                "gives": {"due_at": "due_at"},
            }
        ],
    }
    late = fine(
        ({"loan.answered_at": {"after": "reply.due_at"}}, HIGH),
        ({"loan.answered_at": {"on_or_before": "reply.due_at"}}, LOW),
    )
    facts = {"loan.asked_at": INSTANT, "loan.answered_at": INSTANT}
    proof = proved(facts, reply, late, calendars=[CALENDAR])
    assert proof.findings == ()
    (unsettled,) = proof.unsettled
    assert (unsettled.decision.id, unsettled.parts) == ("fine", ("fine",))
    assert unsettled.why == "not all that is asked of loan.asked_at and loan.answered_at is settled"
    gap = fine(({"loan.answered_at": {"after": "reply.due_at"}}, HIGH))
    (finding,) = proved(facts, reply, gap, calendars=[CALENDAR]).findings
    assert finding.code == "gap"
    assert "there may be more such cases" in finding.message
    assert finding.further["regions"][0]["case"] is not None
    never = fine(
        ({"loan.answered_at": {"after": "reply.due_at"}}, HIGH),
        ({"loan.answered_at": {"on_or_before": "reply.due_at"}}, LOW),
        ({"reply.due_at": {"before": "loan.asked_at"}, "loan.answered_at": {"after": "loan.asked_at"}}, LOW),
    )
    proof = proved(facts, reply, never, calendars=[CALENDAR])
    assert codes(proof) == ["not_proved"]
    assert "no case was found" in proof.findings[0].message


REPLY = {
    "clock": "reply.clock", "says": "Open hours.", "cites": "c", "starts": "loan.at", "amount": "reply.hours",
    "unit": "hour", "calendar": "desk", "gives": {"due_at": "due_at"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "given", "told"),
    [
        ({"type": "integer", "hidden": True}, "nothing", ["gap reply.clock"]),
        ({"type": "integer", "hidden": True, "optional": True}, None, ["gap reply.clock"]),
        ({"type": "integer", "hidden": True}, None, ["gap reply.clock"]),
        ({"type": "integer"}, None, ["gap reply.hours"]),
        ({"type": "integer", "hidden": True}, {"hours": 2}, []),
    ],
)
def test_a_clock_that_has_nothing_to_count_leaves_a_gap_unless_that_is_told_already(proved, hours, given, told):
    """A required member is missing, be its amount concluded to be nothing or left out."""
    cases = [
        ({"loan.kind": "book"}, {"hours": 1}),
        *([] if given is None else [({"loan.kind": {"not": "book"}}, given)]),
    ]
    part = {"part": "reply.hours", "rules": rules("reply.hours", *cases)}
    decision = {"decision": "reply", "gives": {"hours": hours, "due_at": "instant"}, "parts": [part, REPLY]}
    proof = proved({**KIND, "loan.at": {**INSTANT, "default": "2026-03-02T09:00:00Z"}}, decision, calendars=[CALENDAR])
    assert [f"{each.code} {each.message.split(':')[0]}" for each in proof.findings] == told


def test_what_unknown_pauses_leave_open_is_told_in_few_words(proved):
    """Not by all that the clock counts with; a default of no pauses settles it."""
    period = {"type": "object", "additionalProperties": False, "required": ["from"]}
    period["properties"] = {"from": INSTANT, "to": INSTANT}
    waits = {"loan.waits": {"type": "array", "items": period}}
    clock = {**REPLY, "amount": 1, "starts": "loan.at", "pauses": "loan.waits"}
    decision = {"decision": "reply", "gives": {"due_at": "instant"}, "parts": [clock]}
    (finding,) = proved({"loan.at": INSTANT, **waits}, decision, calendars=[CALENDAR]).findings
    assert "a pause keeps a target from ever being due" in finding.message
    assert len(finding.message) < 400
