"""What was decided is decided again, by the pack that did, or by another."""
