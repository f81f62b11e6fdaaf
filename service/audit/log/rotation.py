"""Another signing key for the log: an entry introduces it, and the old key signs a checkpoint over that entry.

Whoever trusts the old key is led to the new one by the log itself. Where the old key is not to sign, nobody can vouch
for the new one; the entry then says that it came without the old key's word.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from service.audit.log.entries import Kept, write_rotation
from service.audit.log.notary import Notary, Signed, current_verifier, keep_checkpoint, register
from service.audit.log.stamps import Stamp
from service.audit.log.store import Store
from service.audit.proof.checkpoints import Checkpoint, sign_checkpoint
from service.audit.proof.key_files import KeyRefused, discard_draft, draft_key, locked, put_in_place
from service.audit.proof.notes import Signer, Verifier, write_note
from service.audit.proof.successions import Introduction
from service.audit.storage.tree import read_frontier
from service.audit.storage.unavailable import StoreUnavailable

__all__ = ["rotate"]


def rotate(store: Store, notary: Notary, reason: str, caller: str | None, *, without_old: bool = False) -> Kept:
    """Let the log be signed by a new key from now on, and return the entry that introduces it.

    The new key takes the place of the old one in the notary's file, which stays beside it under its id. Services that
    run take the new key from the file when they next sign.

    without_old  the old key does not sign: it is not at hand, or has signed what the log no longer holds
    Raises KeyRefused, StoreUnavailable; then the old key is still the log's.
    """
    by = None if without_old else notary
    _current(store, by)  # brings a change that was interrupted to its end, which locks
    with locked(notary.path):
        current, old = _current(store, by)
        new = draft_key(notary.path, current.name)
        try:
            kept, signed = _introduced(store, by, current, [*old, new], (reason, caller))
        except BaseException:
            # Where nobody can tell whether it was kept, the new key may be the log's.
            with suppress(StoreUnavailable):
                if _current(store, None)[0] == current:
                    discard_draft(notary.path, new.verifier)
            raise
        put_in_place(notary.path, new.verifier)
    notary.remember(signed)
    return kept


def _current(store: Store, notary: Notary | None) -> tuple[Verifier, list[Signer]]:
    """Return the key that signs now, public, and where a notary is asked also the private one, if it may sign."""
    with store.database.reading() as connection:
        current = current_verifier(connection)
        if current is None:
            raise KeyRefused("the log has no signing key yet; clausewise audit checkpoint makes one")
        return current, [] if notary is None else [notary.check(connection, read_frontier(connection))]


def _introduced(
    store: Store, notary: Notary | None, current: Verifier, signers: Sequence[Signer], why: tuple[str, str | None]
) -> tuple[Kept, Signed]:
    """Append the entry that introduces the last of the signers, with a checkpoint over it that all of them sign."""
    new = signers[-1]
    stamp = Stamp()

    def note_at(sequence: int) -> str:
        return write_note(Introduction(new.verifier, sequence).text, signers)

    with store.deed(lambda at: write_rotation(note_at(at), stamp, *why), is_signed=True) as deed:
        if current_verifier(deed.connection) != current:
            raise KeyRefused("the signing key of the log was changed by somebody else just now")
        if notary is not None:
            notary.check(deed.connection, deed.frontier)
        register(deed.connection, new.verifier, note_at(deed.kept.sequence))
        checkpoint = Checkpoint(new.name, deed.frontier.size, deed.frontier.root())
        signed = Signed(checkpoint.size, sign_checkpoint(checkpoint, signers))
        keep_checkpoint(deed.connection, signed, new.verifier)
    return deed.kept, signed
