"""The YAML parser's complaints in plain words. Nothing is parsed here.

The parser is libyaml where PyYAML has it, else PyYAML's own; the two word the same complaint a little differently.
"""

from __future__ import annotations

import yaml

__all__ = ["in_plain_words", "where"]

_COLON = "text that holds ': ' or ' #', or that begins or goes on after a quote, must be quoted as a whole"
_BY_PROBLEM: tuple[tuple[str, str], ...] = (
    ("mapping values are not allowed", f"a second ': ' here, or a line indented too far: {_COLON}"),
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
    ("<block end>", f"the indentation fits nothing above it, or a quote closes too early: {_COLON}"),
    ("expected key", f"the indentation fits nothing above it, or a quote closes too early: {_COLON}"),
    ("node content", "no value can begin with this character: quote it"),
    ("<document start>", "nothing may follow here: the file's one mapping or list has ended"),
    ("directive", "directives are not allowed: quote text that begins with '%'"),
)
_PLACED_AT_START = ("found unexpected end of stream", "',' or ']'", "',' or '}'", "could not find expected ':'")


def in_plain_words(error: yaml.YAMLError) -> str:
    """Return what is wrong and how to mend it; the parser's own words where no better ones are known."""
    problem = _problem(error)
    if "tab character" in problem:
        return "indent with spaces: here stands a tab"
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
