"""Elimination of rates of change from the equations of other fields.

A charge balance contains the ∂ξ/∂t of the front's equation. Subtracting a multiple of that equation replaces the rate
by the reaction that causes it. The solution is the same, but the reaction's conductance is then on the diagonal of the
potential's block, where a preconditioner of that block alone includes it.
"""

from __future__ import annotations

from collections.abc import Sequence

from phasefield.engines.compiled.stencil import Assembler, Balance


def settled(balances: Sequence[Balance], assembler: Assembler) -> list[Balance]:
    """Balances from which the rates of other unknowns are eliminated, as far as constant multiples allow.

    Parameters
    ----------
    balances : sequence of Balance
        By unknown; their `rates` have not been added yet.
    assembler : Assembler

    Returns
    -------
    list of Balance
        The k-th has the rate of the k-th unknown, and no rate of another that is the only rate in its own balance.
    """
    alone = {k for k, b in enumerate(balances) if set(b.rates) == {k} and b.rates[k] != 0}
    out = []
    for k, balance in enumerate(balances):
        total = Balance()
        total.add(balance)
        for j, rate in balance.rates.items():
            if j != k and j in alone:
                total.add(balances[j], -rate / balances[j].rates[j])
            else:
                assembler.book(total, j, rate)
        out.append(total)
    return out


def booked(balances: Sequence[Balance], assembler: Assembler) -> list[Balance]:
    """Balances to which all rates of FiPy's equations are added."""
    for balance in balances:
        for j, rate in balance.rates.items():
            assembler.book(balance, j, rate)
    return list(balances)
