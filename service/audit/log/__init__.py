"""The log: entries are appended, signed, read and proven."""
