"""The systems of the review: run their decks, and print what comes out beside what was measured.

``python tools/systems.py [SYSTEM ...]`` (``make systems``) runs what the findings of these systems need, of all by
default, into runs/systems/. A finding is a number taken from runs, or from the materials and a formula alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import brentq

import phasefield
from phasefield import materials
from phasefield.theory.constants import FARADAY
from phasefield.theory.contact import contact_asr

DECKS = Path(__file__).parent.parent / "inputs" / "systems"
HOUR, DAY = 3600.0, 86400.0
NM, UM, OHM_CM2 = 1e-9, 1e-6, 1e-4
LAYER, RESISTANCE = "Thickness [m]", "Resistance [ohm m2]"


def mesh(size: str, cells: int, width: str) -> tuple[str, ...]:
    """Overrides for another box: its height, and a front as wide as the layer is thick at the start."""
    return f'domain.size=["{size}"]', f"domain.cells=[{cells}]", f"interface.width={width}", f"layer.height={width}"


def film(thickness: str, *box) -> tuple[str, ...]:
    """Overrides for a coating of another thickness, and a box to suit."""
    return f"coating.thickness={thickness}", *mesh(*box)


#: Conductivities the other way round: a product that electrons limit as much as ions did.
SWAPPED = "product.ionic_conductivity=1e-6 S/cm", "product.electronic_conductivity=1e-8 S/cm"

#: Deck and overrides of each run, by its name.
CASES: dict[str, tuple[str, ...]] = {
    "lagp": ("lagp",),
    "lagp blocking": ("lagp", "product.electronic_conductivity=1e-15 S/cm", "layer.height=360 nm"),
    "lagp grains": ("lagp_grains",),
    "latp": ("latp",),
    "latp 5 nm": ("latp_alumina",),
    "latp 15 nm": ("latp_alumina", *film("15 nm", "105 nm", 100, "7 nm")),
    "latp 50 nm": ("latp_alumina", *film("50 nm", "78 nm", 156, "2.8 nm")),
    "latp 100 nm": ("latp_alumina", *film("100 nm", "120 nm", 240, "2.8 nm")),
    "latp 250 nm": ("latp_alumina", *film("250 nm", "265 nm", 530, "2.8 nm")),
    "latp short": ("latp_pinholes", "coating=", "domain.dimension=1", *mesh("110 nm", 44, "14 nm")),
    "latp hole 20": ("latp_pinholes",),
    "latp hole 40": ("latp_pinholes", "coating.defects.0.width=40 nm"),
    "latp hole, blocking": ("latp_pinholes", *SWAPPED),
    "lzp": ("lzp",),
    "llzo": ("llzo",),
    "llzo uniform": ("llzo_uniform",),
    "llzo bulk": (
        "llzo_uniform", "product.electronic_conductivity=5e-8 S/cm", "stop.time=1 h", "reaction.velocity=100 nm/s",
        *mesh("800 nm", 110, "40 nm"),
    ),
    "lgps": ("lgps",),
    "lgps reaction": (
        "lgps", "product.electronic_conductivity=6.2e-8 S/cm", "reaction.velocity=8.3e-12 m/s",
        *mesh("14 um", 110, "0.7 um"), "time.tolerance=0.01",
    ),
    "lpscl": ("lpscl",),
    "ncm523": ("ncm523_lps",),
    "ncm523 coated": ("ncm523_lbo_lps",),
    "ncm811": ("ncm811_lgps",),
}  # fmt: skip


class Runs:
    """Runs of :data:`CASES` by name, each made when first asked for.

    Parameters
    ----------
    directory : Path
        Where the run directories go; earlier ones are replaced.
    """

    def __init__(self, directory: Path):
        self.directory, self._done = directory, {}

    def __getitem__(self, name: str):
        if name not in self._done:
            deck, *overrides = CASES[name]
            place = self.directory / name.replace(",", "").replace(" ", "_")
            self._done[name] = phasefield.run(DECKS / f"{deck}.toml", place, force=True, overrides=overrides)
        return self._done[name]


Measure = Callable[[Runs], float]


def end(case: str, column: str, unit: float = 1.0) -> Measure:
    """The last value of a column of the history, in a unit."""
    return lambda runs: runs[case].history[column][-1] / unit


def at(time: float, case: str, column: str, unit: float = 1.0) -> Measure:
    """A column of the history at a time [s], on a straight line between steps."""

    def of(runs):
        history = runs[case].history
        return float(np.interp(time, history["Time [s]"], history[column])) / unit

    return of


def gain(case: str, column: str, unit: float = 1.0, since: float = 0.0) -> Measure:
    """How much a column grew from a time [s] to the end."""
    last, before = end(case, column, unit), at(since, case, column, unit)
    return lambda runs: last(runs) - before(runs)


def ratio(above: Measure, below: Measure) -> Measure:
    """One number over another."""
    return lambda runs: above(runs) / below(runs)


def layers(case: str, other: str) -> Measure:
    """Thickness of one layer over another's, both at the end."""
    return ratio(end(case, LAYER), end(other, LAYER))


