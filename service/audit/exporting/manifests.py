"""The manifest of an export: which files there are, and what proves them. Nothing else of an export is read here.

It tells for each file how long it is and what its SHA-256 is, and it holds what leads from the entries of the export to
a signed checkpoint of the whole log: the hashes of the subtrees before them and behind them.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from service.audit.exporting.entry_files import FORMATS, entries_name
from service.audit.proof.merkle import HASH_BYTES, Frontier, cover
from service.audit.proof.notes import BadKey, Verifier, read_base64
from service.errors import ClausewiseError, MalformedJson
from service.jsontext import Json, parse

__all__ = [
    "MANIFEST",
    "BadManifest",
    "DecidingPacks",
    "ListedFile",
    "ListedPack",
    "Manifest",
    "NoManifest",
    "pack_file_name",
    "read_manifest",
]

MANIFEST = "manifest.json"

_FORMAT = "clausewise-export-v1"
_MOST_BYTES = 64 << 20  # of a manifest
_POLICY = b',"policy":{"digest":"'
# In an export that is genuine there are a few.
_MOST_PACKS = 10_000
_MOST_ENDS = 64  # that are known without being read
_DIGEST = re.compile("sha256:([0-9a-f]{64})")
_SHA256 = re.compile("[0-9a-f]{64}")
_ENTRIES = {entries_name(each): each for each in FORMATS}

_Value = TypeVar("_Value")


class BadManifest(ClausewiseError):
    """A manifest is none, or contradicts itself: nothing of the export can be checked by it.

    path    of the manifest
    reason  a sentence
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class NoManifest(BadManifest):
    """A folder has no manifest, or none that can be read: it is no export, or one that was never finished."""


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file of an export.

    name     path below the folder of the export, with slashes
    size     bytes
    sha256   of its bytes, in hexadecimal
    entries  how many are in it; None for a file of a pack
    """

    name: str
    size: int
    sha256: str
    entries: int | None = None

    def as_json(self) -> dict[str, Json]:
        """Return it as an element of the manifest's `files`."""
        told: dict[str, Json] = {"name": self.name, "bytes": self.size, "sha256": self.sha256}
        return told if self.entries is None else {**told, "entries": self.entries}


@dataclass(frozen=True, slots=True)
class ListedPack:
    """A pack that decided one or more of the entries; its files are below `packs/`."""

    policy: str
    version: str
    digest: str  # as entries name it

    def __str__(self) -> str:
        return f"{self.policy} {self.version} ({self.digest})"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands in `manifest.json`.

    files       one of them with the entries
    first       sequence of the first entry
    last        sequence of the last one
    checkpoint  a signed note over `size` entries, `last` or more
    left        roots of the perfect subtrees before the first entry, from the left
    right       levels and roots of the perfect subtrees that cover what is behind the last one, from the left
    packs       those that decided in the range
    verifiers   public keys that have signed for the log, as the log says, in order
    introductions  notes that lead from the first of these keys to the later ones
    """

    files: tuple[ListedFile, ...]
    first: int
    last: int
    checkpoint: str
    size: int
    left: tuple[bytes, ...]
    right: tuple[tuple[int, bytes], ...]
    packs: tuple[ListedPack, ...]
    verifiers: tuple[Verifier, ...]
    introductions: tuple[str, ...]

    @property
    def entries(self) -> ListedFile:
        """The file with the entries."""
        return next(each for each in self.files if each.entries is not None)

    @property
    def format(self) -> str:
        """How the entries are written: one of FORMATS."""
        return _ENTRIES[self.entries.name]

    @property
    def before(self) -> Frontier:
        """The tree of the entries before the first one."""
        return Frontier(self.first - 1, self.left)

    @property
    def text(self) -> bytes:
        """The file's bytes."""
        told = {
            "format": _FORMAT,
            "files": [each.as_json() for each in self.files],
            "first": self.first,
            "last": self.last,
            "after": self.first - 1,
            "checkpoint": self.checkpoint,
            "size": self.size,
            "left": [_base64(each) for each in self.left],
            "right": [[level, _base64(root)] for level, root in self.right],
            "packs": [{"policy": each.policy, "version": each.version, "digest": each.digest} for each in self.packs],
            "verifiers": [each.text for each in self.verifiers],
            "introductions": list(self.introductions),
        }
        return json.dumps(told, indent=2, ensure_ascii=False).encode() + b"\n"


