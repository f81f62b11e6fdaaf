"""How long one decision takes beside zen-engine and beside hand-written Python: `python -m benchmarks.decision`.

Each side gets JSON text and returns JSON text that says why, in one process and one thread. In a round every engine
decides the same cases once, one engine after the other, in an order that rotates from round to round (A B C, B C A,
...); a round's figure is its time divided by its cases. Garbage is collected before each turn, and the collector
stays on during it. Two kinds of rounds, since an engine may keep what it has worked out:

new cases       each round brings cases that no engine has seen; the first round, all caches cold, stands apart
the same cases  each round repeats one set, decided once before

What the sides do and don't do:

- Clausewise decides the same rules, cut out of its pack (`cut_pack.py`), and two decisions that these read and that
  are not returned: software_lifecycle, services. It refuses malformed JSON, duplicate members, unknown facts and
  wrong values, lists the assumed facts, cites clauses with their texts, tells rules that were overruled,
  interpretations and notes, and its document is canonical JSON (RFC 8785). It remembers decisions by the facts that
  they read. No id, no audit entry.
- zen-engine decides from the same text with its trace on, by its quickest call; see `zen_peer.py`.
- Hand-written Python says why as well, but trusts its input; see `hand_written.py`.

With `--whole` Clausewise runs the uncut pack: its response has hours, zone, instants and caveats too, which the
others lack.

Before anything is timed the outcomes are compared on all cases of the first round; a difference ends the run with
status 1. Timings are printed, never judged.
"""

import argparse
import gc
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any

import orjson

from benchmarks import hand_written, zen_peer
from benchmarks.cases import DECISIONS, make_cases
from benchmarks.cut_pack import cut_pack
from service.decision.desk import Desk
from service.decision.requests import DecisionRequest
from service.jsontext import parse
from service.pack.loader import load_pack

__all__ = ["Engine", "compare", "main", "measure", "ours", "outcomes"]

PACK = Path(__file__).parent.parent / "rules" / "code42-enterprise-support"
FIRST_SEED = 42

Round = Mapping[str, float]  # microseconds a decision, by engine


@dataclass(frozen=True, slots=True)
class Engine:
    """One side: from the JSON text of a case to that of an answer, and what the answer decides, in a form all share."""

    name: str
    decide: Callable[[bytes], bytes]
    outcomes: Callable[[bytes], Mapping[str, Any]]


def ours(*, whole: bool = False) -> Callable[[bytes], bytes]:
    """Return Clausewise's decision: from the JSON text of a case to the bytes of the canonical document.

    whole  the pack as it is, not cut down to the rules of the peers
    """
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk([load_pack(PACK if whole else cut_pack(PACK, Path(folder)))])

    def decide(case: bytes) -> bytes:
        return desk.decide(DecisionRequest(parse(case), DECISIONS)).document()

    return decide


def outcomes(document: bytes) -> dict[str, Any]:
    """Return the outcome of each decision of a document, of `response` the target alone; None where not applicable.

    A decision that is open has its status instead, so that it equals no outcome.
    """
    found = {}
    for name, decision in orjson.loads(document)["decisions"].items():
        outcome = decision["outcome"] if decision["status"] in ("decided", "not_applicable") else decision["status"]
        found[name] = {"target": outcome["target"]} if name == "response" and isinstance(outcome, dict) else outcome
    return found


def compare(engines: Sequence[Engine], cases: Sequence[bytes]) -> Iterator[str]:
    """Yield a line for each case in which an engine's outcomes are not those of the first."""
    first, *others = engines
    for case in cases:
        expected = first.outcomes(first.decide(case))
        for engine in others:
            found = engine.outcomes(engine.decide(case))
            if found != expected:
                yield f"{case.decode()}\n  {first.name}: {expected}\n  {engine.name}: {found}"


def measure(engines: Sequence[Engine], sets: Sequence[Sequence[bytes]]) -> list[Round]:
    """Return one round for each set of cases, in the order of the sets."""
    rounds = []
    for place, cases in enumerate(sets):
        turn = place % len(engines)
        taken = {engine.name: _time(engine.decide, cases) for engine in [*engines[turn:], *engines[:turn]]}
        rounds.append({engine.name: taken[engine.name] for engine in engines})
    return rounds


