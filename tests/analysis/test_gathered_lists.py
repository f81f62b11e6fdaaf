"""Lists that are gathered from what rules give, some of which copy a list that is unknown: what is said of them."""

import orjson
import pytest

from service.decision.policy import Policy
from tests.analysis.small_packs import load, rules

NUMBERS = {"type": "array", "items": {"type": "integer"}}


def asks(name, when):
    """Return a decision that says whether something holds."""
    given = rules(name, (when, {"is": True}), ({}, {"is": False}))
    return {"decision": name, "gives": {"is": "boolean"}, "hit_policy": "first", "rules": given}


@pytest.fixture
def told(tmp_path):
    """Return what tells the decisions of a case, by name, where the copied list is declared so."""

    def tell(declared, facts):
        given = rules("all", ({}, {"items": [1]}), ({"size": {"at_least": 3}}, {"items": {"from": "more"}}))
        pack = load(
            tmp_path,
            {"more": declared, "size": {"type": "integer"}},
            {"decision": "all", "gives": {"items": "list"}, "hit_policy": "collect", "rules": given},
            asks("seven", {"all.items": {"includes": 7}}),
            asks("one", {"all.items": {"includes": 1}}),
            asks("both", {"all.items": {"includes": [1, 7]}}),
            asks("neither", {"all.items": {"lacks": [7, 8]}}),
            asks("nothing", {"all.items": {"empty": True}}),
            asks("many", {"number": {"at_least": 2}}),
            {"decision": "copied", "gives": {"items": {"from": "all.items"}}},
            derived=[{"fact": "number", "count": "all.items"}],
        )
        decisions = Policy(pack).decide(pack.facts.read(facts), None, None)
        return {name: orjson.loads(written) for name, written in decisions.items()}

    return tell


def short(written):
    """Return status, outcome, questions and whether these are exact."""
    return written["status"], written["outcome"], written["needs"], written.get("exact", True)


@pytest.mark.parametrize(
    ("facts", "needs"), [({}, {"more", "size"}), ({"size": 3}, {"more"}), ({"more": [7]}, {"size"})]
)
def test_what_is_unknown_of_a_list_may_be_among_its_items(told, facts, needs):
    """It counted as nothing: such a list, and what was said of it, was decided."""
    found = told(NUMBERS, facts)
    assert short(found["one"]) == ("decided", {"is": True}, [], True)
    assert short(found["nothing"]) == ("decided", {"is": False}, [], True)
    for name, outcome in (("seven", {"is": False}), ("both", {"is": False}), ("all", {"items": [1]})):
        status, members, asked, is_exact = short(found[name])
        assert (status, members, set(asked), is_exact) == ("provisional", outcome, needs, True)
    for name, status in (("neither", "provisional"), ("many", "provisional"), ("copied", "undecided")):
        assert (found[name]["status"], set(found[name]["needs"])) == (status, needs)


def test_a_list_to_which_something_is_added_for_certain_is_not_that_of_the_certain_rules(told):
    """With items of its own the unknown list may still have none but those that are there; that is not looked into."""
    found = told({**NUMBERS, "minItems": 1}, {"size": 3})
    assert short(found["all"]) == ("undecided", None, ["more"], False)
    assert short(found["seven"]) == ("provisional", {"is": False}, ["more"], True)


def test_items_that_are_there_already_add_nothing(told):
    """A list that can have no other items changes nothing; where that is not found out, it is said."""
    only = {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 1}}
    found = told(only, {"size": 3})
    assert short(found["seven"]) == ("decided", {"is": False}, [], True)
    status, _, _, is_exact = short(found["all"])
    assert status == "decided" or not is_exact


@pytest.mark.parametrize("facts", [{"size": 1}, {"more": []}])
def test_a_list_that_is_not_copied_or_has_no_items_makes_no_difference(told, facts):
    """Whatever else is unknown."""
    found = told(NUMBERS, facts)
    assert {each["status"] for each in found.values()} == {"decided"}
    assert found["copied"]["outcome"] == {"items": [1]}


