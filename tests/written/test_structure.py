"""The structure of a pack's files: what an editor's schema refuses, told in a policy owner's words and at its place."""

from __future__ import annotations

import json
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from service.written.findings import Place
from service.written.schemas import SCHEMA_NAMES, schema_text
from service.written.structure import check_structure
from service.written.yaml_reader import MAX_DEPTH
from service.written.yaml_source import yaml_source


def check(schema, text):
    """Return the findings about a file's text, without those of reading it."""
    source = yaml_source(textwrap.dedent(text).encode(), "f")
    return check_structure(source.data, source, schema)


def told(schema, text):
    """Return each finding as a line."""
    return [str(each) for each in check(schema, text)]


BESIDE = {
    "calendar": [
        "calendar: branch\nas: desk\nzone: Atlantic/Azores\nholidays: azores\n",
        "calendar: both\nopen_when_all: [desk, branch]\nzone: Europe/Lisbon\nholidays: [portugal, azores]\n",
        "calendar: either\nopen_when_any: [desk, branch]\nzone: Europe/Lisbon\n",
    ]
}
"""Files that have what a whole one can't: keys of which a file has one alone."""


def schema_of(name):
    """Return one of the language's schemas."""
    return json.loads(schema_text(name))


RULE = """\
    decision: fine
    asks: What does the late return cost?
    gives: {level: [none, low, high], amount: integer}
    rules:
      - rule: fine.overdue
        says: The item came back late.
        cites: fines
"""


def rule(*lines):
    """Return a decision with one rule that goes on with these lines: the first is line 8, column 5."""
    return textwrap.dedent(RULE) + "".join(f"    {line}\n" for line in lines)


HEAD = "decision: fine\nasks: What?\ngives: {level: string}\n"
OPEN = "calendar: desk\nzone: Europe/Lisbon\nhours: around_the_clock\n"
TABLE = "parts:\n  - table: fine.a\n    columns: {when: a.b, then: c}\n    rows:\n"

