"""Directories of studies made without a solver."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from phasefield.postprocess.study_table import StudyTable, read_study
from tests.unit.synthetic_run import write_run

RESULT, THEORY = "Tip height [µm]", "Expected [µm]"


def axis(name, unit="", scale="linear", sampled=False, replicate=False) -> dict:
    """An axis, as a study's directory describes it."""
    return {"name": name, "unit": unit, "scale": scale, "sampled": sampled, "replicate": replicate}


def write_table(
    path: Path, axes, settings, results, theory=None, model="plating", sampling=None, outcome=None
) -> StudyTable:
    """The directory of a study without runs; NaN results are members that failed."""
    path.mkdir(parents=True, exist_ok=True)
    members = [
        {"index": n + 1, "name": f"m{n + 1}", "hash": "", "sample": n if sampling else None, "settings": own}
        for n, own in enumerate(settings)
    ]
    description = {"title": "Tips & <dendrites>", "model": model, "axes": axes, "sampling": sampling,
                   "outcomes": [{"quantity": RESULT, **(outcome or {})}], "members": members}  # fmt: skip
    (path / "study.json").write_text(json.dumps(description))
    with open(path / "table.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Member", "State", "Reason", RESULT, THEORY])
        for n, (member, result) in enumerate(zip(members, results, strict=True)):
            failed = np.isnan(result)
            state = ("failed", "step 1 rejected <12> times") if failed else ("done", "time")
            expected = "" if theory is None else theory[n]
            writer.writerow([member["name"], *state, "" if failed else result, expected])
    return read_study(path)


def write_study_with_runs(path: Path) -> Path:
    """A study of four members, one of which has failed; the others have runs with snapshots."""
    settings = [{"current": i, "film": f} for i in (1.0, 2.0) for f in (10.0, 20.0)]
    axes = [axis("current", "mA/cm^2"), axis("film", "nm")]
    write_table(path, axes, settings, [1.0, 2.0, 3.0, np.nan])
    for name in ("m1", "m2", "m3"):
        write_run(path / name, (32, 40), (20.0, 25.0), snapshots=3)
    for name in ("table.parquet", "study.toml", *(f"{m}/run.log" for m in ("m1", "m2", "m3"))):
        (path / name).touch()
    return path