def pack_file_name(digest: str, path: str) -> str:
    """Return under which name a file of a pack stands in an export; ValueError unless it is inside of its folder."""
    found = _DIGEST.fullmatch(digest)
    if found is None or not _is_below(path):
        raise ValueError(f"the file '{path}' of the pack {digest} can't be stored under that name")
    return f"packs/{found[1]}/{path}"


class DecidingPacks:
    """Notes which packs decided entries. That the entries are canonical is relied on, not looked at.

    The policy is the last member of a decision, and its digest the first of that; a quote within a text is written with
    a backslash before it, so that no text looks like this. Reading all of each entry would take twenty times as long.

    found  the packs
    """

    def __init__(self) -> None:
        self.found: set[ListedPack] = set()
        self._ends: tuple[bytes, ...] = ()

    def take(self, bodies: Sequence[bytes]) -> Sequence[tuple[int, bytes]]:
        """Take entries; return those that no pack has decided, each with its place among them."""
        others = []
        for place, body in enumerate(bodies):
            if body.endswith(self._ends):
                continue
            end = body[body.rfind(_POLICY) :]
            pack = _pack_named(end) if end.startswith(_POLICY) else None
            if pack is None:
                others.append((place, body))
                continue
            if len(self.found) < _MOST_PACKS:
                self.found.add(pack)
            if len(self._ends) < _MOST_ENDS:
                self._ends += (end,)
        return others


