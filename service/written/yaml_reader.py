"""The events of a YAML parser as plain data with places, and the traps that are refused on the way. No files here.

The tree is built from events, not from nodes: an anchor or a tag is refused before it has an effect, nesting is bounded
before anything recurses, and each scalar is read by `plain_scalar`, not by YAML 1.1's guesses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from unicodedata import name as character_name

import yaml

from service.written.findings import Finding, Place, Steps

__all__ = ["MAX_DEPTH", "YamlData", "YamlReader"]

YamlData: TypeAlias = "bool | int | float | str | list[YamlData] | dict[str | int | bool, YamlData] | None"

MAX_DEPTH = 64

_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNSEEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""Control characters, line breaks that only YAML 1.1 knows, marks that turn the writing direction, byte-order marks."""
_CURLY = re.compile("[\u201c\u201d\u201e\u2018\u2019\u201a]")
_CURLY_QUOTED = re.compile(f"{_CURLY.pattern}[^{_CURLY.pattern[1:]}*{_CURLY.pattern}")
"""A text that is nothing but quoted: who wrote it took the quotes for YAML's."""
_ODD_INDENT = re.compile("^ *[\t\xa0\u2000-\u200a\u202f\u205f\u3000]", re.MULTILINE)
_TAGGED = "tags are not allowed: quote text that begins with '!'"
_ANCHORED = "anchors and aliases are not allowed: write it out, or quote text that begins with '&' or '*'"
_TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"


class _TooDeep(Exception):
    """The nesting goes beyond MAX_DEPTH; reading stops, for a parser's time grows with the square of the depth."""


Event: TypeAlias = Any
"""An event of PyYAML, whose types are unknown to checkers."""


