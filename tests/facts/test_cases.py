"""A case is checked against the facts schema and typed, and what is wrong with it is told, up to a bound."""

import json
import pickle
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import service.facts.cases
from service.errors import InvalidFacts, Problem
from service.facts.declaration import MISSING
from service.facts.schema import FactsSchema
from service.facts.values import as_json
from service.jsontext import parse

FIXTURES = Path(__file__).parents[1] / "fixtures"
DOCUMENT = json.loads((FIXTURES / "packs" / "library-loans" / "facts.schema.json").read_bytes())
LOANS = FactsSchema.from_document(DOCUMENT)
FULL = json.loads((FIXTURES / "facts" / "everything-given.json").read_bytes())
NONES_ALWAYS = {"loan.returned_on", "member.name", "member.card.expires_on"}
RESERVATION = {path for path in LOANS.facts if path.startswith("reservation")}


def problems_of(facts):
    """Return the problems of facts as (pointer, code, nearest)."""
    with pytest.raises(InvalidFacts) as refused:
        LOANS.read(facts)
    return [(problem.pointer, problem.code, problem.nearest) for problem in refused.value.problems]


def nested(path, value):
    """Return the facts that hold one value under a dotted name."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


def messages_of(facts):
    """Return the messages of the problems of facts."""
    with pytest.raises(InvalidFacts) as refused:
        LOANS.read(facts)
    return [problem.message for problem in refused.value.problems]


# What a case becomes


def test_every_kind_of_fact_becomes_its_type():
    """Inside, a date is a date and an instant an aware datetime; no string stands for either."""
    case = LOANS.read(FULL)

    assert case.values == {
        "loan.asked_at": datetime(2026, 3, 1, 10, tzinfo=UTC),
        "loan.lent_on": date(2026, 2, 1),
        "loan.returned_on": date(2026, 2, 28),
        "loan.kind": "film",
        "loan.returned": True,
        "loan.overdue": True,
        "loan.days_late": 0,
        "loan.pages": 12,
        "loan.weight": 1.5,
        "loan.parts": ("cover", "disc"),
        "loan.shelf_marks": ("FI 12", "AA 1"),
        "loan.pauses": ((datetime(2026, 2, 2, 23, tzinfo=UTC), datetime(2026, 2, 3, 23, tzinfo=UTC)),),
        "member.kind": "child",
        "member.standing": "good",
        "member.name": "Zoë",
        "member.fees": (2, 0.5),
        "member.card.number": "0042",
        "member.card.expires_on": date(2027, 12, 31),
        "reservation": True,
        "reservation.placed_at": datetime(2026, 1, 30, 18, 5, 9, 250_000, tzinfo=UTC),
        "reservation.urgency": 2,
        "reservation.notify": False,
        "reservation.pickup": True,
        "reservation.pickup.desk": "music",
        "reservation.pickup.until": date(2026, 2, 2),
    }
    assert case.assumed == {}
    assert case.given is FULL


def test_what_is_left_out_is_assumed_none_or_unknown():
    """Left out is never false: a default is assumed and told, an absence that answers is none, all else is no key."""
    case = LOANS.read({})

    assert case.assumed == {"loan.overdue": False, "member.kind": "adult", "member.fees": []}
    assert case.values == {
        "loan.overdue": False,
        "member.kind": "adult",
        "member.fees": (),
        **dict.fromkeys(NONES_ALWAYS | RESERVATION),
        "reservation": None,
        "reservation.pickup": None,
    }


def test_a_subject_that_is_there_has_facts_like_all_others():
    """Present, even as {}, its members are unknown, assumed or none; a subject inside may still be absent."""
    case = LOANS.read({"reservation": {}})

    assert {name: value for name, value in case.values.items() if name.startswith("reservation")} == {
        "reservation": True,
        "reservation.urgency": None,
        "reservation.notify": True,
        "reservation.pickup": None,
        "reservation.pickup.desk": None,
        "reservation.pickup.until": None,
    }
    assert case.assumed["reservation.notify"] is True
    assert "reservation.pickup.desk" not in case.assumed


def test_a_default_in_a_subject_stands_in_only_when_the_subject_is_there():
    """No reservation is notified of, and no desk is assumed, where there is no reservation."""
    assert "reservation.notify" not in LOANS.read({}).assumed
    assert LOANS.read({"reservation": {"pickup": {}}}).assumed["reservation.pickup.desk"] == "main"


def test_an_object_that_is_no_subject_says_nothing_by_being_there():
    """An empty object that can't be absent is the same as none."""
    assert LOANS.read({"member": {"card": {}}, "loan": {}}).values == LOANS.read({}).values


