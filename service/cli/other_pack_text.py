"""What another pack says of old cases, as text and as JSON. It is asked elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.table import Table
from rich.text import Text

from service.audit.replaying.other_pack import CHANGES, Change, OtherPackReport, OtherSample
from service.audit.replaying.tally import Tally
from service.cli.replay_text import difference_told, engine_lines, engines_json, shown_sample
from service.cli.streams import write_line
from service.cli.terminal import standard_output
from service.cli.values import printable
from service.jsontext import Json
from service.model.pack import Pack

__all__ = ["other_pack_json", "print_other_pack"]

_ENTRIES = ("compared", "refused", "lost", "other_policy")
_CHANGES: dict[Change, str] = {
    "same": "same",
    "wording": "other wording",
    "reasons": "other reasons",
    "outcome": "other outcome",
    "status": "other status",
    "not_comparable": "not comparable",
}
_NO_RULE = "no rule"


def other_pack_json(pack: Pack, report: OtherPackReport) -> Json:
    """Return the report as a JSON object."""
    return {
        "pack": {"id": pack.id, "version": pack.version, "digest": pack.digest},
        "entries": {name: report.entries[name] for name in _ENTRIES},
        "decisions": _decisions_json(pack, report),
        "differing": [
            {"decision": name, "change": change, "decisions": count, "samples": [each.as_json() for each in samples]}
            for (name, change), count, samples in report.differing
        ],
        "only_before": _named_json("decision", report.only_before),
        "only_now": _named_json("decision", report.only_now),
        "rules": [
            {"decision": name, "before": before, "now": now, "decisions": count, "samples": samples}
            for (name, before, now), count, samples in report.rules
        ],
        "clauses": {
            "no_longer_cited": _named_json("clause", report.no_longer),
            "newly_cited": _named_json("clause", report.newly),
        },
        "refused": [
            {"code": code, "pointer": pointer, "entries": count, "samples": samples}
            for (code, pointer), count, samples in report.refused
        ],
        "lost": _named_json("code", report.lost),
        "further": report.further,
        **engines_json(report.engines),
    }


def print_other_pack(pack: Pack, report: OtherPackReport) -> None:
    """Write the counts by decision, rule and clause, then what could not be compared, then the sum."""
    terminal = standard_output()
    if not terminal.is_terminal:
        for line in (
            *_decision_lines(pack, report),
            *_lines(report),
            _sum(pack, report),
            *engine_lines(report.engines),
        ):
            write_line(line)
        return
    table = _table(pack, report)
    if terminal.measure(table).minimum <= terminal.width:
        terminal.show(table)
    else:
        for line in _counts(pack, report):
            terminal.show(Text(line))
    for (name, change), _, samples in report.differing:
        terminal.show(Text(f"\ndecision {name}: {_CHANGES[change]}", "bold red"))
        for sample in samples:
            terminal.show(shown_sample((*_names(sample), _difference(sample))))
    terminal.show(Text())
    lines = list(_lines(report))
    for line in lines:
        terminal.show(Text(line))
    if lines:
        terminal.show(Text())
    terminal.show(Text(_sum(pack, report), "bold"))
    for line in engine_lines(report.engines):
        terminal.show(Text(line, "dim"))


def _names(sample: OtherSample) -> list[str]:
    """Return the id of a sample, and its reference where it has one."""
    return [printable(each) for each in (sample.id, sample.reference) if each is not None]


def _decisions_json(pack: Pack, report: OtherPackReport) -> Json:
    samples = {thing: samples for thing, _, samples in report.decisions}
    return [
        {
            "decision": name,
            **{change: report.decisions.count((name, change)) for change in CHANGES},
            "samples": {
                change: samples[name, change] for change in CHANGES if change != "same" and (name, change) in samples
            },
        }
        for name in _compared(pack, report)
    ]


def _named_json(key: str, tally: Tally[str, str]) -> Json:
    counted = "decisions" if key == "clause" else "entries"
    return [{key: name, counted: count, "samples": samples} for name, count, samples in tally]


def _compared(pack: Pack, report: OtherPackReport) -> list[str]:
    """Return the decisions that were compared, in the pack's order."""
    return [name for name in pack.decisions if any(report.decisions.count((name, change)) for change in CHANGES)]


