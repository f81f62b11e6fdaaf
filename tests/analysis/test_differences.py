"""Comparisons of several dates and instants, against trying every value of short lines."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.analysis.differences import NotComparable, solve
from service.analysis.lines import Line, line_of, valued
from service.analysis.terms import Below, DayOf, Moved, Opaque, Sum, Unknown, below, holds_at, number
from service.model.derivations import Duration
from tests.thorough import tried

A, B, C = (Unknown(name, "date") for name in "abc")
I, J = Unknown("i", "instant"), Unknown("j", "instant")  # noqa: E741 - as the facts are called
HOUR = 3_600_000_000

# Nine days around the end of a month, so that moves by months clip.
FIRST = date(2023, 1, 26)
LINES = dict.fromkeys("abc", Line("date", FIRST.toordinal(), FIRST.toordinal() + 8))
DAYS = [FIRST + timedelta(days=i) for i in range(9)]
CASES = [dict(zip("abc", days, strict=True)) for days in product(DAYS, repeat=3)]

MOVES = st.builds(Duration, months=st.sampled_from([-1, 0, 0, 1, 13]), days=st.integers(-4, 4))
TERMS = st.sampled_from([A, B, C]) | st.builds(Moved, st.sampled_from([A, B, C]), MOVES)
NEAR = st.dates(date(2022, 12, 25), date(2023, 3, 7))


def claims(terms, constants, most=6):
    """Return claims that one of some terms is below another, or a constant, with whether they are to be true."""
    pair = st.tuples(terms, terms | constants, st.booleans())

    def made(drawn):
        found = []
        for one, other, truth in drawn:
            claim, straight = below(one, other)
            if isinstance(claim, Below) and len({term for term, _ in claim.sum.parts}) == len(claim.sum.parts):
                found.append((claim, truth is straight))
        return found

    return st.lists(pair, min_size=1, max_size=most).map(made)


def asked(lines, wanted, *further):
    """Return what `solve` says; the example is none where a claim has two functions of one fact."""
    try:
        return solve(lines, wanted, *further)
    except NotComparable:
        assume(False)


@given(claims(TERMS, NEAR))
@settings(max_examples=tried(150, 3000))
def test_claims_that_can_be_true_together_are_those_of_some_days(wanted):
    """Nothing is found where no days have it; and the places that are found make all of it true."""
    found = asked(LINES, wanted)
    possible = any(all(holds_at(claim, case) is truth for claim, truth in wanted) for case in CASES)
    assert (found is not None) == possible
    if found is not None:
        places, is_shown = found
        case = {fact: valued("date", places.get(fact, LINES[fact].least)) for fact in "abc"}
        assert is_shown
        assert all(holds_at(claim, case) is truth for claim, truth in wanted)


@given(
    claims(TERMS, NEAR, most=3), claims(TERMS, NEAR, most=3), st.sets(st.sampled_from("abc"), min_size=1, max_size=2)
)
@settings(max_examples=tried(50, 1000))
def test_claims_of_two_cases_that_differ_in_some_facts(first, second, others):
    """The changed claims are about a case in which those facts, and no others, may be different."""
    found = asked(LINES, first, second, frozenset(others))
    good = [case for case in CASES if all(holds_at(claim, case) is truth for claim, truth in first)]
    after = [case for case in CASES if all(holds_at(claim, case) is truth for claim, truth in second)]
    kept = [fact for fact in "abc" if fact not in others]
    possible = not {tuple(case[fact] for fact in kept) for case in good}.isdisjoint(
        {tuple(case[fact] for fact in kept) for case in after}
    )
    assert (found is not None) == possible
    if found is not None:
        assert found[1]


WHOLE = dict.fromkeys("abc", line_of("date"))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.integers(-3, 3)), min_size=2, max_size=5))
def test_circles_are_seen_at_once_however_long_the_line(steps):
    """Facts that would each have to be later than another are impossible, as the shortest ways between them tell."""
    terms = dict(zip("abc", (A, B, C), strict=True))
    wanted, least = [], {(x, y): 0 if x == y else -(10**9) for x, y in product("abc", repeat=2)}
    for one, other, days in steps:
        if one != other:  # other - one > days
            claim, straight = below(Moved(terms[one], Duration(days=days)), terms[other])
            wanted.append((claim, straight))
            least[one, other] = max(least[one, other], days + 1)
    assume(wanted)
    for middle, x, y in product("abc", repeat=3):
        least[x, y] = max(least[x, y], least[x, middle] + least[middle, y])
    assert (solve(WHOLE, wanted) is not None) == all(least[x, x] <= 0 for x in "abc")


def test_what_stops_at_the_end_of_the_calendar_makes_no_circle():
    """Two dates that are both moved beyond the last day are then the same day, whichever was later."""
    far = Duration(years=8100)
    late = below(Moved(B, far), Moved(Moved(A, far), Duration(days=30)))
    after = below(A, B)
    found = solve(WHOLE, [(late[0], not late[1]), (after[0], after[1])])
    assert found is not None


def instants(hours):
    """Return a line of so many hours before clocks were set back over midnight in Newfoundland, and some after."""
    change = number(datetime(2010, 11, 7, 2, 31, tzinfo=UTC))
    return Line("instant", change - hours * HOUR, change + hours * HOUR)


ZONES = st.sampled_from(["America/St_Johns", "UTC", "Asia/Tokyo"])
SHIFTED = st.sampled_from([I, J]) | st.builds(
    lambda at, hours: Moved(at, Duration(hours=hours)), st.sampled_from([I, J]), st.integers(-20, 20)
)
DAYS_OF = st.builds(DayOf, SHIFTED, ZONES)
DAY_TERMS = DAYS_OF | st.builds(Moved, DAYS_OF, MOVES)
MOMENTS = [
    datetime(2010, 11, 7, 2, 30, 30, tzinfo=UTC) + timedelta(minutes=minutes) for minutes in range(-2400, 2400, 20)
]
AROUND = st.dates(date(2010, 11, 4), date(2010, 11, 10))
MIXED = st.one_of(claims(DAY_TERMS, AROUND, most=3), claims(SHIFTED, st.sampled_from(MOMENTS), most=2))


@given(st.lists(MIXED, min_size=1, max_size=2).map(lambda parts: [each for part in parts for each in part]))
@settings(max_examples=tried(30, 600))
def test_what_some_instants_have_is_never_called_impossible(wanted):
    """Days in zones, also where a day ends twice: what is found is shown, or could be so."""
    lines = {"i": instants(41), "j": instants(41)}
    found = asked(lines, wanted)
    if found is not None and found[1]:
        case = {fact: valued("instant", found[0].get(fact, lines[fact].least)) for fact in "ij"}
        assert all(holds_at(claim, case) is truth for claim, truth in wanted)
    if found is None:
        own = {fact: [c for c in wanted if f"'{fact}'" in repr(c[0]) and not _has_both(c[0])] for fact in "ij"}
        left = {
            fact: [at for at in MOMENTS if all(holds_at(claim, {fact: at}) is truth for claim, truth in own[fact])]
            for fact in "ij"
        }
        both = [each for each in wanted if _has_both(each[0])]
        for i, j in product(left["i"][::3], left["j"][::3]):
            assert not all(holds_at(claim, {"i": i, "j": j}) is truth for claim, truth in both)


def _has_both(claim):
    return "fact='i'" in repr(claim) and "fact='j'" in repr(claim)


def test_two_days_in_zones_that_meet_are_shown():
    """An early instant in Tokyo's day before that of another in Newfoundland."""
    lines = {"i": line_of("instant"), "j": line_of("instant")}
    one = below(DayOf(I, "Asia/Tokyo"), DayOf(J, "America/St_Johns"))
    early = below(I, datetime(2026, 1, 1, tzinfo=UTC))
    found = solve(lines, [(one[0], one[1]), (early[0], not early[1])])
    assert found is not None
    assert found[1]


@pytest.mark.parametrize(
    "claim",
    [
        Below(Sum(((A, 2),), 0)),
        Below(Sum(((A, 1), (B, 1)), 0)),
        Below(Sum(((A, 1), (B, -1), (C, 1)), 0)),
        Below(Sum(((A, 1), (Moved(A, Duration(months=1)), -1)), 0)),
        Below(Sum(((Moved(I, Duration(months=1)), 1), (J, -1)), 0)),
        Below(Sum(((I, 1), (DayOf(Moved(J, Duration(years=1)), "UTC"), -1)), 0)),
        Below(Sum(((Moved(Opaque((), (I,)), Duration(days=1)), 1), (J, -1)), 0)),
        Below(Sum(((Unknown("n", "number"), 1),), 0)),
    ],
)
def test_claims_of_other_forms_are_refused(claim):
    """What can't be settled here is said to be so, whether the claim is to be true or not."""
    for truth in (True, False):
        with pytest.raises(NotComparable):
            solve(WHOLE | dict.fromkeys("ijn", line_of("instant")), [(claim, truth)])