def exponent(case: str) -> Measure:
    """d ln L/d ln t of a layer at the end [1]."""
    rate, time, layer = (end(case, column) for column in ("Growth rate [m/s]", "Time [s]", LAYER))
    return lambda runs: rate(runs) * time(runs) / layer(runs)


def best_film(runs: Runs) -> float:
    """Of the films tried, the thickness with the least resistance [nm]."""
    return min((5, 15, 50, 100, 250), key=lambda h: end(f"latp {h} nm", RESISTANCE)(runs))


def contact_fraction(name: str) -> Measure:
    """Part of LLZO in contact that explains the interface resistance of a material of the library [%].

    Patches of 10 µm radius (estimate) pass ions at the resistance of the best contact measured, that under alumina,
    and crowd them in LLZO.
    """
    best, measured = (materials.load(m).value("interface_resistance") for m in ("Al2O3", name))
    conductivity = materials.load("c-LLZO").value("ionic_conductivity")
    excess = lambda fraction: contact_asr(fraction, 10 * UM, (conductivity,), best) - measured  # noqa: E731
    return lambda _: 100 * brentq(excess, 1e-6, 1.0)


def film_resistance(name: str, thickness: float) -> Measure:
    """h/σ_i of a film [ohm cm²]."""
    return lambda _: thickness / materials.load(name).value("ionic_conductivity") / OHM_CM2


def pressure_overpotential(stress: str) -> Measure:
    """p V/F of lithium under a stress that the library has for a whisker [mV]."""
    whisker = materials.load("Li-whisker")
    return lambda _: 1e3 * whisker.value(stress) * whisker.value("molar_volume") / FARADAY


@dataclass(frozen=True)
class Finding:
    """A number that a system is judged by.

    Attributes
    ----------
    key : str
        Its name in tests.
    system, quantity : str
        As printed, the unit with the quantity.
    of : callable
        From :class:`Runs` to the number, in that unit.
    measured : float or None
        In the same unit; None if no number is known.
    """

    key: str
    system: str
    quantity: str
    of: Measure
    measured: float | None = None


def findings(system: str, *rows) -> tuple[Finding, ...]:
    """Findings of one system, from what follows its name."""
    return tuple(Finding(key, system, *rest) for key, *rest in rows)


roughness = end("lagp grains", "Roughness [m]")

