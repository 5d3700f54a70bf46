"""Flaws of solid electrolytes that lithium fills: the current density above which they grow, and their findings.

The claims on formulas were written before the first run, from the bars of decision 052. Those on measured values are
the ranges of critical current densities of cells whose flaws are not known: 0.2 to 0.5 mA/cm² with garnets and 0.5 to 1
with argyrodites.
"""

from __future__ import annotations

from math import sqrt

from phasefield import check
from phasefield.deck import load_deck
from tools.systems import measures as m
from tools.systems.findings import Finding, System
from tools.systems.runs import DECKS, Override

#: First current over that of theory, factor from step to step, and their number.
FIRST, RISE, STEPS = 0.78, 1.05, 12
#: Duration of the first and of each further step, in times in which the flaw is filled.
FILLS, FURTHER = 6.0, 5.0
#: Widths of the damage, and cells, to a flaw; growth that ends a run.
LENGTHS, CELLS, GROWN = 5, 10, 1.1


def flaw(deck: str, length: float, resistance: float, *film: str) -> tuple[Override, ...]:
    """A case: a flaw [µm] with a resistance of charge transfer [Ω cm²], in a box that grows with it; under a film."""
    path = DECKS / f"{deck}.toml"
    e = load_deck(path).electrolyte
    strength = e.fracture_toughness * sqrt(0.375 * (1 - e.poisson_ratio**2) * LENGTHS / (length * m.UM))
    given = (
        f"flaw.length={length} um",
        f'domain.size=["{5.7 * length:.6g} um", "{4.5 * length:.6g} um"]',
        f"electrolyte.strength={strength / 1e6:.6g} MPa",
        f"kinetics.resistance={resistance} ohm cm^2",
        f"stop.crack_length={GROWN * length:.6g} um",
        *film,
    )
    return deck, *given, lambda _: ramp(path, given)


def ramp(path, overrides: tuple[str, ...]) -> str:
    """Steps of the drive around the critical current of theory, or that which breaks the film if it is larger."""
    numbers = check.derived(load_deck(path, overrides=overrides))
    theory = max(numbers["critical_current_density"], numbers.get("film_breaking_current_density", 0.0))
    at = check.derived(load_deck(path, overrides=(*overrides, f"drive.steps.0.current_density={theory} A/m^2")))
    steps = [
        f"{{mode='galvanostatic', current_density='{FIRST * RISE**k * theory:.6g} A/m^2', "
        f"duration='{(FURTHER if k else FILLS) * at['filling_time']:.6g} s'}}"
        for k in range(STEPS)
    ]
    return f"drive.steps=[{', '.join(steps)}]"


def onset(case: str) -> m.Measure:
    """Current density between the last step without growth and the first one with it [mA/cm²]."""

    def of(runs):
        run = runs[case]
        last = float(run.history["Current density [A/m2]"][-1])
        if run.status["reason"] != "planned crack length reached":
            raise ValueError(f"{case}: the flaw does not grow up to {0.1 * last:.3g} mA/cm²")
        if last < run.resolved["derived"]["critical_current_density"] * FIRST * sqrt(RISE):
            raise ValueError(f"{case}: the flaw grows at the first current, already")
        return 0.1 * last / sqrt(RISE)

    return of


def over_formula(case: str) -> m.Measure:
    """The same over (V_Li K_Ic/(F √(πa)))/(R + 0.52 a/σ)."""
    return lambda runs: 10 * onset(case)(runs) / runs[case].resolved["derived"]["critical_current_density"]


