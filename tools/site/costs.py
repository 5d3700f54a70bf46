"""What each shipped deck costs: ``python -m tools.site.costs [NAME ...]``, one deck after the other, on one core.

Adds CPU time (user and system), steps and cells to costs.json. If a run compiled equations, it is measured a second
time. Studies are left out: they are many runs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import phasefield
from phasefield.deck.examples import Example, examples, named
from tools.site.gallery import COSTS

COMMAND = "phasefield run DECK"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.site.costs", description=__doc__)
    parser.add_argument("names", nargs="*", help="Decks; by default all that were not measured yet.")
    chosen = parser.parse_args().names
    known = json.loads(COSTS.read_text(encoding="utf-8"))["decks"] if COSTS.exists() else {}
    decks = [named(name) for name in chosen] or [
        example for example in examples() if example.name not in known and not example.kind.startswith("study")
    ]
    how = {"command": COMMAND, "processor": _processor()}
    for example in decks:
        known[example.name] = _measured(example)
        print(example.name, known[example.name], flush=True)
        COSTS.write_text(json.dumps({"how": how, "decks": dict(sorted(known.items()))}, indent=1) + "\n")


def _measured(example: Example) -> dict[str, float | int | str]:
    """CPU time of a run, its steps and cells; how it ended, too."""
    for _ in range(2):
        compiled = _kernels()
        with tempfile.TemporaryDirectory() as folder:
            run = Path(folder) / "run"
            before = os.times()
            command = [sys.executable, "-m", "phasefield", "run", str(example.path), "-o", str(run)]
            subprocess.run(command, check=True, capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
            after = os.times()
            noted = phasefield.open_run(run).manifest
        if _kernels() == compiled:
            break
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"cpu_s": round(cpu, 1), "steps": noted["steps"], "cells": noted["cells"], "end": noted["stop reason"]}


def _kernels() -> int:
    """Number of files in the cache of compiled equations."""
    from phasefield.engines.compiled import cache

    return sum(1 for _ in cache.directory().rglob("*"))


def _processor() -> str:
    """Name of the processor, where the system tells it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
