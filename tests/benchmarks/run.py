"""``python -m tests.benchmarks.run [--full] [-o FILE]``: the benchmarks, as a table and as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import table
from tests.benchmarks.jobs import ENVIRONMENT, Results
from tests.benchmarks.plan import SLOW, Plan
from tests.benchmarks.programs import PROGRAMS

#: Those in boxes, which both engines take.
DECKS = sorted(path for path in Path("inputs").glob("*.toml")
               if not path.name.endswith(".study.toml") and "\nmesh =" not in path.read_text())  # fmt: skip
FULL_PLANES, FULL_BOXES = ((256, 256), (512, 512)), ((48, 48, 48), (96, 96, 96))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="512² and 96³, in an hour or two")
    parser.add_argument("-o", "--output", type=Path, default=Path("runs/benchmarks.json"), metavar="FILE",
                        help="JSON; the table goes to a .md beside it")  # fmt: skip
    parser.add_argument("--programs", nargs="+", choices=list(PROGRAMS), default=list(PROGRAMS))
    options = parser.parse_args()
    programs = tuple(options.programs)
    plan = Plan(programs, planes=FULL_PLANES, boxes=FULL_BOXES, repeats=3) if options.full else Plan(programs)
    started = time.time()
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"load average {load:.2g}: other work on this machine lengthens what is measured by the clock",
              file=sys.stderr)  # fmt: skip
    engines = [p for p in ("compiled", "fipy") if p in programs and (options.full or p not in SLOW)]
    iterations = {p: newton(p, plan) for p in engines}  # first: a deck that fails ends all
    results = Results()
    results.run(plan.repeated(), plan.repeats)
    results.run(plan.once())
    rows = table.rows(plan, results, iterations)
    text = table.markdown(rows, programs)
    agreement = table.agreement(plan, results)
    print(text, "", *agreement, "", f"in {time.time() - started:.0f} s", sep="\n")
    document = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"processor": processor(), "cores": os.cpu_count(), "python": platform.python_version(),
                    "load before": load, "load after": os.getloadavg()[0]},
        "table": table.as_json(rows),
        "agreement": agreement,
        "iterations": iterations,
        "jobs": [{"command": job.command[1:], "results": found} for job, found in results.found.items()],
    }  # fmt: skip
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    options.output.with_suffix(".md").write_text("\n".join([text, "", *agreement]) + "\n", encoding="utf-8")


def newton(program: str, plan: Plan) -> list[int]:
    """Newton iterations of the shipped decks' first steps; 3-D ones only on a program that is fast.

    Raises
    ------
    RuntimeError
        A deck failed: the median would not be that of all.
    """
    decks = [str(d) for d in DECKS if program not in SLOW or not d.stem.endswith("_3d")]
    command = [sys.executable, "-m", "tests.benchmarks.decks", program, str(plan.deck_steps)]
    counts: list[int] = []
    for deck in decks:
        done = subprocess.run([*command, deck], capture_output=True, text=True, env=os.environ | ENVIRONMENT)
        lines = [line for line in done.stdout.splitlines() if line.startswith("JSON ")]
        if done.returncode or not lines:
            said = (done.stderr or done.stdout).strip()[-2000:]
            raise RuntimeError(f"{program} fails on {deck}, with code {done.returncode}: {said or 'no message'}")
        counts += json.loads(lines[0].removeprefix("JSON "))[deck]
    return counts


def processor() -> str:
    """Its name, from /proc/cpuinfo."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


if __name__ == "__main__":
    main()
