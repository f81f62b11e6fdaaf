"""What `docs/limits.md` says can't be said is refused, what stays open does, and the nearest things come out as shown.

A limit that is one no longer fails here: then the page is to say how it is said.
"""

import json
import re
from pathlib import Path

import orjson
import pytest
import yaml

from service.clock.lifetimes import STATES
from service.decision.policy import Policy
from service.pack.case_files import nested
from service.pack.loader import load_pack
from service.written.findings import InvalidPack

PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")
(STEPS,) = (yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))

DATE, NUMBER, TEXT = {"type": "string", "format": "date"}, {"type": "number", "minimum": 0}, {"type": "string"}
INSTANT = {**DATE, "format": "date-time"}
TEXTS = {"type": "array", "items": TEXT, "maxItems": 5}
LOAN = {
    "kind": TEXT, "lent_on": DATE, "ended_on": DATE, "at": INSTANT, "other_at": INSTANT, "days": {"type": "integer"},
    "fee": NUMBER, "rate": NUMBER, "fees": {"type": "array", "items": NUMBER}, "marks": TEXTS, "labels": TEXTS,
}  # fmt: skip
DESK = {"calendar": "desk", "zone": "Europe/Lisbon", "hours": {"monday to friday": "09:00-17:00"}}
SAID = {"says": "So.", "cites": "c"}


def rule(decision, name="r", then=None, **more):
    """Return a rule of a decision, which gives `x` unless said otherwise."""
    return {"rule": f"{decision}.{name}", **SAID, **more, "then": then or {"x": 1}}


def decision(name="d", when=None, then=None, gives=None, **more):
    """Return a decision of a rule that asks something, or of what is said instead, and of one for all else."""
    asked = {} if when is None else {"when": when}
    rules = [
        rule(name, then=then, **asked),
        *([] if when is None else [rule(name, "else", {"x": 2}, when="otherwise")]),
    ]
    return {"decision": name, "asks": "What?", "gives": gives or {"x": "integer"}, **({"rules": rules} | more)}


def fact(name="loan.made", **form):
    """Return a derived fact."""
    return {"fact": name, "says": "Made.", **form}


def clock(**more):
    """Return a decision of a clock."""
    counts = {"starts": "loan.at", "amount": 1, "unit": "hour", "calendar": "desk", **more}
    part = {"clock": "d.clock", **SAID, **counts, "gives": {"due_at": "due_at"}}
    return {"decision": "d", "asks": "When?", "gives": {"due_at": "instant"}, "parts": [part]}


@pytest.fixture
def load(tmp_path):
    """Return what loads a pack of these derived facts, decisions, calendar and facts of a loan."""

    def loaded(*, derived=(), decisions=None, calendar=DESK, loan=None, **schema):
        decisions = decisions or [decision()]
        facts = {"type": "object", "additionalProperties": False, "properties": {**LOAN, **(loan or {})}}
        files = {
            "pack.yaml": {
                "pack": "small", "version": "1.0.0", "title": "Small", "source": {"document": "None"},
                "decisions": [each["decision"] for each in decisions],
            },
            "clauses.yaml": {"clauses": [{"clause": "c", "heading": "Heading", "place": "1", "text": "A clause."}]},
            "facts.schema.json": {
                "type": "object", "additionalProperties": False, "properties": {"loan": {**facts, **schema}},
            },
            "calendars/desk.yaml": calendar,
            **({"facts.yaml": {"derived": list(derived)}} if derived else {}),
            **{f"decisions/{each['decision']}.yaml": each for each in decisions},
        }  # fmt: skip
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(json.dumps(content))  # JSON is YAML
        return load_pack(tmp_path)

    return loaded


def parts(*rules):
    """Return a decision with a part for each of some rules, which give `x` and `y`."""
    return decision(gives={"x": "integer", "y": "integer"}) | {
        "parts": [{"part": f"d.part{i}", "rules": [each]} for i, each in enumerate(rules)]
    }