WHOLE = {
    "pack": """\
        pack: library-loans
        version: '1.0.0'
        title: Rules for library loans
        source: {document: House rules of the library, date: '2026-01-01'}
        facts_schema: facts.schema.json
        as_of: loan.asked_at
        dates_in: Europe/Lisbon
        in_force: {from: '2026-01-01', until: '2027-01-01'}
        decisions: [membership, fine]
        """,
    "clauses": """\
        clauses:
          - clause: fines
            heading: Fines
            place: paragraph 2
            text: An item returned late costs a fine for each day.
            source: {lines: '14-15', sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08}
          - {clause: preamble, heading: Preamble, text: Books are for all., not_decidable: Prose, only_under: {x: a}}
        """,
    "interpretations": """\
        interpretations:
          - interpretation: day-of-return-is-free
            question: Does the day of return count as a day late?
            cites: [fines, returns]
            chosen: free
            readings:
              free: {means: The day of return does not count., effect: A book due on Monday costs nothing on Tuesday.}
              counted: {means: The day of return counts.}
        """,
    "facts": """\
        values:
          loan_period: {days: 28}
          fee: {by_interpretation: day-of-return-is-free, free: 1, counted: 2}
        sets:
          near: {countries_of: [Europe, '145'], also: MA, without: [RU, BY]}
          short_loans: [map, film]
        derived:
          - {fact: loan.due_on, says: The last day., cites: loans, date: loan.lent_on, plus: loan_period}
          - {fact: loan.warned_on, date: loan.due_on, minus: {days: 3}, only_under: {day-of-return-is-free: free}}
          - {fact: loan.returned_day, date_of: loan.returned_at, zone: Europe/Lisbon}
          - {fact: loan.is_late, when: {loan.returned_day: {after: loan.due_on}}}
          - {fact: loan.last_day, latest: [loan.due_on, loan.extended_to]}
          - {fact: loan.first_day, earliest: [loan.lent_on, loan.fetched_on]}
          - {fact: loan.last_known_day, latest_known: [loan.due_on, loan.extended_to]}
          - {fact: loan.first_known_day, earliest_known: [loan.lent_on, loan.fetched_on]}
          - {fact: loan.items_lent, count: loan.items, of: short_loans}
          - {fact: loan.total, sum: [loan.fee, 3]}
          - {fact: loan.days_late, days_from: loan.due_on, to: loan.returned_day}
          - {fact: loan.weekday, weekday_of: loan.due_on}
          - {fact: loan.paused_since, ongoing_since: loan.pauses}
          - {fact: loan.returned_time, time_of_day: loan.returned_at, zone: loan.zone}
          - {fact: loan.is_at_night, when: {loan.returned_time: {between: ['22:00', '06:00']}}}
          - {fact: loan.open, open_hours_from: loan.lent_at, to: loan.late_at, calendar: desk, pauses: loan.pauses}
          - {fact: loan.open_minutes, open_minutes_from: loan.lent_at, to: loan.late_at, calendar: loan.desk}
          - {fact: loan.business_days, business_days_from: loan.lent_at, to: loan.late_at, calendar: desk}
          - {fact: loan.points, sum: [{of: loan.days_late, times: 3}, loan.fee]}
          - {fact: loan.left, difference: [100, loan.fee]}
          - {fact: loan.twice, product: [loan.fee, 2]}
          - {fact: loan.share, quotient: [loan.fee, loan.total]}
          - {fact: loan.percentage, percent: loan.fee, of: loan.total}
          - {fact: loan.at_least, larger_of: [loan.fee, 5]}
          - {fact: loan.at_most, smaller_of: [loan.fee, 50]}
          - {fact: loan.rounded, round: loan.share, places: 2, how: half_up}
          - {fact: loan.hours, hours_from: loan.lent_at, to: loan.returned_at}
          - {fact: loan.minutes, minutes_from: loan.lent_at, to: loan.returned_at}
          - {fact: loan.dearest, greatest: loan.claims, of: cost, where: {loan.kind: map}}
          - {fact: loan.cheapest, least: loan.claims, of: cost}
        """,
    "decision": """\
        decision: fine
        asks: What does the late return cost?
        applies_when: {says: Fines concern returned loans., cites: fines, when: {loan.returned: true}}
        gives:
          level: [none, low, high]
          amount: integer
          target.unit: {one_of: [hour, day], where_known: true}
          reasons: {list: [late, lost], optional: true}
          kinds: {type: list, items: short_loans, hidden: true}
          label: {from: fine.level, as: {none: Nothing, low: A little, high: A lot}}
          rate: {type: number, always: 0.5}
          due_at: instant
          starts_at: instant
          periods: periods
        parts:
          - part: fine.level
            hit_policy: priority
            order: {level: [high, low, none]}
            collect: {cost: sum}
            rules:
              - rule: fine.long-overdue
                only_under: {day-of-return-is-free: [free, counted]}
                says: The item came back more than thirty days late.
                cites: [fines, returns]
                interpretation: day-of-return-is-free
                when:
                  loan.days_late: {more_than: 30, at_most: {by_interpretation: x, a: 60, b: loan.limit}}
                  loan.kind: [book, map]
                  any: [{loan.pages: {at_least: 500}}, {loan.items: {includes: [map]}}]
                  none: [{member.kind: {not: [child]}, all: [{loan.asked_at: {before: '2026-01-01'}}]}]
                then: {level: high, reasons: [{from: loan.reason}]}
                outranks: all
              - {rule: fine.late, says: It came back late., cites: fines, then: {level: low}, outranks: [fine.none]}
          - table: fine.amount
            says: A {member.kind} pays {fine.amount}.
            cites: fines
            hit_policy: {by_interpretation: x, a: unique, b: any}
            columns: {when: [fine.level, member.kind], then: [amount]}
            rows:
              - [high, adult, 10]
              - [{not: high}, '-', {value: fee}]
              - {cells: [low, '-', 1], says: A low fine is the same for all., cites: fines, only_under: {x: a}}
              - {otherwise: [3], says: All else costs three.}
          - clock: fine.clock
            says: The reply is due soon.
            cites: replies
            starts: loan.asked_at
            amount: 2
            unit: business_day
            calendar: desk
            zone: {by_interpretation: x, a: Europe/Lisbon, b: fine.zone}
            written_in: fine.zone
            pauses: loan.pauses
            counts: forward
            business_day_ends: '12:00'
            first_day: next_day
            after_closing: closing
            opening_at_start: counted
            pauses_take: open_time
            at_closing: {by_interpretation: x, a: due, b: next_opening}
            stops: loan.answered_at
            changes:
              - {at: loan.raised_at, amount: {by_interpretation: x, a: 2, b: 3}, unit: hour, calendar: desk}
              - {at: loan.moved_at, calendar: fine.calendar, only_under: {x: a}}
            over_at_change: {by_interpretation: x, a: deducted, b: share_kept}
            warnings:
              - {elapsed: 75, unit: percent, gives: warned_at}
              - {remaining: {by_interpretation: x, a: 30, b: 45}, unit: minute, gives: called_at, only_under: {x: a}}
            gives:
              {starts_at: starts_at, due_at: due_at, segments: periods, state: state, elapsed_minutes: over,
              remaining_minutes: left}
        notes:
          - {note: fine.waiver, says: A librarian may waive the fine., cites: fines, when: {fine.level: high}}
        retired:
          - {rule: fine.very-late, on: '2026-03-01', why: Merged into fine.long-overdue.}
        """,
    "calendar": """\
        calendar: desk
        zone: Europe/Lisbon
        day_begins: '05:00'
        hours: {monday to friday: '09:00-17:00', saturday: ['09:00-12:00', '13:00-15:00']}
        seasons:
          - {season: Summer, dates: june to august, hours: {monday to friday: '09:00-15:00'}, cites: summer}
        business_day: 8
        special_days:
          - {special_day: Open Day, date: '2026-03-14', hours: '10:00-14:00', cites: open-day, only_under: {x: a}}
          - {special_day: Late Night, nth: 1, weekday: friday, month: 5, hours: ['10:00-14:00'], from: 2026}
        holidays:
          zone: Europe/Lisbon
          lists: [portugal]
          closes: {from: '00:00', until: '24:00'}
          days:
            - {holiday: New Year's Day, date: '01-01', observed: {sunday: monday}}
            - {holiday: Spring Monday, nth: -1, weekday: monday, month: 3, from: 2020, until: 2030}
            - {holiday: Bridge Day, after: New Year's Day, days: 1, cites: bridge-days, only_under: {x: a}}
            - {holiday: Good Friday, easter: -2}
            - {holiday: Stocktaking, dates: '12-27 to 01-02', closes: {from: '12:00', until: '14:00'}}
            - {holiday: Night of Lights, date: '2026-02-02', closes: business_day}
            - {holiday: Liberty Day, library: {country: PT, subdivision: '13', name: Dia da Liberdade}}
          observed: {saturday: friday, sunday: next_open_day}
        """,
    "holidays": """\
        holidays: portugal
        zone: Europe/Lisbon
        closes: business_day
        days: [{holiday: Good Friday, easter: -2}]
        observed: {sunday: monday}
        """,
    "cases": """\
        cases:
          - case: A map that came back late costs the low fine
            as_of: '2026-03-01T09:00:00Z'
            facts: {loan.kind: map, loan: {days_late: 2}}
            expect: {fine: {level: low}, membership: not_applicable}
            status: {fine: decided}
            needs: {fine: [], membership: member.kind}
            because: fine.late
            overruled: [fine.waived]
            notes: fine.waiver
            silent: [fine.other]
            only_under: {day-of-return-is-free: free}
        """,
    "facts-schema.meta": """\
        $schema: https://json-schema.org/draft/2020-12/schema
        $id: https://loans.example/facts.schema.json
        $comment: Names are those of the lending desk.
        title: Facts of a loan
        type: object
        additionalProperties: false
        properties:
          loan:
            type: object
            x-subject: true
            properties:
              kind: {type: string, enum: [book, map], default: book}
              lent_on: {type: string, format: date, x-absent: none, x-personal: true}
              pages: {type: integer, minimum: 1, examples: [96], deprecated: true}
              title: {type: string, minLength: 1, maxLength: 400, x-searchable: true}
              country: {type: string, x-values: {countries_of: Europe}}
              fee: {type: number, maximum: 9.5, description: In coins.}
              returned: {type: boolean, x-ours: 3}
              items: {type: array, uniqueItems: true, minItems: 1, maxItems: 9, items: {type: string, enum: [map]}}
              pauses:
                type: array
                items:
                  type: object
                  required: [from, to]
                  additionalProperties: false
                  properties: {from: {type: string, format: date-time}, to: {type: string, format: date-time}}
        """,
}


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_every_schema_is_a_valid_json_schema(name):
    """An editor would pass over a broken one in silence."""
    Draft202012Validator.check_schema(schema_of(name))


