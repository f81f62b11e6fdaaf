"""Successions of signing keys: notes in which one key introduces the next. Who signs, and when, is not decided here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from service.audit.proof.notes import BadKey, BadNote, Verifier, open_note

__all__ = ["Succession", "followed", "introduced", "introduction", "named"]

_SAYS = "the next signing key"


def introduction(verifier: Verifier) -> str:
    """Return the text by which an old key signs for a new one. It can't be taken for a checkpoint: it has no size."""
    return f"{verifier.name}\n{_SAYS}\n{verifier.text}\n"


def introduced(note: str, known: Iterable[Verifier]) -> Verifier:
    """Return the key that a known one of the same name introduces in a signed note. Raises BadNote."""
    signers = open_note(note, known).signers
    verifier = named(note)
    if verifier.name not in {signer.name for signer in signers}:
        raise BadNote("The note is no introduction of a key by one of the same log.")
    return verifier


def named(note: str) -> Verifier:
    """Return the key that a signed note introduces, whoever has signed it: it proves nothing. Raises BadNote."""
    text = note.rpartition("\n\n")[0] + "\n"
    try:
        verifier = Verifier.parse(text.removesuffix("\n").rpartition("\n")[2])
    except BadKey as wrong:
        raise BadNote(f"The note introduces no key: {wrong}") from None
    if text != introduction(verifier):
        raise BadNote("The note is no introduction of a key by one of the same log.")
    return verifier


class Succession:
    """The keys of a log as introductions come, in order: those that are known, and of these the ones in force.

    At first all are in force that somebody trusts, then the one that was introduced last. One that was replaced
    introduces no other, and does not come back by its own word.
    vouched  whether somebody trusts the first ones; else they are the log's own word, and so is every further one
    """

    def __init__(self, known: Sequence[Verifier], *, vouched: bool = True) -> None:
        self.known = list(known)
        self.in_force = list(known)
        self._vouched = vouched
        self._introduced: set[Verifier] = set()
        self._awaited = set(known)  # of the trusted ones those that may still come, by whomever they are introduced

    def introduce(self, verifier: Verifier, note: str) -> bool:
        """Take a key that is introduced; tell whether the one in force signed for it, or somebody trusts it anyway."""
        if verifier in self._introduced:
            return True  # whoever copies an introduction changes nothing
        signers = self._signers(verifier, note)
        is_vouched = bool(signers) or verifier in self._awaited
        if is_vouched or not self._vouched:
            self._introduced.add(verifier)
            self._awaited -= {verifier, *signers}
            self.in_force = [verifier]
            if verifier not in self.known:
                self.known.append(verifier)
        return is_vouched

    def _signers(self, verifier: Verifier, note: str) -> Sequence[Verifier]:
        """Return those of the keys in force that have signed for another one."""
        others = [each for each in self.in_force if each != verifier]
        try:
            return open_note(note, others).signers if introduced(note, others) == verifier else ()
        except BadNote:
            return ()


def followed(notes: Iterable[str], known: Sequence[Verifier]) -> list[Verifier]:
    """Return the known keys and those to which introductions lead; notes that lead nowhere are passed over.

    Each must be signed by the key to which those before it have led last.
    """
    succession = Succession(known)
    for note in notes:
        with suppress(BadNote):
            succession.introduce(named(note), note)
    return succession.known
