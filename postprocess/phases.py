"""Common parts of interphase pictures: the colours of the phases, their key, and potential scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from matplotlib.patches import Patch

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.grids import AHEAD_OF_FRONT
from phasefield.postprocess.sheet import Scale, Sheet, at_time, fitted_scale

COLOURS = {
    "electrode": style.LITHIUM,
    "lithium": style.LITHIUM,
    "coating": style.FILM,
    "coating's product": style.FILM_PRODUCT,
    "host": style.HOST,
    "interphase": style.PRODUCT,
    "electrolyte": style.ELECTROLYTE,
    "crack": style.INK,
    "dry crack": style.INK,
    "layer": style.FILM,
    "surroundings": style.ELECTROLYTE,
}
#: Field that has a meaning in the host only.
HOSTED = "theta"
#: Height, over that of the box, of the strip of electrode under it, for models that have only its potential.
STRIP = 0.1
#: Height of the key at the foot of a sheet [inch].
KEY = 0.28
#: Distance beyond its scale from which a potential gets an arrow-head, as a part of the scale.
NOTICED = 0.02


def strip_of(snapshot: Snapshot) -> float:
    """Height of the strip of electrode over that of the box; 0 if lithium is a phase of the run."""
    return 0.0 if "xi" in snapshot.fields else STRIP


def phases_of(runs: Sequence[Run]) -> list[str]:
    """The phases of the runs, from the electrode outwards."""
    fields = {name for run in runs for name in run.snapshot(0).fields}
    shown = {"coating": "coating", "consumed": "coating's product", "host": "host"}
    films = [phase for name, phase in shown.items() if name in fields]
    product = ["interphase"] if "host" not in fields else []  # the two exclude each other
    cracks = ["crack"] if "d" in fields else []
    return ["lithium" if "xi" in fields else "electrode", *films, *product, "electrolyte", *cracks]


def thickness_note(run: Run, time: float) -> str:
    """Mean thickness of the interphase, or charge stored in a host, at a time [s], as text."""
    if "host" in run.snapshot(0).fields:
        return f"host {style.charge_label(at_time(run, 'Charge stored in the host [C/m2]', time))}"
    head = next(name for name in ("Thickness [m]", "Interphase thickness [m]") if name in run.history)
    return f"interphase {style.length_label(1e6 * at_time(run, head, time))}"


def phase_key(sheet: Sheet, phases: Sequence[str], colours: Mapping[str, str] = COLOURS) -> None:
    """Name the colours of the phases at the foot of a sheet."""
    patches = [Patch(facecolor=colours[phase], edgecolor=style.INK, linewidth=0.6, label=phase) for phase in phases]
    left = sheet.panels[0][0].get_position().x0
    sheet.figure.legend(
        handles=patches, loc="lower left", bbox_to_anchor=(left, 0.0), ncols=len(patches), fontsize=8, handlelength=1.3,
        handleheight=0.9, handletextpad=0.5, columnspacing=1.4, borderaxespad=0.35, borderpad=0.0,
    )  # fmt: skip


def outside_electrolyte(snapshot: Snapshot) -> Snapshot:
    """A snapshot whose ψ is 1 in any coating; in one that is consumed, ψ is otherwise its reacted part."""
    if not {"consumed", "coating"} <= set(snapshot.fields):
        return snapshot
    return replace(snapshot, fields={**snapshot.fields, "psi": np.maximum(snapshot["psi"], snapshot["coating"])})


def potential_scale(runs: Sequence[Run], snapshots: Sequence[Sequence[int]], name: str) -> Scale:
    """Scale of a potential for all the snapshots given [V].

    It includes the electrode's value and all values outside coatings; of a host's content, all inside the host. With an
    interphase, the scale of the potential against lithium is limited to the range between the electrode's value and the
    stability limit of the electrolyte, as without current. Values beyond it, also in coatings, get an arrow-head.
    """
    chosen = zip(runs, snapshots, strict=True)
    shown = [run.snapshot(index) for run, indices in chosen for index in sorted(set(indices))]
    outside = np.concatenate([one[name][~in_coating(one)] for one in shown])
    ends = [outside.min(), outside.max()]
    if name == HOSTED:
        return fitted_scale(name, (one[name][in_host(one) & (one["xi"] < AHEAD_OF_FRONT)] for one in shown))
    if name == "potential" and not any("host" in run.snapshot(0).fields for run in runs):
        windows = [_window(run) for run in runs]
        ends = [*np.clip(ends, min(map(min, windows)), max(map(max, windows))), *(first for first, _ in windows)]
    else:
        ends.append(0.0)
    scale = fitted_scale(name, [np.array(ends)])
    margin = NOTICED * (scale.vmax - scale.vmin)
    under = min(one[name].min() for one in shown) < scale.vmin - margin
    over = max(one[name].max() for one in shown) > scale.vmax + margin
    extend = "both" if under and over else "min" if under else "max" if over else "neither"
    return Scale(scale.vmin, scale.vmax, extend)


def stress_scale(runs: Sequence[Run], snapshots: Sequence[Sequence[int]], name: str) -> Scale:
    """Scale of a stress for all the snapshots given [Pa], with zero in its middle.

    The largest values, which are in a few cells at corners and rims, are cut off.
    """
    chosen = zip(runs, snapshots, strict=True)
    values = np.abs(np.concatenate([run.snapshot(k)[name].ravel() for run, indices in chosen for k in set(indices)]))
    end = float(np.percentile(values, 99.5)) or 1.0
    return Scale(-end, end, "both" if values.max() > end else "neither")


def _window(run: Run) -> tuple[float, float]:
    """Potentials against lithium of the electrode, and of the stability limit of its electrolyte [V]."""
    deck = run.resolved["deck"]
    electrode = deck["electrode"]["potential"] if deck.get("electrode") else 0.0
    electrolyte = deck["electrolyte"]
    oxidises = electrode > electrolyte["oxidation_potential"]
    return electrode, electrolyte["oxidation_potential" if oxidises else "reduction_potential"]


def in_host(snapshot: Snapshot) -> np.ndarray:
    """Cells that are host, array of bool."""
    return snapshot["host"] > 0.5


def in_coating(snapshot: Snapshot) -> np.ndarray:
    """Cells that contain coating, array of bool."""
    if "coating" not in snapshot.fields:
        return np.zeros(snapshot.shape, bool)
    return snapshot["coating"] > 0.0
