"""An export checked by its manifest, with nothing of the log at hand. Exports are written in `exports.py`.

Only the checkpoint in the manifest is signed. So what is proven is what leads to it: the entries, and through the
digests in them the packs. The SHA-256 of each file, which is not signed, tells what was changed by chance.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import Any

from service.audit.checking.findings import Findings
from service.audit.exporting.columns import BadRows
from service.audit.exporting.entry_files import read_rows
from service.audit.exporting.manifests import (
    MANIFEST,
    BadManifest,
    DecidingPacks,
    ListedFile,
    Manifest,
    NoManifest,
    read_manifest,
)
from service.audit.log.entries import introduction_in
from service.audit.proof.checkpoints import BadCheckpoint, Checkpoint, open_checkpoint, unverified_checkpoint
from service.audit.proof.merkle import leaf_hashes
from service.audit.proof.notes import BadNote, Verifier
from service.audit.proof.successions import Introduction, Succession, sorted_by_size
from service.errors import ClausewiseError
from service.jsontext import Json, canonical, parse_kept
from service.pack.pack_folder import digest_of_hashes

__all__ = ["Checked", "ExportFinding", "check_export"]

_CONSEQUENCES = frozenset({"column"})  # what mostly comes of rows that moved
_ROTATION = b'"kind":"rotation"'


@dataclass(frozen=True, slots=True)
class ExportFinding:
    """One thing that is wrong with an export.

    code   `manifest`: the manifest is none, or contradicts itself, and nothing else was looked at; `file`: a file is
           not there, not the one that the manifest tells of, or one too many; `rows`: it can't be read on, or has
           another number of entries; `column`: columns beside an entry don't say what it does; `entry`: an entry is
           none; `root`: the entries don't lead to what is signed; `checkpoint`: what is signed, or was given, can't be
           believed; `rewritten`: the log does not continue a checkpoint that was given; `key`: the signing key was
           changed without the old key's word; `pack`: a pack is not the one that decided, or one lacks
    says   a sentence
    file   the file that is meant, where it is one
    first  the first entry that is meant, where there is one
    last   the last one
    """

    code: str
    says: str
    file: str | None = None
    first: int | None = None
    last: int | None = None

    def as_json(self) -> Json:
        """Return it as an element of a report."""
        return {"code": self.code, "says": self.says, "file": self.file, "first": self.first, "last": self.last}


@dataclass(slots=True, kw_only=True)
class Checked(Findings[ExportFinding]):
    """What the check of an export found.

    manifest    by which it was checked; None when it is none
    checkpoint  what a key has signed; None when that can't be believed
    agreeing    sizes of the checkpoints that were given and that the entries lead to
    disagreeing sizes of those that they don't lead to
    apart       sizes of those that this export can't be compared with
    """

    manifest: Manifest | None
    checkpoint: Checkpoint | None = None
    agreeing: list[int] = field(default_factory=list)
    disagreeing: list[int] = field(default_factory=list)
    apart: list[int] = field(default_factory=list)

    def add(
        self, code: str, says: str, file: str | None = None, first: int | None = None, last: int | None = None
    ) -> None:
        """Note a finding."""
        self.note(ExportFinding(code, says, file, first, first if last is None else last))


def check_export(  # noqa: PLR0913 - what is checked, and all that is known of it
    folder: Path,
    trusted: Sequence[Verifier] = (),
    earlier: Sequence[str] = (),
    progress: Callable[[int], None] = lambda _: None,
    *,
    names: Sequence[str] = (),
    introductions: Sequence[str] = (),
) -> Checked:
    """Check the export in a folder, and return what was found. Memory stays flat, however large it is.

    trusted   public keys that the caller knows to be the log's, in the order in which it had them; none: those that
              the manifest names
    earlier   signed checkpoints that somebody kept, of any size; those within the export are compared with it
    progress  called now and then with the number of entries so far
    names     what findings call these checkpoints: the file of each
    introductions  of keys, as the log lists them by now: an export knows nothing of keys that came later
    Raises NoManifest. A manifest that is there and makes no sense is what was found, and all that can be.
    """
    called = [f"The checkpoint in '{name}'" for name in names] or ["A checkpoint that was given"] * len(earlier)
    try:
        manifest = read_manifest(folder)
    except NoManifest:
        raise
    except BadManifest as wrong:
        return _unreadable(wrong, trusted)
    notes = [*manifest.introductions, *introductions]
    return _Check(folder, manifest, trusted, notes, list(zip(called, earlier, strict=True)), progress).run()


def _unreadable(wrong: BadManifest, trusted: Sequence[Verifier]) -> Checked:
    checked = Checked(manifest=None, keys=[each.text for each in trusted], vouched=bool(trusted))
    checked.add("manifest", f"The manifest can't be one that an export wrote. {wrong.reason}", MANIFEST)
    return checked


class _Check:
    def __init__(  # noqa: PLR0913, PLR0917 - what is checked, and all that is known of it
        self,
        folder: Path,
        manifest: Manifest,
        trusted: Sequence[Verifier],
        introductions: Sequence[str],
        earlier: Sequence[tuple[str, str]],
        progress: Callable[[int], None],
    ) -> None:
        self.folder = folder
        self.manifest = manifest
        self.progress = progress
        self.trusted = tuple(trusted)
        self.introductions = dict.fromkeys(introductions, 0)  # with the entry that brings it, or nothing
        self.keys, self.unsigned = self._succession()
        self.checked = Checked(manifest=manifest, keys=[each.text for each in self.keys.known], vouched=bool(trusted))
        self.listed = manifest.entries
        self.altered: set[str] = set()  # files that are not as the manifest says
        self.believed: list[tuple[str, str, Checkpoint]] = []  # as long as entries don't tell that a key was replaced
        self.signed = self._read_checkpoint()
        self.earlier = self._read_earlier(earlier)
        self.frontier = manifest.before
        self.roots = {self.frontier.size: self.frontier.root()}  # at the sizes that are asked for
        self.packs = DecidingPacks()

    def run(self) -> Checked:
        """Return what was found: files first, then entries, then what they lead to, then packs."""
        for each in self.manifest.files:
            self._check_file(each)
        self._look_for_others()
        is_whole = self._path(self.listed.name) is not None and self._read_entries()
        self._check_signers()
        is_right = is_whole and self._check_root()
        if not is_right or self.listed.name in self.altered:
            self._look_closer()
        if is_whole:
            self._check_keys()
            self._check_packs()
        self.checked.put_last(_CONSEQUENCES)
        return self.checked

    # what is signed

    def _read_checkpoint(self) -> Checkpoint | None:
        """Return what the checkpoint says, even where nobody known has signed it: there may be more to find."""
        note = self.manifest.checkpoint
        found: Checkpoint | None
        try:
            found = self.checked.checkpoint = open_checkpoint(note, self._possible())
            self.believed.append(("The checkpoint", note, found))
        except (BadNote, BadCheckpoint) as wrong:
            self.checked.add("checkpoint", f"The checkpoint can't be believed: {wrong}", MANIFEST)
            found = _unsigned(note)
        if found is not None and found.size != self.manifest.size:
            says = f"The checkpoint is of {found.size} entries, not of {self.manifest.size}, as the manifest says."
            self.checked.add("checkpoint", says, MANIFEST)
            return None
        return found

    def _read_earlier(self, notes: Sequence[tuple[str, str]]) -> dict[int, Checkpoint]:
        given: dict[int, Checkpoint] = {}
        for called, note in notes:
            try:
                opened = open_checkpoint(note, self._possible())
            except (BadNote, BadCheckpoint) as wrong:
                self.checked.add("checkpoint", f"{called} can't be believed: {wrong}")
                continue
            if self.signed is not None and opened.origin != self.signed.origin:
                says = f"{called} is of {opened.origin}, the export of {self.signed.origin}."
                self.checked.add("checkpoint", says)
                continue
            self.believed.append((called, note, opened))
            if given.setdefault(opened.size, opened) != opened:
                says = f"Two checkpoints of {opened.size} entries that were given have different roots."
                self.checked.add("rewritten", says, None, 1, opened.size)
        return given

    # files

    def _path(self, name: str) -> Path | None:
        """Return where a file of the export lies; None when it is no plain file inside of the folder."""
        path = self.folder
        for step in name.split("/"):
            path /= step
            if os.path.islink(path):  # noqa: PTH114 - Path's own raises for names that no file can have
                return None
        return path if os.path.isfile(path) else None  # noqa: PTH113 - as above

    def _check_file(self, told: ListedFile) -> None:
        path = self._path(told.name)
        if path is None:
            self.altered.add(told.name)
            self.checked.add("file", f"The file {told.name} is not there, or is a link.", told.name)
            return
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
            size = file.tell()
        if digest != told.sha256:
            self.altered.add(told.name)
            what = f"has {size} bytes, not {told.size}" if size != told.size else "has another SHA-256"
            says = f"The file {told.name} was changed since the manifest was written: it {what}."
            self.checked.add("file", says, told.name)
        elif size != told.size:
            self.altered.add(told.name)
            says = f"The manifest says that {told.name} has {told.size} bytes; it has {size}."
            self.checked.add("file", says, MANIFEST)

    def _look_for_others(self) -> None:
        """Tell of files of entries that the manifest does not: who opens the folder takes them for the export's."""
        for name in sorted(each.name for each in self.folder.iterdir()):
            if name.startswith("entries.") and name != self.listed.name:
                self.checked.add("file", f"The file {name} is not in the manifest: nothing proves what is in it.", name)

    # entries

    def _read_entries(self) -> bool:
        """Build the tree from the entries, and compare columns; tell whether all could be read."""
        name, first = self.listed.name, self.manifest.first
        with (self.folder / name).open("rb") as file:
            try:
                for rows in read_rows(self.manifest.format, file):
                    at = first + self.checked.entries
                    self._grow(leaf_hashes(rows.bodies))
                    for place, columns in rows.wrong_cells(at):
                        self._tell_columns(at + place, columns)
                    for place, body in self.packs.take(rows.bodies):
                        if _ROTATION in body:
                            self._check_rotation(at + place, body)
                    self.checked.entries += len(rows.bodies)
                    self.progress(self.checked.entries)
            except BadRows as wrong:
                place = first + self.checked.entries
                says = f"{name} {wrong.reason}; the entries before {place} could be read."
                self.checked.add("rows", says, name, place, max(place, self.manifest.last))
                return False
        told = self.manifest.last - first + 1
        if self.checked.entries != told or self.listed.entries != told:
            says = (
                f"{name} has {self.checked.entries} entries, and the manifest tells of {self.listed.entries}; "
                f"{first} to {self.manifest.last} are {told}."
            )
            self.checked.add("rows", says, name)
        return self.checked.entries == told

    def _grow(self, leaves: Sequence[bytes]) -> None:
        """Take entries into the tree, and note its root at each size that is asked for."""
        start = self.frontier.size
        for size in sorted(each for each in self.earlier if start < each <= start + len(leaves)):
            self.frontier = self.frontier.extended(leaves[self.frontier.size - start : size - start])
            self.roots[size] = self.frontier.root()
        self.frontier = self.frontier.extended(leaves[self.frontier.size - start :])

    def _tell_columns(self, sequence: int, columns: Sequence[str]) -> None:
        if columns == ["entry"]:
            self.checked.add("entry", f"Entry {sequence} is no JSON object.", self.listed.name, sequence)
            return
        names = ", ".join(columns)
        says = f"Beside entry {sequence} the file says something else than the entry does: {names}."
        self.checked.add("column", says, self.listed.name, sequence)

    def _check_rotation(self, sequence: int, body: bytes) -> None:
        """Take the introduction that an entry brings: the manifest may leave it out."""
        try:
            told: Any = parse_kept(body)
            if told["kind"] == "rotation":  # else its reason tells of one
                self.introductions[introduction_in(told, sequence)] = sequence
        except BadNote:
            says = f"Entry {sequence} tells of no change of the signing key that could have been made."
            self.checked.add("key", says, self.listed.name, sequence)
        except (KeyError, TypeError, ValueError, ClausewiseError):
            return  # what is no entry of the log has another root

    # keys

    def _succession(self) -> tuple[Succession, list[str]]:
        """Return the keys of the log by all introductions so far, and those of these that no earlier key has signed.

        Whoever trusts a later key is not led from the first one, which the log knows all the same.
        """
        own = Succession(self.manifest.verifiers[:1], vouched=False)
        keys = Succession(self.trusted) if self.trusted else own
        unsigned = []
        for note in sorted_by_size(self.introductions):
            with suppress(BadNote):
                vouched = [each.introduce(note) for each in {keys, own}]
                if not any(vouched):
                    unsigned.append(note)
        return keys, unsigned

    def _possible(self) -> Sequence[Verifier]:
        """Return the keys that may turn out to be the log's once its entries are read."""
        named = [Introduction.parse(note).verifier for note in sorted_by_size(self.introductions)]
        return list(dict.fromkeys((*self.keys.known, *(() if self.trusted else self.manifest.verifiers), *named)))

    def _check_signers(self) -> None:
        """Tell of keys for which none before has signed, and of checkpoints by keys that don't speak for the log."""
        self.keys, self.unsigned = self._succession()
        refused = []
        for called, note, opened in self.believed:
            wrong = self._refusal(note)
            if wrong is not None:
                refused.append(id(opened))
                file = MANIFEST if opened is self.checked.checkpoint else None
                self.checked.add("checkpoint", f"{called} can't be believed: {wrong}.", file)
        if id(self.checked.checkpoint) in refused:
            self.checked.checkpoint = None
        for note in self.unsigned:
            if self.introductions[note]:
                says = f"Entry {self.introductions[note]} changes the signing key without the old key's word."
                self.checked.add("key", says, self.listed.name, self.introductions[note])
        self.earlier = {size: each for size, each in self.earlier.items() if id(each) not in refused}
        self.checked.keys = [each.text for each in self.keys.known]
        self.checked.replaced = self.keys.replaced()

    def _refusal(self, note: str) -> str | None:
        try:
            opened, signers = self.keys.opened(note)
        except (BadNote, BadCheckpoint) as wrong:
            return str(wrong).removesuffix(".")
        return self.keys.refusal(signers, opened) or self.keys.doubt(signers, opened)

    def _check_keys(self) -> None:
        """Tell of keys that nothing leads to, where nobody vouches for any; of those in entries it is told already."""
        if self.checked.vouched:
            return
        told = {Introduction.parse(note).verifier for note in self.unsigned if not self.introductions[note]}
        for verifier in self.manifest.verifiers:
            if verifier in told or verifier not in self.keys.known:
                says = f"The manifest names the key {verifier.label}, for which no earlier key has signed."
                self.checked.add("key", says, MANIFEST)

    def _look_closer(self) -> None:
        """Look for entries that are not as they are written: these were changed, whatever else was."""
        path = self._path(self.listed.name)
        if path is None:
            return
        sequence = self.manifest.first
        told = {each.first for each in self.checked.findings if each.code == "entry"}
        with path.open("rb") as file:
            try:
                for rows in read_rows(self.manifest.format, file):
                    for place, body in enumerate(rows.bodies, sequence):
                        if place not in told and not _is_canonical(body):
                            self.checked.add("entry", f"Entry {place} is no canonical JSON.", self.listed.name, place)
                    sequence += len(rows.bodies)
            except BadRows:
                return  # it is told already

    # what the entries lead to

    def _check_root(self) -> bool:
        """Compare the tree with what is signed; tell whether it agrees."""
        for level, root in self.manifest.right:
            self.frontier = self.frontier.with_subtree(level, root)
            self.roots[self.frontier.size] = self.frontier.root()
        self.roots[self.frontier.size] = self.frontier.root()
        others = [each for size, each in sorted(self.earlier.items()) if self._can_compare(size)]
        agreeing = [each.size for each in others if each.root == self.roots[each.size]]
        self.checked.agreeing = agreeing
        self.checked.disagreeing = disagreeing = [each.size for each in others if each.size not in agreeing]
        if self.signed is None:
            return False
        if self.frontier.root() != self.signed.root:
            self._tell_root(agreeing, disagreeing)
            return False
        for size in disagreeing:
            says = f"The log does not continue the checkpoint of {size} entries that was given: it was rewritten since."
            self.checked.add("rewritten", says, None, 1, size)
        return True

    def _can_compare(self, size: int) -> bool:
        if size not in self.roots:
            self.checked.apart.append(size)
        return size in self.roots

    def _tell_root(self, agreeing: Sequence[int], disagreeing: Sequence[int]) -> None:
        """Tell between which entries something was changed, as far as checkpoints that were given bound it."""
        first = max([self.manifest.first, *(size + 1 for size in agreeing)])
        last = min([self.manifest.last, *(size for size in disagreeing if size >= first)])
        signed = f"what the checkpoint of {self.manifest.size} entries signs"
        if first > last:
            says = f"The manifest's hashes of the entries after {first - 1} don't lead to {signed}: they were changed."
            self.checked.add("root", says, MANIFEST)
            return
        which = f"Entries {first} to {last} don't" if first < last else f"Entry {first} doesn't"
        what = "one or more of them were changed, removed, inserted or moved" if first < last else "it was changed"
        others = ", or the manifest's hashes of the entries around them were" if self._has_others(first) else ""
        how = (
            ""
            if self.listed.name in self.altered
            else " The file has the SHA-256 of the manifest, which was then changed too."
        )
        self.checked.add("root", f"{which} lead to {signed}: {what}{others}.{how}", self.listed.name, first, last)

    def _has_others(self, first: int) -> bool:
        return bool(self.manifest.right) or (bool(self.manifest.left) and first == self.manifest.first)

    # packs

    def _check_packs(self) -> None:
        """Compare the packs with the digests by which entries, which are proven, name them."""
        listed, found = set(self.manifest.packs), self.packs.found
        for pack in sorted(found - listed, key=str):
            self.checked.add("pack", f"The pack {pack} decided entries, but the export does not have it.", MANIFEST)
        for pack in sorted(listed - found, key=str):
            self.checked.add("pack", f"The pack {pack} is in the export, but decided no entry of it.", MANIFEST)
        digests = {each.digest for each in listed}
        folders = {each.name.split("/")[1] for each in self.manifest.files if each.entries is None}
        for folder in sorted(folders - {each.removeprefix("sha256:") for each in digests}):
            self.checked.add("pack", f"packs/{folder} belongs to no pack that the manifest lists.", MANIFEST)
        for digest in sorted(digests):
            self._check_pack(digest)
        named = {each.name for each in self.manifest.files}
        for name in sorted(set(self._found_packs()) - named):
            self.checked.add("pack", f"The file {name} is not in the manifest.", name)

    def _found_packs(self) -> Iterator[str]:
        """Yield the names of all that lies below `packs`: one file more, and a pack is another one."""
        for above, folders, files in os.walk(self.folder / "packs"):
            links = [name for name in folders if (Path(above) / name).is_symlink()]
            yield from ((Path(above) / name).relative_to(self.folder).as_posix() for name in (*files, *links))

    def _check_pack(self, digest: str) -> None:
        above = f"packs/{digest.removeprefix('sha256:')}/"
        files = [each for each in self.manifest.files if each.name.startswith(above)]
        if self.altered.intersection(each.name for each in files):
            return  # it is told which
        # The others have the hashes that the manifest tells.
        if digest_of_hashes({each.name.removeprefix(above): each.sha256 for each in files}, {}) != digest:
            says = f"The files below {above} are not those of the pack: they don't have the digest that entries name."
            self.checked.add("pack", says, above.rstrip("/"))


def _unsigned(note: str) -> Checkpoint | None:
    try:
        return unverified_checkpoint(note)
    except BadCheckpoint:
        return None


def _is_canonical(body: bytes) -> bool:
    try:
        return canonical(parse_kept(body)) == body
    except (ClausewiseError, ValueError):
        return False
