"""What reaches a clock by a name is checked where it is written, whatever way it takes."""

from __future__ import annotations

import json

import pytest

from service.decision.policy import Policy
from service.jsontext import parse
from service.pack.loader import load_pack
from service.written.findings import InvalidPack

REPLY = "decisions/reply.yaml"
FACTS = "facts.yaml"
ZONED = """\
decision: reply
asks: When is it answered?
gives:
  amount: integer
  zone: string
  shown_zone: {from: reply.zone}
  unit: string
  due_at: {type: instant, optional: true}
  starts_at: {type: instant, optional: true}
parts:
  - table: reply.target
    cites: replies
    hit_policy: unique
    columns: {when: [loan.kind], then: [amount, zone, unit]}
    rows:
      - [book, 1, Europe/Lisbon, hour]
      - [map, 2, {value: away}, hour]
  - clock: reply.clock
    says: Counted in open hours.
    cites: replies
    starts: loan.asked_at
    amount: reply.amount
    unit: reply.unit
    zone: reply.shown_zone
    calendar: desk
    gives: {starts_at: starts_at, due_at: due_at}
"""


def change(path, old, new):
    """Change a passage of a file."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.fixture
def zoned(write):
    """Write the small pack with a clock whose zone and unit come from a table, a named value and a copy."""
    folder = write(FACTS, "values:", "values:\n  away: Africa/Cairo")
    (folder / REPLY).write_text(ZONED)
    return folder


def test_zones_and_units_may_come_from_rules(zoned):
    """As the language allows."""
    assert load_pack(zoned).decisions["reply"].parts


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        (REPLY, "Europe/Lisbon", "Europe/Lisbn", ("unknown_zone", "row reply.target(book)", "Europe/Lisbon")),
        (FACTS, "Africa/Cairo", "Africa/Kairo", ("unknown_zone", "row reply.target(map)", "Africa/Cairo")),
        (REPLY, "Europe/Lisbon, hour", "Europe/Lisbon, hours", ("unknown_name", "there are minute, hour", "hour")),
        (REPLY, "[book, 1,", "[book, -1,", ("impossible_value", "0 or more", None)),
        (REPLY, "{from: reply.zone}", "{type: string, always: Nowhere}", ("unknown_zone", "shown_zone", None)),
    ],
)
def test_what_no_clock_takes_is_told_where_it_is_written(zoned, file, old, new, found):
    """A typo is told before it meets a case."""
    change(zoned / file, old, new)
    with pytest.raises(InvalidPack) as refused:
        load_pack(zoned)
    (finding,) = refused.value.findings
    code, says, nearest = found
    assert (finding.code, finding.nearest) == (code, nearest)
    assert says in finding.message
    assert finding.place.file.endswith(REPLY)


@pytest.fixture
def declared(zoned):
    """Let the clock take its amount or zone from a fact that the schema declares so; returns the loaded pack."""

    def pack(role, written, spec):
        change(zoned / REPLY, written, f"{role}: loan.{role}\n")
        schema = json.loads((zoned / "facts.schema.json").read_text())
        schema["properties"]["loan"]["properties"][role] = spec
        (zoned / "facts.schema.json").write_text(json.dumps(schema))
        return load_pack(zoned)

    return pack


AMOUNT, ZONE = ("amount", "amount: reply.amount\n"), ("zone", "zone: reply.shown_zone\n")


@pytest.mark.parametrize(
    ("role", "spec", "codes"),
    [
        (AMOUNT, {"type": "integer"}, ["unbounded_amount"]),
        (AMOUNT, {"type": "integer", "minimum": 0}, ["unbounded_amount"]),
        (AMOUNT, {"type": "integer", "minimum": 0, "maximum": 9}, []),
        (ZONE, {"type": "string"}, ["unbounded_text"]),
        (ZONE, {"type": "string", "enum": ["Europe/Lisbon", "Africa/Cairo"]}, []),
    ],
)
def test_a_fact_that_a_clock_takes_is_asked_for_its_bounds(declared, role, spec, codes):
    """A case could give anything."""
    assert [each.code for each in declared(*role, spec).warnings] == codes


@pytest.mark.parametrize(
    ("role", "spec", "value"), [(AMOUNT, {"type": "integer"}, -1), (ZONE, {"type": "string"}, "Nowhere")]
)
def test_what_no_clock_takes_gives_nothing_and_ends_nothing(declared, role, spec, value):
    """The other parts of the decision are still given."""
    pack = declared(*role, spec)
    loan = {"kind": "book", "asked_at": "2026-03-02T10:00:00Z", role[0]: value}
    reply = parse(Policy(pack).decide(pack.facts.read({"loan": loan}), ["reply"])["reply"])
    assert reply["status"] == "decided"
    assert "due_at" not in reply["outcome"]