def _table(pack: Pack, report: OtherPackReport) -> Table:
    """Return a row for each decision and a column for each thing that became of any."""
    shown = [change for change in CHANGES if any(report.decisions.count((name, change)) for name in pack.decisions)]
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("decision", style="cyan", overflow="fold")
    for change in shown:
        table.add_column(_CHANGES[change], justify="right")
    for name in _compared(pack, report):
        counts = {change: report.decisions.count((name, change)) for change in shown}
        table.add_row(
            name, *(Text(str(count) if count else "-", _style(change, count)) for change, count in counts.items())
        )
    return table


def _style(change: Change, count: int) -> str:
    if not count:
        return "dim"
    return {"status": "bold red", "outcome": "bold red", "reasons": "yellow"}.get(change, "")


def _counts(pack: Pack, report: OtherPackReport) -> Iterator[str]:
    for name in _compared(pack, report):
        for change in CHANGES:
            count = report.decisions.count((name, change))
            if count:
                yield f"decision {name}: {count} {_CHANGES[change]}"


def _decision_lines(pack: Pack, report: OtherPackReport) -> Iterator[str]:
    found = {thing: (count, samples) for thing, count, samples in report.decisions}
    differing = {thing: samples for thing, _, samples in report.differing}
    for name in _compared(pack, report):
        for change in CHANGES:
            count, samples = found.get((name, change), (0, []))
            shown = differing.get((name, change), [])
            if count:
                such = "" if change == "same" or shown else _such_as(samples)
                yield f"decision {name}: {count} {_CHANGES[change]}{such}"
                yield from (f"  {' '.join(_names(each))} {_difference(each)}" for each in shown)


def _difference(sample: OtherSample) -> str:
    return difference_told(sample.difference, "was", "would be")


def _lines(report: OtherPackReport) -> Iterator[str]:
    """Yield what differs, by rule and clause, and what could not be compared."""
    for (name, before, now), count, samples in report.rules:
        yield f"rule {name}: {_before_and_now(before, now)}: {count}{_such_as(samples)}"
    for label, tally in (("no longer cited", report.no_longer), ("newly cited", report.newly)):
        for clause, count, samples in tally:
            yield f"clause {printable(clause)} {label}: {count}{_such_as(samples)}"
    for label, tally in (("only before", report.only_before), ("only now", report.only_now)):
        for name, count, samples in tally:
            yield f"decision {printable(name)} {label}: {count}{_such_as(samples)}"
    for (code, pointer), count, samples in report.refused:
        yield f"refused {code} at {printable(pointer)}: {count}{_such_as(samples)}"
    for code, count, samples in report.lost:
        yield f"lost {code}: {count}{_such_as(samples)}"
    if report.further:
        yield f"{report.further} further, not told apart"


def _before_and_now(before: Sequence[str], now: Sequence[str]) -> str:
    if before == now:
        return f"the same rules ({_rules(now)})" if now else f"{_NO_RULE} before and now"
    return f"{_rules(before)} -> {_rules(now)}"


def _rules(names: Sequence[str]) -> str:
    return printable(", ".join(names)) or _NO_RULE


def _such_as(samples: Iterable[str]) -> str:
    shown = ", ".join(map(printable, samples))
    return f", such as {shown}" if shown else ""


def _sum(pack: Pack, report: OtherPackReport) -> str:
    entries = report.entries
    compared = "1 entry" if entries["compared"] == 1 else f"{entries['compared']} entries"
    told = f"{pack.id} {pack.version} ({pack.digest[:19]}): {compared} compared"
    told += f", {entries['refused']} refused by its facts schema" if entries["refused"] else ""
    told += f", {entries['lost']} not to be decided again" if entries["lost"] else ""
    return told + (f"; {entries['other_policy']} of other policies left out" if entries["other_policy"] else "")