def _schemas_within(schema):
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from _schemas_within(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _schemas_within(value)


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_every_reference_of_a_schema_leads_to_a_piece_of_a_schema_beside_it(name):
    """Nothing is fetched, by the service or by an editor."""
    for reference in [each["$ref"] for each in _schemas_within(schema_of(name)) if isinstance(each.get("$ref"), str)]:
        file, _, piece = reference.partition("#/$defs/")
        assert piece in schema_of(file.removesuffix(".schema.json") if file else name)["$defs"]


@pytest.mark.parametrize("name", sorted(set(SCHEMA_NAMES) - {"language", "facts-schema.meta"}))
def test_every_key_of_a_pack_s_files_is_explained(name):
    """An editor shows the description while the policy owner types."""
    schema = schema_of(name)
    shared = schema_of("language")["$defs"]
    for piece in _schemas_within(schema):
        for key, said in piece.get("properties", {}).items() if piece.get("type") == "object" else ():
            file, _, target = said.get("$ref", "").partition("#/$defs/")
            behind = (shared if file else schema["$defs"])[target] if target else {}
            assert said.get("description") or behind.get("description"), f"{name}: {key}"


@pytest.mark.parametrize("name", WHOLE)
def test_what_the_language_allows_is_found_right(name):
    """Every key of the language stands in one of these files."""
    assert [told(name, text) for text in files_of(name)] == [[] for _ in files_of(name)]


@pytest.mark.parametrize("name", WHOLE)
def test_every_key_of_a_schema_stands_in_a_file_that_is_found_right(name):
    """A key that no example shows might be one that nobody reads."""
    sources = [yaml_source(textwrap.dedent(text).encode(), "f") for text in files_of(name)]
    shown = {str(path[-1]) for source in sources for path in source.key_places}
    keys = {key for piece in _schemas_within(schema_of(name)) for key in _declared(piece)}
    assert keys - shown == set()


def files_of(name):
    """Return the files that have every key between them."""
    return [WHOLE[name], *BESIDE.get(name, ())]


def _declared(schema):
    return schema.get("properties", ()) if schema.get("type") == "object" else ()


def test_an_unknown_key_is_placed_at_the_key_with_the_nearest_valid_one():
    """It is not reported as missing as well: it is there, misspelt."""
    findings = check("decision", rule("whne: {loan.kind: map}", "thn: {level: low}"))
    assert [(str(each.place), each.code, each.nearest) for each in findings] == [
        ("f:8:5", "unknown_key", "when"),
        ("f:9:5", "unknown_key", "then"),
    ]
    assert findings[0].message == "rule fine.overdue: unknown key 'whne'. Did you mean 'when'?"


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ((), "f:5:5: rule fine.overdue: needs the key 'then'"),
        (
            ("then: low",),
            "f:8:11: rule fine.overdue: 'then' must be a mapping of members, or the word 'nothing', not 'low'",
        ),
        (
            ("then: {}",),
            (
                "f:8:11: rule fine.overdue: 'then' must not be empty: "
                "where there is none say 'nothing'; a member without a value is left out"
            ),
        ),
        (
            ("then: {level: low}", "when: [loan.kind]"),
            (
                "f:9:11: rule fine.overdue: 'when' must be a mapping from names to matchers, or the word 'otherwise', "
                'not ["loan.kind"]'
            ),
        ),
        (
            ("then: {level: low}", "when: {loan.pages: {mor_than: 3}}"),
            "f:9:25: rule fine.overdue: unknown key 'mor_than' in 'when.loan.pages'. Did you mean 'more_than'?",
        ),
        (
            ("then: {level: low}", "when: {loan.pages: {more_than: [3]}}"),
            "f:9:36: rule fine.overdue: 'when.loan.pages.more_than' must be a number or text, not a list",
        ),
        (
            ("then: {level: low}", "when: {any: [{loan.kind: map}, loan.lost]}"),
            "f:9:36: rule fine.overdue: item 2 of 'when.any' must be a mapping, not text",
        ),
        (
            ("then: {level: low}", "when: {all: []}"),
            "f:9:17: rule fine.overdue: 'when.all' must not be empty",
        ),
        (
            ("then: {level: low}", "when: {loan kind: map}"),
            "f:9:12: rule fine.overdue: the key 'loan kind' must be a dotted name, or all, any or none",
        ),
        (
            ("then: {level: low}", "outranks: {rule: fine.late}"),
            "f:9:15: rule fine.overdue: 'outranks' must be text or a list, not a mapping",
        ),
        (
            ("then: {level: low}", "only_under: free"),
            "f:9:17: rule fine.overdue: 'only_under' must be a mapping, not text",
        ),
        (
            ("then: {level: low}", "interpretation: [free-day, free-day]"),
            "f:9:21: rule fine.overdue: 'interpretation' lists 'free-day' twice",
        ),
    ],
)
def test_what_is_wrong_with_a_rule_is_told_by_the_rule_s_id(lines, line):
    """And of the ways in which a value can be written, by the one that was meant."""
    assert told("decision", rule(*lines)) == [line]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("decision", "- a", "f:1:1: the file: must be a mapping, not a list"),
        (
            "decision",
            "decision: fine\nasks: 3\ngives: {level: string}",
            "f:2:7: decision fine: 'asks' must be text, not the number 3: quote it",
        ),
        (
            "decision",
            "decision: fine\nasks: What?\ngives: {level: strng}",
            (
                "f:3:16: decision fine: 'gives.level' must be 'boolean', 'string', 'integer', 'number', 'date', "
                "'time', 'instant', 'list', 'object' or 'periods', not 'strng'. Did you mean 'string'?"
            ),
        ),
        (
            "decision",
            "decision: fine\nasks: What?\ngives: {level: {from: fine.a, always: 3}}",
            "f:3:16: decision fine: 'gives.level' takes only one of the keys 'from' and 'always'",
        ),
        (
            "decision",
            HEAD + "hit_policy: unqiue",
            (
                "f:4:13: decision fine: 'hit_policy' must be 'unique', 'any', 'first', 'priority' or 'collect', not "
                "'unqiue'. Did you mean 'unique'?"
            ),
        ),
        (
            "decision",
            HEAD + "rows: [[a]]",
            "f:1:1: decision fine: needs 'columns' beside 'rows'",
        ),
        (
            "decision",
            HEAD + TABLE.replace("table", "tabel") + "      - [1, 2]",
            "f:5:5: decision fine: unknown key 'tabel' in item 1 of 'parts'. Did you mean 'table'?",
        ),
        (
            "decision",
            HEAD + TABLE + "      - {cels: [1, 2]}",
            "f:8:10: table fine.a: unknown key 'cels' in item 1 of 'rows'. Did you mean 'cells'?",
        ),
        (
            "decision",
            HEAD + "notes: [{note: Waiver, says: A waiver., cites: fines}]",
            (
                "f:4:16: note Waiver: 'note' must be the decision's id, a dot and a name of small letters, digits, '-' "
                "and '_', not 'Waiver'"
            ),
        ),
        (
            "decision",
            HEAD + "retired: [{rule: fine.old, on: soon, why: Unused.}]",
            "f:4:32: rule fine.old: 'on' must be a quoted date such as '2026-01-31', not 'soon'",
        ),
        (
            "facts",
            "derived: [{fact: loan.due_on}]",
            (
                "f:1:11: fact loan.due_on: needs one of the keys 'date', 'date_of', 'time_of_day', 'weekday_of', "
                "'ongoing_since', 'when', 'latest', 'earliest', 'latest_known', 'earliest_known', 'greatest', 'least', "
                "'count', 'sum', 'difference', 'product', 'quotient', 'percent', 'larger_of', 'smaller_of', 'round', "
                "'days_from', 'hours_from', 'minutes_from', 'open_hours_from', 'open_minutes_from' or "
                "'business_days_from'"
            ),
        ),
        (
            "facts",
            "derived: [{fact: loan.due_on, dat: loan.lent_on, plus: {days: 3}}]",
            "f:1:31: fact loan.due_on: unknown key 'dat'. Did you mean 'date'?",
        ),
        (
            "facts",
            "derived: [{fact: loan.due_on, date: loan.lent_on}]",
            "f:1:11: fact loan.due_on: needs one of the keys 'plus' or 'minus'",
        ),
        (
            "facts",
            "derived: [{fact: loan.due_on, count: loan.items, sum: loan.fees}]",
            "f:1:11: fact loan.due_on: takes only one of the keys 'count' and 'sum'",
        ),
        (
            "facts",
            "derived: [{fact: loan.due_on, date: loan.lent_on, plus: {days: 1.5}}]",
            "f:1:64: fact loan.due_on: 'plus.days' must be a whole number, or the name of one, not the number 1.5",
        ),
        (
            "facts",
            "values: {Loan Period: 3}",
            "f:1:10: the file: the key 'Loan Period' must be a name of small letters, digits and '_'",
        ),
        (
            "calendar",
            "calendar: desk\nzone: Europe/Lisbon\nhours: all_day",
            "f:3:8: calendar desk: 'hours' must be openings by weekday, or around_the_clock, not 'all_day'",
        ),
        (
            "calendar",
            OPEN + "business_day: 25",
            "f:4:15: calendar desk: 'business_day' must be at most 24, not 25",
        ),
        (
            "calendar",
            OPEN + "holidays: {days: [{holiday: May Day, nth: 1}]}",
            "f:4:19: holiday May Day: needs 'weekday' and 'month' beside 'nth'",
        ),
        (
            "calendar",
            OPEN + "holidays: {days: [{holiday: A, easter: 1}], observed: {satrday: friday}}",
            "f:4:56: calendar desk: unknown key 'satrday' in 'holidays.observed'. Did you mean 'saturday'?",
        ),
        (
            "cases",
            "cases: [{case: A late map, facts: {}}]",
            (
                "f:1:9: case A late map: needs one of the keys 'expect', 'status', 'needs', 'because', 'overruled', "
                "'notes' or 'silent'"
            ),
        ),
        (
            "cases",
            "cases: [{case: A late map, facts: {}, expect: {fine: undecide}}]",
            (
                "f:1:54: case A late map: 'expect.fine' must be the members expected, or nothing, undecided or "
                "not_applicable, not 'undecide'. Did you mean 'undecided'?"
            ),
        ),
        (
            "pack",
            "pack: loans\nversion: '1'\ntitle: Loans\nfacts_schema: facts.schema.json\ndecisions: [fine]",
            "f:2:10: pack loans: 'version' must be a quoted version such as '1.0.0', not '1'",
        ),
        (
            "interpretations",
            "interpretations:\n- {interpretation: a, question: What?, cites: b, chosen: c, readings: {c: {means: d}}}",
            "f:2:71: interpretation a: 'readings' needs at least 2 entries, not 1",
        ),
        (
            "clauses",
            "clauses:\n- {heading: Fines, text: They are due.}",
            "f:2:3: the file: item 1 of 'clauses' needs the key 'clause'",
        ),
        (
            "facts-schema.meta",
            "type: object\nproperties: {loan: {type: strng, enum: [a]}}",
            "f:2:27: the file: 'properties.loan.type' must be 'string', not 'strng'. Did you mean 'string'?",
        ),
        (
            "facts-schema.meta",
            "type: object\nproperties: {loan: {type: integer, minimun: 3}}",
            "f:2:36: the file: unknown key 'minimun' in 'properties.loan'. Did you mean 'minimum'?",
        ),
        (
            "facts-schema.meta",
            "type: object\nproperties: {loan: {type: boolean, x-absent: none, default: true}}",
            "f:2:20: the file: 'properties.loan' takes only one of the keys 'default' and 'x-absent'",
        ),
    ],
)
def test_what_is_wrong_is_one_finding_at_its_place(name, text, line):
    """What it is about, what is wrong, and what would be right."""
    assert told(name, text) == [line]


