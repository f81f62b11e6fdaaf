"""Another signing key for the log: an entry introduces it, and the old key signs a checkpoint over that entry.

Whoever trusts the old key is led to the new one by the log itself. Where the old key is lost nobody can vouch for the
new one; the entry then says that it came without the old key's word.
"""

from __future__ import annotations

from service.audit.checkpoints import Checkpoint, sign_checkpoint
from service.audit.entries import Kept, write_rotation
from service.audit.key_files import KeyRefused, draft_key, put_in_place
from service.audit.notary import Notary, Signed, current_verifier, keep_checkpoint, register
from service.audit.notes import write_note
from service.audit.stamps import Stamp
from service.audit.store import Store
from service.audit.successions import introduction

__all__ = ["rotate"]


def rotate(store: Store, notary: Notary, reason: str, caller: str | None, *, is_lost: bool = False) -> Kept:
    """Let the log be signed by a new key from now on, and return the entry that introduces it.

    The new key takes the place of the old one in the notary's file, which stays beside it under its id. Services that
    run take the new key from the file when they next sign.

    is_lost  the old key is not at hand, and does not sign for the new one
    Raises KeyRefused, StoreUnavailable.
    """
    with store.database.reading() as connection:
        current = current_verifier(connection)
        if current is None:
            raise KeyRefused("the log has no signing key yet: start the service once")
        old = None if is_lost else notary.signer(connection)
    new = draft_key(notary.path, current.name)
    signers = [new] if old is None else [old, new]
    note = write_note(introduction(new.verifier), signers)
    with store.deed(write_rotation(new.verifier, note, Stamp(), reason, caller)) as deed:
        if current_verifier(deed.connection) != current:
            raise KeyRefused("the signing key of the log was changed by somebody else just now")
        register(deed.connection, new.verifier, note)
        frontier = deed.frontier
        signed = sign_checkpoint(Checkpoint(new.name, frontier.size, frontier.root()), signers)
        keep_checkpoint(deed.connection, Signed(frontier.size, signed), new.verifier)
    put_in_place(notary.path, current.key_id.hex())
    return deed.kept
