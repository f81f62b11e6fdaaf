"""Random packs over the whole language: what is decided of them is what brute force finds. A fixed share of the seeds.

`python -m benchmarks.random_packs` tries as many as are wanted, and makes those that disagree smaller.
"""

import pytest

from service.pack.loader import load_pack_files
from service.written.findings import InvalidPack
from tests.oracle.drawing import draw_pack
from tests.oracle.folders import files_of
from tests.oracle.trying import try_seed
from tests.thorough import tried

_SEEDS = range(tried(40, 400))


@pytest.mark.parametrize("seed", _SEEDS)
def test_every_answer_is_what_brute_force_finds(seed):
    """Nothing that is said of a case differs from the meaning of its pack, nor fails; the seed draws it again."""
    tried = try_seed(seed)
    assert [str(each) for each in tried.disagreements] == []


def test_the_packs_have_every_form_of_the_language():
    """What is never drawn is never tried."""
    drawn = str([draw_pack(seed) for seed in range(400)])
    missing = [form for form in _FORMS if f"'{form}'" not in drawn]
    assert [each for each in _WITHIN if each not in drawn] == []
    assert missing == []


def test_most_packs_load():
    """A pack that is refused tries nothing."""
    refused = [seed for seed in _SEEDS if _is_refused(seed)]
    assert len(refused) <= 3


def _is_refused(seed):
    try:
        load_pack_files(files_of(draw_pack(seed)), "drawn")
    except InvalidPack:
        return True
    return False


_WITHIN = (
    "{x.d0}", "{{so}}", "': 'sum'", "': 'count'", "': 'all'", "'hidden': True", "'before 20", "'from 20",
    "'months': 'x.d", "'days': 'f", "v_dated.since", "{'kind': ['r1'", ".kind': [",
)  # fmt: skip
_FORMS = (
    "not", "known", "less_than", "at_most", "more_than", "at_least", "before", "on_or_before", "after", "on_or_after",
    "in", "not_in", "includes", "includes_any", "lacks", "empty", "same_as", "differs_from", "all", "any", "none",
    "some", "every", "no", "where", "required",
    "nothing", "otherwise", "either", "starts_with", "ends_with", "contains", "ignoring_case", "least", "greatest",
    "unique", "any", "first", "priority", "collect", "outranks", "order", "columns", "cells", "applies_when", "notes",
    "date", "plus", "minus", "days", "weeks", "months", "years", "hours", "minutes", "date_of", "when", "latest",
    "earliest", "latest_known", "earliest_known", "count", "of", "sum", "times", "difference", "product", "quotient",
    "percent", "larger_of", "smaller_of", "round", "places", "half_up", "half_even", "up", "down", "days_from",
    "hours_from", "minutes_from", "weekday_of", "ongoing", "ongoing_since", "time_of_day", "between",
    "open_hours_from", "open_minutes_from", "business_days_from",
    "optional", "where_known", "hidden", "from", "as", "always", "value", "list", "object", "periods",
    "clock", "starts", "amount", "unit", "calendar", "zone", "pauses", "business_day_ends", "segments",
    "written_in", "counts", "backward", "at_closing", "same_clock_time", "opening", "closing", "first_day", "same_day",
    "next_day", "after_closing", "opening_at_start", "pauses_take", "whole_days", "closings", "open_time",
    "stops", "state", "elapsed_minutes", "remaining_minutes", "warnings", "elapsed", "remaining",
    "changes", "at", "over_at_change", "deducted", "share_kept",
    "day_begins", "seasons", "special_days", "lists", "closes", "dates", "business_day", "observed", "open_when_all",
    "open_when_any", "around_the_clock",
    "countries_of", "without", "x-values",
    "default", "x-absent", "x-subject", "x-personal", "minimum", "maximum", "minLength", "maxLength", "minItems",
    "maxItems", "uniqueItems", "date-time", "as_of", "today", "dates_in", "by_interpretation", "only_under",
)  # fmt: skip
