"""What facts might be, against every short text, list and number that the schema allows."""

from decimal import Decimal
from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.analysis.domains import Choice, Items, can_have, conditions_of, domains, few_items, room_of, texts_among
from service.analysis.lines import Line, line_of
from service.facts.declaration import FactSpec
from service.model.conditions import Ref, leaves
from tests.analysis.small_packs import load, rules
from tests.thorough import tried

WORDS = ["".join(letters) for length in range(4) for letters in product("abcx", repeat=length)]


def pack_of(folder, properties, *conditions, gives="list", **more):
    """Return a pack with a rule for each condition; each gives an item of a list."""
    written = [(when, {"hits": [f"h{i}"]}) for i, when in enumerate(conditions)]
    decision = {
        "decision": "d",
        "cites": "c",
        "gives": {"hits": gives},
        "hit_policy": "collect",
        "rules": rules("d", *written),
    }
    return load(folder, properties, {**decision, **more})


def hits_of(pack, case):
    """Return which tests on leaves hold of a case, in the order in which they are read."""
    found = []
    for condition in conditions_of(pack):
        for test in leaves(condition):
            other = case[test.operand.name] if isinstance(test.operand, Ref) else test.operand
            found.append(test.judge(case[test.name], other))
    return tuple(found)


def bounds():
    """Return bounds of lengths for a text."""
    return st.tuples(st.integers(0, 2), st.none() | st.integers(0, 3)).filter(
        lambda each: each[1] is None or each[0] <= each[1]
    )


def declared(low, high):
    """Return a declaration of a text with bounds."""
    return {"type": "string", "minLength": low, **({} if high is None else {"maxLength": high})}


INSIDE = [{"starts_with": "a"}, {"ends_with": ["b", "ab"]}, {"contains": "ab"}, {"ignoring_case": {"contains": "A"}}]
OTHERS = st.integers(0, 2) | st.sampled_from(["", "a", "ab", "x", *INSIDE])
COMPARED = st.lists(st.tuples(st.integers(0, 2), OTHERS), min_size=1, max_size=4)


@given(
    st.lists(bounds(), min_size=2, max_size=3),
    COMPARED,
)
@settings(max_examples=tried(20, 400))
def test_texts_that_meet_can_be_whatever_short_texts_can_be(tmp_path_factory, lengths, compared):
    """Each pattern of which texts are the same, and which are constants, is one of values that may be."""
    names = [f"t{i}" for i in range(len(lengths))]
    conditions = [
        {names[one]: {"same_as": names[other]} if isinstance(other, int) else other}
        for one, other in compared
        if one < len(names) and (not isinstance(other, int) or (other < len(names) and other != one))
    ]
    if not conditions:
        return
    pack = pack_of(
        tmp_path_factory.mktemp("pack"),
        {name: declared(*each) for name, each in zip(names, lengths, strict=True)},
        *conditions,
    )
    found = domains(pack)
    for name, (low, high) in zip(names, lengths, strict=True):
        assert all(low <= len(text) and (high is None or len(text) <= high) for text in found[name].values)
    words = [[w for w in WORDS if low <= len(w) <= (3 if high is None else high)] for low, high in lengths]
    few = [each if len(each) < 20 else each[:12] + each[-6:] for each in words]
    told = {hits_of(pack, dict(zip(names, case, strict=True))) for case in product(*(found[n].values for n in names))}
    seen = {hits_of(pack, dict(zip(names, case, strict=True))) for case in product(*few)}
    assert seen <= told


def test_a_text_of_the_case_stands_for_no_other(tmp_path):
    """An unknown text may be none of those that a case lists, whatever these are."""
    listed = {"type": "array", "items": {"type": "string"}}
    pack = pack_of(tmp_path, {"one": declared(1, None), "listed": listed}, {"one": {"in": "listed"}})
    domain = domains(pack)["one"]
    assert domain.strange == {"x", "y"}
    more = texts_among(pack, domain, ["x", "y", "z"])
    assert more.strange.isdisjoint(["x", "y", "z"])
    assert {"x", "y", "z", *more.strange} == set(more.values)


def test_texts_that_conditions_look_inside_are_of_each_kind(tmp_path):
    """As many of each as there may be others, and none that the schema does not allow."""
    pack = pack_of(tmp_path, {"one": declared(0, 2)}, {"one": {"starts_with": "ab"}}, {"one": {"ends_with": "b"}})
    found = domains(pack)["one"]
    kinds = [tuple(truths[i] for truths in found.truths.values()) for i in range(len(found.values))]
    assert dict(zip(kinds, found.classes, strict=True)) == {
        (False, False): ("", "a"),
        (False, True): ("b", "bb"),
        (True, True): ("ab",),
    }


def test_a_text_of_which_too_much_is_asked_is_not_gone_through(tmp_path):
    """Each of twelve words may be in it or not: more kinds than are worth their while."""
    asked = [{"one": {"contains": f"word {letter}"}} for letter in "abcdefghijkl"]
    assert not domains(pack_of(tmp_path, {"one": declared(0, None)}, *asked))["one"].is_complete


def test_values_that_no_test_tells_apart_are_one_class(tmp_path):
    """One value stands for its class, which knows how many it has and which."""
    pack = pack_of(
        tmp_path,
        {
            "level": {"type": "integer", "minimum": 1, "maximum": 9},
            "kind": {"type": "string", "enum": ["a", "b", "c", "d"]},
        },
        {"level": {"at_most": 3}},
        {"level": 7},
        {"kind": ["a", "b"]},
    )
    found = domains(pack)
    assert found["level"] == Choice("level", (1, 4, 7), (3, 5, 1), classes=((1, 2, 3), (4, 5, 6, 8, 9), (7,)))
    assert found["kind"].values == ("a", "c")
    assert found["kind"].class_of(1) == ("c", "d")
    assert found["as_of"] == line_of("instant")