def test_two_readings_do_not_share_what_they_return():
    """What a caller does to one case must not reach the next."""
    first = LOANS.read({})
    first.values.clear()
    first.assumed.clear()

    assert LOANS.read({}).values["member.kind"] == "adult"
    assert "member.kind" in LOANS.read({}).assumed


@pytest.mark.parametrize("text", ["2", "2.0", "2e0", "20e-1"])
def test_a_whole_number_is_one_value_however_it_is_written(text):
    """JSON has one kind of number: 2.0 must decide as 2 does, for integer and number facts."""
    facts = {"loan": {"days_late": parse(text.encode()), "weight": parse(text.encode())}}

    values = LOANS.read(facts).values

    assert [(type(values[name]), values[name]) for name in ("loan.days_late", "loan.weight")] == [(int, 2), (int, 2)]


def test_an_integer_may_be_of_any_size():
    """The schema sets the bounds, not the machine."""
    assert LOANS.read({"loan": {"pages": 10**400}}).values["loan.pages"] == 10**400


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("loan.days_late", 0),
        ("loan.days_late", 3650),
        ("loan.weight", 0),
        ("loan.weight", 50),
        ("loan.weight", 5e-324),
        ("member.name", "x"),
        ("member.name", "😀" * 64),
        ("member.fees", []),
        ("member.fees", [1, 1, 1, 1]),
        ("loan.shelf_marks", ["ab"]),
        ("loan.shelf_marks", ["ab", "abcdefghijkl", "cd"]),
        ("loan.parts", []),
        ("loan.pauses", []),
    ],
)
def test_a_value_on_a_boundary_is_taken(path, value):
    """Bounds are included; characters are counted, not bytes."""
    assert as_json(LOANS.read(nested(path, value)).values[path]) == value


def test_periods_may_be_empty_overlap_and_stand_in_any_order():
    """What counts is what they cover; only a period that runs backward means nothing."""
    day = ["2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z", "2026-02-03T00:00:00Z"]
    pauses = [{"from": day[1], "to": day[2]}, {"from": day[0], "to": day[2]}, {"to": day[0], "from": day[0]}]

    assert as_json(LOANS.read({"loan": {"pauses": pauses}}).values["loan.pauses"]) == pauses


