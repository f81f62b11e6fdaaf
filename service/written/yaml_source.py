"""A YAML file as plain data, where each piece stands, and what was refused. Its text is read in `yaml_reader.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from service.written.findings import Finding, Place, Steps
from service.written.yaml_reader import YamlData, YamlReader

__all__ = ["MAX_BYTES", "YamlSource", "read_yaml", "unreadable", "yaml_source"]

MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class YamlSource:
    """A file that has been read, as far as it could be.

    file        its name, as findings show it
    data        mappings, lists, text, numbers and booleans; keys are text, integers or booleans. None where a value was
                refused, and for the whole where nothing could be read
    places      where the value at each path stands
    key_places  where the key stands that ends each path
    findings    what was refused, in the order of their places
    content     its bytes; None where it could not be read
    """

    file: str
    data: YamlData
    places: Mapping[Steps, Place]
    key_places: Mapping[Steps, Place]
    findings: tuple[Finding, ...]
    content: bytes | None

    def place(self, path: Steps) -> Place:
        """Return where the value at a path stands, or the closest thing around it that is there."""
        return self._closest(self.places, path)

    def key_place(self, path: Steps) -> Place:
        """Return where the key at the end of a path stands, or its value, or the closest thing around it."""
        return self.key_places.get(path) or self.place(path)

    def _closest(self, places: Mapping[Steps, Place], path: Steps) -> Place:
        for length in range(len(path), -1, -1):
            if path[:length] in places:
                return places[path[:length]]
        return Place(self.file, 1, 1)


def read_yaml(path: Path, shown_as: str | None = None) -> YamlSource:
    """Read a file. Whatever is wrong with it, or with reading it, is among the findings; nothing is raised."""
    file = str(path) if shown_as is None else shown_as
    try:
        with path.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        return unreadable(file, error)
    return yaml_source(content, file)


def unreadable(file: str, error: Exception) -> YamlSource:
    """Return what stands for a file that could not be read, with the finding that says why."""
    reason = getattr(error, "strerror", None) or str(error)
    return _unread(file, None, Finding(Place(file, 1, 1), "unreadable_file", f"the file cannot be read: {reason}"))


def yaml_source(content: bytes, file: str) -> YamlSource:
    """Return what the bytes of a file say; `file` is its name in findings."""
    if len(content) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB"
        return _unread(file, content, Finding(Place(file, 1, 1), "file_too_large", message))
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return _unread(file, content, _not_utf8(content, error, file))
    reader = YamlReader(file)
    data = reader.read(text)
    return YamlSource(file, data, reader.places, reader.key_places, tuple(sorted(reader.findings)), content)


def _unread(file: str, content: bytes | None, finding: Finding) -> YamlSource:
    return YamlSource(file, None, {}, {}, (finding,), content)


def _not_utf8(content: bytes, error: UnicodeDecodeError, file: str) -> Finding:
    before = content[: error.start]
    line_start = max(before.rfind(b"\n"), before.rfind(b"\r")) + 1
    column = len(before[line_start:].decode("utf-8", "replace")) + 1
    message = f"the file is not UTF-8: byte 0x{content[error.start]:02x} at offset {error.start}. Save it as UTF-8"
    return Finding(Place(file, _line(before, b"\r\n", b"\r", b"\n"), column), "not_utf8", message)


def _line(before: bytes, pair: bytes, old: bytes, new: bytes) -> int:
    return before.replace(pair, new).replace(old, new).count(new) + 1
