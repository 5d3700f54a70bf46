"""The page of `phasefield verify`: Markdown, HTML and JSON from the same outcomes."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from phasefield import __version__
from phasefield.verify.case import KINDS, Case, Source
from phasefield.verify.outcome import Outcome, Row

HEADS = ("quantity", "theirs", "from", "coarse", "fine", "extrapolated", "fine is off by", "bound", "verdict")
MARKS = {"**": "b", "*": "i", "`": "code"}
READING = (
    "Each case is solved at two resolutions. *Extrapolated* is the limit of vanishing size by Richardson's formula, "
    "with the order that the case gives. The verdict is on the finer run: its deviation, relative to their number, "
    "must not exceed the bound. Bounds stand in the files of the cases (`phasefield/verify/cases`) since before the "
    "run of this page; where one was set after a trial, the case says so.",
    "*Their* number is that of a formula; or of the same equations, solved in another way; or a published result of "
    "another program; or, where we found none, of a finer run of ours, which says only that our runs converge. "
    "Formulas and other methods are written in the files of the cases, not taken from the program. Cost is CPU time "
    "of both runs on one core, with the compilation of kernels that were not in the cache.",
)


def numbers(outcomes: Sequence[Outcome]) -> tuple[int, int]:
    """Numbers within their bounds, and all numbers."""
    total = sum(len(outcome.case.quantities) for outcome in outcomes)
    return total - sum(outcome.misses for outcome in outcomes), total


def markdown(outcomes: Sequence[Outcome], command: str) -> str:
    """The page as Markdown."""
    parts = [
        "# Our numbers beside those of others",
        f"<!-- Made by `{command}`; do not edit. -->",
        _summary(outcomes, command),
        *READING,
        _table(
            ("case", "numbers within bounds", "CPU time [s]"),
            [(f"[{o.case.title}](#{_anchor(o.case.title)})", _count(o), f"{o.cost:.1f}") for o in outcomes],
        ),
        *(part for outcome in outcomes for part in _section(outcome)),
    ]
    return "\n\n".join(parts) + "\n"


def html(outcomes: Sequence[Outcome], command: str) -> str:
    """The page as HTML, in one file."""
    parts = [f"<h1>Our numbers beside those of others</h1><p>{_inline(_summary(outcomes, command))}</p>"]
    parts += [f"<p>{_inline(text)}</p>" for text in READING]
    for outcome in outcomes:
        case = outcome.case
        parts.append(f"<h2>{escape(case.title)}</h2><p>{_inline(case.tests, '`')}</p>")
        parts.append("<p>" + "; ".join(_html_source(source) for source in case.sources) + f"</p><p>{_how(case)}</p>")
        parts += [f"<p>{_inline(case.note, '`')}</p>"] if case.note else []
        if outcome.failure:
            parts.append(f"<p class=missed>failed: {escape(outcome.failure)}</p>")
        else:
            head = "".join(f"<th>{name}</th>" for name in HEADS)
            rows = "".join(_html_row(row) for row in outcome.rows)
            parts.append(f"<table><tr>{head}</tr>{rows}</table>")
        parts.append(f"<p>{outcome.cost:.1f} s of CPU time</p>")
    style = (
        "body{font-family:sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
        "td,th{padding:.2em .7em;text-align:left}tr:nth-child(even){background:#f3f3f3}.missed{color:#b00000}"
    )
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>phasefield verify</title><style>{style}</style>"
    return head + "\n".join(parts) + "\n</html>\n"


def data(outcomes: Sequence[Outcome], command: str) -> str:
    """The page as JSON, with all digits."""
    within, total = numbers(outcomes)
    return json.dumps(
        {
            "command": command, "version": __version__, "date": _today(), "machine": platform.machine(),
            "python": platform.python_version(), "within": within, "total": total,
            "cases": [_json_case(outcome) for outcome in outcomes],
        },
        indent=1, ensure_ascii=False,
    )  # fmt: skip


def _json_case(outcome: Outcome) -> dict[str, Any]:
    case = outcome.case
    return {
        "name": case.name, "title": case.title, "tests": case.tests, "full": case.full, "note": case.note,
        "sources": [{"text": source.text, "link": source.link} for source in case.sources],
        "sizes": list(case.sizes), "size": case.size_means, "order": case.order,
        "cpu_seconds": round(outcome.cost, 2), "held": outcome.held, "failure": outcome.failure,
        "numbers": [_json_row(row) for row in outcome.rows],
    }  # fmt: skip


def _json_row(row: Row) -> dict[str, Any]:
    q = row.quantity
    return {
        "name": q.name, "unit": q.unit, "theirs": row.theirs, "kind": q.kind, "coarse": row.coarse, "fine": row.fine,
        "extrapolated": row.limit, "deviation": row.deviation, "bound": q.bound, "held": row.held,
    }  # fmt: skip


def _summary(outcomes: Sequence[Outcome], command: str) -> str:
    within, total = numbers(outcomes)
    cost = sum(outcome.cost for outcome in outcomes)
    missed = [outcome.case.title for outcome in outcomes if not outcome.held]
    return (
        f"`{command}` of version {__version__}, {_today()}: **{within} of {total} numbers are within their bounds**, "
        f"in {cost:.0f} s of CPU time. Missed: {'; '.join(missed) or 'none'}."
    )


def _section(outcome: Outcome) -> list[str]:
    case = outcome.case
    sources = "; ".join(f"[{s.text}]({s.link})" if s.link else s.text for s in case.sources)
    result = f"**Failed**: {outcome.failure}" if outcome.failure else _table(HEADS, map(_cells, outcome.rows))
    parts = [f"## {case.title}", case.tests, f"Source: {sources}.", _how(case), result]
    return [*parts, case.note] if case.note else parts


def _how(case: Case) -> str:
    coarse, fine = case.sizes
    return f"Coarse and fine, {case.size_means}: {coarse:g} and {fine:g}; order {case.order:g}. Name: {case.name}."


def _cells(row: Row) -> tuple[str, ...]:
    q = row.quantity
    unit = "" if q.unit == "1" else f" [{q.unit}]"
    shown = (f"{value:.5g}" for value in (row.coarse, row.fine, row.limit))
    verdict = "held" if row.held else "**missed**"
    return (
        q.name + unit, f"{row.theirs:.5g}", KINDS[q.kind], *shown, f"{round(100 * row.deviation, 2) + 0.0:+.2f} %",
        f"{100 * q.bound:g} %", verdict,
    )  # fmt: skip


def _html_row(row: Row) -> str:
    cells = "".join(f"<td>{escape(cell.strip('*'))}</td>" for cell in _cells(row))
    return f"<tr{'' if row.held else ' class=missed'}>{cells}</tr>"


def _html_source(source: Source) -> str:
    text = escape(source.text)
    return f'<a href="{escape(source.link)}">{text}</a>' if source.link else text


def _inline(text: str, *marks: str) -> str:
    """HTML of a text with marks of Markdown in pairs; by default those of the page's own sentences."""
    text = escape(text)
    for mark in marks or MARKS:
        tag, parts = MARKS[mark], text.split(mark)
        text = parts[0] + "".join(f"<{tag}>{p}" if k % 2 else f"</{tag}>{p}" for k, p in enumerate(parts[1:], 1))
    return text


def _count(outcome: Outcome) -> str:
    total = len(outcome.case.quantities)
    count = f"{total - outcome.misses} of {total}"
    return count if outcome.held else f"**{count}**"


def _table(heads, rows) -> str:
    lines = [tuple(heads), ("---",) * len(tuple(heads)), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _anchor(title: str) -> str:
    """Of a heading, as GitHub makes it."""
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c in "-_")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