# What is refused


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        # names
        ({"lona": {}}, [("/facts/lona", "unknown_fact", "loan")]),
        ({"loan": {"overdu": True}}, [("/facts/loan/overdu", "unknown_fact", "loan.overdue")]),
        ({"loan": {"Kind": "book"}}, [("/facts/loan/Kind", "unknown_fact", "loan.kind")]),
        ({"loan": {"days-late": 1}}, [("/facts/loan/days-late", "unknown_fact", "loan.days_late")]),
        ({"standing": "good"}, [("/facts/standing", "unknown_fact", "member.standing")]),
        ({"standng": "good"}, [("/facts/standng", "unknown_fact", "member.standing")]),
        ({"loan": {"standing": "good"}}, [("/facts/loan/standing", "unknown_fact", "member.standing")]),
        ({"member": {"number": "1"}}, [("/facts/member/number", "unknown_fact", "member.card.number")]),
        ({"member": {"kin": "adult"}}, [("/facts/member/kin", "unknown_fact", "member.kind")]),
        ({"pickup": {}}, [("/facts/pickup", "unknown_fact", "reservation.pickup")]),
        ({"loan.kind": "book"}, [("/facts/loan.kind", "unknown_fact", "loan.kind")]),
        ({"loan.kin": "book"}, [("/facts/loan.kin", "unknown_fact", "loan.kind")]),
        ({"member": {"card.number": "1"}}, [("/facts/member/card.number", "unknown_fact", "member.card.number")]),
        (
            {"reservation": {"pickup": {"dest": 1}}},
            [("/facts/reservation/pickup/dest", "unknown_fact", "reservation.pickup.desk")],
        ),
        ({"zzz": None}, [("/facts/zzz", "unknown_fact", None)]),
        ({"": 1}, [("/facts/", "unknown_fact", None)]),
        ({"a/b~c": 1}, [("/facts/a~1b~0c", "unknown_fact", None)]),
        ({"loan": {"z" * 1000: 1}}, [(f"/facts/loan/{'z' * 1000}", "unknown_fact", None)]),
        # null
        ({"loan": None}, [("/facts/loan", "null_value", None)]),
        ({"reservation": None}, [("/facts/reservation", "null_value", None)]),
        ({"loan": {"kind": None}}, [("/facts/loan/kind", "null_value", None)]),
        ({"loan": {"returned_on": None}}, [("/facts/loan/returned_on", "null_value", None)]),
        ({"loan": {"returned": None}}, [("/facts/loan/returned", "null_value", None)]),
        ({"loan": {"pages": None}}, [("/facts/loan/pages", "null_value", None)]),
        ({"loan": {"weight": None}}, [("/facts/loan/weight", "null_value", None)]),
        ({"loan": {"parts": None}}, [("/facts/loan/parts", "null_value", None)]),
        ({"loan": {"parts": [None]}}, [("/facts/loan/parts/0", "null_value", None)]),
        ({"loan": {"pauses": [None]}}, [("/facts/loan/pauses/0", "null_value", None)]),
        # types
        ([], [("/facts", "wrong_type", None)]),
        ("book", [("/facts", "wrong_type", None)]),
        (None, [("/facts", "null_value", None)]),
        ({"loan": []}, [("/facts/loan", "wrong_type", None)]),
        ({"loan": True}, [("/facts/loan", "wrong_type", None)]),
        ({"loan": {"kind": {"book": 1}}}, [("/facts/loan/kind", "wrong_type", None)]),
        ({"loan": {"kind": ["book"]}}, [("/facts/loan/kind", "wrong_type", None)]),
        ({"loan": {"kind": 1}}, [("/facts/loan/kind", "wrong_type", None)]),
        ({"loan": {"returned": "true"}}, [("/facts/loan/returned", "wrong_type", None)]),
        ({"loan": {"returned": 1}}, [("/facts/loan/returned", "wrong_type", None)]),
        ({"loan": {"returned": 0}}, [("/facts/loan/returned", "wrong_type", None)]),
        ({"loan": {"days_late": True}}, [("/facts/loan/days_late", "wrong_type", None)]),
        ({"loan": {"days_late": "3"}}, [("/facts/loan/days_late", "wrong_type", None)]),
        ({"loan": {"days_late": 2.5}}, [("/facts/loan/days_late", "wrong_type", None)]),
        ({"loan": {"days_late": float("inf")}}, [("/facts/loan/days_late", "wrong_type", None)]),
        ({"loan": {"weight": False}}, [("/facts/loan/weight", "wrong_type", None)]),
        ({"loan": {"weight": "1"}}, [("/facts/loan/weight", "wrong_type", None)]),
        ({"loan": {"weight": float("nan")}}, [("/facts/loan/weight", "wrong_type", None)]),
        ({"loan": {"lent_on": 20260201}}, [("/facts/loan/lent_on", "wrong_type", None)]),
        ({"loan": {"lent_on": date(2026, 2, 1)}}, [("/facts/loan/lent_on", "wrong_type", None)]),
        ({"loan": {"asked_at": 1767225600}}, [("/facts/loan/asked_at", "wrong_type", None)]),
        ({"loan": {"parts": "disc"}}, [("/facts/loan/parts", "wrong_type", None)]),
        ({"loan": {"parts": {"disc": 1}}}, [("/facts/loan/parts", "wrong_type", None)]),
        ({"loan": {"parts": [["disc"]]}}, [("/facts/loan/parts/0", "wrong_type", None)]),
        ({"member": {"name": 1}}, [("/facts/member/name", "wrong_type", None)]),
        (
            {"member": {"fees": ["1", True]}},
            [("/facts/member/fees/0", "wrong_type", None), ("/facts/member/fees/1", "wrong_type", None)],
        ),
        ({"loan": {"pauses": {}}}, [("/facts/loan/pauses", "wrong_type", None)]),
        ({"loan": {"pauses": ["2026"]}}, [("/facts/loan/pauses/0", "wrong_type", None)]),
        # choices
        ({"loan": {"kind": "boook"}}, [("/facts/loan/kind", "not_allowed", "book")]),
        ({"loan": {"kind": "Book"}}, [("/facts/loan/kind", "not_allowed", "book")]),
        ({"loan": {"kind": "zzz"}}, [("/facts/loan/kind", "not_allowed", None)]),
        ({"loan": {"kind": ""}}, [("/facts/loan/kind", "not_allowed", None)]),
        ({"loan": {"parts": ["disc", "covr"]}}, [("/facts/loan/parts/1", "not_allowed", "cover")]),
        ({"reservation": {"urgency": 4}}, [("/facts/reservation/urgency", "not_allowed", None)]),
        # numbers, lengths
        ({"loan": {"days_late": -1}}, [("/facts/loan/days_late", "out_of_range", None)]),
        ({"loan": {"days_late": 3651}}, [("/facts/loan/days_late", "out_of_range", None)]),
        ({"loan": {"pages": 0}}, [("/facts/loan/pages", "out_of_range", None)]),
        ({"loan": {"pages": -(10**400)}}, [("/facts/loan/pages", "out_of_range", None)]),
        ({"loan": {"weight": 50.000001}}, [("/facts/loan/weight", "out_of_range", None)]),
        ({"loan": {"weight": -5e-324}}, [("/facts/loan/weight", "out_of_range", None)]),
        ({"member": {"fees": [1, -1]}}, [("/facts/member/fees/1", "out_of_range", None)]),
        ({"member": {"name": ""}}, [("/facts/member/name", "too_short", None)]),
        ({"member": {"name": "x" * 65}}, [("/facts/member/name", "too_long", None)]),
        ({"loan": {"shelf_marks": []}}, [("/facts/loan/shelf_marks", "too_short", None)]),
        ({"loan": {"shelf_marks": ["a"]}}, [("/facts/loan/shelf_marks/0", "too_short", None)]),
        ({"loan": {"shelf_marks": ["x" * 13]}}, [("/facts/loan/shelf_marks/0", "too_long", None)]),
        ({"member": {"fees": [1, 2, 3, 4, 5]}}, [("/facts/member/fees", "too_long", None)]),
        # lists
        ({"loan": {"parts": ["disc", "cover", "disc"]}}, [("/facts/loan/parts/2", "duplicate_item", None)]),
        (
            {"loan": {"shelf_marks": ["ab", "ab", "ab"]}},
            [
                ("/facts/loan/shelf_marks/1", "duplicate_item", None),
                ("/facts/loan/shelf_marks/2", "duplicate_item", None),
            ],
        ),
        # periods
        ({"loan": {"pauses": [{}]}}, [("/facts/loan/pauses/0", "missing_member", None)] * 2),
        ({"loan": {"pauses": [{"from": "2026-02-01T00:00:00Z"}]}}, [("/facts/loan/pauses/0", "missing_member", None)]),
        (
            {"loan": {"pauses": [{"form": 1, "from": "2026-02-01T00:00:00Z", "to": "2026-02-01"}]}},
            [("/facts/loan/pauses/0/form", "unknown_member", "from"), ("/facts/loan/pauses/0/to", "bad_instant", None)],
        ),
        (
            {"loan": {"pauses": [{"from": "2026-02-01T01:00:00+01:00", "to": "2026-01-31T23:59:59Z"}]}},
            [("/facts/loan/pauses/0", "backward_period", None)],
        ),
    ],
)
def test_wrong_facts_are_refused_with_pointer_code_and_nearest(facts, expected):
    """A fact that is misspelt or mistyped is never ignored, converted or guessed at."""
    assert problems_of(facts) == expected


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"loan": {"overdu": 1}}, "loan.overdu is no fact that the schema declares. Did you mean 'loan.overdue'?"),
        (
            {"loan": {"kind": "boook"}},
            "loan.kind is 'boook', which is none of 'book', 'map', 'film'. Did you mean 'book'?",
        ),
        ({"loan": {"returned": "yes"}}, "loan.returned must be true or false, not a string."),
        ({"loan": {"days_late": 1.5}}, "loan.days_late must be a whole number, not 1.5."),
        ({"loan": {"days_late": 9999}}, "loan.days_late is 9999, but must be at most 3650."),
        ({"member": {"name": ""}}, "member.name has 0 characters, but needs at least 1."),
        ({"member": {"fees": [1] * 5}}, "member.fees has 5 items, but may have at most 4."),
        ({"loan": {"parts": ["disc", "disc"]}}, "loan.parts[1] is 'disc', which the list already holds."),
        (
            {"loan": {"pauses": [{"form": 1}]}},
            "loan.pauses[0] lacks 'from': a period has the instants 'from' and 'to'.",
        ),
        ({"loan": None}, "loan is null, which is no value: leave it out instead."),
        ([], "The case must be an object, not an array."),
        (
            {"loan.kind": 1},
            "loan.kind is written with dots, but facts are nested: each part of a name is a member of the part before.",
        ),
        ({"k" * 900: 1}, f"{'k' * 37}... is no fact that the schema declares."),
        ({"loan": {"kind": "k" * 900}}, f"loan.kind is '{'k' * 37}...', which is none of 'book', 'map', 'film'."),
    ],
)
def test_a_message_says_where_what_and_what_would_be_right(facts, message):
    """A message is for a person, and of a length that a person reads."""
    assert messages_of(facts)[0] == message


