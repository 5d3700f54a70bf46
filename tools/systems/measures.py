"""Numbers from runs. A measure is a function of :class:`Runs`; the functions here make most of them."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log, pi, sinh

import numpy as np
from scipy.optimize import brentq

from phasefield import materials, theory
from phasefield.theory import elasticity
from phasefield.theory.contact import constriction_factor, contact_asr
from tools.systems.runs import Runs

Measure = Callable[[Runs], float]

HOUR, DAY = 3600.0, 86400.0
NM, UM, OHM_CM2, S_CM = 1e-9, 1e-6, 1e-4, 100.0
LAYER, RESISTANCE = "Thickness [m]", "Resistance [ohm m2]"
INTERFACE, CONSTRICTION = "Interface resistance [ohm m2]", "Constriction resistance [ohm m2]"
PRESSURE, MPA = "Pressure of the column [Pa]", 1e6
SPREAD, CHARGE = "Spread of content [1]", "Charge passed [C/m2]"

#: Radius of a spot of contact (estimate) [m].
SPOT = 10 * UM


def end(case: str, column: str, unit: float = 1.0) -> Measure:
    """The last value of a column of the history, in a unit."""
    return lambda runs: float(runs[case].history[column][-1]) / unit


def at(time: float, case: str, column: str, unit: float = 1.0) -> Measure:
    """A column of the history at a time [s], on a straight line between steps."""

    def of(runs):
        history = runs[case].history
        return float(np.interp(time, history["Time [s]"], history[column])) / unit

    return of


def least(case: str, column: str) -> Measure:
    """The smallest value of a column of the history."""
    return lambda runs: float(np.min(runs[case].history[column]))


def gain(case: str, column: str, unit: float = 1.0, since: float = 0.0) -> Measure:
    """Increase of a column from a time [s] to the end."""
    last, before = end(case, column, unit), at(since, case, column, unit)
    return lambda runs: last(runs) - before(runs)


def ratio(above: Measure, below: Measure) -> Measure:
    """One number over another."""
    return lambda runs: above(runs) / below(runs)


def total(*parts: Measure) -> Measure:
    """The sum of numbers."""
    return lambda runs: sum(part(runs) for part in parts)


# -- layers ---------------------------------------------------------------------------------------------


def layer(case: str, unit: float = 1.0) -> Measure:
    """Thickness at the end, in a unit."""
    return end(case, LAYER, unit)


def layer_at(time: float, case: str, unit: float = 1.0) -> Measure:
    """Thickness at a time [s], in a unit."""
    return at(time, case, LAYER, unit)


def layers(case: str, other: str) -> Measure:
    """Thickness of one layer over another's, both at the end."""
    return ratio(layer(case), layer(other))


def resistance(case: str) -> Measure:
    """Resistance of layer and coating to ions at the end [Ω cm²]."""
    return end(case, RESISTANCE, OHM_CM2)


def exponent(case: str) -> Measure:
    """d ln L/d ln t of a layer at the end [1]."""
    rate, time, thickness = (end(case, column) for column in ("Growth rate [m/s]", "Time [s]", LAYER))
    return lambda runs: rate(runs) * time(runs) / thickness(runs)


def first_crack(history) -> int:
    """Number of the first row in which more than half of the layer is crossed by a crack."""
    return int(np.argmax(history["Crack length [m]"] > 0.5 * history[LAYER]))


def cracking(case: str) -> Measure:
    """Thickness between the last row without a crack and the first with one, over that of the formula [1]."""

    def of(runs):
        history = runs[case].history
        row = first_crack(history)
        return float(np.mean(history[LAYER][row - 1 : row + 1])) / runs[case].resolved["derived"]["critical_thickness"]

    return of


def faster(case: str) -> Measure:
    """Growth of the square of the thickness, from the first crack on over that until then [1]."""

    def of(runs):
        history = runs[case].history
        times, squares, row = history["Time [s]"], history[LAYER] ** 2, first_crack(runs[case].history)
        before = (squares[row] - squares[0]) / (times[row] - times[0])
        return float((squares[-1] - squares[row]) / (times[-1] - times[row]) / before)

    return of


def bulge(electrolyte: str, tough: str, volume_change: float) -> Measure:
    """Radius of a swollen half cylinder around which an electrolyte cracks, by formula [µm].

    The product is half as stiff as the electrolyte (estimate); the toughness is that of another material.
    """
    solid = materials.load(electrolyte)
    modulus, ratio = solid.value("youngs_modulus"), solid.value("poisson_ratio")
    strain = elasticity.linear_strain(volume_change)
    pressure = elasticity.swollen_pressure((0.5 * modulus, ratio), (modulus, ratio), strain)
    radius = elasticity.critical_radius(pressure, materials.load(tough).value("fracture_toughness"))
    return lambda _: radius / UM


