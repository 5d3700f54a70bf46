"""Run the systems, print results beside measured values and claims; after a run of all, check and write the page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.systems.cases import CASES
from tools.systems.checks import problems
from tools.systems.runs import Runs
from tools.systems.table import SYSTEMS, findings, missed, record, recorded, table


def main() -> None:
    """``python -m tools.systems [SYSTEM ...]``; all of them are recorded. Exit code 1 if a claim is missed, and of all
    systems also if a run deviates from theory, a balance error is too large, or a number differs from the page.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.systems", description=__doc__)
    known = "; ".join(system.name for system in SYSTEMS)
    parser.add_argument("systems", nargs="*", metavar="SYSTEM", help=f"any part of: {known}")
    parser.add_argument("-o", "--output", type=Path, default=Path("runs/systems"), help="directory of the runs")
    arguments = parser.parse_args()
    wanted = [name.casefold() for name in arguments.systems]
    chosen = [s for s in SYSTEMS if not wanted or any(name in s.name.casefold() for name in wanted)]
    if not chosen:
        parser.error(f"no system has such a name; there are: {known}")

    runs = Runs(arguments.output, CASES)
    numbers = {finding.key: finding.of(runs) for _, finding in findings(chosen)}
    print(table(chosen, numbers))
    wrong = [f"missed: {key}" for key in missed(chosen, numbers)]
    if len(chosen) == len(SYSTEMS):
        wrong += problems(runs, numbers, recorded())
        record(numbers)
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
