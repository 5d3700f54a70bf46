"""Table and pictures of docs/explanation/published_models.md: published models beside ours, in the same cells.

    python -m tools.published      # prints the table, writes two pictures to docs/images; half a minute of CPU time
"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import phasefield
from phasefield.verify.scripts import script

CHARGE = 96485.33212 / 12.998e-6  # C/m³ of lithium
IMAGES = Path(__file__).parents[1] / "docs" / "images"
DECK = """
[domain]
dimension = 1
size = ["{size} um"]
cells = [{cells}]
[interface]
width = "{width} um"
[electrolyte]
conductivity = "1.19 S/m"
{transport}
[kinetics]
exchange_current_density = "{exchange} A/m^2"
[front]
height = "20 um"
[[drive.steps]]
mode = "potentiostatic"
voltage = "{voltage} V"
[stop]
time = "{time} s"
[output]
snapshots = 1
"""
ION = 'transport = "single-ion"'
SALT = """transport = "binary"
concentration = "1 mol/L"
diffusivity = "3.2e-10 m^2/s"
transference_number = 0.38"""


@dataclass(frozen=True)
class Cell:
    """What the models share: names, sizes [µm], time [s], voltage [V], exchange current density [A/m²]."""

    name: str
    size: float
    time: float
    voltage: float
    exchange: float
    published: Callable[[float, float], Any]
    width: float
    charge: float  # C/m³, of the published model

    @property
    def title(self) -> str:
        """For table and pictures."""
        return f"{self.name}, {1e3 * self.voltage:.0f} mV, {self.time:g} s".replace("-", "−")


@dataclass(frozen=True)
class Curve:
    """A run: time [s], thickness plated [µm], and the thickness of the charge that crossed the electrolyte [µm]."""

    label: str
    run: phasefield.Run
    time: np.ndarray
    plated: np.ndarray
    passed: np.ndarray


def hong(voltage: float, width: float) -> tuple[Any, Any]:
    """Their model, and the script that has it."""
    found = script("hong_2018")
    return found, found.Hong(voltage, width)


def chen(voltage: float, width: float) -> tuple[Any, Any]:
    """Chen's equations, adapted to the width."""
    found = script("chen_2015")
    return found, found.Chen(voltage, width)


def fixed(voltage: float, width: float) -> tuple[Any, Any]:
    """The same with a rate constant that does not know the width."""
    found = script("chen_2015")
    return found, found.Chen(voltage, width, adapted=False)


CELLS = (
    Cell("Hong and Viswanathan", 200, 100.0, -0.2, 11.1, hong, 1.0, 0.0074e12),
    Cell("Hong and Viswanathan", 200, 100.0, -0.45, 11.1, hong, 1.0, 0.0074e12),
    Cell("Chen, Arguello", 80, 20.0, -0.2, 30.0, chen, 1.5, 96485.33212 * 7.64e4),
)


def theirs(cell: Cell, width: float, folder: Path, make=None) -> Curve:
    """A run of the published model; the charge is the integral of the current at the top."""
    found, model = (make or cell.published)(cell.voltage, width)
    run = found.solve(model, width / 8, cell.time, folder / f"{cell.name}{cell.voltage}{width}{bool(make)}")
    time, metal, current = (run.history[head] for head in ("Time [s]", "Metal [m]", "Current [A/m2]"))
    steps = 0.5 * (current[1:] + current[:-1]) * np.diff(time)
    passed = np.append(0.0, np.cumsum(steps)) / cell.charge
    label = f"published, width {width:g} µm" + (", L_η fixed" if make else "")
    return Curve(label, run, time, 1e6 * (metal - metal[0]), 1e6 * passed)


def ours(cell: Cell, width: float, folder: Path, salt: bool = False) -> Curve:
    """A run of the model `plating`."""
    deck = DECK.format(cells=round(8 * cell.size / width), width=width, transport=SALT if salt else ION,
                       **{name: getattr(cell, name) for name in ("size", "exchange", "voltage", "time")})  # fmt: skip
    run = phasefield.run(tomllib.loads(deck), folder / f"ours{cell.name}{cell.voltage}{width}{salt}")
    thickness = run.history["Mean thickness [m]"]
    passed = run.history["Charge passed [C/m2]"] / CHARGE
    label = f"ours, width {width:g} µm" + (", with a salt" if salt else "")
    return Curve(label, run, run.history["Time [s]"], 1e6 * (thickness - thickness[0]), 1e6 * passed)


