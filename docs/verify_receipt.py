# /// script
# requires-python = ">=3.11"
# dependencies = ["cryptography>=44"]
# ///
"""Check receipts of a Clausewise audit log, with nothing but the log's public key. No network, nothing of Clausewise.

    python verify_receipt.py --key 'example.com/log+1a2b3c4d+AQ...' receipt.json [more.json ...]
    python verify_receipt.py --key-file keys.txt --since earlier-checkpoint.txt consistency.json

A receipt shows that an entry is in the log: the hash of the entry and the hashes of the inclusion proof make a root
(RFC 9162, section 2.1), and a checkpoint with that root (c2sp.org/tlog-checkpoint) carries the log's signature
(c2sp.org/signed-note). A consistency document shows that the log has only grown since a checkpoint that you kept.

Three things it can't show, so that you know what to ask for: that the key is the log's (get it on another way than the
receipt), that the log shows everyone the same checkpoints (compare them with others'), and that a decision was right.

To check this file: `check_receipt` and `check_consistency` below are the whole of it, each step a short function.

Exit status: 0 all is proven, 1 a check failed, 2 the call is wrong or a file can't be read.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import io
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    sys.stderr.write("the library 'cryptography' is needed: python3 -m pip install cryptography\n")
    sys.exit(2)

RECEIPT = "clausewise-receipt-v1"
CONSISTENCY = "clausewise-consistency-v1"
OPTIONAL = {"opened", "introductions"}  # members of a receipt
INTRODUCES = "the next signing key, from this size on:"  # what the second line of an introduction says
MOST_BYTES = 64 * 2**20  # of a file
MOST_LEAVES = 2**63 - 1  # of a log
MOST_SIGNATURES = 64  # of a note
MOST_INTRODUCTIONS = 1024  # of a document
MOST_DIGITS = 4300  # of an integer: Python reads no more
SALT_BYTES = 32  # fixed: were it not, bytes could be moved between a salt and its value without changing their hash


class Refused(Exception):
    """A check failed. `check` names it in a word or two, `reason` says what is wrong in a sentence."""

    def __init__(self, check: str, reason: str) -> None:
        super().__init__(f"{check}: {reason}")
        self.check = check
        self.reason = reason


class Unsigned(Refused):
    """A note is signed by no key that is known."""


class Unreadable(Exception):
    """A file can't be read, or is not JSON, or a key is none; the text says which and why. Nothing was checked."""


