"""Where a log is kept: databases, their tables, how these come to be. What stands in an entry is not known here."""
