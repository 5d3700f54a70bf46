"""Files, tables, charts and studies follow a model's declarations, also for a model unknown to this installation."""

import json
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.image import imread

from phasefield.compare import REDUCTIONS, comparison, lines
from phasefield.errors import RunError
from phasefield.io.rundir import open_run
from phasefield.physics import registry
from phasefield.physics.common.columns import Column, Derived, Reduction, from_json, headed, of_a_run, to_json
from phasefield.postprocess.history import draw_history
from phasefield.postprocess.render import render_runs
from phasefield.postprocess.study_report import outcomes, write_report
from phasefield.postprocess.study_table import read_study
from phasefield.postprocess.style import unit_label
from phasefield.study.collect import quantities
from tests.errors import refused
from tests.reliability.releases import stored, unpacked
from tests.unit.synthetic_run import write_fields, write_table
from tests.unit.synthetic_study import RESULT, axis
from tests.unit.synthetic_study import write_table as write_study_table

MODELS = registry.names()
HEAT = (
    Column("Heat", "J/m2", "kJ/m²", chart=True, study=True),
    Column("Growth", "1", "1", compare=("growth", "largest"), chart=True),
    Column("Heat closure", "1", closes="heat"),
    Column("Not shown", "m"),
)
PLANNED = Derived("planned.0.heat", "Heat, theory", "J/m2", "kJ/m²", after="Heat", unless=("source.off",))
TIMES = np.array([0.0, 1800.0, 3600.0])
VALUES = {"Heat": 2000.0 * TIMES, "Growth": np.exp(TIMES / 1800), "Heat closure": -1e-9 * TIMES, "Not shown": TIMES}


def write_heat(path, shape=(6, 5), off=None):
    """A run of a model that this installation does not know, with a field of its own and one derived from it."""
    path.mkdir(parents=True)
    spacing = [0.5e-6] * len(shape)
    deck = {"model": "heat", "source": {"off": off}}
    deck["domain"] = {"dimension": len(shape), "cells": list(shape), "size": [n * 5e-7 for n in shape]}
    resolved = {
        "deck": deck,
        "derived": {"planned": [{"heat": 5e6}]},
        "columns": [to_json(column) | {"of a later version": 1} for column in of_a_run(HEAT)],
        "derived_shown": [to_json(PLANNED)],
        "fields": {"T": {"label": "Temperature", "unit": "K"}},
    }
    (path / "resolved.json").write_text(json.dumps(resolved))
    (path / "manifest.json").write_text(json.dumps({"ranks": 1, "wall time [s]": 1.0, "peak memory [bytes]": 1e6}))
    status = {"state": "done", "reason": "", "time": 3600.0, "steps": 2}
    (path / "status.json").write_text(json.dumps(status))
    table = {"Step": [0, 1, 2], "Time [s]": TIMES} | {column.head: VALUES[column.name] for column in HEAT}
    write_table(path / "history.csv", table)
    places = np.indices(shape)[-1] / shape[-1]
    frames = [{"T": 300 + 50 * places * (1 + k), "aside": places**2} for k in range(3)]
    write_fields(path / "fields.vtkhdf", TIMES, np.array(spacing) * 1e6, frames)
    return path


def heads_of(model):
    found = lines(of_a_run(registry.columns(model)), registry.derived(model))
    return [quantity.head for group in found for quantity in group]


@pytest.mark.parametrize("model", MODELS)
def test_declared_once_and_shown_wherever_it_says(model):
    """A line for each reduction, each closure and each derived number, of a column that there is; heads are unique."""
    columns, heads = registry.columns(model), heads_of(model)
    assert len(heads) == len(set(heads))
    assert len({column.head for column in of_a_run(columns)}) == len(columns) + 8
    shown = sum(len(column.compare) for column in columns if column.shown and not column.closes)
    closures = sum(bool(column.closes) for column in columns)
    assert len(heads) == 1 + shown + closures + len(registry.derived(model)), "and the simulated time"
    assert {column.line for column in columns if column.study} <= set(heads)
    assert any(column.study for column in columns) and any(column.chart for column in columns)
    assert all(column.per_unit > 0 for column in (*columns, *registry.derived(model)))
    assert {number.after for number in registry.derived(model)} <= {column.name for column in columns}


