"""Thickness, resistance and leakage of interphases against time, with the growth law of conduction and reaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from phasefield.errors import RunError
from phasefield.io.rundir import Run
from phasefield.postprocess import style
from phasefield.postprocess.sheet import run_labels

POINTS = 4000
SMALLEST_STEP = 1e-10
#: Axes with a range below this factor get ticks at 1, 2 and 5.
FEW_DECADES = 150.0
#: Column of history.csv -> title with a reader's unit, factor to it
BELOW = {
    "Resistance [ohm m2]": ("Resistance (Ω cm²)", 1e4),
    "Leakage current density [A/m2]": ("Leakage (µA cm⁻²)", 100.0),
}

#: With a coating that is consumed: thickness of the layer when the coating is used up, its equivalent, and the time.
AFTER_COATING = ("thickness_when_used_up", "coating_product_equivalent", "coating_used_up")
#: Column of the coating that is consumed.
CONSUMED = "Coating consumed [m]"


class Law(NamedTuple):
    """Growth of a flat layer, one number per time."""

    time: np.ndarray
    thickness: np.ndarray
    resistance: np.ndarray
    leakage: np.ndarray


def planned_law(run: Run, coated: bool = True) -> Law | None:
    r"""Growth of a run's layer by resistances in series, from the numbers of its deck.

    The time in which a layer of thickness L₀ reaches L is explicit for every law:

    .. math:: t = \frac{\bar\sigma}{k_p}\int_{L_0}^L R\,dL' + \Big(\frac{a}{k_p} + \frac{1}{k_r}\Big)(L - L_0),
              \quad R(L) = \frac{L}{\sigma_i} + \int_0^L\!\frac{dz}{\sigma_e(z)} .

    With constant σ_e this is Wagner's law (Z. Phys. Chem. B 21 (1933) 25, doi:10.1515/zpch-1933-2105), that of Deal and
    Grove (J. Appl. Phys. 36 (1965) 3770, doi:10.1063/1.1713945), or a coated one; with σ_e exp(−z/λ) it tends to Mott's
    logarithm (Trans. Faraday Soc. 43 (1947) 429, doi:10.1039/TF9474300429).

    Parameters
    ----------
    run : Run
    coated : bool
        True: growth under the intact coating, if there is one; False: growth without it. If the coating is consumed,
        growth under its product, from the time when it is used up.

    Returns
    -------
    Law or None
        Times [s], thicknesses [m], resistances to ions [Ω m²], leakage current densities [A/m²]; None if nothing
        drives the growth, or if a coating is not used up by the end.
    """
    deck, known = run.resolved["deck"], run.resolved["derived"]
    parabolic, reaction = known["parabolic_constant"], known["reaction_velocity"]
    if not parabolic or not reaction:
        return None
    start, end, begun, film = deck["layer"]["height"], run.history["Time [s]"][-1], 0.0, known["coating_equivalent"]
    if coated and consumed_in(run):
        start, film, begun = (known[key] for key in AFTER_COATING)
        if begun is None or begun >= end:
            return None
    ionic, electronic = known["ionic_conductivity"], known["electronic_conductivity"]
    # the reaction alone is an upper bound
    grown = np.append(0.0, np.geomspace(SMALLEST_STEP * start, reaction * end, POINTS))
    thickness = start + grown
    electrons = _to_electrons(thickness, deck["product"]["tunnelling_length"]) / electronic
    slowness = known["ambipolar_conductivity"] / parabolic * (thickness / ionic + electrons) + 1 / reaction
    if coated:
        slowness = slowness + film / parabolic
    time = begun + np.append(0.0, np.cumsum(np.diff(grown) * (slowness[1:] + slowness[:-1]) / 2))
    shown = time <= 1.01 * end
    per_growth = known["ambipolar_conductivity"] * known["window"] / parabolic  # F/V_n
    below = known["planned_resistance"] - known["planned_thickness"] / ionic if coated else 0.0
    return Law(*(values[shown] for values in (time, thickness, below + thickness / ionic, per_growth / slowness)))


def consumed_in(run: Run) -> bool:
    """Whether a run has a coating that is consumed."""
    return CONSUMED in run.history


def _to_electrons(thickness: np.ndarray, decay: float | None) -> np.ndarray:
    """∫dz/[σ_e(z)/σ_e(0)] over a layer [m]."""
    if decay is None:
        return thickness
    with np.errstate(over="ignore"):  # infinite for layers that are never reached
        return decay * np.expm1(thickness / decay)


def draw_growth(runs: Sequence[Run]) -> Figure:
    """Plot thickness, resistance and leakage of several runs against time, on logarithmic axes, with their laws.

    Parameters
    ----------
    runs : sequence of Run

    Raises
    ------
    RunError
        If a run has made no step yet.
    """
    for run in runs:
        if run.history.rows < 2:
            raise RunError(f"{run.path}: its history has no time step yet")
    longest, thickest = (max(run.history[head][-1] for run in runs) for head in ("Time [s]", "Thickness [m]"))
    slow, unit = style.time_unit(longest)
    factor, length = style.length_unit(1e6 * thickest)
    columns = {"Thickness [m]": (f"Thickness ({length})", 1e6 * factor), **BELOW}
    figure = Figure(figsize=(7.2, 4.4), facecolor="white", layout="constrained")
    panels = figure.subplot_mosaic([["L", "R"], ["L", "i"]], width_ratios=(1.65, 1))
    colours = [style.RUN_COLOURS[k % len(style.RUN_COLOURS)] for k in range(len(runs))]
    names = run_labels(runs)
    for axes, (head, (title, scale)), field in zip(panels.values(), columns.items(), Law._fields[1:], strict=True):
        for run, colour in zip(runs, colours, strict=True):
            time, values = run.history["Time [s]"] / slow, run.history[head] * scale
            axes.plot(time[1:], values[1:], color=colour, lw=2.6, alpha=0.55, zorder=3)
            for law, dash in _laws(run):
                shown = law.time >= run.history["Time [s]"][1]
                axes.plot(
                    law.time[shown] / slow, getattr(law, field)[shown] * scale, color=colour, lw=1.0, ls=dash, zorder=4
                )
            if head == "Thickness [m]" and consumed_in(run):
                axes.plot(time[1:], run.history[CONSUMED][1:] * scale, color=colour, lw=1.4, ls="-.", zorder=3)
        _dress(axes, title)
        axes.set_xlim(right=longest / slow)
    for axes in (panels["L"], panels["i"]):
        axes.set_xlabel(f"Time ({unit})")
    panels["R"].tick_params(labelbottom=False)
    _key(panels["L"], runs, names, colours)
    return figure


def _laws(run: Run) -> list[tuple[Law, str]]:
    """The law of the layer, dashed; and the law without the coating, dotted, if the coating has holes."""
    coating = run.resolved["deck"]["coating"]
    broken = coating is not None and any(coating.get(key) for key in ("defects", "random_defects", "cracks"))
    found = [(planned_law(run), "--")] + ([(planned_law(run, coated=False), ":")] if broken else [])
    return [(law, dash) for law, dash in found if law is not None]


def _key(axes: Axes, runs: Sequence[Run], names: Sequence[str], colours: Sequence[str]) -> None:
    """Legend of the lines: runs by colour, laws by dashes."""
    lines = [
        Line2D([], [], color=colour, lw=2.6, alpha=0.55, label=name)
        for name, colour in zip(names, colours, strict=True)
    ]
    dashes = {dash for run in runs for _, dash in _laws(run)}
    meanings = {"--": "law of a flat layer", ":": "law without the coating", "-.": "coating consumed"}
    if any(map(consumed_in, runs)):
        dashes.add("-.")
    lines += [Line2D([], [], color=style.QUIET, lw=1.0, ls=d, label=m) for d, m in meanings.items() if d in dashes]
    axes.legend(handles=lines, loc="best", fontsize=8, handlelength=2.2)


def _dress(axes: Axes, title: str) -> None:
    axes.set_xscale("log", nonpositive="mask")
    axes.set_yscale("log", nonpositive="mask")
    axes.set_title(title, loc="left", pad=5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#e4e6e9", lw=0.6)
    axes.set_axisbelow(True)
    for axis in (axes.xaxis, axes.yaxis):
        low, high = axis.get_view_interval()
        few = high < FEW_DECADES * low
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if few else (1,)))
        axis.set_minor_formatter(NullFormatter())
        if few:
            axis.set_major_formatter("{x:g}")
