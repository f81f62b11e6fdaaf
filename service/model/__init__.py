"""What a pack is: frozen data, and what it means."""