@pytest.mark.parametrize("archive", stored(), ids=lambda path: path.name)
def test_runs_of_earlier_releases_are_read(archive, tmp_path, caplog):
    """Every head is declared now, in this order, though the resolved.json of 0.1.0 has no columns; they are compared
    with numbers for all that they have, and drawn, plainly, since their snapshots have a single field.
    """
    for path in unpacked(archive, tmp_path):
        run = open_run(path)
        assert ("columns" in run.resolved) == (archive.name != "runs-0.1.0.tar.xz")
        declared = [column.head for column in run.columns]
        assert list(run.history.columns) == [head for head in declared if head in run.history], path.name
        table = {line.split("  ")[0]: line.split()[-1] for line in comparison([run]).splitlines()}
        assert float(table["Simulated time [s]"]) == pytest.approx(run.history["Time [s]"][-1], rel=1e-3)
        study = {column.line: column for column in run.columns if column.study and column.head in run.history}
        for line, column in study.items():
            expected = run.history[column.head][-1] / column.per_unit
            assert table[line] == "–" if np.isnan(expected) else float(table[line]) == pytest.approx(expected, rel=1e-3)
        assert all(imread(picture)[..., :3].std() > 0.01 for picture in render_runs([path], movie=False))
        assert "plain pictures: the snapshots have no" in caplog.text