def test_every_problem_is_told_in_the_order_of_the_schema():
    """All at once, not the first; and in one order, whatever order the facts came in."""
    facts = json.loads((FIXTURES / "facts" / "a-problem-of-every-code.json").read_bytes())

    assert problems_of(facts) == [
        ("/facts/loan/kind", "not_allowed", "book"),
        ("/facts/loan/parts/1", "not_allowed", "cover"),
        ("/facts/loan/parts/2", "duplicate_item", None),
        ("/facts/loan/shelf_marks", "too_long", None),
        ("/facts/loan/pauses/0", "backward_period", None),
        ("/facts/loan/pauses/1", "missing_member", None),
        ("/facts/loan/pauses/1/form", "unknown_member", "from"),
        ("/facts/member/name", "too_short", None),
        ("/facts/member/fees/1", "out_of_range", None),
        ("/facts/member/fees/2", "wrong_type", None),
        ("/facts/member/card/expires_on", "bad_date", None),
        ("/facts/reservation/placed_at", "bad_instant", None),
        ("/facts/reservation/notify", "null_value", None),
        ("/facts/reservation/pickup", "wrong_type", None),
        ("/facts/loan/overdu", "unknown_fact", "loan.overdue"),
        ("/facts/member/card.number", "unknown_fact", "member.card.number"),
        ("/facts/standing", "unknown_fact", "member.standing"),
    ]
    assert {code for _, code, _ in problems_of(facts)} == set(
        re.findall(r"^([a-z_]+) {2}", service.facts.cases.__doc__, re.MULTILINE)
    )


