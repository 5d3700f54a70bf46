"""The runs: deck and overrides of each, by name."""

from __future__ import annotations

from math import ceil, log

from phasefield.theory.constants import FARADAY, GAS_CONSTANT
from tools.systems import coated_flaws, flaws
from tools.systems import measures as m
from tools.systems.runs import Override


def mesh(size: str, cells: int, width: str) -> tuple[str, ...]:
    """Another box, given its height, with a front as wide as the initial layer is thick."""
    return f'domain.size=["{size}"]', f"domain.cells=[{cells}]", f"interface.width={width}", f"layer.height={width}"


def film(thickness: str, *box) -> tuple[str, ...]:
    """A coating of another thickness, in a suitable box."""
    return f"coating.thickness={thickness}", *mesh(*box)


def spacing_of_holes(half: int) -> tuple[str, ...]:
    """The same slit in a box of another width [nm]; slits are two widths apart, as walls are mirrors."""
    return f'domain.size=["{half} nm", "110 nm"]', f"domain.cells=[{half * 2 // 5}, 44]"


def heated(temperature: float, pressure: float) -> tuple[str, ...]:
    """Heat treatment at a temperature [K] under a pressure of CO2 [bar]; see the deck for the potential."""
    drive = 224.5e3 - 161.0 * temperature + GAS_CONSTANT * temperature * log(pressure)
    potential = 2.91 + drive / (2 * FARADAY)
    return f"conditions.temperature={temperature} K", f"electrode.potential={potential:.6g} V"


def layer_resistance(of) -> Override:
    """A contact with the resistance of a layer [ohm m²], from other runs."""
    return lambda runs: f"contact.layer_resistance={of(runs) / m.OHM_CM2:.6g} ohm cm^2"


def spots(fraction: float, per_radius: int, height: int) -> tuple[str, ...]:
    """A lattice of discs of a contact fraction: cells across a radius, and cells of electrolyte above."""
    half = m.lattice_spacing(fraction) / m.UM
    across = ceil(half / (m.SPOT / m.UM) * per_radius)
    cell = half / across
    return (
        f'domain.size=["{half!r} um", "{half!r} um", "{(height + 1) * cell!r} um"]',
        f"domain.cells=[{across}, {across}, {height + 1}]",
        f"electrode.thickness={cell!r} um",
    )


#: Full contact needs one dimension only.
FLAT = "domain.dimension=1", "contact.patches=[]"
#: The deck of the README, without coating; it forms a pair with the coated one.
FLAGSHIP = "../flagship_uncoated"
#: A front without its ripple.
FLAT_FRONT = "domain.dimension=1", 'domain.size=["36 um"]', "domain.cells=[108]", "front.cosines=[]"
#: Exchanged conductivities: electrons limit this product as much as ions did before.
SWAPPED = "product.ionic_conductivity=1e-6 S/cm", "product.electronic_conductivity=1e-8 S/cm"
#: From the best contact of garnet to the value of LiCoO2 in the library: the current is then uniform.
SLOW_TRANSFER = "kinetics.exchange_current_density=0.1 mA/cm^2"
ALUMINA = layer_resistance(lambda _: m.film_resistance("Al2O3", 5 * m.NM))
ROCK_SALT = "electrode.skin.thickness=20 nm", "electrode.skin.diffusivity_factor=0.01"
CARBONATE = layer_resistance(m.cold_resistance("Li2CO3", m.end("carbonate", m.LAYER)))