def _pack_named(end: bytes) -> ListedPack | None:
    """Return the pack that the end of an entry names; None where that is no such end."""
    try:
        told: Any = parse(b"{" + end[1:])
        told = told["policy"]
        found = ListedPack(told["id"], told["version"], told["digest"])
    except (MalformedJson, KeyError, TypeError):
        return None
    return found if all(isinstance(each, str) for each in (found.policy, found.version, found.digest)) else None


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the export in a folder. Raises BadManifest; NoManifest where there is none to read."""
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1)
    except OSError as wrong:
        raise NoManifest(path, f"The manifest can't be read: {wrong.strerror}.") from None
    if len(text) > _MOST_BYTES:
        raise BadManifest(path, f"The manifest is larger than {_MOST_BYTES} bytes.")
    try:
        return _Reader(parse(text)).manifest()
    except MalformedJson as wrong:
        raise BadManifest(path, f"The manifest is no JSON: {wrong}.") from None
    except (ValueError, BadKey) as wrong:
        raise BadManifest(path, f"{str(wrong)[:1].upper()}{str(wrong)[1:].removesuffix('.')}.") from None


class _Reader:
    """Reads an object of the manifest; every call raises ValueError with what is wrong."""

    def __init__(self, told: object, where: str = "") -> None:
        if not isinstance(told, Mapping):
            raise ValueError(f"{where.rstrip('.') or 'the manifest'} is no object")  # noqa: TRY004 - the file is wrong
        self.told: Mapping[str, Any] = told
        self.where = where

    def manifest(self) -> Manifest:
        if self.told.get("format") != _FORMAT:
            raise ValueError(f"the format is {self.told.get('format')!r}, not '{_FORMAT}'")
        found = Manifest(
            files=tuple(self._each("files", _file)),
            first=self.count("first"),
            last=self.count("last"),
            checkpoint=self.text("checkpoint"),
            size=self.count("size"),
            left=tuple(self._each("left", _hash)),
            right=tuple(self._each("right", _subtree)),
            packs=tuple(self._each("packs", _pack)),
            verifiers=tuple(self._each("verifiers", _verifier)),
            introductions=tuple(self._each("introductions", _note)),
        )
        _require_consistent(found, self.count("after"))
        return found

    def text(self, name: str) -> str:
        value = self.told.get(name)
        if not isinstance(value, str):
            raise ValueError(f"{self.where}{name} is no text")  # noqa: TRY004 - as above
        return value

    def count(self, name: str) -> int:
        value = self.told.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
            raise ValueError(f"{self.where}{name} is no number of 0 or more")
        return value

    def _each(self, name: str, read: Callable[[object, str], _Value]) -> Iterator[_Value]:
        values = self.told.get(name)
        if not isinstance(values, list):
            raise ValueError(f"{name} is no list")  # noqa: TRY004 - as above
        return (read(value, f"{name}[{place}]") for place, value in enumerate(values))


def _file(value: object, where: str) -> ListedFile:
    told = _Reader(value, f"{where}.")
    name, digest = told.text("name"), told.text("sha256")
    if not (name in _ENTRIES or (name.startswith("packs/") and _is_below(name))):
        raise ValueError(f"{where} is called {name!r}, which is no name of a file in an export")
    if not _SHA256.fullmatch(digest):
        raise ValueError(f"{where}.sha256 is not 64 hexadecimal digits in small letters")
    return ListedFile(name, told.count("bytes"), digest, told.count("entries") if name in _ENTRIES else None)


def _pack(value: object, where: str) -> ListedPack:
    told = _Reader(value, f"{where}.")
    if not _DIGEST.fullmatch(told.text("digest")):
        raise ValueError(f"{where}.digest is not 'sha256:' and 64 hexadecimal digits in small letters")
    return ListedPack(told.text("policy"), told.text("version"), told.text("digest"))


def _hash(value: object, where: str) -> bytes:
    try:
        found = read_base64(value if isinstance(value, str) else "")
    except ValueError:
        found = b""
    if len(found) != HASH_BYTES:
        raise ValueError(f"{where} is not {HASH_BYTES} bytes in base64")
    return found


def _subtree(value: object, where: str) -> tuple[int, bytes]:
    if not isinstance(value, list) or len(value) != 2 or not isinstance(value[0], int):
        raise ValueError(f"{where} is not a level and a hash")
    return int(value[0]), _hash(value[1], f"{where}[1]")


def _note(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{where} is no text")  # noqa: TRY004 - the file is wrong
    return value


def _verifier(value: object, where: str) -> Verifier:
    if not isinstance(value, str):
        raise ValueError(f"{where} is no text")  # noqa: TRY004 - as above
    return Verifier.parse(value)


def _is_below(name: str) -> bool:
    """Tell whether a name stays in its folder on every system, and is shown as it is."""
    return name.isprintable() and "\\" not in name and not {"", ".", ".."} & set(name.split("/"))


def _require_consistent(told: Manifest, after: int) -> None:
    """Raise ValueError unless the numbers and lists of a manifest go together."""
    names = [each.name for each in told.files]
    if len(set(names)) != len(names):
        raise ValueError("a file is listed twice")
    if sum(each.entries is not None for each in told.files) != 1:
        raise ValueError(f"files lists not exactly one of {', '.join(_ENTRIES)}")
    if not 0 < told.first <= told.last <= told.size or after != told.first - 1:
        raise ValueError(f"{told.first} to {told.last}, after {after}, is no range of {told.size} entries")
    if len(told.left) != after.bit_count():
        raise ValueError(f"left has {len(told.left)} hashes; for {after} entries it has {after.bit_count()}")
    levels = [level for level, _ in cover(told.last, told.size)]
    if [level for level, _ in told.right] != levels:
        raise ValueError(f"right has not the levels {levels}, which cover entries {told.last + 1} to {told.size}")


def _base64(value: bytes) -> str:
    return b64encode(value).decode("ascii")
