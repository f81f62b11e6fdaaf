"""A pack with any error is refused with every finding: a small sound pack, broken in one place at a time."""

import json
from pathlib import Path

import pytest

from service.pack.findings import InvalidPack
from service.pack.loader import load_pack

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "loan": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "kind": {"type": "string", "enum": ["book", "map"]},
                "days_late": {"type": "integer", "minimum": 0},
                "lent_on": {"type": "string", "format": "date"},
                "asked_at": {"type": "string", "format": "date-time"},
                "parts": {"type": "array", "uniqueItems": True, "items": {"type": "string", "enum": ["disc", "cover"]}},
                "note": {"type": "string", "x-absent": "none"},
            },
        }
    },
}
SOUND = {
    "pack.yaml": """\
pack: small
version: '1.0.0'
title: A small pack
source: {document: House rules}
facts_schema: facts.schema.json
as_of: loan.asked_at
dates_in: Europe/Lisbon
decisions: [fine, reply]
""",
    "clauses.yaml": """\
clauses:
  - {clause: fines, heading: Fines, place: paragraph 1, text: Late items cost a fine.}
  - {clause: replies, heading: Replies, place: paragraph 1, text: Questions are answered.}
""",
    "interpretations.yaml": """\
interpretations:
  - interpretation: day-of-return
    question: Does the day of return count?
    cites: fines
    chosen: free
    readings:
      free: {means: It does not., effect: No fine.}
      counted: {means: It does., effect: A fine.}
""",
    "facts.yaml": """\
values:
  period: {days: 28}
  most: 30
sets:
  flat: [map]
derived:
  - fact: loan.due_on
    says: The last day.
    cites: fines
    date: loan.lent_on
    plus: period
""",
    "decisions/fine.yaml": """\
decision: fine
asks: What does it cost?
gives: {level: [low, high]}
hit_policy: priority
order: {level: [high, low]}
rules:
  - rule: fine.long-late
    says: Very late.
    cites: fines
    interpretation: day-of-return
    when: {loan.days_late: {more_than: most}}
    then: {level: high}
  - rule: fine.late
    says: Late or not.
    cites: fines
    then: {level: low}
notes:
  - note: fine.letter
    says: A letter follows.
    cites: fines
    when: {fine.level: high}
""",
    "decisions/reply.yaml": """\
decision: reply
asks: When is it answered?
gives: {amount: integer, starts_at: instant, due_at: instant}
parts:
  - table: reply.target
    cites: replies
    hit_policy: unique
    columns: {when: [loan.kind, fine.level], then: [amount]}
    rows:
      - [book, low, 1]
      - [book, high, 2]
      - [map, '-', 3]
  - clock: reply.clock
    says: Counted in open hours.
    cites: replies
    starts: loan.asked_at
    amount: reply.amount
    unit: hour
    calendar: desk
    gives: {starts_at: starts_at, due_at: due_at}
""",
    "calendars/desk.yaml": """\
calendar: desk
zone: Europe/Lisbon
hours: {monday to friday: '09:00-17:00'}
""",
    "cases/fine.yaml": """\
cases:
  - case: Very late is high
    facts: {loan.days_late: 31}
    expect: {fine: {level: high}}
    because: fine.long-late
""",
}


@pytest.fixture
def write(tmp_path):
    """Write the sound pack with one file changed, and return what loading it finds."""

    def written(file: str | None = None, old: str = "", new: str = "") -> list[tuple[str, int, str]]:
        for name, text in SOUND.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            if name == file:
                assert old in text
                text = text.replace(old, new, 1)
            path.write_text(text)
        (tmp_path / "facts.schema.json").write_text(json.dumps(SCHEMA))
        try:
            load_pack(tmp_path)
        except InvalidPack as refused:
            return [
                (Path(finding.place.file).name, finding.place.line, f"{finding.code}: {finding.message}")
                for finding in refused.findings
            ]
        return []

    return written