def test_no_solver_is_imported_for_what_is_declared():
    code = (
        "import sys; from phasefield.physics import registry as r; import phasefield.compare;"
        "print([len(r.columns(m)) for m in r.names()], {'fipy', 'mpi4py', 'petsc4py'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip().endswith("set()")


def test_units_shown_are_worth_what_they_say():
    """1 mAh/cm² is 3.6 C over 10⁻⁴ m², 1 nm/h is 10⁻⁹/3600 m/s, 1 Ω cm² 10⁻⁴ Ω m²; a wrong dimension is an error."""
    worth = {("C/m2", "mAh/cm²"): 3.6e4, ("m/s", "nm/h"): 1e-9 / 3600, ("ohm m2", "Ω cm²"): 1e-4, ("1", "1"): 1.0}
    for (unit, shown), expected in worth.items():
        assert Column("x", unit, shown).per_unit == pytest.approx(expected, rel=1e-12)
    with pytest.raises(ValueError, match=r"\bV\b.*\bm\b"):
        _ = Column("x", "m", "V").per_unit
    assert [unit_label(unit) for unit in ("mAh/cm²", "1/h", "Ω cm²", "1", "mol/m³")] == [
        "mAh cm⁻²", "h⁻¹", "Ω cm²", "", "mol m⁻³",
    ]  # fmt: skip


def test_a_row_has_the_heads_of_its_columns_in_their_order():
    columns = (Column("a", "m"), Column("b", "1"), Column("b", "m"), Column("c", "V"))
    assert headed({"c": 3.0, "a": 1.0}, columns) == {"a [m]": 1.0, "c [V]": 3.0}
    assert list(headed({"c": 3.0, "a": 1.0}, columns)) == ["a [m]", "c [V]"]
    assert headed({"b [m]": 1.0, "b [1]": 2.0}, columns) == {"b [1]": 2.0, "b [m]": 1.0}
    with pytest.raises(KeyError, match=r"'cc'.*'c'"):
        headed({"cc": 1.0}, columns)
    with pytest.raises(KeyError, match=r"'b'.*a, b \[1\], b \[m\], c"):
        headed({"b": 1.0}, columns)


@pytest.mark.parametrize(
    "wrong", [{"compare": ("most",)}, {"chart": True}, {"shown": "m", "compare": ("first",), "study": True}]
)
def test_a_wrong_declaration_is_an_error(wrong):
    with pytest.raises(ValueError, match="column 'x'"):
        Column("x", "m", **wrong)


def test_declarations_survive_their_file():
    for model in MODELS:
        for column in registry.columns(model):
            assert from_json(Column, json.loads(json.dumps(to_json(column)))) == column
        for number in registry.derived(model):
            assert from_json(Derived, json.loads(json.dumps(to_json(number)))) == number
    assert set(REDUCTIONS) == set(Reduction.__args__)


def test_a_model_unknown_here_gets_its_table(tmp_path):
    """2 kJ/m² a second are 7200 kJ/m² in an hour; e² in an hour is 2 a hour; -3.6e-6 is an error of 3.6e-6."""
    runs = [open_run(write_heat(tmp_path / "a")), open_run(write_heat(tmp_path / "b", off=True))]
    table = {line.split("  ")[0]: line.split()[-2:] for line in comparison(runs).splitlines()}
    assert table["Heat [kJ/m²]"] == ["7200.", "7200."]
    assert table["Heat, theory [kJ/m²]"] == ["5000.", "–"], "does not hold with source.off"
    assert table["Growth rate of the growth [1/h]"] == ["2.000", "2.000"]
    assert table["Largest growth [1]"] == ["7.389", "7.389"]
    assert table["Largest closure error, heat [1]"] == ["3.6e-06", "3.6e-06"]
    assert not any(head.startswith("Not shown") for head in table)


def test_a_model_unknown_here_gets_its_chart_and_its_study(tmp_path):
    run = open_run(write_heat(tmp_path / "s" / "member-0"))
    figure = draw_history([run])
    assert [axes.get_title("left") for axes in figure.axes] == ["Heat (kJ m⁻²)", "Growth"]
    assert figure.axes[0].lines[0].get_ydata() == pytest.approx(2.0 * TIMES)
    folder = write_study_table(tmp_path / "t", [axis("source", "W")], [{"source": 1.0}], [7200.0], model="heat").path
    description = json.loads((folder / "study.json").read_text()) | {"outcomes": []}
    (folder / "study.json").write_text(json.dumps(description))
    (folder / "table.csv").write_text((folder / "table.csv").read_text().replace(RESULT, "Heat [kJ/m²]"))
    study = read_study(folder)
    write_heat(folder / study.members[0]["name"])
    assert [outcome.quantity for outcome in outcomes(study)] == ["Heat [kJ/m²]"]
    assert (study.path / "report.html") in write_report(study.path)


class Members:
    """As much of a study and its folder as its table asks for."""

    def __init__(self, model, run):
        deck = type("Deck", (), {"model": model})
        self.members, self.finished = [type("Member", (), {"deck": deck})], lambda member: run


def test_columns_of_a_study_are_those_of_its_runs_or_of_its_model(tmp_path):
    run = open_run(write_heat(tmp_path / "a"))
    heads = [quantity.head for quantity in quantities(Members("heat", run), Members("heat", run))]
    assert "Heat [kJ/m²]" in heads and "Steps" in heads
    planned = [quantity.head for quantity in quantities(Members("wetting", None), Members("wetting", None))]
    assert set(heads_of("wetting")) <= set(planned) | {"Simulated time [s]"}


@pytest.mark.parametrize("shape", [(24,), (24, 20), (12, 12, 10)])
def test_a_model_unknown_here_is_drawn(shape, tmp_path):
    """Profiles, maps or a surface, none of them blank; the field's name for people is on them."""
    path = write_heat(tmp_path / "a", shape)
    written = render_runs([path], tmp_path / "pictures", movie=False)
    assert len(written) == (3 if len(shape) == 3 else 2)
    for picture in written:
        assert imread(picture)[..., :3].std() > 0.03, picture
    with refused(RunError, "unknown-name", "psi", "'T', 'aside'"):
        render_runs([path], tmp_path / "pictures", movie=False, colour="psi")


def test_a_run_that_nobody_knows_is_a_clear_error(tmp_path):
    path = write_heat(tmp_path / "a")
    resolved = json.loads((path / "resolved.json").read_text())
    (path / "resolved.json").write_text(json.dumps({"deck": resolved["deck"], "derived": {}}))
    with refused(RunError, "unknown-name", path, "'heat'", *MODELS):
        comparison([open_run(path)])