@dataclass
class YamlReader:
    """Builds one file's data from events; recursion is bounded by MAX_DEPTH.

    places      where the value at each path stands
    key_places  where the key stands that ends each path
    findings    what was refused, in the order of reading
    """

    file: str
    findings: list[Finding] = field(default_factory=list)
    places: dict[Steps, Place] = field(default_factory=dict)
    key_places: dict[Steps, Place] = field(default_factory=dict)
    spans: list[tuple[int, int]] = field(default_factory=list)  # of scalars over several lines: first and last, from 0
    muted: int = 0  # above 0 where places are not kept: a key's second value must not hide the place of its first

    def read(self, text: str) -> YamlData:
        """Return the data of the file's one document; None where a value was refused."""
        text = self._without_unseen(text)
        data = self._document(text)
        if not any(finding.code == "syntax" for finding in self.findings):
            self._refuse_odd_indents(text)
        return data

    def _without_unseen(self, text: str) -> str:
        """Report characters that can't be seen and put spaces in their place, so that all else keeps its place."""
        if text.startswith("\ufeff"):
            self._report(0, 0, "byte_order_mark", "the file begins with a byte-order mark: save it without")
            text = text[1:]
        for found in _UNSEEN.finditer(text):
            before = text[: found.start()].replace("\r\n", "\n").replace("\r", "\n")
            line, column = before.count("\n"), len(before) - before.rfind("\n") - 1
            message = f"the character U+{ord(found[0]):04X} cannot be seen: remove it"
            self._report(line, column, "control_character", message)
            if len(self.findings) >= 20:
                break
        return _UNSEEN.sub(" ", text)

    def _document(self, text: str) -> YamlData:
        data: YamlData = None
        documents = 0
        try:
            # As yaml.parse does, but for its step of Python at every event.
            events: Iterator[Event] = iter(_PARSER(text).get_event, None)
            for event in events:
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    self._refuse_directives(event)
                    if documents > 1:
                        self._at(event, "second_document", "a second document begins here: a file holds one")
                        break
                    data = self._root(next(events), events)
        except yaml.YAMLError as error:
            self._syntax(error, text)
            return None
        except _TooDeep:
            return None
        if documents == 0:
            self._report(0, 0, "empty_file", "the file is empty")
        return data

    def _root(self, event: Event, events: Iterator[Event]) -> YamlData:
        if _is_left_empty(event):
            self._report(0, 0, "empty_file", "the file is empty")
            return None
        return self._value(event, events, ())

    def _refuse_directives(self, event: Event) -> None:
        if event.version or event.tags:
            self._at(event, "directive", "directives such as %YAML are not allowed: leave the line out")

    def _syntax(self, error: yaml.YAMLError, text: str) -> None:
        line, column = where(error)
        lines = text.splitlines() or [""]
        if line >= len(lines):
            line, column = len(lines) - 1, len(lines[-1])
        # The parser stops where a line fits no more: its indent may be odd, or that of the line above it.
        for number in (line, line - 1) if line else (line,):
            odd = _ODD_INDENT.match(lines[number])
            if odd and (number < line or column <= odd.end() or not odd[0].endswith("\t")):
                self._report(number, odd.end() - 1, "syntax", _odd_indent(odd[0][-1]))
                return
        curly = _CURLY.search(lines[line])
        if curly:
            self._report(line, curly.start(), "syntax", _curly_quote(curly[0]))
        else:
            self._report(line, column, "syntax", in_plain_words(error, lines[line]))

    def _refuse_odd_indents(self, text: str) -> None:
        if not _ODD_INDENT.search(text):
            return
        for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")):
            odd = _ODD_INDENT.match(line)
            if odd and line.strip() and not any(first < number <= last for first, last in self.spans):
                column, message = odd.end() - 1, _odd_indent(odd[0][-1])
                if odd[0].endswith("\t"):
                    self._report(number, column, "tab_indent", message)
                else:
                    self._report(number, column, "odd_indent", message)

    def _value(self, event: Event, events: Iterator[Event], path: Steps) -> YamlData:
        if not self.muted:
            self.places[path] = self._place(event)
        if isinstance(event, yaml.AliasEvent):
            self._at(event, "alias", _ANCHORED)
            return None
        fine = self._is_plainly_written(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event) if fine else None
        if len(path) >= MAX_DEPTH:
            self._at(event, "too_deep", _TOO_DEEP)
            raise _TooDeep
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(events, path)
        return self._mapping(events, path)

    def _is_plainly_written(self, event: Event) -> bool:
        if event.anchor is not None:
            self._at(event, "anchor", _ANCHORED)
        if event.tag is not None:
            self._at(event, "tag", _TAGGED)
        return event.anchor is None and event.tag is None

    def _list(self, events: Iterator[Event], path: Steps) -> list[YamlData]:
        items: list[YamlData] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._value(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[Event], path: Steps) -> dict[str | int | bool, YamlData]:
        mapping: dict[str | int | bool, YamlData] = {}
        seen: dict[str | int | bool, int] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._key(event, events, path)
            again = key is not None and not self._is_new(key, event, seen)
            self.muted += again or key is None
            if key is not None and not self.muted:
                self.key_places[(*path, key)] = self._place(event)
            value = self._member(key, event, events, path)
            self.muted -= again or key is None
            if key is not None and not again:
                mapping[key] = value
        return mapping

    def _member(self, key: str | int | bool | None, at: Event, events: Iterator[Event], path: Steps) -> YamlData:
        event = next(events)
        if key is not None and _is_left_empty(event):
            if not self.muted:
                self.places[(*path, key)] = self._place(at)
            hint = ". After a colon stands a space" if ":" in str(key) else ""
            self._at(at, "empty_value", f"the key '{key}' has no value: give it one, or leave it out{hint}")
            return None
        return self._value(event, events, (*path, key) if key is not None else path)

    def _is_new(self, key: str | int | bool, event: Event, seen: dict[str | int | bool, int]) -> bool:
        name = str(key).lower() if isinstance(key, bool) else str(key)
        # 1 and '1' are one key to whoever reads the file, true and 1 one to Python.
        first = seen.get(key) or seen.get(name)
        if first is not None:
            self._at(event, "duplicate_key", f"the key '{name}' is given twice: first in line {first}")
            return False
        seen[key] = seen[name] = event.start_mark.line + 1
        return True

    def _key(self, event: Event, events: Iterator[Event], path: Steps) -> str | int | bool | None:
        """Return a key, or None when it was refused."""
        if not isinstance(event, yaml.ScalarEvent):
            self._at(event, "bad_key", "a key is a single word or text, not a list, a mapping or an alias")
            self.muted += 1
            if not isinstance(event, yaml.AliasEvent):
                self._value(event, events, path)
            self.muted -= 1
            return None
        if not self._is_plainly_written(event):
            return None
        if not event.style and event.value == "on":
            return "on"  # The language itself has this key; read as text, it is no switch.
        if _is_left_empty(event):
            self._at(event, "bad_key", "here a key is missing before the ':'")
            return None
        key = self._scalar(event)
        if isinstance(key, float):
            self._at(event, "bad_key", f"a key is no decimal number: quote it ('{event.value}')")
            return None
        return key

    def _scalar(self, event: Event) -> str | int | float | bool | None:
        if event.end_mark.line > event.start_mark.line:
            self.spans.append((event.start_mark.line, event.end_mark.line))
        if event.style:
            return self._text(event)
        if _is_left_empty(event):
            self._at(event, "empty_value", "an item of the list is empty: give it a value, or leave it out")
            return None
        if _CURLY_QUOTED.fullmatch(event.value):
            self._at(event, "curly_quote", _curly_quote(event.value[0]))
            return None
        try:
            return plain_scalar(event.value)
        except Trap as trap:
            self._at(event, trap.code, str(trap))
            return None

    def _text(self, event: Event) -> str | None:
        text: str = event.value
        found = _UNSEEN.search(text)
        if found is None:
            return text
        message = f"the text holds the character U+{ord(found[0]):04X}, which cannot be seen: remove it"
        self._at(event, "control_character", message)
        return None

    def _place(self, event: Event) -> Place:
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _at(self, event: Event, code: str, message: str) -> None:
        self.findings.append(Finding(self._place(event), code, message))

    def _report(self, line: int, column: int, code: str, message: str) -> None:
        self.findings.append(Finding(Place(self.file, line + 1, column + 1), code, message))


