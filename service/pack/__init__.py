"""The pack and its language: a policy's files are read, checked and made a model. Nothing is decided here."""
