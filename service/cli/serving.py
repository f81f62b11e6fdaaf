"""`clausewise serve`: packs, an audit log and a server, as the options say. Nothing is decided or answered here."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import click
from flask import Flask

from service.audit.log.notary import Notary
from service.audit.log.store import Store
from service.audit.proof.key_files import KeyRefused
from service.audit.storage.databases import open_database
from service.audit.storage.unavailable import StoreUnavailable
from service.cli.logs import database_at, key_file, new_name
from service.cli.options import exit_statuses, log_database, packs, signing_key
from service.cli.origins import Origin
from service.cli.pack_folders import folders_or_shipped, require_apart
from service.cli.refusals import Refused
from service.decision.desk import Desk
from service.model.pack import Pack
from service.pack.loader import load_pack
from service.web.app import create_app
from service.web.callers import Callers, InvalidCallers, read_callers
from service.web.metric_files import shared_between_workers
from service.web.server import Address, AddressTaken, WorkersFail, serve_app
from service.wording import did_you_mean
from service.written.findings import Finding, InvalidPack

__all__ = ["serve"]

_NAME = re.compile(r"[^\s+]{1,200}")


@click.command(
    epilog=exit_statuses("0 ended by SIGTERM or SIGINT, 1 a pack is wrong, 2 the call was wrong or can't be done")
)
@click.option("--host", metavar="HOST", default="127.0.0.1", show_default=True, help="Listen at this address.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    default=8042,
    show_default=True,
    help="Listen at this port.",
)
@click.option(
    "--workers", type=click.IntRange(1, 64), metavar="N", default=2, show_default=True, help="Processes that answer."
)
@click.option(
    "--threads",
    type=click.IntRange(1, 256),
    metavar="N",
    default=4,
    show_default=True,
    help="Threads of each that decide.",
)
@log_database
@signing_key
@click.option(
    "--log-name",
    "name",
    metavar="NAME",
    help="What a new log is called in its checkpoints, as example.com/support.  [default: clausewise/ and 16 digits]",
)
@packs
@click.option(
    "--policy",
    metavar="ID",
    help="The policy that decides where a request names none.  [default: that of the first pack]",
)
@click.option(
    "--callers",
    "callers_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="YAML file of those who may call, and what each may do.  [default: everybody may call]",
)
@click.option(
    "--allow-origin",
    "origins",
    type=Origin(),
    multiple=True,
    metavar="ORIGIN",
    help="Pages of this origin may call from a browser; may be repeated.  [default: none]",
)
@click.option(
    "--open",
    "is_open",
    is_flag=True,
    help="Let everybody call from other machines too, where no --callers are given.",
)
def serve(  # noqa: PLR0913 - a parameter for each option
    *,
    host: str,
    port: int,
    workers: int,
    threads: int,
    database: str,
    key: Path | None,
    name: str | None,
    folders: Sequence[Path],
    policy: str | None,
    callers_file: Path | None,
    origins: Sequence[str],
    is_open: bool,
) -> None:
    """Answer over HTTP, and keep every decision in the audit log.

    Example:  clausewise serve --port 8042 --database audit.db
    """
    if callers_file is None and not is_open:
        _require_loopback(host)
    named = folders_or_shipped(folders)
    served = _loaded(named)
    require_apart(named, served)
    desk = Desk(served, _default(served, policy))
    callers = None if callers_file is None else _known(callers_file)
    log, notary = _prepared(database, key, name)

    def started() -> None:
        named = ", ".join(f"{pack.id} {pack.version} ({pack.digest[:19]})" for pack in served)
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"Listening at http://{shown}:{port}; packs: {named}; audit log: {log}", err=True)

    def make_app() -> Flask:
        store = Store(open_database(database), notary)
        return create_app(desk, store, callers=callers, origins=origins, most_at_once=threads)

    try:
        with shared_between_workers():
            serve_app(make_app, Address(host, port), workers=workers, threads=threads, on_start=started)
    except AddressTaken as wrong:
        raise Refused(f"{wrong}.") from None
    except WorkersFail:
        raise Refused("The workers end as soon as they are started; what they said stands above.") from None
    finally:
        # Opened only now: a worker must not take a connection along, and all of them have ended.
        Store(open_database(database), notary).finish()


def _require_loopback(host: str) -> None:
    """Raise Refused where other machines would reach a service that knows no callers."""
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        return  # Nobody can listen there; that is told when it is tried.
    if not all(ip_address(each.partition("%")[0]).is_loopback for each in found):
        raise Refused(
            f"--host {host}: other machines could reach it, and whoever does could decide, and read every decision. "
            "Give --callers FILE with those who may call, or --open to let everybody call."
        )


def _loaded(folders: Sequence[Path]) -> list[Pack]:
    """Return the packs; where any is wrong, tell every finding of all and exit."""
    found: list[Pack] = []
    findings: list[Finding] = []
    for folder in folders:
        try:
            found.append(load_pack(folder))
        except InvalidPack as wrong:
            findings.extend(wrong.findings)
    if findings:
        click.echo("\n".join(map(str, findings)), err=True)
        click.get_current_context().exit(1)
    return found


def _default(served: Sequence[Pack], policy: str | None) -> str | None:
    known = sorted({pack.id for pack in served})
    if policy is not None and policy not in known:
        hint = did_you_mean(policy, known)
        raise Refused(f"--policy: There is no policy '{policy}'.{hint} There is: {', '.join(known)}.")
    return policy


def _known(file: Path) -> Callers:
    try:
        return read_callers(file)
    except InvalidCallers as wrong:
        if [finding.code for finding in wrong.findings] == ["unreadable_file"]:
            raise Refused(f"--callers: '{file}': {wrong.findings[0].message}.") from None
        count = len(wrong.findings)
        told = f"--callers: '{file}' is refused, for {count} finding{'' if count == 1 else 's'}:"
        raise Refused(told, map(str, wrong.findings)) from None


def _prepared(url: str, key: Path | None, name: str | None) -> tuple[str, Notary]:
    """Make the tables of the audit log and its signing key, or bring them up to date.

    returns  what the database is called, and who signs
    """
    if name is not None and not _NAME.fullmatch(name):
        raise Refused("--log-name: it is like example.com/support: no spaces and no +.")
    database = database_at(url)
    notary = Notary(key_file(database, key), name or new_name())
    store = Store(database, notary)
    try:
        store.prepare()
    except StoreUnavailable as wrong:
        raise Refused(f"--database {database.name}: {wrong}") from None
    except KeyRefused as wrong:
        raise Refused(f"--signing-key: {wrong}.") from None
    finally:
        # The workers open it anew: a connection must not be taken along into another process.
        store.close()
    return database.name, notary
