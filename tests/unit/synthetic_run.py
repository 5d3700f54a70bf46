"""Run directories made without a solver, laid out as the program writes them, to try readers and pictures on.

The metal is a prescribed shape (fingers, or mushrooms over the defects of a film) that grows with the charge;
the potential solves the charge balance around it, so the current is as smooth and focused as a real one.
"""

import csv
import json
from pathlib import Path

import h5py
import numpy as np
from scipy.sparse import diags_array
from scipy.sparse.linalg import LinearOperator, cg

FARADAY_PER_VOLUME = 96485.33 / 12.998e-6
CURRENT, CONDUCTIVITY, WIDTH = 60.0, 0.01, 2.0
GROUND, GAIN, END = 10.0, 3.2, 1100.0
HISTORY_HEADS = (
    "Step", "Time [s]", "Time step [s]", "Current density [A/m2]", "Cell voltage [V]", "Overpotential [V]",
    "Charge passed [C/m2]", "Charge plated [C/m2]", "Charge closure [1]", "Salt closure [1]",
    "Tip height [m]", "Mean thickness [m]", "Roughness [m]", "Tip-valley distance [m]", "Area ratio [1]",
    "Tip velocity [m/s]", "Tip radius [m]", "Largest xi ahead [1]", "Short circuit [1]",
    "Newton iterations [1]", "Linear iterations [1]", "Rejected steps [1]", "Wall time [s]",
)  # fmt: skip


def write_run(path, cells, size, coated=False, binary=False, snapshots=5, holes=None):
    """Write a run directory of `cells` cells over a box of `size` [µm] (height last) and return its path."""
    path = Path(path)
    path.mkdir(parents=True)
    spacing = np.asarray(size) / cells
    times = np.linspace(0.0, END, snapshots)
    holes = holes if holes is not None else _default_holes(size)
    frames = [_fields(t / END, cells, size, coated, binary, holes) for t in times]
    write_fields(path / "fields.vtkhdf", times, spacing, frames)
    _write_history(path / "history.csv", frames[-1]["phi"].min(), coated)
    deck = {
        "title": "",
        "domain": {"dimension": len(cells), "size": [s * 1e-6 for s in size], "cells": list(cells)},
        "front": {"height": GROUND * 1e-6},
    }
    (path / "resolved.json").write_text(json.dumps({"deck": deck, "derived": {"cells": int(np.prod(cells))}}))
    (path / "manifest.json").write_text(json.dumps({"ranks": 1, "stop reason": "time"}))
    status = {"state": "done", "reason": "time", "time": END, "steps": 60}
    (path / "status.json").write_text(json.dumps(status))
    return path


def _default_holes(size):
    lateral = size[:-1]
    fractions = ((0.22, 0.3), (0.68, 0.62), (0.45, 0.8))
    return [tuple(f * s for f, s in zip(fraction, lateral, strict=False)) for fraction in fractions]


def _fields(progress, cells, size, coated, binary, holes):
    spacing = np.asarray(size) / cells
    grid = np.meshgrid(
        *[d * (np.arange(n) + 0.5) for d, n in zip(spacing, cells, strict=True)], indexing="ij"
    )
    *lateral, height = grid
    from_hole = [np.sqrt(sum((x - p) ** 2 for x, p in zip(lateral, hole, strict=True))) for hole in holes]
    film = np.ones(cells)
    for r in from_hole:
        film *= 0.5 * (1 + np.tanh(r - 2.0))
    distance = (
        _mushrooms(progress, height, from_hole) if coated else _fingers(progress, lateral, height, size)
    )
    xi = 0.5 * (1 - np.tanh(2 * distance / WIDTH))
    share = 1 / (1 + 15 * film) if coated else np.exp(np.clip(height - GROUND, 0, 14) / 5)
    phi, current = _charge_balance(xi, share, spacing)
    fields = {"xi": xi, "phi": phi, "current": np.sqrt(sum(i**2 for i in current))}
    fields |= {f"i{axis}": i for axis, i in zip("xyz", current, strict=False)}
    if binary:
        fields["c"] = 1000.0 + 900 * progress * phi / max(1e-9, -phi.min()) * (1 - xi)
    if coated:
        fields["film"] = 0.01 * film
    return fields


def _fingers(progress, lateral, height, size):
    wave = np.zeros_like(height)
    for axis, x in enumerate(lateral):
        u = x / size[axis]
        wave += (
            np.cos(2 * np.pi * 2 * u + 0.6 * axis) + 0.5 * np.cos(2 * np.pi * u) + 0.2 * np.sin(7 * np.pi * u)
        )
    wave /= 1.7 * max(1, len(lateral))
    fingers = np.tanh(1.5 * wave) * (0.6 + 7 * progress**2) + GAIN * progress * 2
    distance = height - GROUND - fingers
    slope = np.sqrt(1 + sum(g**2 for g in np.gradient(distance)[:-1]) / np.gradient(height, axis=-1) ** 2)
    return distance / slope


