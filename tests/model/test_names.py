"""Keys: one for each name and kind, the same after pickling, and in one order."""

from __future__ import annotations

import pickle
from threading import Thread

import pytest

from service.model.names import Applying, Own, shown_name

KEYS = [Own("fine.level"), Applying("fine")]


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_there_is_one_key_for_a_name(key):
    """Environments look it up by identity, whatever thread or file it comes from."""
    assert type(key)(key.name) is key
    assert pickle.loads(pickle.dumps(key)) is key
    found = []
    threads = [Thread(target=lambda: found.append(Own("made.in.threads"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1


def test_kinds_of_names_are_told_apart_and_shown_alike():
    """A member is known to a reader by one name, from inside and from outside."""
    assert len({"fine", Own("fine"), Applying("fine")}) == 3
    assert {shown_name(key) for key in ("fine", Own("fine"), Applying("fine"))} == {"fine"}


def test_names_of_all_kinds_sort():
    """By name, and for one name in one order, whatever order they come in."""
    mixed = [Applying("a"), "b", Own("b"), "a", Own("a")]
    backwards = mixed[::-1]
    assert sorted(mixed) == sorted(backwards) == ["a", Own("a"), Applying("a"), "b", Own("b")]
    assert max("b", Own("a")) == "b"


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_a_key_is_never_changed(key):
    """It is shared by all that read the name."""
    with pytest.raises(AttributeError, match="never changed"):
        key.name = "other"


def test_a_key_shows_its_kind():
    """For whoever debugs."""
    assert repr(Own("fine.level")) == "Own('fine.level')"
