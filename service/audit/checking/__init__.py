"""A log is checked as it stands in its tables, believing nothing of it."""
