"""Processes that prepare a store and append entries to it, all at once: `append_many.py URL COUNT PROCESSES`."""

import sys
from multiprocessing import get_context
from pathlib import Path

from service.audit.log.entries import write_entry
from service.audit.log.stamps import Stamp
from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.decision.desk import Desk
from service.decision.requests import read_request
from service.pack.loader import load_pack


def main(url: str, count: int, processes: int) -> None:
    """Append, and print the sequences, one a line. Ends with an error where one of the processes did."""
    pack = load_pack(Path(__file__).resolve().parents[1] / "fixtures" / "packs" / "library-loans")
    decided = Desk([pack]).decide(read_request({"facts": {}}))

    def append() -> None:
        store = Store(open_database(url, patience=30))  # the disk may be slow; this is not about that
        store.prepare()
        for _ in range(count):
            kept = store.append(write_entry(decided, Stamp()), pack)
            sys.stdout.write(f"{kept.sequence}\n")
        store.close()

    # Forked: each has imported all it needs when it begins, so that they meet where it matters.
    started = [get_context("fork").Process(target=append) for _ in range(processes)]
    for each in started:
        each.start()
    for each in started:
        each.join()
    sys.exit(max(abs(each.exitcode) for each in started))


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