def test_items_are_in_the_order_of_the_list_also_beyond_nine():
    """Item 10 comes after item 9, not after item 1."""
    pointers = [pointer for pointer, _, _ in problems_of({"loan": {"pauses": [1] * 12}})]

    assert pointers == [f"/facts/loan/pauses/{place}" for place in range(12)]


def test_a_flood_of_unknown_names_is_counted_and_hardly_searched():
    """A hostile body must buy neither thousands of sentences nor as many searches through the schema."""
    with pytest.raises(InvalidFacts) as refused:
        LOANS.read({f"standin{number:04}": 1 for number in range(3000)})

    found = [problem.nearest for problem in refused.value.problems]
    assert (len(found), refused.value.more, refused.value.count) == (100, 2900, 3000)
    assert found == ["member.standing"] * 100


def test_the_nearest_name_is_not_looked_for_for_ever():
    """Each search reads the whole schema: the larger it is, the fewer there are, and one at least."""
    names = {f"standing_{number}": {"type": "boolean"} for number in range(5000)}
    schema = FactsSchema.from_document({"type": "object", "properties": names})

    with pytest.raises(InvalidFacts) as refused:
        schema.read({"standin_7": True, "standin_8": True})
    assert [problem.nearest for problem in refused.value.problems] == ["standing_7", None]


MANY = sorted(map(str, range(500)))


