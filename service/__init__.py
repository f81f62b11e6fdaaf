"""Clausewise: policies as packs of plain rules, decisions that cite their clauses, a log that proves itself. No policy here."""

__version__ = "1.0.0"
