"""Where the files of a pack come from: a folder, or bytes that were kept of one. What they say is read elsewhere."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from service.written.yaml_source import MAX_BYTES

__all__ = ["FACTS_SCHEMA", "FolderSource", "KeptSource", "PackSource"]

FACTS_SCHEMA = "facts.schema.json"
"""Under which path the facts schema is kept, whichever `pack.yaml` names: that one may lie outside of the folder."""

_YAML = "*.y*ml"


class PackSource(Protocol):
    """The files of one pack, by their paths within it.

    folder  where the pack lies, or a name that stands for it
    """

    folder: Path

    def has(self, name: str) -> bool:
        """Say whether there is such a file, be it readable or not."""

    def read(self, name: str) -> bytes:
        """Return a file's bytes, cut one after the most that is read. Raises OSError or ValueError."""

    def facts_schema(self, named: str) -> str:
        """Return where the facts schema is that `pack.yaml` names so."""

    def yaml_files(self, folder: str) -> Sequence[str]:
        """Return the names of the YAML files in a sub-folder, sorted; none when there is no such folder."""

    def shown(self, name: str) -> str:
        """Return what findings call a file."""


class FolderSource:
    """A folder of files, each read when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def has(self, name: str) -> bool:
        """Say whether there is such a file; a link that leads nowhere is one."""
        return os.path.lexists(self.folder / name)

    def read(self, name: str) -> bytes:
        """Return a file's bytes, cut one after the most that is read. Raises OSError or ValueError."""
        with (self.folder / name).open("rb") as opened:
            return opened.read(MAX_BYTES + 1)

    def facts_schema(self, named: str) -> str:
        """Return the path itself; where it leads out of the folder and to nothing, that under which exports keep it."""
        leads_out = Path(named).is_absolute() or os.path.normpath(named).startswith("..")
        is_kept = leads_out and not os.path.lexists(self.folder / named) and self.has(FACTS_SCHEMA)
        return FACTS_SCHEMA if is_kept else named

    def yaml_files(self, folder: str) -> Sequence[str]:
        """Return the names of the YAML files in a sub-folder, sorted; none when there is no such folder."""
        path = self.folder / folder
        return sorted(file.name for file in path.glob(_YAML)) if path.is_dir() else []

    def shown(self, name: str) -> str:
        """Return the path of a file from here when it lies below, else its full path."""
        path = os.path.relpath(self.folder / name)
        return str(self.folder / name) if path.startswith("..") else path


class KeptSource:
    """The files of a pack as `Pack.files` has them, by path; the disk is not asked.

    name  stands for the folder
    """

    def __init__(self, files: Mapping[str, bytes], name: str) -> None:
        self.folder = Path(name)
        self._files = files

    def has(self, name: str) -> bool:
        """Say whether there is such a file."""
        return name in self._files

    def read(self, name: str) -> bytes:
        """Return a file's bytes. Raises FileNotFoundError."""
        if name not in self._files:
            raise FileNotFoundError(f"there is no '{name}' among the files that were kept")
        return self._files[name]

    def facts_schema(self, named: str) -> str:  # noqa: ARG002 - it may lead out of the folder, which is gone
        """Return the one path under which it is kept."""
        return FACTS_SCHEMA

    def yaml_files(self, folder: str) -> Sequence[str]:
        """Return the names of the YAML files in a sub-folder, sorted; none when there is no such folder."""
        paths = [PurePosixPath(name) for name in self._files]
        return sorted(path.name for path in paths if path.parent == PurePosixPath(folder) and path.match(_YAML))

    def shown(self, name: str) -> str:
        """Return the path of a file below the name of the pack."""
        return str(self.folder / name)
