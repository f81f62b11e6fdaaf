"""Random cases in which something is unknown, the same for the same seed. No decision is taken here.

Two kinds: cases of which any facts whatever are left out, drawn from a facts schema that may be any pack's; and
tickets as they come in, each complete but for a fact or so that nobody thought of. Both as JSON text.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from benchmarks.cases import make_cases

__all__ = ["LEFT_OUT", "cases_without", "make_tickets"]

Json = dict[str, Any]

LEFT_OUT = (1, 5, 10, 20, 40)
OPEN_TICKETS = 0.6  # of all, as measured where tickets are written by hand
SOFTWARE = "product.software"
SUCCESSOR = f"{SOFTWARE}.successor_announced_on"
AVAILABLE = f"{SOFTWARE}.generally_available"
# What a ticket that is not whole leaves out, and how often.
FORGOTTEN = (
    ("the successor's date of an available version", 70),
    ("the successor's date of a withdrawn version", 12),
    ("whether the version is available", 8),
    ("who asks", 10),
)
WHO = ("customer.plan", "customer.named_contacts", "customer.subscription.current", "requester.registered")


def cases_without(schema: Mapping[str, Any], count: int, left_out: int, seed: int) -> list[bytes]:
    """Return `count` cases that give each fact of a facts schema but `left_out` of them, chosen at random.

    The objects around a fact that is left out stay: of a subject that the case has it is unknown, not none. Where the
    schema has no more facts than are to be left out, none is given.
    """
    random = Random(seed)
    facts = dict(_declared(schema))
    return [_text(_case_without(random, facts, left_out)) for _ in range(count)]


def _case_without(random: Random, facts: Mapping[str, Mapping[str, Any]], left_out: int) -> Json:
    case: Json = {}
    today = date(2024, 1, 1) + timedelta(days=random.randrange(4 * 365))
    missing = set(random.sample(sorted(facts), min(left_out, len(facts))))
    for path, declared in facts.items():
        *around, last = path.split(".")
        within = _inside(case, around)
        if path not in missing:
            within[last] = _value(random, declared, today)
    return case


def _declared(schema: Mapping[str, Any], around: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the facts of a schema, by their dotted names."""
    for name, below in schema["properties"].items():
        if "properties" in below:
            yield from _declared(below, f"{around}{name}.")
        else:
            yield around + name, below


def _value(random: Random, declared: Mapping[str, Any], today: date) -> Any:
    """Return a value of a fact, near today where it has a day."""
    if "enum" in declared:
        return random.choice(declared["enum"])
    if "format" in declared:
        return _moment(random, declared["format"], today)
    if declared["type"] == "array":
        items = declared["items"]["enum"]
        return random.sample(items, random.randint(0, len(items)))
    low = declared.get("minimum", 0)
    return {
        "boolean": random.random() < 0.5,
        "integer": random.randint(low, min(low + 6, declared.get("maximum", low + 6))),
        "string": "x" * max(declared.get("minLength", 1), 8),
    }[declared["type"]]


def _moment(random: Random, form: str, today: date) -> str:
    if form == "date":
        return (today + timedelta(days=random.randint(-900, 300))).isoformat()
    return (datetime.combine(today, time(), UTC) + timedelta(minutes=random.randrange(24 * 60))).isoformat()


def make_tickets(count: int, seed: int, *, clock: bool = False) -> list[bytes]:
    """Return `count` tickets, six in ten of which leave out a fact that is read: mostly one that matters a little.

    clock  with the facts that the whole response reads, as `make_cases` has them
    """
    random = Random(seed)
    return [_text(_ticket(random, json.loads(text))) for text in make_cases(count, seed, clock=clock)]


def _ticket(random: Random, case: Json) -> Json:
    if random.random() < OPEN_TICKETS:
        forgotten = random.choices([name for name, _ in FORGOTTEN], [often for _, often in FORGOTTEN])[0]
        if forgotten == "who asks":
            _drop(case, random.choice(WHO))
        else:
            _forget_of_software(random, case, forgotten)
    return case


def _forget_of_software(random: Random, case: Json, forgotten: str) -> None:
    """Take a fact of its software away from a case; one that is about none is given a version first."""
    if "product" not in case:
        announced = date(2024, 1, 1) + timedelta(days=random.randrange(-600, 1000))
        _put(case, SUCCESSOR, announced.isoformat())
        if random.random() < 0.8:
            _put(case, f"{SOFTWARE}.end_of_life_on", (announced + timedelta(days=random.randint(300, 900))).isoformat())
    _put(case, AVAILABLE, forgotten == FORGOTTEN[0][0])
    _drop(case, AVAILABLE if forgotten == FORGOTTEN[2][0] else SUCCESSOR)


def _put(case: Json, path: str, value: Any) -> None:
    *around, last = path.split(".")
    _inside(case, around)[last] = value


def _drop(case: Json, path: str) -> None:
    """Take a fact away; the objects around it stay."""
    *around, last = path.split(".")
    _inside(case, around).pop(last, None)


def _inside(case: Json, around: Sequence[str]) -> Json:
    for step in around:
        case = case.setdefault(step, {})
    return case


def _text(case: Json) -> bytes:
    return json.dumps(case, separators=(",", ":")).encode()
