"""Measured values of a model that is a single class: those that it declares."""

from __future__ import annotations

from phasefield.errors import RunError
from phasefield.physics.common.balance import Balance
from phasefield.physics.common.case import Record
from phasefield.physics.common.columns import Column
from phasefield.physics.common.view import FieldView


class CustomRecord(Record):
    """The columns of a model, and the balance errors of its conserved amounts.

    Attributes
    ----------
    columns : tuple of Column
        Columns of the model, and one for each conserved amount.
    start : dict of float
        The conserved amounts at the start.
    """

    kept = ("start",)

    def __init__(self, engine, case):
        self.model, self.view = case.model, FieldView(engine, case)
        self.start = {name: float(amount) for name, amount in self.model.conserved(self.view).items()}
        self.columns = (*self.model.columns, *map(_closure, self.start))

    def update(self, dt):
        """Does nothing: there are no sums over steps."""

    def balances(self):
        """Balances of the conserved amounts, relative to the start, since the amounts that move are unknown here."""
        amounts = self.model.conserved(self.view)
        return {
            _closure(name).name: Balance(float(amounts[name]) - start, abs(start) or 1.0, 0.0, start)
            for name, start in self.start.items()
        }

    def row(self, time):
        """Columns of the present state.

        Raises
        ------
        RunError
            The model measures other quantities than its columns.
        """
        found = dict(self.model.measure(self.view))
        names = [column.name for column in self.model.columns]
        if found.keys() != set(names):
            raise RunError(
                f"{type(self.model).__name__}.measure gives {', '.join(found) or 'nothing'}; "
                f"its columns are {', '.join(names) or 'none'}"
            )
        amounts = self.model.conserved(self.view)
        for name, start in self.start.items():
            found[_closure(name).name] = (amounts[name] - start) / (abs(start) or 1.0)
        return {name: float(value) for name, value in found.items()}

    def summary(self, row):
        """The first columns that are shown."""
        shown = [column for column in self.model.columns if column.shown][:2]
        return ", ".join(f"{column.name} {row[column.name] / column.per_unit:.4g} {column.shown}" for column in shown)


def _closure(amount: str) -> Column:
    return Column(f"{amount} closure", "1", closes=f"{amount[:1].lower()}{amount[1:]} against that at the start")
