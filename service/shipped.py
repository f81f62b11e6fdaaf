"""Where the packs and schemas lie that Clausewise comes with: in a checkout beside `service/`, in a wheel inside it."""

from __future__ import annotations

from pathlib import Path

__all__ = ["packs_folder", "schemas_folder", "shipped_packs"]

_SERVICE = Path(__file__).resolve().parent


def packs_folder() -> Path:
    """Return the folder whose sub-folders are packs. Raises FileNotFoundError when the installation lacks it."""
    return _folder("rules")


def schemas_folder() -> Path:
    """Return the folder of JSON Schemas. Raises FileNotFoundError when the installation lacks it."""
    return _folder("schemas")


def shipped_packs() -> list[Path]:
    """Return the folders of the packs that come with Clausewise, by name."""
    return sorted(path.parent for path in packs_folder().glob("*/pack.yaml"))


def _folder(name: str) -> Path:
    for parent in (_SERVICE / "_data", _SERVICE.parent):
        if (parent / name).is_dir():
            return parent / name
    raise FileNotFoundError(f"this installation of Clausewise lacks its folder '{name}'")
