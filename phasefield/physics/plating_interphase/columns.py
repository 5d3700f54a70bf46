"""Columns of plating over an interphase."""

from phasefield.physics.common.columns import (
    CARRIER_CLOSURE,
    CHARGE_CLOSURE,
    CHARGE_PASSED,
    CURRENT,
    SHORT_CIRCUIT,
    Column,
    Derived,
)

LOST = "Lithium lost to the interphase"
COLUMNS = (
    CURRENT,
    Column("Cell voltage", "V", "mV", chart=True, study=True),
    CHARGE_PASSED,
    Column("Charge plated", "C/m2", "µAh/cm²", chart=True),
    Column("Charge lost to the interphase", "C/m2", "µAh/cm²", chart=True, title=LOST),
    Column("Charge stored in the host", "C/m2"),
    CHARGE_CLOSURE,
    CARRIER_CLOSURE,
    Column("Tip height", "m", "nm", chart=True, study=True),
    Column("Least lithium", "m"),
    Column("Mean thickness", "m"),
    Column("Roughness", "m", "nm"),
    Column("Interphase thickness", "m", "nm", chart=True, study=True),
    Column("Isolated lithium", "m", "nm", chart=True),
    SHORT_CIRCUIT,
    # One for each lateral axis
    Column("Tip position x", "m", "nm", title="Tip at x"),
    Column("Tip position y", "m"),
)
DERIVED: tuple[Derived, ...] = ()
