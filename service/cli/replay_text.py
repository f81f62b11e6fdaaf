"""What came of a replay, as text and as JSON. Cases are decided again elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from service.audit.log.entries import ENGINE
from service.audit.replaying.differences import Divergence
from service.audit.replaying.old_cases import Engine
from service.audit.replaying.replay import ReplayReport, ReplayState, Sample
from service.audit.replaying.tally import Tally
from service.cli.streams import write_line
from service.cli.terminal import standard_output
from service.cli.values import in_words, printable
from service.facts.declaration import Missing
from service.jsontext import Json

__all__ = ["difference_told", "engine_lines", "engines_json", "print_replay", "replay_json", "shown_sample"]

_STATES: dict[ReplayState, str] = {
    "same": "the same",
    "differs": "different",
    "partly_comparable": "the same but for erased facts",
    "not_comparable": "not comparable",
    "refused": "not to be decided again",
}
_STYLES: dict[ReplayState, str] = {"same": "bold green", "differs": "bold red", "refused": "bold red"}
_LONGEST_VALUE = 60


def replay_json(report: ReplayReport) -> Json:
    """Return the report as a JSON object."""
    return {
        "entries": {state: report.entries[state] for state in _STATES},
        "decisions": {name: report.decisions[name] for name in ("same", "differs", "not_comparable")},
        "differing": [
            {"pointer": part, "entries": count, "samples": [each.as_json() for each in samples]}
            for part, count, samples in report.differing
        ],
        "refused": [
            {"code": code, "entries": count, "samples": [each.as_json() for each in samples]}
            for code, count, samples in report.refused
        ],
        "further": report.further,
        **engines_json(report.engines),
    }


def engines_json(engines: Tally[Engine, str]) -> dict[str, Json]:
    """Return what decided, and what decides now, as members of a JSON object."""
    decided_by: list[Json] = [{"engine": dict(engine), "entries": count} for engine, count, _ in engines]
    return {"decided_by": decided_by, "replayed_by": dict(ENGINE)}


def print_replay(report: ReplayReport) -> None:
    """Write what differs, each kind with its samples; then the counts, and what decided."""
    terminal = standard_output()
    if terminal.is_terminal:
        for heading, samples in _sections(report):
            terminal.show(Text(heading, "bold red"))
            for sample in samples:
                terminal.show(shown_sample(_shown(sample)))
            terminal.show(Text())
        terminal.show(_counts(report))
        for line in engine_lines(report.engines):
            terminal.show(Text(line, "dim"))
        return
    for heading, samples in _sections(report):
        write_line(heading)
        for sample in samples:
            write_line(f"  {' '.join(_shown(sample))}")
    write_line(_counts(report).plain)
    for line in engine_lines(report.engines):
        write_line(line)


def engine_lines(engines: Tally[Engine, str]) -> Iterator[str]:
    """Yield a line for each version that decided, and one for this one."""
    for engine, count, _ in engines:
        yield f"decided by {printable(_named(dict(engine)))}: {count}"
    yield f"replayed by {_named(ENGINE)}"


def _named(engine: Mapping[str, str]) -> str:
    return ", ".join(f"{name.replace('_', '-')} {version}" for name, version in sorted(engine.items()))


def _sections(report: ReplayReport) -> Iterator[tuple[str, Sequence[Sample]]]:
    for part, count, samples in report.differing:
        yield f"{_entries(count)} with another {_part(part)}", samples
    for code, count, samples in report.refused:
        yield f"{_entries(count)} not to be decided again: {code.replace('_', ' ')}", samples
    if report.further:
        yield f"{report.further} further differences, not told apart", ()


def _part(pointer: str) -> str:
    """Return what a person calls a part of an entry."""
    name = pointer.rpartition("/")[2]
    if pointer.startswith("/decisions/"):
        return f"decision: {printable(name)}"
    return f"member: {name}" if name else "spelling: no canonical JSON"


def _entries(count: int) -> str:
    return f"{count} entr{'y' if count == 1 else 'ies'}"


def _counts(report: ReplayReport) -> Text:
    told = Text(f"{_entries(report.entries.total())}: ")
    parts = [(state, report.entries[state]) for state in _STATES if report.entries[state]]
    for place, (state, count) in enumerate(parts):
        told.append(", " if place else "").append(f"{count} {_STATES[state]}", _STYLES.get(state, ""))
    return told if parts else told.append("no decision is there", "bold yellow")


def shown_sample(words: Iterable[str]) -> Group:
    """Return a sample for a terminal: its place and id on one line, what is shown of it below, however narrow it is."""
    *place, told = words
    return Group(
        Padding(Text("  ".join(place), "cyan", overflow="fold"), (0, 0, 0, 2)), Padding(Text(told), (0, 0, 0, 4))
    )


def _shown(sample: Sample) -> Iterator[str]:
    """Yield the words of a sample: its place, its id, its reference, what is shown of it."""
    yield str(sample.sequence)
    yield printable(sample.id or "-")
    if sample.reference is not None:
        yield printable(sample.reference)
    if sample.difference is not None:
        yield difference_told(sample.difference, "kept", "now")
    if sample.says is not None:
        yield printable(sample.says)


def difference_told(difference: Divergence, before: str, after: str) -> str:
    """Return a difference in a line: where it is, and both values, each behind a word for when."""
    if not difference.pointer:
        return "its bytes are not those of its values"
    kept, now = _value(difference.kept), _value(difference.now)
    return f"{printable(difference.pointer)}: {before} {kept}, {after} {now}"


def _value(value: Json | Missing) -> str:
    told = "nothing" if isinstance(value, Missing) else in_words(value)
    return told if len(told) <= _LONGEST_VALUE else f"{told[: _LONGEST_VALUE - 1]}…"