def curves(cell: Cell, folder: Path) -> list[Curve]:
    """All runs in a cell."""
    widths = cell.width, 2 * cell.width
    found = [theirs(cell, width, folder) for width in widths]
    found += [theirs(cell, widths[1], folder, fixed)] if cell.published is chen else []
    return [*found, *(ours(cell, width, folder) for width in widths), ours(cell, widths[0], folder, salt=True)]


def row(cell: Cell, curve: Curve) -> str:
    """A row of the table: the end, and the ratio at a tenth of the time and at the end."""
    early = np.interp(0.1 * cell.time, curve.time, curve.plated) / np.interp(0.1 * cell.time, curve.time, curve.passed)
    end = curve.plated[-1] / curve.passed[-1]
    return f"| {cell.title} | {curve.label} | {curve.plated[-1]:.2f} | {early:.3f} | {end:.3f} |"


STYLE = {0: ("#c2521a", "-"), 1: ("#c2521a", "--"), 2: ("#1f5a8c", "-"), 3: ("#1f5a8c", "--"), 4: ("#3a8a4d", "-")}


def draw_growth(found: dict[Cell, list[Curve]], path: Path) -> None:
    """Thickness against time, and charge plated over charge passed, in the two cells of Hong and Viswanathan."""
    cells = [cell for cell in found if cell.published is hong]
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
    for ax, cell in zip(axes, cells, strict=False):
        for k, curve in enumerate(found[cell]):
            ax.plot(curve.time, curve.plated, color=STYLE[k][0], ls=STYLE[k][1], label=curve.label, lw=1.6)
        ax.set(xlabel="time [s]", ylabel="lithium plated [µm]", title=f"{1e3 * cell.voltage:.0f} mV".replace("-", "−"),
               xlim=(0, cell.time), ylim=(0, None))  # fmt: skip
    for k, curve in enumerate(found[cells[0]][:3]):
        later = curve.time > 0.5
        ratio = curve.plated[later] / curve.passed[later]
        axes[2].plot(curve.time[later], ratio, color=STYLE[k][0], ls=STYLE[k][1], lw=1.6)
    axes[2].set(xlabel="time [s]", ylabel="charge plated / charge passed", title="−200 mV", xlim=(0, 100),
                ylim=(0, 1.1))  # fmt: skip
    axes[0].legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=130)
    plt.close(figure)


def draw_profiles(cell: Cell, found: list[Curve], path: Path) -> None:
    """The potential of the electrolyte at the end, of theirs and of ours, relative to the other electrode."""
    figure, axes = plt.subplots(1, 2, figsize=(8.5, 3.4), layout="constrained", sharey=True)
    applied = 1e3 * cell.voltage
    for ax, curve, title, zero in zip(axes, (found[0], found[2]), ("published", "ours"), (0.0, applied), strict=True):
        last = curve.run.snapshot(-1)
        ξ, φ = last["xi"], 1e3 * last["phi"] + zero
        x = (np.arange(len(ξ)) + 0.5) * cell.size / len(ξ)
        front = np.interp(-0.5, -ξ, x)
        outside = x > front
        ax.plot(x[outside], φ[outside], color="#1f5a8c", lw=1.8)
        ax.plot([0, front], [applied, applied], color="#23272e", lw=1.8)
        ax.axvspan(0, front, color="0.88", lw=0)
        jump = φ[outside][0] - applied
        if jump > 5:
            arrow = {"arrowstyle": "<->", "color": "#c2521a"}
            ax.annotate("", (front, applied), (front, φ[outside][0]), arrowprops=arrow)
        text = f"lithium and electrolyte\n{jump:.0f} mV apart"
        ax.text(0.97, 0.12, text, color="#c2521a", ha="right", transform=ax.transAxes)
        ax.set(title=title, xlabel="height [µm]", xlim=(0, cell.size - 1), ylim=(applied - 12, 12))
    axes[0].set_ylabel("potential [mV]")
    axes[0].text(1, -20, "lithium", rotation=90, va="top", color="0.3")
    figure.savefig(path, dpi=130)
    plt.close(figure)


def main() -> None:
    """All runs, the table, both pictures."""
    with tempfile.TemporaryDirectory() as folder:
        found = {cell: curves(cell, Path(folder)) for cell in CELLS}
        print("| cell | model | plated [µm] | plated/passed, first tenth | whole |\n" + "| --- " * 5 + "|")
        for cell, runs in found.items():
            print("\n".join(row(cell, curve) for curve in runs))
        draw_growth(found, IMAGES / "published_growth.png")
        draw_profiles(CELLS[0], found[CELLS[0]], IMAGES / "published_profiles.png")


if __name__ == "__main__":
    main()
