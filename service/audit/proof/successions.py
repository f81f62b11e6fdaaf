"""Successions of signing keys: notes in which one key introduces the next. Who signs, and when, is not decided here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from service.audit.proof.notes import BadKey, BadNote, Verifier, open_note

__all__ = ["followed", "introduced", "introduction"]

_SAYS = "the next signing key"


def introduction(verifier: Verifier) -> str:
    """Return the text by which an old key signs for a new one. It can't be taken for a checkpoint: it has no size."""
    return f"{verifier.name}\n{_SAYS}\n{verifier.text}\n"


def introduced(note: str, known: Iterable[Verifier]) -> Verifier:
    """Return the key that a known one of the same name introduces in a signed note. Raises BadNote."""
    opened = open_note(note, known)
    try:
        verifier = Verifier.parse(opened.text.removesuffix("\n").rpartition("\n")[2])
    except BadKey as wrong:
        raise BadNote(f"The note introduces no key: {wrong}") from None
    if opened.text != introduction(verifier) or verifier.name not in {signer.name for signer in opened.signers}:
        raise BadNote("The note is no introduction of a key by one of the same log.")
    return verifier


def followed(notes: Iterable[str], known: Sequence[Verifier]) -> list[Verifier]:
    """Return the known keys and those to which introductions lead; notes that lead nowhere are passed over.

    A key that has introduced another is replaced, and introduces no further one.
    """
    found = in_force = list(known)
    for note in notes:
        try:
            verifier = introduced(note, in_force)
        except BadNote:
            continue
        replaced = open_note(note, in_force).signers
        in_force = [*(each for each in in_force if each not in replaced and each != verifier), verifier]
        if verifier not in found:
            found = [*found, verifier]
    return found