CASES: dict[str, tuple[Override, ...]] = {
    "lagp": ("lagp",),
    "lpscl crack": ("../interphase_crack",),
    "lagp blocking": ("lagp", "product.electronic_conductivity=1e-15 S/cm", "layer.height=360 nm"),
    "lagp grains": ("lagp_grains",),
    "latp": ("latp",),
    "latp 5 nm": ("latp_alumina",),
    "latp 15 nm": ("latp_alumina", *film("15 nm", "105 nm", 100, "7 nm")),
    "latp 50 nm": ("latp_alumina", *film("50 nm", "78 nm", 156, "2.8 nm")),
    "latp 100 nm": ("latp_alumina", *film("100 nm", "120 nm", 240, "2.8 nm")),
    "latp 250 nm": ("latp_alumina", *film("250 nm", "265 nm", 530, "2.8 nm")),
    "latp short": ("latp_pinholes", "coating=", "domain.dimension=1", *mesh("110 nm", 44, "14 nm")),
    "latp film short": ("latp_pinholes", "coating.defects=[]", "domain.dimension=1", *mesh("110 nm", 44, "14 nm")),
    "latp hole 20": ("latp_pinholes",),
    "latp hole 10": ("latp_pinholes", *spacing_of_holes(100)),
    "latp hole 5": ("latp_pinholes", *spacing_of_holes(200)),
    "latp hole, blocking": ("latp_pinholes", *spacing_of_holes(200), *SWAPPED),
    "lzp": ("lzp",),
    "llzo": ("llzo",),
    "llzo uniform": ("llzo_uniform",),
    "llzo bulk": (
        "llzo_uniform", "product.electronic_conductivity=5e-8 S/cm", "stop.time=1 h", "reaction.velocity=100 nm/s",
        *mesh("800 nm", 110, "40 nm"),
    ),
    "wetting bare": ("li_llzo_contact", *spots(m.contact_fraction("c-LLZO"), 2, 30)),
    "wetting bare, film": ("li_llzo_contact", *spots(m.contact_fraction("c-LLZO"), 2, 30), ALUMINA),
    "wetting Li-Al": ("li_llzo_contact", *spots(m.contact_fraction("Li-Al"), 5, 24)),
    "wetting ZnO": ("li_llzo_contact", *spots(m.contact_fraction("ZnO"), 8, 24)),
    "wetting whole": ("li_llzo_contact", *FLAT, 'domain.size=["30 um"]', "domain.cells=[24]"),
    "wetting whole, film": ("li_llzo_contact", *FLAT, 'domain.size=["30 um"]', "domain.cells=[24]", ALUMINA),
    "lgps": ("lgps",),
    "lgps reaction": (
        "lgps", "product.electronic_conductivity=6.2e-8 S/cm", "reaction.velocity=7.6e-12 m/s",
        *mesh("14 um", 220, "0.35 um"), "time.tolerance=0.01",
    ),
    "lpscl": ("lpscl",),
    "voids 0.5 MPa": ("../void_cycle", "mechanics.pressure=0.5 MPa"),
    "voids 3 MPa": ("../void_cycle",),
    "voids 7 MPa": ("../void_cycle", "mechanics.pressure=7 MPa"),
    "voids stripped": (
        "../void_cycle", "domain.dimension=1", 'domain.size=["100 um"]', "domain.cells=[20]", "voids.places=[]",
        "drive.cycles=1", "output.snapshots=1",
        "drive.steps=[{mode='galvanostatic', current_density='-1 mA/cm^2', until={charge='1.5 mAh/cm^2'}}]",
    ),
    "lbh": ("lbh",),
    "lbh slow": ("lbh", "drive.steps.0.current_density=0.3 mA/cm^2"),
    "lbh LiF": ("lbh_lif",),
    "lbh half": ("lbh", "electrolyte.electronic_conductivity=5e-7 S/cm"),
    "graphite": ("li_graphite",),
    "graphite inert": ("li_graphite", "host.rate=1e-9"),
    "graphite ions": ("li_graphite", "host.electronic_conductivity=1e-6 S/cm", *FLAT_FRONT),
    "graphite start": ("li_graphite", "stop.time=60 s", *FLAT_FRONT),
    "graphite pressed": ("li_graphite", "stop.time=60 s", "lithium.pressure=250 MPa", *FLAT_FRONT),
    "flagship flat": (FLAGSHIP, "domain.dimension=1", 'domain.size=["160 nm"]', "domain.cells=[48]", "heterogeneity="),
    "flagship": (FLAGSHIP,),
    "flagship fine": (FLAGSHIP, "domain.cells=[72, 72]"),
    "flagship coated": (FLAGSHIP.replace("uncoated", "coated"),),
    "flagship coated fine": (FLAGSHIP.replace("uncoated", "coated"), "domain.cells=[72, 72]"),
    "flagship coated 3-D": ("../flagship_coated_3d", "stop.time=5 s", "domain.cells=[24, 24, 24]"),
    "whisker": ("../plating_whisker",),
    "whisker 10 mV": ("../plating_whisker", "drive.steps.0.voltage=-10 mV"),
    "whisker flows": ("../plating_whisker", "drive.steps.0.voltage=-50 mV", "drive.steps.0.duration=12 min"),
    "whisker rises": (
        "../plating_whisker", "drive.steps=[{mode='galvanostatic', current_density='0.5 mA/cm^2', duration='15 min'}]",
    ),
    "ncm523": ("ncm523_lps",),
    "ncm523 coated": ("ncm523_lbo_lps",),
    "ncm811": ("ncm811_lgps",),
    "particle": ("ncm811_particle",),
    "particle skin": ("ncm811_particle", *ROCK_SALT),
    "particle layer": ("ncm811_particle", layer_resistance(m.end("ncm811", m.RESISTANCE))),
    "breathing 1 MPa": ("../contact_breathing",),
    "breathing 50 MPa": ("../contact_breathing", "mechanics.pressure=50 MPa"),
    "breathing 64 MPa": ("../contact_breathing", "mechanics.pressure=64 MPa", "drive.cycles=1"),
    "particle both": ("ncm811_particle", *ROCK_SALT, layer_resistance(m.end("ncm811", m.RESISTANCE))),
    "point": ("lco_llzo_point",),
    "point wide": ("lco_llzo_point", "contact.patches.0.radius=20 um"),
    "point dense": ("lco_llzo_point", 'domain.size=["40 um", "40 um", "80 um"]', "domain.cells=[16, 16, 32]"),
    "point slow": ("lco_llzo_point", "contact.patches.0.radius=20 um", SLOW_TRANSFER),
    "strip": ("lco_llzo_strip",),
    "strip wide": ("lco_llzo_strip", "contact.patches.0.radius=2 um"),
    "strip whole": ("lco_llzo_strip", "contact.patches=[]"),
    "carbonate": ("lco_llzo_carbonate",),
    "carbonate cool": ("lco_llzo_carbonate", *heated(573.15, 1.0), "stop.time=1 h"),
    "carbonate air": ("lco_llzo_carbonate", *heated(773.15, 4e-4), "stop.time=1 h"),
    "carbonate free": ("lco_llzo_carbonate", *heated(773.15, 1e-9), "stop.time=10 min"),
    "baked": ("lco_llzo_point", *FLAT, 'domain.size=["80 um"]', "domain.cells=[32]", SLOW_TRANSFER, CARBONATE),
    "unbaked": ("lco_llzo_point", *FLAT, 'domain.size=["80 um"]', "domain.cells=[32]", SLOW_TRANSFER),
    "lnmo": ("lnmo_llzo",),
    "lnmo narrow": ("lnmo_llzo", "contact.patches.0.radius=1 um"),
    "lnmo whole": ("lnmo_llzo", "contact.patches=[]"),
    "lnmo fast": ("lnmo_llzo", "drive.steps.0.current_density=-0.0524 mA/cm^2", "stop.time=0.625 h"),
    "lnmo capacity": ("lnmo_llzo", "drive.steps.0.current_density=-0.0524 mA/cm^2", "stop.time=4 h"),
    "lnmo blocked": (
        "lnmo_llzo", "drive.steps.0.current_density=-0.0524 mA/cm^2", "stop.time=4 h",
        "electrode.skin.thickness=0.125 um", "electrode.skin.diffusivity_factor=0.2",
    ),
    "film rough": ("lco_film",),
    "film rougher": ("lco_film", "contact.random_patches.fraction=0.1"),
    "film flat": ("lco_film", "domain.dimension=1", "contact.random_patches=", 'domain.size=["2.5 um"]',
                  "domain.cells=[20]"),
    **flaws.CASES,
    **coated_flaws.CASES,
}  # fmt: skip
