"""The columns of ``history.csv`` as a page: ``python -m tools.columns > docs/columns.md``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from phasefield.compare import lines
from phasefield.physics import registry
from phasefield.physics.common.columns import AFTER, BEFORE, Column

HEAD = """\
# Columns of `history.csv`

<!-- Made by `python -m tools.columns > docs/columns.md`; edit phasefield/physics/*/columns.py instead. -->

One row per accepted step. The unit in brackets is part of the head: `run.history["Tip height [m]"]`. A run has the
columns that apply to it: those of a coating, a host or an interphase only where there is one. Each run directory says
in `resolved.json`, under `"columns"`, what its model measures, and under `"derived_shown"`, which numbers that follow
from the deck are shown beside it.

The lines are those of `phasefield compare`, which are also the outcomes of a study; a study that does not say what to
draw draws those marked so. The chart is the one that `phasefield render` draws against time.
"""


def page() -> str:
    """The whole page."""
    every = ["", "## Of every run", "", *_table((*BEFORE, *AFTER))]
    return HEAD + "\n".join([*every, *(line for model in registry.names() for line in _chapter(model))]) + "\n"


def _chapter(model: str) -> Iterator[str]:
    yield from ("", f'## Of `model = "{model}"`', "")
    yield from _table(registry.columns(model))
    if derived := registry.derived(model):
        yield from ("", "And of the numbers that follow from the deck:", "")
        yield from (f"- `{number.line}`, which is `derived.{number.key}`" for number in derived)


def _table(columns: Iterable[Column]) -> Iterator[str]:
    yield from ("| column | lines of compare | chart | study |", "| --- | --- | --- | --- |")
    for column in columns:
        heads = ", ".join(f"`{quantity.head}`" for group in lines([column]) for quantity in group)
        yield f"| `{column.head}` | {heads} | {'yes' * column.chart} | {'yes' * column.study} |"


if __name__ == "__main__":
    print(page(), end="")
