"""Systems with a cathode on one side, and their findings; claims as in :mod:`tools.systems.lithium`."""

from __future__ import annotations

from tools.systems import measures as m
from tools.systems.findings import Finding, System

POINT = System(
    "LiCoO2 | LLZO, point contact",
    "Current passes through contact points; the oxide loses lithium unevenly and breaks into nanocrystals (Gong "
    "2017, 10.1021/jacs.6b13344).",
    "A lattice of discs in 3-D; a strip in 2-D, with diffusion of lithium in the oxide.",
    "Grains and their boundaries; a diffusivity that depends on direction. No resistance was measured.",
    (
        # (1 − √θ)^1.5/(4σaN): even current raises it by 8 %, few cells across a disc by some more
        Finding(
            "point theory",
            "constriction resistance relative to theory, radius 10 µm",
            m.over_theory("point"),
            (0.95, 1.12),
        ),
        Finding("point wide theory", "the same, radius 20 µm", m.over_theory("point wide"), (0.95, 1.12)),
        Finding("point dense theory", "the same, four times as many discs", m.over_theory("point dense"), (0.95, 1.12)),
        Finding(
            "point radius",
            "exponent of the resistance with the radius",
            m.power("point wide", "point", 2.0),
            (-1.1, -0.9),
        ),
        Finding(
            "point number",
            "exponent of the resistance with the number",
            m.power("point dense", "point", 4.0),
            (-1.1, -0.9),
        ),
        # σR/a = 0.15: current crowds at the rim; with R of 257 Ω cm² it is even
        Finding(
            "point hot spot",
            "current at the rim relative to the mean, 1 Ω cm²",
            m.end("point wide", "Hot spot [1]"),
            (1.1, 3),
        ),
        Finding("point even", "the same, 257 Ω cm²", m.end("point slow", "Hot spot [1]"), (0.95, 1.05)),
        Finding(
            "strip lowest",
            "lowest lithium content, a quarter in contact, mean 0.80",
            m.end("strip", "Lowest content [1]"),
            (0.4, 0.7),
        ),
        Finding(
            "strip",
            "spread of content, a quarter in contact, relative to half",
            m.spreads("strip", "strip wide"),
            (1.2, 5),
        ),
        Finding(
            "strip whole", "the same, full contact, relative to a quarter", m.spreads("strip whole", "strip"), (0, 0.6)
        ),
    ),
)

CARBONATE = System(
    "LiCoO2 | LLZO, heat treatment",
    "Li2CO3 forms at the interface when it is heated in CO2, and adds resistance (Vardar 2018, "
    "10.1021/acs.chemmater.8b01713). With a niobate barrier, the interface has about 50 Ω cm², a third of earlier "
    "values ('Fast Charge Transfer across the Li7La3Zr2O12 Solid Electrolyte/LiCoO2 Cathode Interface', 2020).",
    "Carbonate grows on the garnet, driven by the gas: CO2 sets the potential at the boundary, and heat acts by "
    "Arrhenius' law. The layer's resistance at room temperature is then part of the contact.",
    "Other products (La2Zr2O7, LaCoO3); water. Both conductivities of the carbonate are estimates.",
    (
        # three times 50 Ω cm²; the exchange current density is the library's, an estimate
        Finding("carbonate before", "LiCoO2 | LLZO before [Ω cm²]", m.contact_resistance("unbaked"), measured=150.0),
        Finding(
            "carbonate", "500 °C, 1 bar CO2, layer after 1 h [nm]", m.layer_at(m.HOUR, "carbonate", m.NM), (20, 200)
        ),
        # √10, less the layer at the start
        Finding(
            "carbonate time",
            "layer after 10 h, relative to that",
            m.ratio(m.layer("carbonate"), m.layer_at(m.HOUR, "carbonate")),
            (2.5, 3.3),
        ),
        Finding(
            "carbonate cool",
            "layer at 300 °C after 1 h, relative to that",
            m.ratio(m.layer("carbonate cool"), m.layer_at(m.HOUR, "carbonate")),
            (0.1, 0.8),
        ),
        Finding(
            "carbonate air",
            "layer in 400 ppm CO2 after 1 h, relative to that",
            m.ratio(m.layer("carbonate air"), m.layer_at(m.HOUR, "carbonate")),
            (0.3, 0.95),
        ),
        Finding(
            "carbonate free",
            "without CO2 (1e-9 bar), rest of 10 nm after 10 min [nm]",
            m.layer("carbonate free", m.NM),
            (-0.1, 1),
        ),
        Finding(
            "carbonate resistance",
            "layer of 10 h, resistance at room temperature [Ω cm²]",
            m.cold_resistance("Li2CO3", m.end("carbonate", m.LAYER, m.OHM_CM2)),
            (100, 1e4),
        ),
        Finding(
            "carbonate baked",
            "LiCoO2 | LLZO after, relative to before",
            m.ratio(m.contact_resistance("baked"), m.contact_resistance("unbaked")),
            (2, 50),
        ),
    ),
)

