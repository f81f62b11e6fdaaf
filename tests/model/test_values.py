"""Values of names and outcomes: hashable, never changed, and themselves again after pickling."""

from __future__ import annotations

import pickle

import pytest

from service.model.values import ABSENT, CONFLICT, FrozenMap, Pairs, frozen, hashable


def test_plain_data_becomes_hashable_and_keeps_its_order():
    """Outcomes are compared and kept in sets."""
    value = hashable({"b": [1, {"a": []}], 2: "x"})
    assert value == Pairs([("b", (1, Pairs([("a", ())]))), ("2", "x")])
    assert hash(value) == hash(hashable({"b": [1, {"a": []}], 2: "x"}))
    assert value != hashable({"2": "x", "b": [1, {"a": []}]})


@pytest.mark.parametrize(("mark", "name"), [(ABSENT, "ABSENT"), (CONFLICT, "CONFLICT")])
def test_what_is_no_value_is_told_by_its_name(mark, name):
    """None is a value of its own; a mark is the same one in every process."""
    assert repr(mark) == name
    assert mark is not None
    assert pickle.loads(pickle.dumps(mark)) is mark


CHANGES = {
    "item": lambda it: it.__setitem__("a", 2),
    "deletion": lambda it: it.__delitem__("a"),
    "update": lambda it: it.update(a=2),
    "or": lambda it: it.__ior__({"a": 2}),
    "pop": lambda it: it.pop("a"),
    "popitem": lambda it: it.popitem(),
    "default": lambda it: it.setdefault("b", 2),
    "clear": lambda it: it.clear(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_frozen_mapping_is_never_changed(change):
    """A pack is shared by all threads."""
    with pytest.raises(TypeError, match="never changed"):
        change(FrozenMap({"a": 1}))


def test_a_frozen_mapping_is_the_same_after_pickling_and_equals_any_with_the_same_entries():
    """In its order, at every depth."""
    made = frozen({"b": {"x": 1}, "a": 2})
    again = pickle.loads(pickle.dumps(made))
    assert again == made == {"a": 2, "b": {"x": 1}}
    assert list(again) == ["b", "a"]
    assert isinstance(again["b"], FrozenMap)
    assert hash(again) == hash(made)
