"""The steps, each with the revision that it builds on."""
