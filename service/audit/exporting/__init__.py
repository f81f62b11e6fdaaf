"""A part of a log in files, and its check by these alone."""