LNMO = System(
    "LiNi0.5Mn1.5O4 | LLZO",
    "Uneven loss of lithium; metal migrates into the channels of lithium and blocks them (Gong 2018, "
    "10.1038/s41467-018-05833-x). The best interface, of a film on Li3PO4, has 7.6 Ω cm² (Kawasoko 2018, ACS "
    "Applied Materials & Interfaces 10).",
    "Contact at strips, with diffusion of lithium in the spinel; a skin of low diffusivity.",
    "The migration itself. Thickness, diffusivity and position of the blocked layer are estimates.",
    (
        # an exchange current density that is an estimate, beside the best interface that was made
        Finding("lnmo interface", "full contact, interface [Ω cm²]", m.contact_resistance("lnmo whole"), measured=7.6),
        Finding("lnmo spread", "spread of content, half in contact, a quarter charged", m.end("lnmo", m.SPREAD)),
        Finding(
            "lnmo narrow",
            "the same, a quarter in contact, relative to that",
            m.spreads("lnmo narrow", "lnmo"),
            (1.2, 5),
        ),
        Finding(
            "lnmo whole",
            "the same, full contact, relative to half in contact",
            m.spreads("lnmo whole", "lnmo"),
            (0, 0.6),
        ),
        # four times quasi-steadily; less while the profile still builds up
        Finding(
            "lnmo fast",
            "the same, four times the rate, relative to half in contact",
            m.spreads("lnmo fast", "lnmo"),
            (1.5, 4),
        ),
        Finding(
            "lnmo blocked",
            "capacity to 4.9 V with a blocked layer, relative to none",
            m.ratio(m.capacity("lnmo blocked", 4.9), m.capacity("lnmo capacity", 4.9)),
            (0.2, 0.95),
        ),
    ),
)

NCM811 = System(
    "NCM811 | LGPS",
    "The sulfide is oxidised, and a skin of rock salt forms: the resistance rises and the capacity falls (Li 2019, "
    "10.1021/acsenergylett.9b01676).",
    "The oxidised layer behind the skin; then a particle that is charged through the skin and through that layer's "
    "resistance.",
    "Cracks; growth of the skin. All values of skin and layer are estimates.",
    (
        Finding("ncm811 resistance", "skin and layer after 100 h [Ω cm²]", m.resistance("ncm811")),
        Finding("ncm811 exponent", "d ln L/d ln t", m.exponent("ncm811"), (0.45, 0.55)),
        # jh/(F D c) of 20 nm takes 0.082 of the sites off the 0.63 that 4.2 V give
        Finding(
            "particle skin",
            "capacity to 4.2 V with 20 nm of rock salt, relative to none",
            m.ratio(m.capacity("particle skin", 4.2), m.capacity("particle", 4.2)),
            (0.82, 0.92),
        ),
        # 34 mV of the 0.94 V that the potential falls over all sites
        Finding(
            "particle layer",
            "capacity with the layer's resistance, relative to none",
            m.ratio(m.capacity("particle layer", 4.2), m.capacity("particle", 4.2)),
            (0.92, 0.97),
        ),
        Finding(
            "particle both",
            "capacity with both, relative to none",
            m.ratio(m.capacity("particle both", 4.2), m.capacity("particle", 4.2)),
            (0.75, 0.87),
        ),
    ),
)