def test_the_sound_pack_is_taken(write):
    """What is broken below is whole at first."""
    assert write() == []


BROKEN = [
    # file, what stands there, what is written instead, (file, line) of the finding, what it says
    ("decisions/fine.yaml", "loan.days_late:", "loan.days_lat:", ("fine.yaml", 11), "'loan.days_late'"),
    ("decisions/fine.yaml", "more_than: most", "more_tan: most", ("fine.yaml", 11), "'more_than'"),
    ("decisions/fine.yaml", "more_than: most", "more_than: mots", ("fine.yaml", 11), "'most'"),
    ("decisions/fine.yaml", "more_than: most", "more_than: loan.kind", ("fine.yaml", 11), "string"),
    ("decisions/fine.yaml", "{more_than: most}", "many", ("fine.yaml", 11), "integer"),
    ("decisions/fine.yaml", "more_than: most", "after: most", ("fine.yaml", 11), "dates"),
    ("decisions/fine.yaml", "loan.days_late: {more_than: most}", "loan.kind: bok", ("fine.yaml", 11), "'book'"),
    ("decisions/fine.yaml", "loan.days_late: {more_than: most}", "loan.parts: disc", ("fine.yaml", 11), "includes"),
    (
        "decisions/fine.yaml",
        "loan.days_late: {more_than: most}",
        "loan.parts: {includes: disk}",
        ("fine.yaml", 11),
        "'disc'",
    ),
    ("decisions/fine.yaml", "loan.days_late: {more_than: most}", "loan.kind: {in: flt}", ("fine.yaml", 11), "'flat'"),
    (
        "decisions/fine.yaml",
        "loan.days_late: {more_than: most}",
        "loan.kind: {known: true}",
        ("fine.yaml", 11),
        "never none",
    ),
    (
        "decisions/fine.yaml",
        "loan.days_late: {more_than: most}",
        "loan.lent_on: {before: '2026-02-30'}",
        ("fine.yaml", 11),
        "2026-02-30",
    ),
    (
        "decisions/fine.yaml",
        "loan.days_late: {more_than: most}",
        "loan.kind: {same_as: loan.days_late}",
        ("fine.yaml", 11),
        "never the same",
    ),
    ("decisions/fine.yaml", "then: {level: high}", "then: {level: hihg}", ("fine.yaml", 12), "'high'"),
    ("decisions/fine.yaml", "then: {level: high}", "then: {levle: high}", ("fine.yaml", 12), "'level'"),
    ("decisions/fine.yaml", "then: {level: high}", "then: {level: {value: mst}}", ("fine.yaml", 12), "'most'"),
    ("decisions/fine.yaml", "then: {level: high}", "then: {level: {from: loan.kid}}", ("fine.yaml", 12), "'loan.kind'"),
    ("decisions/fine.yaml", "cites: fines\n    interp", "cites: finse\n    interp", ("fine.yaml", 7), "'fines'"),
    ("decisions/fine.yaml", "    cites: fines\n    interp", "    interp", ("fine.yaml", 7), "'cites'"),
    (
        "decisions/fine.yaml",
        "interpretation: day-of-return",
        "interpretation: day-of-retrun",
        ("fine.yaml", 7),
        "'day-of-return'",
    ),
    ("decisions/fine.yaml", "rule: fine.late", "rule: fine.long-late", ("fine.yaml", 13), "2 times"),
    ("decisions/fine.yaml", "rule: fine.late", "rule: fee.late", ("fine.yaml", 13), "begins with 'fine.'"),
    ("decisions/fine.yaml", "hit_policy: priority", "hit_policy: prioritty", ("fine.yaml", 4), "'priority'"),
    ("decisions/fine.yaml", "order: {level: [high, low]}", "order: {levl: [high, low]}", ("fine.yaml", 5), "'level'"),
    (
        "decisions/fine.yaml",
        "gives: {level: [low, high]}",
        "gives: {level: [low, high], cost: integer}",
        ("fine.yaml", 3),
        "no rule, table or clock gives it",
    ),
    (
        "decisions/fine.yaml",
        "then: {level: high}",
        "then: {level: high}\n    outranks: fine.lat",
        ("fine.yaml", 13),
        "'fine.late'",
    ),
    (
        "decisions/fine.yaml",
        "    then: {level: low}",
        "    when: {reply.amount: 1}\n    then: {level: low}",
        ("fine.yaml", 1),
        "circle",
    ),
    ("decisions/fine.yaml", "asks: What", "asks: yes\nask: What", ("fine.yaml", 2), "true"),
    ("decisions/fine.yaml", "asks: What", "asks: Why?\nasks: What", ("fine.yaml", 3), "asks"),
    ("decisions/fine.yaml", "decision: fine", "decision: fines", ("fine.yaml", 1), "file called fine"),
    ("decisions/fine.yaml", "    when: {fine.level: high}", "    wen: {fine.level: high}", ("fine.yaml", 21), "'when'"),
    (
        "decisions/fine.yaml",
        "notes:",
        "retired:\n  - {rule: fine.late, on: '2026-01-01', why: Gone.}\nnotes:",
        ("fine.yaml", 13),
        "retired",
    ),
    ("decisions/reply.yaml", "[book, high, 2]", "[book, high]", ("reply.yaml", 11), "3 columns"),
    ("decisions/reply.yaml", "[book, high, 2]", "[boook, high, 2]", ("reply.yaml", 11), "'book'"),
    ("decisions/reply.yaml", "[book, high, 2]", "[book, high, two]", ("reply.yaml", 11), "integer"),
    ("decisions/reply.yaml", "when: [loan.kind,", "when: [loan.knd,", ("reply.yaml", 10), "'loan.kind'"),
    ("decisions/reply.yaml", "calendar: desk", "calendar: dsk", ("reply.yaml", 19), "'desk'"),
    ("decisions/reply.yaml", "unit: hour", "unit: hours", ("reply.yaml", 18), "'hour'"),
    ("decisions/reply.yaml", "starts: loan.asked_at", "starts: loan.lent_on", ("reply.yaml", 16), "date"),
    ("calendars/desk.yaml", "'09:00-17:00'", "'19:00-17:00'", ("desk.yaml", 3), "17:00"),
    ("calendars/desk.yaml", "Europe/Lisbon", "Europe/Lisbn", ("desk.yaml", 2), "Europe/Lisbon"),
    ("facts.yaml", "date: loan.lent_on", "date: loan.lend_on", ("facts.yaml", 10), "'loan.lent_on'"),
    ("facts.yaml", "date: loan.lent_on", "date: loan.kind", ("facts.yaml", 10), "string"),
    ("facts.yaml", "plus: period", "plus: perod", ("facts.yaml", 11), "'period'"),
    ("facts.yaml", "{days: 28}", "{dayz: 28}", ("facts.yaml", 11), "'days'"),
    ("facts.yaml", "fact: loan.due_on", "fact: loan.kind", ("facts.yaml", 7), "taken"),
    ("interpretations.yaml", "chosen: free", "chosen: fre", ("interpretations.yaml", 5), "'free'"),
    (
        "clauses.yaml",
        "Questions are answered.}",
        "Questions are answered.}\n  - {clause: quiet, heading: H, place: P, text: Be quiet.}",
        ("clauses.yaml", 4),
        "nothing cites it",
    ),
    (
        "clauses.yaml",
        "text: Late items cost a fine.",
        "text: Late., not_decidable: Why not",
        ("clauses.yaml", 2),
        "cited",
    ),
    ("clauses.yaml", "clause: replies", "clause: fines", ("clauses.yaml", 3), "twice"),
    ("pack.yaml", "decisions: [fine, reply]", "decisions: [fine, reply, fne]", ("pack.yaml", 8), "'fine'"),
    ("pack.yaml", "decisions: [fine, reply]", "decisions: [fine]", ("reply.yaml", 1), "not listed"),
    ("pack.yaml", "as_of: loan.asked_at", "as_of: loan.lent_on", ("pack.yaml", 6), "instant"),
    ("pack.yaml", "Europe/Lisbon", "Europe/Lissabon", ("pack.yaml", 7), "Europe/Lis"),
    ("pack.yaml", "facts.schema.json", "fact.schema.json", ("pack.yaml", 5), "can't be read"),
    ("cases/fine.yaml", "loan.days_late: 31", "loan.days_lat: 31", ("fine.yaml", 3), "'loan.days_late'"),
    ("cases/fine.yaml", "loan.days_late: 31", "loan.days_late: -1", ("fine.yaml", 3), "0"),
    ("cases/fine.yaml", "{level: high}", "{levl: high}", ("fine.yaml", 4), "'level'"),
    ("cases/fine.yaml", "because: fine.long-late", "because: fine.long", ("fine.yaml", 5), "fine.long"),
    ("cases/fine.yaml", "expect: {fine:", "expect: {fin:", ("fine.yaml", 4), "'fine'"),
]


