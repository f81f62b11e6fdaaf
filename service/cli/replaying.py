"""`clausewise replay`: old decisions made again from the audit log. They are compared in `audit`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import click

from service.audit.log.entries import Kept
from service.audit.log.store import Store
from service.audit.replaying.old_cases import old_entries
from service.audit.replaying.other_pack import OtherPack, OtherPackReport
from service.audit.replaying.replay import Replay, ReplayReport
from service.audit.storage.unavailable import EntryDamaged
from service.cli.logs import opened_log
from service.cli.options import exit_statuses, format_, log_database
from service.cli.other_pack_text import other_pack_json, print_other_pack
from service.cli.pack_folders import PackFolderType, loaded
from service.cli.progress import progress
from service.cli.refusals import Refused
from service.cli.replay_text import print_replay, replay_json
from service.cli.streams import write_line
from service.decision.policy import Policy
from service.jsontext import canonical
from service.wording import did_you_mean

__all__ = ["replay"]

_DIFFERS = 1
_MOST_SAMPLES = 100

_Item = TypeVar("_Item")


@click.command(
    epilog=exit_statuses(
        "0 all is the same or another pack was asked, 1 something differs or can't be decided again, "
        "2 the call was wrong or the audit log can't be read"
    )
)
@click.argument("ids", nargs=-1, metavar="[ID]...")
@log_database
@click.option(
    "--after",
    type=click.IntRange(0),
    metavar="SEQUENCE",
    help="Only entries behind this one.  [default: from the first]",
)
@click.option(
    "--until", type=click.IntRange(1), metavar="SEQUENCE", help="Only entries up to this one.  [default: to the last]"
)
@click.option(
    "--with-pack",
    "folder",
    type=PackFolderType(),
    metavar="DIR",
    help="Tell what the pack in this folder would have decided.  [default: the pack that decided, from the log]",
)
@click.option(
    "--samples",
    type=click.IntRange(0, _MOST_SAMPLES),
    metavar="N",
    default=3,
    show_default=True,
    help="Show so many entries of each kind.",
)
@format_
@click.pass_context
def replay(  # noqa: PLR0913 - a parameter for each option
    ctx: click.Context,
    *,
    ids: Sequence[str],
    database: str,
    after: int | None,
    until: int | None,
    folder: Path | None,
    samples: int,
    format_: str,
) -> None:
    """Decide old cases again, by the pack that the log keeps of each, and compare with what was decided, byte by byte.

    ID is that of a decision; without any, all decisions of the log are replayed. Nothing is written.

    Example:  clausewise replay --database audit.db --with-pack rules/library-loans
    """
    _check_range(ids, after, until)
    policy = None if folder is None else Policy(loaded([folder])[0])
    with opened_log(database) as store:
        entries = _named(store, ids) if ids else _counted(old_entries(store, after or 0, until))
        if policy is None:
            same = _replayed(store, entries, samples)
            _tell_replay(same, format_)
            ctx.exit(0 if same.is_same else _DIFFERS)
        else:
            _tell_other_pack(policy, _put_to(policy, store, entries, samples), format_)


def _check_range(ids: Sequence[str], after: int | None, until: int | None) -> None:
    if ids and not (after is None and until is None):
        raise click.UsageError("--after and --until choose among all entries; leave them out beside an ID.")
    if after is not None and until is not None and until <= after:
        raise click.UsageError(f"--until must be above --after: no entry is behind {after} and up to {until}.")


def _named(store: Store, ids: Sequence[str]) -> list[Kept | EntryDamaged]:
    """Return the entries of these ids, in the order of the log. Raises Refused with all that are no decisions."""
    found: list[Kept | EntryDamaged] = []
    wrong: list[str] = []
    for id_ in dict.fromkeys(ids):
        try:
            kept = store.entry(id_)
        except EntryDamaged as damaged:
            found.append(damaged)
            continue
        if kept is None:
            wrong.append(f"there is no entry '{id_}'")
        elif kept.entry.kind != "decision":
            wrong.append(f"the entry '{id_}' is of the kind '{kept.entry.kind}', and decides nothing")
        else:
            found.append(kept)
    if wrong:
        raise Refused("Only decisions of the audit log can be replayed:", wrong)
    return sorted(found, key=lambda each: each.sequence)


def _replayed(store: Store, entries: Iterable[Kept | EntryDamaged], samples: int) -> ReplayReport:
    report, again = ReplayReport(samples), Replay(store)
    for entry in entries:
        if isinstance(entry, EntryDamaged):
            report.add_damaged(entry)
        else:
            report.add(again.replay(entry))
    return report


def _put_to(policy: Policy, store: Store, entries: Iterable[Kept | EntryDamaged], samples: int) -> OtherPackReport:
    other = OtherPack(store, policy, samples)
    for entry in entries:
        if isinstance(entry, EntryDamaged):
            other.report.add_damaged(entry)
        else:
            other.add(entry)
    if set(other.report.entries) == {"other_policy"}:
        deciding = [name for name, _, _ in other.report.policies]
        hint = did_you_mean(policy.pack.id, deciding)
        told = f"--with-pack: no decision there is by a policy '{policy.pack.id}'.{hint}"
        raise Refused(f"{told} There is: {', '.join(sorted(deciding))}.")
    return other.report


def _tell_replay(report: ReplayReport, format_: str) -> None:
    if format_ == "json":
        write_line(canonical(replay_json(report)))
    else:
        print_replay(report)


def _tell_other_pack(policy: Policy, report: OtherPackReport, format_: str) -> None:
    if format_ == "json":
        write_line(canonical(other_pack_json(policy.pack, report)))
    else:
        print_other_pack(policy.pack, report)


def _counted(items: Iterable[_Item]) -> Iterator[_Item]:
    """Yield items, and tell on a terminal now and then how many there were."""
    with progress() as tell:
        for count, item in enumerate(items, start=1):
            tell(count)
            yield item