BREATHING = System(
    "NCM811 | LGPS, breathing",
    "The oxide shrinks by 5.1 % up to 4.3 V (Kondrakov 2017, 10.1021/acs.jpcc.6b12885). With Li3PS4, under 64 MPa, "
    "spherical gaps lie around the particles after the first charge; 70.5 % of it comes back in the discharge, and "
    "further cycles lose 1 to 2 % each (Koerver 2017, 10.1021/acs.chemmater.7b00931; numbers of the text read "
    "second-hand).",
    "A sphere in a shell of electrolyte under the stack pressure, whose bonds fail by a cohesive law; ten cycles.",
    "Growth of the oxidised layer, which Koerver also holds responsible; fatigue; flow of the sulfide; particles that "
    "lose all contact. Adhesion, strength, hardness, and the resistance of the layer are estimates.",
    (
        Finding("breathing first, 1 MPa", "first discharge over first charge, 1 MPa", m.efficiency("breathing 1 MPa")),
        Finding("breathing first, 50 MPa", "the same at 50 MPa", m.efficiency("breathing 50 MPa")),
        Finding(
            "breathing first, 64 MPa", "the same at 64 MPa", m.efficiency("breathing 64 MPa"), (0.63, 0.78), 0.705
        ),
        Finding("breathing kept", "charge of the tenth cycle over the first, 1 MPa", m.kept("breathing 1 MPa", 10)),
        Finding("breathing pressed", "the same at 50 MPa", m.kept("breathing 50 MPa", 10)),
        Finding("breathing contact", "contact after ten cycles, 1 MPa", m.end("breathing 1 MPa", "Contact [1]")),
        Finding("breathing contact, 50 MPa", "the same at 50 MPa", m.end("breathing 50 MPa", "Contact [1]")),
        Finding(
            "breathing resistance",
            "resistance after ten cycles, 1 MPa over 50 MPa",
            m.ratio(
                m.end("breathing 1 MPa", "Total resistance [ohm m2]"),
                m.end("breathing 50 MPa", "Total resistance [ohm m2]"),
            ),
            (1.2, 20),
        ),
    ),
)

NCM523 = System(
    "NCM523 | Li3PS4, bare and under Li3B11O18",
    "The resistance is constant with the borate, and rises without it (Zhang 2020, 10.1002/aenm.201903778).",
    "Oxidation of the sulfide; 5 nm of borate as a resolved phase.",
    "Thickness and conductivities of borate and product are estimates.",
    (
        Finding(
            "ncm523 bare", "bare: rise of R in 100 h [Ω cm²]", m.gain("ncm523", m.RESISTANCE, m.OHM_CM2), (20, 200)
        ),
        Finding(
            "ncm523 coated",
            "5 nm Li3B11O18: rise of R [Ω cm²]",
            m.gain("ncm523 coated", m.RESISTANCE, m.OHM_CM2),
            (0, 10),
        ),
        Finding("ncm523 film", "5 nm Li3B11O18: R after 100 h [Ω cm²]", m.resistance("ncm523 coated")),
    ),
)

FILM = System(
    "LiCoO2 film, rough and flat",
    "8.6 Ω cm² where the film is atomically flat (Haruta 2015, Nano Letters 15, 1498), far more where it is rough.",
    "Random contact spots in 3-D, or full contact; charge transfer of 8.6 Ω cm² everywhere.",
    "Effects of roughness other than contact. The size of the spots is an estimate; 8.6 Ω cm² is an input.",
    (
        Finding(
            "film rougher", "a tenth in contact, interface [Ω cm²]", m.contact_resistance("film rougher"), (86, 860)
        ),
        # at least by the area, a fifth; more by what the spots crowd
        Finding("film rough", "a fifth in contact, interface [Ω cm²]", m.contact_resistance("film rough"), (43, 172)),
        Finding(
            "film flat", "full contact, interface [Ω cm²]", m.contact_resistance("film flat"), (8.4, 8.8), 8.6, "input"
        ),
    ),
)

SYSTEMS = (POINT, CARBONATE, LNMO, NCM811, BREATHING, NCM523, FILM)