FINDINGS = (
    *findings(
        "Li | LAGP",
        ("lagp thickness", "layer after 1 h [nm]", end("lagp", LAYER, NM)),
        ("lagp exponent", "d ln L/d ln t then", exponent("lagp")),
        ("lagp over llzo", "layer over that on LLZO, 1 h", ratio(end("lagp", LAYER), at(HOUR, "llzo", LAYER))),
        ("lagp blocking", "part of growth, σ_e = 1e-15 S/cm", ratio(gain("lagp blocking", LAYER), gain("lagp", LAYER))),
        ("lagp ragged", "roughness over thickness, grains", ratio(roughness, end("lagp grains", LAYER))),
    ),
    *findings(
        "Li | LATP",
        ("latp thickness", "bare, after 1 week [µm]", end("latp", LAYER, UM)),
        ("latp suppression 5", "bare over 5 nm Al2O3, 1 week", layers("latp", "latp 5 nm")),
        ("latp suppression 15", "bare over 15 nm Al2O3, 1 week", layers("latp", "latp 15 nm")),
        ("latp optimum", "film of least resistance, 1 week [nm]", best_film),
        ("latp hole 5", "film with 5 % holes over bare", layers("latp hole 5", "latp short")),
        ("latp hole 10", "film with 10 % holes over bare", layers("latp hole 10", "latp short")),
        ("latp hole 20", "film with 20 % holes over bare", layers("latp hole 20", "latp short")),
        ("latp hole, blocking", "5 %, were electrons the slower carrier", layers("latp hole, blocking", "latp short")),
    ),
    *findings(
        "Li | LiZr2(PO4)3",
        ("lzp thickness", "layer after 1 year [nm]", end("lzp", LAYER, NM)),
        ("lzp resistance", "its resistance [Ω cm²]", end("lzp", RESISTANCE, OHM_CM2)),
        ("lzp last month", "growth in the last 30 days [nm]", gain("lzp", LAYER, NM, since=335 * DAY)),
    ),
    *findings(
        "Li | c-LLZO",
        ("llzo thickness", "tunnelling, layer after 1 h [nm]", at(HOUR, "llzo", LAYER, NM), 6.0),
        ("llzo resistance", "its resistance then [Ω cm²]", at(HOUR, "llzo", RESISTANCE, OHM_CM2)),
        ("llzo creep", "growth in the decade to 1 year [nm]", gain("llzo", LAYER, NM, since=36.5 * DAY)),
        ("llzo uniform", "σ_e = 5e-16 S/cm, after 1 year [nm]", end("llzo uniform", LAYER, NM), 6.0),
        ("llzo bulk", "σ_e of the bulk, after 1 h [nm]", end("llzo bulk", LAYER, NM), 6.0),
    ),
    *findings(
        "Li | LLZO, wetting",
        ("llzo bare contact", "contact of 1710 Ω cm², bare [%]", contact_fraction("c-LLZO")),
        ("llzo Li-Al contact", "contact of 75 Ω cm², Li-Al [%]", contact_fraction("Li-Al")),
        ("llzo ZnO contact", "contact of 20 Ω cm², ZnO [%]", contact_fraction("ZnO")),
        ("llzo alumina film", "5 nm Al2O3 alone [Ω cm²]", film_resistance("Al2O3", 5 * NM), 1.0),
    ),
    *findings(
        "Li | LGPS",
        ("lgps week", "as √t, 1 week [µm]", at(7 * DAY, "lgps", LAYER, UM), 5.0),
        ("lgps exponent", "as √t, d ln L/d ln t", exponent("lgps")),
        ("lgps reaction week", "as a slow reaction, 1 week [µm]", at(7 * DAY, "lgps reaction", LAYER, UM), 5.0),
        ("lgps reaction exponent", "as a slow reaction, d ln L/d ln t", exponent("lgps reaction")),
        ("lgps readings", "reaction over √t, 400 h", layers("lgps reaction", "lgps")),
    ),
    *findings(
        "Li | Li6PS5Cl",
        ("lpscl 400 h", "layer after 400 h [nm]", end("lpscl", LAYER, NM), 540.0),
        ("lpscl week", "layer after 1 week [nm]", at(7 * DAY, "lpscl", LAYER, NM), 315.0),
        ("lpscl exponent", "d ln L/d ln t", exponent("lpscl")),
        ("lpscl resistance", "resistance after 400 h [Ω cm²]", end("lpscl", RESISTANCE, OHM_CM2)),
    ),
    *findings(
        "NCM523 | Li3PS4",
        ("ncm523 bare", "bare, rise of R in 100 h [Ω cm²]", gain("ncm523", RESISTANCE, OHM_CM2)),
        ("ncm523 coated", "5 nm Li3B11O18, rise [Ω cm²]", gain("ncm523 coated", RESISTANCE, OHM_CM2)),
        ("ncm523 film", "5 nm Li3B11O18, R after 100 h [Ω cm²]", end("ncm523 coated", RESISTANCE, OHM_CM2)),
    ),
    *findings(
        "NCM811 | LGPS",
        ("ncm811 resistance", "skin and layer after 100 h [Ω cm²]", end("ncm811", RESISTANCE, OHM_CM2)),
        ("ncm811 exponent", "d ln L/d ln t", exponent("ncm811")),
    ),
    *findings(
        "Li whisker",
        ("whisker stall", "130 MPa × V/F [mV]", pressure_overpotential("growth_stress")),
        ("whisker cap", "244 MPa × V/F [mV]", pressure_overpotential("yield_stress")),
    ),
)  # fmt: skip


def table(chosen: tuple[Finding, ...], runs: Runs) -> str:
    """Lines of text: system, quantity, number, measurement, and the number over it."""
    rows = [("system", "quantity", "model", "measured", "ratio")]
    for finding in chosen:
        number, measured = finding.of(runs), finding.measured
        beside = ("–", "–") if measured is None else (f"{measured:.3g}", f"{number / measured:.2f}")
        rows.append((finding.system, finding.quantity, f"{number:.3g}", *beside))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), row[1].ljust(widths[1]), *map(str.rjust, row[2:], widths[2:])])
        for row in rows
    )


def main() -> None:
    """Print the table of the systems named, or of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    known = sorted({finding.system for finding in FINDINGS})
    parser.add_argument("systems", nargs="*", metavar="SYSTEM", help=f"any part of: {'; '.join(known)}")
    parser.add_argument("-o", "--output", type=Path, default=Path("runs/systems"), help="directory of the runs")
    arguments = parser.parse_args()
    wanted = [name.casefold() for name in arguments.systems]
    chosen = tuple(f for f in FINDINGS if not wanted or any(name in f.system.casefold() for name in wanted))
    if not chosen:
        parser.error(f"no system has such a name; there are: {'; '.join(known)}")
    print(table(chosen, Runs(arguments.output)))


if __name__ == "__main__":
    main()
