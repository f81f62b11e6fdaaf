"""`clausewise audit erase`, `keys` and `rotate-key`: looking after the log. Each deed is itself an entry of it."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from service.audit.log.erasure import erase as erase_personal
from service.audit.log.notary import Notary, introductions, verifiers
from service.audit.log.rotation import rotate
from service.cli.logs import NO_KEY, opened_log
from service.cli.options import exit_statuses, format_, log_database, signing_key
from service.cli.refusals import Refused
from service.cli.streams import write_line
from service.jsontext import Json, canonical

__all__ = ["erase", "keys", "rotate_key"]

_STILL_THERE = (
    "The bytes of their key are still in the database's files, as somebody reads an older state of the log, or the "
    "user does not own the tables. They go when the database clears up."
)
_STATUSES = exit_statuses("0 done, 2 the call was wrong or can't be done")
_reason = click.option("--reason", required=True, metavar="TEXT", help="Why; it stands in the log for ever.")
_caller = click.option(
    "--caller", metavar="NAME", help="Who does so; it stands in the log for ever.  [default: the user's login name]"
)


@click.command(short_help="Erase the personal facts of a decision.", epilog=_STATUSES)
@click.argument("id_", metavar="ID")
@_reason
@_caller
@log_database
@format_
def erase(id_: str, reason: str, caller: str | None, database: str, format_: str) -> None:
    """Erase the personal facts of a decision for ever. Its entry, and every proof over it, stay as they are.

    ID is the document's. An entry of its own tells that they were erased, why, and by whom.

    Example:  clausewise audit erase 01a211bf-6bfe-7fa1-836b-a6b29bf99b0c --reason "asked by the person"
    """
    with opened_log(database) as store:
        kept = store.entry(id_)
        if kept is None:
            raise Refused(f"No entry of the log has the id '{id_}'.")
        done = erase_personal(store, kept, _said(reason, "--reason"), _named(caller))
    told = done.kept
    if format_ == "json":
        deed: Json = {"sequence": told.sequence, "id": told.entry.id}
        write_line(canonical({"erased": {"sequence": kept.sequence, "id": id_}, "deed": deed, "is_gone": done.is_gone}))
    else:
        told_by = f"entry {told.sequence} tells so: {told.entry.id}"
        click.echo(f"The personal facts of entry {kept.sequence} are erased; {told_by}")
    if not done.is_gone:
        click.echo(_STILL_THERE, err=True)


@click.command(short_help="Print the log's public keys.", epilog=_STATUSES)
@log_database
@format_
def keys(database: str, format_: str) -> None:
    """Print the public keys that have signed the log, in their order; the last one signs now.

    Auditors need the first one, from somewhere else than the log: publish it. With --format json the notes by which
    each key introduces the next come with them: they tell from which size on a key speaks.

    Example:  clausewise audit keys
    """
    with opened_log(database) as store, store.database.reading() as connection:
        found = [verifier.text for verifier in verifiers(connection)]
        notes: list[Json] = list(introductions(connection))
    if not found:
        raise Refused(NO_KEY)
    if format_ == "json":
        write_line(canonical({"keys": found, "introductions": notes}))
    else:
        click.echo("".join(f"{key}\n" for key in found), nl=False)


@click.command("rotate-key", short_help="Let another key sign.", epilog=_STATUSES)
@_reason
@_caller
@click.option(
    "--without-old-key",
    "without_old",
    is_flag=True,
    help="Go on without the old key's signature: it is lost, or the log was restored from a backup. Auditors are told.",
)
@log_database
@signing_key
@format_
def rotate_key(  # noqa: PLR0913 - a parameter for each option
    *, reason: str, caller: str | None, without_old: bool, database: str, key: Path | None, format_: str
) -> None:
    """Let another key sign the log from now on. The old one signs for it, so that trust goes on.

    The new key takes the place of the old one in the key file, and the old one stays beside it under its id.
    Services that run take the new key from the file when they next sign.

    Example:  clausewise audit rotate-key --reason "the yearly change"
    """
    with opened_log(database, key) as store:
        notary = store.notary
        assert isinstance(notary, Notary)  # noqa: S101 - `opened_log` gives one
        told = rotate(
            store,
            notary,
            _said(reason, "--reason"),
            _named(caller),
            without_old=without_old,
        )
        with store.database.reading() as connection:
            now = verifiers(connection)[-1]
    if format_ == "json":
        write_line(canonical({"key": now.text, "deed": {"sequence": told.sequence, "id": told.entry.id}}))
        return
    click.echo(f"The log is signed with {now.text} from entry {told.sequence} on; the key is in {notary.path}.")


def _said(text: str, option: str) -> str:
    """Return what is to stand in the log for ever: one line that can be printed."""
    if not text.strip() or not text.isprintable():
        raise click.UsageError(f"{option} must be one line of text that can be printed.")
    return text.strip()


def _named(caller: str | None) -> str:
    """Return who is to stand in the log for ever; the login name only where --caller was not given."""
    return _said(_login() if caller is None else caller, "--caller")


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        raise click.UsageError("--caller must say who.") from None
