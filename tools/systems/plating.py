"""Systems in which lithium is plated, and their findings.

Claims as in `tools.systems.lithium`; those of the critical current, of the pair over an interphase, except for the
pair's flat limit, and of voids were written after the first runs.
"""

from __future__ import annotations

from math import log

from tools.systems import measures as m
from tools.systems.findings import Finding, System

CONTACT, DENSEST = "Contact [1]", "Current density in contact [A/m2]"

LBH = System(
    "Li | Li2B12H12 with in-situ LiF",
    "LiF that forms in the electrolyte blocks electrons: there are fewer deposits inside, and the critical current "
    "is higher (Shi 2020, 10.1016/j.mtnano.2020.100079). In LiBH4, LiF makes it 3.35 times as high ('Inside or "
    "Outside: Origin of Lithium Dendrite Formation of All Solid-State Electrolytes', Advanced Energy Materials "
    "2019).",
    "Plating; electrons that leak through the electrolyte nucleate lithium at a boundary ahead of the front.",
    "A short circuit: the critical current here is the current at which isolated deposits appear, in one "
    "dimension. Leakage, barrier and nucleation rate are estimates.",
    (
        # r/(1 + r) = 9 % by leakage at the start, within a factor of two: the front comes nearer
        Finding("lbh ahead", "deposited ahead of the front at 1 mA/cm² [%]", m.ahead("lbh"), (4.5, 18)),
        Finding("lbh slow", "the same at 0.3 mA/cm² [%]", m.ahead("lbh slow"), (-0.1, 2)),
        Finding("lbh LiF", "1 mA/cm² with LiF [%]", m.ahead("lbh LiF"), (-0.1, 0.1)),
        # from 0.2 mA/cm² on V reaches the barrier at the boundary, 1 mA/cm² plates there for certain
        Finding(
            "lbh critical",
            "lowest current with isolated lithium within 1 mAh/cm² [mA/cm²]",
            m.critical_current("lbh", 0.1, 16),
            (0.2, 1),
        ),
        Finding(
            "lbh critical, half",
            "the same with half the leakage, relative to that",
            m.ratio(m.critical_current("lbh half", 0.1, 16), m.critical_current("lbh", 0.1, 16)),
            (1, 5),
        ),
        # LiBH4 with LiF: by 235 %, a ratio of 3.35
        Finding(
            "lbh critical, LiF",
            "the same with LiF, relative to that, at least",
            m.ratio(m.critical_current("lbh LiF", 0.1, 16), m.critical_current("lbh", 0.1, 16)),
            (3.35, 1e3),
        ),
    ),
)

GRAPHITE = System(
    "Li | graphite | Li6PS5Cl",
    "Under graphite and pressure, lithium is plated at 10 mA/cm² without a short circuit (Su 2020, "
    "10.1039/C9EE04007B).",
    "A ripple of lithium under LiC6, which conducts ions and electrons and takes lithium into its pores; pressure.",
    "Gaps that the pressure closes; the interphase that graphite prevents. Pores, their surface and the ionic "
    "conductivity of LiC6 are estimates.",
    (
        # front_share: 9 % at first, more as the pores near the electrolyte fill
        Finding("graphite front", "plated at the lithium itself, not in pores [%]", m.front_part("graphite"), (5, 35)),
        # growth_rate_in_host over growth_rate: 0.24 at first
        Finding(
            "graphite ripple",
            "growth of the ripple, relative to no plating in pores",
            m.ratio(m.ripple_growth("graphite"), m.ripple_growth("graphite inert")),
            (0.1, 0.5),
        ),
        Finding(
            "graphite ions",
            "plated at the lithium, if graphite blocked electrons [%]",
            m.front_part("graphite ions"),
            (95, 100),
        ),
        # p V/F
        Finding(
            "graphite pressure",
            "additional overpotential at 250 MPa [mV]",
            m.voltage_shift("graphite pressed", "graphite start"),
            (33.3, 34.1),
        ),
    ),
)

WHISKER = System(
    "Li whisker",
    "Growth stress up to 130 MPa, yield strength up to 244 MPa (Zhang 2020, 10.1038/s41565-019-0604-x, abstract).",
    "A column of lithium with free sides that bends a cantilever: its pressure follows from its growth, and takes "
    "driving force from charge transfer. It flows at the strength that was measured.",
    "The voltage at the root of the whisker, which the abstract does not have: 17.5 mV are chosen. Bending and "
    "thickening of the whisker; its strength at the slow rate of growth. The cantilever's stiffness is chosen.",
    (
        # |V|F/V_Li is 129.9, 74.2 MPa; 1 % for what is left after 10 time constants
        Finding(
            "whisker ends",
            "pressure at which growth ends at 17.5 mV [MPa]",
            m.end("whisker", m.PRESSURE, m.MPA),
            (128.6, 131.2),
            130.0,
            "calibrated",
        ),
        Finding(
            "whisker ends 10", "the same at 10 mV [MPa]", m.end("whisker 10 mV", m.PRESSURE, m.MPA), (73.5, 75.0)
        ),
        Finding(
            "whisker flows",
            "the same at 50 mV, where lithium flows [MPa]",
            m.end("whisker flows", m.PRESSURE, m.MPA),
            (243.9, 244.1),
            244.0,
            "input",
        ),
        # 50 − 32.9 mV are left of the voltage
        Finding(
            "whisker goes on",
            "growth there, relative to Butler and Volmer's",
            m.under_pressure("whisker flows"),
            (0.99, 1.01),
        ),
        # v/(1/k + H/E)
        Finding(
            "whisker rises",
            "rise of the pressure at 0.5 mA/cm², relative to the cantilever's and lithium's stiffness",
            m.rise_of_pressure("whisker rises"),
            (0.99, 1.01),
        ),
    ),
)

