"""Small packs that once were answered wrongly or not at all, each with what is right. Nothing is drawn here."""

import json

import pytest

from service.decision.policy import Policy
from service.decision.proving import find_gaps
from service.pack.loader import load_pack
from tests.oracle.folders import write_pack

_DATE = {"type": "string", "format": "date"}
_INSTANT = {"type": "string", "format": "date-time"}


@pytest.fixture
def small(tmp_path):
    """Write a pack of one decision, `d`, with the member `k`, and return what decides its cases."""

    def load(properties, rules, derived=(), gives=None):
        named = [{"rule": f"d.r{place}", "says": "So it is.", "cites": "c", **rule} for place, rule in enumerate(rules)]
        decision = {"decision": "d", "asks": "What is it?", "gives": gives or {"k": "boolean"}}
        pack = {
            "head": {
                "pack": "small",
                "version": "1.0.0",
                "title": "Small",
                "source": {"document": "None"},
                "facts_schema": "facts.schema.json",
                "dates_in": "Etc/UTC",
                "decisions": ["d"],
            },
            "schema": {"type": "object", "additionalProperties": False, "properties": properties},
            "facts": {"derived": [{"says": "It is derived.", **each} for each in derived]} if derived else {},
            "calendars": {},
            "interpretations": {},
            "decisions": {"d": {**decision, "hit_policy": "first", "rules": named}},
        }
        loaded = load_pack(write_pack(pack, tmp_path))
        policy = Policy(loaded)

        def decide(facts):
            found = json.loads(policy.decide(loaded.facts.read(facts))["d"])
            return found["status"], found["outcome"], found["needs"]

        decide.pack = loaded
        return decide

    return load


def _yes_or_no(when):
    return [{"when": when, "then": {"k": True}}, {"then": {"k": False}}]


def _open(*needs):
    """Return what is right where only the rule that always holds is certain, and more facts would tell."""
    return "provisional", {"k": False}, list(needs)


_YES, _NO = ("decided", {"k": True}, []), ("decided", {"k": False}, [])


def test_a_number_is_compared_with_nought(small):
    """No number lies between nought and the least one above it: halving must end there."""
    decide = small({"age": {"type": "number"}}, _yes_or_no({"age": {"more_than": 0}}))
    assert find_gaps(decide.pack) == []
    assert decide({"age": 0}) == _NO
    assert decide({"age": 5e-324}) == _YES
    assert decide({}) == _open("age")


def test_the_length_of_a_month_rests_on_its_first_day(small):
    """A derived fact may move up and down along a date: January and March have 31 days, February between has not."""
    derived = [
        {"fact": "x.end", "date": "start", "plus": {"months": 1}},
        {"fact": "x.length", "days_from": "start", "to": "x.end"},
    ]
    for when in ({"x.length": {"at_least": 31}}, {"x.length": {"at_most": 28}}):
        decide = small({"start": _DATE}, _yes_or_no(when), derived)
        assert decide({}) == _open("start")
        assert decide({"start": "2026-02-10"}) == (_NO if "at_least" in when["x.length"] else _YES)
        assert decide({"start": "2024-02-10"}) == _NO
        assert decide({"start": "2026-03-10"}) == (_YES if "at_least" in when["x.length"] else _NO)


def test_rules_that_part_the_lengths_of_months_leave_an_unknown_day_undecided(small):
    """Of two rules that exclude each other, none is certain."""
    derived = [
        {"fact": "x.end", "date": "start", "plus": {"months": 1}},
        {"fact": "x.length", "days_from": "start", "to": "x.end"},
    ]
    rules = [
        {"when": {"x.length": {"at_least": 31}}, "then": {"k": True}},
        {"when": {"x.length": {"less_than": 31}}, "then": {"k": False}},
    ]
    decide = small({"start": _DATE}, rules, derived)
    assert find_gaps(decide.pack) == []
    assert decide({}) == ("undecided", None, ["start"])