@dataclass(frozen=True)
class Key:
    """A public key (c2sp.org/signed-note): its name, its id in hexadecimal, its 32 bytes, and itself."""

    name: str
    id: str
    raw: bytes
    public: Ed25519PublicKey = field(compare=False)

    @property
    def label(self) -> str:
        """The name and the id, as in `example.com/log+1a2b3c4d`."""
        return f"{self.name}+{self.id}"


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint whose signature is verified (c2sp.org/tlog-checkpoint), and the key that did it.

    since  the size of the log at which the key was introduced; 0 for one that the caller trusts from the beginning
    """

    origin: str
    size: int
    root: bytes
    key: Key
    since: int = 0


@dataclass(frozen=True)
class Proven:
    """What a good receipt proves.

    sequence    the entry's place in the log, from 1
    entry       the entry itself, parsed
    digest      SHA-256 of the entry's text, in hexadecimal
    checkpoint  of a log that holds the entry
    opened      personal facts that the receipt shows and the entry vouches for: their JSON texts by name
    """

    sequence: int
    entry: Mapping[str, Any]
    digest: str
    checkpoint: Checkpoint
    opened: Mapping[str, str]


@dataclass(frozen=True)
class Grown:
    """What a good consistency document proves: the log of `later` begins with all the entries of `earlier`."""

    earlier: Checkpoint
    later: Checkpoint


# What is checked


def check_receipt(receipt: object, keys: Sequence[Key], introductions: Sequence[str] = ()) -> Proven:
    """Return what a receipt proves to someone who trusts `keys`; raise Refused when it proves nothing.

    receipt        the parsed JSON of a receipt
    keys           in the order in which the log had them
    introductions  further ones than the receipt has: a receipt knows nothing of keys that came later
    """
    told = _members("receipt", receipt, RECEIPT, {"sequence", "entry", "proof", "checkpoint"}, OPTIONAL)
    sequence = _count("sequence", told["sequence"], 1)
    text = _utf8("entry", _text("entry", told["entry"]))
    proof = _hashes(told["proof"])
    succession = _Keys(keys, [*_notes(told.get("introductions", [])), *introductions])
    checkpoint = _checkpoint(_text("checkpoint", told["checkpoint"]), succession)
    root = _root_of_inclusion(_hash(b"\x00", text), sequence, checkpoint.size, proof)
    if root != checkpoint.root:
        raise Refused(
            "inclusion proof",
            f"the entry at sequence {sequence} and the proof make the root {_base64(root)}, but the checkpoint signs "
            f"{_base64(checkpoint.root)}: the entry, the sequence or a hash of the proof is not the log's",
        )
    entry = _entry(told["entry"])
    opened = _opened(told.get("opened", {}), entry)
    return Proven(sequence, entry, hashlib.sha256(text).hexdigest(), checkpoint, opened)


def check_consistency(
    document: object, earlier_note: str, keys: Sequence[Key], introductions: Sequence[str] = ()
) -> Grown:
    """Return what a consistency document proves to someone who kept a checkpoint; raise Refused when it proves nothing.

    document       the parsed JSON of a consistency document
    earlier_note   the signed checkpoint that was kept, as text
    keys, introductions  as for a receipt
    """
    optional = {"introductions"}
    told = _members("consistency document", document, CONSISTENCY, {"from", "to", "proof", "checkpoint"}, optional)
    first, second = _count("from", told["from"], 0), _count("to", told["to"], 0)
    proof = _hashes(told["proof"])
    succession = _Keys(keys, [*_notes(told.get("introductions", [])), *introductions])
    earlier = _checkpoint(earlier_note, succession, "earlier checkpoint")
    later = _checkpoint(_text("checkpoint", told["checkpoint"]), succession)
    if earlier.origin != later.origin:
        raise Refused("origin", f"the earlier checkpoint is of '{earlier.origin}', the later of '{later.origin}'")
    if (first, second) != (earlier.size, later.size):
        raise Refused(
            "sizes",
            f"the document goes from {first} to {second} entries, the checkpoints from {earlier.size} to {later.size}",
        )
    _require_consistency(earlier, later, proof)
    return Grown(earlier, later)


# The Merkle tree: RFC 9162, section 2.1


def _hash(prefix: bytes, *parts: bytes) -> bytes:
    """Section 2.1.1: a leaf is hashed after a byte 0, two subtrees after a byte 1."""
    return hashlib.sha256(prefix + b"".join(parts)).digest()


def _root_of_inclusion(leaf: bytes, sequence: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Section 2.1.3.2: the root that a leaf and its inclusion proof make; step by step, under the names used there."""
    if sequence > size:
        raise Refused("sequence", f"{sequence} is beyond the checkpoint, which signs {size} entries")
    fn, sn, r = sequence - 1, size - 1, leaf
    for p in proof:
        if sn == 0:
            raise Refused("inclusion proof", f"it has too many hashes for entry {sequence} of {size}")
        if fn & 1 or fn == sn:
            r = _hash(b"\x01", p, r)
            fn, sn = _to_next_left_side(fn, sn)
        else:
            r = _hash(b"\x01", r, p)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        raise Refused("inclusion proof", f"it has too few hashes for entry {sequence} of {size}")
    return r


def _to_next_left_side(fn: int, sn: int) -> tuple[int, int]:
    """Climb past the levels on which the node at the right edge has no sibling (the inner loop of both algorithms)."""
    while fn & 1 == 0 and fn != 0:
        fn, sn = fn >> 1, sn >> 1
    return fn, sn


def _require_consistency(earlier: Checkpoint, later: Checkpoint, proof: Sequence[bytes]) -> None:
    """Section 2.1.4: the tree of the later checkpoint begins with that of the earlier one."""
    if earlier.size > later.size:
        raise Refused("sizes", f"the log had {earlier.size} entries and now has {later.size}: it has lost some")
    if earlier.size in {0, later.size}:
        _require_trivial_consistency(earlier, later, proof)
        return
    first_root, second_root = _roots_of_consistency(earlier, later.size, proof)
    if first_root != earlier.root:
        raise Refused("consistency proof", "it doesn't lead to the root of the earlier checkpoint")
    if second_root != later.root:
        raise Refused("consistency proof", "it doesn't lead from the earlier checkpoint to the root of the later one")


