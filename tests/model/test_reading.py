"""Ways of deriving that read other names: every name is replaced, whatever field holds it."""

from dataclasses import MISSING, fields
from typing import Any, get_args

import pytest

from service.model import conditions
from service.model.derivations import How, inputs_of, reading
from service.model.names import Own

NAMES: dict[str, Any] = {
    "Key": "a",
    "Key | None": "b",
    "tuple[Key, ...]": ("c", "d"),
    "Condition": conditions.Test("e", "at_least", conditions.Ref("f")),
}
"""What a field holds, by its type, where that is a name, or has names in it."""


@pytest.mark.parametrize("kind", get_args(How), ids=lambda kind: kind.__name__)
def test_every_name_is_read_anew(kind):
    """One that is passed over would be read as others see it, also by the part of a decision that gives it."""
    given = {each.name: NAMES.get(each.type) for each in fields(kind) if each.type in NAMES or each.default is MISSING}

    changed = reading(kind(**given), Own)

    assert inputs_of(changed) == tuple(map(Own, inputs_of(kind(**given))))
    assert inputs_of(changed)
