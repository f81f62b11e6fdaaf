"""`clausewise serve`: packs, an audit log and a server, as the options say. Nothing is decided or answered here."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path

import click
from flask import Flask

from service.audit.log.notary import Notary
from service.audit.log.store import Store
from service.audit.proof.key_files import KeyRefused
from service.audit.storage.databases import open_database
from service.audit.storage.unavailable import StoreUnavailable
from service.cli.in_force import InForce, Sources
from service.cli.logs import database_at, key_file, new_name
from service.cli.options import exit_statuses, log_database, packs, signing_key
from service.cli.origins import Origin
from service.cli.pack_folders import folders_or_shipped
from service.cli.refusals import Refused
from service.cli.renewing import Renewing
from service.web.app import Office
from service.web.log_lines import log
from service.web.metric_files import shared_between_workers
from service.web.server import Address, AddressTaken, Renewal, WorkersFail, hangups_wait, serve_app
from service.written.findings import InvalidPack

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

    SIGHUP reads the packs and the callers anew, from the same places, and no request is lost. Where anything is wrong
    with them, the log has every finding, and those that were in force stay so.
    """
    if callers_file is None and not is_open:
        _require_loopback(host)
    with hangups_wait():
        sources = Sources(folders_or_shipped(folders), policy, callers_file)
        in_force = _at_start(sources)
        log_name, notary = _prepared(database, key, name)

        def open_app() -> Callable[[InForce], Flask]:
            office = Office(Store(open_database(database), notary), origins=origins, most_at_once=threads)
            return lambda found: office.app(found.desk, found.callers)

        def greet() -> None:
            shown = f"[{host}]" if ":" in host else host
            log().info("listening", address=f"http://{shown}:{port}", packs=in_force.shown, audit_log=log_name)

        renewing = Renewing(sources, in_force)
        try:
            with shared_between_workers():
                serve_app(
                    open_app,
                    in_force,
                    Address(host, port),
                    workers=workers,
                    threads=threads,
                    on_start=greet,
                    renewal=Renewal(renewing.read, renewing.tell),
                )
        except AddressTaken as wrong:
            raise Refused(f"{wrong}.") from None
        except WorkersFail:
            raise Refused("The workers end as soon as they are started; what they said stands above.") from None
        finally:
            # Opened only now: a worker must not take a connection along, and all of them have ended.
            Store(open_database(database), notary).finish()


def _at_start(sources: Sources) -> InForce:
    """Return what is in force; where a pack is wrong, tell every finding of all and exit."""
    try:
        return sources.read()
    except InvalidPack as wrong:
        click.echo(str(wrong), err=True)
        click.get_current_context().exit(1)


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