SHORT = "Time [s]"
FLAGSHIP = System(
    "Li | LGPS, plated over its interphase",
    "(No paper. One expects that a film with pinholes concentrates the current in them.)",
    "Both fronts in 2-D, without a coating and under 10 nm of alumina with pinholes at 50 and 120 nm, until "
    "lithium connects the electrodes; one balance for everything; 48² cells and 72² cells.",
    "A measurement; mechanics; a coating that breaks or is reduced. Box, reaction and grain boundaries are chosen.",
    (
        # only the balance: lithium fills the gap, and the electrolyte in its way has been reduced
        Finding(
            "flagship flat",
            "flat and bare: short-circuit time, relative to (H + L V_Li/V_n)F/(iV_Li)",
            m.ratio(m.end("flagship flat", SHORT), m.flat_short_circuit("flagship flat")),
            (0.97, 1.03),
        ),
        Finding("flagship bare", "bare: short-circuit time [s]", m.end("flagship", SHORT)),
        Finding(
            "flagship bare lost", "lithium lost to the interphase at that time [%]", m.lost_part("flagship"), (30, 45)
        ),
        Finding(
            "flagship bare fine",
            "short-circuit time on 72² cells, relative to 48²",
            m.ratio(m.end("flagship fine", SHORT), m.end("flagship", SHORT)),
            (0.95, 1.05),
        ),
        # the wider holes are 30 nm wide in 2-D and 40 nm in 3-D
        Finding(
            "flagship hole",
            "coated: lithium comes through at this distance from a hole's centre [nm]",
            m.off_the_hole("flagship coated"),
            (0, 15),
        ),
        Finding("flagship hole 3-D", "the same in 3-D [nm]", m.off_the_hole("flagship coated 3-D"), (0, 20)),
        Finding(
            "flagship coated",
            "coated: short-circuit time, relative to bare",
            m.ratio(m.end("flagship coated", SHORT), m.end("flagship", SHORT)),
            (0.5, 0.95),
        ),
        Finding(
            "flagship coated lost",
            "lithium lost to the interphase at that time [%]",
            m.lost_part("flagship coated"),
            (30, 60),
        ),
        Finding(
            "flagship coated fine",
            "coated: short-circuit time on 72² cells, relative to 48²",
            m.ratio(m.end("flagship coated fine", SHORT), m.end("flagship coated", SHORT)),
            (0.95, 1.05),
        ),
    ),
)

KEPT = {current: m.pressure_of_contact("voids stripped", 0.5, current) for current in (0.2, 1.0)}

VOIDS = System(
    "Li | Li6PS5Cl, stripped and plated",
    "Above a critical stripping current, voids take the contact away, and dendrites grow in the next plating: from 0.2 "
    "mA/cm² on at 3 MPa, 1.0 at 7 MPa (Kasemchainan 2019, 10.1038/s41563-019-0438-9; the numbers as quoted later and "
    "from memory).",
    "Contact from the volume that is stripped and from creep under the stack pressure. Lithium has the strength of "
    "pillars of 9.45 µm, 17.5 times that of its bulk.",
    "Diffusion of vacancies, adhesion, strength by the size of a void: so the pressure grows too slowly with the "
    "current. Dendrites. The depth of the voids and the constants of creep are estimates.",
    (
        Finding("voids 0.5 MPa", "least contact in two cycles at 0.5 MPa", m.least("voids 0.5 MPa", CONTACT), (0, 0.2)),
        Finding("voids 3 MPa", "the same at 3 MPa", m.least("voids 3 MPa", CONTACT), (0.3, 0.6)),
        Finding("voids 7 MPa", "the same at 7 MPa", m.least("voids 7 MPa", CONTACT), (0.6, 0.9)),
        Finding(
            "voids current",
            "densest current in contact while plating, 0.5 MPa relative to 7 MPa",
            m.ratio(m.at(3.01 * m.HOUR, "voids 0.5 MPa", DENSEST), m.at(3.01 * m.HOUR, "voids 7 MPa", DENSEST)),
            (3, 30),
        ),
        # within a factor of two
        # the criterion of one half and the depth of the voids were chosen when the measured numbers were known
        Finding(
            "voids pressure", "keeps half of the contact at 0.2 mA/cm² [MPa]", KEPT[0.2], (1.5, 6), 3.0, "calibrated"
        ),
        Finding("voids pressure, fast", "the same at 1 mA/cm² [MPa]", KEPT[1.0], (3.5, 14), 7.0, "calibrated"),
        # a fifth beside the measured value; creep has 1/m
        Finding(
            "voids exponent",
            "d ln p/d ln i between them",
            lambda runs: log(KEPT[1.0](runs) / KEPT[0.2](runs)) / log(5),
            (0.42, 0.63),
            0.526,
        ),
    ),
)

SYSTEMS = (LBH, GRAPHITE, WHISKER, FLAGSHIP, VOIDS)