@pytest.mark.parametrize(
    ("facts", "told", "count"),
    [
        ({"loan": {"parts": [1] * 500}}, [f"/facts/loan/parts/{place}" for place in range(100)], 500),
        ({"loan": {"parts": ["disc"] * 500}}, [f"/facts/loan/parts/{place}" for place in range(1, 101)], 499),
        ({"loan": {"pauses": [{}] * 500}}, [f"/facts/loan/pauses/{place // 2}" for place in range(100)], 1000),
        (
            {"loan": {"pauses": [{str(number): 0 for number in range(500)}]}},
            ["/facts/loan/pauses/0"] * 2
            + [f"/facts/loan/pauses/0/{name}" for name in sorted(map(str, range(500)))[:98]],
            502,
        ),
        (
            {"zzz": 1, "loan": {"parts": [1] * 99, "kind": "boook"}, "member": {"fees": ["x"] * 500}},
            ["/facts/loan/kind", *(f"/facts/loan/parts/{place}" for place in range(99))],
            602,
        ),
    ],
)
def test_the_first_hundred_problems_are_told_and_the_others_counted(facts, told, count):
    """In the one order, so that the same body gets the same answer."""
    with pytest.raises(InvalidFacts) as refused:
        LOANS.read(facts)

    assert [problem.pointer for problem in refused.value.problems] == told
    assert refused.value.count == count


def test_a_name_that_fills_the_answer_is_left_out_of_its_pointer():
    """The pointer then leads to the object that has the member."""
    with pytest.raises(InvalidFacts) as refused:
        LOANS.read({"loan": {f"{number:03}" + "z" * 5000: 1 for number in range(5)}})

    assert [len(problem.pointer) for problem in refused.value.problems] == [5015, 5015, 11, 11, 11]


def test_the_pointer_starts_where_the_facts_stand():
    """In a file of cases the facts are elsewhere than in a request."""
    with pytest.raises(InvalidFacts) as refused:
        LOANS.read({"loan": {"kind": 1}, "x": 1}, pointer="/cases/3/facts")

    assert [problem.pointer for problem in refused.value.problems] == ["/cases/3/facts/loan/kind", "/cases/3/facts/x"]


def test_invalid_facts_survive_pickling():
    """Bulk work sends its refusals from process to process."""
    with pytest.raises(InvalidFacts) as refused:
        LOANS.read({"loan": {"kind": "boook"}})

    copy = pickle.loads(pickle.dumps(refused.value))

    assert (str(copy), copy.problems) == (str(refused.value), refused.value.problems)


def test_a_problem_as_json_has_a_nearest_only_when_there_is_one():
    """Left out, not null: the reader need not ask twice."""
    assert Problem("/a", "code", "Says.").as_json() == {"pointer": "/a", "code": "code", "message": "Says."}
    assert Problem("/a", "code", "Says.", "b").as_json()["nearest"] == "b"


# What must hold for all cases


def _facts(path, spec):
    """Return valid and nearly valid values of a fact; the edges of dates have tests of their own."""
    days = st.sampled_from(["2026-02-01", "2024-02-29", "1900-01-01"])
    instants = st.sampled_from(["2026-03-01T10:00:00Z", "2026-03-01T10:00:00.25+01:00"])
    words = st.sampled_from([*(spec.choices or ()), "", "x", "xyzzy", "x" * 12, "x" * 70])
    numbers = st.integers(-2, 3) | st.sampled_from([2.0, 2.5, 50, 51, 3650, 3651, 10**30])
    by_type = {"boolean": st.booleans(), "date": days, "instant": instants, "integer": numbers, "number": numbers}
    items = numbers if spec.item_type in ("integer", "number") else words
    by_type["string"] = words | numbers if spec.choices else words
    by_type["list"] = st.lists(items, max_size=5)
    by_type["periods"] = st.lists(
        st.fixed_dictionaries({"from": instants, "to": st.just("2026-03-01T10:00:00Z")}), max_size=2
    )
    return by_type[spec.type] | st.sampled_from([None, True, 1, "x", [], {}])


def _merged(parts):
    """Return one nested object of dotted names and their values."""
    whole = {}
    for path, value in parts.items():
        *inner, last = path.split(".")
        holder = whole
        for name in inner:
            holder = holder.setdefault(name, {})
        holder[last] = value
    return whole


CASES = st.fixed_dictionaries({}, optional={path: _facts(path, spec) for path, spec in LOANS.facts.items()}).map(
    _merged
)
FORMATS = jsonschema.FormatChecker(["date"])


@FORMATS.checks("date-time", raises=ValueError)
def is_date_time(value):
    """Judge an instant with the standard library; jsonschema itself leaves that to a package of its own."""
    if isinstance(value, str) and datetime.fromisoformat(value).tzinfo is None:
        raise ValueError(value)
    return True


ORACLE = jsonschema.Draft202012Validator(DOCUMENT, format_checker=FORMATS)


