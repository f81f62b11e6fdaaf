"""Lines of several things are broken only between them."""

import io

import pytest
from rich.console import Console
from rich.text import Text

from service.cli.filling import Filled, OneLine

FACTS = [Text(each) for each in ("loan.kind: old map", "loan.days: 3", "loan.lent: true")]


def shown(text, width):
    """Return the lines that a console of a width shows."""
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(text)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (80, ["fine.late  loan.kind: old map; loan.days: 3; loan.lent: true"]),
        (44, ["fine.late  loan.kind: old map; loan.days: 3;", "loan.lent: true"]),
        (43, ["fine.late  loan.kind: old map;", "loan.days: 3; loan.lent: true"]),
        (19, ["fine.late", "loan.kind: old map;", "loan.days: 3;", "loan.lent: true"]),
        (16, ["fine.late", "loan.kind: old", "map;", "loan.days: 3;", "loan.lent: true"]),
    ],
)
def test_a_thing_is_broken_only_where_it_is_wider_than_a_line(width, lines):
    """A value whose name stands a line above is read as another's."""
    assert shown(Filled(FACTS, ";", head=Text("fine.late")), width) == lines


def test_nothing_is_the_head_alone():
    """A rule that reads no fact."""
    assert shown(Filled([], ";", head=Text("fine.all")), 20) == ["fine.all"]


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (60, "fine  loan.kind: old map, loan.days: 3, loan.lent: true"),
        (55, "fine  loan.kind: old map, loan.days: 3, loan.lent: true"),
        (54, "fine  loan.kind: old map, loan.days: 3, …"),
        (40, "fine  loan.kind: old map, …"),
        (20, "fine  …"),
        (5, "fine…"),
    ],
)
def test_one_line_leaves_out_what_it_has_no_room_for(width, line):
    """Whole members, as half a name says nothing."""
    assert shown(OneLine(Text("fine  "), FACTS), width) == [line]
