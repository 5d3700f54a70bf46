"""Decks that will not fit: what it takes to refuse one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

DECK = Path(__file__).parents[2] / "inputs" / "plating_uncoated.toml"
WAYS = list(product(("check", "run"), ("auto", "fipy")))
#: Longest that it may take [s of processor time], and how much memory [byte].
LONGEST, MOST = 1.0, 200e6
#: Runs the program and tells what it took.
PROGRAM = """
import json, resource, subprocess, sys
done = subprocess.run([sys.executable, "-m", "phasefield", *sys.argv[1:]], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, done.stdout + done.stderr, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024]))
"""


def refuse(verb: str, engine: str, folder: Path) -> tuple[str, float]:
    """What is wrong with how ten billion cells are refused, and how long that took [s of processor time]."""
    folder.mkdir(exist_ok=True)
    words = [verb, DECK, "--set", "domain.cells=[100000, 100000]", "--set", f"solver.engine={engine}"]
    done = subprocess.run([sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, cwd=folder)
    code, printed, seconds, memory = json.loads(done.stdout)
    wrong = []
    if code != 2 or "domain.cells: " not in printed or "memory" not in printed or "Traceback" in printed:
        wrong.append(f"exit code {code}, {printed[-500:]}")
    if memory >= MOST:
        wrong.append(f"{memory / 1e6:.0f} MB")
    if any(folder.iterdir()):
        wrong.append("something was made")
    return "; ".join(wrong), seconds


def refusals(folder: Path) -> Iterator[str]:
    """In a second: the best of five, for other work on a machine takes its part of processor time, too."""
    for verb, engine in WAYS:
        tried = [refuse(verb, engine, folder / f"{verb} {engine}") for _ in range(5)]
        wrong, best = [problem for problem, _ in tried if problem], min(seconds for _, seconds in tried)
        print(f"{verb}, {engine}: {best:.2f} s")
        yield "; ".join(wrong + [f"{verb}, {engine}: {best:.2f} s"] * (best >= LONGEST))
