"""The chosen readings put into effect: a file's tree with `by_interpretation` and `only_under` resolved away.

Places survive: a path in the resolved tree still leads to the line that was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from service.wording import nearest
from service.written.findings import Finding, Place, Reporter, Steps
from service.written.shape import Written, items, texts
from service.written.yaml_source import YamlSource

__all__ = ["Choices", "Tree", "resolve"]

Choices = Mapping[str, tuple[str, tuple[str, ...]]]
"""For each interpretation its chosen reading and all its readings."""


class Tree:
    """A resolved file: plain data, where each piece stands, and which interpretations shaped it.

    uses       (path in the tree, interpretation) for every construct that was resolved, dropped elements included
    is_broken  whether its structure is wrong, so that what was read from it may be incomplete
    taken_out  the elements that were wrong and stand there no more
    """

    def __init__(self, source: YamlSource) -> None:
        self.file = source.file
        self.data: object = None
        self.uses: list[tuple[Steps, str]] = []
        self.is_broken = False
        self.taken_out: list[Written] = []
        self._source = source
        self._origin: dict[Steps, Steps] = {}
        self._under: dict[str, tuple[tuple[str, Place], ...]] = {}

    def came_from(self, path: Steps, written: Steps) -> None:
        """Note the path at which a piece of the tree was written."""
        self._origin[path] = written

    def place(self, path: Steps) -> Place:
        """Return where the value at a path was written, or its nearest enclosing piece."""
        return self._source.place(self._written(path))

    def key_place(self, path: Steps) -> Place:
        """Return where the key at a path was written, or where its value was."""
        return self._source.key_place(self._written(path))

    def interpretations(self, path: Steps) -> tuple[str, ...]:
        """Return the interpretations that shaped what stands at or below a path, each once."""
        return tuple(dict.fromkeys(name for where, name in self.uses if where[: len(path)] == path))

    def ids_under(self, key: str) -> tuple[tuple[str, Place], ...]:
        """Return the ids that stand under a key anywhere in the file, each with the place of its key's value."""
        if key not in self._under:
            self._under[key] = tuple(self._ids_under(key, self.data, ()))
        return self._under[key]

    def _ids_under(self, key: str, node: object, path: Steps) -> Iterator[tuple[str, Place]]:
        if isinstance(node, dict):
            if key in node:
                place = self.place((*path, key))
                yield from ((each, place) for each in texts(node[key]))
            inside: Iterable[tuple[str | int, object]] = node.items()
        else:
            inside = enumerate(items(node))
        for step, value in inside:
            if isinstance(value, dict | list):
                yield from self._ids_under(key, value, (*path, step))

    def take_out(self, places: set[Place]) -> None:
        """Put None for the list elements that hold a broken place, so that the others can still be judged."""
        self.is_broken = True
        self._under.clear()
        paths = sorted((path for path in self._origin if {self.place(path), self.key_place(path)} & places), key=len)
        for path in paths:
            depths = [depth for depth, step in enumerate(path) if isinstance(step, int)]
            if depths:
                self._empty(path[: depths[-1]], path[depths[-1]])

    def _empty(self, path: Steps, last: str | int) -> None:
        holder = self.data
        for step in path:
            if isinstance(holder, dict):
                holder = holder.get(step)
            elif isinstance(holder, list) and isinstance(step, int):
                holder = holder[step]
            else:
                return
        if isinstance(holder, list) and isinstance(last, int) and isinstance(holder[last], dict):
            self.taken_out.append(holder[last])
            holder[last] = None

    def _written(self, path: Steps) -> Steps:
        for length in range(len(path), -1, -1):
            origin = self._origin.get(path[:length])
            if origin is not None:
                return origin + path[length:]
        return path


def resolve(source: YamlSource, choices: Choices) -> tuple[Tree, list[Finding]]:
    """Return a file's tree under the chosen readings, and what is wrong with its constructs."""
    tree = Tree(source)
    resolver = _Resolver(source, choices, tree)
    tree.data = resolver.walk(source.data, (), ())
    return tree, resolver.findings


class _Resolver:
    """Walks a file; in its methods `written` is a path in the file, `path` the one that it has in the tree."""

    def __init__(self, source: YamlSource, choices: Choices, tree: Tree) -> None:
        self.findings: list[Finding] = []
        self._report = Reporter(source, self.findings)
        self._choices = choices
        self._tree = tree

    def walk(self, node: object, written: Steps, path: Steps) -> object:
        """Return a piece of the file under the chosen readings."""
        self._tree.came_from(path, written)
        if isinstance(node, dict):
            if "by_interpretation" in node:
                return self._branch(node, written, path)
            return {key: self.walk(value, (*written, key), (*path, key)) for key, value in node.items()}
        if isinstance(node, list):
            return self._elements(node, written, path)
        return node

    def _elements(self, node: list[object], written: Steps, path: Steps) -> list[object]:
        kept: list[object] = []
        for index, element in enumerate(node):
            here = (*path, len(kept))
            if not isinstance(element, dict) or "only_under" not in element:
                kept.append(self.walk(element, (*written, index), here))
            elif self._is_there(element["only_under"], (*written, index, "only_under"), here):
                rest = {key: value for key, value in element.items() if key != "only_under"}
                kept.append(self.walk(rest, (*written, index), here))
        return kept

    def _is_there(self, wanted: object, written: Steps, path: Steps) -> bool:
        if not isinstance(wanted, dict) or not wanted:
            message = "only_under takes a mapping from an interpretation to a reading"
            self._report.at(written, "wrong_type", message)
            return False
        met = True
        for name, readings in wanted.items():
            chosen = self._chosen(name, written, path)
            listed = items(readings) or [readings]
            for reading in listed:
                self._known_reading(name, reading, (*written, name))
            met = met and chosen in listed
        return met

    def _branch(self, node: Written, written: Steps, path: Steps) -> object:
        name = node["by_interpretation"]
        chosen = self._chosen(name, (*written, "by_interpretation"), path)
        if chosen is None:
            return None
        for reading in self._choices[str(name)][1]:
            if reading not in node:
                message = f"by_interpretation {name} needs a branch for '{reading}'"
                self._report.at(written, "missing_reading", message)
        for branch in node:
            if branch != "by_interpretation":
                self._known_reading(name, branch, (*written, branch))
        return self.walk(node[chosen], (*written, chosen), path) if chosen in node else None

    def _chosen(self, name: object, written: Steps, path: Steps) -> str | None:
        if isinstance(name, str) and name in self._choices:
            self._tree.uses.append((path, name))
            return self._choices[name][0]
        close = nearest(str(name), self._choices)
        self._report.at(written, "unknown_interpretation", f"there is no interpretation '{name}'", close)
        return None

    def _known_reading(self, name: object, reading: object, written: Steps) -> None:
        readings = self._choices.get(str(name), ("", ()))[1]
        if readings and reading not in readings:
            close = nearest(str(reading), readings)
            self._report.at(written, "unknown_reading", f"interpretation {name} has no reading '{reading}'", close)
