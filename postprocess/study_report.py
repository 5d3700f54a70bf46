"""The pictures of a study, and one self-contained page that shows them all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure

from phasefield.errors import RunError
from phasefield.io import safe
from phasefield.io.rundir import FIELDS, Run
from phasefield.postprocess import style
from phasefield.postprocess.render import draw, save_picture
from phasefield.postprocess.study_dots import draw_agreement, draw_scatter
from phasefield.postprocess.study_maps import Chart, Outcome, draw_outcome
from phasefield.postprocess.study_pictures import draw_morphologies
from phasefield.postprocess.study_ranks import draw_sensitivity
from phasefield.postprocess.study_table import StudyTable, nice_unit, number, read_study

REPORT, PICTURES = "report.html", "pictures"


def write_report(path: Path) -> list[Path]:
    """Draw a study from its directory, and write the page.

    Parameters
    ----------
    path : Path
        Directory of a study, with its table.

    Returns
    -------
    list of Path
        Pictures over all members, then the page.

    Raises
    ------
    RunError
        There is no table, no member is done, or the files cannot be written.
    """
    table = read_study(path)
    if "done" not in table.columns["State"]:
        raise RunError(f"{path}: no member is done yet, so there is nothing to draw", code="no-member")
    folder = path / PICTURES
    written = []
    try:
        safe.make_directory(folder)
        with matplotlib.rc_context(style.RC):
            charts = list(_charts(table))
            for number, chart in enumerate(charts, start=1):
                written.append(folder / f"study_{number}.png")
                save_picture(chart.figure, written[-1], below=2)
            page = _page(table, charts, _pictures(table, folder))
        safe.replace(path / REPORT, page.encode(errors="backslashreplace"), lasting=False)
    except OSError as error:
        raise RunError(f"{path}: cannot write the report ({error.strerror or error})") from None
    return [*written, path / REPORT]


def outcomes(table: StudyTable) -> list[Outcome]:
    """The outcomes of the study deck; if it has none, the columns declared for studies."""
    if asked := table.description["outcomes"]:
        return [Outcome(**found) for found in asked]
    done = next(run for index in range(len(table.members)) if (run := table.run(index)))
    return [Outcome(column.line) for column in done.columns if column.study]


def _charts(table: StudyTable) -> Iterator[Chart]:
    for outcome in outcomes(table):
        if not table.varied or not all(axis.sampled for axis in table.varied):
            yield draw_outcome(table, outcome)
        yield from filter(None, (draw_scatter(table, outcome), draw_agreement(table, outcome)))
    if morphologies := draw_morphologies(table):
        yield morphologies
    for outcome in outcomes(table):
        if sensitivity := draw_sensitivity(table, outcome):
            yield sensitivity


def _pictures(table: StudyTable, folder: Path) -> dict[int, tuple[Path, str]]:
    """Picture of each member: its file, and its data for the page."""
    found = {}
    for index, member in enumerate(table.members):
        if run := table.run(index):
            figure = _picture(run)
            if figure is not None:
                path = folder / f"{member['name']}.png"
                save_picture(figure, path, below=2)
                found[index] = path, style.inlined(figure)
    return found


def _picture(run: Run) -> Figure | None:
    if not (run.path / FIELDS).is_file():
        return None
    return draw([run])


def _page(table: StudyTable, charts: list[Chart], pictures: dict[int, tuple[Path, str]]) -> str:
    members = [_member(table, index, pictures.get(index)) for index in range(len(table.members))]
    states = table.columns["State"]
    counts = ", ".join(f"{states.count(name)} {name}" for name in dict.fromkeys(states))
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("study_report.html").render(
        title=table.description["title"],
        summary=f"{len(members)} members: {counts}",
        charts=[_chart(table, chart) for chart in charts],
        heads=["", *(f"{a.name.replace('_', ' ')} [{nice_unit(a.unit) or '1'}]" for a in table.axes), *_heads(table)],
        members=members,
        failures=[member for member in members if member["state"] != "done"],
    )


def _chart(table: StudyTable, chart: Chart) -> dict[str, Any]:
    spots = [
        {
            "left": f"{100 * spot.x:.2f}",
            "top": f"{100 * spot.y:.2f}",
            "member": _anchor(table, spot.member),
            "text": table.label(spot.member),
        }
        for spot in chart.spots
    ]
    width = round(chart.figure.get_figwidth() * 100)
    source = style.inlined(chart.figure, style.PIXELS_PER_INCH)
    return {"title": chart.title, "source": source, "width": width, "spots": spots}


def _heads(table: StudyTable) -> list[str]:
    asked = (head for outcome in outcomes(table) for head in (outcome.quantity, outcome.theory) if head)
    return list(dict.fromkeys(asked))


def _anchor(table: StudyTable, index: int) -> str:
    return f"member-{table.members[index]['index']}"


def _member(table: StudyTable, index: int, picture: tuple[Path, str] | None) -> dict[str, Any]:
    found = table.members[index]
    settings = [number(value) for value in found["settings"].values()]
    numbers = [number(float(table.outcome(head)[index])) for head in _heads(table)]
    folder = found["name"] if (table.path / found["name"]).is_dir() else None
    return {
        "number": found["index"],
        "anchor": _anchor(table, index),
        "label": table.label(index),
        "state": table.columns["State"][index],
        "reason": table.columns["Reason"][index],
        "cells": [*settings, *numbers],
        "folder": folder,
        "picture": f"{PICTURES}/{picture[0].name}" if picture else None,
        "source": picture[1] if picture else None,
    }
