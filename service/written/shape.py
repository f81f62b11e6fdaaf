"""What a file says, in the shape that it should have; another shape is empty here and told by `structure.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

__all__ = ["Written", "elements", "items", "mapping", "texts"]

Written: TypeAlias = Mapping[str | int, object]
"""A mapping as it stands in a file; its keys are text, and where the file has such, integers or booleans."""


def mapping(node: object) -> Written:
    """Return a mapping, or an empty one for anything else."""
    return node if isinstance(node, dict) else {}


def items(node: object) -> list[object]:
    """Return a list, or an empty one for anything else."""
    return node if isinstance(node, list) else []


def elements(holder: object, key: str) -> list[tuple[int, Written]]:
    """Return the mappings of the list under a key, with their positions; a broken element stands there as none."""
    listed = items(mapping(holder).get(key))
    return [(index, each) for index, each in enumerate(listed) if isinstance(each, dict)]


def texts(node: object) -> tuple[str, ...]:
    """Return one text or a list of them as a tuple: a list of one is written as the one.

    >>> texts("fines"), texts(["fines", "loans"]), texts(None)
    (('fines',), ('fines', 'loans'), ())
    """
    return (node,) if isinstance(node, str) else tuple(map(str, items(node)))
