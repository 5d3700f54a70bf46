"""Materials on the terminal: a table of all, a sheet of one, references as text and as BibTeX."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import fill
from typing import Any, get_args

from phasefield.materials.library import load, names, written
from phasefield.materials.schema import ACTIVATION, Datum, Material, Reference, Role
from phasefield.units import quantity

WIDTH = 110
MISSING = "–"
_WHOLE: Any = {"break_long_words": False, "break_on_hyphens": False}  # DOIs and names stay in one piece
_LEGEND = "~ is an estimate or a choice. Conductivities at 25 °C; window of stability in volts against lithium."


def overview() -> str:
    """All materials by role: formula, conductivities, window."""
    materials = sorted(map(load, names()), key=lambda material: get_args(Role).index(material.role))
    rows: list[tuple[str, ...]] = [("material", "formula", "used as", " σ_i [S/cm]", " σ_e [S/cm]", " window [V]")]
    rows += [(m.name, m.formula, m.role, *_conductivities(m), _window(m)) for m in materials]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join([*lines, "", _LEGEND])


def sheet(name: str) -> str:
    """All data of one material, with their sources."""
    material, data = load(name), written(name)
    head = [f"{material.name}: {material.formula}, {material.role}"]
    if material.aliases:
        head.append("also called " + ", ".join(material.aliases))
    if material.interphase:
        head.append(f"forms {material.interphase} where it touches lithium")
    if material.notes:
        head += ["", fill(material.notes, WIDTH)]
    values = [line for key, datum in material.data().items() for line in _lines(key, datum, data[key])]
    cited = citations([material.name])
    return "\n".join([*head, "", *values, *(["", "References", cited] if cited else [])])


def citations(chosen: Sequence[str]) -> str:
    """The references of some materials, each once, as text."""
    cited = _references(chosen).items()
    return "\n".join(fill(f"[{key}] {_cited(ref)}", WIDTH, subsequent_indent="    ", **_WHOLE) for key, ref in cited)


def bibtex(chosen: Sequence[str]) -> str:
    """The references of some materials, each once, in BibTeX."""
    return "\n\n".join(_entry(key, reference) for key, reference in _references(chosen).items())


def _references(chosen: Sequence[str]) -> dict[str, Reference]:
    return {key: reference for name in chosen for key, reference in load(name).references.items()}


def _conductivities(material: Material) -> Iterator[str]:
    for key in ("ionic_conductivity", "electronic_conductivity"):
        datum = getattr(material, key)
        if datum is None:
            yield f" {MISSING}"
        else:
            yield _marked(f"{quantity(f'{material.value(key)!r} S/m', 'S/cm'):.1e}", datum)


def _window(material: Material) -> str:
    ends = (material.reduction_potential, material.oxidation_potential)
    if ends == (None, None):
        return f" {MISSING}"
    return " to ".join(MISSING if end is None else _marked(f"{end.value:.2f}", end) for end in ends)


def _marked(text: str, datum: Datum) -> str:
    return ("~" if datum.estimate else " ") + text


def _lines(key: str, datum: Datum, text: dict[str, Any]) -> Iterable[str]:
    spread = f"  ({text['range'][0]} to {text['range'][1]})" if datum.range else ""
    # Other properties are taken as independent of temperature
    temperature = f" at {datum.temperature:g} K" if key in ACTIVATION else ""
    yield f"{key:31}{_marked(str(text['value']), datum)}{temperature}{spread}"
    reasons = filter(None, (datum.what, datum.why, datum.source and f"[{datum.source}]"))
    yield fill("; ".join(reasons), WIDTH, initial_indent=" " * 32, subsequent_indent=" " * 32, **_WHOLE)


def _cited(reference: Reference) -> str:
    authors = ", ".join(reference.authors).replace(", others", " et al.")
    place = [reference.journal or reference.publisher, reference.volume, reference.pages]
    text = f"{authors} ({reference.year}). {reference.title}. {', '.join(filter(None, place))}."
    return f"{text} https://doi.org/{reference.doi}" if reference.doi else text


def _entry(key: str, reference: Reference) -> str:
    kind = "article" if reference.journal else "book"
    authors = " and ".join(reference.authors)
    fields = {"author": authors, **reference.model_dump(exclude={"authors"}, exclude_none=True)}
    # Braces around the title keep the capitals of formulas
    fields["title"] = f"{{{reference.title}}}"
    body = ",\n".join(f"  {name} = {{{str(value).replace('&', chr(92) + '&')}}}" for name, value in fields.items())
    return f"@{kind}{{{key},\n{body},\n}}"