def test_the_sum_of_an_unknown_list_may_be_anything(small):
    """No sample of lists stands for all of them: only bounds of the list and its items say how far a sum goes."""
    derived = [{"fact": "x.sum", "sum": "prices"}]
    when = {"x.sum": {"at_least": 5000}}
    decide = small({"prices": {"type": "array", "items": {"type": "number"}}}, _yes_or_no(when), derived)
    assert decide({}) == _open("prices")
    assert decide({"prices": [2500, 2500]}) == _YES
    bounded = {"type": "array", "maxItems": 3, "items": {"type": "number", "maximum": 1000}}
    assert small({"prices": bounded}, _yes_or_no(when), derived)({}) == _NO
    bounded = {"type": "array", "minItems": 2, "items": {"type": "number", "minimum": 2500}}
    assert small({"prices": bounded}, _yes_or_no(when), derived)({}) == _YES


def test_one_unknown_instant_has_days_in_two_zones(small):
    """Whether they are the same day changes back and forth, day after day."""
    derived = [
        {"fact": "x.here", "date_of": "moment", "zone": "America/Chicago"},
        {"fact": "x.there", "date_of": "moment", "zone": "Etc/UTC"},
    ]
    for op, at_noon in (("same_as", _YES), ("differs_from", _NO)):
        decide = small({"moment": _INSTANT}, _yes_or_no({"x.here": {op: "x.there"}}), derived)
        assert decide({}) == _open("moment")
        assert decide({"moment": "2026-05-01T12:00:00Z"}) == at_noon
        assert decide({"moment": "2026-05-01T01:00:00Z"}) != at_noon


def test_two_unknown_dates_are_so_many_days_apart_while_one_lies_in_a_window(small):
    """25 May and 15 June 2026 are 21 days apart; most dates that stand for a stretch of them are not."""
    derived = [{"fact": "x.days", "days_from": "first", "to": "last"}]
    window = {"after": "2026-06-01", "before": "2026-07-01"}
    rules = _yes_or_no({"x.days": {"at_most": 25, "at_least": 0}, "last": window})
    decide = small({"first": _DATE, "last": _DATE}, rules, derived)
    status, outcome, needs = decide({})
    assert (status, outcome, set(needs)) == ("provisional", {"k": False}, {"first", "last"})
    assert decide({"first": "2026-05-25", "last": "2026-06-15"}) == _YES
    assert decide({"first": "2026-05-25"}) == _open("last")
    assert decide({"last": "2026-06-15"}) == _open("first")
    assert decide({"last": "2026-07-01"}) == _NO
    assert decide({"first": "2026-07-01"}) == _NO


@pytest.mark.parametrize("pairs", [5, 16, 40])
@pytest.mark.parametrize("how", ["any", "none"])
def test_a_rule_asks_for_many_pairs(small, how, pairs):
    """An engine has an end to what one rule may hold; a pack's author can't know it."""
    names = [f"{letter}{place}" for place in range(pairs) for letter in "ab"]
    when = {how: [{f"a{place}": "one", f"b{place}": "one"} for place in range(pairs)]}
    decide = small({name: {"type": "string"} for name in names}, _yes_or_no(when))
    apart = {name: "one" if name[0] == "a" else "two" for name in names}
    together = {**apart, f"b{pairs - 1}": "one"}
    assert find_gaps(decide.pack) == []
    assert decide(apart) == (_NO if how == "any" else _YES)
    assert decide(together) == (_YES if how == "any" else _NO)
    status, _, needs = decide({name: "one" for name in names if name[0] == "a"})
    assert (status, set(needs)) == ("provisional", {name for name in names if name[0] == "b"})


@pytest.mark.parametrize("pairs", [5, 20])
def test_pairs_of_which_a_case_may_have_none_are_asked_for(small, pairs):
    """What may be none takes more of an engine than what is always there."""
    names = [f"s{place}" for place in range(2 * pairs)]
    when = {"none": [{first: "one", second: "one"} for first, second in zip(names[::2], names[1::2], strict=True)]}
    decide = small({name: {"type": "string", "x-absent": "none"} for name in names}, _yes_or_no(when))
    assert decide({}) == _YES
    assert decide(dict.fromkeys(names[::2], "one")) == _YES
    assert decide(dict.fromkeys(names[-2:], "one")) == _NO
    assert decide(dict.fromkeys(names, "one")) == _NO