def _require_trivial_consistency(earlier: Checkpoint, later: Checkpoint, proof: Sequence[bytes]) -> None:
    """No proof is needed from an empty log, whose root is the hash of nothing (2.1.1), and between equal sizes."""
    if proof:
        raise Refused(
            "consistency proof", "it has too many hashes: from 0 entries, and between equal sizes, it has none"
        )
    if earlier.size == 0 and earlier.root != hashlib.sha256().digest():
        raise Refused("earlier checkpoint", "it signs no entries, but its root is not that of an empty log")
    if earlier.size == later.size and earlier.root != later.root:
        raise Refused("roots", f"both checkpoints sign {later.size} entries, but not the same: the log shows two faces")


def _roots_of_consistency(earlier: Checkpoint, second: int, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Section 2.1.4.2: the earlier and the later root that a consistency proof makes; under the names used there."""
    first = earlier.size
    path = [earlier.root, *proof] if first & (first - 1) == 0 else [*proof]
    if not proof:
        raise Refused("consistency proof", f"it has too few hashes to lead from {first} to {second} entries")
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            raise Refused("consistency proof", f"it has too many hashes to lead from {first} to {second} entries")
        if fn & 1 or fn == sn:
            fr, sr = _hash(b"\x01", c, fr), _hash(b"\x01", c, sr)
            fn, sn = _to_next_left_side(fn, sn)
        else:
            sr = _hash(b"\x01", sr, c)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        raise Refused("consistency proof", f"it has too few hashes to lead from {first} to {second} entries")
    return fr, sr


# Signed checkpoints: c2sp.org/signed-note and c2sp.org/tlog-checkpoint


def parse_key(text: str) -> Key:
    """Return the key that `<name>+<id>+<base64>` writes; raise Unreadable when it is none.

    The id is the beginning of a hash over name and key (signed-note, "Signatures"), so a slip of the pen is found.
    """
    if text.startswith("PRIVATE+KEY+"):
        raise Unreadable("that key is a private one, which only the log itself may know; give its public key")
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    value = _from_base64(encoded)
    if not _is_name(name) or value is None or len(value) != 33 or value[0] != 1:
        raise Unreadable(f"the key is not '<name>+<id>+<base64 of an Ed25519 public key>': {_shown(text)}")
    if key_id != _key_id(name, value):
        raise Unreadable(f"the key's id is not that of its name and key, one of the three was changed: {_shown(text)}")
    return Key(name, key_id, value[1:], Ed25519PublicKey.from_public_bytes(value[1:]))


def _key_id(name: str, typed_key: bytes) -> str:
    """signed-note, "Ed25519 signatures": 4 bytes of SHA-256 over name, newline, type and key, in hexadecimal."""
    return hashlib.sha256(name.encode() + b"\n" + typed_key).hexdigest()[:8]


def _is_name(name: str) -> bool:
    """signed-note, "Format": not empty, no Unicode spaces, no plus, nothing that a note can't have."""
    return bool(name) and not any(each.isspace() or each == "+" or each < " " for each in name) and _is_utf8(name)


def _checkpoint(note: str, keys: _Keys, what: str = "checkpoint") -> Checkpoint:
    """tlog-checkpoint: the text of a signed note is origin, size and root, each on its line.

    Lines after them may be there and are passed over: the signature covers them, but no proof does.
    """
    text, signers = _signed_text(note, keys.known, what)
    lines = text.removesuffix("\n").split("\n")
    root = _from_base64(lines[2]) if len(lines) >= 3 and all(lines) else None
    if root is None or len(root) != 32 or not re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]):
        raise Refused(what, "its text is not the lines origin, size in decimal and root in base64")
    size = _count(f"size in the {what}", int(lines[1]), 0)
    key = keys.speaker(lines[0], size, signers, what)
    return Checkpoint(lines[0], size, root, key, 0 if key in keys.trusted else keys.since[key])


