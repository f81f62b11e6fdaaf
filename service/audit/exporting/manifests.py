"""The manifest of an export: which files there are, and what proves them. Nothing else of an export is read here.

It tells for each file how long it is and what its SHA-256 is, and it holds what leads from the entries of the export to
a signed checkpoint of the whole log: the hashes of the subtrees before them and behind them.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

from service.audit.exporting.renditions import RENDITIONS
from service.audit.log.entries import PackNamed
from service.audit.proof.merkle import Frontier, cover
from service.audit.proof.notes import BadKey, Verifier, read_base64
from service.errors import ClausewiseError, MalformedJson
from service.jsontext import Json, parse
from service.written.schemas import fits, validator
from service.written.violations import missing_keys, say, violations_in

__all__ = [
    "ENTRIES",
    "MANIFEST",
    "BadManifest",
    "ListedFile",
    "Manifest",
    "NoManifest",
    "measured",
    "pack_file_name",
    "read_manifest",
    "rendition_name",
]

MANIFEST = "manifest.json"
ENTRIES = "entries.ndjson"
"""The entries byte for byte, a line each: canonical JSON has no line breaks."""

_FORMAT = "clausewise-export-v1"
_MOST_BYTES = 64 << 20  # of a manifest
_DIGEST = re.compile("sha256:([0-9a-f]{64})")


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
    entries  how many are in it; None for a file that has no entries
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
    packs: tuple[PackNamed, ...]
    verifiers: tuple[Verifier, ...]
    introductions: tuple[str, ...]

    @property
    def entries(self) -> ListedFile:
        """The file with the entries."""
        return next(each for each in self.files if each.name == ENTRIES)

    @property
    def rendition(self) -> tuple[str, ListedFile] | None:
        """The file that repeats the entries for programs that read tables, and its format; None where there is none."""
        formats = {rendition_name(each): each for each in RENDITIONS}
        return next(((formats[each.name], each) for each in self.files if each.name in formats), None)

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


def measured(path: Path) -> tuple[int, str]:
    """Return how many bytes a file has, and their SHA-256 in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
        return file.tell(), digest


def rendition_name(format_: str) -> str:
    """Return what the rendition of the entries in a format is called."""
    return f"entries.{format_}"


def pack_file_name(digest: str, path: str) -> str:
    """Return under which name a file of a pack stands in an export; ValueError unless it is inside of its folder."""
    found = _DIGEST.fullmatch(digest)
    if found is None or not _is_below(path):
        raise ValueError(f"the file '{path}' of the pack {digest} can't be stored under that name")
    return f"packs/{found[1]}/{path}"


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
        told: Any = parse(text)
        _require_structure(told)
        return _manifest(told)
    except MalformedJson as wrong:
        raise BadManifest(path, f"The manifest is no JSON: {wrong}.") from None
    except (ValueError, BadKey) as wrong:
        raise BadManifest(path, f"{str(wrong)[:1].upper()}{str(wrong)[1:].removesuffix('.')}.") from None


def _require_structure(told: object) -> None:
    """Raise ValueError, with the first thing that is wrong, unless it is what the schema says."""
    if fits("export", told):
        return
    for error in validator("export").iter_errors(told):
        where = ".".join(map(str, error.absolute_path)) or "the manifest"
        for broken in violations_in([error]):
            lacks = f"needs the key '{missing_keys(broken)[0]}'" if broken.keyword == "required" else say(broken)[1]
            raise ValueError(f"{where} {lacks}")
        raise ValueError(f"{where} must not be null")


def _manifest(told: Mapping[str, Any]) -> Manifest:
    """Return the manifest that is told; ValueError unless its numbers, names and lists go together."""
    found = Manifest(
        files=tuple(
            ListedFile(each["name"], each["bytes"], each["sha256"], each.get("entries")) for each in told["files"]
        ),
        first=int(told["first"]),
        last=int(told["last"]),
        checkpoint=told["checkpoint"],
        size=int(told["size"]),
        left=tuple(map(read_base64, told["left"])),
        right=tuple((int(level), read_base64(root)) for level, root in told["right"]),
        packs=tuple(PackNamed(each["policy"], each["version"], each["digest"]) for each in told["packs"]),
        verifiers=tuple(map(Verifier.parse, told["verifiers"])),
        introductions=tuple(told["introductions"]),
    )
    names = [each.name for each in found.files]
    if len(set(names)) != len(names):
        raise ValueError("a file is listed twice")
    renditions = [rendition_name(each) for each in RENDITIONS]
    for place, name in enumerate(names):
        if not (name in {ENTRIES, *renditions} or (name.startswith("packs/") and _is_below(name))):
            raise ValueError(f"files.{place} is called {name!r}, which is no name of a file in an export")
    if ENTRIES not in names or sum(each in names for each in renditions) > 1:
        raise ValueError(f"files must list {ENTRIES}, and at most one of {', '.join(renditions)}")
    if not 0 < found.first <= found.last <= found.size or told["after"] != found.first - 1:
        range_ = f"{found.first} to {found.last}, after {told['after']}"
        raise ValueError(f"{range_}, is no range of {found.size} entries")
    before = found.first - 1
    if len(found.left) != before.bit_count():
        raise ValueError(f"left has {len(found.left)} hashes; for {before} entries it has {before.bit_count()}")
    levels = [level for level, _ in cover(found.last, found.size)]
    if [level for level, _ in found.right] != levels:
        raise ValueError(f"right has not the levels {levels}, which cover entries {found.last + 1} to {found.size}")
    return found


def _is_below(name: str) -> bool:
    """Tell whether a name stays in its folder on every system, and is shown as it is."""
    return name.isprintable() and "\\" not in name and not {"", ".", ".."} & set(name.split("/"))


def _base64(value: bytes) -> str:
    return b64encode(value).decode("ascii")
