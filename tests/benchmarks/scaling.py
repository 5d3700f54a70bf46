"""``python -m tests.benchmarks.scaling PROGRAM``: weak and strong scaling, and the counts that govern scale.

Times mean something where every rank has a core of its own. Counts (iterations, messages, bytes, memory) mean
something anywhere, and from them docs/scaling.md predicts.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from math import log2, prod
from pathlib import Path

from tests.benchmarks.counts import Counts, monitored
from tests.benchmarks.forecast import forecast, line
from tests.benchmarks.jobs import Job, Results
from tests.benchmarks.programs import PROGRAMS

RANKS = (1, 2, 4, 8)
SIZES = (16, 24, 32, 48)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", choices=list(PROGRAMS))
    parser.add_argument("--transport", default="single-ion", choices=["single-ion", "binary"])
    parser.add_argument("--ranks", type=int, nargs="+", default=RANKS)
    parser.add_argument("--weak", type=int, nargs=3, default=(16, 16, 16), help="cells of each rank")
    parser.add_argument("--strong", type=int, nargs=3, default=(32, 32, 32), help="cells of all ranks together")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="edges of cubes on one rank")
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--launcher", default="mpirun -n", help="what the number of ranks follows")
    parser.add_argument("--monitor", action="store_true", help="count all messages by Open MPI's monitoring")
    parser.add_argument("--predict", type=int, nargs=2, metavar=("EDGE", "RANKS"), help="with --monitor")
    parser.add_argument("-o", "--output", type=Path, default=Path("runs/scaling.json"), metavar="FILE")
    options = parser.parse_args()
    if options.predict and not options.monitor:
        parser.error("--predict needs the messages that --monitor counts")

    def job(cells, ranks):
        extra = ("--no-fields", "--assemblies", "0")
        launcher = tuple(options.launcher.split())
        return Job(options.program, tuple(cells), options.transport, options.steps, ranks, extra, launcher=launcher)

    nx, ny, nz = options.weak
    series = {
        "weak": [job((nx, ny, nz * n), n) for n in options.ranks],
        "strong": [job(options.strong, n) for n in options.ranks],
        "size": [job((n, n, n), 1) for n in options.sizes],
    }
    results = Results()
    results.run(dict.fromkeys(j for jobs in series.values() for j in jobs))
    counts = {name: [c for j in jobs if (c := Counts.of(j, results.of(j)))] for name, jobs in series.items()}
    counted = [j for j in series["strong"] if j.ranks > 1 and options.monitor]
    all_messages = {j.ranks: found for j in counted if (found := monitored(j))}
    for name, found in counts.items():
        print(table(name, found))
    fits = fit(counts)
    print(*(f"{name}: {value}" for name, value in fits.items()), *all_messages.items(), sep="\n")
    ahead = forecast(counts, all_messages, *options.predict) if options.predict and all_messages else None
    print("prediction:", ahead)
    document = {
        "program": options.program, "transport": options.transport, "load after": os.getloadavg()[0],
        "series": {name: [asdict(c) for c in found] for name, found in counts.items()},
        "fits": fits, "prediction": ahead, "monitored per Krylov iteration and rank, strong series": all_messages,
    }  # fmt: skip
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(document, indent=1) + "\n")


def fit(counts: dict[str, list[Counts]]) -> dict[str, list[float]]:
    """Lines through the counts, as intercept and slope."""
    lines = {}
    for series, against in (("size", "cells"), ("weak", "ranks"), ("strong", "ranks")):
        found = counts[series]
        if len(found) > 1:
            x = [log2(c.cells[0] if against == "cells" else c.ranks) for c in found]
            what = "edge in cells" if against == "cells" else "ranks"
            per_newton = [c.linear / c.newton for c in found]
            lines[f"{series}: Krylov per Newton iteration against log2({what})"] = line(x, per_newton)
    if len(found := counts["size"]) > 1:
        lines["size: memory [bytes] against cells"] = line([prod(c.cells) for c in found], [c.memory for c in found])
        work = [1e6 * c.cpu / c.linear / prod(c.cells) for c in found]
        lines["size: CPU µs per cell and Krylov iteration against log2(edge)"] = line(
            [log2(c.cells[0]) for c in found], work
        )
    return {name: list(values) for name, values in lines.items()}


def table(name: str, counts: Sequence[Counts]) -> str:
    """One series as Markdown."""
    head = (
        "cells", "ranks", "wall s", "CPU s", "Newton", "Krylov", "set-up share", "messages", "kB", "reductions",
        "gathers", "MB per rank",
    )  # fmt: skip
    title = f"\n{name}: per step; messages and kB per rank, without hypre's"
    lines = [title, f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    for c in counts:
        values = (
            "×".join(map(str, c.cells)), c.ranks, f"{c.wall:.3g}", f"{c.cpu:.3g}", f"{c.newton:.3g}",
            f"{c.linear:.3g}", f"{c.setup_share:.0%}", f"{c.messages:.0f}", f"{c.bytes / 1e3:.1f}",
            f"{c.reductions:.0f}", f"{c.gathers:.0f}", f"{c.memory / 1e6:.1f}",
        )  # fmt: skip
        lines.append(f"| {' | '.join(map(str, values))} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
