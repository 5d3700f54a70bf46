"""Run directories of interphases and contacts made without a solver, to try pictures on; lengths in micrometres."""

import json
from pathlib import Path

import numpy as np

from tests.unit.synthetic_run import write_fields, write_table

WINDOW, END, LAYER, FILM, WIDTH, SURFACE = 1.7, 3600.0, 0.008, 0.01, 0.004, 0.02
IONIC, ELECTRONIC, PARABOLIC, REACTION = 1e-5, 1e-7, 1e-19, 1e-10
SIDES = {"interphase": (0.1, 0.1, 0.08), "plating-interphase": (0.1, 0.1, 0.1), "contact": (4.0, 4.0, 3.0)}
FULL, CONTENT, PATCH, ELECTRODE = 5e4, 0.95, 1.4, 1.0


def write_model(path, model, cells, coated=False, snapshots=3):
    """Write a run directory of a model over as many axes as there are `cells`, and return its path."""
    path = Path(path)
    path.mkdir(parents=True)
    sides = SIDES[model][3 - len(cells) :]
    spacing = np.asarray(sides) / cells
    axes = [h * (np.arange(n) + 0.5) for h, n in zip(spacing, cells, strict=True)]
    places = np.meshgrid(*axes, indexing="ij")
    fields = _contact if model == "contact" else _layers
    times = np.linspace(0.0, END, snapshots)
    frames = [fields(places, t / END, coated, model == "plating-interphase") for t in times]
    write_fields(path / "fields.vtkhdf", times, spacing, frames)
    write_table(path / "history.csv", _table(model))
    domain = {"dimension": len(cells), "size": [side * 1e-6 for side in sides], "cells": list(cells)}
    deck = {"model": model, "domain": domain} | (_contact_deck() if model == "contact" else _layer_deck(coated))
    (path / "resolved.json").write_text(json.dumps({"deck": deck, "derived": derived(coated)}))
    return path


def from_hole(places):
    """Distance from the axis of the hole [µm]; in one dimension there is none."""
    centre = (0.04, 0.05)
    lateral = zip(places[:-1], centre, strict=False)
    return np.sqrt(sum(((x - c) ** 2 for x, c in lateral), np.zeros_like(places[-1])))


def _layers(places, progress, coated, moving):
    """A layer that grows everywhere, or out of the hole of a coating, on lithium that stands or moves."""
    height, away = places[-1], from_hole(places)
    hole = np.zeros_like(away) if len(places) == 1 else np.clip((0.012 - away) / WIDTH + 0.5, 0, 1)
    floor = SURFACE * (1 + 0.3 * progress * (hole if coated else 1.0)) if moving else 0.0
    film = (1 - hole) * (height > (SURFACE if moving else 0)) * (height < FILM + (SURFACE if moving else 0))
    spread = np.exp(-((away / 0.025) ** 2)) if coated and len(places) > 1 else 1.0
    top = floor + LAYER + (FILM if coated else 0.0) + 0.03 * np.sqrt(progress) * spread
    potential = WINDOW * np.clip((height - floor) / (top - floor), 0, 1)
    out = {
        "psi": 0.5 * (1 - np.tanh(2 * (height - top) / WIDTH)),
        "phi_e": 0.9 * potential,
        "phi_i": -0.1 * potential,
        "potential": potential,
    }
    if coated:
        out["coating"] = film
    if moving:
        out["xi"] = 0.5 * (1 - np.tanh(2 * (height - floor) / WIDTH))
    return out


def _contact(places, progress, gapped, _):
    """Current that crowds towards a corner, in harmonic modes of the box, out of an electrode that empties there."""
    *lateral, height = places
    above = height - ELECTRODE
    solid = above < 0
    current = {f"i{axis}": np.zeros_like(height) for axis in "xyz"[: len(lateral)]}
    upward = np.full_like(height, 0.5)
    corner = np.ones_like(height)
    for axis, x, side in zip("xyz", lateral, SIDES["contact"], strict=False):
        k = np.pi / side
        fading = 0.3 * np.exp(-k * np.maximum(above, 0))
        current[f"i{axis}"] += fading * np.sin(k * x)
        upward += fading * np.cos(k * x)
        corner *= np.cos(k * x / 2)
    current[f"i{'xyz'[len(lateral)]}"] = upward
    content = CONTENT - 0.4 * progress * corner * np.exp(np.minimum(above, 0) / 0.6)
    distance = np.sqrt(sum((x**2 for x in lateral), np.zeros_like(height)))
    return {
        "c": FULL * np.where(solid, content, CONTENT),
        "phi": np.where(solid, -3.9 + 0.3 * content, -4.0 + 0.01 * above),
        "electrode": solid.astype(float),
        "coverage": (distance < PATCH).astype(float) if gapped else np.ones_like(height),
        "current": np.sqrt(sum(i**2 for i in current.values())),
        **current,
    }


def derived(coated):
    """What the check derives of the interphase [SI]: k_p, k_r, the conductivities, and the coating in series."""
    return {
        "window": WINDOW,
        "parabolic_constant": PARABOLIC,
        "reaction_velocity": REACTION,
        "ionic_conductivity": IONIC,
        "electronic_conductivity": ELECTRONIC,
        "ambipolar_conductivity": 1 / (1 / IONIC + 1 / ELECTRONIC),
        "coating_equivalent": 1e-9 if coated else 0.0,
        "planned_thickness": 1e-8,
        "planned_resistance": 1e-8 / IONIC + (2e-4 if coated else 0.0),
    }


def _layer_deck(coated):
    coating = {"defects": [{"position": [4e-8], "width": 2.4e-8}], "random_defects": None}
    return {
        "electrode": {"potential": 0.0},
        "electrolyte": {"reduction_potential": WINDOW, "oxidation_potential": 4.0},
        "layer": {"height": LAYER * 1e-6},
        "product": {"tunnelling_length": None},
        "coating": coating if coated else None,
    }


def _contact_deck():
    return {"electrode": {"maximum_concentration": FULL}}


def _table(model):
    """Columns of a history that rise, or fall, smoothly."""
    time = np.append(0.0, np.geomspace(1.0, END, 40))
    grown = np.sqrt(time / END)
    heads = {
        "interphase": ("Thickness [m]", "Resistance [ohm m2]", "Leakage current density [A/m2]"),
        "plating-interphase": (
            "Tip height [m]", "Interphase thickness [m]", "Cell voltage [V]", "Charge plated [C/m2]",
            "Charge lost to the interphase [C/m2]", "Isolated lithium [m]",
        ),
        "contact": (
            "Cell voltage [V]", "Mean content [1]", "Spread of content [1]", "Total resistance [ohm m2]",
            "Constriction resistance [ohm m2]", "Hot spot [1]",
        ),
    }[model]  # fmt: skip
    return {"Time [s]": time} | {head: 1e-8 * (1 + 3 * grown) for head in heads}
