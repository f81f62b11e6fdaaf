"""durable-rules and the three-valued evaluator agree on random conditions over random partial facts."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.cutting import cut
from service.engine.encoding import Encoding
from service.engine.rulesets import Rulesets
from service.model.conditions import All, AnyOf, Not, Ref, holds
from service.model.conditions import Test as Leaf

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


def holding(conditions):
    """Return what asks durable-rules which of some conditions hold of an environment."""
    encoding = Encoding(TYPES, NULLABLE, conditions)
    blocks = cut([encoding.formula(condition) for condition in conditions])
    rulesets = Rulesets("agree")
    seats = [rulesets.seat(block, 0) for block in blocks]

    def held(env):
        vector = encoding.vector(env)
        found = set()
        for seat in seats:
            answers = tuple(vector[at] if at >= 0 else (True if at in found else None) for at in seat.block.places)
            found.update(*rulesets.ask([(seat, answers)]))
        return {each for each in found if each >= 0}

    return held


@settings(max_examples=150, deadline=None)
@given(st.lists(CONDITIONS, min_size=1, max_size=6), st.lists(ENVIRONMENTS, min_size=1, max_size=6))
def test_the_engine_and_the_evaluator_agree(conditions, environments):
    """A rule fires when its condition is true whatever the unknown facts are, leaf by leaf (Kleene), and only then."""
    held = holding(conditions)
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
