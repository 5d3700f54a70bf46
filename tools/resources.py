"""Memory and disk space of runs, measured and predicted: ``python -m tools.resources [--fit] [compiled|fipy ...]``.

Each configuration is a shipped deck, possibly on another grid, which runs for some seconds in its own process.
``--fit`` prints the constants for :data:`phasefield.check.resources.COSTS` that fit the measured values best.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

from phasefield import check
from phasefield.check.resources import COSTS, NUMBER, TEXTS, Cost, kept, written
from phasefield.deck import Deck, load_deck
from phasefield.errors import Stopped
from phasefield.io.rundir import open_run

INPUTS = Path(__file__).parents[1] / "inputs"
ENGINES = ("compiled", "split", "fipy")
#: Largest error of a prediction, relative to the measured value; of the memory with split steps.
BAR, BAR_OF_SPLIT = 0.25, 0.15
HEADS = ("deck", "engine", "cells", "unknowns", "ranks", "memory [MB]", "predicted", "error",
         "disk [MB]", "predicted", "error")  # fmt: skip
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1"}
if os.geteuid() == 0:
    ENVIRONMENT |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


@dataclass(frozen=True)
class Configuration:
    """A deck, its overrides, and its number of ranks."""

    deck: str
    ranks: int
    overrides: tuple[str, ...] = ()

    def load(self, engine: str) -> Deck:
        """The deck with its overrides."""
        return load_deck(INPUTS / f"{self.deck}.toml", self.words(engine))

    def words(self, engine: str) -> list[str]:
        """Overrides of the deck."""
        return [*self.overrides, "time.method=split" if engine == "split" else f"solver.engine={engine}"]


#: Two and three dimensions, two to four unknowns, one and two ranks, 17 to 147 thousand cells.
CONFIGURATIONS = (
    Configuration("plating_uncoated", 1, ("domain.cells=[256, 352]",)),
    Configuration("plating_uncoated", 2),
    Configuration("plating_binary", 1, ("domain.cells=[144, 360]",)),
    Configuration("interphase_coated", 1, ("domain.cells=[216, 108]",)),
    Configuration("flagship_coated", 2, ("domain.cells=[144, 144]",)),
    Configuration("contact_patches_3d", 1, ("domain.cells=[56, 56, 56]",)),
    Configuration("plating_coated_3d", 2),
    Configuration("interphase_coated_3d", 1, ("domain.cells=[40, 40, 30]",)),
)
#: The same with split steps, up to 885 thousand cells.
SPLIT = (
    Configuration("plating_uncoated", 1, ("domain.cells=[512, 704]",)),
    Configuration("plating_uncoated", 2, ("domain.cells=[1024, 1408]",)),
    Configuration("plating_uncoated_3d", 1, ("domain.cells=[64, 64, 64]", "domain.size=['24 um', '24 um', '24 um']")),
    Configuration("plating_uncoated_3d", 1, ("domain.cells=[96, 96, 96]", "domain.size=['36 um', '36 um', '36 um']")),
    Configuration("plating_coated_3d", 2, ("domain.cells=[80, 80, 96]", "domain.size=['30 um', '30 um', '36 um']")),
)


@dataclass(frozen=True)
class Measured:
    """Measured and predicted needs of a run.

    Attributes
    ----------
    unknowns, cells, dimension, ranks : int
    memory, expected : float [byte]
        Peak memory of all ranks together.
    disk, expected_disk : float [byte]
        Size of a checkpoint and a snapshot.
    """

    unknowns: int
    cells: int
    dimension: int
    ranks: int
    memory: float
    expected: float
    disk: float
    expected_disk: float


def measure(configuration: Configuration, engine: str, seconds: float) -> Measured:
    """Run a configuration until its first step after a number of seconds."""
    deck = configuration.load(engine)
    limit = [f"checkpoint.wall_time={seconds + 1} s", "checkpoint.margin=1 s"]
    with tempfile.TemporaryDirectory() as folder:
        command = ["mpirun", "-n", str(configuration.ranks), sys.executable, "-m", "phasefield", "run"]
        command += [str(INPUTS / f"{configuration.deck}.toml"), "-o", f"{folder}/run", "--force"]
        command += [word for change in (*configuration.words(engine), *limit) for word in ("--set", change)]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | ENVIRONMENT)
        if done.returncode not in (0, Stopped.exit_code):
            raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
        found = json.loads((Path(folder) / "run" / "manifest.json").read_text())
        newest = max((Path(folder) / "run" / "checkpoints").iterdir())
        size = sum(file.stat().st_size for file in newest.iterdir())
        fields = (Path(folder) / "run" / "fields.vtkhdf").stat().st_size / len(open_run(Path(folder) / "run").times)
    needs = check.needs(deck)
    unknowns, cells = check.unknowns(deck), prod(deck.domain.cells)
    one_of_each = NUMBER * cells * (kept(deck, unknowns) + written(deck)) + TEXTS
    return Measured(
        unknowns, cells, deck.domain.dimension, configuration.ranks,
        found["peak memory [bytes]"], needs.memory(configuration.ranks), size + fields, one_of_each,
    )  # fmt: skip


def fit(found: list[Measured]) -> dict[int, Cost]:
    """Constants of one engine by least squares of the relative errors."""
    rows, sizes = [], [m.memory for m in found]
    for m in found:
        solid, flat = (m.cells, 0) if m.dimension == 3 else (0, m.cells)
        rows.append([m.ranks, flat * m.unknowns, flat * m.unknowns**2, solid * m.unknowns, solid * m.unknowns**2])
    matrix = np.array(rows, float) / np.array(sizes)[:, None]
    scale = np.max(matrix, axis=0)
    scale[scale == 0] = 1.0
    rank, *per_cell = nnls(matrix / scale, np.ones(len(found)))[0] / scale
    flat, solid = Cost(rank, *per_cell[:2]), Cost(rank, *per_cell[2:])
    return {1: flat, 2: flat, 3: solid}


def line(name: str, engine: str, m: Measured) -> str:
    """A row of the table."""
    cells = [name, engine, m.cells, m.unknowns, m.ranks]
    for measured, expected in ((m.memory, m.expected), (m.disk, m.expected_disk)):
        cells += [f"{measured / 1e6:.3g}", f"{expected / 1e6:.3g}", f"{expected / measured - 1:+.0%}"]
    return "| " + " | ".join(map(str, cells)) + " |"


def held(m: Measured, engine: str) -> bool:
    """Whether both predictions are within the bar."""
    bar = BAR_OF_SPLIT if engine == "split" else BAR
    return abs(m.expected / m.memory - 1) <= bar and abs(m.expected_disk / m.disk - 1) <= BAR


def main() -> int:
    """Measure and print; the exit code shows whether every prediction is within the bar."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engines", nargs="*", default=[], choices=[*ENGINES, []], metavar="engine")
    parser.add_argument("--fit", action="store_true", help="print the constants that fit best")
    parser.add_argument("--seconds", type=float, default=5.0, help="for which each runs")
    options = parser.parse_args()
    print("| " + " | ".join(HEADS) + " |\n" + "| --- " * len(HEADS) + "|")
    all_held = True
    for engine in options.engines or ENGINES:
        found = []
        for configuration in SPLIT if engine == "split" else CONFIGURATIONS:
            found.append(measure(configuration, engine, options.seconds))
            print(line(configuration.deck, engine, found[-1]), flush=True)
        all_held &= all(held(m, engine) for m in found)
        if options.fit:
            print({dimension: Cost(*(float(f"{x:.3g}") for x in cost)) for dimension, cost in fit(found).items()})
            print(f"now: {COSTS[engine]}")
    return 0 if all_held else 1


if __name__ == "__main__":
    sys.exit(main())
