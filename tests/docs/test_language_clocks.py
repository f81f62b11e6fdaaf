"""What the pack language's page says of clocks, calendars and durations is so: its examples are counted."""

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from service.clock.business_time import MOST_PAUSES, MOST_SEGMENTS, MOST_YEARS, Target, count, format_instant
from service.clock.calendars import build_calendar
from service.clock.closures import is_closed_day
from service.model.derivations import Duration
from service.model.working import shifted

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
BLOCKS = [text for text in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL) if "due_at: '" in text]
EXAMPLES = [example for text in BLOCKS for example in yaml.safe_load(text)]
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
    pause = example.get("pause")
    counted = count(
        build_calendar(data),
        Target(example["amount"], str(example["unit"])),  # type: ignore[arg-type]
        at(str(example["starts"])),
        pauses=[tuple(map(at, pause))] if isinstance(pause, list) else [],  # type: ignore[list-item]
        business_day_ends=str(example.get("ends", "same_time")),
        counts=str(example.get("counts", "forward")),
        at_closing=str(example.get("at_closing", "due")),
    )

    assert format_instant(counted.due_at) == example["due_at"]


def test_the_page_has_its_examples() -> None:
    """Else the test above would have nothing to count."""
    assert len(EXAMPLES) == 18


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
