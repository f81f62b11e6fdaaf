"""What the pages on the language and on clocks say of clocks, calendars and durations is so: examples are counted."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from service.clock.business_time import (
    MOST_PAUSES,
    MOST_SEGMENTS,
    MOST_YEARS,
    Conventions,
    Count,
    NeverDue,
    Target,
    count,
    format_instant,
)
from service.clock.calendars import build_calendar
from service.clock.closures import is_closed_day
from service.clock.conventions import CHOICES
from service.decision.policy import Policy
from service.model.derivations import Duration
from service.model.working import shifted
from service.pack.loader import load_pack

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
CLOCKS = (Path(__file__).parents[2] / "docs" / "clocks.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE + CLOCKS, re.MULTILINE | re.DOTALL)
EXAMPLES = [example for text in BLOCKS if "due_at: '" in text for example in yaml.safe_load(text)]
TWO_CLOCKS = [example for text in BLOCKS if "visit_due: '" in text for example in yaml.safe_load(text)]
DESK = {"calendar": "desk", "zone": "America/Chicago", "hours": {"monday to friday": "09:00-17:00"}, "business_day": 8}


def at(text: str) -> datetime:
    """Return an instant."""
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_example_is_due_as_the_page_says(example: dict[str, object]) -> None:
    """Over the desk that the page names, or hours of the example's own."""
    data = {**DESK, "hours": example.get("hours", DESK["hours"])}
    if data["hours"] == "around_the_clock":
        del data["business_day"]
    if "half_day" in example:
        data["holidays"] = {"days": [{"holiday": "Half", "date": example["half_day"]}], "closes": {"from": "12:00"}}
    pause = example.get("pause")
    since, until = (*map(at, pause), None)[:2] if isinstance(pause, list) else (None, None)
    if example["due_at"] == "none":
        with pytest.raises(NeverDue):
            counted_of(example, data, since, until)
        return
    counted = counted_of(example, data, since, until)

    assert format_instant(counted.due_at) == example["due_at"]
    assert format_instant(counted.starts_at) == example.get("starts_at", format_instant(counted.starts_at))


def counted_of(
    example: dict[str, object], data: dict[str, Any], since: datetime | None, until: datetime | None
) -> Count:
    """Count an example, with the pause that it has; one without an end goes on."""
    return count(
        build_calendar(data),
        Target(example["amount"], str(example["unit"])),  # type: ignore[arg-type]
        at(str(example["starts"])),
        pauses=[] if since is None else [(since, until)],
        conventions=Conventions(**{key: str(example[key]) for key in CHOICES if key in example}),
    )


@pytest.mark.parametrize("example", TWO_CLOCKS, ids=str)
def test_a_clock_reads_another_as_the_page_says(example: dict[str, Any], tmp_path: Path) -> None:
    """Both in one decision, of a case that tells when was asked or has no such time."""
    around = {"says": "So.", "cites": "c", "calendar": "desk"}
    reply = {"clock": "call.reply", **around, "starts": "ask.asked_at", **example["reply"]}
    visit = {"clock": "call.visit", **around, **example["visit"], "gives": {"due_at": "visit_due"}}
    asked_at = {"type": "string", "format": "date-time", "x-absent": "none"}
    ask = {"type": "object", "additionalProperties": False, "properties": {"asked_at": asked_at}}
    gives = {name: {"type": "instant", "optional": True} for name in ("reply_due", "visit_due")}
    files: dict[str, object] = {
        "pack.yaml": {
            "pack": "calls", "version": "1.0.0", "title": "Calls", "source": {"document": "None"},
            "decisions": ["call"],
        },
        "clauses.yaml": {"clauses": [{"clause": "c", "heading": "Heading", "place": "1", "text": "A clause."}]},
        "facts.schema.json": {"type": "object", "additionalProperties": False, "properties": {"ask": ask}},
        "calendars/desk.yaml": DESK,
        "decisions/call.yaml": {
            "decision": "call", "asks": "When?",
            "gives": {**gives, "replied": {"type": "periods", "optional": True}},
            "parts": [{**reply, "gives": {"due_at": "reply_due", "segments": "replied"}}, visit],
        },
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(content))  # JSON is YAML
    policy = Policy(load_pack(tmp_path))
    case = policy.pack.facts.read({} if example["asked_at"] == "none" else {"ask": {"asked_at": example["asked_at"]}})
    outcome = json.loads(policy.decide(case)["call"])["outcome"] or {}

    assert outcome.get("visit_due", "none") == example["visit_due"]


def test_the_page_has_its_examples() -> None:
    """Else the tests above would have nothing to count."""
    assert (len(EXAMPLES), len(TWO_CLOCKS)) == (77, 4)


def test_the_page_on_clocks_has_every_convention() -> None:
    """Each key with each of its choices in a table."""
    for key, choices in CHOICES.items():
        assert key in CLOCKS
        assert [each for each in choices if key != "counts" and f"| `{each}` |" not in CLOCKS] == []


def test_the_page_tells_the_bounds() -> None:
    """As numbers, so that they can be looked up."""
    for bound in (
        f"{MOST_YEARS} years (of 366 days)",
        f"more than {MOST_SEGMENTS:,}",
        f"more than {MOST_PAUSES:,} pauses",
    ):
        assert bound in PAGE


@pytest.mark.parametrize("by", [Duration(hours=48), Duration(days=2)])
def test_an_instant_is_moved_on_the_clock_that_it_is_written_with(by: Duration) -> None:
    """A fixed offset for a case's instants, a zone for what a clock gives."""
    noon = at("2026-03-07T12:00:00-06:00")
    for moment, later in (
        (noon, "2026-03-09T12:00:00-06:00"),
        (noon.astimezone(ZoneInfo("America/Chicago")), "2026-03-09T12:00:00-05:00"),
    ):
        assert format_instant(shifted(moment, by)) == later
        assert later in PAGE


def test_a_move_may_cross_new_year() -> None:
    """The page's New Year's Day of 2028."""
    days = [{"holiday": "New Year's Day", "date": "01-01"}]
    holidays = build_calendar({**DESK, "holidays": {"days": days, "observed": {"saturday": "friday"}}}).holidays
    assert holidays is not None
    assert [is_closed_day(holidays, at(day).toordinal()) for day in ("2027-12-30", "2027-12-31")] == [False, True]
