"""Checkpoints that somebody kept and gives to a check, and what came of each. They are compared elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from service.audit.proof.checkpoints import BadCheckpoint, Checkpoint, unverified_checkpoint
from service.audit.proof.notes import BadNote
from service.audit.proof.successions import Succession

__all__ = ["Given", "State"]

State: TypeAlias = Literal["unread", "unbelieved", "foreign", "apart", "contradicted", "continued"]


@dataclass(slots=True)
class Given:
    """A checkpoint that somebody kept. Raises BadCheckpoint for a note that is none.

    note   it, signed
    file   that it was read from, where it was
    state  `continued` or `contradicted` by what was checked; `foreign` for that of another log, `unbelieved`; of an
           export also `apart` where it can't be compared, and `unread` where the export can't be read as a whole
    why    of one that is unbelieved or foreign
    """

    note: str
    file: str | None = None
    state: State = "unread"
    why: str = ""
    size: int = 0

    def __post_init__(self) -> None:
        self.size = unverified_checkpoint(self.note).size

    @property
    def name(self) -> str:
        """What findings call it."""
        return "A checkpoint that was given" if self.file is None else f"The checkpoint in '{self.file}'"

    def believed(self, keys: Succession, *, are_all_known: bool = False) -> Checkpoint:
        """Return what a key has signed that speaks for a log of this size; else it is `unbelieved`.

        Raises BadNote, BadCheckpoint, as the succession does.
        """
        try:
            return keys.believed(self.note, are_all_known=are_all_known)
        except (BadNote, BadCheckpoint) as wrong:
            self.state, self.why = "unbelieved", str(wrong)
            raise
