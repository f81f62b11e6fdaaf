"""The pack and its language: how the files of a policy are read, checked and turned into a model. Nothing is decided here."""
