"""Exports: a range of the log written into a folder, with all that proves it. The manifest is `manifests.py`'s."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from service.audit.exporting.manifests import (
    ENTRIES,
    MANIFEST,
    ListedFile,
    Manifest,
    measured,
    pack_file_name,
    rendition_name,
)
from service.audit.exporting.renditions import RENDITIONS, lines_of, rendition_in
from service.audit.log.entries import Ends
from service.audit.log.notary import Signed, introductions, verifiers
from service.audit.log.receipts import covering
from service.audit.log.store import Store
from service.audit.proof.checkpoints import open_checkpoint
from service.audit.proof.merkle import Frontier, cover
from service.audit.storage.tree import node_reader, read_frontier
from service.errors import ClausewiseError
from service.files import for_owner, settle

__all__ = ["FORMATS", "ExportRefused", "write_export"]

FORMATS = ("ndjson", *RENDITIONS)
"""The entries alone, or with a rendition beside them."""

_DRAFT = ".clausewise-unfinished"
_PACKS = "packs"
_AT_ONCE = 256  # entries: those of a megabyte must not fill the memory


class ExportRefused(ClausewiseError):
    """An export can't be written; nothing of it is left. The text is a sentence or more."""


def write_export(  # noqa: PLR0913 - what is written, and where to
    store: Store,
    folder: Path,
    format_: str = "ndjson",
    after: int = 0,
    until: int | None = None,
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> Manifest:
    """Write the entries behind a sequence up to another into a folder, and return the manifest.

    folder    made when it is not there; only its owner can read what is written: cases can be personal
    format_   one of FORMATS
    until     the last entry; None: the last one that there is
    progress  called now and then with the number of entries so far
    The manifest comes last: where it is, all is there and on the disk. Memory stays flat, however large the export is.
    Raises ExportRefused: wrong range, something is in the way, the disk is full, the entries contradict what was
    signed; ParquetLacking, EntryDamaged, StoreUnavailable.
    """
    if format_ in RENDITIONS:
        rendition_in(format_)  # what lacks is told before anything is read
    signed = covering(store, _last(store, after, until))
    last = signed.size if until is None else until
    try:
        with _draft(folder) as draft:
            manifest = _Export(store, draft, progress).write(format_, after, last, signed)
            _put_in_place(folder, draft)
    except OSError as wrong:
        raise ExportRefused(f"The export into '{folder}' can't be written: {wrong.strerror or wrong}.") from None
    return manifest


def _last(store: Store, after: int, until: int | None) -> int:
    """Return the last entry that is asked for, or the last one that there is. Raises ExportRefused."""
    with store.database.reading() as connection:
        size = read_frontier(connection).size
    if size == 0:
        raise ExportRefused("The log has no entries yet: there is nothing to export.")
    last = size if until is None else until
    if not 0 <= after < last <= size:
        raise ExportRefused(f"There are no entries after {after} up to {last}: the log has {size}, from 1 to {size}.")
    return last


class _Export:
    """Writes the files of one export into a folder that is nobody else's."""

    def __init__(self, store: Store, folder: Path, progress: Callable[[int], None]) -> None:
        self.store = store
        self.folder = folder
        self.progress = progress
        self.files: list[ListedFile] = []
        self.ends = Ends()

    def write(self, format_: str, after: int, last: int, signed: Signed) -> Manifest:
        with self.store.database.reading() as connection:
            node = node_reader(connection)
            left = tuple(node(level, number) for level, number in cover(0, after))
            right = tuple((level, node(level, number)) for level, number in cover(last, signed.size))
            keys, notes = tuple(verifiers(connection)), tuple(introductions(connection))
        with self._new_file(ENTRIES, last - after) as file:
            tree = self._write_entries(file, Frontier(after, left), last)
        for level, root in right:
            tree = tree.with_subtree(level, root)
        if tree.root() != open_checkpoint(signed.note, keys).root:
            raise ExportRefused(
                f"The log does not lead to its own checkpoint of {signed.size} entries: something was changed in it. "
                "Nothing is exported that would not verify; clausewise audit verify looks for what was changed."
            )
        if format_ in RENDITIONS:
            with (
                self._new_file(rendition_name(format_), last - after) as file,
                (self.folder / ENTRIES).open("rb") as entries,
            ):
                rendition_in(format_).write(file, after + 1, lines_of(entries))
        listed = tuple(sorted(self.ends.packs, key=str))
        for digest in sorted({each.digest for each in listed}):
            self._write_pack(digest)
        for above, _, _ in os.walk(self.folder):
            settle(Path(above))
        files = tuple(self.files)
        manifest = Manifest(files, after + 1, last, signed.note, signed.size, left, right, listed, keys, notes)
        with self._new_file(MANIFEST) as file:
            file.write(manifest.text)
        return manifest

    def _write_entries(self, file: BinaryIO, tree: Frontier, last: int) -> Frontier:
        """Write the entries behind a tree; return the tree that ends with them."""
        after = tree.size
        kept = self.store.entries(after, last)
        while chunk := list(islice(kept, _AT_ONCE)):
            if chunk[-1].sequence != tree.size + len(chunk):
                raise ExportRefused(f"An entry is missing from the log between {tree.size} and {chunk[-1].sequence}.")
            bodies = [each.entry.body for each in chunk]
            file.write(b"\n".join([*bodies, b""]))
            tree = tree.extended([each.entry.leaf for each in chunk])
            self.ends.others(bodies)
            self.progress(tree.size - after)
        if tree.size != last:
            raise ExportRefused(f"Entries {tree.size + 1} to {last} are missing from the log.")
        return tree

    def _write_pack(self, digest: str) -> None:
        """Write the files of a pack that decided."""
        files = self.store.pack_files(digest)
        if not files:
            raise ExportRefused(f"The pack {digest} decided entries, but the log does not have it.")
        for path in sorted(files):
            try:
                name = pack_file_name(digest, path)
            except ValueError as wrong:
                raise ExportRefused(f"The pack can't be exported: {wrong}.") from None
            with self._new_file(name) as file:
                file.write(files[path])

    @contextmanager
    def _new_file(self, name: str, entries: int | None = None) -> Iterator[BinaryIO]:
        """Lend a file that is new, and that only its owner can read; afterwards it is on the disk, and listed."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "xb", opener=for_owner) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        self.files.append(ListedFile(name, *measured(path), entries))


@contextmanager
def _draft(folder: Path) -> Iterator[Path]:
    """Lend a folder inside of the other one, which is removed at the end with all that is still in it.

    Raises ExportRefused when the other one has an export already, or gets one now; OSError.
    """
    is_new = not folder.exists()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(opened, folder)
        _require_room(folder)
        draft = folder / _DRAFT
        try:
            shutil.rmtree(draft, ignore_errors=True)  # of an export that was killed
            draft.mkdir(mode=0o700)
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)
            if is_new:
                with suppress(OSError):
                    folder.rmdir()  # which it does only when nothing is in it
    finally:
        os.close(opened)


def _lock(opened: int, folder: Path) -> None:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ExportRefused(f"Another export is being written into '{folder}'.") from None
    except OSError:
        return  # a disk without locks; two exports at a time into one folder then end in a mess, of which both tell


def _require_room(folder: Path) -> None:
    for name in (MANIFEST, _PACKS, ENTRIES, *map(rendition_name, RENDITIONS)):
        if os.path.lexists(folder / name):
            raise ExportRefused(
                f"'{folder / name}' is there already: an export is never written over. Name another folder."
            )


def _put_in_place(folder: Path, draft: Path) -> None:
    """Move what is written out of the draft, the manifest last; all or nothing."""
    moved: list[Path] = []
    try:
        for path in sorted(draft.iterdir(), key=lambda path: path.name == MANIFEST):
            if path.name == MANIFEST:
                settle(folder)
            moved.append(path.rename(folder / path.name))
        settle(folder)
    except BaseException:
        for path in reversed(moved):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        raise
