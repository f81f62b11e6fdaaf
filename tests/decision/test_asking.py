"""Groups are asked by values, by answers, and only then of durable-rules; what is remembered is bounded."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from service.decision.asking import UNKNOWN, Asker, Memory, picker
from service.model.pack import Group
from tests.decision.plain_packs import plain_pack

BOOLEAN = {"type": "boolean"}
NUMBER = {"type": "number", "minimum": 0, "maximum": 10**6}


def asked_of(folder, facts, conditions):
    """Return an asker and the one group of a pack of these rules, seated."""
    pack = plain_pack(folder, facts, conditions)
    (group,) = [part for part in pack.decisions["d"].parts if isinstance(part, Group)]
    asker = Asker(pack)
    return asker, asker.seated(group, (), 1)


@pytest.fixture
def pairs(tmp_path):
    """Two pairs of facts that no rule reads together."""
    facts = dict.fromkeys("abcd", BOOLEAN)
    return asked_of(tmp_path / "pack", facts, [{"a": True, "b": True}, {"a": False, "b": True}, {"c": True, "d": True}])


def remembered(asked):
    """Return how many answers each block has come to."""
    return [len(sitting.held) for level in asked.levels for sitting in level]


def test_hits_are_positions_in_the_order_of_the_rules(pairs):
    """Whichever block settles them."""
    asker, asked = pairs
    assert asker.hits([asked], dict.fromkeys("abcd", True)) == [(0, 2)]
    assert asker.hits([asked], {"a": False, "b": True, "c": True, "d": False}) == [(1,)]


def test_what_is_unknown_holds_nowhere(pairs):
    """Only what certainly holds is found."""
    asker, asked = pairs
    assert asker.hits([asked], {"a": True, "c": True, "d": True}) == [(2,)]
    assert asked.known == {(True, UNKNOWN, True, True): (2,)}


def test_blocks_remember_apart(pairs):
    """Sixteen cases are four answers in each of two blocks: they add up and don't multiply."""
    asker, asked = pairs
    for case in range(16):
        asker.hits([asked], {name: bool(case >> i & 1) for i, name in enumerate("abcd")})
    assert len(asked.known) == 16
    assert remembered(asked) == [4, 4]


def test_values_that_are_ranked_alike_are_asked_once(tmp_path):
    """A thousand amounts between the same bounds have one answer."""
    asker, asked = asked_of(tmp_path / "pack", {"x": NUMBER}, [{"x": {"less_than": 5000}}, {"x": {"at_least": 5000}}])
    assert {asker.hits([asked], {"x": x})[0] for x in range(1000)} == {(0,)}
    assert remembered(asked) == [1]


def test_the_more_there_is_to_remember_the_less_of_each():
    """The memory of all groups together is bounded, whatever their number and width."""
    memory = Memory()
    kept = []
    for _ in range(1000):
        memory.share(250)
        kept.append(memory.most)
    assert kept[0] == 8192
    assert kept == sorted(kept, reverse=True)
    assert all(most * 250 * (i + 1) <= 2**22 or most == 64 for i, most in enumerate(kept))


def test_what_is_remembered_stays_within_its_bound(tmp_path):
    """More cases than are remembered, each unlike the others."""
    asker, asked = asked_of(tmp_path / "pack", {"x": NUMBER}, [{"x": {"less_than": i}} for i in range(1, 200)])
    asked.memory.most = 100
    for x in range(1000):
        assert len(asker.hits([asked], {"x": x / 4})[0]) == max(0, 199 - x // 4)
        assert len(asked.known) <= 100
        assert max(remembered(asked)) <= 100


def test_threads_with_rulesets_of_their_own_agree(pairs):
    """What is remembered is shared; what durable-rules holds is not."""
    asker, asked = pairs

    def ask(case):
        asked.known.clear()
        asked.levels[0][0].held.clear()
        return asker.hits([asked], {name: bool(case >> i & 1) for i, name in enumerate("abcd")})[0]

    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(ask, list(range(16)) * 20))
    assert found == [ask(case) for case in range(16)] * 20


@pytest.mark.parametrize("names", [(), ("a",), ("a", "b")])
def test_a_picker_takes_what_is_there(names):
    """And says which is not."""
    assert picker(names)({"a": 1, "b": None}) == (1, None)[: len(names)]
    assert picker(names)({"b": None}) == (UNKNOWN, None)[: len(names)]
