"""What is proven with: hashes of a tree, signed notes and checkpoints, keys. No database is known here."""
