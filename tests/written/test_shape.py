"""What a file says in the shape that it should have, and nothing where it has another."""

from __future__ import annotations

import pytest

from service.written.shape import elements, items, mapping, texts

SHAPES = [None, 3, True, "text", ["a", 1], {"a": 1}]


@pytest.mark.parametrize("node", SHAPES)
def test_each_shape_is_what_was_asked_for_or_empty(node):
    """What is of another shape has its finding already."""
    assert mapping(node) == (node if isinstance(node, dict) else {})
    assert items(node) == (node if isinstance(node, list) else [])
    assert texts(node) == {"text": ("text",), "['a', 1]": ("a", "1")}.get(str(node), ())


def test_elements_keep_their_positions_when_a_broken_one_is_out():
    """Their places are found by these."""
    assert elements({"rules": [{"a": 1}, None, "x", {"b": 2}]}, "rules") == [(0, {"a": 1}), (3, {"b": 2})]
    assert elements({"rules": 3}, "rules") == elements([], "rules") == elements({}, "rules") == []
