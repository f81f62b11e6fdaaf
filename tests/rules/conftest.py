"""Where the shipped pack lies; it is loaded once, for all tests."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "rules" / "code42-enterprise-support"