def best_film(thicknesses: tuple[int, ...]) -> Measure:
    """Thickness, among the films on LATP, with the smallest resistance [nm]."""
    return lambda runs: min(thicknesses, key=lambda h: resistance(f"latp {h} nm")(runs))


def implied_conductivity(case: str, thickness: float) -> Measure:
    """σ_e of the product that would give a run's layer a certain thickness [S/cm], by L² − L₀² ∝ σ_e."""

    def of(runs):
        grown = runs[case].history[LAYER]
        given = runs[case].resolved["deck"]["product"]["electronic_conductivity"]
        return given * (thickness**2 - grown[0] ** 2) / (grown[-1] ** 2 - grown[0] ** 2) / S_CM

    return of


def cold_resistance(name: str, thickness: Measure) -> Measure:
    """h/σ_i at room temperature of a layer of a material [ohm m²], its thickness in metres."""
    return lambda runs: film_resistance(name, thickness(runs))


def ahead(case: str) -> Measure:
    """Lithium plated in the upper third of the box, ahead of the front, over all that was plated [%]."""

    def of(runs):
        last, first = (np.asarray(runs[case].snapshot(index)["xi"]) for index in (-1, 0))
        return float(100 * last[len(last) * 2 // 3 :].sum() / (last - first).sum())

    return of


# -- plating ------------------------------------------------------------------------------------------


def front_part(case: str) -> Measure:
    """Lithium plated at the front over the charge passed, at the end [%]."""
    return percent("Charge plated [C/m2]", case)


def lost_part(case: str) -> Measure:
    """Lithium lost to the interphase over the charge passed, at the end [%]."""
    return percent("Charge lost to the interphase [C/m2]", case)


def percent(column: str, case: str) -> Measure:
    """A charge over that passed, at the end [%]."""
    return lambda runs: 100 * ratio(end(case, column), end(case, CHARGE))(runs)


def ripple_growth(case: str) -> Measure:
    """Increase, since the start, of the height difference between highest and lowest lithium [µm]."""
    tip, valley = gain(case, "Tip height [m]", UM), gain(case, "Least lithium [m]", UM)
    return lambda runs: tip(runs) - valley(runs)


def critical_current(case: str, low: float, high: float) -> Measure:
    """Current density from which a run ends with isolated lithium [mA/cm²], to 10 % by bisection.

    Parameters
    ----------
    case : str
    low, high : float [mA/cm²]
        Range of the search. The result is `high` if no run has isolated lithium, and then a lower bound.
    """

    def isolated(runs, current):
        run = runs.changed(case, f"drive.steps.0.current_density={current:.4g} mA/cm^2")
        return run.history["Isolated lithium [m]"][-1] > 0

    def of(runs):
        below, above = low, high
        if isolated(runs, below):
            raise ValueError(f"{case}: isolated lithium at {below} mA/cm², already")
        if not isolated(runs, above):
            return above
        while above > 1.1 * below:
            middle = (below * above) ** 0.5
            below, above = (below, middle) if isolated(runs, middle) else (middle, above)
        return above

    return of


def pressure_of_contact(case: str, contact: float, current: float) -> Measure:
    """Stack pressure at which stripping ends with a contact fraction [MPa], to 1 %, between 0.1 and 100 MPa.

    Parameters
    ----------
    case : str
    contact : float [1]
    current : float [mA/cm²]
    """

    def of(runs):
        def beyond(logarithm):
            pressed = f"mechanics.pressure={exp(logarithm):.6g} MPa"
            run = runs.changed(case, f"drive.steps.0.current_density=-{current:g} mA/cm^2", pressed)
            return run.history["Contact [1]"][-1] - contact

        return exp(brentq(beyond, log(0.1), log(100.0), xtol=0.01))

    return of


def off_the_hole(case: str) -> Measure:
    """Distance of the tip from the centre of a hole when it first rises above the coating [nm]."""

    def of(runs):
        history, deck = runs[case].history, runs[case].resolved["deck"]
        over = history["Tip height [m]"] > deck["front"]["height"] + deck["coating"]["thickness"]
        if not over.any():
            raise ValueError(f"{case}: the tip stayed under the coating")
        holes = np.array([hole["position"] for hole in deck["coating"]["defects"]])
        tip = [history[f"Tip position {axis} [m]"][np.argmax(over)] for axis, _ in zip("xy", holes[0], strict=False)]
        return float(np.linalg.norm(holes - tip, axis=1).min()) / NM

    return of


def flat_short_circuit(case: str) -> Measure:
    """Time [s] that a flat front takes to the top, (H + L V_Li/V_n)F/(iV_Li).

    H is the distance, L the electrolyte on it, all of which is reduced first.
    """

    def of(runs):
        deck = runs[case].resolved["deck"]
        volume = deck["lithium"]["molar_volume"]
        way = deck["domain"]["size"][-1] - deck["front"]["height"]
        reduced = way - deck["layer"]["thickness"]
        velocity = theory.front_velocity(deck["drive"]["steps"][0]["current_density"], volume)
        return (way + reduced * volume / deck["product"]["volume_per_lithium"]) / velocity

    return of


def voltage_shift(case: str, other: str) -> Measure:
    """Cell voltage of one run over another's, both at the end, plating counted positive [mV]."""
    one, two = (end(name, "Cell voltage [V]", -1e-3) for name in (case, other))
    return lambda runs: one(runs) - two(runs)


# -- contacts -------------------------------------------------------------------------------------------


def contact_resistance(case: str, unit: float = OHM_CM2) -> Measure:
    """Resistance that a contact adds to a flat cell at the end of a run: crowding, charge transfer, layers."""
    return total(end(case, INTERFACE, unit), end(case, CONSTRICTION, unit))


def contact_fraction(name: str) -> float:
    """Part of LLZO in contact that explains the interface resistance of a material of the library [1].

    Contact spots have the resistance of the best measured contact, under alumina, plus constriction in LLZO.
    """
    best, measured = (materials.load(m).value("interface_resistance") for m in ("Al2O3", name))
    conductivity = materials.load("c-LLZO").value("ionic_conductivity")
    return brentq(lambda fraction: contact_asr(fraction, SPOT, (conductivity,), best) - measured, 1e-6, 1.0)


def spreads(case: str, other: str) -> Measure:
    """Spread of the content of lithium of one run over another's, both at the end."""
    return ratio(end(case, SPREAD), end(other, SPREAD))


def over_theory(case: str) -> Measure:
    """Constriction of a lattice of discs over (1 − √θ)^1.5/(4σaN) [1], the value of `phasefield check`."""
    measured = end(case, CONSTRICTION)
    return lambda runs: measured(runs) / runs[case].resolved["derived"]["constriction_resistance"]


def power(case: str, other: str, factor: float) -> Measure:
    """d ln R/d ln f of the constriction between two cases that differ by a factor f, without neighbours' effect [1].

    Neighbours reduce the resistance of an isolated disc by the factor (1 − √θ)^1.5.
    """

    def alone(name, runs):
        fraction = runs[name].resolved["derived"]["contact_fraction"]
        return end(name, CONSTRICTION)(runs) / constriction_factor(fraction)

    return lambda runs: log(alone(case, runs) / alone(other, runs)) / log(factor)


def under_pressure(case: str) -> Measure:
    """Current density at the end over what charge transfer takes at the voltage that the pressure leaves [1]."""

    def of(runs):
        history, deck = runs[case].history, runs[case].resolved["deck"]
        driving, i = (float(history[c][-1]) for c in ("Overpotential [V]", "Current density [A/m2]"))
        left = -driving - theory.pressure_overpotential(history[PRESSURE][-1], deck["lithium"]["molar_volume"])
        thermal = theory.GAS_CONSTANT * deck["conditions"]["temperature"] / theory.FARADAY
        return i / (2 * deck["kinetics"]["exchange_current_density"] * sinh(left / 2 / thermal))

    return of


def rise_of_pressure(case: str) -> Measure:
    """Pressure of a column at the end over what it has plated, between support and lithium in series [1]."""

    def of(runs):
        history, column = runs[case].history, runs[case].resolved["deck"]["column"]
        length = history["Mean thickness [m]"]
        stiff = 1 / (1 / column["stiffness"] + length[-1] / column["youngs_modulus"])
        return float(history[PRESSURE][-1] / (stiff * (length[-1] - length[0])))

    return of


def capacity(case: str, voltage: float) -> Measure:
    """Charge passed until a voltage is reached, on a straight line between steps [C/m²]."""

    def of(runs):
        history = runs[case].history
        reached, passed = history["Cell voltage [V]"], np.abs(history[CHARGE])
        if reached[-1] < voltage:
            raise ValueError(f"{case}: ended at {reached[-1]:.3f} V, before {voltage} V")
        return float(np.interp(voltage, reached[-2:], passed[-2:]))

    return of


def efficiency(case: str) -> Measure:
    """Charge that the first discharge puts back, over that of the charge before it [1]."""
    return lambda runs: float(runs[case].cycles["Charge in [C/m2]"][0] / runs[case].cycles["Charge out [C/m2]"][0])


def kept(case: str, cycle: int) -> Measure:
    """Charge that a cycle takes out, over that of the first one [1]."""
    return lambda runs: float(np.divide(*runs[case].cycles["Charge out [C/m2]"][[cycle - 1, 0]]))


# -- from the library alone -------------------------------------------------------------------------------


def known(number: float) -> Measure:
    """A number that needs no run."""
    return lambda _: number


def film_resistance(name: str, thickness: float) -> float:
    """h/σ_i of a film [ohm m²]."""
    return theory.film_resistance(thickness, materials.load(name).value("ionic_conductivity"))


def lattice_spacing(fraction: float) -> float:
    """Half the distance between spots of contact in a square lattice of a contact fraction [m]."""
    return SPOT * (pi / 4 / fraction) ** 0.5
