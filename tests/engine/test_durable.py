"""The fence around durable-rules: what was measured of the library, so that a new version that differs is noticed."""

import os
import subprocess
import sys
import threading

import pytest

from service.engine.durable import (
    MOST_CONNECTIVES,
    MOST_FOLLOWING,
    MOST_MEETINGS,
    MOST_MEMBERS,
    MOST_RULES,
    MOST_SAME,
    MOST_WAITING,
    EngineFailure,
    Ruleset,
)

measured_apart = pytest.mark.skipif(
    "MEASURE_DURABLE_RULES" not in os.environ, reason="hangs a process: MEASURE_DURABLE_RULES=1 measures it"
)


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


def test_as_many_rules_as_can_be_are_asked():
    """The bound is the engine's own, not one that we keep away from."""
    rules = [{"$and": [{"a": i % 64}, {"b": i // 64}]} for i in range(MOST_RULES)]
    assert Ruleset("full", rules).hits({"a": 63, "b": 63}) == {MOST_RULES - 1}


def ors(count):
    """Return a conjunction with so many alternatives: as many connectives and one more."""
    return {"$and": [{"$or": [{f"a{i}": 1}, {f"b{i}": 1}]} for i in range(count)]}


def test_what_counts_in_a_sequence_are_ands_and_ors():
    """The engine's 32 expressions are one for each end of an `$and` or `$or`; the bare comparisons don't count."""
    most = Ruleset("connectives", [ors(MOST_CONNECTIVES - 1)])
    assert most.hits({f"a{i}": 1 for i in range(MOST_CONNECTIVES - 1)}) == {0}
    with pytest.raises(EngineFailure, match="error code: 113"):
        Ruleset("connectives", [ors(MOST_CONNECTIVES)])


def test_nested_connectives_count_alike():
    """Depth is bounded by nothing else: a chain of `$and` in `$or` in `$and`."""
    nested = {"a": 1}
    for depth in range(MOST_CONNECTIVES):
        nested = {"$or" if depth % 2 else "$and": [nested, {f"b{depth}": 1}]}
    assert Ruleset("nested", [nested]).hits({"a": 1, **{f"b{i}": 1 for i in range(0, MOST_CONNECTIVES, 2)}}) == {0}
    with pytest.raises(EngineFailure, match="error code: 113"):
        Ruleset("nested", [{"$and": [nested, {"c": 1}]}])


def test_a_conjunction_has_as_many_comparisons_as_a_fact_has_members():
    """Comparisons of one rule are bounded by nothing of their own."""
    everything = {f"a{i}": 1 for i in range(MOST_MEMBERS)}
    long = Ruleset("long", [{"$and": [{name: 1} for name in everything]}])
    assert long.hits(everything) == {0}
    assert Ruleset("differs", [{"$and": [{"$neq": {"a": i}} for i in range(2000)]}]).hits({"a": -1}) == {0}


def test_members_beyond_the_most_are_refused_with_the_fact():
    """Not when the ruleset is made: it would fail at a case."""
    ruleset = Ruleset("members", [{"a0": 1}])
    assert ruleset.hits({f"a{i}": 1 for i in range(MOST_MEMBERS)}) == {0}
    with pytest.raises(EngineFailure, match="error code: 302"):
        ruleset.hits({f"a{i}": 1 for i in range(MOST_MEMBERS + 1)})


def test_comparisons_that_hold_at_once_are_bounded():
    """It depends on the case: all others are answered."""
    ruleset = Ruleset("waiting", [{"$lt": {"a": i}} for i in range(MOST_WAITING + 1)])
    assert ruleset.hits({"a": 0}) == set(range(1, MOST_WAITING + 1))
    with pytest.raises(EngineFailure, match="error code: 303"):
        ruleset.hits({"a": -1})
    assert ruleset.hits({"a": 0}) == set(range(1, MOST_WAITING + 1))


def test_those_that_wait_add_up_along_a_branch():
    """Of several comparisons that hold, all but the last wait while what follows that one is looked at."""
    above = [{"$lt": {"a": i}} for i in range(30)]
    below = [{"$and": [{"$lt": {"a": 30}}, {"$lt": {"b": i}}]} for i in range(MOST_WAITING - 30)]
    assert len(Ruleset("fits", [*above, *below]).hits({"a": -1, "b": -1})) == MOST_WAITING
    beyond = [*above, *below, {"$and": [{"$lt": {"a": 30}}, {"$lt": {"b": 99}}]}]
    with pytest.raises(EngineFailure, match="error code: 303"):
        Ruleset("waits", beyond).hits({"a": -1, "b": -1})


def test_rules_that_begin_differently_are_bounded():
    """So many different comparisons may come first, or after one and the same."""
    first = Ruleset("first", [{"a": i} for i in range(MOST_FOLLOWING)])
    assert first.hits({"a": MOST_FOLLOWING - 1}) == {MOST_FOLLOWING - 1}
    second = Ruleset("second", [{"$and": [{"b": 1}, {"a": i}]} for i in range(MOST_FOLLOWING)])
    assert second.hits({"a": MOST_FOLLOWING - 1, "b": 1}) == {MOST_FOLLOWING - 1}


def test_branches_that_end_in_one_comparison_are_bounded():
    """Each `$or` adds what follows the ends of its branches."""
    rules = [{"$or": [{"a": 1}, {"b": i}]} for i in range(MOST_MEETINGS + 1)]
    assert Ruleset("meetings", rules[:-1]).hits({"b": 5}) == {5}
    with pytest.raises(EngineFailure, match="error code: 107"):
        Ruleset("meetings", rules)


def test_rules_of_one_and_the_same_condition_are_bounded():
    """One more writes beyond the engine's memory, unnoticed at first: processes crashed. Some more are noticed.

    That is tried in a process of its own: what lies behind that memory is luck, and ours is not to be written over.
    """
    assert len(Ruleset("same", [{"a": 1}] * MOST_SAME).hits({"a": 1})) == MOST_SAME
    script = f"from service.engine.durable import Ruleset; Ruleset('same', [{{'a': 1}}] * {MOST_SAME + 3})"
    tried = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "error code: 108" in tried.stderr


def test_names_and_numbers_are_bounded_by_nothing_that_we_send():
    """Names of thousands of characters, and numbers of 64 bits."""
    long = "a" * 5000
    assert Ruleset("long", [{long: 1}]).hits({long: 1}) == {0}
    edge = Ruleset("edge", [{"a": 2**63 - 1}, {"$lt": {"a": 2**63 - 1}}, {"$gte": {"a": -(2**63)}}])
    assert [edge.hits({"a": n}) for n in (2**63 - 1, 2**63 - 2, -(2**63))] == [{0, 2}, {1, 2}, {1, 2}]


def test_the_names_that_are_sent_are_told_apart_by_their_hashes():
    """durable-rules knows names by 32 bits (FNV-1) alone."""
    names = ["id", "sid", "$s", "$forward", "$m", *(f"m{i}" for i in range(MOST_MEMBERS))]
    assert len({fnv1(name) for name in names}) == len(names)


def fnv1(text):
    """Return the hash by which durable-rules knows a name."""
    found = 2166136261
    for byte in text.encode():
        found = (found * 16777619 % 2**32) ^ byte
    return found


def ended(script):
    """Return how a process ended that made a ruleset: its exit status, or None where it had to be killed."""
    begin = "from service.engine.durable import *\n"
    try:
        return subprocess.run(
            [sys.executable, "-c", begin + script], timeout=20, capture_output=True, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return None


@measured_apart
def test_beginnings_beyond_the_most_never_return():
    """With one too many asking has no end, with two making has none; the interpreter is held: no thread can stop it."""
    make = "x = Ruleset('x', [{'a': i} for i in range(%d)])"
    assert ended(make % MOST_FOLLOWING + "; x.hits({'a': -1})") == 0
    assert ended(make % (MOST_FOLLOWING + 1)) == 0
    assert ended(make % (MOST_FOLLOWING + 1) + "; x.hits({'a': -1})") is None
    assert ended(make % (MOST_FOLLOWING + 2)) is None


def test_after_a_failure_the_ruleset_starts_afresh(ruleset):
    """A fact that the engine refuses leaves nothing behind, and the next case is answered."""
    with pytest.raises(EngineFailure):
        ruleset.hits({"a": 1, **{f"x{i}": 1 for i in range(300)}})
    assert ruleset.hits({"a": 1}) == {1, 2}
