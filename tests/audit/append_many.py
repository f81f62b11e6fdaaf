"""What a process does that prepares a store and appends entries to it."""

import sys
from pathlib import Path

from service.audit.log.entries import write_entry
from service.audit.log.stamps import Stamp
from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.decision.desk import Desk
from service.decision.requests import read_request
from service.pack.loader import load_pack


def main() -> None:
    """Append to the database of a URL so many entries, as the arguments say; print the sequences, one a line."""
    _, url, count = sys.argv
    store = Store(open_database(url, patience=30))  # the disk may be slow; this is not about that
    store.prepare()
    pack = load_pack(Path(__file__).resolve().parents[1] / "fixtures" / "packs" / "library-loans")
    decided = Desk([pack]).decide(read_request({"facts": {}}))
    for _ in range(int(count)):
        kept = store.append(write_entry(decided, Stamp()), pack)
        sys.stdout.write(f"{kept.sequence}\n")
    store.close()
