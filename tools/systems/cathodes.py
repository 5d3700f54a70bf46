"""Systems with a cathode on one side, and what each is judged by; claims as in :mod:`tools.systems.lithium`."""

from __future__ import annotations

from tools.systems import measures as m
from tools.systems.findings import Finding, System

POINT = System(
    "LiCoO2 | LLZO, point contact",
    "current through points of contact; the oxide is delithiated unevenly and breaks into nanocrystals (Gong 2017, "
    "10.1021/jacs.6b13344)",
    "a lattice of discs in 3-D; a strip in 2-D, lithium diffusing in the oxide",
    "grains and their boundaries; a diffusivity that depends on direction; no resistance was measured",
    (
        # (1 − √θ)^1.5/(4σaN): even current raises it by 8 %, few cells across a disc by some more
        Finding("point theory", "constriction over that of theory, 10 µm", m.over_theory("point"), (0.95, 1.12)),
        Finding("point wide theory", "the same, 20 µm", m.over_theory("point wide"), (0.95, 1.12)),
        Finding("point dense theory", "the same, four times as many", m.over_theory("point dense"), (0.95, 1.12)),
        Finding("point radius", "its exponent against the radius", m.power("point wide", "point", 2.0), (-1.1, -0.9)),
        Finding("point number", "and against the number", m.power("point dense", "point", 4.0), (-1.1, -0.9)),
        # σR/a = 0.15: current crowds at the rim; with R of 257 Ω cm² it is even
        Finding(
            "point hot spot", "current at the rim over the mean, 1 Ω cm²", m.end("point wide", "Hot spot [1]"), (1.1, 3)
        ),
        Finding("point even", "the same, 257 Ω cm²", m.end("point slow", "Hot spot [1]"), (0.95, 1.05)),
        Finding(
            "strip lowest",
            "lowest content of lithium, a quarter in contact, mean 0.80",
            m.end("strip", "Lowest content [1]"),
            (0.4, 0.7),
        ),
        Finding("strip", "spread of content, over that of half in contact", m.spreads("strip", "strip wide"), (1.2, 5)),
        Finding("strip whole", "whole contact, over a quarter", m.spreads("strip whole", "strip"), (0, 0.6)),
    ),
)

CARBONATE = System(
    "LiCoO2 | LLZO, heat treatment",
    "Li2CO3 forms at the interface where heat meets CO2, and resists (Vardar 2018, 10.1021/acs.chemmater.8b01713); "
    "about 50 Ω cm² with a barrier of niobate, a third of what was reported before ('Fast Charge Transfer across the "
    "Li7La3Zr2O12 Solid Electrolyte/LiCoO2 Cathode Interface', 2020)",
    "carbonate grows on the garnet, driven by the gas: CO2 is the potential at the boundary, heat acts by Arrhenius' "
    "law; its resistance at room temperature goes into the contact",
    "other products (La2Zr2O7, LaCoO3); water; both conductivities of the carbonate are estimates",
    (
        # three times 50 Ω cm²; the exchange current density is the library's, an estimate
        Finding("carbonate before", "LiCoO2 | LLZO before [Ω cm²]", m.contact_resistance("unbaked"), measured=150.0),
        Finding(
            "carbonate", "500 °C, 1 bar CO2, layer after 1 h [nm]", m.layer_at(m.HOUR, "carbonate", m.NM), (20, 200)
        ),
        # √10, less the layer at the start
        Finding(
            "carbonate time",
            "after 10 h, over that",
            m.ratio(m.layer("carbonate"), m.layer_at(m.HOUR, "carbonate")),
            (2.5, 3.3),
        ),
        Finding(
            "carbonate cool",
            "300 °C, 1 h, over that",
            m.ratio(m.layer("carbonate cool"), m.layer_at(m.HOUR, "carbonate")),
            (0.1, 0.8),
        ),
        Finding(
            "carbonate air",
            "400 ppm CO2, 1 h, over that",
            m.ratio(m.layer("carbonate air"), m.layer_at(m.HOUR, "carbonate")),
            (0.3, 0.95),
        ),
        Finding(
            "carbonate free",
            "no CO2 (1e-9 bar), left of 10 nm after 10 min [nm]",
            m.layer("carbonate free", m.NM),
            (-0.1, 1),
        ),
        Finding(
            "carbonate resistance",
            "10 h, layer at room temperature [Ω cm²]",
            m.cold_resistance("Li2CO3", m.end("carbonate", m.LAYER, m.OHM_CM2)),
            (100, 1e4),
        ),
        Finding(
            "carbonate baked",
            "LiCoO2 | LLZO, interface after over before",
            m.ratio(m.contact_resistance("baked"), m.contact_resistance("unbaked")),
            (2, 50),
        ),
    ),
)

