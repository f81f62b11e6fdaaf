"""Folders of packs, as the call names them: told apart from what is none, and loaded. What a pack is, `pack` knows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import click

from service.cli.refusals import Refused, refused_pack
from service.model.pack import Pack
from service.pack.loader import load_pack
from service.shipped import shipped_packs
from service.wording import did_you_mean
from service.written.findings import InvalidPack

__all__ = ["PackFolderType", "folders_or_shipped", "loaded", "require_apart"]

_MOST_SHOWN = 6


class PackFolderType(click.ParamType[Path]):
    """A folder that holds a `pack.yaml`."""

    name = "pack"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the folder, or fail with what would be right."""
        folder = Path(value)
        try:
            wrong = _what_is_wrong(folder)
        except OSError as unreadable:
            wrong = f"'{folder}' can't be read: {unreadable.strerror}."
        if wrong is not None:
            self.fail(wrong, param, ctx)
        return folder


def folders_or_shipped(folders: Sequence[Path]) -> Sequence[Path]:
    """Return the folders that the call names, each once, or else those of the packs that Clausewise comes with."""
    if folders:
        return list(dict.fromkeys(folders))
    try:
        shipped = shipped_packs()
    except FileNotFoundError as lacking:
        raise Refused(f"{lacking}; name the folder of a pack") from None
    if not shipped:
        raise Refused("Clausewise came without a pack; name the folder of one")
    return [_as_shown(folder) for folder in shipped]


def loaded(folders: Sequence[Path]) -> list[Pack]:
    """Return the packs. Raises Refused for one that is refused, with every finding, and for two that are as one."""
    named = folders_or_shipped(folders)
    packs = [_load(folder) for folder in named]
    require_apart(named, packs)
    return packs


def require_apart(folders: Sequence[Path], packs: Sequence[Pack]) -> None:
    """Raise Refused where nothing tells which of two packs of one policy decides."""
    for (one, pack), (other, later) in combinations(zip(folders, packs, strict=True), 2):
        if pack.id != later.id:
            continue
        if pack.version == later.version:
            raise Refused(
                f"'{one}' and '{other}' are both version {pack.version} of {pack.id}: "
                "name one of them, or give the later one a version of its own."
            )
        if pack.in_force_from == later.in_force_from:
            since = "have no first day" if pack.in_force_from is None else f"are in force from {pack.in_force_from} on"
            raise Refused(
                f"'{one}' and '{other}' are versions of {pack.id} that {since}: "
                "give the later one the first day on which it is in force ('in_force' in pack.yaml)."
            )


def _load(folder: Path) -> Pack:
    try:
        return load_pack(folder)
    except InvalidPack as wrong:
        raise refused_pack(folder, wrong) from None


def _as_shown(folder: Path) -> Path:
    """Return a path from the current folder where the pack lies below it: it is what a person would type."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _what_is_wrong(folder: Path) -> str | None:
    if folder.name == "pack.yaml" and folder.is_file():
        return f"'{folder}' is a file; a pack is the folder around it: '{folder.parent}'."
    if not folder.exists():
        return f"There is no folder '{folder}'.{_meant(folder)} A pack is a folder with a pack.yaml in it."
    if not folder.is_dir():
        return f"'{folder}' is a file; a pack is a folder with a pack.yaml in it."
    return None if (folder / "pack.yaml").exists() else f"'{folder}' holds no pack.yaml.{_inside(folder)}"


def _meant(folder: Path) -> str:
    if not folder.parent.is_dir():
        return ""
    return did_you_mean(str(folder), [str(each) for each in folder.parent.iterdir() if each.is_dir()])


def _inside(folder: Path) -> str:
    packs = sorted(path.parent for path in folder.glob("*/pack.yaml"))
    shown = ", ".join(f"'{path}'" for path in packs[:_MOST_SHOWN])
    return f" These are packs: {shown}." if packs else " A pack is a folder with one."
