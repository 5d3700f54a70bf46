"""The table of a study: one row per member, with its settings, its final state and its results."""

from __future__ import annotations

import io
import math
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from phasefield.compare import COST, Quantity, declared, lines
from phasefield.errors import RunError
from phasefield.io import safe
from phasefield.physics import registry
from phasefield.study.folder import Folder
from phasefield.study.load import Member, Study

TABLE = "table"


def table(study: Study, folder: Folder) -> pa.Table:
    """Settings and outcomes of all members.

    Parameters
    ----------
    study : Study
    folder : Folder

    Returns
    -------
    pyarrow.Table
        Units are given in the column heads, as in ``history.csv``, and in the metadata of each field. The outcomes are
        those of ``phasefield compare``; a member that is not done has none.
    """
    outcomes = quantities(study, folder)
    rows = [_row(study, folder, member, outcomes) for member in study.members]
    heads = [_head(s.axis.name, s.unit) for s in study.axes]
    fields = [pa.field("Member", pa.string()), pa.field("Hash", pa.string())]
    fields += [_typed(head, [row[head] for row in rows]) for head in heads]
    fields += [pa.field("State", pa.string()), pa.field("Reason", pa.string())]
    fields += [_typed(quantity.head, [0.0]) for quantity in outcomes]
    schema = pa.schema([field.with_metadata(_unit(field.name)) for field in fields])
    return pa.Table.from_pylist(rows, schema=schema)


def write_tables(study: Study, folder: Folder) -> list[Path]:
    """Write the table as CSV and as Parquet; return the paths.

    Raises
    ------
    RunError
        They cannot be written.
    """
    found = table(study, folder)
    written, text = [folder.path / f"{TABLE}{ending}" for ending in (".csv", ".parquet")], io.BytesIO()
    pyarrow.csv.write_csv(found, text, pyarrow.csv.WriteOptions(quoting_style="needed"))
    binary = io.BytesIO()
    pyarrow.parquet.write_table(found, binary)
    try:
        for path, content in zip(written, (text, binary), strict=True):
            safe.replace(path, content.getvalue(), lasting=False)
    except OSError as error:
        raise RunError(f"{folder.path}: cannot write the table ({error.strerror or error})") from None
    return written


def quantities(study: Study, folder: Folder) -> list[Quantity]:
    """The outcomes of ``phasefield compare``, as the runs declare them; before the first run, as the model does."""
    model = study.members[0].deck.model
    runs = [run for member in study.members if (run := folder.finished(member))]
    columns, derived = declared(runs) if runs else (registry.columns(model), registry.derived(model))
    return [quantity for group in (*lines(columns, derived), *COST) for quantity in group]


def _row(study: Study, folder: Folder, member: Member, outcomes: list[Quantity]) -> dict[str, Any]:
    state = folder.state(member)
    settings = {_head(s.axis.name, s.unit): member.point.settings[s.axis.name] for s in study.axes}
    row = {"Member": member.name, "Hash": member.hash, **settings, "State": state.name, "Reason": state.reason}
    if run := folder.finished(member):
        try:
            values = {quantity.head: float(quantity.of(run)) for quantity in outcomes}
            row["Reason"] = str(run.status.get("reason", ""))
        except (RunError, LookupError, TypeError, ValueError) as error:  # damaged files
            return row | {"State": "failed", "Reason": f"its result cannot be read: {error}"}
        row |= {head: value for head, value in values.items() if math.isfinite(value)}
    return row


def _head(name: str, unit: str) -> str:
    return f"{name} [{unit or '1'}]"


def _typed(head: str, values: list[Any]) -> pa.Field:
    if all(isinstance(value, bool) for value in values):
        return pa.field(head, pa.bool_())
    if all(isinstance(value, int) for value in values):
        return pa.field(head, pa.int64())
    return pa.field(head, pa.float64() if all(isinstance(value, int | float) for value in values) else pa.string())


def _unit(head: str) -> dict[str, str]:
    found = re.search(r"\[([^]]*)\]$", head)
    return {"unit": found[1]} if found else {}
