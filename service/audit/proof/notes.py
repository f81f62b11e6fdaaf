"""Signed notes (c2sp.org/signed-note): text with signature lines below, and the Ed25519 keys that make them.

A key is written as Go's `sumdb/note` writes it, so that any tool for such logs can take ours.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from service.errors import ClausewiseError

__all__ = [
    "BadKey",
    "BadNote",
    "OpenedNote",
    "Signer",
    "Verifier",
    "note_signers",
    "open_note",
    "read_base64",
    "write_note",
]

_ED25519 = b"\x01"  # the signature type
_KEY_BYTES = 32  # of a public key, and of the seed that a private one is made from
_MOST_SIGNATURES = 64
_SECRET = "PRIVATE+KEY+"  # noqa: S105 - what the text of every private key begins with
_DASH = "\N{EM DASH} "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class BadKey(ClausewiseError):
    """The text of a key is wrong, or its name; the text is a sentence, which never shows a secret."""


class BadNote(ClausewiseError):
    """A note is malformed, or not signed by whom it should be; the text is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with the name of whom it speaks for.

    name    such as `example.com/log`: without spaces and plus signs
    public  the Ed25519 public key, 32 bytes (RFC 8032)
    key_id  4 bytes that with the name tell which key made a signature
    Raises BadKey when the name or the key can't be one.
    """

    name: str
    public: bytes
    key_id: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not _is_name(self.name):
            raise BadKey(
                f"A key's name has no spaces, control characters or plus signs, and is not empty: {self.name!r}."
            )
        if len(self.public) != _KEY_BYTES:
            raise BadKey(f"The public key has {len(self.public)} bytes; an Ed25519 key has {_KEY_BYTES}.")
        told = self.name.encode() + b"\n" + _ED25519 + self.public
        object.__setattr__(self, "key_id", sha256(told).digest()[:4])

    @property
    def label(self) -> str:
        """The name and the key id in hexadecimal, as in `example.com/log+c74f20a3`: for messages."""
        return f"{self.name}+{self.key_id.hex()}"

    @property
    def text(self) -> str:
        """The key as text: `<name>+<key id>+<base64>`."""
        return f"{self.label}+{_base64(_ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Return the key that `text` writes; raises BadKey."""
        name, key_id, public = _key_parts(text, "public key", "<name>+<key id>+<base64>")
        return _identified(cls(name, public), key_id)

    def verifies(self, text: str, signature: bytes) -> bool:
        """Tell whether this key made the signature, 64 bytes, of the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, eq=False)
class Signer:
    """A private key, with which its owner signs notes. It shows its secret in `text` only."""

    name: str
    private: Ed25519PrivateKey = field(repr=False)
    verifier: Verifier = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "verifier", Verifier(self.name, self.private.public_key().public_bytes_raw()))

    @classmethod
    def generate(cls, name: str) -> Signer:
        """Return a new key; raises BadKey when the name can't be one."""
        return cls(name, Ed25519PrivateKey.generate())

    @property
    def text(self) -> str:
        """The secret as text: `PRIVATE+KEY+<name>+<key id>+<base64>`."""
        return f"{_SECRET}{self.verifier.label}+{_base64(_ED25519 + self.private.private_bytes_raw())}"

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Return the key that `text` writes; raises BadKey."""
        if not text.startswith(_SECRET):
            raise BadKey(f"The text of a private key starts with '{_SECRET}'; this one doesn't.")
        name, key_id, seed = _key_parts(text.removeprefix(_SECRET), "private key", f"{_SECRET}<name>+<key id>+<base64>")
        signer = cls(name, Ed25519PrivateKey.from_private_bytes(seed))
        _identified(signer.verifier, key_id)
        return signer

    def sign(self, text: str) -> str:
        """Return the signature line of a text, with its newline; raises BadNote when the text can't be a note's."""
        signature = self.private.sign(_note_bytes(text))
        return f"{_DASH}{self.name} {_base64(self.verifier.key_id + signature)}\n"


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note that a known key has signed.

    text     what was signed, with its last newline
    signers  the known keys that signed it, in the order of their signatures, each once
    """

    text: str
    signers: tuple[Verifier, ...]


class _Signature(NamedTuple):
    """One signature line, not verified."""

    name: str
    key_id: bytes
    signature: bytes


def write_note(text: str, signers: Iterable[Signer]) -> str:
    """Return the note: the text, an empty line, and a signature line of each signer.

    Raises BadNote when the text doesn't end in a newline or has control characters, and for no or more than 64 signers.
    """
    lines = [signer.sign(text) for signer in signers]
    if not 1 <= len(lines) <= _MOST_SIGNATURES:
        raise BadNote(f"A note has 1 to {_MOST_SIGNATURES} signatures, not {len(lines)}.")
    return f"{text}\n{''.join(lines)}"


