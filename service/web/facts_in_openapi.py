"""What the OpenAPI document has from the packs: the facts schema of each, and worked cases as examples of requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from service.decision.desk import Desk
from service.jsontext import Json
from service.model.pack import Pack, WorkedCase
from service.written.naming import with_text_keys

__all__ = ["decision_names", "example_requests", "facts_schemas"]

_MOST_EXAMPLES = 3


def facts_schemas(desk: Desk) -> Mapping[str, Any]:
    """Return the facts schema of each version of each policy, by the name of its component."""
    packs = [policy.pack for name in sorted(desk.policies) for policy in desk.policies[name]]
    return {_component(pack): pack.facts.document for pack in packs}


def _component(pack: Pack) -> str:
    # A dot would be a module to generators of clients.
    return f"Facts-{pack.id}-{pack.version}".replace(".", "-")


def decision_names(desk: Desk) -> list[str]:
    """Return the names of all decisions that some policy takes, each once."""
    policies = [policy for versions in desk.policies.values() for policy in versions]
    return sorted({name for policy in policies for name in policy.pack.decisions})


def example_requests(desk: Desk) -> dict[str, Json]:
    """Return a few worked cases of each policy's newest version as requests, in the form of OpenAPI's `examples`."""
    return {
        f"{name}.{place}": {"summary": case.title, "value": _request(desk, pack, case)}
        for name in sorted(desk.policies)
        for pack in (desk.policies[name][-1].pack,)
        for place, case in enumerate(_telling(pack), start=1)
    }


def _telling(pack: Pack) -> Iterator[WorkedCase]:
    """Yield the first case of each of a few decisions, where it can be asked whatever the day is."""
    has_days = pack.in_force_from is not None or pack.in_force_until is not None
    seen: set[str] = set()
    for case in pack.cases:
        if len(seen) < _MOST_EXAMPLES and seen.isdisjoint(case.expect) and (case.as_of is not None or not has_days):
            seen.update(case.expect)
            yield case


def _request(desk: Desk, pack: Pack, case: WorkedCase) -> Json:
    asked: Sequence[str] = tuple(case.expect)
    request: dict[str, object] = {"facts": with_text_keys(case.facts)}
    if asked:
        request["decisions"] = asked
    if case.as_of is not None:
        request["as_of"] = case.as_of
    if pack.id != desk.default:
        request["policy"] = pack.id
    return cast("Json", request)
