"""YAML with places, its traps and its structure. No pack is known here."""
