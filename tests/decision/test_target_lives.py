"""What has become of a target where it is not known when that is, when it was met, or whether there is one."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from service.clock.lifetimes import STATES
from service.decision.policy import Policy
from service.pack.loader import load_pack

INSTANT = {"type": "string", "format": "date-time"}
PERIOD = {
    "type": "object",
    "additionalProperties": False,
    "required": ["from"],
    "properties": {"from": INSTANT, "to": INSTANT},
}
ASKED = "2026-03-02T16:00:00Z"  # a Monday; four hours on are Tuesday at 12:00
DUE = datetime(2026, 3, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def decided(tmp_path):
    """Return what a pack decides of a target of four hours that may be late, and of whether to tell the leader."""

    def deciding(
        as_of=None, gives=None, applies_when=None, as_of_fact=None, late_when="missed", stops="ask.answered_at", **facts
    ):
        told = {"state": {"one_of": list(STATES), "where_known": True}} if gives is None else gives
        more = {} if "in_words" not in facts else {"words": {"from": "reply.state", "as": facts.pop("in_words")}}
        results = {"state": "state", "elapsed_minutes": "elapsed", "remaining_minutes": "left"}
        clock = {
            "clock": "reply.clock", "says": "Soon.", "cites": "c", "starts": "ask.asked_at", "stops": stops,
            "amount": 4, "unit": "hour", "calendar": "desk", "pauses": "ask.pauses",
            "gives": {"due_at": "due_at", **{result: path for result, path in results.items() if path in told}},
        }  # fmt: skip
        if applies_when is not None:
            clock["applies_when"] = {"says": "Questions have one.", "when": applies_when}
        facts_of_ask = {
            "kind": {"type": "string", "enum": ["question", "praise"]},
            "asked_at": INSTANT,
            "looked_at": {**INSTANT, "x-absent": "none"},
            "answered_at": INSTANT,
            "pauses": {"type": "array", "default": [], "items": PERIOD},
        }
        hidden = {"one_of": list(STATES), "hidden": True}
        is_missed = {"late.was": late_when}
        rules = [
            {"rule": "late.yes", "says": "Tell.", "cites": "c", "when": is_missed, "then": {"tell": True}},
            {"rule": "late.no", "says": "No.", "cites": "c", "when": "otherwise", "then": {"tell": False}},
        ]
        late = {**clock, "clock": "late.clock", "gives": {"state": "was"}}
        files = {
            "pack.yaml": {
                "pack": "replies", "version": "1.0.0", "title": "Replies", "source": {"document": "None"},
                "decisions": ["reply", "late"],
                **({} if as_of_fact is None else {"as_of": f"ask.{as_of_fact}"}),
            },
            "clauses.yaml": {"clauses": [{"clause": "c", "heading": "Heading", "place": "1", "text": "A clause."}]},
            "facts.schema.json": {
                "type": "object", "additionalProperties": False,
                "properties": {"ask": {"type": "object", "additionalProperties": False, "properties": facts_of_ask}},
            },
            "calendars/desk.yaml": {"calendar": "desk", "zone": "UTC", "hours": {"monday to friday": "09:00-17:00"}},
            "decisions/reply.yaml": {
                "decision": "reply", "asks": "When?", "parts": [clock],
                "gives": {"due_at": {"type": "instant", "optional": True}, **told, **more},
            },
            "decisions/late.yaml": {
                "decision": "late", "asks": "Is it late?", "gives": {"was": hidden, "tell": "boolean"},
                "parts": [late, {"part": "late.tell", "rules": rules}],
            },
        }  # fmt: skip
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(json.dumps(content))  # JSON is YAML
        policy = Policy(load_pack(tmp_path))
        given = policy.decide(policy.pack.facts.read({"ask": facts}), None, as_of)
        return {name: json.loads(document) for name, document in given.items()}

    return deciding


def told(document):
    """Return the status of a decision, its outcome, what it needs, and whether that is exact."""
    return document["status"], document["outcome"], document["needs"], document.get("exact", True)


def test_before_it_is_due_nobody_needs_to_know_whether_it_was_met(decided):
    """To tell that it is not missed."""
    found = decided(DUE, asked_at=ASKED)
    assert told(found["late"]) == ("decided", {"tell": False}, [], True)
    assert told(found["reply"]) == ("decided", {"due_at": "2026-03-03T12:00:00+00:00"}, [], True)


def test_after_it_was_due_it_matters_when_it_was_met(decided):
    """To the microsecond."""
    found = decided(DUE + HOUR, asked_at=ASKED)
    assert told(found["late"]) == ("undecided", None, ["ask.answered_at"], True)


def test_a_stop_says_all_where_it_is_no_later_than_due(decided):
    """Whatever instant it is: met, or not yet missed."""
    met = "2026-03-03T12:00:00Z"
    assert told(decided(asked_at=ASKED, answered_at=met)["late"]) == ("decided", {"tell": False}, [], True)
    missed = "2026-03-03T12:00:00.000001Z"
    assert told(decided(asked_at=ASKED, answered_at=missed)["late"]) == ("undecided", None, ["as_of"], True)


def test_without_both_both_are_needed(decided):
    """Each can change it."""
    status, outcome, needs, is_exact = told(decided(asked_at=ASKED)["late"])
    assert (status, outcome, sorted(needs), is_exact) == ("undecided", None, ["as_of", "ask.answered_at"], True)


def test_what_is_over_and_left_stays_where_it_was_before_the_start_and_since_the_stop(decided):
    """So that what is unknown may make no difference."""
    gives = {"elapsed": "integer", "left": "integer"}
    answered = "2026-03-02T15:00:00Z"
    # Stopped before the start, nothing was over, whenever one looks.
    found = decided(asked_at=ASKED, answered_at=answered, gives=gives)["reply"]
    assert told(found)[:3] == (
        "decided",
        {"due_at": "2026-03-03T12:00:00+00:00", "elapsed": 0, "left": 240},
        [],
    )
    found = decided(datetime(2026, 3, 2, 15, tzinfo=UTC), asked_at=ASKED, gives=gives)["reply"]
    assert told(found)[:3] == told(decided(asked_at=ASKED, answered_at=answered, gives=gives)["reply"])[:3]
    assert told(decided(DUE, asked_at=ASKED, gives=gives)["reply"]) == ("undecided", None, ["ask.answered_at"], True)


def test_an_unknown_start_opens_all_of_it(decided):
    """And nothing that is not asked for."""
    found = decided(DUE, answered_at="2026-03-03T11:00:00Z")
    assert found["reply"]["needs"] == ["ask.asked_at"]
    assert found["late"]["needs"] == ["ask.asked_at"]


def test_very_many_pauses_are_answered_as_not_exact(decided):
    """Rather than slowly."""
    pauses = [
        {"from": f"2026-03-02T16:{minute:02}:00Z", "to": f"2026-03-02T16:{minute:02}:30Z"} for minute in range(1, 34)
    ]
    assert told(decided(asked_at=ASKED, pauses=pauses[1:])["late"])[3]
    assert not told(decided(asked_at=ASKED, pauses=pauses)["late"])[3]


def test_what_is_too_far_to_be_measured_is_said(decided):
    """With the state, which is told all the same."""
    gives = {"state": list(STATES), "elapsed": {"type": "integer", "optional": True}}
    found = decided(DUE.replace(year=2099), asked_at=ASKED, answered_at="2090-01-01T00:00:00Z", gives=gives)["reply"]
    assert found["outcome"] == {"due_at": "2026-03-03T12:00:00+00:00", "state": "missed"}
    (note,) = found["notes"]
    assert note["says"] == (
        "What is over and left of it at 2099-03-03T12:00:00+00:00 is not measured: "
        "its instants are more than 50 years apart."
    )


QUESTIONS = {"ask.kind": "question"}


def test_a_clock_that_does_not_concern_a_case_counts_nothing_and_says_why(decided):
    """Whatever else is unknown: its members may be missing."""
    found = decided(kind="praise", applies_when=QUESTIONS)["reply"]
    assert told(found) == ("decided", {}, [], True)
    (reason,) = found["because"]
    assert (reason["rule"], reason["says"], reason["facts"]) == (
        "reply.clock.applies",
        "Questions have one.",
        {"ask.kind": "praise"},
    )
    assert [each["clause"] for each in reason["cites"]] == ["c"]
    assert found["notes"] == []


def test_a_clock_that_concerns_a_case_is_the_reason(decided):
    """As one that concerns all, also where its state is not known."""
    for as_of in (DUE, None):
        found = decided(as_of, asked_at=ASKED, kind="question", applies_when=QUESTIONS)["reply"]
        assert told(found) == ("decided", {"due_at": "2026-03-03T12:00:00+00:00"}, [], True)
        assert [each["rule"] for each in found["because"]] == ["reply.clock"]
        assert "ask.kind" not in found["because"][0]["facts"]


def test_whether_a_clock_concerns_a_case_is_asked_for(decided):
    """Before what it counts with."""
    found = decided(DUE, asked_at=ASKED, applies_when=QUESTIONS)["reply"]
    assert told(found) == ("undecided", None, ["ask.kind"], True)


def test_where_the_case_has_no_as_of_nothing_has_become_of_a_target(decided):
    """Its `as_of` is a fact that is none: when it is due is told all the same."""
    gives = {"state": {"one_of": list(STATES), "optional": True}, "left": {"type": "integer", "optional": True}}
    found = decided(as_of_fact="looked_at", asked_at=ASKED, gives=gives, applies_when={"as_of": {"known": False}})
    assert told(found["reply"]) == ("decided", {"due_at": "2026-03-03T12:00:00+00:00"}, [], True)
    assert told(found["late"]) == ("decided", {"tell": False}, [], True)


def test_a_state_that_rests_on_an_unknown_start_can_be_any(decided):
    """One of several, or what it is in words: no answer is made of what is not known."""
    words = {state: state.upper() for state in STATES}
    gives = {"state": {"one_of": list(STATES), "hidden": True}}
    found = decided(
        DUE, answered_at="2026-03-03T11:00:00Z", late_when=["missed", "paused"], gives=gives, in_words=words
    )
    assert told(found["late"])[:3] == ("undecided", None, ["ask.asked_at"])
    assert told(found["reply"])[:3] == ("undecided", None, ["ask.asked_at"])
    found = decided(
        asked_at=ASKED, answered_at="2026-03-02T15:00:00Z", gives=gives, in_words={**words, "running": "MET"}
    )
    assert found["reply"]["status"] == "undecided"
    assert found["reply"]["needs"] == ["as_of"]


def test_what_a_pause_holds_that_goes_on_is_paused_and_never_missed(decided):
    """It has no due instant, and that is said; whenever it is asked for, it is not too late."""
    asked = {"asked_at": ASKED, "pauses": [{"from": (DUE - HOUR).isoformat()}]}
    gives = {"state": list(STATES), "elapsed": "integer", "left": "integer"}
    answered_at = (DUE + 48 * HOUR).isoformat()
    document = decided(as_of=DUE + 24 * HOUR, gives=gives, answered_at=answered_at, **asked)["reply"]
    assert told(document) == ("decided", {"state": "paused", "elapsed": 180, "left": 60}, [], True)
    assert [each["rule"] for each in document["because"]] == ["reply.clock"]
    assert [each["says"] for each in document["notes"]] == [
        "It is not due: the pause since 2026-03-03T11:00:00+00:00 goes on."
    ]

    assert told(decided(**asked)["late"]) == ("decided", {"tell": False}, [], True)


def test_a_target_that_stops_whenever_one_looks_still_rests_on_when_that_is(decided):
    """Its stop is `as_of` itself."""
    gives = {"elapsed": {"type": "integer", "optional": True}}
    found = decided(asked_at=ASKED, stops="as_of", gives=gives)
    assert found["reply"]["needs"] == ["as_of"]
    assert told(found["late"]) == ("undecided", None, ["as_of"], True)
