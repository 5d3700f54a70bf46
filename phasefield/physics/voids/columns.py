"""What is measured of voids at an interface."""

from phasefield.physics.common.columns import CHARGE_CLOSURE, CHARGE_PASSED, CURRENT, Column, Derived

COLUMNS = (
    CURRENT,
    Column("Cell voltage", "V", "mV", chart=True, study=True),
    Column("Contact", "1", "1", chart=True, study=True, title="Contact fraction"),
    Column("Lowest contact", "1", "1"),
    Column("Void thickness", "m", "µm", chart=True, study=True, title="Voids, volume per area"),
    Column("Current density in contact", "A/m2", "mA/cm²", compare=("end", "largest"), chart=True, study=True,
           title="Largest current density in contact"),
    Column("Hot spot", "1", "1", chart=True, title="Hot spot, largest over mean current", undefined=True),
    Column("Creep thickness", "m", "µm", title="Voids closed by creep, volume per area"),
    CHARGE_PASSED,
    Column("Charge stripped", "C/m2", "µAh/cm²"),
    Column("Charge plated", "C/m2", "µAh/cm²"),
    CHARGE_CLOSURE,
    Column("Void closure", "1", closes="void volume against stripping and creep"),
)  # fmt: skip
DERIVED = (
    Derived("steady_contact", "Contact that creep keeps, theory", "1", "1", after="Contact"),
)