def test_every_finding_is_told_at_once_sorted_by_place():
    """A policy owner mends a file once, not finding by finding."""
    lines = told("decision", rule("when: {a.b: {bfore: x}}", "then: [low]").replace("cites: fines", "cites: Fines"))
    assert [line.split(" ")[0] for line in lines] == ["f:7:12:", "f:8:18:", "f:9:11:"]


def test_what_was_refused_when_it_was_read_is_not_found_wrong_again():
    """A value that YAML would guess at stands as None, and has its finding already."""
    source = yaml_source(rule("when: {loan.returned: yes}", "then: 08:00").encode(), "f")
    assert len(source.findings) == 2
    assert check_structure(source.data, source, "decision") == ()


class AfterReading:
    """Places of its own, by which it can be told whether a value or a key was asked for."""

    def place(self, path):
        """Tell the depth of a value."""
        return Place("value", len(path), 1)

    def key_place(self, path):
        """Tell the path of a key."""
        return Place("/".join(map(str, path)), 1, 1)


def test_a_tree_that_was_changed_after_reading_is_told_at_the_places_it_gives():
    """Readings are chosen before structure is checked; only the tree knows where its pieces were written."""
    data = {"decision": "fine", "asks": "What?", "gives": {"level": {"typ": "list", "as": []}}}
    findings = check_structure(data, AfterReading(), "decision")
    assert [(each.code, str(each.place)) for each in findings] == [
        ("unknown_key", "gives/level/typ:1:1"),
        ("missing_key", "value:2:1"),
        ("wrong_type", "value:3:1"),
    ]


