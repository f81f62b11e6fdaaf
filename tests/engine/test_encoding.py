"""durable-rules and the three-valued evaluator agree on random conditions over random partial facts."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.encoding import Encoding
from service.engine.formulas import literals
from service.model.conditions import All, AnyOf, Not, Ref, holds
from service.model.conditions import Test as Leaf
from tests.engine.conftest import Holding
from tests.thorough import tried

TYPES = {
    "kind": "string",
    "note": "string",
    "late": "boolean",
    "days": "integer",
    "limit": "integer",
    "weight": "number",
    "due": "date",
    "parts": "list",
}
NULLABLE = frozenset({"note", "limit", "due", "late"})
VALUES = {
    "kind": st.sampled_from(["book", "map", "film"]),
    "note": st.sampled_from(["x", "y", 'quote " and \\', "ünïcode", ""]),
    "late": st.booleans(),
    "days": st.integers(-3, 3) | st.sampled_from([10**30, -(10**30)]),
    "limit": st.integers(0, 3),
    "weight": st.sampled_from([0.5, 1, 1.5, 1e300]),
    "due": st.dates(date(2026, 1, 1), date(2026, 1, 4)),
    "parts": st.lists(st.sampled_from(["a", "b", "c"]), unique=True).map(tuple),
}
ORDERED = {"days": st.integers(-2, 2), "weight": st.sampled_from([0.5, 1.0]), "due": VALUES["due"]}


def leaf_tests() -> st.SearchStrategy[Leaf]:
    """Any test that the language can write."""
    same = [
        st.builds(Leaf, st.just(name), st.just("equals"), VALUES[name]) for name in ("kind", "note", "late", "days")
    ]
    one_of = [
        st.builds(Leaf, st.just(name), st.just("one_of"), st.lists(VALUES[name], min_size=1, max_size=3).map(tuple))
        for name in ("kind", "note", "days", "weight")
    ]
    compared = [
        st.builds(Leaf, st.just(name), st.sampled_from(["less_than", "at_most"]), bound)
        for name, bound in ORDERED.items()
    ]
    known = [st.builds(Leaf, st.sampled_from(sorted(NULLABLE)), st.just("known"), st.none())]
    lists = [
        st.builds(Leaf, st.just("parts"), st.sampled_from(["includes", "includes_any"]), VALUES["parts"]),
        st.just(Leaf("parts", "empty", None)),
        st.just(Leaf("kind", "in", frozenset({"map", "film"}))),
    ]
    pairs = [
        st.builds(Leaf, st.just("days"), st.sampled_from(["less_than", "at_most", "equals"]), st.just(Ref("limit")))
    ]
    return st.one_of(*same, *one_of, *compared, *known, *lists, *pairs)


CONDITIONS = st.recursive(
    leaf_tests(),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
ENVIRONMENTS = st.fixed_dictionaries(
    {}, optional={name: value | st.none() if name in NULLABLE else value for name, value in VALUES.items()}
)


@settings(max_examples=tried(75, 1500), deadline=None)
@given(st.lists(CONDITIONS, min_size=1, max_size=6), st.lists(ENVIRONMENTS, min_size=1, max_size=6))
def test_the_engine_and_the_evaluator_agree(conditions, environments):
    """A rule fires when its condition is true whatever the unknown facts are, leaf by leaf (Kleene), and only then."""
    held = Holding(TYPES, NULLABLE, conditions)
    for env in environments:
        assert held(env) == {i for i, condition in enumerate(conditions) if holds(condition, env) is True}


@given(CONDITIONS, ENVIRONMENTS)
def test_settling_a_fact_never_takes_back_a_truth(condition, env):
    """What holds on what is known holds in every completion: three-valued logic is monotone."""
    full = {name: None if name in NULLABLE else default for name, default in DEFAULTS.items()} | env
    truth = holds(condition, env)
    assert truth is None or holds(condition, full) is truth


DEFAULTS = {
    "kind": "book",
    "note": "x",
    "late": True,
    "days": 0,
    "limit": 1,
    "weight": 1,
    "due": date(2026, 1, 2),
    "parts": (),
}


# what goes in as a rank


def held(types, conditions, value, nullable=frozenset()):
    """Return which conditions on the name `n` hold of a value."""
    return Holding({"n": types}, nullable, conditions)({"n": value})


def comparisons(bounds):
    """Return each comparison with each bound."""
    return [Leaf("n", op, bound) for bound in bounds for op in ("less_than", "at_most", "equals")]


def test_numbers_of_any_size_and_kind_are_ranked_exactly():
    """No bound and no value is near what the engine could take as a number: only their order goes in."""
    conditions = comparisons([10**30, -(10**30), 2**53 + 1, 2**53, Decimal("0.1"), 0.1, 1e300, 5e-324])
    for value in [10**30, 10**30 - 1, 2**53 + 1, 2.0**53, Decimal("0.1"), 0.1, 1e300, 0, 5e-324, -(10**31), 1e308]:
        assert held("number", conditions, value) == {
            i for i, each in enumerate(conditions) if holds(each, {"n": value})
        }


def test_instants_are_ranked_across_zones():
    """Also those between which clocks went back, whose `==` Python denies."""
    summer, winter = timezone(timedelta(hours=2)), timezone(timedelta(hours=1))
    moments = [datetime(2026, 10, 25, 2, 30, tzinfo=zone) for zone in (summer, winter, UTC)]
    berlin = ZoneInfo("Europe/Berlin")
    values = [*moments, *(datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=berlin) for fold in (0, 1))]
    conditions = comparisons(moments)
    for value in values:
        assert held("instant", conditions, value) == {
            i for i, each in enumerate(conditions) if holds(each, {"n": value})
        }


def test_a_group_with_thousands_of_bounds_asks_one_question():
    """One answer for each name, not one for each comparison."""
    conditions = [Leaf("n", "less_than", i / 10) for i in range(3000)]
    encoding = Encoding({"n": "number"}, frozenset(), conditions)
    assert len({literal.place for condition in conditions for literal in literals(encoding.formula(condition))}) == 1
    assert len(encoding.vector({"n": 7})) == 2  # and what is always true


def test_texts_that_could_be_code_are_codes():
    """Quotes, braces and control characters never reach the engine."""
    hostile = ['"', '{"$or": []}', "\x00", "\ud800", "$and", "m0", "sid", "'; --", "a" * 100_000, "\n", ""]
    conditions = [Leaf("n", "equals", text) for text in hostile]
    for i, text in enumerate(hostile):
        assert held("string", conditions, text) == {i}
    assert held("string", conditions, "another") == set()


def test_thousands_of_texts_as_alternatives_are_one_question():
    """They are looked up, not compared one by one."""
    texts = tuple(f"t{i}" for i in range(2000))
    conditions = [Leaf("n", "one_of", texts), Not(Leaf("n", "one_of", texts))]
    answers = [held("string", conditions, value, frozenset({"n"})) for value in ("t1999", "u", None)]
    assert answers == [{0}, {1}, {1}]
