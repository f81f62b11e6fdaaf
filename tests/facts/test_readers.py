"""What a reader says is wrong is as much as it counts, however little of it is told."""

from hypothesis import given
from hypothesis import strategies as st

from service.facts.declaration import FactSpec
from service.facts.readers import WRONG, reader_of
from service.facts.values import Period
from service.instants import read_instant

TEXTS = st.sampled_from(["", "a", "bb", "map", "book", "2026-03-01T10:00:00Z", "2026-02-30T10:00:00Z", "UK"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 2.0, 2.5]) | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.sampled_from(["from", "to", "form", "x"]), inner),
    max_leaves=12,
)
MOMENTS = st.sampled_from(["2026-03-01T10:00:00Z", "2026-04-01T10:00:00Z", "2026-02-30T10:00:00Z", "", 1])
BEGUN = "2026-03-01T10:00:00Z"
PERIODS = st.dictionaries(st.sampled_from(["from", "to", "form"]), MOMENTS)
SPECS = [
    FactSpec("x", "boolean"),
    FactSpec("x", "date"),
    FactSpec("x", "instant"),
    FactSpec("x", "string", min_length=1, max_length=2),
    FactSpec("x", "string", choices=("map", "book")),
    FactSpec("x", "integer", minimum=0, maximum=2),
    FactSpec("x", "number", choices=(2, 3)),
    FactSpec("x", "list", item_type="string", min_items=1, max_items=3, unique=True),
    FactSpec("x", "list", item_type="string", choices=("map", "book"), unique=True),
    FactSpec("x", "list", item_type="number", maximum=2, unique=True),
    FactSpec("x", "periods", max_items=3),
    FactSpec("x", "periods", max_items=3, open_ended=True),
]


@given(
    st.sampled_from(SPECS), VALUES | st.lists(SCALARS, max_size=6) | st.lists(PERIODS, max_size=6), st.integers(0, 9)
)
def test_a_wrong_value_has_as_many_flaws_as_are_counted(spec, value, room):
    """And the first of them are told in one order, whether there is room for all or for few."""
    reader = reader_of(spec)
    if reader.take(value) is WRONG:
        everything, some = reader.flaws(value, 1000), reader.flaws(value, room)
        assert len(everything.told) == everything.count == some.count > 0
        assert list(some.told[:room]) == list(everything.told[:room])


def test_a_period_may_lack_its_end_only_where_it_can_go_on():
    """And never its beginning; an end that is there is read."""
    ended, open_ended = (reader_of(FactSpec("x", "periods", open_ended=goes_on)) for goes_on in (False, True))
    begun, ends = [{"from": BEGUN}], [{"to": BEGUN}]

    assert open_ended.take(begun) == (Period(read_instant(BEGUN), None),)
    assert open_ended.take([{"from": BEGUN, "to": BEGUN}]) == ended.take([{"from": BEGUN, "to": BEGUN}])
    assert ended.take(begun) is open_ended.take(ends) is WRONG
    assert ended.flaws(begun, 9).told[0].says == "lacks 'to': a period has the instants 'from' and 'to'"
    assert open_ended.flaws(ends, 9).told[0].says == (
        "lacks 'from': a period has the instant 'from', and 'to' once it is over"
    )


def _said(choices, value):
    return reader_of(FactSpec("x", "string", choices=choices)).flaws(value, 1).told[0].says


def test_of_many_choices_those_that_begin_alike_are_listed():
    """Of 249 countries the first eight in the alphabet help nobody."""
    countries = tuple(f"{one}{other}" for one in "ABU" for other in "ABCDEFGHIJK")

    assert _said(countries, "UK1") == "is 'UK1', which is none of its 33 values; 'UK' begins like it"
    assert _said(countries, "uk") == "is 'uk', which is none of its 33 values"  # the nearest is told after it
    assert _said(countries, "uz").endswith(
        "those that begin like it are " + ", ".join(f"'U{end}'" for end in "ABCDEFGHIJK")
    )
    assert _said(countries, "zz").endswith("none of 'AA', 'AB', 'AC', 'AD', 'AE', 'AF', 'AG', 'AH' and 25 more")
    assert _said(("map", "book"), "bok") == "is 'bok', which is none of 'map', 'book'"


def test_a_number_that_counts_since_1970_is_refused_with_the_instant_that_it_means():
    """So do many programs write one; a date is no count of anything."""

    def said(type_, value):
        return reader_of(FactSpec("x", type_)).flaws(value, 1).told[0].says

    assert said("instant", 1772814600000).endswith(": milliseconds since 1970 are written '2026-03-06T16:30:00Z'")
    assert said("instant", 1772814600000.0).endswith(": milliseconds since 1970 are written '2026-03-06T16:30:00Z'")
    assert said("instant", 7).endswith("not a number")
    assert said("instant", True).endswith("not a boolean")
    assert said("date", 1772814600000).endswith("not a number")