def test_a_key_that_is_an_integer_or_boolean_is_told_as_it_is_written():
    """`as: {1: critical}` has a key that JSON would not have."""
    text = "decision: fine\nasks: What?\ngives: {level: {from: a.b, as: {1: low}, one_of: [[1]]}}\nsays: {true: 1}"
    assert told("decision", text) == [
        "f:3:51: decision fine: item 1 of 'gives.level.one_of' must be text, a number or true or false, not a list",
        "f:4:7: decision fine: 'says' must be text, not a mapping",
    ]


def test_a_condition_nested_as_deep_as_a_file_may_be_is_checked():
    """The validator recurses; the reader's bound on depth keeps it from exhausting the stack."""
    levels = (MAX_DEPTH - 6) // 2
    deep = "when: " + "{all: [" * levels + "{a.b: {mor_than: 1}}" + "]}" * levels
    findings = check("decision", rule("then: {level: low}", deep))
    assert [(each.code, each.nearest) for each in findings] == [("unknown_key", "more_than")]


def test_a_schema_that_does_not_exist_is_a_programmer_s_mistake():
    """It is no finding about the pack."""
    with pytest.raises(KeyError):
        check_structure({}, AfterReading(), "rule")


KEYS = st.sampled_from(
    sorted({key for name in SCHEMA_NAMES for piece in _schemas_within(schema_of(name)) for key in _declared(piece)})
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.floats(-1, 1)
    | st.sampled_from(["fine", "fine.a", "object", "", "-"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.integers(0, 2) | st.booleans(), inner, max_size=5)
    ),
    max_leaves=15,
)


