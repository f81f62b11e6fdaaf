"""How the tables of the audit log came to be: one module a step in `versions`, run by alembic at start-up."""
