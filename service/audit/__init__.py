"""The audit log: entries that are only ever appended. Nothing is decided here, and no HTTP is spoken."""
