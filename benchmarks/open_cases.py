"""How much CPU time a case costs in which something is unknown: `python -m benchmarks.open_cases`.

nothing   `{"facts": {}}` with every decision of the Code42 pack, of a desk that has decided nothing yet, and of one
          that has decided other cases, open ones among them
partial   300 random cases of that pack, by how many facts are left out: the middle one and the worst of sixty
group     two hundred `collect` rules over ten facts (`collect_pack.py`), 1 or 3 of them unknown: the same of twenty
tickets   cases never seen, of which six in ten leave out a fact that is read (`partial_cases.py`), and complete ones,
          each beside zen-engine's decision of the same case with its trace (`zen_peer.py`); on the pack cut down to
          what zen decides, and on the whole pack, with the six decisions that both take. zen takes an unknown fact for
          null and answers something else then: here its time alone is compared

First sight is the first time that a desk meets a case; again is the same case later. Each round runs in a process of
its own, so that no cache is warm from the round before. All times are CPU time of the process, from JSON text to JSON
text. Timings are printed, never judged.
"""

import argparse
import gc
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import median
from time import process_time_ns
from typing import Any

from benchmarks import zen_peer
from benchmarks.cases import DECISIONS, make_cases
from benchmarks.collect_pack import RULES, case_of_group, write_collect_pack
from benchmarks.cut_pack import cut_pack
from benchmarks.partial_cases import LEFT_OUT, cases_without, make_tickets
from service.decision.desk import Desk
from service.jsontext import parse
from service.pack.loader import load_pack

__all__ = ["main"]

PACK = Path(__file__).resolve().parents[1] / "rules" / "code42-enterprise-support"
PARTIAL_CASES = 60  # for each number of facts that are left out
GROUP_CASES = 20
UNKNOWN = (1, 3)  # facts of the group
WARMING = 40
MOST_AGAIN = 50
SOON_OVER = 10.0  # milliseconds

Decide = Callable[[bytes], bytes]
Figures = dict[str, float]
Summary = Mapping[str, Mapping[str, float]]


def decider(pack: Path, decisions: Sequence[str] | None = None) -> Decide:
    """Return the decision of a desk that has decided nothing yet, from the JSON text of a case to its document's.

    decisions  None for all of the pack
    The garbage collector passes over what was loaded, as it does in the server.
    """
    desk = Desk([load_pack(pack)])
    gc.collect()
    gc.freeze()
    asked = {} if decisions is None else {"decisions": list(decisions)}

    def decide(case: bytes) -> bytes:
        return desk.decide(desk.read({"facts": parse(case), **asked})).document()

    return decide


def nothing(_: int) -> Figures:
    """Return the milliseconds of the case in which nothing is known."""
    fresh, other = decider(PACK), decider(PACK)
    first = _milliseconds(fresh, b"{}")
    _warm(other)
    return {
        "first sight, a new desk": first,
        "first sight": _milliseconds(other, b"{}"),
        "again": _again(other, b"{}"),
    }


def partial(seed: int) -> Figures:
    """Return the milliseconds of random partial cases, in an order that differs from seed to seed."""
    decide = decider(PACK)
    _warm(decide)
    schema = json.loads(_schema_of(PACK).read_bytes())
    cases = [(f"{k} left out", case) for k in LEFT_OUT for case in cases_without(schema, PARTIAL_CASES, k, 300 + k)]
    return _middle_and_worst(decide, cases, seed)


def group(seed: int) -> Figures:
    """Return the milliseconds of cases of the group of rules."""
    with tempfile.TemporaryDirectory() as folder:
        decide = decider(write_collect_pack(Path(folder)))
    random = Random(10)
    decide(case_of_group(random, 0))
    cases = [(f"{unknown} unknown", case_of_group(random, unknown)) for unknown in UNKNOWN for _ in range(GROUP_CASES)]
    return _middle_and_worst(decide, cases, seed)


def tickets(seed: int, count: int) -> Figures:
    """Return the microseconds of a ticket that was not seen before, with those of zen-engine, and their ratio."""
    found: Figures = {}
    for name, is_whole in (("cut pack", False), ("whole pack", True)):
        with tempfile.TemporaryDirectory() as folder:
            ours = decider(PACK if is_whole else cut_pack(PACK, Path(folder)), DECISIONS)
        zen = zen_peer.decider()
        for kind, make, start in (("complete", make_cases, 1_000), ("tickets", make_tickets, 3_000)):
            met = make(count, seed + start, clock=is_whole)  # those that are timed are new, but not the first of all
            _each(ours, met)
            _each(zen, met)
            cases = make(count, seed + start + 1_000, clock=is_whole)
            sides = ((ours, "us"), (zen, "us, zen"))
            taken = {unit: _each(decide, cases) for decide, unit in (sides if seed % 2 else sides[::-1])}
            found |= {f"{name}, {kind}: {unit}": taken[unit] for _, unit in sides}
            found[f"{name}, {kind}: ratio"] = taken["us"] / taken["us, zen"]
    return found


