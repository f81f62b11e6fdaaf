"""Clausewise: policies as packs of rules, decisions that cite their clauses, a log that proves itself."""

__version__ = "1.0.0"
