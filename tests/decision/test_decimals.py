"""Decimals are exact as they are written, wherever a pack can write one and wherever a case can give one."""

import json

import pytest

from service.decision.desk import Desk
from service.jsontext import parse
from service.pack.loader import load_pack

NUMBER = {"type": "number"}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "fee": {"type": "number", "minimum": 0.1, "maximum": 900.1},
        "postage": NUMBER,
        "fees": {"type": "array", "items": NUMBER},
        "steps": {"type": "array", "uniqueItems": True, "items": {"type": "number", "enum": [0.1, 0.2, 0.3, 1.0]}},
        "rate": {"type": "number", "enum": [0.1, 0.2, 1.0]},
        "hours": {"type": "number", "minimum": 0, "maximum": 9},
        "lent_at": {"type": "string", "format": "date-time"},
    },
}
FILES = {
    "facts.schema.json": json.dumps(SCHEMA),
    "pack.yaml": """\
pack: fees
version: '1.0.0'
title: Fees
source: {document: House rules}
facts_schema: facts.schema.json
dates_in: Etc/UTC
decisions: [sums, choices, late]
""",
    "clauses.yaml": "clauses: [{clause: fees, heading: Fees, place: '1', text: What is to be paid.}]\n",
    "facts.yaml": """\
values: {stamp: 0.2, most: 0.3}
sets:
  small: [0.1, 0.2]
derived:
  - {fact: both, says: The fee and the postage., sum: [fee, postage]}
  - {fact: all_fees, says: All fees., sum: fees}
  - {fact: with_stamp, says: The fee and a stamp., sum: [fee, stamp, 0.1, -0.1]}
  - {fact: small_ones, says: How many fees are small., count: fees, of: small}
""",
    "calendars/desk.yaml": """\
calendar: desk
zone: Etc/UTC
hours: {monday to sunday: '00:00-24:00'}
""",
    "decisions/sums.yaml": """\
decision: sums
asks: What do the fees amount to?
gives:
  within: boolean
  is_small: boolean
  total: {from: both}
  all: {from: all_fees}
  stamped: {from: with_stamp}
  count: {from: small_ones}
parts:
  - part: sums.within
    hit_policy: first
    rules:
      - {rule: sums.small, says: It is small., cites: fees, when: {both: {at_most: most}}, then: {within: true}}
      - {rule: sums.large, says: It is more., cites: fees, then: {within: false}}
  - table: sums.table
    asks: Is it small?
    cites: fees
    hit_policy: first
    columns: {when: [all_fees], then: [is_small]}
    rows:
      - [[0.1, 0.3], true]
      - ['-', false]
""",
    "decisions/choices.yaml": """\
decision: choices
asks: Which rate is it?
gives:
  level: [0.5, 0.25, 1.5]
  share: {from: rate, as: {'0.1': 0.01, '0.2': 0.02, 1: 0.1}}
  steps: {list: [0.1, 0.2, 0.3]}
  told: {type: object, optional: true}
parts:
  - part: choices.level
    hit_policy: priority
    order: {level: [1.5, 0.25, 0.5]}
    rules:
      - {rule: choices.tenth, says: The rate is a tenth., cites: fees, when: {rate: 0.1}, then: {level: 0.25}}
      - {rule: choices.few, says: It is small., cites: fees, when: {rate: {in: small}}, then: {level: 0.5}}
      - {rule: choices.step, says: A step., cites: fees, when: {steps: {includes: 0.3}}, then: {level: 1.5}}
      - {rule: choices.else, says: Else., cites: fees, then: {level: 0.5}}
  - part: choices.steps
    hit_policy: collect
    rules:
      - {rule: choices.one, says: A tenth., cites: fees, when: {rate: [0.1, 0.2]}, then: {steps: [0.1]}}
      - {rule: choices.two, says: A tenth and two., cites: fees, when: {rate: {not: 1}}, then: {steps: [0.1, 0.2]}}
  - part: choices.told
    hit_policy: any
    rules:
      - {rule: choices.copied, says: It., cites: fees, when: {fee: {at_most: 0.3}}, then: {told: {fee: {from: fee}}}}
      - {rule: choices.written, says: It., cites: fees, when: {fee: 0.3}, then: {told: {fee: 0.3}}}
""",
    "decisions/late.yaml": """\
decision: late
asks: When is it late?
gives: {due_at: instant}
parts:
  - clock: late.due
    says: After so many hours.
    cites: fees
    starts: lent_at
    amount: hours
    unit: hour
    calendar: desk
    gives: {due_at: due_at}
""",
}


@pytest.fixture(scope="module")
def decide(tmp_path_factory):
    """Decide facts, as the bytes of a body give them, by a pack of fees; and give back one decision."""
    folder = tmp_path_factory.mktemp("fees")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    desk = Desk([load_pack(folder)])

    def ask(decision, **facts):
        text = ",".join(f'"{name}":{value}' for name, value in facts.items())
        body = parse(f'{{"facts":{{{text}}},"decisions":["{decision}"]}}'.encode())
        return desk.decide(desk.read(body)).decisions[decision].decode()

    return ask


@pytest.mark.parametrize(
    ("fee", "postage", "outcome"),
    [
        ("0.1", "0.2", '"total":0.3,"within":true'),
        ("0.3", "0", '"total":0.3,"within":true'),
        ("0.30000000000000004", "0", '"total":0.30000000000000004,"within":false'),
        ("0.1", "0.2000000001", '"total":0.3000000001,"within":false'),
        ("0.5", "0.5", '"total":1,"within":false'),
        ("900", "-899.7", '"total":0.3,"within":true'),
    ],
)
def test_a_sum_is_what_it_is_on_paper(decide, fee, postage, outcome):
    """Thirty cents are no more than thirty cents; in doubles they were."""
    assert outcome in decide("sums", fee=fee, postage=postage, fees="[0.1]")


def test_sums_with_constants_and_of_lists_are_exact(decide):
    """Named values, numbers in the list of terms, and the cells of tables are as exact as facts."""
    document = decide("sums", fee="0.1", postage="0", fees="[0.1, 0.1, 0.1]")

    assert '"all":0.3,"count":3,"is_small":true,"stamped":0.3,"total":0.1' in document
    assert '"facts":{"all_fees":0.3,"fees":[0.1,0.1,0.1]}' in document
    assert '"is_small":false' in decide("sums", fee="0.1", postage="0", fees="[0.1, 0.1]")


def test_choices_sets_orders_labels_and_lists_know_decimals(decide):
    """Wherever a value is compared or looked up, both sides are what is written."""
    document = decide("choices", rate="0.1", steps="[0.2, 0.1]", fee="0.3")
    assert '"outcome":{"level":0.25,"share":0.01,"steps":[0.1,0.2],"told":{"fee":0.3}}' in document
    assert '"why":"level 0.25 comes before 0.5."' in document

    document = decide("choices", rate="1.0", steps="[0.3]", fee="0.2")
    assert '"outcome":{"level":1.5,"share":0.1,"steps":[],"told":{"fee":0.2}}' in document


def test_an_amount_of_time_may_be_a_decimal(decide):
    """A tenth of an hour is six minutes."""
    document = decide("late", lent_at='"2026-03-02T10:00:00Z"', hours="0.1")

    assert '"due_at":"2026-03-02T10:06:00+00:00"' in document


def test_a_case_with_an_unknown_decimal_is_open(decide):
    """The bounds of what it may be are decimals too."""
    assert '"status":"decided"' in decide("sums", fee="0.1", postage="0.1", fees="[0.1]")
    assert '"needs":["postage"]' in decide("sums", fee="0.1", fees="[0.1]")
