"""The notary: signs what the log holds, with the key whose turn it is. How notes look is in `notes.py`.

The log knows every public key that has signed for it, in order. Only the last one signs; a service that holds another
key is told so rather than let it sign for a log that is not its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, bindparam, func, insert, select

from service.audit.proof.checkpoints import BadCheckpoint, Checkpoint, open_checkpoint, sign_checkpoint
from service.audit.proof.key_files import KeyRefused, keep_text, locked, make_key, read_key
from service.audit.proof.merkle import Frontier, cover
from service.audit.proof.notes import BadKey, BadNote, Signer, Verifier
from service.audit.storage.tables import checkpoints, signers
from service.audit.storage.tree import node_reader
from service.audit.storage.unavailable import DamagedTree, StoreUnavailable

__all__ = [
    "Notary",
    "Signed",
    "checkpoint_at",
    "current_verifier",
    "introductions",
    "keep_checkpoint",
    "latest_checkpoint",
    "refusals_told",
    "register",
    "verifiers",
]

_SIGNERS = select(signers.c.verifier).order_by(signers.c.number)
_INTRODUCTIONS = select(signers.c.introduction).where(signers.c.introduction.is_not(None)).order_by(signers.c.number)
_CURRENT = select(signers.c.verifier).order_by(signers.c.number.desc()).limit(1)
_NUMBER = select(func.coalesce(func.max(signers.c.number), 0))
_ADD_SIGNER, _ADD_NOTE = insert(signers), insert(checkpoints)
_NOTE = select(checkpoints.c.note).where(
    checkpoints.c.size == bindparam("the_size"), checkpoints.c.key == bindparam("the_key")
)
_AT = (
    select(checkpoints.c.size, checkpoints.c.note)
    .join(signers, signers.c.key == checkpoints.c.key)
    .where(checkpoints.c.size == bindparam("wanted"))
    .order_by(signers.c.number.desc())
    .limit(1)
)
_LATEST = (
    select(checkpoints.c.size, checkpoints.c.note)
    .join(signers, signers.c.key == checkpoints.c.key)
    .order_by(checkpoints.c.size.desc(), signers.c.number.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint that was signed: the size of the tree, and the signed note."""

    size: int
    note: str


class Notary:
    """Signs checkpoints with the key in a file. Safe between threads.

    What it has signed last stands in a file beside the key, so that it never signs for a log that has lost something
    since, as one that was restored from a backup.

    path  of the key file
    name  that a new log gets; the name of an old one is in its key
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self._signer: Signer | None = None
        self._lock = Lock()

    def introduce(self, connection: Connection) -> None:
        """Make the key file when the log has no key yet, and let the log know its key. Raises KeyRefused."""
        if current_verifier(connection) is None:
            self._signer = make_key(self.path, self.name)
            register(connection, self._signer.verifier)
        else:
            self.signer(connection)

    def signer(self, connection: Connection) -> Signer:
        """Return the key that signs now. Raises KeyRefused when the file holds another."""
        current = current_verifier(connection)
        if current is None:
            raise KeyRefused("the log has no signing key yet; clausewise audit checkpoint makes one")
        with self._lock:
            # Read anew when it is no longer its turn: the key may have been changed while the service ran.
            if self._signer is None or self._signer.verifier != current:
                self._signer = read_key(self.path, current)
            return self._signer

    def check(self, connection: Connection, frontier: Frontier) -> Signer:
        """Return the key that signs now, when the log continues what it has signed last. Raises KeyRefused.

        frontier  of the tree as it stands in this transaction
        """
        signer = self.signer(connection)
        last = self._last(signer)
        # Each time: the database may have been put back under a service that runs.
        if last is not None and (last.size > frontier.size or _root_at(connection, last.size) != last.root):
            raise KeyRefused(
                f"the log does not continue the checkpoint of {last.size} entries that its key has signed: entries "
                "were removed or changed, or it was restored from a backup; "
                "clausewise audit rotate-key --without-old-key goes on with another key"
            )
        return signer

    def sign(self, connection: Connection, frontier: Frontier) -> Signed:
        """Sign a checkpoint of the tree as it stands in this transaction, and keep it. Raises KeyRefused.

        Whoever calls lets the notary `remember` it once the transaction is committed.
        """
        signer = self.check(connection, frontier)
        note = sign_checkpoint(Checkpoint(signer.name, frontier.size, frontier.root()), [signer])
        signed = Signed(frontier.size, note)
        keep_checkpoint(connection, signed, signer.verifier)
        return signed

    def remember(self, signed: Signed) -> None:
        """Note on the disk what was signed, unless something larger was; where that can't be written, it is left."""
        with suppress(KeyRefused), locked(self.path):
            signer = self._signer
            last = None if signer is None else self._last(signer)
            if last is None or last.size < signed.size:
                keep_text(self._last_path, signed.note)

    @property
    def _last_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.last")

    def _last(self, signer: Signer) -> Checkpoint | None:
        """Return the largest checkpoint that this key is known to have signed."""
        try:
            return open_checkpoint(self._last_path.read_text(encoding="utf-8"), [signer.verifier])
        except (OSError, ValueError, BadNote, BadCheckpoint):
            return None


