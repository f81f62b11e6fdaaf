"""What could still happen when facts are unknown."""
