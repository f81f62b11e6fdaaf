"""What pages of decisions and of policies look like, as JSON Schemas for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping

from service.jsontext import Json
from service.pack.case_files import STATUSES
from service.pack.clock_conventions import CONVENTIONS

__all__ = ["PAGE_SCHEMAS"]

_Schema = dict[str, Json]


def _object(optional: Mapping[str, Json] | None = None, /, **required: Json) -> _Schema:
    properties = {**required, **(optional or {})}
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


def _list(items: Json) -> _Schema:
    return {"type": "array", "items": items}


def _or_null(kind: str) -> _Schema:
    return {"type": [kind, "null"]}


_TEXT: _Schema = {"type": "string"}
_SIZE: Json = {"type": "integer", "minimum": 0}
_ANY: _Schema = {}
_MAP: _Schema = {"type": "object"}
_DIGEST: _Schema = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
_REFERENCE = _object(id=_TEXT, version=_TEXT, digest=_DIGEST)
_VERSION = {
    "version": _TEXT,
    "digest": _DIGEST,
    "in_force": _object(**{"from": _or_null("string"), "until": _or_null("string")}),
}
_SAID = {"says": _TEXT, "cites": _list(_TEXT), "interpretations": _list(_TEXT)}
_OF_PART = {"hit_policy": _TEXT, "order": _or_null("object"), "interpretations": _list(_TEXT)}
_WHEN: _Schema = {"oneOf": [_MAP, {"const": "otherwise"}]}
_THEN: _Schema = {"oneOf": [_MAP, {"const": "nothing"}]}
_ROW = _object(rule=_TEXT, when=_WHEN, then=_THEN, **_SAID)
_RULE = _object(rule=_TEXT, when=_WHEN, then=_THEN, outranks=_list(_TEXT), **_SAID)
_APPLIES = _object(rule=_TEXT, when=_MAP, **_SAID)
_MORE_OF_PART: Mapping[str, Json] = {"collect": _MAP, "applies_when": _APPLIES}
_PART = _object(_MORE_OF_PART, part=_TEXT, rules=_list(_RULE), **_OF_PART)
_TABLE = _object(_MORE_OF_PART, table=_TEXT, columns=_MAP, rows=_list(_ROW), **_OF_PART)
_CLOCK = _object(
    {
        **dict.fromkeys(("stops", "zone", "written_in", "pauses", *CONVENTIONS, "over_at_change"), _ANY),
        "changes": _list(_MAP),
        "warnings": _list(_MAP),
        "applies_when": _APPLIES,
        "gives": _MAP,
    },
    clock=_TEXT,
    starts=_ANY,
    amount=_ANY,
    unit=_ANY,
    calendar=_ANY,
    **_SAID,
)
_HIDING: _Schema = {"hidden": {"const": True}}
_DECISION = _object(
    _HIDING,
    decision=_TEXT,
    asks=_TEXT,
    applies_when={"oneOf": [{"type": "null"}, _APPLIES]},
    gives=_MAP,
    parts=_list({"oneOf": [_PART, _TABLE, _CLOCK]}),
    notes=_list(_object(note=_TEXT, when=_MAP, **_SAID)),
    retired=_list(_MAP),
)
_INTERPRETATION = _object(interpretation=_TEXT, question=_TEXT, cites=_list(_TEXT), chosen=_TEXT, readings=_MAP)
_CLAUSE = _object(
    clause=_TEXT,
    heading=_TEXT,
    place=_TEXT,
    text=_TEXT,
    source={"oneOf": [{"type": "null"}, _object(lines=_or_null("string"), sha256=_TEXT)]},
    not_decidable=_or_null("string"),
    cited_by=_list(_TEXT),
)

PAGE_SCHEMAS: Mapping[str, Json] = {
    "Decisions": _object(
        damaged=_list(
            {
                "type": "integer",
                "minimum": 1,
                "description": "Sequence of an entry that is not what was stored: it may be one of the decisions.",
            }
        ),
        decisions=_list(
            _object(
                id=_TEXT,
                sequence={"type": "integer", "minimum": 1},
                decided_at={"type": "string", "format": "date-time"},
                as_of=_or_null("string"),
                caller=_or_null("string"),
                reference=_or_null("string"),
                policy=_REFERENCE,
                decisions={
                    "type": "object",
                    "additionalProperties": _object(status={"enum": list(STATUSES)}, outcome=_or_null("object")),
                },
            )
        ),
        next=_or_null("string"),
    ),
    "Policies": _object(
        policies=_list(
            _object(id=_TEXT, title=_TEXT, is_default={"type": "boolean"}, versions=_list(_object(**_VERSION)))
        )
    ),
    "Policy": _object(
        id=_TEXT,
        title=_TEXT,
        source=_MAP,
        as_of=_or_null("string"),
        dates_in=_or_null("string"),
        decisions=_list(_object(_HIDING, decision=_TEXT, asks=_TEXT)),
        versions=_list(_object(**_VERSION)),
        **_VERSION,
    ),
    "Clauses": _object(policy=_REFERENCE, clauses=_list(_CLAUSE)),
    "Rules": _object(
        {"holidays": _list(_MAP)},
        policy=_REFERENCE,
        decisions=_list(_DECISION),
        derived=_list(_MAP),
        values=_MAP,
        sets=_MAP,
        calendars=_list(_MAP),
        interpretations=_list(_INTERPRETATION),
    ),
    "Facts": _object(
        id=_TEXT,
        facts=_MAP,
        personal={"type": "object", "additionalProperties": {"enum": ["shown", "masked", "erased"]}},
    ),
    "Receipt": _object(
        {
            "opened": {"type": "object", "additionalProperties": _object(json=_TEXT, salt=_TEXT)},
            "introductions": _list(_TEXT),
        },
        format={"const": "clausewise-receipt-v1"},
        sequence={"type": "integer", "minimum": 1},
        entry=_TEXT,
        proof=_list(_TEXT),
        checkpoint=_TEXT,
    ),
    "Consistency": _object(
        {"introductions": _list(_TEXT)},
        **{"from": _SIZE, "to": _SIZE},
        format={"const": "clausewise-consistency-v1"},
        proof=_list(_TEXT),
        checkpoint=_TEXT,
    ),
    "Keys": _object(keys=_list(_TEXT), introductions=_list(_TEXT)),
    "FactsSchema": {"type": "object", "description": "A JSON Schema (2020-12)."},
    "Live": _object(status={"const": "live"}),
    "Ready": _object(status={"const": "ready"}, policies=_list(_REFERENCE)),
}
"""Name of the component -> its schema."""
