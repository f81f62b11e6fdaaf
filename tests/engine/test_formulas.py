"""Formulas are flat and say nothing twice; their sizes are those that durable-rules counts."""

from service.engine.formulas import (
    FALSE,
    TRUE,
    Both,
    Either,
    Literal,
    both,
    connectives,
    either,
    firings,
    literals,
    written,
)

A, B, C, D = (Literal(place, "==", True) for place in range(1, 5))


def test_what_says_nothing_is_left_out():
    """A conjunction with what always holds, an alternative to what never does."""
    assert both((A, TRUE, A)) == A
    assert either((FALSE, A, FALSE, B)) == Either((A, B))
    assert (both(()), either(())) == (TRUE, FALSE)


def test_what_decides_alone_stands_alone():
    """Whatever stands beside it."""
    assert both((A, FALSE, B)) == FALSE
    assert either((A, TRUE, B)) == TRUE


def test_conjunctions_of_conjunctions_are_one():
    """And each part stands once."""
    assert both((A, both((B, A)), either((C, either((D, C)))))) == Both((A, B, Either((C, D))))


def test_connectives_are_counted_however_deep():
    """Comparisons are none."""
    assert [connectives(each) for each in (A, both((A, B)), both((A, either((B, both((C, D)))))))] == [0, 1, 3]


def test_firings_multiply_and_add_up():
    """But for alternatives of which one holds at most."""
    pair = either((A, B))
    assert firings(both((pair, either((C, D)), A))) == 4
    assert firings(either((pair, both((pair, either((C, D))))))) == 6
    assert firings(either(Literal(1, "==", i) for i in range(9))) == 1
    assert firings(either(Literal(1, "<", i) for i in range(9))) == 9


def test_formulas_are_written_as_the_engine_reads_them():
    """Names are those of the ruleset; an equality has no operator of its own."""
    formula = both((A, either((Literal(2, "!=", 3), Literal(3, "<", 4), Literal(-1, ">=", 5)))))
    assert written(formula, {1: "m0", 2: "m1", 3: "m2", -1: "m3"}) == {
        "$and": [{"m0": True}, {"$or": [{"$neq": {"m1": 3}}, {"$lt": {"m2": 4}}, {"$gte": {"m3": 5}}]}]
    }
    assert [literal.place for literal in literals(formula)] == [1, 2, 3, -1]