def _odd_indent(character: str) -> str:
    """Return what to say of an indent that is not made of spaces."""
    name = (
        "a tab" if character == "\t" else f"the character {character_name(character).lower()} (U+{ord(character):04X})"
    )
    return f"indent with spaces: here stands {name}"


def _curly_quote(character: str) -> str:
    return f"here stands a curly quote, {character}: YAML quotes with straight ones, ' or \""


def _is_left_empty(event: Event) -> bool:
    if not isinstance(event, yaml.ScalarEvent):
        return False
    return (event.value, event.style or None, event.tag, event.anchor) == ("", None, None, None)


_COLON = "text that holds ': ' or ' #', or that begins or goes on after a quote, must be quoted as a whole"
_BY_PROBLEM: tuple[tuple[str, str], ...] = (
    ("sequence entries are not allowed", "a list begins on a line of its own, below its key"),
    ("found unexpected end of stream", "the quote that opens here is never closed"),
    ("could not find expected ':'", "this line has no ': ' after its key, or stands too far to the left"),
    ("unknown escape character", "in double quotes \\ begins an escape: write \\\\, or use single quotes"),
    ("character escape code", "this escape stands for no character"),
    ("undefined tag handle", "tags are not allowed: quote text that begins with '!'"),
    ("tag", "tags are not allowed: quote text that begins with '!'"),
    ("alphabetic or numeric", "text that begins with '*' or '&' must be quoted"),
    ("cannot start any token", "text that begins with this character must be quoted"),
    ("',' or ']'", "the list that opens here lacks its ',' or ']'"),
    ("',' or '}'", "the mapping that opens here lacks its ',' or '}'"),
    ("expected '-' indicator", "here stands no '-', though the lines above it are a list: check the indentation"),
    ("node content", "no value can begin with this character: quote it"),
    ("<document start>", "nothing may follow here: the file's one mapping or list has ended"),
    ("directive", "directives are not allowed: quote text that begins with '%'"),
)
_SECOND = f"a second ': ' here: {_COLON}"
_TOO_FAR = "this line is indented too far, or the line above it lacks its ': '"
_TOO_EARLY = f"a quote closes too early: {_COLON}"
_FITS_NOTHING = "the indentation of this line fits nothing above it"
_QUOTE = re.compile("['\"]")
_PLACED_AT_START = ("found unexpected end of stream", "',' or ']'", "',' or '}'", "could not find expected ':'")


def in_plain_words(error: yaml.YAMLError, line: str = "") -> str:
    """Return what is wrong and how to mend it; the parser's own words where no better ones are known.

    line  the text of the line at which the parser stopped
    """
    problem = _problem(error)
    if "tab character" in problem:
        return "indent with spaces: here stands a tab"
    if "mapping values are not allowed" in problem:
        colons = line.count(": ") + line.rstrip().endswith(":")
        return f"this is no YAML: {_SECOND if colons > 1 else _TOO_FAR}"
    if "<block end>" in problem or "expected key" in problem:
        return f"this is no YAML: {_TOO_EARLY if _QUOTE.search(line) else _FITS_NOTHING}"
    for part, words in _BY_PROBLEM:
        if part in problem:
            return f"this is no YAML: {words}"
    return f"this is no YAML: {problem}"


def where(error: yaml.YAMLError) -> tuple[int, int]:
    """Return the line and column to look at, from 0: where an unclosed thing opens, else where the parser stopped."""
    stopped = getattr(error, "problem_mark", None)
    opened = getattr(error, "context_mark", None)
    mark = opened if opened is not None and any(part in _problem(error) for part in _PLACED_AT_START) else stopped
    return (0, 0) if mark is None else (mark.line, mark.column)