TWO_PARTS = parts(rule("d", outranks="d.s"), rule("d", "s", {"y": 1}))
del TWO_PARTS["rules"]
CIRCLE = [decision("d", {"e.x": 1}), decision("e", {"d.x": 1})]
FORTNIGHT = {**DESK, "hours": {"every second saturday": "09:00-12:00"}}
WORKING_DAY = {"special_day": "First", "nth": 1, "weekday": "working_day", "month": 1, "hours": "09:00-12:00"}

REFUSED = [
    ("a request is closed after it was opened", {"if": {}}, "unknown key 'if'"),
    ("normal, if nothing is said", {"loan": {"kind": {**TEXT, "default": {"from": "loan.marks"}}}}, "must be text"),
    ("two percent for each year", {"derived": [fact(power=["loan.fee", 2])]}, "unknown key 'power'"),
    ("what is left over of full weeks", {"derived": [fact(remainder=["loan.days", 7])]}, "unknown key 'remainder'"),
    ("the next full fifty", {"derived": [fact(round="loan.fee", places=-1, how="up")]}, "must be at least 0"),
    ("the median", {"derived": [fact(median="loan.fees")]}, "unknown key 'median'"),
    ("as in `AB-`", {"decisions": [decision(when={"loan.kind": {"matches": "AB-*"}})]}, "unknown key 'matches'"),
    ("more than forty letters", {"decisions": [decision(when={"loan.kind": {"longer_than": 40}})]}, "'longer_than'"),
    ("of two lists", {"decisions": [decision(when={"loan.marks": {"includes_any": "loan.labels"}})]}, "is a text here"),
    (
        "twice the fee or more",
        {"decisions": [decision(when={"loan.fee": {"at_least": "loan.rate * 2"}})]},
        "dotted name",
    ),
    (
        "12.50 euros",
        {"decisions": [decision(gives={"x": "string"}, then={"x": "{loan.fee:.2f}"})]},
        "opens or closes no",
    ),
    ("by the end of the month", {"derived": [fact(end_of_month="loan.lent_on")]}, "unknown key 'end_of_month'"),
    ("for three full years", {"derived": [fact(years_from="loan.lent_on", to="loan.ended_on")]}, "'years_from'"),
    ("within one month", {"decisions": [clock(unit="month")]}, "'month' is no unit"),
    ("from the day of purchase", {"decisions": [clock(starts="loan.lent_on")]}, "'loan.lent_on' is a date"),
    ("every second Saturday", {"calendar": FORTNIGHT}, "'every second saturday' is no weekday"),
    ("the first working day", {"calendar": {**DESK, "special_days": [WORKING_DAY]}}, "not 'working_day'"),
    ("until sunset", {"calendar": {**DESK, "hours": {"monday": "09:00-sunset"}}}, "'sunset' is no time of day"),
    ("count double", {"decisions": [clock(speed=2)]}, "unknown key 'speed'"),
    ("and then four in Toronto", {"decisions": [clock(calendar=["desk", "desk"])]}, "must be text, not a list"),
    ("as in our general terms", {"decisions": [decision(uses="terms")]}, "unknown key 'uses'"),
    ("whatever the other chapters say", {"decisions": [TWO_PARTS]}, "no other rule of its part"),
    ("and the response by the severity", {"decisions": CIRCLE}, "in a circle"),
    ("a member named by a fact", {"decisions": [decision(then={"{loan.kind}": 1})]}, "not declared in 'gives'"),
]


@pytest.mark.parametrize(("limit", "pack", "says"), REFUSED, ids=[limit for limit, _, _ in REFUSED])
def test_what_the_page_says_can_not_be_said_is_refused(load, limit, pack, says):
    """With a plain attempt at it, or told as hardly meant."""
    assert len(re.findall(rf"^\| [^|]*{re.escape(limit)}[^|]* \|", PAGE, re.MULTILINE)) == 1
    try:
        found = load(**pack).warnings
    except InvalidPack as refused:
        found = refused.findings

    assert says in " ".join(each.message for each in found)
    assert found != ()


