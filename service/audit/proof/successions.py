"""Successions of signing keys: which key speaks for a log of which size. Who signs, and when, is not decided here.

The one rule, for logs, exports and receipts alike (`docs/verify_receipt.py` restates it, and a table of cases holds
both to it):

- A key is introduced by a note that names it and the size of the log from which on it speaks. The new key has signed
  the note itself, and so has the one that spoke before; one that somebody trusts comes by its own word too.
- From that size on the keys before it are over: they sign nothing larger, introduce nobody, and never come back.
- Of several trusted keys that nothing connects nobody can tell which is over, and none of them is believed.

Trusted keys are given in the order in which the log had them: by its own word none comes that stands before one that
came already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.audit.proof.checkpoints import BadCheckpoint, Checkpoint, verified_checkpoint
from service.audit.proof.notes import BadKey, BadNote, Verifier, open_note

__all__ = ["Introduction", "Succession", "sorted_by_size"]

_SAYS = "the next signing key, from this size on:"
_SIZE = re.compile("[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a note says by which a key is introduced.

    size  of the log from which on the key speaks: with the entry that introduces it
    """

    verifier: Verifier
    size: int

    @property
    def text(self) -> str:
        """What is signed. It can't be taken for a checkpoint: its second line is no size."""
        return f"{self.verifier.name}\n{_SAYS}\n{self.size}\n{self.verifier.text}\n"

    @classmethod
    def parse(cls, note: str) -> Introduction:
        """Return what a note says, whoever has signed it: it proves nothing. Raises BadNote."""
        text = note.rpartition("\n\n")[0] + "\n"
        lines = text.split("\n")
        if len(lines) != 5 or not _SIZE.fullmatch(lines[2]):
            raise BadNote("The note is no introduction of a key: name, a fixed line, a size and the key.")
        try:
            found = cls(Verifier.parse(lines[3]), int(lines[2]))
        except BadKey as wrong:
            raise BadNote(f"The note introduces no key: {wrong}") from None
        if text != found.text:
            raise BadNote("The note is no introduction of a key by one of the same log.")
        return found


class Succession:
    """The keys of a log as introductions come, by size.

    known    the trusted keys, and those to which introductions lead
    vouched  whether somebody trusts the first ones; else they are the log's own word, and so is every further one
    """

    def __init__(self, trusted: Sequence[Verifier], *, vouched: bool = True) -> None:
        self.known = list(dict.fromkeys(trusted))
        self._trusted = tuple(self.known)
        self._vouched = vouched
        self._since = dict.fromkeys(self.known, 0)
        self._until: dict[Verifier, int] = {}
        self._last: dict[str, Verifier] = {}  # by the name of the log: the one that was introduced last
        self._over = 0  # so many of the trusted ones, from the first on, are over

    def introduce(self, note: str) -> bool:
        """Take a key; tell whether the one before signed for it, or somebody trusts it anyway. Raises BadNote.

        Where nobody vouches for the keys it is taken in either case.
        """
        told = Introduction.parse(note)
        new = told.verifier
        if self._since.get(new):
            return True  # whoever copies an introduction changes nothing
        speaking = [each for each in self._speaking(new.name) if each != new]
        signers = open_note(note, [new, *speaking]).signers
        if new not in signers:
            raise BadNote("The key that a note introduces has not signed it.")
        by = [each for each in signers if each != new]
        is_vouched = bool(by) or new in self._trusted[self._over :]
        if told.size <= max((self._since[each] for each in speaking), default=0) or new in self._until:
            is_vouched = False
        elif is_vouched or not self._vouched:
            self._take(told, by, speaking)
        return is_vouched

    def _take(self, told: Introduction, by: Sequence[Verifier], speaking: Sequence[Verifier]) -> None:
        new = told.verifier
        places = [self._trusted.index(each) + 1 for each in (*by, new) if each in self._trusted]
        self._over = max([self._over, *places])
        to_come = self._trusted[self._over :]
        self._until.update({each: told.size for each in speaking if each not in to_come})
        self._since[new] = told.size
        self._last[new.name] = new
        if new not in self.known:
            self.known.append(new)

    def _speaking(self, name: str) -> list[Verifier]:
        """Return the keys of a log that may speak for it by now: the last one, and trusted ones that may still come."""
        found = [self._last[name]] if name in self._last else []
        return [*found, *(each for each in self._unconnected(name) if each not in found)]

    def _unconnected(self, name: str) -> list[Verifier]:
        """Return the trusted keys of a log that nothing has introduced or replaced."""
        return [
            each for each in self._trusted if each.name == name and not self._since[each] and each not in self._until
        ]

    def replaced(self) -> list[tuple[Verifier, int, Verifier]]:
        """Return the trusted keys that are over, with the size at which they were replaced and the key that speaks now.

        Those alone in whose place now speaks one that nobody has named as trusted.
        """
        return [
            (each, self._until[each], self._last[each.name])
            for each in self._trusted
            if self._vouched and each in self._until and self._last[each.name] not in self._trusted
        ]

    def rivals(self, name: str) -> list[Verifier]:
        """Return the keys of a log of which nothing tells which one is over, where they are several."""
        found = self._speaking(name)
        return found if self._vouched and len(found) > 1 else []

    def believed(self, note: object, *, are_all_known: bool = False) -> Checkpoint:
        """Return a checkpoint, signed with a key that speaks for a log of its size.

        are_all_known  whether all introductions were taken: then nobody is believed of whom nothing tells who is over
        Raises BadNote, BadCheckpoint, whose text goes on after what the checkpoint is called and a colon.
        """
        if not isinstance(note, str):
            raise BadNote("It is no text.")
        checkpoint, signers = verified_checkpoint(note, self.known)
        own = [each for each in signers if each.name == checkpoint.origin]
        unfit = self._refusal(own, checkpoint.size) or (self._doubt(own) if are_all_known else None)
        if unfit is not None:
            raise BadCheckpoint(f"{unfit}.")
        return checkpoint

    def _refusal(self, signers: Sequence[Verifier], size: int) -> str | None:
        """Return why none of a log's keys speaks for it at this size, as a clause; None where one does."""
        if any(self._since[each] <= size <= self._until.get(each, size) for each in signers):
            return None
        until = [self._until[each] for each in signers if self._until.get(each, size) < size]
        if until:
            return f"it is signed with a key that was replaced at entry {max(until)}"
        since = min((self._since[each] for each in signers), default=0)
        return f"it is signed with a key that speaks from entry {since} on"

    def _doubt(self, signers: Sequence[Verifier]) -> str | None:
        """Return why nobody can tell whether one of a log's keys speaks for it, as a clause; None where it is known."""
        rivals = self.rivals(signers[0].name) if signers else []
        if not signers or not all(each in rivals for each in signers):
            return None
        labels = ", ".join(each.label for each in rivals)
        return f"nothing tells which of the keys {labels} speaks for a log of this size"


def sorted_by_size(notes: Iterable[str]) -> list[str]:
    """Return introductions, each once, by the size from which on their keys speak; what is none is left out.

    In this order a succession takes them; one that leads nowhere led to the keys that are trusted.
    """
    sizes: dict[str, int] = {}
    for note in notes:
        try:
            sizes[note] = Introduction.parse(note).size
        except BadNote:
            continue
    return sorted(sizes, key=lambda note: sizes[note])
