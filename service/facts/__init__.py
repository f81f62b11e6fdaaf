"""Facts: what a case says."""