@contextmanager
def refusals_told() -> Iterator[None]:
    """Raise StoreUnavailable where a key is refused: to callers the log can't do now what they ask."""
    try:
        yield
    except KeyRefused as refused:
        raise StoreUnavailable("its signing key can't be used") from refused


def _root_at(connection: Connection, size: int) -> bytes:
    """Return the root of the tree when it had some size. Raises KeyRefused where the stored hashes don't tell."""
    node = node_reader(connection)
    try:
        return Frontier(size, tuple(node(level, number) for level, number in cover(0, size))).root()
    except DamagedTree as damaged:
        raise KeyRefused(damaged.reason) from None


def register(connection: Connection, verifier: Verifier, introduction: str | None = None) -> None:
    """Let a key be the one that signs from now on; `introduction` is the note in which the one before signs for it."""
    row = {
        "key": verifier.key_id.hex(),
        "number": connection.execute(_NUMBER).scalar_one() + 1,
        "verifier": verifier.text,
        "introduction": introduction,
    }
    connection.execute(_ADD_SIGNER, row)


def keep_checkpoint(connection: Connection, signed: Signed, verifier: Verifier) -> None:
    """Keep a checkpoint under the key that signed it, unless one of its size stands there."""
    place = {"size": signed.size, "key": verifier.key_id.hex()}
    if connection.execute(_NOTE, {f"the_{name}": value for name, value in place.items()}).first() is None:
        connection.execute(_ADD_NOTE, {**place, "note": signed.note})


def current_verifier(connection: Connection) -> Verifier | None:
    """Return the public key that signs now; None before there is one. Raises KeyRefused where it is none."""
    text = connection.execute(_CURRENT).scalar()
    try:
        return None if text is None else Verifier.parse(text)
    except (BadKey, TypeError, ValueError):
        raise KeyRefused("the log names a signing key that is none: clausewise audit verify tells more") from None


def verifiers(connection: Connection) -> list[Verifier]:
    """Return the public keys that have signed for the log, in order."""
    return [Verifier.parse(text) for text in connection.execute(_SIGNERS).scalars()]


def introductions(connection: Connection) -> list[str]:
    """Return the notes that lead from the log's first key to the one that signs now, in order."""
    return list(connection.execute(_INTRODUCTIONS).scalars())


def checkpoint_at(connection: Connection, size: int) -> Signed | None:
    """Return the checkpoint that was signed at a size, by the newest key that did; None when there is none."""
    row = connection.execute(_AT, {"wanted": size}).first()
    return None if row is None else Signed(*row)


def latest_checkpoint(connection: Connection) -> Signed | None:
    """Return the largest checkpoint; None when none has been signed."""
    row = connection.execute(_LATEST).first()
    return None if row is None else Signed(*row)
