"""What came of a check of the log or of an export, as text and as JSON. What is compared is in `audit`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from service.audit.checking.findings import LogReport, Report
from service.audit.checking.given import Given
from service.audit.exporting.export_verification import ExportReport
from service.cli.given_checkpoints import what_came
from service.cli.logs import NO_KEY
from service.cli.streams import write_line
from service.cli.terminal import standard_output
from service.cli.values import printable
from service.jsontext import Json

__all__ = ["export_json", "log_json", "print_export", "print_log"]

_WRONG, _RIGHT = "bold red", "bold green"
_Line = tuple[str, str]
"""A line and its style."""


def log_json(report: LogReport) -> Json:
    """Return the report on a log as a JSON object."""
    return {
        "entries": report.entries,
        "checkpoints": report.checkpoints,
        "signed": report.signed,
        "root": report.root.hex(),
        **_common(report),
    }


def export_json(checked: ExportReport) -> Json:
    """Return the report on an export as a JSON object."""
    return {
        "entries": None if checked.manifest is None else checked.entries,
        "first": None if checked.manifest is None else checked.manifest.first,
        "last": None if checked.manifest is None else checked.manifest.last,
        "signed": None if checked.checkpoint is None else checked.checkpoint.size,
        "agreeing": list(checked.given_as("continued")),
        "apart": list(checked.given_as("apart")),
        **_common(checked),
    }


def print_log(report: LogReport) -> None:
    """Write the findings, the verdict, and what it does not cover."""
    _print([*_findings(report), *_given(report.given), *_verdict_on_log(report)], report.keys)


def print_export(checked: ExportReport) -> None:
    """Write the findings and the verdict."""
    verdict = _verdict(checked, checked.entries)
    if checked.manifest is None:
        says = f"{verdict}; nothing else of the export could be checked."
    else:
        says = f"{_entries(checked.entries)}, {verdict}"
        says += f"; sequences {checked.manifest.first} to {checked.manifest.last}."
    lines = [*_findings(checked), *_given(checked.given), (says, _RIGHT if checked.is_good else _WRONG)]
    _print([*lines, *_of_keys(checked, "export")], checked.keys)


def _common(report: Report) -> dict[str, Json]:
    keys: list[Json] = list(report.keys)
    return {
        "given": [{"file": each.file, "size": each.size, "state": each.state} for each in report.given],
        "keys": keys,
        "keys_vouched": report.vouched,
        "keys_replaced": [{"key": old.text, "at": size, "by": new.text} for old, size, new in report.replaced],
        "findings": [finding.as_json() for finding in report.findings],
        "more": report.more,
    }


def _print(lines: Sequence[_Line], keys: Sequence[str]) -> None:
    """Write lines; on a terminal wrapped, but for keys: these are for copying."""
    terminal = standard_output()
    for line, style in lines:
        if not terminal.is_terminal:
            write_line(printable(line))
        elif line.strip() in keys:
            terminal.show(Text(line, style, no_wrap=True, overflow="ignore"))
        else:
            terminal.show(Text(printable(line), style))


def _findings(report: Report) -> Iterator[_Line]:
    for finding in report.findings:
        yield finding.says, "red"
    if report.more:
        yield f"{report.more} further findings are not listed.", "red"


def _given(given: Sequence[Given]) -> Iterator[_Line]:
    for each in given:
        is_wrong = each.state in {"contradicted", "foreign", "unbelieved"}
        yield f"{each.file}: {what_came(each)}", "red" if is_wrong else ""


def _verdict_on_log(report: LogReport) -> Iterator[_Line]:
    if report.is_good and not report.entries:
        yield "The log has no entries yet.", _RIGHT
    else:
        says = f"{_entries(report.entries)}, {_verdict(report, report.signed)}"
        yield f"{says}; checkpoints that hold: {report.checkpoints}.", _RIGHT if report.is_good else _WRONG
    if report.signed < report.entries:
        advice = "; `clausewise audit checkpoint` signs one over all" if report.is_good and report.keys else ""
        are = "is" if report.entries == 1 else "are"
        yield f"{report.signed} of {_entries(report.entries)} {are} under a signature{advice}.", ""
        if report.is_good and not report.given:
            yield "Whether checkpoints were deleted can only be told by one that was kept: give it to --checkpoint.", ""
    if not report.keys:
        yield NO_KEY, ""
    else:
        yield from _of_keys(report, "log")


def _verdict(report: Report, signed: int) -> str:
    """Return all in short, as it goes on after the number of entries."""
    count = len(report.findings) + report.more
    if not report.is_good:
        return f"{count} finding{'' if count == 1 else 's'}"
    if signed < report.entries:
        return "nothing found"
    return "as it was signed" if report.entries == 1 else "all as they were signed"


def _of_keys(report: Report, whose: str) -> Iterator[_Line]:
    """Yield what to say of the keys that were believed: where nobody vouched for them, or one of them is over."""
    for old, size, new in report.replaced:
        yield f"{old.label}, which you gave, was replaced at entry {size}. Keep the key that speaks since, too:", ""
        yield f"  {new.text}", ""
    if not report.vouched and report.keys:
        told = f"Nobody vouched for these keys, which the {whose} names itself"
        yield f"{told}; give --key or --key-file with the one that you were given:", ""
        yield from ((f"  {key}", "") for key in report.keys)


def _entries(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"
