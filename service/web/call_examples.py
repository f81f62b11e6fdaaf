"""An example of each call, for the OpenAPI document: what its parameters can be, and what it may answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.jsontext import Json

__all__ = ["EXAMPLE_ID", "add_examples"]

EXAMPLE_ID = "019c12f4-5e80-7a3b-8c4d-5e6f708192a3"
"""The document that the examples ask for."""

_DIGEST = "sha256:6cddc1fadd083ef70eb3bc2930cb6d2198ae700d1a54451f84b35b447d3a9d5f"
_KEY = "example.com/support+1d2f3a4b+AWxSvQ0m5Yk0Y1nq8Jm0b3o3sJt4l0y8d7k2p6c9f1aZ"
_NOTE = (
    "example.com/support\n17\nPmpe2hSgmhHlBBDfPmpbZGVqX1h0tM8cZUhUdi2Pc4k=\n\n"
    "— example.com/support HS86S0fHkX2D4h4nWm4Hn0Wq0mQ5d7m1u3l5V0w9rEoE0v5J1i8aXo2n7Yq3r6c1t9s4b8z0QeXkLmNpRtUvWx=\n"
)


@dataclass(frozen=True, slots=True)
class _Example:
    """parameters: name -> value; what is not named is left out. answer: that of success; None: see its schema."""

    parameters: Mapping[str, Json] = field(default_factory=dict)
    answer: Json = None


_ID = _Example({"id": EXAMPLE_ID})
_EXAMPLES: Mapping[str, _Example] = {
    "decide": _Example({"Idempotency-Key": "ticket-4711"}),
    "findDecisions": _Example({"status": "decided", "from": "2026-01-01T00:00:00Z", "limit": 10}),
    "storedDecision": _ID,
    "facts": _ID,
    "receipt": _ID,
    "checkpoint": _Example(answer=_NOTE),
    "consistency": _Example({"from": 1}),
    "keys": _Example(answer={"keys": [_KEY], "introductions": []}),
    "policies": _Example(answer={"policies": []}),
    "healthz": _Example(answer={"status": "live"}),
    "readyz": _Example(
        answer={"status": "ready", "policies": [{"id": "example", "version": "1.0.0", "digest": _DIGEST}]}
    ),
    "metrics": _Example(answer="clausewise_log_entries 17.0\n"),
    "openapi": _Example(answer={"openapi": "3.1.0"}),
}


def add_examples(paths: Mapping[str, Any], policy: str | None) -> None:
    """Put the examples into the operations of some paths.

    policy  the id of the policy that examples ask for; None: they ask for none
    """
    for item in paths.values():
        for operation in item.values():
            example = _EXAMPLES.get(operation["operationId"], _Example())
            values = example.parameters if policy is None else {"policy": policy, **example.parameters}
            for parameter in operation.get("parameters", ()):
                _add(parameter, values.get(parameter["name"]))
            for status, answer in operation["responses"].items():
                if status.startswith("2"):
                    for content in answer["content"].values():
                        _add(content, example.answer)


def _add(place: dict[str, Any], value: Json) -> None:
    if value is not None:
        place["example"] = value