def _signed_text(note: str, keys: Sequence[Key], what: str) -> tuple[str, Sequence[Key]]:
    """signed-note, "Signatures": the text of a note, and which of `keys` signed it.

    Signatures by unknown keys are passed over; a wrong one by a known key refuses the note, and so does no known one.
    """
    text, separator, block = note.rpartition("\n\n")
    signed = _utf8(what, text + "\n")
    if not separator or not block.endswith("\n") or re.search(r"[\x00-\x09\x0b-\x1f]", note):
        raise Refused(what, "it is no signed note: lines of text, an empty line, signature lines")
    signatures = _signatures(block, what)
    by_known = [
        (key, value) for name, key_id, value in signatures for key in keys if (key.name, key.id) == (name, key_id)
    ]
    for key, value in by_known:
        _require_signature(key, value, signed, what)
    if not by_known:
        said = ", ".join(f"{name}+{key_id}" for name, key_id, _ in signatures)
        trusted = ", ".join(key.label for key in keys)
        raise Unsigned(f"signature of the {what}", f"none is by a key you trust ({trusted}); it names {said}")
    return text + "\n", [key for key, _ in by_known]


class _Keys:
    """Which key speaks for a log of which size, by the notes in which keys are introduced.

    A note names the next key and the size of the log from which on it speaks. That key has signed it, and so has one
    that spoke before; a trusted one comes by its own word too, unless it is listed before one that came already. From
    that size on the keys before it are over: they sign nothing larger, introduce nobody and never come back.
    Of several trusted keys that nothing connects nobody can tell which is over, and none of them is believed.

    trusted   in the order in which the log had them
    """

    def __init__(self, trusted: Sequence[Key], introductions: Sequence[str]) -> None:
        self.known = self.trusted = list(dict.fromkeys(trusted))
        self.since = dict.fromkeys(self.known, 0)
        self.until: dict[Key, int] = {}
        self._last: dict[str, Key] = {}  # by the name of the log: the one that was introduced last
        self._over = 0  # so many of the trusted ones, from the first on, are over
        told = {note: _introduction(note) for note in introductions}
        for note in sorted(told, key=lambda note: told[note][1]):
            self._introduce(note, *told[note])

    def _introduce(self, note: str, new: Key, size: int) -> None:
        """Take a key. A note that leads nowhere is passed over: it led to the keys that are trusted."""
        speaking = [each for each in self._speaking(new.name) if each != new]
        if self.since.get(new) or new in self.until or size <= max((self.since[each] for each in speaking), default=0):
            return
        _, signers = _signed_text(note, [new, *speaking], "introduction of a key")
        by = [each for each in signers if each != new]
        if new not in signers or not (by or new in self.trusted[self._over :]):
            return
        self._over = max([self._over, *(self.trusted.index(each) + 1 for each in (*by, new) if each in self.trusted)])
        self.until |= {each: size for each in speaking if each not in self.trusted[self._over :]}
        self.since[new] = size
        self._last[new.name] = new
        self.known = list(dict.fromkeys([*self.known, new]))

    def _speaking(self, name: str) -> Sequence[Key]:
        """Return the keys of a log that may speak for it by now: the last one, and trusted ones that may still come."""
        last = [self._last[name]] if name in self._last else []
        own = [each for each in self.trusted if each.name == name]
        return [*last, *(each for each in own if not self.since[each] and each not in self.until)]

    def speaker(self, origin: str, size: int, signers: Sequence[Key], what: str) -> Key:
        """Return which of the signers speaks for a log of this size; raise Refused when none does."""
        own = [each for each in signers if each.name == origin]
        if not own:
            raise Refused(what, f"it is of the log '{origin}', but signed as '{signers[0].name}'")
        now = [each for each in own if self.since[each] <= size <= self.until.get(each, size)]
        if not now:
            raise Refused(f"signature of the {what}", f"{self._spans(own)}, and the {what} is of size {size}")
        rivals = self._speaking(origin)
        if len(rivals) > 1 and all(each in rivals for each in now):
            labels = ", ".join(each.label for each in rivals)
            raise Refused(
                f"signature of the {what}",
                f"nothing tells which of the keys {labels} speaks for a log of this size: give a --key-file with the "
                "introductions, as the log's list of keys has them, or only the key that was the log's at that time",
            )
        return now[0]

    def _spans(self, keys: Sequence[Key]) -> str:
        told = [
            f"{each.label} was replaced at size {self.until[each]}"
            if each in self.until
            else f"{each.label} speaks from size {self.since[each]} on"
            for each in keys
        ]
        return ", ".join(told)


