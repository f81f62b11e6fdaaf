"""The file that holds the signing key of the log: made once, readable by its owner alone, replaced as a whole.

Its one line is a signer key as Go's `note` package writes it, so that other tools for signed notes can use it.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from service.audit.proof.notes import BadKey, Signer, Verifier
from service.errors import ClausewiseError
from service.files import for_owner, settle

__all__ = [
    "KeyRefused",
    "discard_draft",
    "draft_key",
    "keep_text",
    "locked",
    "make_key",
    "put_in_place",
    "read_key",
]

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MOST_BYTES = 4096


class KeyRefused(ClausewiseError):
    """The signing key can't be used; the text says why and what to do."""


def make_key(path: Path, name: str) -> Signer:
    """Return the key in a file, made when there is no file; of several who make it at once all get the same.

    name  of the log, that checkpoints will carry
    Raises KeyRefused.
    """
    if not path.exists():
        with suppress(FileExistsError):
            _keep(path, Signer.generate(name))
    return _read(path)


def read_key(path: Path, wanted: Verifier) -> Signer:
    """Return the key in a file, which must be the one whose public half is wanted. Raises KeyRefused.

    A change of keys that was interrupted, when the log knew the new one already, is brought to its end.
    """
    draft = _draft(path, wanted)
    if draft.exists() and (not path.exists() or _read(path).verifier != wanted):
        with locked(path):
            put_in_place(path, wanted)
    signer = _read(path)
    if signer.verifier != wanted:
        raise KeyRefused(
            f"the key file {path} holds {signer.verifier.text}, but the log is signed with {wanted.text}: "
            "copy the key file of the service that signs it"
        )
    return signer


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Be the one process of this machine that changes the key in a file. Raises KeyRefused."""
    try:
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as wrong:
        raise KeyRefused(f"the folder of the key file {path} can't be read: {wrong.strerror}") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def draft_key(path: Path, name: str) -> Signer:
    """Return a new key, kept beside the file that it is to replace, with the same owner. Raises KeyRefused."""
    signer = Signer.generate(name)
    draft = _draft(path, signer.verifier)
    _keep(draft, signer)
    try:
        if path.exists():
            there, here = path.stat(), draft.stat()
            if (there.st_uid, there.st_gid) != (here.st_uid, here.st_gid):
                os.chown(draft, there.st_uid, there.st_gid)
    except OSError as wrong:
        discard_draft(path, signer.verifier)
        raise KeyRefused(f"the owner of the key file {path} can't be kept: {wrong.strerror}") from None
    return signer


def discard_draft(path: Path, verifier: Verifier) -> None:
    """Remove a key that was drafted and is not to be used."""
    with suppress(OSError):
        _draft(path, verifier).unlink()


def put_in_place(path: Path, verifier: Verifier) -> None:
    """Let a drafted key take the place of the one in a file, which stays beside it under its id.

    The file is never missing meanwhile, and nothing is done where the key is in its place already. Whoever calls holds
    the lock. Raises KeyRefused.
    """
    draft = _draft(path, verifier)
    try:
        if path.exists():
            there = _read(path).verifier
            if there == verifier:
                discard_draft(path, verifier)
                return
            with suppress(FileExistsError):
                path.with_name(f"{path.name}.{there.key_id.hex()}").hardlink_to(path)
        draft.replace(path)
        settle(path.parent)
    except OSError as wrong:
        raise KeyRefused(f"the key file {path} can't be replaced: {wrong.strerror}") from None


def _draft(path: Path, verifier: Verifier) -> Path:
    return path.with_name(f"{path.name}.{verifier.key_id.hex()}.new")


def _read(path: Path) -> Signer:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read(_MOST_BYTES)
    except OSError as wrong:
        raise KeyRefused(f"the key file {path} can't be read: {wrong.strerror}") from None
    if mode & _OTHERS:
        raise KeyRefused(
            f"the key file {path} can be used by others (its mode is {mode:04o}): "
            "say chmod 600, and consider another key"
        )
    try:
        return Signer.parse(text.decode().strip())
    except (BadKey, ValueError) as wrong:
        raise KeyRefused(f"the key file {path} holds no signing key: {wrong}") from None


def keep_text(path: Path, text: str) -> None:
    """Write a file anew, whole or not at all, readable by its owner alone. Raises KeyRefused."""
    try:
        draft = _written(path, text)
        draft.replace(path)
        settle(path.parent)
    except OSError as wrong:
        raise KeyRefused(f"the file {path} can't be written: {wrong.strerror}") from None


def _keep(path: Path, signer: Signer) -> None:
    """Write a key to a new file, whole or not at all. Raises FileExistsError when there is one; KeyRefused."""
    draft: Path | None = None
    try:
        draft = _written(path, signer.text + "\n")
        path.hardlink_to(draft)
        settle(path.parent)
    except FileExistsError:
        raise
    except (OSError, ValueError) as wrong:
        why = getattr(wrong, "strerror", None) or wrong
        raise KeyRefused(f"the key file {path} can't be made: {why}") from None
    finally:
        if draft is not None:
            with suppress(OSError):
                draft.unlink()


def _written(path: Path, text: str) -> Path:
    """Return a new file beside another, with a text that is on the disk."""
    draft = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with open(draft, "x", encoding="utf-8", opener=for_owner) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    return draft