@pytest.mark.parametrize("count", [65, 130])
def test_many_conditions_hold_at_once(small, count):
    """However many rules hold, the one that wins is told."""
    names = [f"h{place}" for place in range(count)]
    rules = [{"when": {"x": {"at_least": count - place}}, "then": {"k": name}} for place, name in enumerate(names)]
    decide = small({"x": {"type": "number", "minimum": 1, "maximum": 100000}}, rules, gives={"k": names})
    assert decide({"x": 5}) == ("decided", {"k": f"h{count - 5}"}, [])
    assert decide({"x": 90000}) == ("decided", {"k": "h0"}, [])
    # Whatever x is, it is at least 1: the last rule is certain.
    assert decide({}) == ("provisional", {"k": f"h{count - 1}"}, ["x"])


def test_decimals_are_what_is_written(small):
    """A tenth and two tenths are three tenths, summed name by name or as a list."""
    numbers = {"type": "array", "items": {"type": "number"}}
    derived = [
        {"fact": "x.sum", "sum": ["a", "b"]},
        {"fact": "x.list", "sum": "l"},
        {"fact": "x.more", "sum": ["a", 0.2]},
    ]
    gives = {"k": "boolean", "total": {"from": "x.sum"}, "of_list": {"from": "x.list"}}
    when = {"x.sum": {"at_most": 0.3}, "x.list": 0.3, "x.more": {"same_as": "x.list"}}
    facts = {"a": {"type": "number"}, "b": {"type": "number"}, "l": numbers}
    decide = small(facts, _yes_or_no(when), derived, gives)
    status, outcome, _ = decide({"a": 0.1, "b": 0.2, "l": [0.1, 0.1, 0.1]})
    assert (status, outcome) == ("decided", {"k": True, "total": 0.3, "of_list": 0.3})


@pytest.mark.parametrize(
    ("spec", "ends", "matcher"),
    [
        (_DATE, "1900-01-01", {"on_or_before": "1900-01-01"}),
        (_DATE, "9899-12-31", {"on_or_after": "9899-12-31"}),
        (_INSTANT, "1900-01-01T06:00:00Z", {"before": "1900-01-02T00:00:00Z"}),
        (_INSTANT, "9899-12-31T06:00:00Z", {"after": "9899-12-30T23:00:00Z"}),
    ],
)
def test_the_ends_of_a_domain_are_what_the_schema_allows(small, spec, ends, matcher):
    """A value that a case may have is a value that an unknown fact may have."""
    decide = small({"x": spec}, _yes_or_no({"x": matcher}))
    assert decide({"x": ends}) == _YES
    assert decide({}) == _open("x")


@pytest.mark.parametrize(("type_", "end"), [("integer", 10**17), ("number", 1e20), ("number", 10**17 + 1)])
def test_a_number_may_be_larger_than_any_that_a_pack_can_write(small, type_, end):
    """Doubles stop being whole beyond 2**53; facts do not stop there."""
    decide = small({"one": {"type": type_}, "other": {"type": type_}}, _yes_or_no({"one": {"more_than": "other"}}))
    assert decide({"one": end, "other": 2**53}) == _YES
    assert decide({"other": 2**53}) == _open("one")
    assert decide({"one": -end, "other": -(2**53)}) == _NO
    assert decide({"one": -(2**53)}) == _open("other")


def test_a_longer_text_may_be_any_that_its_length_allows(small):
    """Three letters and more are never 'ab'; and with two letters at most, a text can still differ from two others."""
    decide = small({"x": {"type": "string", "minLength": 3}}, _yes_or_no({"x": "ab"}))
    assert decide({}) == _NO
    texts = {name: {"type": "string", "maxLength": 1} for name in "abc"}
    when = {"a": {"differs_from": "b"}, "b": {"differs_from": "c"}, "c": {"differs_from": "a"}}
    status, _, needs = small(texts, _yes_or_no(when))({})
    assert (status, set(needs)) == ("provisional", {"a", "b", "c"})