TEN = "abcdefghij"
TOGETHER = {"any": [{"loan.kind": {"contains": letter}} for letter in TEN]}
GATHERED = [
    decision("d", gives={"all": "list"}, hit_policy="collect", rules=[
        rule("d", "marks", {"all": {"from": "loan.marks"}}), rule("d", "labels", {"all": {"from": "loan.labels"}}),
    ]),
    decision("e", when={"all.number": {"at_least": 3}}),
]  # fmt: skip
NUMBER_OF_ALL = fact("all.number", count="d.all")
MANY_MONTHS = {"term": {"type": "integer", "minimum": 0, "maximum": 128}}
FEW_MONTHS = {"term": {"type": "integer", "minimum": 1, "maximum": 128}}
SOME_MONTHS = {"term": {"type": "integer", "minimum": 1, "maximum": 20}}
TERM = fact(date="loan.lent_on", plus={"months": "loan.term"})
TERM_IN_DAYS = fact(date="loan.lent_on", plus={"days": "loan.days"})
MONTH_ON = fact(date="loan.at", plus={"months": 1})
WEEKDAY = fact(weekday_of="loan.lent_on")
MONDAY_BEFORE = {"loan.made": "monday", "loan.lent_on": {"before": "loan.ended_on"}}
COUNTS = {"type": "array", "items": {"type": "integer", "minimum": 0}}
ALL_COUNTS = fact(sum="loan.counts")
ITEM = {"type": "object", "additionalProperties": False, "required": ["cost"], "properties": {"cost": NUMBER}}
ITEMS = {"items": {"type": "array", "items": ITEM}}
DEARER = {"decisions": [decision(when={"loan.items": {"some": {"cost": {"more_than": "loan.fee"}}}})], "loan": ITEMS}
DEAR = {"decisions": [decision(when={"loan.items": {"some": {"cost": {"more_than": 5}}}})], "loan": ITEMS}
OPEN_MINUTES = fact(open_minutes_from="loan.at", to="loan.other_at", calendar="desk")
TIMES = [fact(f"{name}.time", time_of_day=f"loan.{name}", zone="Europe/Lisbon") for name in ("at", "other_at")]
STATE = {
    "decision": "d", "asks": "What has become of it?", "gives": {"state": {"one_of": list(STATES), "optional": True}},
    "parts": [{**clock(stops="loan.other_at")["parts"][0], "gives": {"state": "state"}}],
}  # fmt: skip
LARGE_WITH_THREE = {"loan.made": {"at_least": 10}, "loan.counts": {"includes": 3}}


def asks(when, *derived):
    """Return a pack that asks something of derived facts."""
    return {"derived": derived, "decisions": [decision(when=when)]}


