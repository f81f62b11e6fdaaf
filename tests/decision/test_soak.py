"""A service decides for months: its memory must not grow with the number of cases."""

from pathlib import Path
from random import Random

import pytest

from benchmarks.cases import DECISIONS, make_cases
from service.decision.desk import Desk
from service.errors import InvalidFacts
from service.jsontext import parse
from tests.thorough import tried

# All that is remembered within bounds has reached them after the first half.
BLOCKS, BLOCK = 20, tried(1_000, 5_000)
MOST_GROWTH = 300  # bytes a decision over the second half; a leaked fact or document would be a multiple


def resident_bytes():
    """Return how much memory the process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the resident memory is read from /proc")
def test_memory_is_flat_over_20_000_decisions(support):
    """No case is like another; one in a thousand lacks a fact, one in a hundred is refused."""
    desk = Desk([support])
    random = Random(5)
    asked = list(DECISIONS)
    held = []
    refused = 0
    for block in range(BLOCKS):
        for number, text in enumerate(make_cases(BLOCK, 1_000 + block, clock=True)):
            facts = parse(text)
            if number % 1_000 == 0:
                facts["customer"].pop(random.choice(list(facts["customer"])))
            if number % 100 == 1:
                facts["issue"]["categori"] = "other"
            try:
                desk.decide(desk.read({"facts": facts, "decisions": asked})).document()
            except InvalidFacts:
                refused += 1
        held.append(resident_bytes())

    assert refused == BLOCKS * BLOCK // 100
    assert max(held) - held[BLOCKS // 2] < MOST_GROWTH * BLOCK * BLOCKS // 2
