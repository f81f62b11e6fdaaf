"""A pack's files read one by one, their bytes kept for the digest. Where they come from is in `sources.py`.

What they mean is read elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, TypeVar

from service.facts.countries import COUNTRIES_FILE, Countries, countries_of, known_countries
from service.facts.schema import FactsSchema
from service.pack.readings import Choices, Tree, resolve
from service.pack.sources import FACTS_SCHEMA, PackSource
from service.written.findings import Finding, Place, Reporter
from service.written.shape import mapping
from service.written.structure import check_structure
from service.written.yaml_source import YamlSource, unreadable, yaml_source

__all__ = ["PackFolder", "digest_of", "digest_of_hashes"]

_Made = TypeVar("_Made")


def digest_of(files: Mapping[str, bytes], readings: Mapping[str, str]) -> str:
    """Return one fingerprint of a pack's files, by path, and of the readings that were chosen from outside."""
    return digest_of_hashes({name: hashlib.sha256(content).hexdigest() for name, content in files.items()}, readings)


def digest_of_hashes(hashes: Mapping[str, str], readings: Mapping[str, str]) -> str:
    """Return the same fingerprint, from the SHA-256 of each file in hexadecimal."""
    digest = hashlib.sha256()
    for name in sorted(hashes):
        digest.update(f"{name}\0{hashes[name]}\n".encode())
    for name in sorted(readings):
        digest.update(f"{name}={readings[name]}\n".encode())
    return "sha256:" + digest.hexdigest()


