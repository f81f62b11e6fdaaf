"""Checkpoints (c2sp.org/tlog-checkpoint): a log's size and root, as signed text. The tree itself is `merkle.py`'s."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.audit.proof.merkle import HASH_BYTES
from service.audit.proof.notes import Signer, Verifier, open_note, read_base64, write_note
from service.errors import ClausewiseError

__all__ = [
    "BadCheckpoint",
    "Checkpoint",
    "open_checkpoint",
    "sign_checkpoint",
    "unverified_checkpoint",
    "verified_checkpoint",
]

_SIZE = re.compile("0|[1-9][0-9]{0,18}")
_MOST_LEAVES = 2**63 - 1  # what other tools for such logs can count


class BadCheckpoint(ClausewiseError):
    """The text of a checkpoint is wrong, or it is another log's; the text is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log holds at one time.

    origin  the log's name: one line, not empty
    size    its entries
    root    the root hash of their tree, 32 bytes
    Raises BadCheckpoint when one of them can't be so.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or "\n" in self.origin:
            raise BadCheckpoint(f"The origin of a checkpoint is one line that is not empty, not {self.origin!r}.")
        if not 0 <= self.size <= _MOST_LEAVES:
            raise BadCheckpoint(f"The size of a checkpoint is from 0 to 2**63 - 1, not {self.size}.")
        if len(self.root) != HASH_BYTES:
            raise BadCheckpoint(f"The root hash of a checkpoint has 32 bytes, not {len(self.root)}.")

    @property
    def text(self) -> str:
        """What is signed: the origin, the size in decimal and the root in base64, each on its line."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode('ascii')}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Return the checkpoint that `text` writes; raises BadCheckpoint.

        Further lines are allowed, as the specification has it, and dropped: nobody can check what they say.
        """
        lines = text.removesuffix("\n").split("\n")
        if len(lines) < 3 or not all(lines) or not text.endswith("\n"):
            raise BadCheckpoint("A checkpoint has a line each for origin, size and root, and no empty ones.")
        origin, size, root = lines[:3]
        if not _SIZE.fullmatch(size):
            raise BadCheckpoint(
                f"The size of a checkpoint is a decimal number without leading zeros, not '{size[:80]}'."
            )
        try:
            return cls(origin, int(size), read_base64(root))
        except ValueError:
            raise BadCheckpoint(f"The root hash of a checkpoint is base64, not '{root[:80]}'.") from None


def sign_checkpoint(checkpoint: Checkpoint, signers: Sequence[Signer]) -> str:
    """Return the checkpoint as a signed note.

    Raises BadCheckpoint unless one of the signers is named as the origin is: `open_checkpoint` would refuse the note.
    """
    _require_own_key(checkpoint.origin, [signer.name for signer in signers])
    return write_note(checkpoint.text, signers)


def open_checkpoint(note: str, verifiers: Iterable[Verifier]) -> Checkpoint:
    """Return what a signed checkpoint says, once a key of the log itself has verified it.

    Raises BadNote as `open_note` does, and BadCheckpoint when the text is no checkpoint or no key named as its origin
    is among those that verify it: a key that speaks for one log doesn't for another.
    """
    return verified_checkpoint(note, verifiers)[0]


def verified_checkpoint(note: str, verifiers: Iterable[Verifier]) -> tuple[Checkpoint, Sequence[Verifier]]:
    """Return what `open_checkpoint` does, and the keys that have signed it. Raises as that does."""
    opened = open_note(note, verifiers)
    checkpoint = Checkpoint.parse(opened.text)
    _require_own_key(checkpoint.origin, [verifier.name for verifier in opened.signers])
    return checkpoint, opened.signers


def unverified_checkpoint(note: str) -> Checkpoint:
    """Return what a signed checkpoint says, whoever has signed it: it proves nothing. Raises BadCheckpoint."""
    return Checkpoint.parse(note.rpartition("\n\n")[0] + "\n")


def _require_own_key(origin: str, names: Sequence[str]) -> None:
    if origin not in names:
        raise BadCheckpoint(
            f"The checkpoint of '{origin}' is signed by {', '.join(names)}, but not by a key of that name."
        )
