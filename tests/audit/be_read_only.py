"""A process of its own whose SQLite file can't be written for a while: `be_read_only.py PATH`."""

import sys
from pathlib import Path

from service.audit.log.entries import Entry, write_entry
from service.audit.log.stamps import Stamp
from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.audit.storage.unavailable import StoreUnavailable
from service.decision.desk import Desk
from service.decision.requests import read_request
from service.pack.loader import load_pack


def main() -> None:
    """Append, read meanwhile, append again; print what happened, a line each."""
    path = Path(sys.argv[1])
    pack = load_pack(Path(__file__).resolve().parents[1] / "fixtures" / "packs" / "library-loans")
    decided = Desk([pack]).decide(read_request({"facts": {}}))
    store = Store(open_database(str(path)))
    store.prepare()

    def entry() -> Entry:
        return write_entry(decided, Stamp())

    def told(line: object) -> None:
        sys.stdout.write(f"{line}\n")

    kept = store.append(entry(), pack)
    path.chmod(0o444)
    store.close()  # what is open stays open for writing
    for _ in range(2):
        try:
            store.append(entry(), pack)
        except StoreUnavailable as failure:
            told("refused" if "read-only" in str(failure) else failure)
    with store.database.reading(), store.database.reading():  # two connections, of which a writer gets one
        told(f"{store.entry(kept.entry.id).sequence} can be read")
    path.chmod(0o600)
    told(store.append(entry(), pack).sequence)
    told(store.append(entry(), pack).sequence)
    store.close()


main()
