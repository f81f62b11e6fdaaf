"""The fence around durable-rules: what was measured of the library, so that a new version that differs is noticed."""

import threading

import pytest

from service.engine.durable import MOST_RULES, EngineFailure, Ruleset


@pytest.fixture
def ruleset() -> Ruleset:
    """Four rules over three members."""
    return Ruleset(
        "fence",
        [
            {"$and": [{"a": 1}, {"$lte": {"b": 5}}]},
            {"a": 1},
            {"$or": [{"a": 1}, {"c": True}]},
            {"$neq": {"a": 1}},
        ],
    )


def test_every_rule_that_holds_is_found_once(ruleset):
    """A fact fires all that match, and an `$or` with two true branches fires twice: hits are a set."""
    assert ruleset.hits({"a": 1, "b": 5, "c": True}) == {0, 1, 2}


def test_a_comparison_with_an_absent_member_is_false(ruleset):
    """So an unknown fact is simply left out: not even `$neq` holds of it."""
    assert ruleset.hits({"c": False}) == set()


def test_nothing_of_a_case_stays_behind(ruleset):
    """Facts are retracted: what one case had is not in the next."""
    assert [ruleset.hits({"a": 1}), ruleset.hits({"a": 2}), ruleset.hits({})] == [{1, 2}, {3}, set()]


def test_no_match_is_no_error(ruleset):
    """`assert_fact` returns 1 when nothing matched."""
    assert ruleset.hits({"b": 9}) == set()


def test_bounds_are_kept_exactly(ruleset):
    """Whole numbers up to 2**53 compare as they should."""
    big = Ruleset("big", [{"$lt": {"n": 2**53 - 1}}, {"$gte": {"n": -(2**53)}}])
    assert [big.hits({"n": n}) for n in (2**53, 2**53 - 2, -(2**53))] == [{1}, {0, 1}, {0, 1}]


def test_another_thread_is_refused_instead_of_crashing(ruleset):
    """Eight threads on one ruleset crash the process."""
    raised = []

    def ask() -> None:
        try:
            ruleset.hits({"a": 1})
        except EngineFailure as failure:
            raised.append(str(failure))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert len(raised) == 1
    assert "another thread" in raised[0]


def test_many_threads_with_their_own_rulesets_agree():
    """Own rulesets in parallel are correct."""
    found = []

    def ask() -> None:
        own = Ruleset("shared name", [{"a": i} for i in range(20)])
        found.append([own.hits({"a": i % 20}) for i in range(400)])

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[{i % 20} for i in range(400)]] * 6


def test_too_many_rules_are_a_clear_error():
    """durable-rules takes 4,096 rules."""
    with pytest.raises(EngineFailure, match="4097 rules"):
        Ruleset("wide", [{"a": 1}] * (MOST_RULES + 1))


def test_after_a_failure_the_ruleset_starts_afresh(ruleset):
    """A fact that the engine refuses leaves nothing behind, and the next case is answered."""
    with pytest.raises(EngineFailure):
        ruleset.hits({"a": 1, **{f"x{i}": 1 for i in range(300)}})
    assert ruleset.hits({"a": 1}) == {1, 2}