LNMO = System(
    "LiNi0.5Mn1.5O4 | LLZO",
    "uneven delithiation; metal migrates and blocks the channels of lithium (Gong 2018, 10.1038/s41467-018-05833-x); "
    "7.6 Ω cm² at best, of a film at Li3PO4 (Kawasoko 2018, ACS Applied Materials & Interfaces 10)",
    "contact at strips, lithium diffusing in the spinel; a skin of low diffusivity",
    "the migration itself; thickness and diffusivity of the blocked layer, and its place, are estimates",
    (
        # an exchange current density that is an estimate, beside the best interface that was made
        Finding(
            "lnmo interface", "whole contact, interface [Ω cm²]", m.contact_resistance("lnmo whole"), measured=7.6
        ),
        Finding("lnmo spread", "spread of content, half in contact, a quarter charged", m.end("lnmo", m.SPREAD)),
        Finding("lnmo narrow", "a quarter in contact, over that", m.spreads("lnmo narrow", "lnmo"), (1.2, 5)),
        Finding("lnmo whole", "whole contact, over that", m.spreads("lnmo whole", "lnmo"), (0, 0.6)),
        # four times quasi-steadily; less while the profile still builds up
        Finding("lnmo fast", "four times the rate, over that", m.spreads("lnmo fast", "lnmo"), (1.5, 4)),
        Finding(
            "lnmo blocked",
            "capacity to 4.9 V, blocked layer over none",
            m.ratio(m.capacity("lnmo blocked", 4.9), m.capacity("lnmo capacity", 4.9)),
            (0.2, 0.95),
        ),
    ),
)

NCM811 = System(
    "NCM811 | LGPS",
    "the sulfide is oxidised and a skin of rock salt forms: resistance rises, capacity falls (Li 2019, "
    "10.1021/acsenergylett.9b01676)",
    "the oxidised layer behind the skin; then a particle charged through skin and that layer's resistance",
    "cracks; growth of the skin; everything of skin and layer is an estimate",
    (
        Finding("ncm811 resistance", "skin and layer after 100 h [Ω cm²]", m.resistance("ncm811")),
        Finding("ncm811 exponent", "d ln L/d ln t", m.exponent("ncm811"), (0.45, 0.55)),
        # jh/(F D c) of 20 nm takes 0.082 of the sites off the 0.63 that 4.2 V give
        Finding(
            "particle skin",
            "capacity to 4.2 V with 20 nm of rock salt, over none",
            m.ratio(m.capacity("particle skin", 4.2), m.capacity("particle", 4.2)),
            (0.82, 0.92),
        ),
        # 34 mV of the 0.94 V that the potential falls over all sites
        Finding(
            "particle layer",
            "with the layer's resistance, over none",
            m.ratio(m.capacity("particle layer", 4.2), m.capacity("particle", 4.2)),
            (0.92, 0.97),
        ),
        Finding(
            "particle both",
            "with both, over none",
            m.ratio(m.capacity("particle both", 4.2), m.capacity("particle", 4.2)),
            (0.75, 0.87),
        ),
    ),
)

NCM523 = System(
    "NCM523 | Li3PS4, bare and under Li3B11O18",
    "resistance flat with the borate, rising without (Zhang 2020, 10.1002/aenm.201903778)",
    "oxidation of the sulfide; 5 nm of borate as a resolved phase",
    "thickness and conductivities of borate and product are estimates",
    (
        Finding(
            "ncm523 bare", "bare, rise of R in 100 h [Ω cm²]", m.gain("ncm523", m.RESISTANCE, m.OHM_CM2), (20, 200)
        ),
        Finding(
            "ncm523 coated", "5 nm Li3B11O18, rise [Ω cm²]", m.gain("ncm523 coated", m.RESISTANCE, m.OHM_CM2), (0, 10)
        ),
        Finding("ncm523 film", "5 nm Li3B11O18, R after 100 h [Ω cm²]", m.resistance("ncm523 coated")),
    ),
)

FILM = System(
    "LiCoO2 film, rough and flat",
    "8.6 Ω cm² where the film is atomically flat (Haruta 2015, Nano Letters 15, 1498), far more where it is rough",
    "random spots of contact in 3-D, or whole contact; charge transfer of 8.6 Ω cm² everywhere",
    "what roughness does beside contact; size of the spots is an estimate; 8.6 Ω cm² is put in",
    (
        Finding(
            "film rougher", "a tenth in contact, interface [Ω cm²]", m.contact_resistance("film rougher"), (86, 860)
        ),
        # at least by the area, a fifth; more by what the spots crowd
        Finding("film rough", "a fifth in contact, interface [Ω cm²]", m.contact_resistance("film rough"), (43, 172)),
        Finding("film flat", "whole contact, interface [Ω cm²]", m.contact_resistance("film flat"), (8.4, 8.8), 8.6),
    ),
)

SYSTEMS = (POINT, CARBONATE, LNMO, NCM811, NCM523, FILM)
