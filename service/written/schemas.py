"""The JSON Schemas of the pack language and their validators. What a validator says is read in `faults.py`."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from service.shipped import schemas_folder

__all__ = ["SCHEMA_NAMES", "schema_text", "validator"]

SCHEMA_NAMES = (
    "calendar", "cases", "clauses", "decision", "facts", "facts-schema.meta", "interpretations", "language", "pack",
)  # fmt: skip
"""The schemas of the pack language: the files of `schemas/` without `.schema.json`."""

_NAMES = (*SCHEMA_NAMES, "callers")
"""And of the other file that is written by hand."""


def schema_text(name: str) -> str:
    """Return one of the schemas as its file has it."""
    return (schemas_folder() / f"{name}.schema.json").read_text(encoding="utf-8")


@cache
def validator(name: str) -> Draft202012Validator:
    """Return what checks data against one of the schemas. Raises KeyError for another name."""
    if name not in _NAMES:
        raise KeyError(name)
    resources = {f"{each}.schema.json": _resource(each) for each in _NAMES}
    # Local files only: a `$ref` to anywhere else is not found, whatever it says.
    registry: Registry[Any] = Registry().with_resources(resources.items()).crawl()
    return Draft202012Validator({"$ref": f"{name}.schema.json"}, registry=registry)


def _resource(name: str) -> Resource[Any]:
    return DRAFT202012.create_resource(json.loads(schema_text(name)))