def _schema_of(pack: Path) -> Path:
    """Return the file with the facts schema of the pack in a folder."""
    lines = (pack / "pack.yaml").read_text(encoding="utf-8").splitlines()
    named = next(line.partition(":")[2].strip() for line in lines if line.startswith("facts_schema:"))
    return pack / named


def _warm(decide: Decide) -> None:
    """Let a desk decide complete cases and open ones, so that what it makes ready once stands."""
    for case in (*make_cases(WARMING, 7, clock=True), *make_tickets(WARMING, 8, clock=True)):
        decide(case)


def _middle_and_worst(decide: Decide, cases: Sequence[tuple[str, bytes]], seed: int) -> Figures:
    """Return for each kind of case the middle and the worst, at first sight and again."""
    shuffled = Random(seed).sample(cases, len(cases))
    first = [(kind, _milliseconds(decide, case)) for kind, case in shuffled]
    again = [(kind, _again(decide, case)) for kind, case in shuffled]
    found: Figures = {}
    for kind in dict(cases):
        once, more = ([time for other, time in times if other == kind] for times in (first, again))
        found |= {f"{kind}: middle": median(once), f"{kind}: worst": max(once), f"{kind}: worst again": max(more)}
    return found


def _milliseconds(decide: Decide, case: bytes) -> float:
    gc.collect()
    return _each(decide, [case]) / 1_000


def _again(decide: Decide, case: bytes) -> float:
    """Return the milliseconds of a case that was decided before: the mean of as many times as are soon over."""
    once = _milliseconds(decide, case)
    times = min(MOST_AGAIN, int(SOON_OVER / once))
    return _each(decide, [case] * times) / 1_000 if times > 1 else once


def _each(decide: Decide, cases: Sequence[bytes]) -> float:
    """Return the microseconds of CPU that a decision takes, as the mean of one pass over the cases."""
    begin = process_time_ns()
    for case in cases:
        decide(case)
    return (process_time_ns() - begin) / len(cases) / 1_000


def _summary(rounds: Sequence[Figures]) -> Summary:
    """Return the median of each figure over the rounds, with the least and the most; a ratio is that of its round."""
    columns = {name: [each[name] for each in rounds] for name in rounds[0]}
    return {
        name: {"median": median(values), "least": min(values), "most": max(values)} for name, values in columns.items()
    }


def _measure(options: argparse.Namespace) -> dict[str, Summary]:
    """Return the figures of each part, each of its rounds in a process of its own."""
    works: dict[str, tuple[Callable[..., Figures], tuple[int, ...]]] = {
        "nothing": (nothing, ()),
        "partial": (partial, ()),
        "group": (group, ()),
        "tickets": (tickets, (options.cases,)),
    }
    found = {}
    for part in options.part or works:
        work, given = works[part]
        with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as alone:
            found[part] = _summary([alone.submit(work, seed, *given).result() for seed in range(options.rounds)])
    return found


TITLES = {
    "nothing": "nothing known, every decision: CPU ms",
    "partial": f"random partial cases, {PARTIAL_CASES} for each number of facts left out: CPU ms",
    "group": f"{RULES} collect rules over ten facts, {GROUP_CASES} cases for each number unknown: CPU ms",
    "tickets": "tickets never seen, six in ten with something unknown: CPU us, and ours / zen",
}


def _as_text(machine: Mapping[str, Any], found: Mapping[str, Summary]) -> str:
    lines = [
        f"Python {machine['python']}, {machine['cpus']} CPUs, {machine['system']}, zen-engine {machine['zen-engine']}",
        f"{machine['rounds']} rounds, each in a process of its own: median (least to most)",
    ]
    for part, figures in found.items():
        lines += ["", TITLES[part]]
        for name, values in figures.items():
            cells = "{median:10.2f}  ({least:.2f} to {most:.2f})".format(**values)
            lines.append(f"  {name:34}{cells}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.open_cases", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--part", action="append", choices=list(TITLES), help="only this part; may be repeated")
    parser.add_argument("--cases", type=int, default=1_000, metavar="N", help="tickets a round (default: 1000)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="rounds of each part (default: 5)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    options = parser.parse_args(arguments)
    if options.cases < 1 or options.rounds < 1:
        parser.error("there must be a case and a round")
    machine = {
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "zen-engine": version("zen-engine"),
        "rounds": options.rounds,
    }
    found = _measure(options)
    print(json.dumps({"machine": machine, **found}, indent=2) if options.json else _as_text(machine, found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
