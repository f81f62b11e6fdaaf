"""Clausewise: policies as packs of rules, decisions that cite their clauses, a log that proves itself.

A Python program needs no more than this::

    from service import load

    policy = load("rules/library-loans")
    answer = policy.decide({"loan": {"kind": "book", "days_late": 3}}, ["fine"])
    answer["decisions"]["fine"]["outcome"]

What is exported is imported when it is first used, so that `import service` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.deciding import LoadedPolicy, load
    from service.errors import ClausewiseError, InvalidFacts, InvalidRequest, PolicyNotInForce
    from service.written.findings import InvalidPack

__all__ = [
    "ClausewiseError",
    "InvalidFacts",
    "InvalidPack",
    "InvalidRequest",
    "LoadedPolicy",
    "PolicyNotInForce",
    "load",
]
__version__ = "1.0.0"

_MODULES = {
    "LoadedPolicy": "service.deciding",
    "load": "service.deciding",
    "ClausewiseError": "service.errors",
    "InvalidFacts": "service.errors",
    "InvalidRequest": "service.errors",
    "PolicyNotInForce": "service.errors",
    "InvalidPack": "service.written.findings",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'service' has no attribute '{name}'")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted((*globals(), *_MODULES))