class PackFolder:
    """Reads the files of one pack.

    source    where they come from
    findings  what is wrong with the pack so far; whoever reads a file adds to them
    files     the bytes of the files that were there, by path within the folder
    trees     the files that could be read, by the same path
    choices   the readings that are in effect, once `interpretations.yaml` has been read
    broken    the files that could not be read as a whole
    schemas   facts schemas with nothing wrong, by their bytes
    made      what `once` made of each file, with its tree and what else it rests on
    """

    def __init__(self, source: PackSource, earlier: PackFolder | None = None) -> None:
        """Begin with nothing read.

        earlier  the same files as a pack without errors was read from them, under other readings: what does not differ
                 is not read again
        """
        self.source = source
        self._sources: dict[str, YamlSource] = {} if earlier is None else earlier._sources  # noqa: SLF001 - of its own kind
        self._earlier = earlier
        self.made: dict[str, tuple[Tree, str, Any]] = {}
        self.schemas: dict[bytes, FactsSchema] = {} if earlier is None else earlier.schemas
        self.findings: list[Finding] = []
        self.files: dict[str, bytes] = {}
        self.trees: dict[str, Tree] = {}
        self.choices: Choices = {}
        self.broken: set[str] = set()

    def unchanged(self, name: str, choices: Choices) -> Tree | None:
        """Return a file of the right structure, if all interpretations that chose in it chose as they do now."""
        tree = self.trees.get(name)
        if tree is None or name in self.broken:
            return None
        used = {interpretation for _, interpretation in tree.uses}
        return tree if all(choices.get(each) == self.choices.get(each) for each in used) else None

    def report(self, tree: Tree) -> Reporter:
        """Return what notes findings about a file."""
        return Reporter(tree, self.findings)

    def tree(self, name: str, schema: str) -> Tree | None:
        """Read one file: its findings noted, its readings chosen, its broken elements taken out.

        schema   the name of the schema that it has to fit
        returns  None when it is no mapping, or could not be read at all
        """
        source = self._yaml(name)
        self.findings.extend(source.findings)
        if source.content is not None:
            self.keep(name, source.content)
        if source.data is None:
            self.broken.add(name)
            return None
        unchanged = None if self._earlier is None else self._earlier.unchanged(name, self.choices)
        if unchanged is not None:
            self.trees[name] = unchanged
            return unchanged if isinstance(unchanged.data, dict) else None
        tree, wrong = resolve(source, self.choices)
        broken = check_structure(tree.data, tree, schema)
        self.findings.extend((*wrong, *broken))
        if broken or wrong or source.findings:
            self.broken.add(name)
            tree.take_out({finding.place for finding in (*broken, *source.findings)})
        self.trees[name] = tree
        return tree if isinstance(tree.data, dict) else None

    def optional_tree(self, name: str, schema: str) -> Tree | None:
        """Read one file as `tree` does; None without a finding when it is not there."""
        return self.tree(name, schema) if self.source.has(name) else None

    def facts_schema(self, named: str) -> tuple[str, bytes]:
        """Return what findings call the facts schema that `pack.yaml` names, and its bytes, which are kept.

        Raises OSError or ValueError when there is no such file to read: the file that names it is then at fault.
        """
        path = self.source.facts_schema(named)
        content = self.source.read(path)
        self.keep(FACTS_SCHEMA, content)
        return self.source.shown(path), content

    def countries(self) -> Countries:
        """Return the table of countries: the pack's own where it has kept one, else that of this version.

        Its bytes are kept, so that the digest covers it: with another table a pack is another one.
        """
        content = known_countries()
        if self.source.has(COUNTRIES_FILE):
            try:
                content = self.source.read(COUNTRIES_FILE)
                countries_of(content)
            except (OSError, ValueError) as wrong:
                message = f"the table of countries can't be read: {wrong}; without it that of this version counts"
                self.findings.append(Finding(Place(self.source.shown(COUNTRIES_FILE), 1, 1), "unreadable", message))
                content = known_countries()
        self.keep(COUNTRIES_FILE, content)
        return countries_of(content)

    def sub_folder(self, name: str, schema: str) -> Iterator[tuple[str, Tree | None]]:
        """Read every YAML file of a sub-folder, each with its name without suffix; of two with one name the first."""
        seen: dict[str, str] = {}
        for file in self.source.yaml_files(name):
            stem = PurePosixPath(file).stem
            first = seen.setdefault(stem, file)
            if first == file:
                yield stem, self.tree(f"{name}/{file}", schema)
            else:
                place = Place(self.source.shown(f"{name}/{file}"), 1, 1)
                self.findings.append(
                    Finding(place, "misnamed_file", f"{first} stands beside it: one of them is too many")
                )

    def check_name(self, tree: Tree, key: str, stem: str) -> None:
        """Report a file that is called otherwise than the decision or calendar in it, whose id stands under `key`."""
        name = mapping(tree.data).get(key)  # a key that is lacking is told as such
        if name is not None and str(name) != stem:
            message = f"{key} {name} stands in a file called {stem}: a name leads to its place"
            self.report(tree).at((key,), "misnamed_file", message, stem)

    def once(self, tree: Tree, make: Callable[[], _Made], beside: str = "") -> _Made:
        """Return what `make` makes of a file; what was made of it earlier where nothing differs.

        Its findings are not told again then. They were none but warnings, or there would be no other readings to try.

        beside  all that it rests on beside the file itself, as text
        """
        earlier = None if self._earlier is None else self._earlier.made.get(tree.file)
        if earlier is not None and earlier[0] is tree and earlier[1] == beside:
            made: _Made = earlier[2]
        else:
            made = make()
        self.made[tree.file] = (tree, beside, made)
        return made

    def keep(self, name: str, content: bytes) -> None:
        """Let the digest cover a file, by the bytes that were read of it."""
        self.files[name] = content

    def digest(self, readings: Mapping[str, str]) -> str:
        """Return one fingerprint of every file and of the readings that were chosen from outside."""
        return digest_of(self.files, readings)

    def _yaml(self, name: str) -> YamlSource:
        if name not in self._sources:
            self._sources[name] = self._read(name)
        return self._sources[name]

    def _read(self, name: str) -> YamlSource:
        shown = self.source.shown(name)
        try:
            return yaml_source(self.source.read(name), shown)
        except (OSError, ValueError) as error:
            return unreadable(shown, error)
