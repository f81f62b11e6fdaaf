"""Personal facts beside an entry: committed to in it, sealed under a key of their own. Nothing is kept here.

The entry names each personal fact with a commitment: the SHA-256 of a random salt and of the value's canonical JSON.
Values and salts are encrypted under a random key (ChaCha20-Poly1305, RFC 8439). Without the key nobody can tell the
value, not even by trying all that it might be; the commitment, and every proof over the entry, stay as they are.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from service.errors import MalformedJson
from service.jsontext import Json, canonical, parse_kept

__all__ = ["Opened", "Sealed", "commitment_of", "open_sealed", "seal"]

_SALT = 32  # bytes
_LEAST_LENGTH = 512  # bytes
_NONCE = bytes(12)  # each key encrypts one text in its life


@dataclass(frozen=True, slots=True)
class Opened:
    """A personal fact with what opens its commitment.

    text  the value as canonical JSON
    salt  32 bytes
    """

    text: bytes
    salt: bytes

    @property
    def value(self) -> Json:
        """The value itself."""
        return parse_kept(self.text)

    @property
    def commitment(self) -> str:
        """The commitment that these two make."""
        return commitment_of(self.text, self.salt)

    def as_json(self) -> Json:
        """Return it as a member of a receipt's `opened`."""
        return {"json": self.text.decode(), "salt": base64.b64encode(self.salt).decode()}


@dataclass(frozen=True, slots=True)
class Sealed:
    """The personal facts of one entry.

    commitments  fact -> `sha256:` and hex
    key          32 bytes, to be kept apart from `text`
    text         the facts with their salts, encrypted
    """

    commitments: Mapping[str, str]
    key: bytes
    text: bytes

    def __repr__(self) -> str:
        return f"Sealed({', '.join(self.commitments)})"


def commitment_of(text: bytes, salt: bytes) -> str:
    """Return the commitment to a value whose canonical JSON is `text`."""
    return "sha256:" + hashlib.sha256(salt + text).hexdigest()


def seal(facts: Mapping[str, Json], id_: str) -> Sealed:
    """Return personal facts sealed under a new random key; `id_` is the entry's, and no other opens them."""
    opened = {name: Opened(canonical(value), secrets.token_bytes(_SALT)) for name, value in facts.items()}
    key = ChaCha20Poly1305.generate_key()
    text = _padded(canonical({name: each.as_json() for name, each in opened.items()}))
    encrypted = ChaCha20Poly1305(key).encrypt(_NONCE, text, id_.encode())
    return Sealed({name: each.commitment for name, each in opened.items()}, key, encrypted)


def _padded(text: bytes) -> bytes:
    """Return JSON with spaces behind it, so that a sealed text is as long as many others: its length is no secret."""
    return text.ljust(max(_LEAST_LENGTH, 1 << (len(text) - 1).bit_length()))


def open_sealed(text: bytes, key: bytes, id_: str) -> Mapping[str, Opened]:
    """Return the facts that were sealed. Raises ValueError when key, text and id don't belong together."""
    try:
        told: Any = parse_kept(ChaCha20Poly1305(key).decrypt(_NONCE, text, id_.encode()))
        return {name: Opened(each["json"].encode(), base64.b64decode(each["salt"])) for name, each in told.items()}
    except (AttributeError, InvalidTag, KeyError, MalformedJson, TypeError, ValueError):
        raise ValueError("the sealed facts and their key don't belong together") from None
