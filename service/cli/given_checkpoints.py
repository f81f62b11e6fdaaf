"""Checkpoints that somebody kept and gives to a check: read, and what came of each. They are compared in `audit`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.audit.checking.findings import LogReport
from service.audit.exporting.export_verification import ExportReport
from service.audit.proof.checkpoints import BadCheckpoint, Checkpoint, open_checkpoint, unverified_checkpoint
from service.audit.proof.notes import BadNote, Verifier, note_signers
from service.cli.refusals import Refused
from service.cli.text_files import NoText, read_text
from service.jsontext import Json

__all__ = ["CameOf", "came_of_export", "came_of_log", "read_checkpoints"]


@dataclass(frozen=True, slots=True)
class CameOf:
    """What came of one checkpoint that was given.

    file   as it was called
    size   entries that it is about
    state  `continued`, `contradicted`, `apart` where an export can't be compared with it, `unread` where the export
           can't be read as a whole, `foreign` for that of another log, `unbelieved`
    says   a part of a sentence
    """

    file: str
    size: int
    state: str
    says: str

    def as_json(self) -> Json:
        """Return it as an element of the report."""
        return {"file": self.file, "size": self.size, "state": self.state}


_SAYS = {
    "continued": "the log continues it",
    "contradicted": "the log does not continue it",
    "apart": "can't be compared with this export",
    "unread": "not compared: the export can't be read as a whole",
}


def read_checkpoints(files: Sequence[Path]) -> dict[str, str]:
    """Return the notes in files, by what these are called. Raises Refused for one that holds no signed checkpoint."""
    return {str(file): _read(file) for file in files}


def came_of_log(given: Mapping[str, str], report: LogReport) -> list[CameOf]:
    """Return what the check of a log made of each checkpoint."""
    found = []
    for file, opened in _opened(given, report.keys):
        if isinstance(opened, CameOf):
            found.append(opened)
            continue
        is_continued = report.kept.get(given[file])
        if is_continued is None:
            found.append(CameOf(file, opened.size, "unbelieved", "can't be believed, as the findings tell"))
        else:
            found.append(_came(file, opened, "continued" if is_continued else "contradicted"))
    return found


def came_of_export(given: Mapping[str, str], checked: ExportReport) -> list[CameOf]:
    """Return what the check of an export made of each checkpoint."""
    first: dict[int, Checkpoint] = {}
    found = []
    for file, opened in _opened(given, checked.keys):
        if isinstance(opened, CameOf):
            found.append(opened)
        elif checked.checkpoint is not None and opened.origin != checked.checkpoint.origin:
            found.append(CameOf(file, opened.size, "foreign", f"of another log, {opened.origin}"))
        elif first.setdefault(opened.size, opened) != opened:
            found.append(_came(file, opened, "contradicted"))
        else:
            lists = {
                "continued": checked.agreeing,
                "contradicted": checked.disagreeing,
                "apart": checked.apart,
            }
            state = next((name for name, sizes in lists.items() if opened.size in sizes), "unread")
            found.append(_came(file, opened, state))
    return found


def _read(file: Path) -> str:
    try:
        note = read_text(file)
        note_signers(note)
        unverified_checkpoint(note)
    except OSError as wrong:
        raise Refused(f"--checkpoint: '{file}' can't be read: {wrong.strerror}.") from None
    except NoText as wrong:
        raise _no_checkpoint(file, f"It {wrong}") from None
    except (BadNote, BadCheckpoint) as wrong:
        raise _no_checkpoint(file, str(wrong)) from None
    return note


def _no_checkpoint(file: Path, why: str) -> Refused:
    return Refused(f"--checkpoint: '{file}' is no checkpoint. {why}")


def _opened(given: Mapping[str, str], keys: Sequence[str]) -> Iterator[tuple[str, Checkpoint | CameOf]]:
    """Yield each file with the checkpoint in it, or with what is to be said where no known key has signed that."""
    known = [Verifier.parse(key) for key in keys]
    for file, note in given.items():
        try:
            yield file, open_checkpoint(note, known)
        except (BadNote, BadCheckpoint) as wrong:
            yield file, CameOf(file, unverified_checkpoint(note).size, "unbelieved", f"can't be believed: {wrong}")


def _came(file: str, opened: Checkpoint, state: str) -> CameOf:
    count = "1 entry" if opened.size == 1 else f"{opened.size} entries"
    return CameOf(file, opened.size, state, f"{_SAYS[state]} ({count})")
