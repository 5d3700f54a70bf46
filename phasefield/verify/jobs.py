"""Cases side by side, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from phasefield.verify.case import Case
from phasefield.verify.outcome import LOG, Outcome, Row


def side_by_side(cases: Sequence[Case], folders: Sequence[Path], jobs: int) -> Iterator[Outcome]:
    """Outcomes of registered cases, as they end; long ones begin first.

    Parameters
    ----------
    cases : sequence of Case
    folders : sequence of Path
        An empty one for each case.
    jobs : int
        Number of cases that run at the same time.
    """
    pairs = sorted(zip(cases, folders, strict=True), key=lambda pair: not pair[0].full)
    with ThreadPoolExecutor(jobs) as pool:
        for done in as_completed([pool.submit(_alone, *pair) for pair in pairs]):
            yield done.result()


def _alone(case: Case, folder: Path) -> Outcome:
    command = [sys.executable, "-m", "phasefield", "verify", "--only", case.name, "-o", str(folder)]
    with open(folder / LOG, "w", encoding="utf-8") as log:
        # The environment as it was before MPI's start, which marks the process as a rank of this one
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=dict(os.environ))
    try:
        (found,) = json.loads((folder / "verify.json").read_text(encoding="utf-8"))["cases"]
    except (OSError, ValueError):
        return Outcome(case, (), 0.0, f"its process ended with code {ended.returncode}; see {folder / LOG}")
    return Outcome(case, tuple(map(_row, case.quantities, found["numbers"])), found["cpu_seconds"], found["failure"])


def _row(quantity, number: dict[str, Any]) -> Row:
    return Row(quantity, *(number[key] for key in ("theirs", "coarse", "fine", "extrapolated")))