CASES: dict[str, tuple[Override, ...]] = {
    "llzo flaw 1": flaw("llzo_flaw", 1, 10),
    "llzo flaw 10": flaw("llzo_flaw", 10, 10),
    "llzo flaw 100": flaw("llzo_flaw", 100, 10),
    "llzo flaw bare": flaw("llzo_flaw", 10, 1710),
    "llzo flaw alumina": flaw("llzo_flaw", 10, 1),
    "llzo flaw film": flaw("llzo_flaw", 10, 15),
    "lpscl flaw 1": flaw("lpscl_flaw", 1, 10),
    "lpscl flaw 10": flaw("lpscl_flaw", 10, 10),
    "lpscl flaw 100": flaw("lpscl_flaw", 100, 10),
}
#: A blunt tip and the row of flaws that the box stands for lower the pressure of growth; the ramp raises the current.
FORMULA = (0.88, 1.1)

LLZO = System(
    "Li | c-LLZO with a flaw",
    "Cells fail at 0.2 to 0.5 mA/cm². Lithium opens cracks that begin at flaws of the surface (Porz 2017, "
    "10.1002/aenm.201701003).",
    "A flaw filled with lithium, whose pressure is what the overpotential is worth; K_Ic of 1 MPa √m.",
    "How long flaws are; lithium that yields or leaks out; toughness that falls with the current.",
    (
        Finding("llzo flaw 1", "critical current, flaw of 1 µm, 10 Ω cm² [mA/cm²]", onset("llzo flaw 1")),
        Finding("llzo flaw 10", "the same, 10 µm [mA/cm²]", onset("llzo flaw 10")),
        Finding("llzo flaw 100", "the same, 100 µm [mA/cm²]", onset("llzo flaw 100"), (0.1, 1.0)),
        Finding("llzo flaw 1 theory", "1 µm, over the formula", over_formula("llzo flaw 1"), FORMULA),
        Finding("llzo flaw 10 theory", "10 µm, over the formula", over_formula("llzo flaw 10"), FORMULA),
        Finding("llzo flaw 100 theory", "100 µm, over the formula", over_formula("llzo flaw 100"), FORMULA),
        # bare garnet 1710, under alumina 1 Ω cm² (Han 2017), plus 0.52 a/σ of 1.7
        Finding(
            "llzo flaw alumina",
            "10 µm, contact of alumina (1 Ω cm²) over that of bare garnet (1710 Ω cm²)",
            m.ratio(onset("llzo flaw alumina"), onset("llzo flaw bare")),
            (500, 750),
        ),
        # (10 + 1.7)/(15 + 1.7)
        Finding(
            "llzo flaw film",
            "10 µm, film of 5 Ω cm² on the same contact, relative to none",
            m.ratio(onset("llzo flaw film"), onset("llzo flaw 10")),
            (0.66, 0.74),
        ),
    ),
)

LPSCL = System(
    "Li | Li6PS5Cl with a flaw",
    "Cells fail at 0.5 to 1 mA/cm²; cracks are 3 to 5 µm wide and filled with lithium (Duan, Fuchs, Janek and others, "
    "'Solid electrolyte cracking due to lithium filament growth', an operando study).",
    "The same, with the toughness of a glass of Li2S and P2S5.",
    "As for LLZO; creep of lithium, which the stack pressure drives; the interphase in the crack.",
    (
        Finding("lpscl flaw 1", "critical current, flaw of 1 µm, 10 Ω cm² [mA/cm²]", onset("lpscl flaw 1")),
        Finding("lpscl flaw 10", "the same, 10 µm [mA/cm²]", onset("lpscl flaw 10"), (0.1, 1.0)),
        Finding("lpscl flaw 100", "the same, 100 µm [mA/cm²]", onset("lpscl flaw 100"), (0.1, 1.0)),
        Finding("lpscl flaw 1 theory", "1 µm, over the formula", over_formula("lpscl flaw 1"), FORMULA),
        Finding("lpscl flaw 10 theory", "10 µm, over the formula", over_formula("lpscl flaw 10"), FORMULA),
        Finding("lpscl flaw 100 theory", "100 µm, over the formula", over_formula("lpscl flaw 100"), FORMULA),
    ),
)

SYSTEMS = (LLZO, LPSCL)
