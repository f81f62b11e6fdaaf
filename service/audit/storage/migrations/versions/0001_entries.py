"""The first tables: packs and their files, entries, idempotency keys. From here on rows are only added."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = ("packs", "pack_files", "entries", "keys")


def upgrade() -> None:
    """Create the tables, and the triggers that keep their rows as they are."""
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
    op.create_table(
        "entries",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("pack", sa.Text, sa.ForeignKey("packs.digest"), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "keys",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("sequence", sa.Integer, sa.ForeignKey("entries.sequence"), nullable=False),
    )
    if op.get_bind().dialect.name != "sqlite":
        return  # PostgreSQL can be used from 0002 on, which guards the rows in its way
    for table in _TABLES:
        _keep_rows(table)
    # INSERT OR REPLACE removes a row without any DELETE: the place and the id of an entry are therefore guarded too.
    op.execute(
        "CREATE TRIGGER entries_follow BEFORE INSERT ON entries "
        "WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM entries) "
        "OR EXISTS (SELECT 1 FROM entries WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'entries follow one another without a gap, each with an id of its own'); END"
    )
    for table, column in (("packs", "digest"), ("keys", "key")):
        op.execute(
            f"CREATE TRIGGER {table}_once BEFORE INSERT ON {table} "  # noqa: S608
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {column} = NEW.{column}) "
            f"BEGIN SELECT RAISE(ABORT, 'a row of {table} is written once'); END"
        )
    op.execute(
        "CREATE TRIGGER pack_files_once BEFORE INSERT ON pack_files "
        "WHEN EXISTS (SELECT 1 FROM pack_files WHERE digest = NEW.digest AND path = NEW.path) "
        "BEGIN SELECT RAISE(ABORT, 'a row of pack_files is written once'); END"
    )


def _keep_rows(table: str) -> None:
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed or removed'); END"
        )
