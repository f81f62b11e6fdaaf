"""`clausewise decide`: one case, from a file to its decisions. Their text for people is made in `decision_text.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from service.cli.case_files import read_facts
from service.cli.options import Instant, database, exit_statuses, format_, packs
from service.cli.pack_folders import loaded
from service.cli.refusals import Refused
from service.cli.streams import write_line
from service.decision.assumptions import rested_on
from service.decision.desk import Decided, Desk
from service.errors import Problem, ProblemsFound, UnknownPolicy
from service.instants import read_instant
from service.jsontext import Json, parse
from service.wording import counted

if TYPE_CHECKING:
    from service.cli.storing import DecisionLog

__all__ = ["decide"]

_MOST_NAMED = 4
_OPTIONS = {"/decisions": "--decision", "/as_of": "--as-of", "/policy": "--policy", "/reference": "--reference"}


@click.command(epilog=exit_statuses("0 decided, 2 the facts or the call were wrong"))
@click.argument("file", required=False)
@click.option(
    "--decision",
    "decisions",
    multiple=True,
    metavar="NAME",
    help="Only this decision; may be repeated.  [default: all that are not hidden]",
)
@click.option(
    "--as-of",
    type=Instant(),
    metavar="INSTANT",
    help="Judge dates as of this RFC 3339 instant, with offset.  [default: the fact that the pack names]",
)
@packs
@click.option("--policy", metavar="ID", help="The policy that decides.  [default: that of the first pack]")
@click.option(
    "--reference",
    metavar="TEXT",
    help="What you call the case, such as a ticket's number: kept in the log, found there.",
)
@click.option(
    "--python",
    "is_python_shown",
    is_flag=True,
    help="Show the Python that decides such cases where they are many, and keep nothing.",
)
@format_
@database
def decide(  # noqa: PLR0913 - an argument for each option
    *,
    file: str | None,
    decisions: Sequence[str],
    as_of: str | None,
    folders: Sequence[Path],
    policy: str | None,
    reference: str | None,
    is_python_shown: bool,
    format_: str,
    database: str | None,
) -> None:
    """Decide one case and say why. FILE holds the facts as one JSON object; - or none is standard input.

    Example:  clausewise decide --format json case.json
    """
    log = None if database is None or is_python_shown else _log(database)
    desk = Desk(loaded(folders))
    facts = read_facts(file)
    told = {"as_of": as_of, "policy": policy, "reference": reference}
    decided = _decided(desk, _body(facts, decisions, told))
    if is_python_shown:
        _show_python(decided)
        return
    stored = None if log is None else log.keep(decided)
    document = decided.document() if stored is None else stored.document
    if format_ == "json":
        write_line(document)
    else:
        _show(decided, document, None if stored is None else stored.place)


def _log(url: str) -> DecisionLog:
    # All that the log rests on, a database's library first, takes longer to import than to decide a case.
    from service.cli.storing import DecisionLog  # noqa: PLC0415

    return DecisionLog(url)


def _show(decided: Decided, document: bytes, place: str | None) -> None:
    # A program that asks for JSON doesn't wait for what lays out text.
    from service.cli.decision_text import decision_text  # noqa: PLC0415
    from service.cli.terminal import standard_output  # noqa: PLC0415

    as_of = None if decided.as_of is None else read_instant(decided.as_of)
    mattering = rested_on(decided.policy, decided.policy.pack.facts.read(decided.given), decided.decisions, as_of)
    told = cast("Mapping[str, Any]", parse(document))
    standard_output().show(decision_text(decided.policy.pack, told, place, mattering))


def _show_python(decided: Decided) -> None:
    source = decided.policy.straight.source(tuple(decided.decisions))
    if source is None:
        what = " and ".join(decided.decisions) if len(decided.decisions) < _MOST_NAMED else "these decisions"
        raise Refused(f"--python: no Python is written for {what}: each case is worked out by itself")
    write_line(source.rstrip().encode())


def _body(facts: Mapping[str, Json], decisions: Sequence[str], told: Mapping[str, str | None]) -> Mapping[str, Json]:
    """Return the request body that the call amounts to; `told` has its other members, None where one is left out."""
    body: dict[str, Json] = {"facts": facts}
    if decisions:
        body["decisions"] = list(dict.fromkeys(decisions))
    return body | {name: text for name, text in told.items() if text is not None}


def _decided(desk: Desk, body: Mapping[str, Json]) -> Decided:
    try:
        return desk.decide(desk.read(body))
    except UnknownPolicy as wrong:
        raise Refused(f"--policy: {wrong}") from None
    except ProblemsFound as wrong:
        told = f"{counted(wrong.count, 'problem')} with the case:"
        problems = [_told(problem) + _choice(desk, body, problem) for problem in wrong.problems]
        more = [f"and {wrong.more} more."] if wrong.more else []
        raise Refused(told, [*problems, *more, *_hints(wrong.problems)]) from None


def _told(problem: Problem) -> str:
    """Return a problem where the caller can find it: by its pointer in FILE, or by the option."""
    head = "/" + problem.pointer.lstrip("/").partition("/")[0]
    where = _OPTIONS.get(head) or problem.pointer.removeprefix("/facts") or "(whole)"
    return f"{where}: {problem.message}"


def _choice(desk: Desk, body: Mapping[str, Json], problem: Problem) -> str:
    """Return which decisions there are, a space before, where one is unknown and none has a name like it; else ""."""
    if problem.code != "unknown_decision" or problem.nearest is not None:
        return ""
    policy = body.get("policy")
    versions = desk.versions(policy if isinstance(policy, str) else None)
    return f" There is: {', '.join(dict.fromkeys(name for each in versions for name in each.pack.decisions))}."


def _hints(problems: Sequence[Problem]) -> list[str]:
    """Return advice for the likeliest mix-up: the body of a request is not the facts in it."""
    if not any((problem.pointer, problem.code) == ("/facts/facts", "unknown_fact") for problem in problems):
        return []
    return ["FILE holds the facts alone, not a request around them: give what stands under 'facts'."]