def _introduction(note: str) -> tuple[Key, int]:
    """Return the key that a note introduces, and the size from which on it speaks; whoever has signed it.

    Such a note is no checkpoint, as its second line is no size; so neither can be taken for the other.
    """
    what = "introduction of a key"
    lines = (note.rpartition("\n\n")[0] + "\n").split("\n")
    if len(lines) != 5 or lines[1] != INTRODUCES or not re.fullmatch("[1-9][0-9]{0,18}", lines[2]):
        raise Refused(what, "its text is not the lines name, what it says, size in decimal and key")
    try:
        key = parse_key(lines[3])
    except Unreadable as wrong:
        raise Refused(what, str(wrong)) from None
    if key.name != lines[0]:
        raise Refused(what, "it is not one key of a log that introduces the next")
    return key, _count(f"size in the {what}", int(lines[2]), 1)


def _notes(introductions: object) -> Sequence[str]:
    if not isinstance(introductions, list) or len(introductions) > MOST_INTRODUCTIONS:
        raise Refused("introductions", f"they are not a list of at most {MOST_INTRODUCTIONS} notes")
    return [_text("introduction", note) for note in introductions]


def _signatures(block: str, what: str) -> Sequence[tuple[str, str, bytes]]:
    """signed-note, "Format": each line is an em dash, the key's name, and base64 of the key's id and the signature."""
    lines = block.removesuffix("\n").split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise Refused(what, f"it has {len(lines)} signatures; at most {MOST_SIGNATURES} are read")
    found = []
    for line in lines:
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        value = _from_base64(encoded)
        if dash != "\N{EM DASH}" or not _is_name(name) or value is None or len(value) < 5:
            raise Refused(what, f"a signature line is not an em dash, a key's name and base64: {_shown(line)}")
        found.append((name, value[:4].hex(), value[4:]))
    return found


def _require_signature(key: Key, signature: bytes, signed: bytes, what: str) -> None:
    """RFC 8032: return when `key` made the signature, and raise Refused otherwise."""
    try:
        key.public.verify(signature, signed)
    except InvalidSignature:
        reason = f"that by {key.label} doesn't fit: the origin, the size, the root or the signature was changed"
        raise Refused(f"signature of the {what}", reason) from None


# The entry, and personal facts of it that are shown


def _entry(text: str) -> Mapping[str, Any]:
    """Return the entry, an object that the log holds as JSON text, read as strictly as the receipt itself."""
    try:
        entry = parse_json(text)
    except (Refused, Unreadable) as problem:
        raise Refused("entry", str(problem)) from None
    if not isinstance(entry, dict):
        raise Refused("entry", "it is not a JSON object")
    return entry


def _opened(opened: object, entry: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the personal facts that are shown: each must have the salted hash that the entry has in its place."""
    personal = entry.get("personal", {})
    if not isinstance(opened, dict) or not isinstance(personal, dict):
        raise Refused("opened", "it, and 'personal' in the entry, must be objects with a member for each fact")
    return {name: _opened_fact(name, shown, personal.get(name)) for name, shown in opened.items()}


def _opened_fact(name: str, shown: object, expected: object) -> str:
    """SHA-256 over the salt and the UTF-8 bytes of the fact's JSON text, as `sha256:` and hexadecimal."""
    what = f"opened fact {_shown(name)}"
    if not isinstance(shown, dict) or set(shown) != {"salt", "json"}:
        raise Refused(what, "it must have the members 'salt' and 'json', and no others")
    salt = _from_base64(_text(f"salt of the {what}", shown["salt"]))
    value = _text(f"json of the {what}", shown["json"])
    if salt is None or len(salt) != SALT_BYTES:
        raise Refused(what, f"its salt is not {SALT_BYTES} bytes in base64")
    if expected is None:
        raise Refused(what, "the entry says nothing of it")
    if expected != "sha256:" + hashlib.sha256(salt + _utf8(what, value)).hexdigest():
        raise Refused(what, "its salt and value don't have the hash that the entry holds: one of them was changed")
    return value


# Reading: types, JSON, base64. Whoever made a file may wish us ill.


def parse_json(text: str) -> Any:
    """Return the value of a JSON text.

    Raises Unreadable when it is no JSON, and Refused when readers could disagree about it: a member twice, a number
    that no double holds, NaN.
    """
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_constant=_no_constant, parse_int=_integer, parse_float=_double
        )
    except RecursionError:
        raise Refused("JSON", "it is nested too deeply") from None
    except ValueError as problem:
        raise Unreadable(f"it is not JSON: {problem}") from None


