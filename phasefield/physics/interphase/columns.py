"""Columns of an interphase; the last three only with a coating that is consumed."""

from phasefield.physics.common.columns import CARRIER_CLOSURE, CHARGE_CLOSURE, CHARGE_PASSED, Column, Derived

COLUMNS = (
    Column("Thickness", "m", "nm", chart=True, study=True),
    Column("Largest height", "m"),
    Column("Smallest height", "m"),
    Column("Roughness", "m", "nm"),
    Column("Growth rate", "m/s", "nm/h"),
    Column("Leakage current density", "A/m2", "µA/cm²", compare=(), chart=True),
    Column("Lithium consumed", "mol/m2"),
    Column("Charge consumed", "C/m2", "µAh/cm²", title="Lithium consumed"),
    CHARGE_PASSED,
    CHARGE_CLOSURE,
    CARRIER_CLOSURE,
    Column("Resistance", "ohm m2", "Ω cm²", chart=True, study=True, title="Resistance of layer and coating"),
    Column("Potential at the front", "V", "V"),
    Column("Coating consumed", "1"),
    Column("Coating consumed", "m"),
    Column("Lithium taken by the coating", "mol/m2"),
)
DERIVED = (Derived("planned_thickness", "Thickness of a flat layer, theory", "m", "nm", after="Thickness"),)