def _time(decide: Callable[[bytes], bytes], cases: Sequence[bytes]) -> float:
    """Return the microseconds that a decision takes, as the mean of one pass over the cases."""
    gc.collect()
    begin = perf_counter_ns()
    for case in cases:
        decide(case)
    return (perf_counter_ns() - begin) / len(cases) / 1_000


def _engines(*, whole: bool) -> list[Engine]:
    """Return the sides with nothing remembered yet."""
    return [
        Engine("clausewise", ours(whole=whole), outcomes),
        Engine("zen-engine", zen_peer.decider(), zen_peer.outcomes),
        Engine("hand-written", hand_written.decide, hand_written.outcomes),
    ]


def _with_ratios(measured: Round) -> Round:
    """Add ours over each of the others."""
    first, *others = measured
    return {**measured, **{f"{first} / {other}": measured[first] / measured[other] for other in others}}


def _summary(rounds: Sequence[Round]) -> dict[str, dict[str, float]]:
    """Return for each engine and ratio the median over the rounds, with the least and the most.

    A ratio is taken within its round, so that what slows the machine for a while slows both of its sides.
    """
    columns = {name: [each[name] for each in rounds] for name in rounds[0]}
    return {
        name: {"median": median(values), "least": min(values), "most": max(values)} for name, values in columns.items()
    }


def _report(options: argparse.Namespace) -> dict[str, Any]:
    sets = [make_cases(options.cases, FIRST_SEED + place, clock=options.whole) for place in range(options.rounds + 1)]
    engines = _engines(whole=options.whole)
    cold, *new = map(_with_ratios, measure(engines, sets))
    same = [_with_ratios(each) for each in measure(engines, [sets[-1]] * options.rounds)]
    return {
        "machine": {
            "python": platform.python_version(),
            "cpus": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
            "zen-engine": version("zen-engine"),
        },
        "cases": options.cases,
        "rounds": options.rounds,
        "whole": options.whole,
        "first_round": cold,
        "new_cases": _summary(new),
        "same_cases": _summary(same),
    }


def _as_text(report: Mapping[str, Any]) -> str:
    machine = report["machine"]
    lines = [
        f"Python {machine['python']}, {machine['cpus']} CPUs, {machine['system']}, zen-engine {machine['zen-engine']}",
        (
            f"{report['cases']} cases a round, {report['rounds']} rounds of each kind: median (least to most);"
            " microseconds a decision, and ratios"
        ),
        "",
        f"{'':26}{'first round':>12}{'new cases':>26}{'the same cases':>26}",
    ]
    for name, cold in report["first_round"].items():
        digits = 2 if "/" in name else 1
        cells = [_cell(report[kind][name], digits) for kind in ("new_cases", "same_cases")]
        lines.append(f"{name:26}{cold:>12.{digits}f}{cells[0]:>26}{cells[1]:>26}")
    return "\n".join(lines)


def _cell(values: Mapping[str, float], digits: int) -> str:
    return f"{values['median']:.{digits}f} ({values['least']:.{digits}f} to {values['most']:.{digits}f})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare outcomes, measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decision", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, default=2_000, metavar="N", help="cases a round (default: 2000)")
    parser.add_argument("--rounds", type=int, default=9, metavar="N", help="rounds of each kind (default: 9)")
    parser.add_argument(
        "--whole", action="store_true", help="Clausewise runs its whole pack, with the response's clock"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    options = parser.parse_args(arguments)
    if options.cases < 1 or options.rounds < 1:
        parser.error("there must be a case and a round")
    # Engines of their own: those that are measured have seen no case.
    differences = list(
        compare(_engines(whole=options.whole), make_cases(options.cases, FIRST_SEED, clock=options.whole))
    )
    if differences:
        print(
            f"{len(differences)} outcomes differ, of {options.cases} cases. The first:",
            differences[0],
            sep="\n",
            file=sys.stderr,
        )
        return 1
    report = _report(options)
    print(json.dumps(report, indent=2) if options.json else _as_text(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