@pytest.fixture
def of_items(tmp_path):
    """Return what tells the decisions of a case about a list that has a number or a day of the case."""

    def tell(facts):
        given = rules(
            "all",
            ({"size": {"at_least": 3}}, {"items": ["a", {"from": "number"}]}),
            ({}, {"items": ["b", {"from": "day"}]}),
        )
        pack = load(
            tmp_path,
            {
                "number": {"type": "integer"},
                "size": {"type": "integer"},
                "day": {"type": "string", "format": "date"},
            },
            {"decision": "all", "gives": {"items": "list"}, "hit_policy": "first", "rules": given},
            asks("seven", {"all.items": {"includes": 7}}),
            asks("letter", {"all.items": {"includes": ["a", "b"]}}),
            asks("either", {"all.items": {"lacks": ["c", "2026-01-01"]}}),
            asks("nothing", {"all.items": {"empty": True}}),
            asks("two", {"count": {"at_least": 2}}),
            derived=[{"fact": "count", "count": "all.items"}],
        )
        decisions = Policy(pack).decide(pack.facts.read(facts), None, None)
        return {name: short(orjson.loads(written)) for name, written in decisions.items()}

    return tell


@pytest.mark.parametrize(
    ("facts", "needs", "seven"),
    [
        ({}, ["size", "number", "day"], ("provisional", {"is": False}, ["number", "size"], True)),
        ({"size": 3}, ["number"], ("provisional", {"is": False}, ["number"], True)),
        ({"size": 1}, ["day"], ("decided", {"is": False}, [], True)),
        ({"number": 7}, ["size", "day"], ("provisional", {"is": False}, ["size"], True)),
        ({"number": 6}, ["size", "day"], ("decided", {"is": False}, [], True)),
    ],
)
def test_of_a_list_with_an_unknown_item_its_items_and_number_are_told_exactly(of_items, facts, needs, seven):
    """A day is no number and no text; how many items there are is known though not which."""
    found = of_items(facts)
    assert found["seven"] == seven
    assert [found[name][1] for name in ("letter", "either", "nothing", "two")] == [
        {"is": False},
        {"is": True},
        {"is": False},
        {"is": True},
    ]
    assert {found[name][0] for name in ("either", "nothing", "two", "letter")} == {"decided"}
    assert found["all"] == ("undecided", None, needs, True)


def test_a_list_of_numbers_can_be_asked_for_a_text_once_it_is_copied_into_a_list_of_anything(tmp_path):
    """It has none, whatever else is asked of it: how many, which, and their sum."""
    given = rules("all", ({}, {"items": {"from": "more"}}))
    pack = load(
        tmp_path,
        {"more": NUMBERS},
        {"decision": "all", "gives": {"items": "list"}, "hit_policy": "first", "rules": given},
        asks("text", {"all.items": {"includes": "bob"}}),
        asks("either", {"all.items": {"includes_any": ["bob", 7]}, "total": {"at_least": 10}}),
        derived=[{"fact": "total", "sum": "more"}],
    )
    decisions = Policy(pack).decide(pack.facts.read({}), None, None)
    found = {name: short(orjson.loads(written)) for name, written in decisions.items()}
    assert found["text"] == ("decided", {"is": False}, [], True)
    assert found["either"] == ("provisional", {"is": False}, ["more"], True)


@pytest.mark.parametrize(
    ("facts", "needs"),
    [({}, {"size", "number", "one"}), ({"one": 3, "size": 3}, {"number"}), ({"one": 3, "size": 1}, set())],
)
def test_a_known_number_among_unknown_items_is_looked_for(tmp_path, facts, needs):
    """A number of the case may be one of a list that has another number of it."""
    given = rules("all", ({"size": {"at_least": 3}}, {"items": ["a", {"from": "number"}]}), ({}, {"items": ["b"]}))
    number = {"type": "integer"}
    pack = load(
        tmp_path,
        {"number": number, "size": number, "one": number},
        {"decision": "all", "gives": {"items": "list"}, "hit_policy": "first", "rules": given},
        asks("among", {"one": {"in": "all.items"}}),
    )
    found = orjson.loads(Policy(pack).decide(pack.facts.read(facts), ["among"], None)["among"])
    assert (set(found["needs"]), found["status"]) == (needs, "provisional" if needs else "decided")
    assert found.get("exact", True) is ("one" in facts)
