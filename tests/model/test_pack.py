"""A pack is plain data: it can be compared, pickled and kept."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from service.model.conditions import Test as Leaf
from service.model.derivations import Derived
from service.model.pack import Applies, Clock, Copy, Group, Note, Rule
from service.model.walk import every
from service.pack.loader import load_pack


def test_two_loads_of_one_folder_are_equal(write):
    """Whatever was read twice."""
    folder = write()
    first, second = load_pack(folder), load_pack(folder)
    assert first == second
    assert hash(first) == hash(second)


def test_a_pack_survives_pickling(write):
    """So that it can be sent to other processes, and kept beside what was made of it."""
    pack = load_pack(write())
    again = pickle.loads(pickle.dumps(pack))
    assert again == pack
    assert hash(again) == hash(pack)


def test_another_word_makes_another_pack(write):
    """Equality is by all that was written."""
    pack = load_pack(write())
    fine = pack.decisions["fine"]
    assert replace(pack, decisions={**pack.decisions, "fine": replace(fine, asks="What else?")}) != pack


@pytest.fixture(scope="module")
def loans():
    """Return a pack that has every kind of element."""
    return load_pack(Path("tests/fixtures/packs/library-loans"))


def line_of(place):
    """Return the text of the line at a place, from its column on."""
    return Path(place.file).read_text(encoding="utf-8").splitlines()[place.line - 1][place.column - 1 :]


def test_every_test_leads_to_the_line_that_it_is_written_in(loans):
    """Whatever finds something about one can say where it stands."""
    lines = {test: line_of(test.place) for test in every(Leaf, loans)}
    assert len(lines) > 10
    assert all(lines.values())


@pytest.mark.parametrize("kind", [Derived, Applies, Rule, Clock, Note])
def test_what_is_written_is_kept_as_it_is_written(loans, kind):
    """Pages show it, and read no file."""
    found = [each for each in every(kind, loans) if not isinstance(each, Rule) or not each.cells]
    assert found
    assert all(each.written["says"] == each.says for each in found)
    assert all(line_of(each.place) for each in found)


def test_a_table_keeps_its_columns_and_the_cells_of_its_rows(loans):
    """A row says in a cell what each column asks or gives."""
    tables = [group for group in every(Group, loans) if group.is_table]
    assert tables
    for table in tables:
        assert all(len(row.cells) == len(table.columns) for row in table.rules)
        assert all(line_of(column.place).startswith(column.name) for column in table.columns)
        assert {column.name for column in table.columns if column.gives} >= set(table.gives)


def test_named_values_sets_and_calendars_are_kept_with_their_places(loans):
    """Each as its file has it."""
    assert loans.values
    assert loans.sets
    assert all(line_of(each.place) for each in (*loans.values.values(), *loans.sets.values()))
    assert {name: each.written["calendar"] for name, each in loans.calendar_files.items()} == {
        name: name for name in loans.calendars
    }


def test_copies_and_members_and_clauses_have_places(loans):
    """Members by their declaration, clauses by their entry."""
    members = [member for decision in loans.decisions.values() for member in decision.members]
    copies = list(every(Copy, loans))
    assert copies
    assert all(line_of(each.place) for each in (*members, *copies, *loans.clauses.values()))
