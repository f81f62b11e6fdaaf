"""An export checked by its manifest, with nothing of the log at hand. Exports are written in `exports.py`.

Only the checkpoint in the manifest is signed. So what is proven is what leads to it: the entries, and through the
digests in them the packs; a rendition says what the entries do. The SHA-256 of each file, which is not signed, tells
what was changed by chance.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from service.audit.checking.findings import Report
from service.audit.checking.given import Given
from service.audit.checking.judging import Side
from service.audit.exporting.manifests import (
    ENTRIES,
    MANIFEST,
    BadManifest,
    ListedFile,
    Manifest,
    NoManifest,
    measured,
    read_manifest,
)
from service.audit.exporting.renditions import BadLines, lines_of, rendition_in
from service.audit.log.entries import Ends, introduction_in, told_by
from service.audit.proof.checkpoints import BadCheckpoint, Checkpoint, unverified_checkpoint
from service.audit.proof.merkle import leaf_hashes
from service.audit.proof.notes import BadNote, Verifier
from service.audit.proof.successions import Introduction, Succession, sorted_by_size
from service.errors import ClausewiseError
from service.jsontext import canonical, parse_kept
from service.pack.pack_folder import digest_of_hashes

__all__ = ["ExportReport", "check_export"]


@dataclass(slots=True, kw_only=True)
class ExportReport(Report):
    """What the check of an export found.

    manifest    by which it was checked; None when it is none
    checkpoint  what a key has signed; None when that can't be believed
    """

    manifest: Manifest | None = None
    checkpoint: Checkpoint | None = None


def check_export(
    folder: Path,
    trusted: Sequence[Verifier] = (),
    given: Sequence[Given] = (),
    progress: Callable[[int], None] = lambda _: None,
    *,
    introductions: Sequence[str] = (),
) -> ExportReport:
    """Check the export in a folder, and return what was found. Memory stays flat, however large it is.

    trusted   public keys that the caller knows to be the log's, in the order in which it had them; none: those that
              the manifest names
    given     checkpoints that somebody kept, of any size; those within the export are compared with it
    progress  called now and then with the number of entries so far
    introductions  of keys, as the log lists them by now: an export knows nothing of keys that came later
    Raises NoManifest, and ParquetLacking. A manifest that is there and makes no sense is what was found, and all that
    can be.
    """
    report = ExportReport(keys=[each.text for each in trusted], vouched=bool(trusted), given=given)
    try:
        report.manifest = read_manifest(folder)
    except NoManifest:
        raise
    except BadManifest as wrong:
        report.add("manifest", f"The manifest can't be one that an export wrote. {wrong.reason}", file=MANIFEST)
        return report
    return _Check(folder, report.manifest, trusted, report, progress).run(introductions)


class _Check:
    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        trusted: Sequence[Verifier],
        report: ExportReport,
        progress: Callable[[int], None],
    ) -> None:
        self.folder = folder
        self.manifest = manifest
        self.progress = progress
        self.trusted = tuple(trusted)
        self.report = report
        self.altered: set[str] = set()  # files that are not as the manifest says
        self.brought: dict[str, int] = {}  # introductions of keys, each with the entry that brings it
        self.tree = Side(manifest.before, {manifest.before.size: manifest.before.root()})
        self.ends = Ends()

    def run(self, introductions: Sequence[str]) -> ExportReport:
        """Return what was found: in files and entries first, then in what they lead to, and in packs."""
        for each in self.manifest.files:
            self._check_file(each)
        self._look_for_others()
        is_whole = self._path(ENTRIES) is not None and self._read_entries()
        keys, unsigned = self._succession([*self.manifest.introductions, *introductions, *self.brought])
        signed = self._signed(keys)
        self._check_given(keys, signed, is_whole=is_whole)
        is_right = is_whole and self._check_root(signed)
        if not is_right or ENTRIES in self.altered:
            self._look_closer()
        self._check_keys(keys, unsigned, is_whole=is_whole)
        if is_whole:
            self._check_rendition()
            self._check_packs()
        self.report.believe(keys)
        self.report.put_last("column")
        return self.report

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
            self.report.add("file", f"The file {told.name} is not there, or is a link.", file=told.name)
            return
        size, digest = measured(path)
        if digest != told.sha256:
            self.altered.add(told.name)
            what = f"has {size} bytes, not {told.size}" if size != told.size else "has another SHA-256"
            says = f"The file {told.name} was changed since the manifest was written: it {what}."
            self.report.add("file", says, file=told.name)
        elif size != told.size:
            self.altered.add(told.name)
            says = f"The manifest says that {told.name} has {told.size} bytes; it has {size}."
            self.report.add("file", says, file=MANIFEST)

    def _look_for_others(self) -> None:
        """Tell of files of entries, or of packs, that the manifest does not: they would be taken for the export's."""
        listed = {each.name for each in self.manifest.files}
        for path in sorted([*self.folder.glob("entries.*"), *(self.folder / "packs").rglob("*")]):
            name = path.relative_to(self.folder).as_posix()
            if name not in listed and (path.is_symlink() or not path.is_dir()):
                says = f"The file {name} is not in the manifest: nothing proves what is in it."
                self.report.add("pack" if "/" in name else "file", says, file=name)

    # entries

    def _read_entries(self) -> bool:
        """Build the tree, from the entries and what the manifest tells of those behind; tell whether all were read."""
        sizes = [each.size for each in self.report.given]
        with (self.folder / ENTRIES).open("rb") as file:
            try:
                for bodies in lines_of(file):
                    at = self.manifest.first + self.report.entries
                    self.tree.grow(leaf_hashes(bodies), sizes)
                    for place, body in self.ends.others(bodies):
                        self._look_for_key(at + place, body)
                    self.report.entries += len(bodies)
                    self.progress(self.report.entries)
            except BadLines as wrong:
                place = self.manifest.first + self.report.entries
                says = f"{ENTRIES} {wrong}; the entries before {place} could be read."
                self.report.add("rows", says, place, max(place, self.manifest.last), file=ENTRIES)
                return False
        first, last = self.manifest.first, self.manifest.last
        told, listed = last - first + 1, self.manifest.entries.entries
        if self.report.entries != told or listed != told:
            counts = f"{self.report.entries} entries, and the manifest tells of {listed}; {first} to {last} are {told}"
            self.report.add("rows", f"{ENTRIES} has {counts}.", file=ENTRIES)
        if self.report.entries != told:
            return False
        for level, root in self.manifest.right:
            self.tree.frontier = self.tree.frontier.with_subtree(level, root)
            self.tree.roots[self.tree.frontier.size] = self.tree.frontier.root()
        return True

    def _look_for_key(self, sequence: int, body: bytes) -> None:
        """Take the introduction that an entry brings: the manifest may leave it out."""
        try:
            told = told_by(body)
            if told.get("kind") == "rotation":
                self.brought[introduction_in(told, sequence)] = sequence
        except BadNote:
            says = f"Entry {sequence} tells of no change of the signing key that could have been made."
            self.report.add("key", says, sequence, file=ENTRIES)
        except ValueError:
            return  # what is no entry of the log has another root

    def _look_closer(self) -> None:
        """Look for entries that are not as they are written: these were changed, whatever else was."""
        path = self._path(ENTRIES)
        if path is None:
            return
        with path.open("rb") as file, suppress(BadLines):  # of which is told already
            for sequence, body in enumerate(chain.from_iterable(lines_of(file)), self.manifest.first):
                if not _is_canonical(body):
                    self.report.add("entry", f"Entry {sequence} is no canonical JSON object.", sequence, file=ENTRIES)

    def _check_rendition(self) -> None:
        """Compare a rendition with the entries, up to the first row that says something else."""
        if self.manifest.rendition is None:
            return
        format_, listed = self.manifest.rendition
        path = self._path(listed.name)
        if path is None:
            return
        first = self.manifest.first
        with path.open("rb") as repeated, (self.folder / ENTRIES).open("rb") as file:
            are_same = enumerate(rendition_in(format_).compare(repeated, first, lines_of(file)), first)
            place = next((place for place, is_same in are_same if not is_same), None)
        if place is not None:
            says = f"{listed.name} says something else than the entries do, from entry {place} on."
            self.report.add("column", says, place, max(place, self.manifest.last), file=listed.name)

    # what is signed

    def _succession(self, notes: Sequence[str]) -> tuple[Succession, list[str]]:
        """Return the keys of the log by all introductions, and those of these that no earlier key has signed.

        Whoever trusts a later key is not led from the first one, which the log knows all the same.
        """
        own = Succession(self.manifest.verifiers[:1], vouched=False)
        keys = Succession(self.trusted) if self.trusted else own
        unsigned = []
        for note in sorted_by_size(notes):
            with suppress(BadNote):
                vouched = [each.introduce(note) for each in {keys, own}]
                if not any(vouched):
                    unsigned.append(note)
        return keys, unsigned

    def _signed(self, keys: Succession) -> Checkpoint | None:
        """Return what the checkpoint says, even where nobody who speaks has signed it: there may be more to find."""
        note = self.manifest.checkpoint
        found: Checkpoint | None = None
        try:
            found = self.report.checkpoint = keys.believed(note, are_all_known=True)
        except (BadNote, BadCheckpoint) as wrong:
            self.report.add("checkpoint", f"The checkpoint can't be believed: {wrong}", file=MANIFEST)
            with suppress(BadCheckpoint):
                found = unverified_checkpoint(note)
        if found is not None and found.size != self.manifest.size:
            says = f"The checkpoint is of {found.size} entries, not of {self.manifest.size}, as the manifest says."
            self.report.add("checkpoint", says, file=MANIFEST)
            return None
        return found

    def _check_given(self, keys: Succession, signed: Checkpoint | None, *, is_whole: bool) -> None:
        """Find what came of the checkpoints that somebody kept: of those that are believed, and are of this log.

        is_whole  whether the tree was built, so that they can be compared with it
        """
        roots = self.tree.roots
        others: dict[int, bytes] = {}  # what was kept of sizes at which the export has no root: a log has one of each
        for given in self.report.given:
            try:
                opened = given.believed(keys, are_all_known=True)
            except (BadNote, BadCheckpoint) as wrong:
                self.report.add("checkpoint", f"{given.name} can't be believed: {wrong}")
                continue
            if signed is not None and opened.origin != signed.origin:
                given.state, given.why = "foreign", opened.origin
                says = f"{given.name} is of {opened.origin}, the export of {signed.origin}."
                self.report.add("checkpoint", says)
            elif is_whole and opened.root != (roots.get(opened.size) or others.setdefault(opened.size, opened.root)):
                given.state = "contradicted"
            elif is_whole:
                given.state = "continued" if opened.size in roots else "apart"

    def _check_keys(self, keys: Succession, unsigned: Sequence[str], *, is_whole: bool) -> None:
        """Tell of keys for which none before has signed: those in entries; the manifest's where nobody vouches for any.

        is_whole  whether all entries could be read; else what lacks may have brought one
        """
        for note in unsigned:
            if note in self.brought:
                says = f"Entry {self.brought[note]} changes the signing key without the old key's word."
                self.report.add("key", says, self.brought[note], file=ENTRIES)
        if self.trusted or not is_whole:
            return
        told = {Introduction.parse(note).verifier for note in unsigned if note not in self.brought}
        for verifier in self.manifest.verifiers:
            if verifier in told or verifier not in keys.known:
                says = f"The manifest names the key {verifier.label}, for which no earlier key has signed."
                self.report.add("key", says, file=MANIFEST)

    def _check_root(self, signed: Checkpoint | None) -> bool:
        """Compare the tree with what is signed; tell whether it agrees."""
        if signed is None:
            return False
        if self.tree.frontier.root() != signed.root:
            self._tell_root()
            return False
        for size in self.report.given_as("contradicted"):
            says = f"The log does not continue the checkpoint of {size} entries that was given: it was rewritten since."
            self.report.add("rewritten", says, 1, size)
        return True

    def _tell_root(self) -> None:
        """Tell between which entries something was changed, as far as checkpoints that were given bound it."""
        manifest = self.manifest
        first = max([manifest.first, *(size + 1 for size in self.report.given_as("continued"))])
        last = min([manifest.last, *(size for size in self.report.given_as("contradicted") if size >= first)])
        signed = f"what the checkpoint of {manifest.size} entries signs"
        if first > last:
            says = f"The manifest's hashes of the entries after {first - 1} don't lead to {signed}: they were changed."
            self.report.add("root", says, file=MANIFEST)
            return
        which = f"Entries {first} to {last} don't" if first < last else f"Entry {first} doesn't"
        what = "one or more of them were changed, removed, inserted or moved" if first < last else "it was changed"
        has_others = manifest.right or (manifest.left and first == manifest.first)
        others = ", or the manifest's hashes of the entries around them were" if has_others else ""
        says = f"{which} lead to {signed}: {what}{others}."
        if ENTRIES not in self.altered:
            says += " The file has the SHA-256 of the manifest, which was then changed too."
        self.report.add("root", says, first, last, file=ENTRIES)

    # packs

    def _check_packs(self) -> None:
        """Compare the packs with the digests by which entries, which are proven, name them."""
        listed, found = set(self.manifest.packs), self.ends.packs
        for pack in sorted(found ^ listed, key=str):
            lacks = "decided entries, but the export does not have it"
            says = lacks if pack in found else "is in the export, but decided no entry of it"
            self.report.add("pack", f"The pack {pack} {says}.", file=MANIFEST)
        digests = {each.digest for each in listed}
        folders = {each.name.split("/")[1] for each in self.manifest.files if "/" in each.name}
        for folder in sorted(folders - {each.removeprefix("sha256:") for each in digests}):
            self.report.add("pack", f"packs/{folder} belongs to no pack that the manifest lists.", file=MANIFEST)
        for digest in sorted(digests):
            self._check_pack(digest)

    def _check_pack(self, digest: str) -> None:
        above = f"packs/{digest.removeprefix('sha256:')}/"
        files = [each for each in self.manifest.files if each.name.startswith(above)]
        if self.altered.intersection(each.name for each in files):
            return  # it is told which
        # The others have the hashes that the manifest tells.
        if digest_of_hashes({each.name.removeprefix(above): each.sha256 for each in files}, {}) != digest:
            says = f"The files below {above} are not those of the pack: they don't have the digest that entries name."
            self.report.add("pack", says, file=above.rstrip("/"))


def _is_canonical(body: bytes) -> bool:
    try:
        return body.startswith(b"{") and canonical(parse_kept(body)) == body
    except (ClausewiseError, ValueError):
        return False
