"""A process of its own that prepares a store and appends entries to it: `append_many.py URL COUNT`."""

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
    """Append, and print the sequences, one a line."""
    store = Store(open_database(sys.argv[1], patience=30))  # the disk may be slow; this is not about that
    store.prepare()
    pack = load_pack(Path(__file__).resolve().parents[1] / "fixtures" / "packs" / "library-loans")
    decided = Desk([pack]).decide(read_request({"facts": {}}))
    for _ in range(int(sys.argv[2])):
        kept = store.append(write_entry(decided, Stamp()), pack)
        sys.stdout.write(f"{kept.sequence}\n")
    store.close()


main()
