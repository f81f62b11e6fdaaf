"""Checkpoints that somebody kept, read from files and told of in words. They are compared in `audit`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from service.audit.checking.given import Given
from service.audit.proof.checkpoints import BadCheckpoint
from service.audit.proof.notes import BadNote, note_signers
from service.cli.refusals import Refused
from service.cli.text_files import NoText, read_text

__all__ = ["read_checkpoints", "what_came"]

_SAYS = {
    "continued": "the log continues it",
    "contradicted": "the log does not continue it",
    "apart": "can't be compared with this export",
    "unread": "not compared: the export can't be read as a whole",
}


def read_checkpoints(files: Sequence[Path]) -> list[Given]:
    """Return the checkpoints in files, each once. Raises Refused for one that holds no signed checkpoint."""
    return [_read(file) for file in dict.fromkeys(files)]


def what_came(given: Given) -> str:
    """Return what came of one, as a part of a sentence."""
    if given.state == "unbelieved":
        return f"can't be believed: {given.why}"
    if given.state == "foreign":
        return f"of another log, {given.why}"
    count = "1 entry" if given.size == 1 else f"{given.size} entries"
    return f"{_SAYS[given.state]} ({count})"


def _read(file: Path) -> Given:
    try:
        note = read_text(file)
        note_signers(note)
        return Given(note, str(file))
    except OSError as wrong:
        raise Refused(f"--checkpoint: '{file}' can't be read: {wrong.strerror}.") from None
    except NoText as wrong:
        raise _no_checkpoint(file, f"It {wrong}") from None
    except (BadNote, BadCheckpoint) as wrong:
        raise _no_checkpoint(file, str(wrong)) from None


def _no_checkpoint(file: Path, why: str) -> Refused:
    return Refused(f"--checkpoint: '{file}' is no checkpoint. {why}")
