"""A run as a notebook shows it: its state, a picture, and the table of ``phasefield compare``."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from phasefield.errors import PhasefieldError, printable

if TYPE_CHECKING:
    from phasefield.io.rundir import Run


def html_of(run: Run) -> str:
    """One piece of HTML. Texts of the run are escaped; what cannot be shown is replaced by the reason."""
    parts = [f"<h4>{_text(run.name)}</h4>", _or_reason(run, _state), _or_reason(run, _picture), _or_reason(run, _table)]
    return f"<div>{''.join(parts)}</div>"


def _or_reason(run: Run, part) -> str:
    try:
        return part(run)
    except (PhasefieldError, ImportError) as error:
        return f"<p><em>{_text(str(error))}</em></p>"


def _state(run: Run) -> str:
    from phasefield.compare import standing

    title = run.resolved["deck"].get("title") or ""
    return f"<p>{_text(title)}<br>{_text(standing(run))}</p>"


def _picture(run: Run) -> str:
    from phasefield.postprocess.style import inlined

    return f'<img alt="{_text(run.name)}" src="{inlined(run.plot())}">'


def _table(run: Run) -> str:
    from phasefield.compare import compared

    rows = (row for group in compared([run]) for row in group)
    body = "".join(f"<tr><td>{_text(head)}</td><td>{_text(value)}</td></tr>" for head, value in rows)
    return f"<table><tbody>{body}</tbody></table>"


def _text(text: str) -> str:
    return escape(printable(text))
