"""A pack's files read one by one, their bytes kept for the digest. Where they come from is in `sources.py`.

What they mean is read elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from service.facts.schema import FactsSchema
from service.pack.readings import Choices, Tree, resolve
from service.pack.sources import FACTS_SCHEMA, PackSource
from service.written.findings import Finding, Place, Reporter
from service.written.shape import mapping
from service.written.structure import check_structure
from service.written.yaml_source import YamlSource, unreadable, yaml_source

__all__ = ["PackFolder", "digest_of", "digest_of_hashes"]


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
    """

    def __init__(self, source: PackSource, earlier: PackFolder | None = None) -> None:
        """Begin with nothing read.

        earlier  the same files as they were read before, under other readings: what does not differ is not read again
        """
        self.source = source
        self._sources: dict[str, YamlSource] = {} if earlier is None else earlier._sources  # noqa: SLF001 - of its own kind
        self._sound = {} if earlier is None else earlier.sound()
        self._unchanged = {} if earlier is None else earlier.unchanged_by_readings()
        self.schemas: dict[bytes, FactsSchema] = {} if earlier is None else earlier.schemas
        self.findings: list[Finding] = []
        self.files: dict[str, bytes] = {}
        self.trees: dict[str, Tree] = {}
        self.choices: Choices = {}
        self.broken: set[str] = set()

    def sound(self) -> dict[str, str]:
        """Return the files that were found to be of the right structure, each as its data were shown."""
        # Shown, not as they are: 1 and true are equal, and only one of them may be right.
        return {name: repr(tree.data) for name, tree in self.trees.items() if name not in self.broken}

    def unchanged_by_readings(self) -> dict[str, Tree]:
        """Return the files of the right structure in which no interpretation chooses: no reading changes them."""
        return {name: tree for name, tree in self.trees.items() if name not in self.broken and not tree.uses}

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
        unchanged = self._unchanged.get(name)
        if unchanged is not None:
            self.trees[name] = unchanged
            return unchanged if isinstance(unchanged.data, dict) else None
        tree, wrong = resolve(source, self.choices)
        broken = () if self._is_sound(name, tree) else check_structure(tree.data, tree, schema)
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
        name = str(mapping(tree.data).get(key))
        if name != stem:
            message = f"{key} {name} stands in a file called {stem}: a name leads to its place"
            self.report(tree).at((key,), "misnamed_file", message, stem)

    def keep(self, name: str, content: bytes) -> None:
        """Let the digest cover a file, by the bytes that were read of it."""
        self.files[name] = content

    def digest(self, readings: Mapping[str, str]) -> str:
        """Return one fingerprint of every file and of the readings that were chosen from outside."""
        return digest_of(self.files, readings)

    def _is_sound(self, name: str, tree: Tree) -> bool:
        return name in self._sound and self._sound[name] == repr(tree.data)

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
