"""Which defaults a decision rests on: those of facts that it would be open without, were they unknown."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from service.decision.policy import Policy
from service.facts.values import Case
from service.jsontext import parse

__all__ = ["rested_on"]


def rested_on(policy: Policy, case: Case, names: Collection[str], as_of: datetime | None) -> frozenset[str]:
    """Return the assumed facts of a case that can change one of some decisions, each with what else is unknown.

    The case is decided as if they were unknown, not assumed: those that a decision then needs are those that matter.
    """
    given = {name: value for name, value in case.values.items() if name not in case.assumed}
    decisions = policy.decide(Case(given, {}, case.given), tuple(names), as_of)
    documents = [cast("dict[str, Any]", parse(each)) for each in decisions.values()]
    return frozenset(fact for document in documents for fact in document["needs"] if fact in case.assumed)