def _object(members: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        times = Counter(name for name, _ in members)
        twice = next(name for name, count in times.items() if count > 1)
        raise Refused("JSON", f"the member {_shown(twice)} stands twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise Refused("JSON", f"{name} is no JSON number")


def _integer(digits: str) -> int | float:
    """Nothing here counts beyond 2**63: larger integers are facts in an entry, and of any size where it is old."""
    return int(digits) if len(digits.lstrip("-")) <= MOST_DIGITS else _double(digits)


def _double(digits: str) -> float:
    value = float(digits)
    if value in {float("inf"), float("-inf")}:
        raise Refused("JSON", "a number is too large for a double")
    return value


def _members(what: str, value: object, form: str, required: set[str], optional: set[str]) -> dict[str, Any]:
    """Return an object with these members and no others: what nobody checks would look as if it had been proven."""
    if not isinstance(value, dict):
        raise Refused("format", f"the {what} is not a JSON object")
    if value.get("format") != form:
        raise Refused("format", f"a {what} has the format '{form}', this one {_shown(value.get('format'))}")
    for name in sorted(required - set(value)):
        raise Refused("format", f"the {what} has no '{name}'")
    for name in sorted(set(value) - required - optional - {"format"}):
        raise Refused("format", f"the {what} has a member {_shown(name)}, which '{form}' doesn't know")
    return value


def _count(name: str, value: object, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= MOST_LEAVES:
        raise Refused(name, f"it must be an integer from {least} to 2**63 - 1")
    return value


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise Refused(name, "it must be a string")
    return value


def _hashes(proof: object) -> Sequence[bytes]:
    if not isinstance(proof, list):
        raise Refused("proof", "it must be an array of hashes")
    hashes = [_from_base64(each) if isinstance(each, str) else None for each in proof]
    for number, value in enumerate(hashes, 1):
        if value is None or len(value) != 32:
            raise Refused("proof", f"hash {number} is not 32 bytes in base64")
    return [value for value in hashes if value is not None]


def _from_base64(text: str) -> bytes | None:
    """RFC 4648, section 4, in its one canonical form; None when it is not that."""
    try:
        value = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return value if _base64(value) == text else None


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _utf8(what: str, text: str) -> bytes:
    if not _is_utf8(text):
        raise Refused(what, "it has half of a surrogate pair, which UTF-8 can't write")
    return text.encode()


def _is_utf8(text: str) -> bool:
    return not re.search("[\ud800-\udfff]", text)


# The command line


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the files that the command line names, print what each proves, and return the exit status."""
    if sys.stdout is None:
        _tell("there is no standard output for the result")
        return 2
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = _status(arguments)
        sys.stdout.flush()
    except OSError as problem:  # of output: all others are told where they arise
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is still to be written would fail again at the end
        _tell(f"the result can't be written: {_reason(problem)}")
        return 2
    return status


def _status(arguments: Sequence[str] | None) -> int:
    try:
        told = _parser().parse_args(arguments)
    except SystemExit as ended:  # help, or a wrong call that is told
        return int(ended.code or 0)
    try:
        given = [_keys_in(path) for path in told.key_file]
        keys = [*map(parse_key, told.key), *(key for found, _ in given for key in found)]
        introductions = [note for _, notes in given for note in notes]
        earlier = None if told.since is None else _text_of(told.since)
    except Unreadable as problem:
        _tell(str(problem))
        return 2
    if not keys:
        _tell("no key was given: --key or --key-file names the log's public key")
        return 2
    statuses = {_report(path, earlier, keys, introductions) for path in told.files}
    return 1 if 1 in statuses else max(statuses)


def _tell(text: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{_printable(text)}\n")
        sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Check receipts of a Clausewise audit log offline: that each entry is in the log that a key signs.",
        epilog="Exit status: 0 all is proven, 1 a check failed, 2 the call is wrong or a file can't be read.",
        allow_abbrev=False,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a receipt; with --since, a consistency document")
    parser.add_argument("--key", action="append", default=[], metavar="KEY", help="a public key of the log; repeatable")
    parser.add_argument(
        "--key-file",
        action="append",
        default=[],
        metavar="FILE",
        help="a file with a key on each line, in the order in which the log had them, or the log's own list as JSON",
    )
    parser.add_argument(
        "--since", metavar="FILE", help="the checkpoint that you kept, which the log must have grown from"
    )
    return parser


def _keys_in(path: str) -> tuple[Sequence[Key], Sequence[str]]:
    """Return the keys in a file, and introductions: the log's list of keys, as JSON, or a key on each line.

    Empty lines and those that start with `#` are passed over.
    """
    text = _text_of(path)
    if text.lstrip().startswith("{"):
        return _listed_in(path, text)
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.startswith("#"):
            try:
                found.append(parse_key(line.strip()))
            except Unreadable as problem:
                raise Unreadable(f"{_shown(path)}, line {number}: {problem}") from None
    return found, ()


def _listed_in(path: str, text: str) -> tuple[Sequence[Key], Sequence[str]]:
    try:
        told = parse_json(text)
        keys = [parse_key(_text("key", each)) for each in told.get("keys", ())]
        notes = _notes(told.get("introductions", []))
        for note in notes:
            _introduction(note)
    except (Refused, TypeError, Unreadable) as problem:
        raise Unreadable(f"{_shown(path)} is no list of keys of a log: {problem}") from None
    return keys, notes


def _text_of(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as problem:
        raise Unreadable(f"{_shown(path)} can't be read: {_reason(problem)}") from None
    if len(content) > MOST_BYTES:
        raise Unreadable(f"{_shown(path)} is larger than {MOST_BYTES} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Unreadable(f"{_shown(path)} is not UTF-8") from None


def _reason(problem: Exception) -> str:
    """Return what the system says, without its number."""
    return str(getattr(problem, "strerror", None) or problem)


def _report(path: str, earlier: str | None, keys: Sequence[Key], introductions: Sequence[str]) -> int:
    """Print what one file proves or why it doesn't; return its exit status."""
    try:
        document = parse_json(_text_of(path))
        if earlier is None:
            lines = _lines_of_receipt(check_receipt(document, keys, introductions))
        else:
            lines = _lines_of_growth(check_consistency(document, earlier, keys, introductions))
    except Refused as refused:
        sys.stdout.write(f"{_printable(path)}: REFUSED\n  {_printable(str(refused))}\n")
        return 1
    except Unreadable as problem:
        sys.stdout.write(f"{_printable(path)}: UNREADABLE\n  {_printable(str(problem))}\n")
        return 2
    sys.stdout.write(f"{_printable(path)}: proven\n" + "".join(f"  {name:<11} {value}\n" for name, value in lines))
    return 0


def _lines_of_receipt(proven: Proven) -> Sequence[tuple[str, str]]:
    entry, policy = proven.entry, proven.entry.get("policy")
    shown = [(name, _shown(entry[name])) for name in ("kind", "id", "decided_at") if name in entry]
    if isinstance(policy, dict):
        shown.append(("policy", " ".join(_shown(policy.get(name)) for name in ("id", "version", "digest"))))
    return [
        ("sequence", f"{proven.sequence} of {proven.checkpoint.size}"),
        *shown,
        ("entry", f"sha256:{proven.digest}"),
        *_lines_of_checkpoint("checkpoint", proven.checkpoint),
        *[("opened", f"{_shown(name)} = {_shown(value)}") for name, value in proven.opened.items()],
    ]


def _lines_of_growth(grown: Grown) -> Sequence[tuple[str, str]]:
    added = grown.later.size - grown.earlier.size
    return [
        ("unchanged", f"the first {grown.earlier.size} entries; {added} were added"),
        *_lines_of_checkpoint("earlier", grown.earlier),
        *_lines_of_checkpoint("checkpoint", grown.later),
    ]


def _lines_of_checkpoint(name: str, checkpoint: Checkpoint) -> Sequence[tuple[str, str]]:
    lines = [
        (name, f"{_shown(checkpoint.origin)}, size {checkpoint.size}, root {_base64(checkpoint.root)}"),
        ("signed by", _shown(checkpoint.key.label)),
    ]
    if checkpoint.since:
        says = f"at size {checkpoint.since}, in place of a key you trust: keep this one, the other signs nothing larger"
        lines.append(("introduced", says))
    return lines


def _shown(value: object) -> str:
    """Return a JSON value as one short line: a string without quotes, of arrays and objects only what they are."""
    if isinstance(value, (list, dict)):
        return "an array" if isinstance(value, list) else "an object"
    text = _printable(value if isinstance(value, str) else repr(value))
    return text if len(text) <= 200 else text[:200] + "..."


def _printable(text: str) -> str:
    """Return text for the terminal: what could move its cursor, or turn the direction of writing, is escaped."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


if __name__ == "__main__":
    sys.exit(main())
