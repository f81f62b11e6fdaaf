"""The command line: bytes and options become one call, and its answer text or JSON. Nothing is decided here."""

from service.cli.commands import main

__all__ = ["main"]
