"""Does a ripple grow as linear stability says where the salt decides, below and above the limiting current?

A flat front at y = 0 advances at v = iV/F into a binary electrolyte with σ = s₀c. A ripple A cos kx on it, with c + c₁,
φ + φ₁ and everything ∝ e^(ωt), obeys to first order

    ωc₁ = D(c₁″ − k²c₁) + vc₁′                                         salt, seen from the front
    0 = (cφ₁′ + c₁φ′ − βc₁′)′ − k²(cφ₁ − βc₁)                          charge, β = 2(1 − t₊)χRT/F
    Dc₁′ + vc₁ = ω((1 − t₊)c_Li − c)A                                  the front takes up salt,
    s₀(cφ₁′ + c₁φ′ − βc₁′) = ωFc_Li A                                  and charge,
    α_a i(c₁ + c′A)/c + (φ₁ + φ′A − γVk²A/F)/R_ct = ωFc_Li A           by Butler and Volmer's law, Gibbs-Thomson in η,

and nothing more leaves at the top. `growth` solves it on Chebyshev's points; c, i and R_ct are those of a sharp front
on a moving grid. Bars, set before the first run: growth within 10 % of it; the closed form of
``phasefield.theory.ripple_conductivity`` within 2 %.
"""

import math

import numpy as np
import pytest
from scipy.optimize import newton

from phasefield import theory
from phasefield.run import runner
from tests.slow import slow
from tests.verification.sharp_front import RT_F, V_LI, F, SharpFront

D, TRANSFERENCE, SALT, SIGMA, EXCHANGE = 3e-10, 0.38, 1000.0, 1.0, 200.0
ANIONS = 1 - TRANSFERENCE
BETA = 2 * ANIONS * RT_F
HEIGHT, GAP = 5e-6, 25e-6
LIMIT = theory.limiting_current(D, SALT, TRANSFERENCE, GAP)
DECK = """
[domain]
dimension = 2
size = ["{half} um", "30 um"]
cells = [{columns}, {rows}]
[interface]
width = "{width} um"
[electrolyte]
transport = "binary"
conductivity = "1 S/m"
concentration = "1 mol/L"
diffusivity = "3e-10 m^2/s"
transference_number = 0.38
[lithium]
interface_energy = "{energy} J/m^2"
[kinetics]
exchange_current_density = "200 A/m^2"
[front]
height = "5 um"
cosines = [{{ amplitude = "{amplitude} um", wavelength = "{wavelength} um" }}]
[[drive.steps]]
{drive}
[stop]
time = "{time} s"
[output]
snapshots = 1
"""


def chebyshev(n, length):
    """Points from 0 to a length, and the matrix of d/dy on them."""
    j = np.arange(n + 1)
    x = np.cos(np.pi * j / n)
    scale = np.where((j == 0) | (j == n), 2.0, 1.0) * (-1.0) ** j
    difference = x[:, None] - x + np.eye(n + 1)
    slopes = np.outer(scale, 1 / scale) / difference
    slopes -= np.diag(slopes.sum(axis=1))
    return (1 - x) / 2 * length, -2 / length * slopes


def growth(k, i, surface, gap, energy, exchange=EXCHANGE, film=0.0, points=60):
    """ω of the equations above, for a linear profile c that starts at ``surface``: by the secant method, since for a
    given ω all but the last are a linear system. A = 1; lengths in gaps, c in units of the initial one, φ in RT/F.
    """
    y, d = chebyshev(points, 1.0)
    n, one, dd, q = len(y), np.eye(len(y)), d @ d, k * gap
    v, β, current = i * V_LI / F * gap / D, 2 * ANIONS, i * gap / (SIGMA * RT_F)
    salt = i * ANIONS / F * gap / (D * SALT)
    start = surface / SALT
    slope = salt - v * start
    c = start + slope * y
    field = (current + β * slope) / c
    share = math.sqrt(start + (i / (2 * exchange)) ** 2) * exchange / i  # RT/F over i R_ct
    pull = energy * V_LI / F / RT_F / gap * q**2
    flux = np.hstack([np.diag(field) - β * d, c[:, None] * d])  # of c1 and of phi1

    def rest(ω):
        """α_a(c₁ + c′)/c + (φ₁ + φ′ − γVk²/F)/iR_ct, less what the film takes, less δi/i, which is ω/v."""
        matrix, right = np.zeros((2 * n, 2 * n)), np.zeros(2 * n)
        matrix[:n, :n] = dd - (q**2 + ω * gap**2 / D) * one + v * d
        matrix[n:, :] = d @ flux - q**2 * np.hstack([-β * one, np.diag(c)])
        matrix[0], matrix[n] = np.hstack([d[0] + v * one[0], 0 * one[0]]), flux[0]
        matrix[n - 1], matrix[-1] = np.hstack([d[-1], 0 * one[0]]), flux[-1]
        change = ω * gap * F / (i * V_LI)  # δi/i
        right[0], right[n] = change * (salt - v * start), change * current
        found = np.linalg.solve(matrix, right)
        return (
            0.5 * (found[0] + slope) / start + share * (found[n] + field[0] - pull)
            - change * (1 + film * i / RT_F * share)
        )  # fmt: skip

    return newton(rest, 0.0, x1=k * i * V_LI / F, tol=1e-9, rtol=1e-7)


