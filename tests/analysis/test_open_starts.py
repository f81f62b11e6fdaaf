"""A clock from an unknown start: decided where every start that it may have is due alike, and only there."""

from __future__ import annotations

import json

import pytest

from service.decision.policy import Policy
from service.pack.loader import load_pack
from tests.clock.peer_packs import files_of

_DESK = {"calendar": "desk", "zone": "America/Chicago", "hours": {"monday to friday": "09:00-17:00"}, "business_day": 8}


@pytest.fixture
def decided(tmp_path):
    """Decide a case without its start, where one outside of two instants is due as the second of them is."""

    def answer(clock, since, until, hours=_DESK["hours"], moved=None):
        files = files_of({**_DESK, "hours": hours}, {"unit": "business_day", "amount": 1, **clock})
        (counted,) = files["decisions/call.yaml"]["parts"]
        start, told = ("case.start", "case.told") if moved is None else ("x.start", "x.told")
        within = {"case.start": {"on_or_after": since, "on_or_before": until}}
        said = {"says": "So.", "cites": "c"}
        hidden = {"type": "instant", "optional": True, "hidden": True}
        rules = [
            {"rule": "call.counted", **said, "when": within, "then": {"due": {"from": "call.due_at"}}},
            {"rule": "call.told", **said, "when": "otherwise", "then": {"due": {"from": "call.told_due"}}},
        ]
        files["decisions/call.yaml"] |= {
            "gives": {"due_at": hidden, "told_due": hidden, "due": "instant"},
            "parts": [
                {**counted, "starts": start, "gives": {"due_at": "due_at"}},
                {**counted, "clock": "call.other", "starts": told, "gives": {"due_at": "told_due"}},
                {"part": "call.due", "rules": rules},
            ],
        }
        facts = files["facts.schema.json"]["properties"]["case"]["properties"]
        files["facts.schema.json"]["properties"]["case"]["properties"] = {**facts, "told": facts["start"]}
        if moved is not None:
            pairs = (start, "case.start"), (told, "case.told")
            derived = [{"fact": fact, "says": "So.", "date": name, "plus": moved} for fact, name in pairs]
            files["facts.yaml"] = {**files.get("facts.yaml", {}), "derived": derived}
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(json.dumps(content))  # JSON is YAML
        policy = Policy(load_pack(tmp_path))
        case = policy.pack.facts.read({"case": {"told": until}})
        document = json.loads(policy.decide(case)["call"])
        return document["status"], document.get("exact", True)

    return answer


@pytest.mark.parametrize(
    "clock",
    [
        {},
        {"unit": "hour"},
        {"unit": "opening"},
        {"business_day_ends": "closing"},
        {"business_day_ends": "12:00", "first_day": "next_day"},
        {"business_day_ends": "opening", "counts": "backward"},
        {"unit": "opening", "counts": "backward"},
    ],
)
def test_starts_of_a_weekend_are_due_alike(decided, clock):
    """Whatever is counted but at the same clock time."""
    assert decided(clock, "2026-03-14T00:00:00-05:00", "2026-03-15T23:00:00-05:00") == ("decided", True)


@pytest.mark.parametrize("clock", [{}, {"unit": "opening"}, {"business_day_ends": "closing"}])
def test_starts_of_a_working_day_are_not(decided, clock):
    """Of two days in a row, each with an opening of its own."""
    assert decided(clock, "2026-03-16T16:00:00-05:00", "2026-03-17T16:30:00-05:00")[0] == "undecided"


def test_starts_before_an_opening_are_due_alike_at_their_clock_times(decided):
    """From midnight on, of one day: the next day is closed at them all."""
    clock = {"business_day_ends": "same_clock_time"}
    assert decided(clock, "2026-03-16T00:00:00-05:00", "2026-03-16T09:00:00-05:00") == ("decided", True)


def test_where_clocks_go_back_starts_are_looked_at_on_both_sides(decided):
    """They show the hour from 01:00 on twice; when it is over one has seen 01:59 before 01:00."""
    clock = {"business_day_ends": "same_clock_time"}
    assert decided(clock, "2026-11-01T00:00:00-05:00", "2026-11-01T09:00:00-06:00") == ("decided", True)
    # It opens at 01:45: of these both are due then on Monday, and not those that have seen 01:59 between them.
    twice = "2026-11-01T01:30:00-05:00", "2026-11-01T01:31:00-06:00"
    assert decided(clock, *twice, hours={"monday to sunday": "01:45-17:00"})[0] == "undecided"


@pytest.mark.parametrize("direction", [{}, {"counts": "backward"}])
def test_starts_of_two_days_with_one_clock_time_are_not_taken_as_one(decided, direction):
    """Saturday and Sunday at 11:00 are due at one instant, and those between at many."""
    clock = {"business_day_ends": "same_clock_time", **direction}
    assert decided(clock, "2026-03-14T11:00:00-05:00", "2026-03-15T11:00:00-05:00")[0] == "undecided"


@pytest.mark.parametrize(
    ("moved", "since", "until", "status"),
    [
        ({"days": 28}, "2025-01-31T23:30:00Z", "2025-02-01T23:30:00Z", "decided"),
        ({"months": 1}, "2025-01-30T23:30:00Z", "2025-01-31T23:30:00Z", "undecided"),
    ],
)
def test_starts_moved_by_months_do_not_follow_each_other(decided, moved, since, until, status):
    """Both 30 and 31 January at 23:30 become Friday 28 February at 23:30, but noon between them noon of it."""
    assert decided({"unit": "hour"}, since, until, moved=moved)[0] == status
