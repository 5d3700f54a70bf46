"""Columns of an interphase; some exist only with a coating that is consumed, some only with mechanics."""

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
    Column("Mean stress along the layer", "Pa", "MPa"),
    Column("Largest tension in the layer", "Pa", "MPa", undefined=True),
    Column("Largest tension in the electrolyte", "Pa", "MPa", undefined=True),
    Column("Elastic energy", "J/m2", "J/m²"),
    Column("Displacement of the top", "m", "nm"),
    Column("Energy release rate", "J/m2", "J/m²", title="Energy release rate of a crack along the layer"),
    Column("Critical thickness", "m", "nm", title="Thickness at which the layer cracks", undefined=True),
    Column("Critical flaw in the electrolyte", "m", "nm", title="Flaw that grows in the electrolyte", undefined=True),
    Column("Energy of cracks", "J/m2", "J/m²"),
    Column("Crack length", "m", "µm", title="Length of cracks"),
    Column("Height of cracks", "m", "µm"),
    Column("Crack velocity", "m/s", "nm/s"),
)
DERIVED = (
    Derived("planned_thickness", "Thickness of a flat layer, theory", "m", "nm", after="Thickness"),
    Derived("film_stress", "Stress along a flat layer, theory", "Pa", "MPa", after="Mean stress along the layer"),
    Derived(
        "critical_thickness", "Thickness at which a flat layer cracks, theory", "m", "nm", after="Critical thickness"
    ),
)
