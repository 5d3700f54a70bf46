"""Common parts of pictures of partial contact in two and three dimensions: contents, currents and scales."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.grids import coarsened
from phasefield.postprocess.sheet import Scale, at_time, fitted_scale

#: Factors on the conductivity of the electrolyte below which a cell is a void, and above which it is lithium.
VOID, LITHIUM = 1e-3, 1e3
COLOURS = {"content": style.QUANTITIES["content"].colours, "current": style.SURFACE_CURRENT}


def parts(run: Run, index: int, limit: int | None = None) -> tuple[Snapshot, Snapshot]:
    """Electrode and electrolyte of a run at an output time.

    Parameters
    ----------
    run : Run
    index : int
        Number of the snapshot.
    limit : int, optional
        Largest number of cells of each.

    Returns
    -------
    electrode, electrolyte : Snapshot
        Below and above the plane of contact, with ``content`` [1] and ``current`` [mA/cm²] in the units shown.
    """
    snapshot = run.snapshot(index)
    full = run.resolved["deck"]["electrode"]["maximum_concentration"]
    factor = style.QUANTITIES["current"].factor
    fields = {**snapshot.fields, "content": snapshot["c"] / full, "current": snapshot["current"] * factor}
    layers = int(np.count_nonzero(snapshot["electrode"].reshape(-1, snapshot.shape[-1])[0] > 0.5))
    *lateral, bottom = snapshot.origin
    lifted = (*lateral, bottom + layers * snapshot.spacing[-1])
    below, above = (
        Snapshot(snapshot.time, origin, snapshot.spacing, {name: f[..., cut] for name, f in fields.items()})
        for origin, cut in ((snapshot.origin, slice(layers)), (lifted, slice(layers, None)))
    )
    return (below, above) if limit is None else (coarsened(below, limit), coarsened(above, limit))


def touching(electrolyte: Snapshot) -> np.ndarray:
    """Contact of electrode and electrolyte, array of float [1] over the plane of contact."""
    return electrolyte["coverage"][..., 0]


def voids_and_lithium(electrolyte: Snapshot) -> tuple[np.ndarray, np.ndarray]:
    """Cells at the counter electrode that are voids, and cells that are lithium, arrays of bool."""
    factor = electrolyte.fields.get("conductivity", np.ones(electrolyte.shape))
    return factor < VOID, factor > LITHIUM


def contact_scales(runs: Sequence[Run], snapshots: Sequence[Sequence[int]]) -> dict[str, Scale]:
    """Common scales of the content in the electrode and of the current density in the electrolyte."""

    shown = [parts(run, index) for run, indices in zip(runs, snapshots, strict=True) for index in sorted(set(indices))]
    free = (~np.logical_or(*voids_and_lithium(electrolyte)) for _, electrolyte in shown)
    return {
        "content": fitted_scale("content", (electrode["content"].ravel() for electrode, _ in shown)),
        "current": fitted_scale("current", (e["current"][where] for (_, e), where in zip(shown, free, strict=True))),
    }


def contact_note(run: Run, time: float) -> str:
    """Cell voltage and mean content at a time [s]."""
    voltage, content = (at_time(run, head, time) for head in ("Cell voltage [V]", "Mean content [1]"))
    return f"{voltage:.2f} V, x = {content:.2f}"