def _mushrooms(progress, height, from_hole):
    distance = height - GROUND - GAIN * progress
    for scale, r in zip((1.0, 0.8, 0.65), from_hole, strict=False):
        radius = 1.5 + 9 * scale * progress
        centre = GROUND + GAIN * progress + 0.75 * radius - 1.5
        ball = np.sqrt(r**2 + (height - centre) ** 2) - radius
        distance = -np.logaddexp(-distance, -ball)
    return distance


def _charge_balance(xi, share, spacing):
    """Potential [V] and current density [A/m²]: mirror walls, zero potential on top, the metal a sink."""
    h = spacing * 1e-6
    weight = CONDUCTIVITY * (1 - xi + 1e-3)
    faces = [0.5 * (np.delete(weight, 0, a) + np.delete(weight, -1, a)) / h[a] ** 2 for a in range(xi.ndim)]
    top = np.zeros_like(xi)
    top[..., -1] = 2 * weight[..., -1] / h[-1] ** 2
    sink = np.sqrt(sum(g**2 for g in np.gradient(xi, *h))) * share
    sink *= CURRENT / (sink.sum(axis=-1).mean() * h[-1])

    def operator(flat):
        phi = flat.reshape(xi.shape)
        out = top * phi
        for axis, face in enumerate(faces):
            flux = face * np.diff(phi, axis=axis)
            out -= np.diff(flux, axis=axis, prepend=0, append=0)
        return out.ravel()

    diagonal = top + sum(
        np.add(*(np.insert(f, where, 0, axis=a) for where in (0, f.shape[a]))) for a, f in enumerate(faces)
    )
    square = (xi.size, xi.size)
    start = np.broadcast_to(-CURRENT / CONDUCTIVITY * h[-1] * np.arange(xi.shape[-1])[::-1], xi.shape).ravel()
    phi, failed = cg(
        LinearOperator(square, matvec=operator, dtype=float), -sink.ravel(), x0=start, rtol=2e-4,
        maxiter=3000, M=diags_array(1 / diagonal.ravel()),
    )  # fmt: skip
    assert not failed
    phi = phi.reshape(xi.shape)
    slopes = [np.gradient(phi, step, axis=axis) for axis, step in enumerate(h)]
    return phi, [-weight * slope for slope in slopes]


def write_fields(path, times, spacing, frames):
    """Write snapshots, one mapping of field names to cell values per time [s], as the program lays them out."""
    cells = next(iter(frames[0].values())).shape
    missing = 3 - len(cells)
    full = cells + (1,) * missing
    with h5py.File(path, "w") as file:
        root = file.create_group("VTKHDF")
        root.attrs["Version"] = np.array([2, 2])
        root.attrs.create("Type", b"ImageData", dtype=h5py.string_dtype("ascii", 9))
        root.attrs["WholeExtent"] = np.array([0, full[0], 0, full[1], 0, full[2]])
        root.attrs["Origin"] = np.zeros(3)
        root.attrs["Spacing"] = np.append(spacing, np.ones(missing))
        root.attrs["Direction"] = np.eye(3).ravel()
        for name in frames[0]:
            root[f"CellData/{name}"] = np.stack([frame[name].reshape(full).T for frame in frames])
            root[f"Steps/CellDataOffsets/{name}"] = np.arange(len(times))
        root["Steps"].attrs["NSteps"] = len(times)
        root["Steps/Values"] = times


def _write_history(path, potential, coated):
    time = np.linspace(END / 60, END, 60)
    grown = CURRENT * time / FARADAY_PER_VOLUME
    table = dict.fromkeys(HISTORY_HEADS, np.zeros_like(time))
    protrusion = 15e-6 * (time / END) ** (1.2 if coated else 2.5)
    table |= {
        "Step": np.arange(1, 61),
        "Time [s]": time,
        "Current density [A/m2]": np.full_like(time, CURRENT),
        "Cell voltage [V]": potential * (1.4 if coated else 1.0) * (1 - 0.2 * time / END),
        "Overpotential [V]": np.full_like(time, -0.06 if coated else -0.02) * (1 - 0.3 * time / END),
        "Charge passed [C/m2]": CURRENT * time,
        "Charge plated [C/m2]": CURRENT * time,
        "Tip height [m]": GROUND * 1e-6 + grown + protrusion,
        "Mean thickness [m]": GROUND * 1e-6 + grown,
        "Roughness [m]": 0.3 * protrusion,
        "Tip-valley distance [m]": protrusion + grown / 2,
        "Area ratio [1]": 1 + 1.5 * time / END,
    }
    write_table(path, table)


def write_table(path, table):
    """Write columns as a history, their heads first."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))
