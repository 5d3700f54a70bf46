"""Errors of time steps: ``python -m tests.benchmarks.time_error [DECK …] [--set KEY=VALUE …] [--method NAME …]``.

Each shipped deck runs with its own tolerance and each of some methods, and again with BDF2, a tolerance that is
`finer` times smaller, and first and longest steps that are shorter as the cube root squared of that, as the steps of a
method of second order are. The error of a quantity is the difference at the end, over the growth of the
quantity (over the roughness itself).
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from pathlib import Path

from phasefield.deck import load_deck
from phasefield.errors import PhasefieldError
from phasefield.io.rundir import Run
from phasefield.run import runner

INPUTS = Path(__file__).parents[2] / "inputs"
#: Time at which a deck ends here [s]: a part of its own, so that the finer run takes minutes.
ENDS = {
    "plating_uncoated": 1000, "plating_coated": 500, "plating_binary": 20, "interphase_coated": 120,
    "flagship_coated": 80, "plating_film": 500, "plating_grains": 300, "plating_tall": 300, "plating_pulse": 320,
    "dead_lithium_uncoated": 600, "plating_uncoated_3d": 60,
}  # fmt: skip
#: Columns that are compared: by their growth, and by themselves.
GROWING = ("Tip height [m]", "Largest height [m]", "Thickness [m]", "Charge plated [C/m2]", "Charge consumed [C/m2]")
WHOLE = ("Roughness [m]", "Cell voltage [V]")


def numbers(run: Run) -> dict[str, float]:
    """What is compared, by the name of its column."""
    found = {name: run.history[name] for name in GROWING if name in run.history}
    grown = {name: float(values[-1] - values[0]) for name, values in found.items()}
    return grown | {name: float(run.history[name][-1]) for name in WHOLE if name in run.history}


def ran(deck: str, place: Path, overrides: list[str]) -> tuple[Run, float]:
    """A run, and its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    run = runner.run(INPUTS / f"{deck}.toml", place, overrides=overrides)
    return run, resource.getrusage(resource.RUSAGE_SELF).ru_utime - before


def measured(deck: str, finer: float, methods: list[str], overrides: list[str]) -> list[str]:
    """A row of the table for each method and quantity."""
    every = ["output.every="] if load_deck(INPUTS / f"{deck}.toml").output.every else []
    overrides = [f"stop.time={ENDS[deck]} s", *every, "output.snapshots=1", *overrides]
    with tempfile.TemporaryDirectory() as folder:
        runs = {m: ran(deck, Path(folder) / m, [*overrides, f"time.method={m}"]) for m in methods}
        steps = runs[methods[0]][0].history["Time step [s]"][1:]
        tolerance = load_deck(INPUTS / f"{deck}.toml", overrides=overrides).time.tolerance
        shorter = finer ** (2 / 3)
        fine = [
            f"time.tolerance={tolerance / finer}", f"time.max_step={max(steps) / shorter} s",
            f"time.initial_step={steps[0] / shorter} s", "time.method=bdf2",
        ]  # fmt: skip
        reference, _ = ran(deck, Path(folder) / "fine", [*overrides, *fine])
        exact, rows = numbers(reference), []
        for method, (run, cpu) in runs.items():
            found, first = numbers(run), f"| `{deck}`, {ENDS[deck]} s | {method}"
            last = f"{len(run.history['Time step [s]']) - 1} | {cpu:.3g} |"
            rows += [
                f"{first} | {name.split(' [')[0]} | {100 * (found[name] / value - 1):.2f} | {last}"
                for name, value in exact.items() if value
            ]  # fmt: skip
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("decks", nargs="*", default=list(ENDS), choices=[*ENDS, []])
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides")
    parser.add_argument("--method", nargs="+", default=["auto"], dest="methods", help='of time.method: "bdf2", "split"')
    parser.add_argument("--finer", type=float, default=30.0, help="ratio of the tolerances")
    options = parser.parse_args()
    print("| deck, until | method | quantity | error, % | steps | CPU s |\n| --- | --- | --- | --- | --- | --- |")
    for deck in options.decks:
        try:
            print("\n".join(measured(deck, options.finer, options.methods, options.overrides)), flush=True)
        except PhasefieldError as error:
            print(f"| `{deck}` | {error} |")


if __name__ == "__main__":
    main()