def closed(k, i, surface, energy, film=0.0):
    """The same from the formulas of `phasefield check`."""
    charge = RT_F / (EXCHANGE * math.sqrt(surface / SALT + (i / (2 * EXCHANGE)) ** 2))
    salt = {"diffusivity": D, "transference_number": TRANSFERENCE, "thermodynamic_factor": 1.0}
    conductivity = theory.ripple_conductivity(
        SIGMA * surface / SALT, surface, **salt, temperature=298.15, polarisation=0.5 * i * charge
    )
    total = charge + film
    mobility = theory.physical_mobility(energy, V_LI, total)
    return theory.growth_rate(k, i * V_LI / F, conductivity, total, mobility)


@pytest.mark.parametrize("film", [0.0, 2e-5])
@pytest.mark.parametrize("energy", [0.0, 500.0])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("wavelength", [5e-6, 15e-6])
def test_closed_form(wavelength, share, energy, film):
    """While salt diffuses much faster than the front moves: 2 % of it, or of vk."""
    k, i = 2 * math.pi / wavelength, share * LIMIT
    surface = SALT * (1 - share)
    whole = growth(k, i, surface, GAP, energy, film=film)
    assert closed(k, i, surface, energy, film) == pytest.approx(whole, rel=0.02, abs=0.02 * k * i * V_LI / F)


def compare(folder, wavelength, width, drive, time, start, energy=0.5, cells=6):
    """ln of the ripple's growth between two times [s]: measured, and the integral of ω."""
    cell = width / cells
    columns, rows = round(wavelength / 2 / cell), round(30 / cell)
    current = f'mode = "galvanostatic"\ncurrent_density = "{drive} A/m^2"'
    voltage = f'mode = "potentiostatic"\nvoltage = "{drive} V"'
    deck = DECK.format(
        half=wavelength / 2, columns=columns, rows=rows, width=width, energy=energy, wavelength=wavelength,
        amplitude=0.01 * wavelength, drive=current if drive > 0 else voltage, time=time,
    )  # fmt: skip
    folder.mkdir(exist_ok=True)
    (folder / "deck.toml").write_text(deck)
    found = runner.run(folder / "deck.toml", folder / "run").history
    t, swing = found["Time [s]"], found["Tip-valley distance [m]"]
    front = SharpFront(HEIGHT, HEIGHT + GAP, D, TRANSFERENCE, SALT, SIGMA, EXCHANGE)
    rates = []
    for dt in np.diff(t):
        for _ in range(4):
            i = drive if drive > 0 else front.current(-drive, dt / 4)
            surface = front.advance(i, dt / 4)
        rates.append(growth(2e6 * math.pi / wavelength, i, surface, front.top - front.height, energy))
    late = t[1:] > start
    expected = float(np.sum((np.diff(t) * rates)[late]) - 0.5 * (rates[-1] * (t[-1] - t[-2])))
    first = np.flatnonzero(late)[0] + 1
    return math.log(swing[-1] / swing[first - 1]), expected, rates


@pytest.mark.parametrize(
    ("wavelength", "width", "drive", "energy"),
    [(20.0, 1.0, 0.9 * LIMIT, 0.5), slow(20.0, 1.0, 0.9 * LIMIT, 300.0), slow(10.0, 0.5, 0.9 * LIMIT, 0.5),
     slow(20.0, 1.0, -0.4, 0.5), slow(20.0, 2.0, -0.3, 0.5), slow(4.0, 1.0, 0.9 * LIMIT, 0.5)],
)  # fmt: skip
def test_growth_of_a_ripple(wavelength, width, drive, energy, tmp_path):
    """10 %, from 1 s on, when the salt's profile is straight, down to four widths."""
    measured, expected, _ = compare(tmp_path, wavelength, width, drive, 6.0, 1.0, energy)
    assert measured == pytest.approx(expected, rel=0.1)
