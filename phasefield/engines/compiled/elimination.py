"""Rates of change taken out of the equations of other fields.

A charge balance holds the ∂ξ/∂t of the front's own equation. Subtracting that equation, times a number, replaces the
rate by what it is due to, the reaction. The solution is the same; but the reaction's conductance then stands on the
diagonal of the potential, where a preconditioner of that block alone sees it.
"""

from __future__ import annotations

from collections.abc import Sequence

from phasefield.engines.compiled.stencil import Assembler, Balance


def settled(balances: Sequence[Balance], assembler: Assembler) -> list[Balance]:
    """Balances whose rates of change are theirs alone, as far as numbers can make them so.

    Parameters
    ----------
    balances : sequence of Balance
        By unknown; their `rates` are still to be booked.
    assembler : Assembler

    Returns
    -------
    list of Balance
        The k-th with the rate of the k-th unknown, without those of others that are the only rate in their own balance.
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
    """Balances with all the rates that FiPy's equations have."""
    for balance in balances:
        for j, rate in balance.rates.items():
            assembler.book(balance, j, rate)
    return list(balances)
