"""A pack's folder: its files read one by one, their bytes kept for the digest. What they mean is read elsewhere."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from service.pack.findings import Finding, Place
from service.pack.readings import Choices, Tree, resolve
from service.pack.reporter import Reporter
from service.pack.structure import check_structure
from service.pack.written import mapping
from service.pack.yaml_source import read_yaml

__all__ = ["PackFolder"]


class PackFolder:
    """Reads the files of one pack.

    findings  what is wrong with the pack so far; whoever reads a file adds to them
    files     the bytes of the files that were there, by path within the folder
    trees     the files that could be read, by the same path
    choices   the readings that are in effect, once `interpretations.yaml` has been read
    broken    the files that could not be read as a whole
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.findings: list[Finding] = []
        self.files: dict[str, bytes] = {}
        self.trees: dict[str, Tree] = {}
        self.choices: Choices = {}
        self.broken: set[str] = set()

    def shown(self, name: str) -> str:
        """Return what findings call a file: its path from here when it lies below, else its full path."""
        path = os.path.relpath(self.folder / name)
        return str(self.folder / name) if path.startswith("..") else path

    def report(self, tree: Tree) -> Reporter:
        """Return what notes findings about a file."""
        return Reporter(tree, self.findings)

    def tree(self, name: str, schema: str) -> Tree | None:
        """Read one file: its findings noted, its readings chosen, its broken elements taken out.

        schema   the name of the schema that it has to fit
        returns  None when it is no mapping, or could not be read at all
        """
        source = read_yaml(self.folder / name, self.shown(name))
        self.findings.extend(source.findings)
        if source.content is not None:
            self.keep(name, source.content)
        if source.data is None:
            self.broken.add(name)
            return None
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
        return self.tree(name, schema) if os.path.lexists(self.folder / name) else None

    def sub_folder(self, name: str, schema: str) -> Iterator[tuple[str, Tree | None]]:
        """Read every YAML file of a sub-folder, each with its name without suffix; of two with one name the first."""
        folder = self.folder / name
        seen: dict[str, str] = {}
        for path in sorted(folder.glob("*.y*ml")) if folder.is_dir() else []:
            first = seen.setdefault(path.stem, path.name)
            if first == path.name:
                yield path.stem, self.tree(f"{name}/{path.name}", schema)
            else:
                place = Place(self.shown(f"{name}/{path.name}"), 1, 1)
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
        digest = hashlib.sha256()
        for name in sorted(self.files):
            digest.update(f"{name}\0{hashlib.sha256(self.files[name]).hexdigest()}\n".encode())
        for name in sorted(readings):
            digest.update(f"{name}={readings[name]}\n".encode())
        return "sha256:" + digest.hexdigest()