@pytest.mark.parametrize(("file", "old", "new", "where", "says"), BROKEN, ids=[f"{b[0]}:{b[2][:38]}" for b in BROKEN])
def test_a_mistake_is_found_where_it_stands(write, file, old, new, where, says):
    """The finding names file and line, says what is wrong and, where a name is misspelt, the nearest one."""
    found = write(file, old, new)
    assert [each for each in found if each[:2] == where and says in each[2]], found


def test_several_mistakes_are_all_told_at_once(write, tmp_path):
    """An unknown key and an unknown fact in one file hide each other no more than those in different files."""
    found = write("decisions/fine.yaml", "    when: {fine.level: high}", "    wen: {fine.level: high}")
    assert found
    path = tmp_path / "decisions" / "fine.yaml"
    path.write_text(path.read_text().replace("loan.days_late:", "loan.days_lat:"))
    (tmp_path / "facts.yaml").write_text(SOUND["facts.yaml"].replace("plus: period", "plus: perod"))
    with pytest.raises(InvalidPack) as refused:
        load_pack(tmp_path)
    told = "\n".join(map(str, refused.value.findings))
    assert "'when'" in told
    assert "'loan.days_late'" in told
    assert "'period'" in told


@pytest.mark.parametrize("file", sorted(SOUND))
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"- just\n- a list\n", b"a: [1\n", b"null\n"])
def test_no_file_content_crashes_the_loader(write, tmp_path, file, content):
    """Empty, binary, unclosed, of another shape: each is a refusal with a place."""
    write()
    (tmp_path / file).write_bytes(content)
    with pytest.raises(InvalidPack) as refused:
        load_pack(tmp_path)
    assert any(Path(finding.place.file).name == Path(file).name for finding in refused.value.findings)


@pytest.mark.parametrize("file", ["pack.yaml", "clauses.yaml", "facts.schema.json"])
def test_a_missing_file_is_told(write, tmp_path, file):
    """A folder that is not a whole pack is refused."""
    write()
    (tmp_path / file).unlink()
    with pytest.raises(InvalidPack):
        load_pack(tmp_path)


def test_a_reading_from_outside_changes_the_digest(write, tmp_path):
    """Decisions name the digest: the same files under another reading are another policy."""
    write()
    chosen = load_pack(tmp_path)
    other = load_pack(tmp_path, {"day-of-return": "counted"})
    assert chosen.digest != other.digest
    assert other.interpretations["day-of-return"].chosen == "counted"


def test_the_digest_is_that_of_the_files(write, tmp_path):
    """Where the folder lies, and when it was read, does not show."""
    write()
    assert load_pack(tmp_path).digest == load_pack(tmp_path / "." / "decisions" / "..").digest
