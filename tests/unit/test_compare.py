"""The closing table of ``make run``: right numbers in right units, and a dash where a run has no number."""

import csv
import json

import pytest

from phasefield.compare import comparison
from phasefield.errors import RunError
from phasefield.io.rundir import open_run

HISTORY = {
    "Step": [1, 200],
    "Time [s]": [0.5, 900.0],
    "Charge plated [C/m2]": [50.0, 36000.0],
    "Charge closure [1]": [-4e-9, 1e-9],
    "Salt closure [1]": ["nan", "nan"],
    "Tip height [m]": [10e-6, 31.25e-6],
    "Mean thickness [m]": [10e-6, 14.85e-6],
    "Roughness [m]": [1e-6, 6e-6],
    "Overpotential [V]": [-0.02, -0.0123],
    "Short circuit [1]": [0.0, 0.0],
}
MANIFEST = {"ranks": 2, "wall time [s]": 30.72, "peak memory [bytes]": 400_000_000}


def write_run(path, manifest=MANIFEST, **changes):
    """A run directory with the files that the table is made from."""
    path.mkdir(parents=True)
    derived = {"ripples": [{"wavelength": 4e-5, "growth_rate": 0.002}], "cells": 160 * 192}
    (path / "resolved.json").write_text(json.dumps({"deck": {"domain": {"cells": []}}, "derived": derived}))
    (path / "manifest.json").write_text(json.dumps(manifest))
    history = HISTORY | changes
    with (path / "history.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(history)
        writer.writerows(zip(*history.values(), strict=True))
    return open_run(path)


def cells_of(table):
    """The table as head -> list of cells, one per run."""
    lines = [line for line in table.splitlines() if line.strip("─")]
    return {line.split("  ")[0]: line.split()[-2:] for line in lines}


def test_values_in_their_units(tmp_path):
    """36 000 C/m² are 1 mAh/cm²; 30.72 s over 160·192 cells and 200 steps are 5 µs per cell and step."""
    first = write_run(tmp_path / "bare")
    changes = {"Tip height [m]": [1e-6, 20e-6], "Salt closure [1]": [2e-9, -3e-9]}
    second = write_run(tmp_path / "coated", **changes)
    table = cells_of(comparison([first, second]))
    assert table[""] == ["bare", "coated"]
    assert table["Charge plated [mAh/cm²]"][0] == "1.000"
    assert table["Tip height [µm]"] == ["31.25", "20.00"]
    assert table["Overpotential [mV]"][0] == "-12.30"
    assert table["Largest closure error, lithium against charge [1]"][0] == "4.0e-09"
    assert table["Largest closure error, salt [1]"] == ["–", "3.0e-09"]
    assert table["Cells"][0] == "30720"
    assert table["Wall time per cell and step [µs]"][0] == "5.000"
    assert table["Peak memory, all ranks [MB]"][0] == "400"


def test_growth_and_short_circuit(tmp_path):
    """Sixfold in 899.5 s is ln 6/899.5 s⁻¹ = 7.171 h⁻¹, beside the 0.002 s⁻¹ = 7.2 h⁻¹ of linear theory; a
    connection first seen at 900 s comes after 15 min, one that never comes is a dash.
    """
    runs = [write_run(tmp_path / "a"), write_run(tmp_path / "b", **{"Short circuit [1]": [0.0, 1.0]})]
    table = cells_of(comparison(runs))
    assert table["Growth rate of the roughness [1/h]"] == ["7.171", "7.171"]
    assert table["Growth rate of the ripple, linear theory [1/h]"] == ["7.200", "7.200"]
    assert table["Short circuit after [min]"] == ["–", "15.00"]


def test_a_flat_front_has_no_growth_rate(tmp_path):
    """10⁻²⁰ m is round-off of a front 10 µm high; so much to begin with grows at no rate."""
    run = write_run(tmp_path / "a", **{"Roughness [m]": [1e-20, 1e-9]})
    assert "Growth rate of the roughness [1/h]" not in comparison([run])


def test_what_no_run_has_is_left_out(tmp_path):
    """No salt in either run: no line of salt. That neither has a short circuit is a result, and stays."""
    table = cells_of(comparison([write_run(tmp_path / name) for name in ("a", "b")]))
    assert not [head for head in table if "salt" in head.lower()]
    assert table["Short circuit after [min]"] == ["–", "–"]


def test_columns_line_up(tmp_path):
    runs = [write_run(tmp_path / name) for name in ("a", "a_run_with_a_long_name")]
    assert len({len(line) for line in comparison(runs).splitlines()}) == 1


def test_runs_of_one_name_are_told_apart_by_their_paths(tmp_path):
    runs = [write_run(tmp_path / study / "case") for study in ("first", "second")]
    head = comparison(runs).splitlines()[0]
    assert str(tmp_path / "first" / "case") in head and str(tmp_path / "second" / "case") in head


def test_what_was_not_noted_is_a_dash(tmp_path):
    table = cells_of(comparison([write_run(tmp_path / "a", manifest={}), write_run(tmp_path / "b")]))
    assert table["Wall time [s]"] == ["–", "30.7"] and table["Ranks"] == ["–", "2"]


def test_unfinished_run_is_a_clear_error(tmp_path):
    run = write_run(tmp_path / "case")
    (tmp_path / "case" / "manifest.json").unlink()
    with pytest.raises(RunError, match=r"manifest\.json"):
        comparison([run])
