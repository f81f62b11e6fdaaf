"""What the tests of the engine share: conditions asked of durable-rules, however they had to be cut."""

from collections.abc import Iterable, Mapping

from service.engine.cutting import Block, cut
from service.engine.encoding import Encoding
from service.engine.rulesets import Rulesets
from service.model.conditions import Condition, Env

__all__ = ["Holding"]


class Holding:
    """Conditions as durable-rules is asked about them."""

    def __init__(self, types: Mapping[str, str], nullable: frozenset[str], conditions: Iterable[Condition]) -> None:
        conditions = list(conditions)
        self.encoding = Encoding(types, nullable, conditions)
        self.rulesets = Rulesets("holding")
        self.blocks: tuple[Block, ...] = cut([self.encoding.formula(condition) for condition in conditions])
        self._seats = [self.rulesets.seat(block, 0) for block in self.blocks]

    def __call__(self, env: Env) -> set[int]:
        """Return the positions of the conditions that hold, block by block."""
        vector = self.encoding.vector(env)
        found: set[int] = set()
        for seat in self._seats:
            answers = tuple(vector[at] if at >= 0 else (True if at in found else None) for at in seat.block.places)
            (settled,) = self.rulesets.ask([(seat, answers)])
            found.update(settled)
        return {each for each in found if each >= 0}
