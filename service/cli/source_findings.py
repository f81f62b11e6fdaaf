"""What became of the passages that clauses restate, as findings with places; and fingerprints filled in.

Passages are compared, and texts filled, in `pack`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from service.cli.refusals import Refused
from service.model.pack import Pack
from service.pack.fingerprint_filling import with_fingerprints
from service.pack.fingerprints import Comparison, Lines, compare
from service.written.findings import Finding, Place
from service.written.yaml_source import read_yaml

__all__ = ["fill_fingerprints", "read_source", "source_findings"]


def read_source(path: Path) -> str:
    """Return the text of a source document. Raises Refused."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as wrong:
        raise Refused(f"--source: '{path}' is no UTF-8 text (byte {wrong.start + 1}); give the plain text.") from None
    except OSError as wrong:
        raise Refused(f"--source: '{path}' can't be read: {wrong.strerror}.") from None


def fill_fingerprints(folder: Path, source: Path) -> int:
    """Write the fingerprints that a pack's `clauses.yaml` lacks into it, and return how many.

    Raises Refused when a file can't be read or written, or a clause names lines that the document does not have.
    """
    text, path = read_source(source), folder / "clauses.yaml"
    try:
        filled, added = with_fingerprints(path.read_bytes().decode(), text)
        if added:
            path.write_bytes(filled.encode())
    except OSError as wrong:
        raise Refused(f"--fill: '{path}' can't be filled: {wrong.strerror}.") from None
    except ValueError as wrong:
        raise Refused(f"--fill: '{path}' can't be filled: {wrong}.") from None
    return added


def source_findings(pack: Pack, folder: Path, source: Path) -> list[Finding]:
    """Compare the clauses with the source document as it is today.

    A passage that changed is an error; one that moved, and a stretch that no clause restates, is a warning.
    Raises Refused when the document can't be read.
    """
    text = read_source(source)
    place = _places(folder / "clauses.yaml")
    if not any(clause.lines for clause in pack.clauses.values()):
        told = "no clause has a fingerprint: there is nothing to compare with the source"
        return [Finding(place(None), "no_fingerprint", told, severity="warning")]
    return list(_findings(pack, compare(pack.clauses.values(), text), place, str(source)))


def _findings(
    pack: Pack, comparisons: list[Comparison], place: Callable[[str | None], Place], source: str
) -> Iterator[Finding]:
    for each in comparisons:
        where = _told(each.lines)
        if each.clause is None:
            told = f"no clause restates {where}"
            yield Finding(Place(source, each.lines[0], 1), "uncovered_source", told, severity="warning")
        elif each.state == "changed":
            told = f"clause {each.clause}: its passage, {where}, no longer stands in {source}: read it again"
            yield Finding(place(each.clause), "changed_source", told)
        elif each.state == "moved":
            written = pack.clauses[each.clause].lines
            told = f"clause {each.clause}: its passage stands in {where} of {source} now; the clause says {written}"
            yield Finding(place(each.clause), "moved_source", told, severity="warning")


def _told(lines: Lines) -> str:
    first, last = lines
    return f"line {first}" if first == last else f"lines {first} to {last}"


def _places(path: Path) -> Callable[[str | None], Place]:
    """Return what finds the place of a clause's fingerprint, or of the file for None."""
    source = read_yaml(path, str(path))
    listed = source.data.get("clauses") if isinstance(source.data, dict) else None
    at = {
        each.get("clause"): place
        for place, each in enumerate(listed if isinstance(listed, list) else [])
        if isinstance(each, dict)
    }

    def place_of(clause: str | None) -> Place:
        return source.place(("clauses", at[clause], "source")) if clause in at else Place(str(path), 1, 1)

    return place_of
