"""Introductions: one key of a log signs for the next, and nothing else can be taken for that."""

from itertools import pairwise

import pytest

from service.audit.proof.checkpoints import Checkpoint, sign_checkpoint
from service.audit.proof.notes import BadNote, Signer, write_note
from service.audit.proof.successions import followed, introduced, introduction

NAME = "library.example/log"


@pytest.fixture
def chain():
    """Four keys of one log, and the three notes that lead from one to the next."""
    keys = [Signer.generate(NAME) for _ in range(4)]
    notes = [write_note(introduction(new.verifier), [old, new]) for old, new in pairwise(keys)]
    return keys, notes


def test_whoever_knows_the_first_key_is_led_to_the_last(chain):
    """However often the key was changed."""
    keys, notes = chain

    assert followed(notes, [keys[0].verifier]) == [key.verifier for key in keys]


def test_a_link_that_is_missing_ends_the_chain(chain):
    """Nobody vouches for what comes after."""
    keys, notes = chain

    assert followed([notes[0], notes[2]], [keys[0].verifier]) == [keys[0].verifier, keys[1].verifier]


def test_whoever_knows_a_later_key_is_not_led_back(chain):
    """A new key says nothing of an old one."""
    keys, notes = chain

    assert followed(notes, [keys[2].verifier]) == [keys[2].verifier, keys[3].verifier]


def test_a_key_that_was_replaced_introduces_no_other(chain):
    """Whoever finds it later may have it sign what they like."""
    keys, notes = chain
    thief = Signer.generate(NAME)
    stolen = write_note(introduction(thief.verifier), [keys[0], thief])

    for known in ([keys[0].verifier], [keys[0].verifier, keys[1].verifier]):
        assert followed([notes[0], stolen, notes[1]], known) == [key.verifier for key in keys[:3]]


def test_a_key_that_was_replaced_does_not_come_back_by_its_own_word(chain):
    """Its thief would be where they were before."""
    keys, notes = chain
    thief = Signer.generate(NAME)
    back = write_note(introduction(keys[0].verifier), [keys[0]])
    stolen = write_note(introduction(thief.verifier), [keys[0], thief])

    for known in ([keys[0].verifier], [keys[0].verifier, keys[1].verifier]):
        assert followed([notes[0], back, stolen, notes[1]], known) == [key.verifier for key in keys[:3]]


def test_a_trusted_key_may_come_without_the_old_keys_word(chain):
    """The old one was lost; it is replaced all the same."""
    keys, _ = chain
    own = [write_note(introduction(key.verifier), [key]) for key in keys]
    stolen = write_note(introduction(keys[3].verifier), [keys[0], keys[3]])
    last = write_note(introduction(keys[3].verifier), [keys[2], keys[3]])

    assert followed([own[1], stolen], [key.verifier for key in keys[:2]]) == [key.verifier for key in keys[:2]]
    assert followed([own[1], own[2], last], [key.verifier for key in keys[1:3]]) == [key.verifier for key in keys[1:]]


@pytest.mark.parametrize("known", [[0], [1], [2], [0, 2], [1, 3], [0, 1, 2, 3]])
def test_whichever_keys_somebody_knows_the_last_is_among_those_they_are_led_to(chain, known):
    """A key that was known already does not end the chain."""
    keys, notes = chain

    assert keys[3].verifier in followed(notes, [keys[each].verifier for each in known])


def test_a_key_that_introduces_itself_is_not_believed():
    """Its own word is no other's."""
    old, new = Signer.generate(NAME), Signer.generate(NAME)

    with pytest.raises(BadNote):
        introduced(write_note(introduction(new.verifier), [new]), [old.verifier])


def test_a_key_of_one_log_introduces_none_of_another():
    """The same key may be trusted for several things."""
    old, new = Signer.generate(NAME), Signer.generate("another.example/log")

    with pytest.raises(BadNote, match="of the same log"):
        introduced(write_note(introduction(new.verifier), [old]), [old.verifier])


@pytest.mark.parametrize(
    "text", ["{}\n", "{0}\nthe next key\n{1}\n", "{1}\n", "{0}\nthe next signing key\n{1}\nmore\n"]
)
def test_another_text_is_no_introduction(text):
    """Whatever else the key has signed."""
    old, new = Signer.generate(NAME), Signer.generate(NAME)

    with pytest.raises(BadNote):
        introduced(write_note(text.format(NAME, new.verifier.text), [old]), [old.verifier])


def test_a_checkpoint_is_no_introduction(chain):
    """And the other way round: an introduction has no size."""
    keys, _ = chain

    with pytest.raises(BadNote):
        introduced(sign_checkpoint(Checkpoint(NAME, 3, bytes(32)), [keys[0]]), [keys[0].verifier])
