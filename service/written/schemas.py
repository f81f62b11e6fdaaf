"""The JSON Schemas of the pack language and their validators. What a validator says is read in `violations.py`.

There are two: `fits` says no more than that all is well, and does so in a hundredth of the time; what is wrong, only
`validator` says, whose library is not imported before something is.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from service.shipped import schemas_folder

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

__all__ = ["SCHEMA_NAMES", "fits", "schema_text", "validator"]

SCHEMA_NAMES = (
    "calendar", "cases", "clauses", "decision", "facts", "facts-schema.meta", "holidays", "interpretations",
    "language", "pack",
)  # fmt: skip
"""The schemas of the pack language: the files of `schemas/` without `.schema.json`."""

_NAMES = (*SCHEMA_NAMES, "callers", "export")
"""And of other files that are read: the callers of the service, and the manifest of an export."""


def schema_text(name: str) -> str:
    """Return one of the schemas as its file has it."""
    return (schemas_folder() / f"{name}.schema.json").read_text(encoding="utf-8")


def fits(name: str, data: Any) -> bool:
    """Say whether data fit one of the schemas; False too where only `validator` can tell. Keys are text.

    Raises KeyError for another name.
    """
    try:
        return _checker(name).is_valid(data)
    except ValueError:  # nested deeper than it follows, or text that is no Unicode
        return False


@cache
def validator(name: str) -> Draft202012Validator:
    """Return what says of data how they don't fit one of the schemas. Raises KeyError for another name."""
    # Needed only where something is wrong, and a tenth of a second to import.
    from jsonschema import Draft202012Validator  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415
    from referencing.jsonschema import DRAFT202012  # noqa: PLC0415

    _require_known(name)
    resources = {file: DRAFT202012.create_resource(schema) for file, schema in _schemas().items()}
    # Local files only: a `$ref` to anywhere else is not found, whatever it says.
    registry: Registry[Any] = Registry().with_resources(resources.items()).crawl()
    return Draft202012Validator({"$ref": f"{name}.schema.json"}, registry=registry)


@cache
def _checker(name: str) -> jsonschema_rs.Draft202012Validator:
    _require_known(name)
    # The other one takes `format` for a remark as well, and finds no more than these files.
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"{name}.schema.json"}, registry=_registry(), validate_formats=False, retriever=_no_other
    )


@cache
def _registry() -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry(list(_schemas().items()), draft=jsonschema_rs.Draft202012, retriever=_no_other)


def _no_other(uri: str) -> Any:
    raise KeyError(uri)


@cache
def _schemas() -> dict[str, Any]:
    return {f"{name}.schema.json": json.loads(schema_text(name)) for name in _NAMES}


def _require_known(name: str) -> None:
    if name not in _NAMES:
        raise KeyError(name)
