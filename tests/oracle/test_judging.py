"""The judge itself: it finds what is wrong with documents that were made wrong, and nothing with right ones."""

from copy import deepcopy
from datetime import date
from random import Random

import pytest

from tests.oracle.filling import Case, Filler
from tests.oracle.judging import Judge
from tests.oracle.meaning import Meaning, as_json, instant, shifted
from tests.oracle.open_time import due
from tests.oracle.shrinking import shrunk

_PACK = {
    "head": {"dates_in": "Etc/UTC", "decisions": ["d"]},
    "schema": {
        "properties": {
            "loan": {
                "type": "object",
                "properties": {
                    "kind": {"type": "string", "enum": ["book", "map"]},
                    "late": {"type": "boolean"},
                    "pages": {"type": "integer"},
                },
            }
        }
    },
    "facts": {},
    "calendars": {},
    "decisions": {
        "d": {
            "decision": "d",
            "gives": {"fine": "integer"},
            "hit_policy": "first",
            "rules": [
                {"rule": "d.late", "when": {"loan.late": True, "loan.kind": "book"}, "then": {"fine": 2}},
                {"rule": "d.long", "when": {"loan.pages": {"more_than": 500}}, "then": {"fine": 1}},
                {"rule": "d.else", "then": {"fine": 0}},
            ],
        }
    },
}
_AS_OF = "2026-01-01T00:00:00Z"


@pytest.fixture
def judge():
    """A judge of a pack of three rules."""
    meaning = Meaning(_PACK)
    rng = Random(0)
    return Judge(meaning, Filler(meaning, rng), rng)


def _document(status, fine, needs=()):
    outcome = None if fine is None else {"fine": fine}
    return {"d": {"status": status, "outcome": outcome, "needs": list(needs), "notes": []}}


@pytest.mark.parametrize(
    ("document", "kinds"),
    [
        (_document("decided", 2), []),
        (_document("decided", 1), ["outcome of a complete case"]),
        (_document("undecided", None), ["status of a complete case"]),
        (_document("decided", 2, ["loan.kind"]), ["needs of a complete case"]),
    ],
)
def test_a_complete_case_has_one_right_answer(judge, document, kinds):
    """Status, outcome and needs are compared, each by itself."""
    case = Case({"loan.kind": "book", "loan.late": True, "loan.pages": 600}, as_of=_AS_OF)
    assert [each.kind for each in judge.complete(case, document)] == kinds


@pytest.mark.parametrize(
    ("document", "kinds"),
    [
        (_document("provisional", 0, ["loan.kind", "loan.late"]), []),
        (_document("provisional", 2, ["loan.kind", "loan.late"]), ["outcome (the certain rules give it)"]),
        (_document("undecided", None, ["loan.late", "loan.kind"]), ["status (the certain rules give it)"]),
        (_document("provisional", 0, ["loan.kind"]), ["needs"]),
        (_document("provisional", 0, ["loan.kind", "loan.late", "loan.pages"]), ["needs"]),
        (_document("decided", 0), ["status (the certain rules give it)", "needs"]),
    ],
)
def test_few_completions_are_all_tried(judge, document, kinds):
    """Where the unknown facts have few values, everything is exactly so or wrong."""
    case = Case({"loan.pages": 3}, as_of=_AS_OF)
    assert [each.kind for each in judge.every(case, document)] == kinds


@pytest.mark.parametrize(
    ("document", "kinds"),
    [
        (_document("provisional", 0, ["loan.pages"]), []),
        (_document("decided", 0), ["decided, but not in every completion"]),
        (_document("provisional", 0, []), ["provisional, but not in every completion"]),
        (_document("provisional", 0, ["loan.kind"]), ["needs what is known", "needs lacks"]),
    ],
)
def test_many_completions_are_drawn(judge, document, kinds):
    """One that comes out otherwise is enough to show that nothing was proved."""
    case = Case({"loan.kind": "book", "loan.late": False}, as_of=_AS_OF)
    assert sorted(each.kind for each in judge.some(case, document)) == sorted(kinds)


def _with_reason(document, **facts):
    document["d"]["because"] = [{"rule": "d.else", "facts": {f"loan.{name}": value for name, value in facts.items()}}]
    return document


def test_a_reason_shows_no_fact_that_the_case_did_not_give(judge):
    """Be its value right in some completion: in another it is not. What is personal shows nothing."""
    case, needs = Case({"loan.pages": 3}, as_of=_AS_OF), ["loan.kind", "loan.late"]
    for shown, kinds in (
        ({"pages": 3}, []),
        ({"kind": "[personal]"}, []),
        ({"kind": "map"}, ["a reason shows what is unknown"]),
    ):
        document = _with_reason(_document("provisional", 0, needs), **shown)
        assert [each.kind for each in judge.every(case, document)] == kinds
        assert [each.kind for each in judge.some(case, document)] == kinds


def test_a_need_without_witness_is_told(judge):
    """It may still matter for a value that was not drawn."""
    case = Case({"loan.kind": "map", "loan.pages": 600}, as_of=_AS_OF)
    assert list(judge.some(case, _document("provisional", 1, ["loan.late"]))) == []
    assert judge.passed["needs without a witness (few values)"] == 1


def test_a_pack_is_made_smaller_while_it_shows_what_it_shows():
    """What is not about the disagreement goes."""
    smaller = shrunk(deepcopy(_PACK), lambda pack: "more_than" in str(pack["decisions"]))
    assert [each["rule"] for each in smaller["decisions"]["d"]["rules"]] == ["d.long"]
    assert smaller["schema"]["properties"] == {}


@pytest.mark.parametrize(
    ("starts", "amount", "unit", "ends", "due_at"),
    [
        ("2026-05-04T10:00:00+01:00", 1, "business_day", "same_time", "2026-05-05T10:00:00+01:00"),
        ("2026-05-08T16:00:00+01:00", 2, "hour", "same_time", "2026-05-11T10:00:00+01:00"),
        ("2026-05-09T16:00:00+01:00", 1, "business_day", "same_time", "2026-05-11T17:00:00+01:00"),
        ("2026-05-04T10:00:00+01:00", 1, "business_day", "closing", "2026-05-05T17:00:00+01:00"),
        ("2026-05-04T08:00:00+01:00", 1, "business_day", "closing", "2026-05-04T17:00:00+01:00"),
        ("2026-04-30T16:30:00+01:00", 60, "minute", "same_time", "2026-05-04T09:30:00+01:00"),
    ],
)
def test_open_time_is_counted(starts, amount, unit, ends, due_at):
    """Weekends and a holiday do not count."""
    calendar = {
        "zone": "Europe/Lisbon",
        "hours": {"monday to friday": "09:00-17:00"},
        "holidays": {"days": [{"date": "05-01"}]},
    }
    role = {"calendar": "desk", "starts": instant(starts), "amount": amount, "unit": unit}
    found = due({"desk": calendar}, {}, role, ends)
    assert as_json(found["due_at"]) == due_at


def test_months_are_clipped_before_days_are_added():
    """The language page: months and years clip to the last day of the month."""
    assert shifted(date(2026, 1, 31), {"months": 1, "days": 1}, 1) == date(2026, 3, 1)
    assert shifted(date(2024, 2, 29), {"years": 1}, -1) == date(2023, 2, 28)