def _problem(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or error)


SURE_INTEGER = 2**53 - 1
"""The largest whole number that every JSON reader keeps exactly (RFC 8259, section 6)."""

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?")
_TIME = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-9]{1,2})+(?:\.[0-9_]*)?")
_NUMERALS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("octal_number", "an octal number", re.compile(r"[-+]?0[oO][0-7_]+")),
    ("hexadecimal_number", "a hexadecimal number", re.compile(r"[-+]?0[xX][0-9a-fA-F_]+")),
    ("binary_number", "a binary number", re.compile(r"[-+]?0[bB][01_]+")),
    ("not_finite", "infinity or not-a-number", re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")),
    ("leading_zero", "a number with a leading zero", re.compile(r"[-+]?0[0-9][0-9_]*(?:\.[0-9_]*)?")),
    ("underscored_number", "a number with underscores", re.compile(r"[-+]?(?:[0-9][0-9_]*)?\.?[0-9][0-9_]*_[0-9_.]*")),
)
_LOOSE_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_NULLS = frozenset({"~", "null", "Null", "NULL"})
_SWITCHES = frozenset({"yes", "no", "on", "off", "y", "n"})


class Trap(ValueError):
    """A word that YAML would guess at. `code` is for programs; the text says what is wrong and how to mend it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def plain_scalar(written: str) -> str | int | float | bool:
    """Return what an unquoted scalar says. Raises Trap for one that must be quoted or written otherwise.

    >>> plain_scalar("12"), plain_scalar("1.5"), plain_scalar("true"), plain_scalar("09:00-17:00")
    (12, 1.5, True, '09:00-17:00')
    """
    if written in ("true", "false"):
        return written == "true"
    if not written or written in _NULLS:
        mends = "leave the key out, or quote it if the text is meant; a rule gives none by 'then: nothing'"
        raise Trap("empty_value", f"null is no value here: {mends}")
    _refuse_words(written)
    if written[0] in "-+.0123456789":
        return _number(written)
    return written


def _refuse_words(written: str) -> None:
    lower = written.lower()
    if lower in ("true", "false"):
        raise Trap("boolean_word", f"write {lower} in small letters, or quote '{written}' if the text is meant")
    if lower in _SWITCHES:
        raise Trap(
            "boolean_word",
            f"'{written}' unquoted is a boolean to some readers: write true or false, or quote it ('{written}')",
        )
    if written in ("=", "<<"):
        raise Trap("merge_key", f"'{written}' unquoted has a meaning of its own in YAML: write out what it stands for")


def _number(written: str) -> str | int | float:
    if _INTEGER.fullmatch(written):
        return _integer(written)
    if _DECIMAL.fullmatch(written):
        return _decimal(written)
    if _DATE.fullmatch(written):
        raise Trap("unquoted_date", f"quote the date: '{written}'")
    if _TIME.fullmatch(written):
        raise Trap("unquoted_time", f"quote the time: '{written}' (unquoted, some readers of YAML count in sixties)")
    for code, name, pattern in _NUMERALS:
        if pattern.fullmatch(written):
            raise Trap(code, f"{written} reads as {name}: quote it ('{written}') if it is text, else write it plainly")
    if _LOOSE_NUMBER.fullmatch(written):
        raise Trap("number_loses_writing", f"{written} is no plain number: {_mends(written)}")
    return written


def _integer(written: str) -> int:
    # The length first: Python refuses to convert more than 4,300 digits.
    if len(written) > 17 or abs(int(written)) > SURE_INTEGER:
        raise Trap("number_too_large", f"{_short(written)} is too large to stay exact: quote it if it is text")
    if written == "-0":
        raise Trap("number_loses_writing", "-0 is no plain number: write 0, or quote it ('-0') if it is text")
    return int(written)


def _decimal(written: str) -> float:
    value = float(written) if len(written) <= 40 else None
    if value is None or repr(value) != written:
        raise Trap("number_loses_writing", f"{_short(written)} would not stay as it is written: {_mends(written)}")
    return value


def _mends(written: str) -> str:
    quoted = f"quote it ('{_short(written)}') if it is text"
    value = float(written) if len(written) <= 40 else None
    if value is None or abs(value) >= 10**15:
        return quoted
    plain = str(int(value)) if value == int(value) else repr(value)
    return f"{quoted}, else write {plain}" if "e" not in plain else quoted


def _short(written: str) -> str:
    return written if len(written) <= 40 else written[:37] + "..."
