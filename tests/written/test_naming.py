"""What messages call a piece of a file: its named element, and the way from there."""

from __future__ import annotations

import pytest

from service.written.naming import Naming, key_text, phrase, with_text_keys

DATA = {"decision": "fine", "gives": {"shown": {"as": {1: "x"}}}, "rules": [{"rule": "fine.a", "when": {"any": [{}]}}]}


@pytest.mark.parametrize(
    ("path", "name", "rest"),
    [
        ((), "decision fine", ()),
        (("gives", "shown"), "decision fine", ("gives", "shown")),
        (("gives", "shown", "as", 1), "decision fine", ("gives", "shown", "as", "1")),
        (("rules", 0), "rule fine.a", ()),
        (("rules", 0, "when", "any", 0), "rule fine.a", ("when", "any", 0)),
    ],
)
def test_a_piece_is_called_by_the_innermost_element_with_a_name(path, name, rest):
    """That is what its owner looks for."""
    assert Naming(DATA).element(path) == (name, rest)


def test_a_file_without_a_name_is_the_file():
    """Lists of clauses have none of their own."""
    assert Naming({"clauses": []}).element(("clauses",)) == ("the file", ("clauses",))


def test_a_path_in_json_is_found_in_what_was_read():
    """JSON has only text for keys; an index stays an index."""
    assert Naming(DATA).path(["gives", "shown", "as", "1"]) == ("gives", "shown", "as", 1)
    assert Naming({True: [5]}).path(["true", 0]) == (True, 0)


def test_a_path_reads_as_a_person_would_say_it():
    """From the inside out, counted from one."""
    assert phrase(("rows", 2, "cells", 0)) == "item 1 of 'cells' in item 3 of 'rows'"
    assert phrase(("rows", 0, 1)) == "item 2 in item 1 of 'rows'"


def test_keys_are_text_in_json():
    """True is written in small letters."""
    assert [key_text(key) for key in ("a", 1, True)] == ["a", "1", "true"]
    assert with_text_keys({1: [{False: "x"}]}) == {"1": [{"false": "x"}]}
