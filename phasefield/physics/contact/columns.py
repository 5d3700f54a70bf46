"""Columns of an electrode in partial contact; the last ones exist only with mechanics."""

from phasefield.physics.common.columns import CHARGE_CLOSURE, CHARGE_PASSED, CURRENT, Column, Derived

RESISTANCE = "ohm m2"
COLUMNS = (
    CURRENT,
    Column("Cell voltage", "V", "V", chart=True, study=True),
    CHARGE_PASSED,
    Column("Charge stored", "C/m2", "µAh/cm²"),
    CHARGE_CLOSURE,
    Column("Mean content", "1", "1", chart=True, title="Mean lithium content"),
    Column("Spread of content", "1", "1", chart=True),
    Column("Lowest content", "1"),
    Column("Highest content", "1"),
    Column("Electrolyte resistance", RESISTANCE, "Ω cm²", title="Electrolyte", undefined=True),
    Column(
        "Constriction resistance", RESISTANCE, "Ω cm²", chart=True, study=True, title="Constriction", undefined=True
    ),
    Column("Interface resistance", RESISTANCE, "Ω cm²", title="Charge transfer and layer", undefined=True),
    Column("Electrode resistance", RESISTANCE, undefined=True),
    Column("Total resistance", RESISTANCE, "Ω cm²", compare=(), chart=True, undefined=True),
    Column("Hot spot", "1", "1", chart=True, title="Hot spot, largest over mean current", undefined=True),
    Column("Contact", "1", "1", chart=True, study=True, title="Contact fraction"),
    Column("Pressure on the contact", "Pa", "MPa", chart=True),
    Column("Gap", "m", "nm"),
    Column("Volume change", "1", "1"),
)
DERIVED: tuple[Derived, ...] = ()
