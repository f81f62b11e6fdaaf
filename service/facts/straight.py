"""Straight Python that reads the cases of one facts schema, written from it: each fact becomes a variable.

What comes out is exactly what the declarations say, only faster than to walk through them: see `cases.py`, which tells
what is wrong with a case that is not taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from service.facts.declaration import FactSpec, Missing
from service.facts.readers import WRONG
from service.jsontext import Json
from service.python_source import Source, variable_of

__all__ = ["UNKNOWN", "FactLines"]

UNKNOWN: Final = object()
"""What stands for the value of a fact that nobody knows."""

_LEFT_OUT = object()


class FactLines:
    """The lines of a function that read a case from its variable `given`, and return None for one that is wrong.

    names    dotted name of each fact and subject -> the variable that it becomes: its typed value, None for none,
             UNKNOWN; a subject is True or None
    defaults dotted name of each fact with a default -> it, as JSON
    assumed  the same names -> the variable that says whether the default stands in
    """

    def __init__(
        self,
        facts: Mapping[str, FactSpec],
        subjects: Mapping[str, str | None],
        names: Sequence[str],
        readers: Mapping[str, Callable[[object], Any]],
    ) -> None:
        """Take what a schema declares.

        subjects  dotted name of each object that a case can do without
        names     dotted names of all objects and facts, each after the object around it
        readers   what types the values of each fact, or returns WRONG
        """
        self.names = {
            name: variable_of(name, place) for place, name in enumerate(names) if name in facts or name in subjects
        }
        self.defaults: dict[str, Json] = {
            path: spec.default
            for path, spec in facts.items()
            if not spec.absent_is_none and not isinstance(spec.default, Missing)
        }
        self.assumed = {path: f"assumed_{self.names[path]}" for path in self.defaults}
        self._facts = facts
        self._subjects = subjects
        self._objects = {"": "given"} | {
            name: f"in_{variable_of(name, at)}" for at, name in enumerate(names) if name not in facts
        }
        self._within: dict[str, list[str]] = {name: [] for name in self._objects}
        for name in names:
            self._within[name.rpartition(".")[0]].append(name)
        self._readers = readers

    def written(self, source: Source) -> Iterator[str]:
        """Yield the lines; the constants in them are given names in a source."""
        yield f"left_out, unknown = {source.constant(_LEFT_OUT, 'no_value')}, {source.constant(UNKNOWN, 'no_value')}"
        for path, variable in self._objects.items():
            yield from self._object(path, variable, source)

    def _object(self, path: str, variable: str, source: Source) -> Iterator[str]:
        """Yield how an object is read, with the facts that stand right in it."""
        facts = [each for each in self._within[path] if each in self._facts]
        allowed = source.constant(frozenset(each.rpartition(".")[2] for each in self._within[path]), "members")
        wrong = f"not isinstance({variable}, dict) or not {allowed}.issuperset({variable})"
        if not path:
            yield f"if {wrong}:"
            yield "    return None"
            for each in facts:
                yield from self._fact(self._facts[each], variable, source)
            return
        around, _, name = path.rpartition(".")
        outer = self._objects[around]
        found = f"{outer}.get({name!r}, left_out)"
        yield f"{variable} = {found}" if not around else f"{variable} = left_out if {outer} is left_out else {found}"
        yield f"if {variable} is left_out:  # {path}"
        if path in self._subjects:
            yield f"    {self.names[path]} = None"
        for each in facts:
            yield from (f"    {line}" for line in self._gone(self._facts[each], source))
        yield "    pass"
        yield f"elif {wrong}:"
        yield "    return None"
        yield "else:"
        if path in self._subjects:
            yield f"    {self.names[path]} = True"
        for each in facts:
            yield from (f"    {line}" for line in self._fact(self._facts[each], variable, source))
        yield "    pass"

    def _gone(self, spec: FactSpec, source: Source) -> Iterator[str]:
        """Yield what a fact is where the object around it is left out: none, where a subject around it is."""
        variable, flag = self.names[spec.path], self.assumed.get(spec.path)
        subject = spec.subject
        if spec.absent_is_none or subject == spec.path.rpartition(".")[0]:
            yield f"{variable} = None"
            if flag is not None:
                yield f"{flag} = False"
            return
        stand_in = "unknown" if flag is None else source.constant(self._readers[spec.path](spec.default), "default")
        is_there = "True"
        if subject is not None:
            is_there = f"{self._objects[subject]} is not left_out"
            stand_in = f"{stand_in} if {is_there} else None"
        yield f"{variable} = {stand_in}"
        if flag is not None:
            yield f"{flag} = {is_there}"

    def _fact(self, spec: FactSpec, around: str, source: Source) -> Iterator[str]:
        """Yield how a fact is read from the object around it."""
        variable, flag = self.names[spec.path], self.assumed.get(spec.path)
        yield f"{variable} = {around}.get({spec.name!r}, unknown)"
        if flag is not None:
            yield f"{flag} = {variable} is unknown"
        yield f"if {variable} is unknown:"
        if spec.absent_is_none:
            yield f"    {variable} = None"
        elif flag is not None:
            yield f"    {variable} = {source.constant(self._readers[spec.path](spec.default), 'default')}"
        else:
            yield "    pass"
        refused = self._refused(spec, variable, source)
        if refused is None:
            yield "else:"
            yield f"    {variable} = {source.constant(self._readers[spec.path], 'typed')}({variable})"
            yield f"    if {variable} is {source.constant(WRONG, 'wrong')}:"
            yield "        return None"
        else:
            yield f"elif {refused}:"
            yield "    return None"

    @staticmethod
    def _refused(spec: FactSpec, variable: str, source: Source) -> str | None:
        """Return what is true of the values that are not taken; None where those that are have to be typed."""
        if spec.type == "boolean":
            return f"{variable} is not True and {variable} is not False"
        if spec.type != "string":
            return None
        if spec.choices is not None:
            choices = source.constant(frozenset(spec.choices), "choices")
            return f"not isinstance({variable}, str) or {variable} not in {choices}"
        most = "" if spec.max_length is None else f" <= {spec.max_length}"
        return f"not isinstance({variable}, str) or not {spec.min_length} <= len({variable}){most}"
