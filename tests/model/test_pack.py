"""A pack is plain data: it can be compared, pickled and kept."""

from __future__ import annotations

import pickle
from dataclasses import replace

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