@given(
    st.one_of(
        [_facts(path, spec).map(lambda value, path=path: nested(path, value)) for path, spec in LOANS.facts.items()]
    )
)
def test_a_fact_is_taken_exactly_when_json_schema_says_so(facts):
    """The reader is our own, for speed and better messages; another's validator judges the same schema."""
    try:
        LOANS.read(facts)
        is_taken = True
    except InvalidFacts as refused:
        is_taken = {problem.code for problem in refused.problems} == {"backward_period"}  # more than the schema can say

    assert is_taken == ORACLE.is_valid(facts)


def _shuffled(value, random):
    if not isinstance(value, dict):
        return value
    names = list(value)
    random.shuffle(names)
    return {name: _shuffled(value[name], random) for name in names}


@given(CASES, st.randoms())
def test_the_order_of_members_never_matters(facts, random):
    """Neither to the case nor to the problems."""
    outcomes = []
    for each in (facts, _shuffled(facts, random)):
        try:
            case = LOANS.read(each)
            outcomes.append((case.values, list(case.assumed.items())))
        except InvalidFacts as refused:
            outcomes.append(refused.problems)

    assert outcomes[0] == outcomes[1]


@given(st.permutations(["cover", "booklet", "disc", "insert"]), st.integers(0, 4))
def test_a_set_has_one_order(parts, count):
    """Cases that differ only in the order of a set are the same case."""
    found = LOANS.read({"loan": {"parts": parts[:count]}}).values["loan.parts"]

    assert found == tuple(part for part in ("cover", "booklet", "disc", "insert") if part in parts[:count])


@given(st.sets(st.sampled_from(sorted(LOANS.facts))))
def test_every_fact_is_given_assumed_none_or_unknown_and_told_so(paths):
    """Every default that stands in is listed, every subject has a value, and no unknown fact is a key."""
    whole = LOANS.read(FULL)
    facts = _merged({path: as_json(whole.values[path]) for path in paths})
    case = LOANS.read(facts)

    for path, spec in LOANS.facts.items():
        is_there = all(case.values[subject] for subject in LOANS.subjects if path.startswith(subject + "."))
        if path in paths:
            assert case.values[path] == whole.values[path]
        elif not is_there or spec.absent_is_none:
            assert case.values[path] is None
        elif spec.default is not MISSING:
            assert case.assumed[path] == spec.default == as_json(case.values[path])
        else:
            assert path not in case.values
        assert (path in case.assumed) == (path not in paths and is_there and spec.default is not MISSING)


def test_whichever_subjects_are_there_what_is_in_them_is_told_apart():
    """A subject within one that is left out is none; one within an object that is no subject stands for itself."""
    kept = {"type": "object", "properties": {"a": {"type": "boolean"}, "b": {"type": "boolean", "default": True}}}
    inner = {**kept, "x-subject": True}
    outer = {"type": "object", "x-subject": True, "properties": {"in": inner, "plain": kept, "c": {"type": "boolean"}}}
    schema = FactsSchema.from_document({"type": "object", "properties": {"out": outer, "beside": kept}})

    beside = {"beside.b": True}
    gone = {"out": None, "out.in": None, "out.in.a": None, "out.in.b": None, "out.plain.a": None, "out.plain.b": None}
    cases = {
        "{}": gone | {"out.c": None},
        '{"out": {}}': {"out": True, "out.in": None, "out.in.a": None, "out.in.b": None, "out.plain.b": True},
        '{"out": {"in": {"a": true}}}': {
            "out": True, "out.in": True, "out.in.a": True, "out.in.b": True, "out.plain.b": True,
        },
        '{"out": {"plain": {"b": false}, "c": true}, "beside": {"a": false}}': {
            "out": True, "out.in": None, "out.in.a": None, "out.in.b": None,
            "out.plain.b": False, "out.c": True, "beside.a": False,
        },
    }  # fmt: skip
    for text, wanted in cases.items():
        assert dict(schema.read(parse(text.encode())).values) == wanted | beside, text


def test_number_choices_that_are_whole_match_either_way_of_writing():
    """A choice 2.0 and a fact 2 are one number."""
    half_days = {"type": "number", "enum": [0.5, 2.0]}
    schema = FactsSchema.from_document({"type": "object", "properties": {"days": half_days}})

    assert [type(schema.read({"days": days}).values["days"]) for days in (2, 2.0, 0.5)] == [int, int, Decimal]
