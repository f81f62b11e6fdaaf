"""What comes with Clausewise, in a checkout or installed."""

from __future__ import annotations

from service.shipped import packs_folder, schemas_folder, shipped_packs
from service.written.schemas import SCHEMA_NAMES


def test_every_schema_of_the_language_is_shipped():
    """The loader can't check a pack without them."""
    assert {f"{name}.schema.json" for name in SCHEMA_NAMES} <= {path.name for path in schemas_folder().iterdir()}


def test_the_shipped_packs_are_the_folders_with_a_pack_in_them():
    """By name."""
    packs = shipped_packs()
    assert packs == sorted(packs)
    assert all(path.parent == packs_folder() and (path / "pack.yaml").is_file() for path in packs)
    assert packs
