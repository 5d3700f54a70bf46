"""Cost at equal error: ``python -m tests.benchmarks.accuracy [--cells 48,48,48] [PROGRAM …]``, on one core.

Each program marches over the same time in steps of several lengths. Its error is the distance of the front from that of
a converged reference: ∫|ξ − ξ_ref| dV over ∫|ξ_ref − ξ_start| dV. Engines and the hand-written program have one
reference, the compiled engine in BDF2 with eight times as many steps. The ceiling program (`ceiling.c`) has its own,
with twenty times as many: it solves simpler equations, those before the closure of the interface (record 030): the rate
is weighted by 24 ξ²(1 − ξ)² instead of the surface's area, is not in series with the electrolyte within the front, and
is not moved outwards. So its time shows what a step of such a problem can cost, not what these equations need.
"""

from __future__ import annotations

import argparse
import ctypes
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from phasefield.physics.common.energy import δ
from tests.benchmarks.problem import Problem
from tests.benchmarks.programs import PROGRAMS, Engine, engine_of

#: Over which programs march, in the steps of `Problem.dt`.
SPAN = 40
#: Numbers of steps that are measured, and that of a reference.
STEPS = {
    "compiled": (40, 160), "compiled, BDF2": (10, 20, 40), "split": (6, 10, 20, 40), "hand-written": (40,),
    "ceiling": (20, 40),
}  # fmt: skip
REFERENCE = {"engines": 320, "ceiling": 800}
#: Stages of the ceiling program's step, by its number of steps; each as few as are stable.
STAGES = {20: 9, 40: 7, 800: 3}


class Run(NamedTuple):
    """CPU seconds of a run, ξ at its end (z, y, x), and its gain over the charge that has passed, minus one."""

    cpu: float
    xi: np.ndarray
    closure: float


class Case(ctypes.Structure):
    """As in `ceiling.c`."""

    _fields_ = [
        *((name, ctypes.c_int) for name in ("nx", "ny", "nz", "steps", "stages")),
        *((name, ctypes.c_double) for name in ("h", "mobility", "well", "tilt", "conductivity", "floor", "current")),
        ("dt", ctypes.c_double),
    ]


def start(problem: Problem) -> list[np.ndarray]:
    """ξ and φ at the beginning, axes (z, y, x)."""
    along = [(np.arange(n) + 0.5) * h for n, h in zip(problem.cells, problem.case.spacing, strict=True)]
    coordinates = [x.ravel() for x in np.meshgrid(*along[::-1], indexing="ij")[::-1]]
    values = problem.initial(coordinates)
    return [np.broadcast_to(values[name], coordinates[0].shape).reshape(problem.cells[::-1]) for name in ("xi", "phi")]


def compiled_c() -> ctypes.CDLL:
    """`ceiling.c`, for this machine's processor.

    It is linked without -ffast-math: with it, the library would set the processor's mode of this whole process when it
    is loaded, and numbers below 2e-308 would be zero in all programs that are measured after it.
    """
    source = Path(__file__).with_name("ceiling.c")
    with tempfile.TemporaryDirectory() as folder:
        made, library = Path(folder) / "ceiling.o", Path(folder) / "ceiling.so"
        flags, link = ["-O3", "-march=native", "-ffast-math", "-std=c11", "-fPIC"], ["-shared", str(made), "-lm"]
        for command in (["-c", *flags, str(source), "-o", str(made)], [*link, "-o", str(library)]):
            subprocess.run(["cc", *command], check=True, timeout=120)
        return ctypes.CDLL(str(library))


def ceiling(library: ctypes.CDLL, problem: Problem, steps: int, stages: int) -> Run:
    """The ceiling program, of the parameters of a single-ion case in 3-D."""
    p, h = problem.case.model.p, problem.case.spacing[-1]
    tilt = np.tanh(0.5 * p.cell / δ)
    well = p.mobility * (2 * tilt / p.cell) ** 2  # as `double_well_slope` has it
    case = Case(
        *problem.cells, steps, stages, h, p.mobility, well, tilt, p.conductivity, p.floor, problem.current,
        SPAN * problem.dt / steps,
    )  # fmt: skip
    xi, phi = (np.ascontiguousarray(x, np.float32) for x in start(problem))
    before = xi.copy()
    began = time.process_time()
    library.run(ctypes.byref(case), *(x.ctypes.data_as(ctypes.c_void_p) for x in (xi, phi)))
    return Run(time.process_time() - began, xi, _closure(problem, xi, before))


def program(make: Callable, problem: Problem, steps: int) -> Run:
    """One of the other programs."""
    made = make(problem)
    before = made.gather("xi")
    began = time.process_time()
    for _ in range(steps):
        made.step(SPAN * problem.dt / steps)
    cpu = time.process_time() - began
    xi = made.gather("xi")
    return Run(cpu, xi, _closure(problem, xi, before))


def _closure(problem, xi, before):
    gained = (xi.astype(float) - before).mean() * problem.case.spacing[-1] * problem.cells[-1]
    return gained / (problem.current * SPAN * problem.dt) - 1


def front_error(found: Run, reference: Run, before: np.ndarray) -> float:
    """∫|ξ − ξ_ref| dV over ∫|ξ_ref − ξ_start| dV."""
    return float(np.abs(found.xi - reference.xi).mean() / np.abs(reference.xi - before).mean())


def runners(problem: Problem) -> dict[str, Callable[[int], Run]]:
    """What marches each program in a number of steps."""
    second = lambda problem: Engine(problem, lambda *a: engine_of("compiled")(*a, order=2))  # noqa: E731
    made = {name: PROGRAMS[name] for name in ("compiled", "split", "hand-written")} | {"compiled, BDF2": second}
    library = compiled_c()
    out = {name: (lambda steps, m=make: program(m, problem, steps)) for name, make in made.items()}
    return out | {"ceiling": lambda steps: ceiling(library, problem, steps, STAGES[steps])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", default="48,48,48", help="along each axis, height last; powers of two times a few")
    parser.add_argument("programs", nargs="*", default=list(STEPS))
    options = parser.parse_args()
    cells = tuple(int(n) for n in options.cells.split(","))
    small, problem = Problem.of((16, 16, 16), "single-ion"), Problem.of(cells, "single-ion")
    run, before = runners(problem), start(problem)[0]
    for name in options.programs:  # kernels are compiled and caches filled before anything is timed
        if name != "ceiling":
            runners(small)[name](SPAN)
    ours = run["compiled, BDF2"](REFERENCE["engines"]) if set(options.programs) - {"ceiling"} else None
    print("| program | steps | CPU s | front error | charge |\n| --- | --- | --- | --- | --- |")
    for name in options.programs:
        reference = run[name](REFERENCE[name]) if name == "ceiling" else ours
        for steps in STEPS[name]:
            found = run[name](steps)
            error = front_error(found, reference, before)
            print(f"| {name} | {steps} | {found.cpu:.3g} | {100 * error:.2g} % | {found.closure:.1e} |", flush=True)


if __name__ == "__main__":
    main()
