"""What starts cost, in CPU seconds, all in turn: ``python -m tests.benchmarks.starts [DECK …] [--times 3]``.

For each deck on few cells, with compiled kernels: ``check``; ``run`` of about one step; and what one more member of a
study costs, forked by a warm process and as a process of its own, from studies of one and of nine such members.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from phasefield.study.job import LAUNCHER, PROGRAM, environment

ROOT = Path(__file__).parents[2]
INPUTS = ROOT / "inputs"
#: Keys that make a run short: few cells, one step.
SHORT = {
    "plating_uncoated": ("domain.cells=[32, 44]", "interface.width=8 um", "stop.time=1 ms"),
    "plating_binary": ("domain.cells=[32, 44]", "interface.width=8 um", "stop.time=1 ms"),
    "interphase_coated": ("stop.time=1 ms",),
}
MEMBERS = 9
#: A launcher that only starts its command, so that members are not forked.
APART = "env"


def cpu(arguments: list[str], folder: str) -> float:
    """CPU time of a command, with its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    present = {**environment(os.environ), "PYTHONPATH": str(ROOT)}  # this tree, whichever is installed
    done = subprocess.run([*PROGRAM, *arguments], cwd=folder, env=present, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def member(deck: Path, changes: list[str], launcher: str, folder: str) -> float:
    """CPU time of one more member."""

    def whole(members: int) -> float:
        text = deck.with_suffix(".study.toml")
        times = ", ".join(f'"{1 + n / 100} ms"' for n in range(members))
        text.write_text(f'base = "{deck.name}"\n[[axes]]\nname = "end"\nkey = "stop.time"\nvalues = [{times}]\n')
        sets = [word for change in changes for word in ("--set", f"set.{change}")]
        command = ["study", text.name, "--run", "-j", "1", "--launcher", launcher, *sets]
        with tempfile.TemporaryDirectory(dir=folder) as output:
            return cpu([*command, "--output", output], folder)

    return (whole(MEMBERS) - whole(1)) / (MEMBERS - 1)


def measures(name: str, folder: str) -> dict[str, Callable[[], float]]:
    """What is measured of a deck, by its name in the table."""
    deck, changes = Path(folder) / f"{name}.toml", [*SHORT[name], "output.snapshots=1"]
    deck.write_text((INPUTS / deck.name).read_text(encoding="utf-8"), encoding="utf-8")
    sets = [word for change in changes for word in ("--set", change)]
    rest = [change for change in changes if not change.startswith("stop")]
    return {
        "check": lambda: cpu(["check", deck.name, *sets], folder),
        "run": lambda: cpu(["run", deck.name, "--output", "run", "--force", *sets], folder),
        "member, forked": lambda: member(deck, rest, LAUNCHER, folder),
        "member, own process": lambda: member(deck, rest, APART, folder),
    }


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("decks", nargs="*", metavar="DECK", help=", ".join(SHORT))
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    print("| deck | what | CPU s, median | least | most |\n| --- | --- | --- | --- | --- |")
    for name in given.decks or SHORT:
        with tempfile.TemporaryDirectory() as folder:
            todo = measures(name, folder)
            todo["run"]()  # compiles
            turns = [{what: measure() for what, measure in todo.items()} for _ in range(given.times)]
        for what in todo:
            values = [turn[what] for turn in turns]
            print(f"| {name} | {what} | {statistics.median(values):.2f} | {min(values):.2f} | {max(values):.2f} |")


if __name__ == "__main__":
    main()