def open_note(note: str, verifiers: Iterable[Verifier]) -> OpenedNote:
    """Return the text of a note and who of `verifiers` signed it.

    Signatures by other keys are passed over. Raises BadNote when the note is malformed, none of the keys signed it, or
    the signature of one of them is wrong: then the whole note is refused, whoever else signed it.
    """
    text, signatures = _split(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    signers: dict[Verifier, None] = {}
    for name, key_id, signature in signatures:
        verifier = known.get((name, key_id))
        if verifier is None:
            continue
        if not verifier.verifies(text, signature):
            raise BadNote(
                f"The signature by {verifier.label} is wrong: the note's text, or the signature, was changed."
            )
        signers[verifier] = None
    if not signers:
        raise BadNote(_nobody_known(signatures, known.values()))
    return OpenedNote(text, tuple(signers))


def note_signers(note: str) -> list[tuple[str, str]]:
    """Return who is said to have signed a note: names and key ids in hexadecimal. Nothing is verified.

    Raises BadNote when the note is malformed.
    """
    return [(each.name, each.key_id.hex()) for each in _split(note)[1]]


def read_base64(text: str) -> bytes:
    """Return the bytes that `text` writes in base64 (RFC 4648, section 4); ValueError unless in the one right way."""
    value = b64decode(text, validate=True)
    if _base64(value) != text:
        raise ValueError("the base64 is not in its only form: unused bits are set")
    return value


def _split(note: str) -> tuple[str, Sequence[_Signature]]:
    """Return the text and the signatures of a note: the last empty line is between them."""
    _note_bytes(note)
    text, separator, block = note.rpartition("\n\n")
    if not separator or not block:
        raise BadNote("The note has no signatures: an empty line and signature lines must follow its text.")
    lines = block.removesuffix("\n").split("\n")
    if len(lines) > _MOST_SIGNATURES:
        raise BadNote(f"The note has {len(lines)} signature lines; at most {_MOST_SIGNATURES} are read.")
    return text + "\n", [_read_signature(line) for line in lines]


def _read_signature(line: str) -> _Signature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not _is_name(name):
        raise BadNote(f"A signature line is '{_DASH}<key name> <base64>'; this one is not: {line[:80]!r}.")
    try:
        value = read_base64(encoded)
    except ValueError:
        raise BadNote(f"The signature line of '{name}' holds no valid base64.") from None
    if len(value) <= 4:
        raise BadNote(f"The signature line of '{name}' is too short to hold a key id and a signature.")
    return _Signature(name, value[:4], value[4:])


def _note_bytes(text: str) -> bytes:
    """Return text of a note in UTF-8; raises BadNote unless it may be in one."""
    if not text.endswith("\n"):
        raise BadNote("The note's text must end in a newline, and so must each of its lines.")
    if found := _CONTROL.search(text):
        raise BadNote(f"A note has no control characters but newlines; this one has U+{ord(found[0]):04X}.")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise BadNote("The note can't be written in UTF-8: it has half of a surrogate pair.") from None


def _nobody_known(signatures: Iterable[_Signature], known: Iterable[Verifier]) -> str:
    signed = ", ".join(f"{each.name}+{each.key_id.hex()}" for each in signatures)
    trusted = ", ".join(verifier.label for verifier in known) or "none"
    return f"The note is not signed by a known key. It says that it is signed by: {signed}. Known keys: {trusted}."


def _key_parts(text: str, what: str, form: str) -> tuple[str, str, bytes]:
    """Return the name, the key id and the 32 bytes of a key's text. No message shows what the key holds."""
    name, _, rest = text.partition("+")
    key_id, separator, encoded = rest.partition("+")
    if not separator:
        raise BadKey(f"The text of a {what} is '{form}'; this one has too few parts.")
    try:
        value = read_base64(encoded)
    except ValueError:
        raise BadKey(f"The {what} of '{name}' holds no valid base64.") from None
    if not value.startswith(_ED25519):
        raise BadKey(
            f"The {what} of '{name}' is not for Ed25519 signatures (type 1), the only ones that are used here."
        )
    if len(value) != 1 + _KEY_BYTES:
        raise BadKey(f"The {what} of '{name}' has {len(value) - 1} bytes; an Ed25519 key has {_KEY_BYTES}.")
    return name, key_id, value[1:]


def _identified(verifier: Verifier, key_id: str) -> Verifier:
    """Return the key; raises BadKey unless it has the id with which it is written."""
    if key_id != verifier.key_id.hex():
        raise BadKey(
            f"The key of '{verifier.name}' is written with the id '{key_id}', but its name and key make "
            f"'{verifier.key_id.hex()}': one of the three was changed."
        )
    return verifier


def _is_name(name: str) -> bool:
    """Tell whether a key can be named so: a space would end the name in a signature line, a plus sign in a key."""
    has_forbidden = any(each.isspace() or each == "+" or each < " " or "\ud800" <= each <= "\udfff" for each in name)
    return bool(name) and not has_forbidden


def _base64(value: bytes) -> str:
    return b64encode(value).decode("ascii")
