"""What is measured of lithium on a layer."""

from phasefield.physics.common.columns import CHARGE_CLOSURE, CHARGE_PASSED, Column, Derived

COLUMNS = (
    Column("Contact fraction", "1", "1", chart=True, study=True),
    Column("Contact angle", "deg", "°", chart=True, study=True, undefined=True),
    Column("Tip height", "m"),
    Column("Height over the layer", "m", "nm", chart=True, study=True),
    Column("Lithium", "m", "nm"),
    Column("Pressure", "Pa", "MPa"),
    Column("Potential", "V", "µV", chart=True),
    CHARGE_PASSED,
    Column("Charge plated", "C/m2", "µAh/cm²"),
    CHARGE_CLOSURE,
    Column("Layer closure", "1", closes="layer"),
)
DERIVED = (Derived("lithium_angle", "Angle through lithium, theory", "deg", "°", after="Contact angle"),)
