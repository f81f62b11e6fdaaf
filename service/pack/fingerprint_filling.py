"""Fingerprints written into the text of `clauses.yaml` where they lack; all else stays as its author wrote it."""

from __future__ import annotations

import re

from service.pack.fingerprints import fingerprint, passage, read_lines
from service.written.findings import Steps
from service.written.shape import elements, mapping
from service.written.yaml_source import YamlSource, yaml_source

__all__ = ["with_fingerprints"]

_VALUE = re.compile(r"'[^']*'|\"[^\"]*\"|[0-9-]+")


def with_fingerprints(written: str, source: str) -> tuple[str, int]:
    """Return the text of a `clauses.yaml` in which each clause that names its lines has their fingerprint too.

    source   the text of the source document
    returns  the text, and how many fingerprints were added; a file that is no YAML has none
    Raises ValueError when a clause names lines that the document does not have.
    """
    file = yaml_source(written.encode(), "clauses.yaml")
    rows = written.splitlines(keepends=True)
    added = 0
    for i, clause in elements(file.data, "clauses"):
        passage_of = mapping(clause.get("source"))
        if isinstance(passage_of.get("lines"), str) and "sha256" not in passage_of:
            try:
                digest = fingerprint(passage(source, *read_lines(str(passage_of["lines"]))))
            except ValueError as wrong:
                raise ValueError(f"clause {clause.get('clause')}: {wrong}") from None
            added += _add(digest, file, rows, ("clauses", i, "source"))
    return "".join(rows), added


def _add(digest: str, file: YamlSource, rows: list[str], path: Steps) -> bool:
    """Put a fingerprint after the lines of one clause; False where they are written in another way than as a value."""
    around, key, place = file.place(path), file.key_place((*path, "lines")), file.place((*path, "lines"))
    row = rows[place.line - 1]
    value = _VALUE.match(row, place.column - 1)
    if value is None:
        return False
    is_flow = rows[around.line - 1].startswith("{", around.column - 1)
    ending = "\r\n" if row.endswith("\r\n") else "\n"
    joint = ", " if is_flow else ending + " " * (key.column - 1)
    rows[place.line - 1] = f"{row[: value.end()]}{joint}sha256: {digest}{row[value.end() :]}"
    return True
