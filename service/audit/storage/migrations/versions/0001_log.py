"""The tables of the log, and what keeps their rows as they are: they are only added, in order."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")

_ONCE = {
    "packs": ("digest",),
    "pack_files": ("digest", "path"),
    "entries": ("sequence",),
    "keys": ("key",),
    "leaves": ("sequence",),
    "tiles": ("level", "number"),
    "checkpoints": ("size", "key"),
    "signers": ("key",),
    "personal_facts": ("sequence",),
    "personal_keys": ("sequence",),
}
"""The tables whose rows are written once, and by what one is known."""

_REMOVED = ("leaves", "personal_facts", "personal_keys")  # whose rows alone may be removed: into a tile, or erased
_KEEP = "rows of {} are never changed or removed"
_FOLLOW = "entries follow one another without a gap, each with an id of its own"
_GROW = "the tree only grows"
_TILED = "the hash of an entry is removed when its tile has it"
_IN_TILE = "EXISTS (SELECT 1 FROM tiles WHERE level = 0 AND number = (OLD.sequence - 1) / 256)"


def upgrade() -> None:
    """Create the tables, plant an empty tree, and guard all rows."""
    _create_packs()
    _create_entries()
    _create_tree()
    _create_personal()
    _create_search()
    op.execute(sa.text("INSERT INTO tree (id, size, frontier) VALUES (1, 0, :empty)").bindparams(empty=b""))
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _create_packs() -> None:
    op.create_table(
        "packs",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
    )
    op.create_table(
        "pack_files",
        sa.Column("digest", sa.Text, sa.ForeignKey("packs.digest"), primary_key=True),
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


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


def _create_tree() -> None:
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
        "leaves",
        sa.Column("sequence", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
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


def _create_personal() -> None:
    for name, value in (("personal_facts", "sealed"), ("personal_keys", "key")):
        op.create_table(
            name,
            sa.Column("sequence", _COUNT, sa.ForeignKey("entries.sequence"), primary_key=True, autoincrement=False),
            sa.Column(value, sa.LargeBinary, nullable=False),
        )


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


def _guard_sqlite() -> None:
    for table, columns in _ONCE.items():
        for deed in ("UPDATE",) if table in _REMOVED else ("UPDATE", "DELETE"):
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
    _trigger("leaves_stay", f"DELETE ON leaves WHEN NOT {_IN_TILE}", _TILED)
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
    op.execute(
        "CREATE FUNCTION clausewise_stay() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path FROM CURRENT AS $$ BEGIN IF NOT {_IN_TILE} THEN "
        f"RAISE EXCEPTION '{_TILED}' USING ERRCODE = 'integrity_constraint_violation'; "
        "END IF; RETURN OLD; END $$"
    )
    for table in _ONCE:
        deeds = "UPDATE" if table in _REMOVED else "UPDATE OR DELETE"
        _refusal(f"{table}_keep", f"{deeds} ON {table} FOR EACH ROW", _KEEP.format(table))
        _refusal(f"{table}_no_truncate", f"TRUNCATE ON {table} FOR EACH STATEMENT", _KEEP.format(table))
    op.execute(
        "CREATE TRIGGER entries_follow BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION clausewise_follow()"
    )
    op.execute("CREATE TRIGGER leaves_stay BEFORE DELETE ON leaves FOR EACH ROW EXECUTE FUNCTION clausewise_stay()")
    _refusal("tree_grows", "UPDATE ON tree FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.size < OLD.size)", _GROW)
    _refusal("tree_once", "INSERT OR DELETE ON tree FOR EACH ROW", _GROW)
    _refusal("tree_no_truncate", "TRUNCATE ON tree FOR EACH STATEMENT", _GROW)


def _refusal(name: str, when: str, says: str) -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {when} EXECUTE FUNCTION clausewise_refuse('{says}')")
