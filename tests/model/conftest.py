"""What the tests of the model share with those of the loader: files become parts of a pack."""

from tests.pack.conftest import findings, read_decision, refusal, report, told, words, write

__all__ = ["findings", "read_decision", "refusal", "report", "told", "words", "write"]
