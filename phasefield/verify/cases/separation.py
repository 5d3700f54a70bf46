"""Separation and ripening: PFHub's benchmarks 1a, 2a and 6a."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

import numpy as np

from phasefield.verify.case import Case, Quantity, Source
from phasefield.verify.scripts import script

TRIED = "The bounds of this case were set after trial runs, which were needed to choose cells and end."
JOKISAARI = Source(
    "A. M. Jokisaari et al., Comput. Mater. Sci. 126 (2017) 139 (specification)", "10.1016/j.commatsci.2016.09.022"
)


def energies(name: str, times: tuple[float, ...], cell: float, folder: Path) -> tuple[float, ...]:
    """Free energies of a script's run at some times."""
    found = script(name).solve(cell, max(times), folder).history
    return tuple(float(np.interp(time, found["Time [s]"], found["Free energy [1]"])) for time in times)


# 1a ------------------------------------------------------------------------------------------------------

MOOSE = {9.549109: 297.685041, 51.113454: 168.946935, 101.628139: 139.819895}
SPECTRAL = (10.0, 100.0)


@cache
def spectral(times: tuple[float, ...], cells: int = 200, dt: float = 0.05, shift: float = 0.5) -> tuple[float, ...]:
    """Free energies of 1a by Fourier series, with BDF2 that takes f′ from earlier steps.

    Parameters
    ----------
    times : tuple of float
        When; multiples of `dt`.
    cells : int
        Points along a side.
    dt : float
        Time step.
    shift : float
        Where the first point lies, in units of their distance. The initial state is not periodic, so its jump at the
        sides depends on it.
    """
    side, ρ, α, β, κ, M = 200.0, 5.0, 0.3, 0.7, 2.0, 5.0
    x = (np.arange(cells) + shift) * side / cells
    x, y = x[None, :], x[:, None]
    waves = np.cos(0.105 * x) * np.cos(0.11 * y) + (np.cos(0.13 * x) * np.cos(0.087 * y)) ** 2
    start = 0.5 + 0.01 * (waves + np.cos(0.025 * x - 0.15 * y) * np.cos(0.07 * x - 0.02 * y))
    k = 2 * np.pi * np.fft.fftfreq(cells, side / cells)
    square = k[:, None] ** 2 + k[None, : cells // 2 + 1] ** 2

    def reaction(series):
        c = np.fft.irfft2(series, start.shape)
        return -M * square * np.fft.rfft2(2 * ρ * (c - α) * (β - c) * (α + β - 2 * c))

    def energy(series):
        c, twice = np.fft.irfft2(series, start.shape), np.full(cells // 2 + 1, 2.0)
        twice[[0, -1]] = 1
        gradients = np.sum(twice * square * abs(series) ** 2) / cells**4
        return float(side**2 * (np.mean(ρ * (c - α) ** 2 * (β - c) ** 2) + 0.5 * κ * gradients))

    stiff, old = -M * κ * square**2, np.fft.rfft2(start)
    before, now = reaction(old), (old + dt * reaction(old)) / (1 - dt * stiff)
    found = []
    for step in range(2, round(times[-1] / dt) + 1):
        present = reaction(now)
        old, now = now, (4 * now - old + 2 * dt * (2 * present - before)) / (3 - 2 * dt * stiff)
        before = present
        if any(abs(step * dt - time) < dt / 2 for time in times):
            found.append(energy(now))
    return tuple(found)


def spectral_at(time: float) -> float:
    """One of them."""
    return spectral(SPECTRAL)[SPECTRAL.index(time)]


SPINODAL = Case(
    name="pfhub-1a",
    title="PFHub 1a: spinodal decomposition",
    tests="The Cahn–Hilliard equation on a periodic square, until t = 102; the whole benchmark is `pfhub-1a-whole`. "
    "The same equation is solved by Fourier series in the case.",
    sources=(
        JOKISAARI,
        Source("PFHub, benchmark 1", address="https://pages.nist.gov/pfhub/benchmarks/benchmark1.ipynb"),
        Source("M. Frichtl, results with MOOSE, cells of 1 and larger",
               address="https://github.com/mfrichtl/PFHub_benchmarks"),
    ),
    quantities=(
        *(Quantity(f"Free energy at t = {t:g}", "1", partial(spectral_at, t), 0.01, "independent") for t in SPECTRAL),
        *(Quantity(f"Free energy at t = {t:.4g}", "1", energy, 0.03, "published") for t, energy in MOOSE.items()),
    ),
    measure=partial(energies, "pfhub_1a", (*SPECTRAL, *MOOSE)),
    sizes=(2.0, 1.0),
    size_means="cells",
    order=2,
    note=TRIED + " The published run is 1.1 % below and 2.4 % above the Fourier series.",
)  # fmt: skip
#: Of `spectral((1018.5, 10177.0), dt=0.1)`, which takes 70 s of CPU time. Until t = 5700 half the step and 256 points
#: change it by less than 0.03 %; they were not run longer.
SPECTRAL_LATE = {1018.5: 84.375559, 10177.0: 32.737040}
LATE = {1018.520702: 85.448934, 10176.990010: 43.451166}
WHOLE_SPINODAL = Case(
    name="pfhub-1a-whole",
    title="PFHub 1a until t = 10000",
    tests="The same, while the structure coarsens.",
    sources=SPINODAL.sources,
    quantities=(
        *(Quantity(f"Free energy at t = {t:g}", "1", energy, 0.05, "independent")
          for t, energy in SPECTRAL_LATE.items()),
        *(Quantity(f"Free energy at t = {t:.5g}, MOOSE", "1", energy, 0.05, "published") for t, energy in LATE.items()),
    ),
    measure=partial(energies, "pfhub_1a", (*SPECTRAL_LATE, *LATE)),
    sizes=(2.0, 1.0),
    size_means="cells",
    order=2,
    full=True,
    note="The specification's initial state is not periodic, so it has a jump at the sides, and which domains merge "
    "late depends on where the points lie at the jump. The Fourier series, too, ends with 32.7 if its 200 points are "
    "the centres of our cells, and with 40.2 if they are moved by half of their distance, to 0, 1, …, as the nodes of "
    "the published run are. So the published number at t = 10177 is missed, and no other bound would mean much. The "
    "numbers by Fourier series were added after this was found, with the bound of the published ones.",
)  # fmt: skip

# 2a ------------------------------------------------------------------------------------------------------

RIPENING = Case(
    name="pfhub-2a",
    title="PFHub 2a: Ostwald ripening",
    tests="The Cahn–Hilliard equation with four order parameters, until t = 10: the particles form.",
    sources=(
        JOKISAARI,
        Source("PFHub, benchmark 2", address="https://pages.nist.gov/pfhub/benchmarks/benchmark2.ipynb"),
        Source("C. Introïni, test of the program SLOTH, finite elements of 2 units, steps of 0.01",
               address="https://github.com/Collab4Sloth/SLOTH"),
    ),
    quantities=(
        Quantity("Free energy at t = 0.1", "1", 4213.12, 0.01, "published"),
        Quantity("Free energy at t = 10", "1", 1999.086, 0.01, "own"),
    ),
    measure=partial(energies, "pfhub_2a", (0.1, 10.0)),
    sizes=(1.6, 1.0),
    size_means="cells",
    order=2,
    note=TRIED + " We found no published number for later times and this initial state; ours is of cells of 0.5.",
)  # fmt: skip

# 6a ------------------------------------------------------------------------------------------------------

FENICS = {0.01: 183.0413382, 1.27: 181.5584772, 3.19: 177.7085266}


@cache
def initial_energy(waves: int = 400, cells: int = 400) -> float:
    """F of 6a at t = 0: the midpoint rule for the other terms, and Φ in cosines of y, solved exactly in x.

    With c = Σ c_n(x) cos(nπy/L), Φ_n″ = q_n²Φ_n − kc_n/ϵ, Φ_n(0) = 0, Φ_n(L) = the coefficient of sin(y/7): finite
    differences of 400 points in x for each n.
    """
    from scipy.linalg import solve_banded

    side, ρ, α, β, κ, k, ϵ = 100.0, 5.0, 0.3, 0.7, 2.0, 0.09, 90.0
    h = side / cells
    x, y = (np.arange(cells) + 0.5)[None, :] * h, (np.arange(cells) + 0.5)[:, None] * h

    def c(x, y):
        cos = np.cos
        shape = cos(0.2 * x) * cos(0.11 * y) + (cos(0.13 * x) * cos(0.087 * y)) ** 2
        return 0.5 + 0.04 * (shape + cos(0.025 * x - 0.15 * y) * cos(0.07 * x - 0.02 * y))

    middle, step = c(x, y), 1e-4
    slopes = [(c(x + step, y) - c(x - step, y)) / (2 * step), (c(x, y + step) - c(x, y - step)) / (2 * step)]
    chemical = ρ * (middle - α) ** 2 * (β - middle) ** 2 + 0.5 * κ * (slopes[0] ** 2 + slopes[1] ** 2)
    electric = 0.0
    for n in range(waves):
        wave = np.cos(n * np.pi * y[:, 0] / side)
        weight = (1 if n == 0 else 2) / cells
        part, given = weight * wave @ middle, weight * wave @ np.sin(y[:, 0] / 7)
        matrix = np.zeros((3, cells))
        matrix[0, 1:] = matrix[2, :-1] = 1 / h**2
        matrix[1] = -2 / h**2 - (n * np.pi / side) ** 2
        matrix[1, [0, -1]] -= 1 / h**2
        right = -k / ϵ * part
        right[-1] -= 2 * given / h**2
        electric += 0.5 * k * h * side / (1 if n == 0 else 2) * (solve_banded((1, 1), matrix, right) @ part)
    return float(np.sum(chemical) * h**2 + electric)


CHARGED = Case(
    name="pfhub-6a",
    title="PFHub 6a: separation in an electric field",
    tests="The Cahn–Hilliard equation with Poisson's equation; the potential of one side varies along it. Until "
    "t = 50; the benchmark asks for 400.",
    sources=(
        Source("PFHub, benchmark 6", address="https://pages.nist.gov/pfhub/benchmarks/benchmark6-hackathon.ipynb"),
        Source("A. Li, results with FEniCS, steps of up to 0.64",
               address="https://github.com/andrewli1235/PFHubBenchmarks"),
    ),
    quantities=(
        Quantity("Free energy at t = 0", "1", initial_energy, 0.005, "independent"),
        *(Quantity(f"Free energy at t = {t:g}", "1", energy, 0.005, "published") for t, energy in FENICS.items()),
        Quantity("Free energy at t = 50", "1", 138.42024, 0.01, "own"),
    ),
    measure=partial(energies, "pfhub_6a", (0.0, *FENICS, 50.0)),
    sizes=(2.0, 1.0),
    size_means="cells",
    order=2,
    note=TRIED + " We found no published number for later times and these parameters; ours is of cells of 0.5.",
)  # fmt: skip
CASES = (SPINODAL, RIPENING, CHARGED, WHOLE_SPINODAL)
