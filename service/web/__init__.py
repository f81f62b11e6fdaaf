"""The HTTP door: bytes to one call of the desk and back. Nothing is decided here."""
