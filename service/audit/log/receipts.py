"""Receipts, checkpoints and consistency proofs: what somebody takes away to check the log without it.

They are made from the log here; whoever checks them needs nothing of ours: `docs/verify_receipt.py`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from service.audit.log.entries import Kept
from service.audit.log.notary import (
    Notary,
    Signed,
    checkpoint_at,
    introductions,
    latest_checkpoint,
    refusals_told,
    verifiers,
)
from service.audit.log.personal import Opened
from service.audit.log.store import Store
from service.audit.proof.checkpoints import BadCheckpoint, open_checkpoint
from service.audit.proof.merkle import consistency_proof, inclusion_proof, root_from_inclusion
from service.audit.proof.notes import BadNote, Verifier
from service.audit.storage.tree import node_reader, read_frontier
from service.audit.storage.unavailable import EntryDamaged, StoreUnavailable
from service.errors import ClausewiseError
from service.jsontext import Json, canonical

__all__ = ["NoCheckpoint", "checkpoint", "consistency", "covering", "receipt"]

_RECEIPT = "clausewise-receipt-v1"
_CONSISTENCY = "clausewise-consistency-v1"


class NoCheckpoint(ClausewiseError):
    """There is no such state of the log; the text says why."""


def checkpoint(store: Store) -> Signed:
    """Return the checkpoint of the log as it is now; it is signed when nobody has asked before.

    Raises StoreUnavailable, also where there is no key to sign with.
    """
    with store.database.reading() as connection:
        found = checkpoint_at(connection, read_frontier(connection).size)
    if found is not None:
        return found
    with store.database.writing() as connection:
        size = read_frontier(connection).size
        signed = checkpoint_at(connection, size) or _signed(store.notary, connection)
    if store.notary is not None:
        store.notary.remember(signed)
    return signed


def covering(store: Store, sequence: int) -> Signed:
    """Return the latest checkpoint where it covers an entry, else that of the log as it is now. Raises as that does."""
    with store.database.reading() as connection:
        latest = latest_checkpoint(connection)
    return latest if latest is not None and latest.size >= sequence else checkpoint(store)


def receipt(store: Store, kept: Kept, opened: Mapping[str, Opened] | None = None) -> bytes:
    """Return the receipt of an entry as JSON: the entry, its inclusion proof, a signed checkpoint, the way to its key.

    opened  personal facts to be shown, each with the salt that opens its commitment
    Raises EntryDamaged when the entry does not lead to what was signed, StoreUnavailable.
    """
    signed = covering(store, kept.sequence)
    with store.database.reading() as connection:
        proof = inclusion_proof(kept.sequence - 1, signed.size, node_reader(connection))
        root = _root_of(signed, verifiers(connection))
        notes = introductions(connection)
    # A receipt that proves nothing would accuse whoever shows it.
    if root_from_inclusion(kept.entry.leaf, kept.sequence - 1, signed.size, proof) != root:
        raise EntryDamaged(kept.sequence)
    told: dict[str, Json] = {"sequence": kept.sequence, "entry": kept.entry.body.decode()}
    if opened:
        told["opened"] = {name: each.as_json() for name, each in opened.items()}
    return _written(_RECEIPT, told, proof, signed, notes)


def consistency(store: Store, first: int, second: int | None = None) -> bytes:
    """Return the proof that the log of one size begins with the log of an earlier one, as JSON.

    first   size of the earlier checkpoint
    second  size of a later one that was signed; None: as the log is now
    Raises NoCheckpoint, StoreUnavailable.
    """
    signed = checkpoint(store) if second is None else _signed_at(store, second)
    if first > signed.size:
        raise NoCheckpoint(f"A checkpoint of {first} entries is later than one of {signed.size}.")
    with store.database.reading() as connection:
        proof = consistency_proof(first, signed.size, node_reader(connection))
        notes = introductions(connection)
    return _written(_CONSISTENCY, {"from": first, "to": signed.size}, proof, signed, notes)


def _root_of(signed: Signed, known: Sequence[Verifier]) -> bytes:
    try:
        return open_checkpoint(signed.note, known).root
    except (BadCheckpoint, BadNote):
        says = f"its checkpoint of {signed.size} entries is damaged; clausewise audit verify tells more"
        raise StoreUnavailable(says) from None


def _signed_at(store: Store, size: int) -> Signed:
    with store.database.reading() as connection:
        found = checkpoint_at(connection, size)
    if found is None:
        raise NoCheckpoint(f"No checkpoint of {size} entries was signed.")
    return found


def _signed(notary: Notary | None, connection: Connection) -> Signed:
    if notary is None:
        raise StoreUnavailable("there is no key to sign a checkpoint with")
    with refusals_told():
        notary.introduce(connection)  # a log that only commands have written to has no key yet
        return notary.sign(connection, read_frontier(connection))


def _written(
    format_: str, told: Mapping[str, Json], proof: Sequence[bytes], signed: Signed, introduced: Sequence[str]
) -> bytes:
    """Return the JSON of what is told, with its proof, the checkpoint that it leads to, and the way to its key."""
    hashes: list[Json] = [base64.b64encode(each).decode() for each in proof]
    document: dict[str, Json] = {"format": format_, **told, "proof": hashes, "checkpoint": signed.note}
    if introduced:
        document["introductions"] = list(introduced)
    return canonical(document)
