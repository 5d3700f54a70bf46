"""What a model measures, said once: tables, charts, studies and reports follow from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column of ``history.csv``.

    Attributes
    ----------
    name : str
        What it is; with the unit in brackets it is the column's head.
    unit : str
        SI unit of the column, in ASCII; "1" for a plain number.
    shown : str
        Unit for people, of :mod:`phasefield.units`; empty where no table or chart shows it.
    compare : tuple of str
        How ``phasefield compare`` reduces the column to a number, a line of its table for each.
    chart : bool
        Whether it is drawn against time.
    study : bool
        Whether a study draws it where the study does not say what to draw.
    closes : str
        Of a balance: what against what. The column is then the relative error of that balance.
    """

    name: str
    unit: str
    shown: str = ""
    compare: tuple[str, ...] = ("end",)
    chart: bool = False
    study: bool = False
    closes: str = ""

    @property
    def head(self) -> str:
        """As it stands in ``history.csv``."""
        return f"{self.name} [{self.unit}]"
