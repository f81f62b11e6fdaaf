"""What short commands and the start of the server cost: `python -m benchmarks.starting`.

import   `import service`, which imports nothing before something of it is used
decide   `clausewise decide` of a case of the Code42 pack with two facts
check    `clausewise check` of that pack
test     `clausewise test` of it: all of its worked cases
serve    `clausewise serve` from its call until it says that it listens, with a log that is there already

Each is a process of its own, and the CPU time that of this process and of all that it started, as the operating system
counts it; of the server, which goes on, as far as it has come by then (Linux only). In a round each is run once, after
one round that isn't counted. With `--beside` the same commands of another checkout are run in turn with these, by the
same Python: a comparison holds even while the machine's speed drifts. Medians are printed, never judged.
"""

import argparse
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

__all__ = ["main"]

ROOT = Path(__file__).parent.parent
PACK = "rules/code42-enterprise-support"
CASE = '{"issue": {"affected": "majority", "service_loss": "minor"}}'


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of a process: of the processors and of the clock."""

    cpu: float
    wall: float


def ended(checkout: Path, *arguments: str) -> Cost:
    """Return what a call of Python in a checkout costs until it has ended."""
    before = perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=checkout, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = perf_counter() - before
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} in {checkout} ended with {process.returncode}")
    return Cost(used.ru_utime + used.ru_stime, wall)


def until_it_listens(checkout: Path, database: Path) -> Cost:
    """Return what the server costs until it says that it listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    before = perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "service", "serve", "--port", str(port), "--database", str(database), "--pack", PACK],
        cwd=checkout,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        lines = iter(process.stderr or ())
        listens = any("listening" in line.lower() for line in lines)
        cost = Cost(_used_by(process.pid), perf_counter() - before)
        process.send_signal(signal.SIGTERM)
        process.communicate()
    if not listens:
        raise SystemExit(f"serve in {checkout} ended with {process.returncode}")
    return cost


def _used_by(pid: int) -> float:
    """Return the CPU seconds of a process that runs and of its children; not a number where there is no /proc."""
    if not Path("/proc/self/stat").exists():
        return float("nan")
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended since
            continue
        if pid in (int(stat.parent.name), int(rest[1])):
            ticks += int(rest[11]) + int(rest[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def commands(checkout: Path, folder: Path) -> Mapping[str, Callable[[], Cost]]:
    """Return what is measured in a checkout, by name; the folder is for its files."""
    folder.mkdir()
    case = folder / "case.json"
    case.write_text(CASE)
    return {
        "import": lambda: ended(checkout, "-c", "import service"),
        "decide": lambda: ended(checkout, "-m", "service", "decide", "--pack", PACK, str(case)),
        "check": lambda: ended(checkout, "-m", "service", "check", PACK),
        "test": lambda: ended(checkout, "-m", "service", "test", PACK),
        "serve": lambda: until_it_listens(checkout, folder / "audit.db"),
    }


def measured(
    sides: Mapping[str, Mapping[str, Callable[[], Cost]]], rounds: int
) -> Mapping[tuple[str, str], list[Cost]]:
    """Return the costs of each command of each side, round by round; the sides take turns in going first."""
    found: dict[tuple[str, str], list[Cost]] = {}
    for number in range(rounds + 1):
        order = list(sides) if number % 2 else list(reversed(sides))
        for name in next(iter(sides.values())):
            for side in order:
                cost = sides[side][name]()
                if number:
                    found.setdefault((side, name), []).append(cost)
    return found


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="rounds that are counted (default: 5)")
    parser.add_argument("--beside", type=Path, metavar="CHECKOUT", help="another checkout to measure in turn with this")
    wanted = parser.parse_args()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} processors, medians of {wanted.rounds} rounds, seconds"
    )
    with tempfile.TemporaryDirectory() as folder:
        sides = {"here": commands(ROOT, Path(folder) / "here")}
        if wanted.beside is not None:
            sides["beside"] = commands(wanted.beside.resolve(), Path(folder) / "beside")
        costs = measured(sides, wanted.rounds)
    print(
        f"{'':8}"
        + "".join(f"{side + ' CPU':>12}{side + ' wall':>13}" for side in sides)
        + ("  CPU here/beside" * (len(sides) > 1))
    )
    for name in sides["here"]:
        row = f"{name:8}"
        for side in sides:
            row += f"{median(each.cpu for each in costs[side, name]):12.2f}"
            row += f"{median(each.wall for each in costs[side, name]):13.2f}"
        if len(sides) > 1:
            pairs = zip(costs["here", name], costs["beside", name], strict=True)
            row += f"{median(here.cpu / max(beside.cpu, 0.001) for here, beside in pairs):17.2f}"
        print(row)


if __name__ == "__main__":
    main()
