"""Random packs over the whole language against brute force: every disagreement with its seed and the smallest pack.

Run from the project's folder: `python -m benchmarks.random_packs --packs 2000 --seed 0 --into build/random-packs`.
What is said and was not seen in any completion that was tried goes to stderr: no fault, but worth a look.
Exit status: 0 no disagreement, 1 some.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.oracle.folders import write_pack
from tests.oracle.judging import Disagreement
from tests.oracle.shrinking import shrunk
from tests.oracle.trying import Tried, try_pack, try_seed

_MOST_SHOWN = 5
_FORK = multiprocessing.get_context("fork")


def _within(seconds: float, deed: Callable[[], Tried]) -> Tried | None:
    """Return what a deed gives, done in a process of its own; None when it takes too long, or the process dies.

    An engine that holds the interpreter can't be stopped from within.
    """
    mine, its = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=lambda: its.send(_done(deed)))
    process.start()
    its.close()
    try:
        return mine.recv() if mine.poll(seconds) else None
    except EOFError:
        return None
    finally:
        process.kill()
        process.join()


def _done(deed: Callable[[], Tried]) -> Tried | None:
    """Return what a deed gives; None where the pack was cut to what means nothing, and can't be judged."""
    try:
        return deed()
    except (KeyError, ValueError, TypeError, AttributeError):
        traceback.print_exc()
        return None


def _tried(seed: int, seconds: float) -> Tried | None:
    return _within(seconds, lambda: try_seed(seed))


def _kind(found: Disagreement) -> str:
    """Return what tells one fault from another: for an exception, where it came from."""
    if not found.kind.endswith("fails"):
        return found.kind
    says = str(found.says)
    return f"{found.kind}: {says.partition(':')[0]} {says[says.rfind('(') :]}"


def _keep(tried: Tried, seed: int, found: Disagreement, into: Path, seconds: float) -> None:
    """Write the smallest pack that shows a disagreement into a folder, with what is wrong beside it."""
    kind = _kind(found)
    last = [found]

    def shows(pack: dict[str, Any]) -> bool:
        again = _within(seconds, lambda: try_pack(pack, seed))
        same = [] if again is None else [each for each in again.disagreements if _kind(each) == kind]
        last[:] = same or last
        return bool(same)

    pack = shrunk(dict(tried.pack), shows)
    folder = into / f"{seed}-{''.join(each if each.isalnum() else '-' for each in kind)[:60]}"
    write_pack(pack, folder)
    (folder / "disagreement.txt").write_text(f"seed {seed}\n{last[0]}\n", encoding="utf-8")


def main() -> int:
    """Try packs, and tell what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0, help="the first of so many seeds")
    parser.add_argument("--into", type=Path, help="folder for the smallest packs that disagree (one of each kind)")
    parser.add_argument("--seconds", type=float, default=20, help="the most that one pack may take")
    given = parser.parse_args()
    passed: Counter[str] = Counter()
    kinds: dict[str, list[tuple[int, str]]] = {}
    refused: Counter[str] = Counter()
    began = time.perf_counter()
    for seed in range(given.seed, given.seed + given.packs):
        at = time.perf_counter()
        tried = _tried(seed, given.seconds)
        if tried is None:
            kinds.setdefault("takes too long", []).append((seed, ""))
            continue
        passed["packs slower than a second"] += time.perf_counter() - at > 1
        passed.update(tried.passed)
        for each in tried.not_found:
            print(f"seed {seed}: {each}", file=sys.stderr)
        passed["packs refused"] += bool(tried.refused)
        refused.update(each.split(" ", 1)[-1] for each in tried.refused)
        for found in tried.disagreements:
            known = kinds.setdefault(_kind(found), [])
            known.append((seed, str(found)))
            if len(known) == 1:
                print(f"seed {seed}: {str(found)[:900]}", file=sys.stderr, flush=True)
            if given.into is not None and len(known) == 1:
                _keep(tried, seed, found, given.into, given.seconds)
    _tell(given.packs, time.perf_counter() - began, passed, refused, kinds)
    return 1 if kinds else 0


def _tell(
    packs: int, seconds: float, passed: Counter[str], refused: Counter[str], kinds: dict[str, list[tuple[int, str]]]
) -> None:
    print(f"{packs} packs in {seconds:.0f} s, {packs / seconds:.1f} a second")
    for what, count in passed.most_common():
        if count:
            print(f"{count:8} {what}")
    for finding, count in refused.most_common(_MOST_SHOWN):
        print(f"{count:8} refused: {finding}")
    print(f"{sum(map(len, kinds.values()))} disagreements of {len(kinds)} kinds")
    for kind, found in sorted(kinds.items(), key=lambda each: -len(each[1])):
        seeds = sorted({seed for seed, _ in found})
        print(f"{len(found):8} {kind}; seeds {', '.join(map(str, seeds[:12]))}")
        print(f"         {found[0][1][:900]}")


if __name__ == "__main__":
    sys.exit(main())