def test_a_value_that_is_copied_or_compared_stands_for_itself(tmp_path):
    """Where the very value matters, each is looked at."""
    properties = {name: {"type": "string", "enum": ["a", "b", "c"]} for name in ("one", "other", "plain", "copied")}
    pack = load(
        tmp_path,
        properties,
        {
            "decision": "d",
            "cites": "c",
            "gives": {"x": "string"},
            "rules": rules(
                "d",
                ({"one": {"same_as": "other"}, "plain": "a"}, {"x": {"from": "copied"}}),
            ),
        },
    )
    found = domains(pack)
    assert [len(found[name].values) for name in properties] == [3, 3, 2, 3]


def test_kinds_of_facts_have_domains_of_their_own(tmp_path):
    """Few values are a choice; what has an order and very many is a line; of lists some are choices."""
    texts = {"type": "array", "items": {"type": "string"}}
    closed = {"type": "array", "items": {"type": "string", "enum": ["a", "b", "c"]}}
    properties = {
        "flag": {"type": "boolean"},
        "day": {"type": "string", "format": "date"},
        "moment": {"type": "string", "format": "date-time"},
        "size": {"type": "number", "minimum": 0.5},
        "many": {"type": "integer", "minimum": 0, "maximum": 64},
        "set": {**closed, "uniqueItems": True, "minItems": 1, "maxItems": 2},
        "short": {**closed, "maxItems": 2},
        "long": closed,
        "texts": texts,
    }
    pack = pack_of(
        tmp_path,
        properties,
        {"flag": True},
        {"day": {"after": "2026-01-01"}},
        {"moment": {"before": "2026-01-01T00:00:00Z"}},
        {"size": {"more_than": 1}},
        {"many": {"more_than": 1}},
        {"set": {"includes": "a"}},
        {"short": {"includes": ["a", "b"]}},
        {"long": {"includes": "a"}},
        {"texts": {"includes": "a"}},
    )
    found = domains(pack)
    assert found["flag"].values == (True, False)
    assert found["day"] == line_of("date")
    assert found["moment"] == line_of("instant")
    assert found["size"] == line_of("number", Decimal("0.5"))
    assert found["many"] == Line("integer", 0, 64)
    assert sum(found["set"].weights) == 6
    assert sum(found["short"].weights) == 1 + 3 + 9
    assert found["long"] == Items(pack.facts.facts["long"])
    assert found["texts"] == Items(pack.facts.facts["texts"])


HALVES = (Decimal("0.5"), Decimal("2.5"))
EDGES = st.sampled_from([(0, 2), HALVES, (-1, None), (None, 3), (2, 2), (Decimal("0.2"), Decimal("0.7"))])


@given(
    EDGES,
    st.sampled_from(["integer", "number"]),
)
def test_items_of_bounded_lists_are_those_within_the_bounds(edges, kind):
    """Each is one that a list can have, there are as many as is said, and all others are refused."""
    spec = FactSpec(path="l", type="list", item_type=kind, minimum=edges[0], maximum=edges[1])
    tried = [Decimal(i) / 10 for i in range(-30, 50)]
    good = [
        each
        for each in tried
        if (edges[0] is None or each >= edges[0])
        and (edges[1] is None or each <= edges[1])
        and (kind == "number" or each == int(each))
    ]
    assert [each for each in tried if can_have(spec, each)] == good
    if None not in edges and kind == "integer":
        assert room_of(spec) == len(good)
        assert list(few_items(spec)) == good
    else:
        assert room_of(spec) == (1 if edges[0] == edges[1] else None)
        assert few_items(spec) is None
    assert not can_have(spec, "1")


def test_items_of_other_lists():
    """Closed choices are what they are; texts are bounded by their length."""
    closed = FactSpec(path="l", type="list", item_type="string", choices=("a", "b"))
    assert (few_items(closed), room_of(closed)) == (("a", "b"), 2)
    assert can_have(closed, "a")
    assert not can_have(closed, "c")
    texts = FactSpec(path="l", type="list", item_type="string", min_length=1, max_length=2)
    assert [can_have(texts, each) for each in ("", "a", "ab", "abc", 1)] == [False, True, True, False, False]
    assert room_of(texts) is None
    assert room_of(FactSpec(path="l", type="list", item_type="string", max_length=0)) == 1
    assert room_of(FactSpec(path="p", type="periods")) is None


@pytest.mark.parametrize(("low", "high", "unique"), [(0, 2, False), (1, 3, True), (2, 2, False)])
def test_short_lists_are_all_there(tmp_path, low, high, unique):
    """Every list of few items, in every order, that the schema allows."""
    bounds_ = {"minItems": low, "maxItems": high, "uniqueItems": unique}
    listed = {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 3}, **bounds_}
    found = domains(pack_of(tmp_path, {"l": listed}, {"l": {"includes": 1}}))["l"]
    each = permutations if unique else lambda items, size: product(items, repeat=size)
    expected = [items for size in range(low, high + 1) for items in each((1, 2, 3), size)]
    assert sorted(value for of in found.classes for value in of) == sorted(expected)


def test_texts_of_a_case_count_among_the_values(tmp_path):
    """What a given text is may be what an unknown one is, if it fits."""
    pack = pack_of(
        tmp_path, {"one": declared(0, 3), "other": declared(0, None)}, {"one": {"same_as": "other"}}, {"one": "abc"}
    )
    domain = domains(pack)["one"]
    assert domain.meets
    assert texts_among(pack, domain, ["abc", "much longer"]) == domain
    more = texts_among(pack, domain, ["def", "def"])
    assert more.values == ("def", *domain.values)
    assert len(more.weights) == len(more.values)
