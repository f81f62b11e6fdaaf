"""Objects that are written from forms that stand ready are the canonical ones."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from service.clock.business_time import format_instant
from service.clock.zones import zone_named
from service.decision.objects import Objects
from service.decision.trace import member_json
from service.facts.values import Period
from service.jsontext import canonical
from service.model.values import Pairs

NAMES = st.text(st.sampled_from('ab%{}"é\U00010000'), min_size=1, max_size=3)
ZONES = st.sampled_from(["UTC", "America/Chicago", "Asia/Kathmandu", "Africa/Monrovia"]).map(zone_named)
MOMENTS = st.datetimes(datetime(1900, 1, 2), datetime(9899, 12, 30), timezones=ZONES)  # noqa: DTZ001 - the zone is drawn
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=4),
    st.integers(-(10**20), 10**20),
    st.decimals(-9999, 9999, places=2).filter(lambda value: value % 1),
    st.dates(),
    MOMENTS,
    st.lists(st.text(max_size=3), max_size=3).map(tuple),
    st.lists(st.builds(Period, MOMENTS, MOMENTS), max_size=3).map(tuple),
    st.builds(Period, MOMENTS, MOMENTS),
    st.lists(st.lists(st.one_of(MOMENTS, st.integers(0, 2)), max_size=2).map(tuple), max_size=3).map(tuple),
    st.lists(st.tuples(NAMES, st.text(max_size=3)), max_size=2, unique_by=lambda pair: pair[0]).map(Pairs),
)
ABSENT = object()


def instant(value):
    """Write an instant."""
    return canonical(format_instant(value))


@given(
    st.lists(st.tuples(st.lists(NAMES, min_size=1, max_size=1), VALUES), max_size=5, unique_by=lambda each: each[0][0])
)
def test_an_object_is_what_canonical_json_writes(drawn):
    """Names in the order of UTF-16, values as members are; twice, as what was written before is remembered."""
    members, values = [member for member, _ in drawn], [value for _, value in drawn]
    objects = Objects(members, member_json, instant)
    plain = canonical({member[0]: None if value is None else member_json(value) for member, value in drawn})
    assert objects.written(values, ABSENT) == objects.written(values, ABSENT) == plain


def test_members_without_a_value_are_left_out_and_inner_objects_with_them():
    """An object of which no member has a value is none."""
    objects = Objects([["a", "x"], ["a", "y"], ["b", "z"], ["c"]], member_json, instant)
    assert objects.written([1, None, None, "%b"]) == b'{"a":{"x":1},"c":"%b"}'
    assert objects.written([None, None, None, None]) == b"{}"
    assert objects.written([None, None, False, None]) == b'{"b":{"z":false}}'


def test_two_instants_are_a_period_only_where_they_are_one():
    """By its kind and not by its shape: lists of two instants, or of two numbers, are lists."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    text, period = (
        b'"2026-01-01T00:00:00+00:00"',
        b'{"from":"2026-01-01T00:00:00+00:00","to":"2026-01-01T00:00:00+00:00"}',
    )
    values = [(moment, moment), ((moment, moment),), ((1, 2), (3, 4)), (Period(moment, moment),), ((1,),)]
    written = [Objects([["a"]], member_json, instant).written([value]) for value in values]
    inner = [text + b"," + text, b"[" + text + b"," + text + b"]", b"[1,2],[3,4]", period, b"[1]"]
    assert written == [b'{"a":[%b]}' % each for each in inner]
