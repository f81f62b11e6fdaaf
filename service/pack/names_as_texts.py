"""Texts that conditions compare with, held against the pack's names: what is one was hardly meant as a text."""

from __future__ import annotations

from collections.abc import Iterator

from service.model.conditions import Test
from service.model.derivations import Derived
from service.model.names import shown_name
from service.model.pack import Pack
from service.model.walk import conditions_in, leaves_in
from service.written.findings import Finding, Place

__all__ = ["names_as_texts"]

_OF_ITEMS = ("includes", "includes_any")


def names_as_texts(pack: Pack) -> Iterator[Finding]:
    """Yield a warning for each text in a condition that is the name of a fact, derived fact or member.

    Whoever writes `{loan.kind: loan.wanted}` means what the case says of both, and compares with the letters.
    """
    types: dict[str, str] = {name: fact.type for name, fact in pack.facts.facts.items()}
    types |= {name: derived.type for name, derived in pack.derived.items()}
    types |= {member.name: member.type for decision in pack.decisions.values() for member in decision.members}
    told: set[Place] = set()  # what one rule asks, an 'otherwise' asks again
    for owner, condition in conditions_in(pack):
        whose = owner.name if isinstance(owner, Derived) else owner.id
        for test in leaves_in(condition):
            for name in sorted(types.keys() & set(_texts(test))):
                if test.place not in told:
                    told.add(test.place)
                    says = f"{whose}: '{name}' is a text here, not what the case has under that name"
                    yield Finding(
                        test.place, "name_as_text", f"{says}: {_mend(test, name, types[name])}", severity="warning"
                    )


def _texts(test: Test) -> Iterator[str]:
    operands = (test.operand,) if test.op == "equals" else test.operand if test.op in ("one_of", *_OF_ITEMS) else ()
    if isinstance(operands, tuple):
        yield from (each for each in operands if isinstance(each, str))


def _mend(test: Test, name: str, type_: str) -> str:
    asked = shown_name(test.name)
    if test.op not in _OF_ITEMS:
        return f"say {asked}: {{same_as: {name}}}"
    return "write its items out" if type_ == "list" else f"say {name}: {{in: {asked}}}"