@given(VALUES, st.sampled_from(SCHEMA_NAMES))
def test_no_data_is_too_bad_to_be_checked(data, name):
    """What is wrong is told in words, and never by an exception or in a validator's own terms."""
    for finding in check_structure(data, AfterReading(), name):
        assert "given schemas" not in finding.message
        assert ": " in finding.message


def test_a_misspelt_key_is_not_missing_as_well_whoever_asks_for_it():
    """Also where one key asks for another beside it."""
    text = "derived:\n  - {fact: loan.due_on, date: loan.lent_on, pluss: {days: 28}}\n"
    assert told("facts", text) == ["f:2:45: fact loan.due_on: unknown key 'pluss'. Did you mean 'plus'?"]


def test_what_is_wrong_deep_within_one_of_several_forms_is_told_there():
    """Periods with a key too many are no list of texts with all of their keys."""
    end = "{type: string, format: date-time}"
    items = f"{{type: object, additionalProperties: false, properties: {{from: {{minLength: 1, {end[1:]}, to: {end}}}}}"
    text = f"type: object\nadditionalProperties: false\nproperties:\n  pauses: {{type: array, items: {items}}}\n"
    (finding,) = check("facts-schema.meta", text)
    assert (finding.code, finding.place.line) == ("unknown_key", 4)
    assert "unknown key 'minLength' in 'properties.pauses.items.properties.from'" in finding.message
