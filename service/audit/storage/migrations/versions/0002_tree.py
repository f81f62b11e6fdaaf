"""The Merkle tree with its checkpoints, personal facts, the search index; from here on PostgreSQL as well."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from service.audit.proof.merkle import Frontier, leaf_hash, subtree_root

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_WIDTH = 256  # hashes in a tile
_AT_ONCE = 1024  # entries

_ONCE = {
    "packs": ("digest",),
    "pack_files": ("digest", "path"),
    "entries": ("sequence",),
    "keys": ("key",),
    "tiles": ("level", "number"),
    "checkpoints": ("size", "key"),
    "signers": ("key",),
    "personal_facts": ("sequence",),
    "personal_keys": ("sequence",),
}
"""The tables whose rows are written once, and by what one is known."""

_ERASED = ("personal_facts", "personal_keys")  # whose rows alone may be removed
_KEEP = "rows of {} are never changed or removed"
_FOLLOW = "entries follow one another without a gap, each with an id of its own"
_GROW = "the tree only grows"


def upgrade() -> None:
    """Move the entries into their new table, plant the tree, and guard all rows anew."""
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        _drop_triggers(connection)
    op.rename_table("keys", "keys_0001")
    op.rename_table("entries", "entries_0001")
    _create_entries()
    _create_others()
    _move_rows(connection)
    op.drop_table("keys_0001")
    op.drop_table("entries_0001")
    _plant(connection)
    if is_sqlite:
        _guard_sqlite()
    else:
        _guard_postgresql()


def _drop_triggers(connection: sa.Connection) -> None:
    for name in connection.execute(sa.text("SELECT name FROM sqlite_schema WHERE type = 'trigger'")).scalars().all():
        op.execute(f'DROP TRIGGER "{name}"')


def _create_entries() -> None:
    op.create_table(
        "entries",
        sa.Column("sequence", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("pack", sa.Text, sa.ForeignKey("packs.digest")),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "keys",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("sequence", _COUNT, sa.ForeignKey("entries.sequence"), nullable=False),
    )


def _create_others() -> None:
    op.create_table(
        "tree",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", _COUNT, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "tiles",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "signers",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False, unique=True),
        sa.Column("verifier", sa.Text, nullable=False),
        sa.Column("introduction", sa.Text),
    )
    for name, value in (("personal_facts", "sealed"), ("personal_keys", "key")):
        op.create_table(
            name,
            sa.Column("sequence", _COUNT, sa.ForeignKey("entries.sequence"), primary_key=True, autoincrement=False),
            sa.Column(value, sa.LargeBinary, nullable=False),
        )
    _create_search()


def _create_search() -> None:
    op.create_table(
        "blocks",
        sa.Column("block", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("first_at", sa.Text, nullable=False),
        sa.Column("last_at", sa.Text, nullable=False),
    )
    op.create_index("ix_blocks_last_at", "blocks", ["last_at"])
    op.create_table(
        "terms",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("term", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "postings",
        sa.Column("term", sa.Integer, sa.ForeignKey("terms.id"), primary_key=True, autoincrement=False),
        sa.Column("block", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("bits", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )


def _move_rows(connection: sa.Connection) -> None:
    """Copy the entries, each with its hash in the tree, and the idempotency keys."""
    old = sa.text("SELECT sequence, id, pack, body FROM entries_0001 ORDER BY sequence")
    add = sa.text(
        "INSERT INTO entries (sequence, id, kind, pack, leaf, body) "
        "VALUES (:sequence, :id, 'decision', :pack, :leaf, :body)"
    )
    for rows in connection.execute(old).mappings().partitions(_AT_ONCE):
        connection.execute(add, [{**row, "leaf": leaf_hash(row["body"])} for row in rows])
    op.execute("INSERT INTO keys (key, request, sequence) SELECT key, request, sequence FROM keys_0001")


def _plant(connection: sa.Connection) -> None:
    """Fill the tiles of whole rows of hashes, and the one row of the tree."""
    leaves = connection.execute(sa.text("SELECT leaf FROM entries ORDER BY sequence"))
    frontier = Frontier(0, ())
    full: list[bytes] = []
    for rows in leaves.scalars().partitions(_WIDTH):
        frontier = frontier.extended(rows)
        if len(rows) == _WIDTH:
            full.append(_add_tile(connection, 0, len(full), rows))
    level = 1
    while len(full) >= _WIDTH:
        rows_of = [full[start : start + _WIDTH] for start in range(0, len(full) - _WIDTH + 1, _WIDTH)]
        full = [_add_tile(connection, level, number, rows) for number, rows in enumerate(rows_of)]
        level += 1
    add = sa.text("INSERT INTO tree (id, size, frontier) VALUES (1, :size, :frontier)")
    connection.execute(add, {"size": frontier.size, "frontier": frontier.to_bytes()})


def _add_tile(connection: sa.Connection, level: int, number: int, hashes: Sequence[bytes]) -> bytes:
    root = subtree_root(hashes)
    add = sa.text("INSERT INTO tiles (level, number, root, hashes) VALUES (:level, :number, :root, :hashes)")
    connection.execute(add, {"level": level, "number": number, "root": root, "hashes": b"".join(hashes)})
    return root


def _guard_sqlite() -> None:
    for table, columns in _ONCE.items():
        for deed in ("UPDATE",) if table in _ERASED else ("UPDATE", "DELETE"):
            _trigger(f"{table}_no_{deed.lower()}", f"{deed} ON {table}", _KEEP.format(table))
        # INSERT OR REPLACE removes a row without any DELETE: what is there already is therefore guarded too.
        same = " AND ".join(f"{column} = NEW.{column}" for column in columns)
        seen = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - names from above
        _trigger(f"{table}_once", f"INSERT ON {table} WHEN {seen}", f"a row of {table} is written once")
    _trigger(
        "entries_follow",
        "INSERT ON entries WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM entries) "
        "OR EXISTS (SELECT 1 FROM entries WHERE id = NEW.id)",
        _FOLLOW,
    )
    _trigger("tree_grows", "UPDATE ON tree WHEN NEW.id IS NOT OLD.id OR NEW.size < OLD.size", _GROW)
    _trigger("tree_no_delete", "DELETE ON tree", _GROW)
    _trigger("tree_once", "INSERT ON tree", _GROW)


def _trigger(name: str, when: str, says: str) -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{says}'); END")


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION clausewise_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE FUNCTION clausewise_follow() RETURNS trigger LANGUAGE plpgsql "  # noqa: S608 - no values
        "SET search_path FROM CURRENT AS $$ BEGIN "
        "IF NEW.sequence IS DISTINCT FROM (SELECT coalesce(max(sequence), 0) + 1 FROM entries) THEN "
        f"RAISE EXCEPTION '{_FOLLOW}' USING ERRCODE = 'integrity_constraint_violation'; "
        "END IF; RETURN NEW; END $$"
    )
    for table in _ONCE:
        deeds = "UPDATE" if table in _ERASED else "UPDATE OR DELETE"
        _refusal(f"{table}_keep", f"{deeds} ON {table} FOR EACH ROW", _KEEP.format(table))
        _refusal(f"{table}_no_truncate", f"TRUNCATE ON {table} FOR EACH STATEMENT", _KEEP.format(table))
    op.execute(
        "CREATE TRIGGER entries_follow BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION clausewise_follow()"
    )
    _refusal("tree_grows", "UPDATE ON tree FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.size < OLD.size)", _GROW)
    _refusal("tree_once", "INSERT OR DELETE ON tree FOR EACH ROW", _GROW)
    _refusal("tree_no_truncate", "TRUNCATE ON tree FOR EACH STATEMENT", _GROW)


def _refusal(name: str, when: str, says: str) -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {when} EXECUTE FUNCTION clausewise_refuse('{says}')")