OPEN = [
    ("product of several", asks({"loan.made": {"less_than": 0}}, fact(product=["loan.fee", "loan.rate"]))),
    ("order of two instants", asks({"loan.made": {"before": "loan.other_at"}}, MONTH_ON)),
    ("that may be one of more than 128", {**asks({"loan.made": {"before": "2026-03-01"}}, TERM), "loan": MANY_MONTHS}),
    ("two unknown dates, one", {**asks({"loan.made": {"before": "loan.ended_on"}}, TERM), "loan": FEW_MONTHS}),
    (
        "what a number of many moves",
        asks({"loan.day": "monday"}, TERM_IN_DAYS, fact("loan.day", weekday_of="loan.made")),
    ),
    ("the weekday of one", asks(MONDAY_BEFORE, WEEKDAY)),
    ("some ten texts", asks(TOGETHER)),
    ("a list of whole numbers", {**asks(LARGE_WITH_THREE, ALL_COUNTS), "loan": {"counts": COUNTS}}),
    ("past the year 9899", asks({"loan.made": {"before": "loan.at"}}, fact(date="loan.at", plus={"years": 8000}))),
    ("how many items a list has", {"derived": [NUMBER_OF_ALL], "decisions": GATHERED}),
    ("an item of an unknown list of records", DEARER),
    ("open time where both instants", asks({"loan.made": {"at_least": 60}}, OPEN_MINUTES)),
    ("the state of a target", {"decisions": [STATE, decision("e", when={"d.state": "met"})]}),
    ("two times of day", asks({"at.time": {"before": "other_at.time"}}, *TIMES)),
]
SETTLED = [
    asks({"loan.made": {"less_than": 0}}, fact(product=["loan.fee", 2])),
    asks({"loan.made": {"less_than": 0}}, fact(quotient=["loan.fee", "loan.rate"])),
    asks({"loan.made": {"before": "loan.ended_on"}}, fact(date="loan.lent_on", plus={"months": 1})),
    asks({"loan.made": {"before": "loan.other_at"}}, fact(date="loan.at", plus={"days": 1, "hours": 2})),
    asks({"loan.made": "monday"}, WEEKDAY),
    {**asks({"loan.made": {"before": "2026-03-01"}}, TERM), "loan": FEW_MONTHS},
    {**asks({"loan.made": {"before": "loan.ended_on"}}, TERM), "loan": SOME_MONTHS},
    asks({"loan.made": {"before": "loan.ended_on"}}, TERM_IN_DAYS),
    asks({"loan.made": {"at_least": 10}, "loan.fees": {"includes": 3}}, fact(sum="loan.fees")),
    {**asks({"loan.made": {"at_least": 10}}, ALL_COUNTS), "loan": {"counts": COUNTS}},
    asks({"loan.made": {"before": "loan.lent_on"}}, fact(date="loan.lent_on", plus={"years": 8000})),
    asks({"any": [{"loan.kind": {"starts_with": letter}} for letter in TEN]}),
    {"decisions": [GATHERED[0], decision("e", when={"d.all": {"includes": "a"}})]},
    DEAR,
    asks({"at.time": {"before": "08:00"}}, *TIMES),
]


def is_exact(pack):
    """Say whether all is settled with nothing known of a loan."""
    found = Policy(pack).decide(pack.facts.read({"loan": {}}))
    return all(orjson.loads(each).get("exact", True) for each in found.values())


@pytest.mark.parametrize(("limit", "pack"), OPEN, ids=[limit for limit, _ in OPEN])
def test_what_stays_open_says_so(load, limit, pack):
    """A caller who is asked for more than matters is told that it may be so."""
    assert len(re.findall(rf"^\| [^|]*{re.escape(limit)}[^|]* \|", PAGE, re.MULTILINE)) == 1
    assert not is_exact(load(**pack))


@pytest.mark.parametrize("pack", SETTLED, ids=range(len(SETTLED)))
def test_what_is_settled_instead_is(load, pack):
    """The page sends there."""
    assert is_exact(load(**pack))


@pytest.mark.parametrize("example", STEPS, ids=str)
def test_what_is_said_in_steps_comes_out_as_shown(load, example):
    """Each step a derived fact."""
    kind = "boolean" if isinstance(example["value"], bool) else "number"
    derived = [fact(name, **form) for name, form in example["beside"].items()]
    derived += [fact("made", **example["form"])]
    derived += [fact("told", round="made", places=9, how="half_even")] if kind == "number" else []
    made = {"x": {"from": derived[-1]["fact"]}}
    pack = load(derived=derived, decisions=[decision(gives={"x": {"type": kind, "optional": True}}, then=made)])

    (found,) = Policy(pack).decide(pack.facts.read(nested(example["of"]))).values()

    assert orjson.loads(found)["outcome"] == {"x": example["value"]}
