"""The file that holds the signing key of the log: made once, readable by its owner alone, replaced as a whole.

Its one line is a signer key as Go's `note` package writes it, so that other tools for signed notes can use it.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from service.audit.notes import BadKey, Signer, Verifier
from service.errors import ClausewiseError

__all__ = ["KeyRefused", "draft_key", "make_key", "put_in_place", "read_key"]

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MOST_BYTES = 4096


class KeyRefused(ClausewiseError):
    """The signing key can't be used; `reason` says why and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


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
    waiting = _waiting(path)
    if waiting.exists() and (not path.exists() or _read(path).verifier != wanted) and _read(waiting).verifier == wanted:
        put_in_place(path, "old" if not path.exists() else _read(path).verifier.key_id.hex())
    signer = _read(path)
    if signer.verifier != wanted:
        raise KeyRefused(
            f"the key file {path} holds {signer.verifier.text}, but the log is signed with {wanted.text}: "
            "copy the key file of the service that signs it"
        )
    return signer


def draft_key(path: Path, name: str) -> Signer:
    """Return a new key, kept beside the file that it is to replace. Raises KeyRefused."""
    waiting = _waiting(path)
    with suppress(FileNotFoundError):
        waiting.unlink()  # of a change that was interrupted before the log knew of it
    signer = Signer.generate(name)
    _keep(waiting, signer)
    return signer


def put_in_place(path: Path, old_id: str) -> None:
    """Let the new key that waits beside a file take its place; the old one stays beside it under its id."""
    try:
        if path.exists():
            path.rename(path.with_name(f"{path.name}.{old_id}"))
        _waiting(path).rename(path)
        _settle(path.parent)
    except OSError as wrong:
        raise KeyRefused(f"the key file {path} can't be replaced: {wrong.strerror}") from None


def _waiting(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


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


def _keep(path: Path, signer: Signer) -> None:
    """Write a key to a new file, whole or not at all. Raises FileExistsError when there is one; KeyRefused."""
    draft = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with open(draft, "x", encoding="utf-8", opener=_for_owner) as file:
            file.write(signer.text + "\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
        _settle(path.parent)
    except FileExistsError:
        raise
    except OSError as wrong:
        raise KeyRefused(f"the key file {path} can't be made: {wrong.strerror}") from None
    finally:
        with suppress(OSError):
            draft.unlink()


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _settle(folder: Path) -> None:
    """Let the names in a folder be on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
