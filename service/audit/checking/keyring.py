"""The keys whose signatures are believed while a log is checked, and from which entry on each speaks for it."""

from __future__ import annotations

from collections.abc import Sequence

from service.audit.proof.checkpoints import Checkpoint, verified_checkpoint
from service.audit.proof.notes import Verifier, note_signers
from service.audit.proof.successions import Succession

__all__ = ["Keyring", "is_filed_right"]


class Keyring:
    """Starts with keys that somebody trusts; entries of the log introduce others.

    vouched  whether the caller trusts these keys; else they are the log's own word, and so is every further one
    """

    def __init__(self, trusted: Sequence[Verifier], *, vouched: bool) -> None:
        self._succession = Succession(trusted, vouched=vouched)
        self._vouched = vouched
        self._since = dict.fromkeys(trusted, 0)

    @property
    def known(self) -> Sequence[Verifier]:
        """The trusted keys, and those that entries have introduced."""
        return self._succession.known

    def introduce(self, sequence: int, verifier: Verifier, note: str) -> bool:
        """Take a key that an entry introduces; tell whether the one in force signed for it, or it is trusted anyway."""
        is_vouched = self._succession.introduce(verifier, note)
        if self._succession.in_force == [verifier]:
            # The first time counts: whoever copies the entry changes nothing.
            self._since[verifier] = self._since.get(verifier) or sequence
        return is_vouched

    def replaced(self, signers: Sequence[Verifier], size: int) -> int | None:
        """Return at which entry all of these keys were replaced before a size; None when one could sign for it."""
        since = max((each for each in self._since.values() if each <= size), default=0)
        return since if all(self._since[each] < since for each in signers) else None

    def unconnected(self) -> Sequence[Verifier]:
        """Return the keys that were trusted and not introduced, where these are several."""
        found = [each for each in self.known if self._since[each] == 0]
        return found if self._vouched and len(found) > 1 else ()

    def opened(self, note: str) -> tuple[Checkpoint, Sequence[Verifier]]:
        """Return a checkpoint that known keys of its own log have signed, and these. Raises BadNote, BadCheckpoint."""
        return verified_checkpoint(note, self.known)


def is_filed_right(note: str, key: object) -> bool:
    """Tell whether a checkpoint stands under the id of a key that signed it."""
    return key in [id_ for _, id_ in note_signers(note)]
